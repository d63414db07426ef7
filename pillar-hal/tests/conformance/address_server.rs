//! DHCP and DNS servers.

use std::net::{Ipv4Addr, UdpSocket};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use pillar_core::hal::{AddressServer, Scope, ServerConfig};
use pillar_hal::conformance::{self, sample_host, sample_server};
use pillar_hal::linux::{Dnsmasq, LinuxProcess};
use pillar_hal::sim::address_server::{Servers, SimAddressServer};
use pillar_hal::sim::gate::Open;
use rustix::process::{Pid, Signal, kill_process};
use rustix::thread::{UnshareFlags, gettid, unshare_unsafe};

use crate::device::TempDir;
use crate::namespace::{in_namespace, ip};

const BRIDGE: &str = "bn1";

#[test]
fn the_simulated_address_server_conforms() {
    let servers: Arc<Mutex<Servers>> = Arc::default();
    let subject = SimAddressServer::new(servers.clone(), Arc::new(Open));
    conformance::address_server(&subject, BRIDGE, &mut |mac| {
        servers.lock().unwrap_or_else(PoisonError::into_inner).request(BRIDGE, mac, 0)
    });
}

#[test]
fn dnsmasq_conforms() {
    in_namespace("dnsmasq", || {
        let guest = Guest::on_bridge();
        let dir = TempDir::on_tmpfs();
        let subject = dnsmasq(&dir);
        conformance::address_server(&subject, BRIDGE, &mut |mac| guest.ask_address(mac));
        assert_eq!(
            std::fs::read_dir(dir.path().join("dnsmasq.leases")).unwrap().count(),
            0,
            "nothing is left"
        );
        let left = std::fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name());
        assert_eq!(left.collect::<Vec<_>>(), ["dnsmasq.leases"]);
    });
}

#[test]
fn dnsmasq_knows_names_and_its_end_is_seen() {
    in_namespace("names of dnsmasq", || {
        let guest = Guest::on_bridge();
        let dir = TempDir::on_tmpfs();
        let subject = dnsmasq(&dir);
        let scope = &Scope::unbounded();
        let mut config = sample_server(BRIDGE);
        subject.serve(scope, &config).unwrap();
        assert_eq!(guest.ask_name("router"), Some(Ipv4Addr::new(10, 1, 0, 1)));
        config.names.push(("app".into(), vec!["10.1.0.130".parse().unwrap()]));
        subject.serve(scope, &config).unwrap();
        // The running server is told of new files by the kernel, a moment later.
        let asked = (0..50).find_map(|_| guest.ask_name("app"));
        assert_eq!(asked, Some(Ipv4Addr::new(10, 1, 0, 130)));

        kill_process(Pid::from_raw(pid(&dir)).unwrap(), Signal::KILL).unwrap();
        let gone = (0..100).any(|_| {
            std::thread::sleep(Duration::from_millis(10));
            !subject.runs(BRIDGE)
        });
        assert!(gone);
        subject.serve(scope, &config).expect("and it comes back");
        assert!(subject.runs(BRIDGE));
        subject.stop(scope, BRIDGE).unwrap();
    });
}

#[test]
fn a_server_of_an_earlier_life_makes_room_and_leases_stay() {
    in_namespace("a server of an earlier life", || {
        let guest = Guest::on_bridge();
        let dir = TempDir::on_tmpfs();
        let scope = &Scope::unbounded();
        let host = sample_host(130);
        let config = ServerConfig { hosts: vec![host.clone()], ..sample_server(BRIDGE) };
        let earlier = dnsmasq(&dir);
        earlier.serve(scope, &config).unwrap();
        assert_eq!(guest.ask_address(host.mac), Some(host.address));
        let before = pid(&dir);
        let subject = dnsmasq(&dir);
        assert!(!subject.runs(BRIDGE), "not ours");
        subject.serve(scope, &config).unwrap();
        assert_ne!(pid(&dir), before);
        assert!(!earlier.runs(BRIDGE));
        assert_eq!(subject.leases(scope, BRIDGE).unwrap().len(), 1);
        subject.stop(scope, BRIDGE).unwrap();
    });
}

fn dnsmasq(dir: &TempDir) -> Dnsmasq {
    Dnsmasq::new(dir.path(), Arc::new(LinuxProcess::default()))
}

fn pid(dir: &TempDir) -> i32 {
    dir.get("dnsmasq.bn1.pid").trim().parse().unwrap()
}

/// A guest on the bridge, in a network namespace of its own.
struct Guest {
    ask: Sender<Question>,
    answers: Receiver<Option<Ipv4Addr>>,
}

enum Question {
    Address([u8; 6]),
    Name(String),
}

impl Guest {
    /// Makes the bridge of the sample, and a guest on it.
    fn on_bridge() -> Self {
        let ((ask, questions), (answer, answers)) = (channel(), channel());
        let ((ready, is_ready), (begin, begins)) = (channel(), channel::<()>());
        std::thread::spawn(move || {
            // SAFETY: only `FILES` is unsafe to unshare, and this is not it.
            unsafe { unshare_unsafe(UnshareFlags::NEWNET) }.unwrap();
            ready.send(gettid().as_raw_nonzero()).unwrap();
            begins.recv().unwrap();
            for line in ["link set guest up", "addr add 10.1.0.99/24 dev guest"] {
                ip(line);
            }
            ip("route add 255.255.255.255 dev guest");
            for question in questions {
                answer
                    .send(match question {
                        Question::Address(mac) => ask_address(mac),
                        Question::Name(name) => ask_name(&name),
                    })
                    .unwrap();
            }
        });
        let thread = is_ready.recv().unwrap();
        for line in [
            &format!("link add {BRIDGE} type bridge"),
            "link add port type veth peer name guest",
            &format!("link set guest netns {thread}"),
            &format!("link set port master {BRIDGE} up"),
            &format!("addr add 10.1.0.1/24 dev {BRIDGE}"),
            &format!("link set {BRIDGE} up"),
        ] {
            ip(line);
        }
        begin.send(()).unwrap();
        Guest { ask, answers }
    }

    fn ask_address(&self, mac: [u8; 6]) -> Option<Ipv4Addr> {
        self.ask.send(Question::Address(mac)).unwrap();
        self.answers.recv().unwrap()
    }

    fn ask_name(&self, name: &str) -> Option<Ipv4Addr> {
        self.ask.send(Question::Name(name.into())).unwrap();
        self.answers.recv().unwrap()
    }
}

/// Discover, offer, request, acknowledge (RFC 2131).
fn ask_address(mac: [u8; 6]) -> Option<Ipv4Addr> {
    let socket = UdpSocket::bind("0.0.0.0:68").unwrap();
    socket.set_broadcast(true).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
    let offered = (0..5).find_map(|_| exchange(&socket, mac, &[53, 1, 1], 2))?;
    let [a, b, c, d] = offered.octets();
    let request = [53, 1, 3, 50, 4, a, b, c, d, 54, 4, 10, 1, 0, 1];
    exchange(&socket, mac, &request, 5)
}

/// Sends a message with these options; the address of an answer of this kind.
fn exchange(socket: &UdpSocket, mac: [u8; 6], options: &[u8], kind: u8) -> Option<Ipv4Addr> {
    let mut message = vec![0; 236];
    message[..4].copy_from_slice(&[1, 1, 6, 0]);
    message[4..8].copy_from_slice(&mac[2..]);
    message[10] = 0x80; // answer by broadcast: we have no address
    message[28..34].copy_from_slice(&mac);
    message.extend([99, 130, 83, 99]);
    message.extend(options);
    message.push(255);
    socket.send_to(&message, "255.255.255.255:67").unwrap();
    let mut answer = [0; 1500];
    for _ in 0..10 {
        let (length, _) = socket.recv_from(&mut answer).ok()?;
        let ours = answer[4..8] == mac[2..] && length > 243;
        if ours && answer[240..243] == [53, 1, kind] {
            return Some(<[u8; 4]>::try_from(&answer[16..20]).unwrap().into());
        }
    }
    None
}

/// The first address of a name (RFC 1035).
fn ask_name(name: &str) -> Option<Ipv4Addr> {
    let socket = UdpSocket::bind("0.0.0.0:0").unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
    let mut query = vec![0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in name.split('.') {
        query.push(label.len() as u8);
        query.extend(label.bytes());
    }
    query.extend([0, 0, 1, 0, 1]);
    socket.send_to(&query, "10.1.0.1:53").unwrap();
    let mut answer = [0; 512];
    let (length, _) = socket.recv_from(&mut answer).ok()?;
    (answer[7] > 0).then(|| <[u8; 4]>::try_from(&answer[length - 4..length]).unwrap().into())
}
