//! What dnsmasq reads and writes, as text (spec/04, dnsmasq; dnsmasq(8)). Pure.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use pillar_core::hal::{DnsOffer, Host, Lease, ServerConfig};

/// The tag of a guest, by which it gets the routes.
const TAG: &str = "endpoint";

/// Where the files of one bridge are.
pub(super) struct Paths {
    pub(super) config: PathBuf,
    pub(super) pid: PathBuf,
    pub(super) leases: PathBuf,
    /// Names of the DNS server, a file each.
    pub(super) names: PathBuf,
    /// Hosts of the DHCP server, a file each.
    pub(super) hosts: PathBuf,
}

impl Paths {
    pub(super) fn of(run: &Path, bridge: &str) -> Self {
        Paths {
            config: run.join(format!("dnsmasq.{bridge}.conf")),
            pid: run.join(format!("dnsmasq.{bridge}.pid")),
            leases: run.join("dnsmasq.leases").join(bridge),
            names: run.join(format!("hosts.{bridge}")),
            hosts: run.join(format!("dhcp-hosts.{bridge}")),
        }
    }
}

/// The configuration file of a bridge whose files are below `run`. The configuration has been checked.
pub fn config_text(run: &Path, config: &ServerConfig) -> String {
    let paths = Paths::of(run, &config.bridge);
    let mut lines: Vec<String> = [
        "",
        "# Written anew whenever the network instance changes",
        "except-interface=lo",
        "bind-interfaces",
        "quiet-dhcp",
        "quiet-dhcp6",
        "no-hosts",
        "no-ping",
        "bogus-priv",
        "neg-ttl=10",
        "dhcp-ttl=600",
    ]
    .map(str::to_owned)
    .into();
    lines.push(format!("dhcp-leasefile={}", paths.leases.display()));
    lines.extend(config.forwarders.iter().map(|(server, link)| format!("server={server}@{link}")));
    lines.push("no-resolv".into());
    lines.extend(config.watched.iter().map(|watched| {
        let (name, table, set) = (&watched.name, &watched.table, &watched.set);
        format!("nftset=/{name}/4#bridge#{table}#{set},4#ip#{table}#{set}")
    }));
    lines.push(format!("pid-file={}", paths.pid.display()));
    lines.push(format!("interface={}", config.bridge));
    lines.push(format!("listen-address={}", config.listen));
    lines.push(format!("hostsdir={}", paths.names.display()));
    lines.push(format!("dhcp-hostsdir={}", paths.hosts.display()));
    options(config, &mut lines);
    lines.join("\n") + "\n"
}

fn options(config: &ServerConfig, lines: &mut Vec<String>) {
    let mut option = |text: String| lines.push(format!("dhcp-option={text}"));
    let mask = mask(config.prefix);
    if let Some(domain) = &config.domain {
        option(format!("option:domain-name,{domain}"));
    }
    if let DnsOffer::These(servers) = &config.dns {
        option(format!("option:dns-server,{}", list(servers)));
    }
    if !config.ntp.is_empty() {
        option(format!("option:ntp-server,{}", list(&config.ntp)));
    }
    option(format!("option:netmask,{mask}"));
    if config.default_route {
        option(format!("option:router,{}", config.listen));
    } else {
        option("option:router".into());
    }
    if config.dns == DnsOffer::Nothing {
        option("option:dns-server".into());
    }
    if !config.routes.is_empty() {
        let routes: Vec<String> =
            config.routes.iter().map(|(network, gateway)| format!("{network},{gateway}")).collect();
        option(format!("tag:{TAG},option:classless-static-route,{}", routes.join(",")));
    }
    if let Some(mtu) = config.mtu {
        option(format!("26,{mtu}"));
    }
    let (start, end) = config.range;
    lines.push(format!("dhcp-range={start},{end},{mask},{}m", config.lease.as_secs() / 60));
}

fn list<T: ToString>(items: &[T]) -> String {
    items.iter().map(T::to_string).collect::<Vec<_>>().join(",")
}

/// The mask of a prefix.
fn mask(prefix: u8) -> Ipv4Addr {
    Ipv4Addr::from_bits(u32::MAX.checked_shl(32 - u32::from(prefix.min(32))).unwrap_or(0))
}

/// The files of the DHCP server's hosts, by name.
pub fn host_files(config: &ServerConfig) -> BTreeMap<String, String> {
    let file = |host: &Host| {
        let mac = mac_text(host.mac);
        let content = format!("{mac},id:*,set:{TAG},{},{}\n", host.address, host.name);
        (format!("{mac}.inet"), content)
    };
    config.hosts.iter().map(file).collect()
}

/// The files of the DNS server's names, by name.
pub(super) fn name_files(config: &ServerConfig) -> BTreeMap<String, String> {
    let file = |(name, addresses): &(String, Vec<std::net::IpAddr>)| {
        let mut content = String::new();
        for address in addresses {
            let _ = writeln!(content, "{address}\t{name}"); // a String takes all
        }
        (name.clone(), content)
    };
    config.names.iter().map(file).collect()
}

pub(super) fn mac_text(mac: [u8; 6]) -> String {
    mac.map(|byte| format!("{byte:02x}")).join(":")
}

/// The lease of a line of the lease file; `None` for one of IPv6 or one that makes no sense.
pub(super) fn lease(line: &str) -> Option<Lease> {
    let mut fields = line.split(' ');
    let ends = fields.next()?.parse().ok()?;
    let mac = mac(fields.next()?)?;
    let address = fields.next()?.parse().ok()?;
    let name = fields.next()?.to_owned();
    Some(Lease { ends, mac, address, name })
}

fn mac(text: &str) -> Option<[u8; 6]> {
    let bytes = text.split(':').map(|byte| u8::from_str_radix(byte, 16).ok());
    bytes.collect::<Option<Vec<u8>>>()?.try_into().ok()
}

/// Whether a lease stands against the hosts: a host has its address, or its guest is a host with another one.
pub(super) fn is_stale(lease: &Lease, hosts: &[Host]) -> bool {
    hosts.iter().any(|host| (host.mac == lease.mac) != (host.address == lease.address))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use pillar_core::hal::WatchedName;
    use proptest::prelude::*;

    use super::*;

    fn config() -> ServerConfig {
        let ip = |last| Ipv4Addr::new(10, 1, 0, last);
        ServerConfig {
            bridge: "bn1".into(),
            listen: ip(1),
            prefix: 24,
            range: (ip(128), ip(254)),
            lease: Duration::from_hours(1),
            mtu: Some(1400),
            domain: Some("example.net".into()),
            default_route: true,
            dns: DnsOffer::Own,
            ntp: vec![Ipv4Addr::new(192, 168, 1, 4)],
            routes: vec![("10.1.0.0/24".parse().unwrap(), Ipv4Addr::UNSPECIFIED)],
            forwarders: vec![("192.168.1.1".parse().unwrap(), "eth0".into())],
            hosts: vec![Host { mac: [2, 0x16, 0x3e, 0, 1, 1], address: ip(128), name: "app".into() }],
            names: vec![("router".into(), vec![ip(1).into()])],
            watched: vec![WatchedName {
                name: "example.com".into(),
                table: "pillar-bn1".into(),
                set: "ipv4.example.com".into(),
            }],
        }
    }

    #[test]
    fn the_configuration_has_its_lines_in_their_order() {
        let expected = "
# Written anew whenever the network instance changes
except-interface=lo
bind-interfaces
quiet-dhcp
quiet-dhcp6
no-hosts
no-ping
bogus-priv
neg-ttl=10
dhcp-ttl=600
dhcp-leasefile=/run/zedrouter/dnsmasq.leases/bn1
server=192.168.1.1@eth0
no-resolv
nftset=/example.com/4#bridge#pillar-bn1#ipv4.example.com,4#ip#pillar-bn1#ipv4.example.com
pid-file=/run/zedrouter/dnsmasq.bn1.pid
interface=bn1
listen-address=10.1.0.1
hostsdir=/run/zedrouter/hosts.bn1
dhcp-hostsdir=/run/zedrouter/dhcp-hosts.bn1
dhcp-option=option:domain-name,example.net
dhcp-option=option:ntp-server,192.168.1.4
dhcp-option=option:netmask,255.255.255.0
dhcp-option=option:router,10.1.0.1
dhcp-option=tag:endpoint,option:classless-static-route,10.1.0.0/24,0.0.0.0
dhcp-option=26,1400
dhcp-range=10.1.0.128,10.1.0.254,255.255.255.0,60m
";
        assert_eq!(config_text(Path::new("/run/zedrouter"), &config()), expected);
        let hosts = host_files(&config());
        assert_eq!(hosts["02:16:3e:00:01:01.inet"], "02:16:3e:00:01:01,id:*,set:endpoint,10.1.0.128,app\n");
        assert_eq!(name_files(&config())["router"], "10.1.0.1\trouter\n");
    }

    #[test]
    fn without_ports_guests_are_told_neither_router_nor_dns_server() {
        let alone =
            ServerConfig { default_route: false, dns: DnsOffer::Nothing, forwarders: vec![], ..config() };
        let text = config_text(Path::new("/run"), &alone);
        assert!(text.contains("\ndhcp-option=option:router\ndhcp-option=option:dns-server\n"), "{text}");
        assert!(!text.contains("server=1"), "{text}");
    }

    #[test]
    fn a_lease_against_the_hosts_is_stale() {
        let lease_of = |line| lease(line).unwrap();
        let hosts = config().hosts;
        let cases = [
            ("1712052000 02:16:3e:00:01:01 10.1.0.128 app *", false),
            ("1712052000 02:16:3e:00:01:01 10.1.0.129 app *", true),
            ("1712052000 02:16:3e:00:09:09 10.1.0.128 old *", true),
            ("1712052000 02:16:3e:00:09:09 10.1.0.130 other 01:02", false),
        ];
        for (line, stale) in cases {
            assert_eq!(is_stale(&lease_of(line), &hosts), stale, "{line}");
        }
        for bad in ["", "duid 00:01", "1 2 3", "1 02:16:3e:00:01 10.1.0.1 a", "1 02:16:3e:00:01:01 ::1 a *"] {
            assert_eq!(lease(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn any_lease_line_is_taken_or_left(line in ".{0,80}") {
            let _ = lease(&line);
        }
    }
}
