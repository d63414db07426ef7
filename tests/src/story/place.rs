//! The simulated device of the story, and the world around it: a port on a network with a DHCP server, a controller
//! and a datastore.

use std::path::Path;

use pillar_core::hal::{Command, Exit, Memory};
use pillar_hal::sim::World;
use pillar_hal::sim::certificates::SimCertificate;
use pillar_hal::sim::controller::ROOT;
use pillar_hal::sim::net::DhcpServer;
use pillar_hal::sim::process::Scripted;
use pillar_types::Uuid;

use super::Story;
use super::order::{DATASTORE, PORT};

/// Where the controller is.
pub const SERVER: &str = "ctl.example:443";

/// Where the datastore is.
pub const STORE: &str = "store.example:80";

/// What the controller calls the device.
pub const DEVICE: Uuid = Uuid([0x9f, 0x0c, 0, 0, 0, 0, 0x40, 0, 0x80, 0, 0, 0, 0, 0, 0, 1]);

/// The network that the port is plugged into.
pub const SEGMENT: &str = "site";

/// The device's memory, in bytes.
const MEMORY: u64 = 16 << 30;

/// Room under /persist, in bytes.
const PERSIST: u64 = 64 << 30;

/// An installed device that was never switched on, at a site with a DHCP server.
pub(super) fn install(world: &World, story: &Story) {
    let put = |path: &str, content: &str| {
        world.disk().put(Path::new(path), content.as_bytes()).expect("there is room");
    };
    world.disk().set_free(Path::new("/persist"), PERSIST).expect("it is mounted");
    let (onboarding, own) = (SimCertificate::root("onboarding"), SimCertificate::root("device"));
    put("/config/server", &format!("{SERVER}\n"));
    put("/config/root-certificate.pem", &SimCertificate::root(ROOT).pem());
    put("/config/onboard.cert.pem", &onboarding.pem());
    put("/config/onboard.key.pem", &onboarding.key_file());
    put("/config/device.cert.pem", &own.pem());
    put("/config/device.key.pem", &own.key_file());
    put("/config/soft_serial", "soft\n");
    put("/proc/cpuinfo", "processor\t: 0\nSerial\t: S1\n");
    let free = MEMORY / 8 * 7;
    world.system().memory = Memory { total: MEMORY, free, available: free, ..Memory::default() };
    world.programs().install("/bin/hostname", |_: &Command| Scripted::ends(Exit::Code(0), ""));
    story.controller.serve(&mut world.internet(), SERVER);
    debug_assert!(STORE.starts_with(DATASTORE));
    story.datastore.serve(&mut world.internet(), STORE);
    let mut network = world.network();
    network.add_nic(PORT, [0x02, 0, 0, 0, 0, 1]);
    network.plug(PORT, SEGMENT);
    network.serve_dhcp(SEGMENT, site());
}

fn site() -> DhcpServer {
    DhcpServer {
        network: "192.0.2.0/24".parse().expect("a network"),
        gateway: Some("192.0.2.1".parse().expect("an address")),
        network_v6: None,
        dns_servers: vec!["192.0.2.2".parse().expect("an address")],
        ntp_servers: Vec::new(),
        domain_name: "site.example".into(),
    }
}
