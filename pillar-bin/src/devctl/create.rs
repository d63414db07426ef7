//! `devctl init`, `create` and `serve`: the controller, its devices, and the server.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs as _};

use pillar_core::controller::urls::Server as ServerName;
use pillar_proto::common::{DhcpType, IpSpec, NetworkType, PhyIoMemberUsage, PhyIoType};
use pillar_proto::config::{
    DeviceOpsCmd, EdgeDevConfig, NetworkConfig, PhysicalIo, SystemAdapter, UuidAndVersion,
};

use super::api::Controller;
use super::authority;
use super::document;
use super::server::Server;
use super::store::{Store, make_dir, new_uuid, read_text, write};
use super::{Fault, Words};
use crate::args::Stop;
use crate::output;

/// The certificate with which a device may register.
pub const ONBOARDING_CERTIFICATE: &str = "config/onboard.cert.pem";

/// The serial number that a device must have.
pub const SERIAL: &str = "serial";

/// What a device needs in its `/config`.
const CONFIG_PARTITION: &str = "config";

/// Where devices find a controller, unless told.
const DEFAULT_SERVER: &str = "127.0.0.1:8443";

/// HTTPS.
const DEFAULT_PORT: u16 = 443;

/// The longest name of a device.
const MAX_NAME: usize = 64;

/// `init DIR [--server HOST[:PORT]]`
pub fn init(words: Words<'_>) -> Result<(), Fault> {
    let mut server = DEFAULT_SERVER.to_owned();
    let [dir] = words.read(["DIR"], |option, args| {
        match option {
            "--server" => server = args.value(option)?,
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    if server.contains("//") || ServerName::parse(&server).is_none() {
        return Err(Stop::Wrong(format!("--server {server}: not HOST or HOST:PORT")).into());
    }
    let store = Store::create(dir)?;
    authority::init(&store, host_and_port(&server).0)?;
    // Comes last: it makes the directory one of a controller.
    write(&store.path("server"), format!("{server}\n").as_bytes())?;
    output::print(&format!(
        "{dir} is the directory of a controller at {server}.\nNext: zedbox devctl create {dir} NAME\n      zedbox devctl serve {dir}\n"
    ));
    Ok(())
}

/// `create DIR NAME [--serial SERIAL] [--port LABEL[=INTERFACE]]...`
pub fn create(words: Words<'_>) -> Result<(), Fault> {
    let (mut serial, mut ports) = (None, Vec::new());
    let [dir, name] = words.read(["DIR", "NAME"], |option, args| {
        match option {
            "--serial" => serial = Some(args.value::<String>(option)?),
            "--port" => ports.push(args.value::<String>(option)?),
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if name.is_empty() || name.len() > MAX_NAME || !name.bytes().all(plain) {
        return Err(Stop::Wrong(format!("NAME {name}: up to {MAX_NAME} letters, digits and -_.")).into());
    }
    if ports.is_empty() {
        ports.push("eth0".to_owned());
    }
    let store = Store::open(dir)?;
    let onboarding = authority::onboarding(name)?;
    let server = store.server()?;
    let root = read_text(&store.path("ca.cert.pem"))?;
    let device = store.add(name)?;
    make_dir(&device.path(CONFIG_PARTITION))?;
    for (file, content) in [
        ("server", format!("{server}\n")),
        ("root-certificate.pem", root.clone()),
        ("v2tlsbaseroot-certificates.pem", root),
        ("onboard.key.pem", onboarding.key_file),
        ("onboard.cert.pem", onboarding.certificate),
    ] {
        device.write(&format!("{CONFIG_PARTITION}/{file}"), content.as_bytes())?;
    }
    if let Some(serial) = serial {
        device.write(SERIAL, format!("{serial}\n").as_bytes())?;
    }
    document::set_config(&device, first_config(&device.uuid.to_string(), name, &ports)?)?;
    output::print(&format!(
        "{name} is {}.\nIts /config: {}\nIts configuration: {}\n",
        device.uuid,
        device.path(CONFIG_PARTITION).display(),
        device.path(document::CONFIG).display(),
    ));
    Ok(())
}

/// A device with nothing but ports for management, which take their addresses by DHCP.
fn first_config(uuid: &str, name: &str, ports: &[String]) -> Result<EdgeDevConfig, String> {
    let network = new_uuid()?.to_string();
    let mut config = EdgeDevConfig {
        id: Some(UuidAndVersion { uuid: uuid.to_owned(), version: "0".to_owned() }),
        device_name: name.to_owned(),
        manufacturer: "zedbox".to_owned(),
        product_name: "devctl".to_owned(),
        // The first counter that a device sees is not yet a command.
        reboot: Some(DeviceOpsCmd::default()),
        networks: vec![NetworkConfig {
            id: network.clone(),
            kind: NetworkType::V4 as i32,
            ip: Some(IpSpec { dhcp: DhcpType::Client as i32, ..IpSpec::default() }),
            ..NetworkConfig::default()
        }],
        ..EdgeDevConfig::default()
    };
    for port in ports {
        let (label, interface) = port.split_once('=').unwrap_or((port, port));
        config.device_io_list.push(PhysicalIo {
            phy_type: PhyIoType::NetEth as i32,
            phy_label: label.to_owned(),
            phy_addrs: [("Ifname".to_owned(), interface.to_owned())].into(),
            logical_label: label.to_owned(),
            assign_grp: label.to_owned(),
            usage: PhyIoMemberUsage::MgmtAndApps as i32,
            ..PhysicalIo::default()
        });
        config.system_adapter_list.push(SystemAdapter {
            name: label.to_owned(),
            lower_layer_name: label.to_owned(),
            uplink: true,
            network_uuid: network.clone(),
            ..SystemAdapter::default()
        });
    }
    Ok(config)
}

/// `serve DIR [--listen ADDRESS]`
pub fn serve(words: Words<'_>) -> Result<(), Fault> {
    let mut listen = None;
    let [dir] = words.read(["DIR"], |option, args| {
        match option {
            "--listen" => listen = Some(args.value::<SocketAddr>(option)?),
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    let store = Store::open(dir)?;
    let name = store.server()?;
    let address = listen.unwrap_or_else(|| address_of(&name));
    let server = Server::listen(address, Controller::new(store)?)?;
    let address = server.address().map_err(|why| why.to_string())?;
    output::print(&format!("Serves devices that look for {name}, at {address}.\n"));
    server.run()
}

/// The server's own address where its name is one of this machine, else loopback.
fn address_of(server: &str) -> SocketAddr {
    let (host, port) = host_and_port(server);
    let found = (host, port).to_socket_addrs().ok().and_then(|mut found| found.next());
    found.unwrap_or_else(|| SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port))
}

/// The host without brackets, and the port.
fn host_and_port(server: &str) -> (&str, u16) {
    let (host, port) = match server.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, port.parse().ok()),
        _ => (server, None),
    };
    (host.trim_start_matches('[').trim_end_matches(']'), port.unwrap_or(DEFAULT_PORT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_has_a_host_and_a_port() {
        for (text, wanted) in [
            ("ctl.example", ("ctl.example", 443)),
            ("10.0.0.1:8443", ("10.0.0.1", 8443)),
            ("[2001:db8::1]:8443", ("2001:db8::1", 8443)),
            ("[2001:db8::1]", ("2001:db8::1", 443)),
        ] {
            assert_eq!(host_and_port(text), wanted, "{text}");
        }
    }
}
