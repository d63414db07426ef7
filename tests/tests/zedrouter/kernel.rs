//! A network instance on the real kernel, with dnsmasq, and a guest that is a network namespace. Everything is in
//! namespaces of the test's own, processes included: when it ends, whatever the outcome, nothing is left.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use pillar_core::agents::zedrouter::Zedrouter;
use pillar_core::agents::{NIM, ZEDAGENT, ZEDCLIENT, ZEDMANAGER};
use pillar_core::hal::source::HAL;
use pillar_core::hal::{Hal, LinkNotice, Quick};
use pillar_core::node::{NodeConfig, TestNode};
use pillar_hal::linux::{Dnsmasq, LinuxLinks, LinuxPacketFilter, LinuxProcess, RingCrypto};
use pillar_types::app_network::{AppNetworkConfig, AppNetworkStatus};
use pillar_types::config_item::ConfigItemValueMap;
use pillar_types::device::OnboardingStatus;
use pillar_types::device_network::DeviceNetworkStatus;
use pillar_types::network_instance::NetworkInstanceConfig;
use pillar_types::network_instance_status::NetworkInstanceStatus;

use super::bench::{APP, NET, NODE, allow_all, app, local, port, port_map, uuid};

/// Says to the test that it runs in its namespaces.
const INSIDE: &str = "PILLAR_TEST_INSIDE";

const UNSHARE: [&str; 6] = ["--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child"];

/// What udhcpc does with a lease: its environment has the address and what was offered with it.
const ON_LEASE: &str = r#"#!/bin/sh
[ "$1" = bound ] || exit 0
ip address add "$ip/$mask" dev "$interface"
ip route add default via "$router"
"#;

/// Asks the bridge for the address of `router` (RFC 1035) and prints the answer's 40 bytes.
const ASK_NAME: &str = r"exec 3<>/dev/udp/10.1.0.1/53
printf '\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x06router\x00\x00\x01\x00\x01' >&3
timeout 1 head -c 40 <&3 | od -An -v -tx1";

#[test]
fn an_application_on_the_real_kernel_gets_its_address_gets_out_and_is_reached() {
    if std::env::var_os(INSIDE).is_some() {
        return story();
    }
    let can = |program: &str, args: &[&str]| Command::new(program).args(args).stdout(Stdio::null()).status();
    let unshared = [&UNSHARE[..], &["true"]].concat();
    for (program, args) in [
        ("unshare", &unshared[..]),
        ("dnsmasq", &["--version"]),
        ("busybox", &["true"]),
        ("ip", &["-V"]),
        ("curl", &["--version"]),
    ] {
        if !can(program, args).is_ok_and(|status| status.success()) {
            eprintln!("skipped: {program} cannot be used here");
            return;
        }
    }
    let name = "kernel::an_application_on_the_real_kernel_gets_its_address_gets_out_and_is_reached";
    let mut own = Command::new("unshare");
    own.args(UNSHARE).arg(std::env::current_exe().expect("a program")).args(["--exact", name, "--nocapture"]);
    assert!(own.env(INSIDE, "1").status().expect("it was there").success());
}

/// The device, in the namespaces of the test.
struct Device {
    test: TestNode<Zedrouter>,
    serial: u64,
}

impl Device {
    fn new() -> Self {
        let process = Arc::new(LinuxProcess::default());
        let hal = Hal {
            links: Arc::new(LinuxLinks),
            packet_filter: Arc::new(LinuxPacketFilter),
            address_server: Arc::new(Dnsmasq::new("/run/zedrouter", process.clone())),
            process,
            ..Hal::default()
        };
        let quick = Quick { crypto: Arc::new(RingCrypto), ..Quick::default() };
        let config = NodeConfig { quick, ..NodeConfig::default() };
        let mut test = TestNode::start_on(hal, config, Zedrouter::default);
        let room = "there is room";
        let onboarded = OnboardingStatus { device_uuid: uuid(NODE), ..OnboardingStatus::default() };
        test.put(ZEDCLIENT, "global", onboarded).expect(room);
        test.put(ZEDAGENT, ConfigItemValueMap::KEY, ConfigItemValueMap::default()).expect(room);
        let ports = [port("eth0", [192, 0, 2, 10], "192.0.2.0/24")].into();
        let network = DeviceNetworkStatus { version: 1, ports, ..DeviceNetworkStatus::default() };
        test.put(NIM, DeviceNetworkStatus::KEY, network).expect(room);
        Device { test, serial: 0 }
    }

    fn app(&mut self, config: AppNetworkConfig) {
        self.test.put(ZEDMANAGER, APP, config).expect("there is room");
        let status = self.test.get::<AppNetworkStatus>(APP).expect("it has a status");
        assert!(status.activated && status.config_in_sync, "{status:?}");
    }

    fn notice(&mut self, link: &str) {
        self.serial += 1;
        let notice = LinkNotice { serial: self.serial };
        self.test.put(HAL, link, notice).expect("there is room");
    }
}

fn story() {
    world();
    let mut device = Device::new();
    device.test.put(ZEDAGENT, NET, local(NET)).expect("there is room");
    let network = device.test.get::<NetworkInstanceStatus>(NET).expect("it has a status");
    assert!(network.activated && !network.error.description.has_error(), "{network:?}");
    device.app(app(APP, &[allow_all(), port_map(2, "tcp", 8080, 80)]));
    let status = device.test.get::<AppNetworkStatus>(APP).expect("it has a status");
    let vif = status.app_net_adapter_list.first().expect("one").vif.config.clone();
    let (vif, mac) = (vif.vif, vif.mac.to_string());

    // The hypervisor makes the interface, and the guest asks for its address.
    ip(&format!("link add {vif} type veth peer name eth0 netns guest address {mac}"));
    device.notice(&vif);
    ip("-n guest link set eth0 up");
    let client = "netns exec guest busybox udhcpc -i eth0 -n -q -t 10 -T 1 -s /run/on-lease";
    assert!(until(|| answer(client).is_some()), "no address");
    assert!(answer("-n guest address show dev eth0").expect("it is there").contains("10.1.0.128/24"));

    // Outside there is no way back to 10.1.0.0/24: what arrives has been translated.
    let fetch_outside = "netns exec guest curl -s -f -m 2 http://192.0.2.1/";
    assert_eq!(fetch(fetch_outside).as_deref(), Some("outside"));
    let fetch_guest = "netns exec outside curl -s -f -m 2 http://192.0.2.10:8080/";
    assert_eq!(fetch(fetch_guest).as_deref(), Some("guest"));
    let ask = ["netns", "exec", "guest", "bash", "-c", ASK_NAME];
    let knows_router = || said("ip", &ask).is_some_and(|said| said.ends_with(" 0a 01 00 01\n"));
    assert!(until(knows_router), "no DNS");

    device.app(app(APP, &[allow_all()]));
    assert_eq!(answer(fetch_guest), None, "the port map is gone");
    assert_eq!(fetch(fetch_outside).as_deref(), Some("outside"), "and nothing else is");
    device.app(app(APP, &[allow_all(), port_map(2, "tcp", 8080, 80)]));
    assert_eq!(fetch(fetch_guest).as_deref(), Some("guest"), "it is back");

    let server = servers().pop().expect("one runs");
    assert!(Command::new("kill").args(["-9", &server]).status().expect("a program").success());
    assert!(until(|| !servers().contains(&server)), "it is dead");
    // The device's clock runs as the test says, but that a process has ended is known a moment later.
    let comes_back = || {
        device.test.pass(Duration::from_secs(10));
        !servers().is_empty()
    };
    assert!(until(comes_back), "it does not come back");
    assert!(until(knows_router), "no DNS any more");

    device.test.remove::<AppNetworkConfig>(ZEDMANAGER, APP).expect("it was there");
    ip(&format!("link delete {vif}"));
    device.notice(&vif);
    device.test.remove::<NetworkInstanceConfig>(ZEDAGENT, NET).expect("it was there");
    assert!(device.test.published::<NetworkInstanceStatus>().is_empty());
    assert!(!links().contains("bn1"), "{}", links());
    assert_eq!(said("nft", &["list", "tables"]), Some(String::new()));
    assert!(until(|| servers().is_empty()), "a server is left");
    let left = |dir: &str| std::fs::read_dir(dir).expect("it is there").count();
    assert_eq!((left("/run/zedrouter"), left("/run/zedrouter/dnsmasq.leases")), (1, 0));
}

/// A device with a port, what is behind that port, and a guest without interface; both serve a page.
fn world() {
    let run = |program: &str, args: &[&str]| {
        assert!(
            Command::new(program).args(args).status().expect("a program").success(),
            "{program} {args:?}"
        );
    };
    run("mount", &["--make-rprivate", "/"]);
    run("mount", &["-t", "tmpfs", "none", "/run"]);
    for name in ["outside", "guest"] {
        ip(&format!("netns add {name}"));
        ip(&format!("-n {name} link set lo up"));
        let dir = format!("/run/{name}");
        std::fs::create_dir(&dir).expect("our own");
        std::fs::write(format!("{dir}/index.html"), name).expect("our own");
        ip(&format!("netns exec {name} busybox httpd -p 80 -h {dir}"));
    }
    ip("link set lo up");
    ip("link add eth0 type veth peer name eth0 netns outside");
    ip("address add 192.0.2.10/24 dev eth0");
    ip("link set eth0 up");
    ip("-n outside address add 192.0.2.1/24 dev eth0");
    ip("-n outside link set eth0 up");
    std::fs::write("/proc/sys/net/ipv4/ip_forward", "1").expect("our own");
    std::fs::write("/run/on-lease", ON_LEASE).expect("our own");
    run("chmod", &["+x", "/run/on-lease"]);
}

fn ip(args: &str) {
    assert!(answer(args).is_some(), "ip {args}");
}

/// What `ip` says with these arguments, separated by spaces; `None` if it fails.
fn answer(args: &str) -> Option<String> {
    said("ip", &args.split(' ').collect::<Vec<_>>())
}

fn said(program: &str, args: &[&str]) -> Option<String> {
    let output = Command::new(program).args(args).stderr(Stdio::null()).output().expect("a program");
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A page, as soon as it can be had.
fn fetch(args: &str) -> Option<String> {
    let mut page = None;
    until(|| {
        page = answer(args);
        page.is_some()
    });
    page
}

fn links() -> String {
    answer("-o link").expect("there are some")
}

/// The processes that serve addresses.
fn servers() -> Vec<String> {
    let all = std::fs::read_dir("/proc").expect("there is one").flatten();
    let numbers = all.filter_map(|entry| entry.file_name().into_string().ok());
    let is_server = |number: &String| {
        let dir = Path::new("/proc").join(number);
        let name = std::fs::read_to_string(dir.join("comm")).unwrap_or_default();
        let dead = std::fs::read(dir.join("cmdline")).unwrap_or_default().is_empty();
        name.trim() == "dnsmasq" && !dead
    };
    numbers.filter(is_server).collect()
}

/// Whether something becomes true soon.
fn until(mut done: impl FnMut() -> bool) -> bool {
    (0..50).any(|_| {
        let is = done();
        if !is {
            std::thread::sleep(Duration::from_millis(100));
        }
        is
    })
}
