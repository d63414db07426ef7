use std::path::Path;
use std::sync::{Arc, Mutex, mpsc};
use std::thread::JoinHandle;

use pillar_core::hal::{Child, Clock, Command, Dhcp, Links, Process, Scope};
use pillar_hal::conformance::{self, DhcpGround};
use pillar_hal::files::Files;
use pillar_hal::linux::{DhcpcdPaths, LinuxClock, LinuxDhcp, LinuxFs, LinuxLinks, LinuxProcess};
use pillar_hal::sim::gate::Open;
use pillar_hal::sim::net::{DhcpServer, Network, SimDhcp, SimLinks};

use crate::device::{TestClock, skipped};
use crate::namespace::{in_namespace, ip, is_installed, own_files, own_network, run, thread_network};

const LINK: &str = "eth0";

/// The server that the suite expects.
fn server() -> DhcpServer {
    DhcpServer {
        network: "192.0.2.0/24".parse().unwrap(),
        gateway: Some([192, 0, 2, 1].into()),
        network_v6: None,
        dns_servers: vec![[192, 0, 2, 53].into(), [192, 0, 2, 54].into()],
        ntp_servers: vec!["192.0.2.7".into()],
        domain_name: "d.example".into(),
    }
}

/// A network with one interface, plugged into a segment with a server.
pub fn network() -> Network {
    let mut network = Network::default();
    network.add_nic(LINK, [0x02, 0, 0, 0, 0, 1]);
    network.plug(LINK, "office");
    network.serve_dhcp("office", server());
    network
}

#[test]
fn simulated_dhcp_conforms() {
    let network = Arc::new(Mutex::new(network()));
    let links = SimLinks::new(network.clone(), Arc::new(Open));
    let dhcp = SimDhcp::new(network.clone(), Arc::new(Open));
    let kill = || network.lock().unwrap().kill_dhcp_client(LINK);
    let ground = DhcpGround { links: &links, clock: &TestClock::default(), link: LINK, kill: &kill };
    conformance::dhcp(&dhcp, &ground);
    assert_eq!(network.lock().unwrap().dhcp_starts(), 4, "one start each: first, after death, fixed, again");
}

#[test]
fn dhcpcd_conforms() {
    if !is_installed("dhcpcd") || !is_installed("dnsmasq") {
        return skipped("dhcpcd: it or dnsmasq is not installed");
    }
    in_namespace("dhcpcd", || {
        if !own_files(&["/run", "/var/lib/dhcpcd"]) {
            return skipped("dhcpcd: this user may not mount");
        }
        let _server = Dnsmasq::start();
        let config = Path::new("/run/dhcpcd.conf");
        // Hooks would write to the files of the machine.
        std::fs::write(config, "clientid\npersistent\noption domain_name_servers, domain_name, ntp_servers\nnoarp\nnohook resolv.conf, hostname, ntp-common.conf, timesyncd.conf, chrony.conf, openntpd.conf\n").unwrap();
        let paths = DhcpcdPaths {
            program: "dhcpcd".into(),
            config: config.into(),
            ..DhcpcdPaths::below(Path::new("/"))
        };
        let dhcp = Released(LinuxDhcp::new(
            Arc::new(LinuxProcess::default()),
            Arc::new(Files::new(LinuxFs)),
            Arc::new(LinuxClock),
            paths,
        ));
        let kill = || {
            let pid = std::fs::read_to_string("/run/dhcpcd/eth0-4.pid").unwrap();
            let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap();
            // Behind the name in parentheses: state, parent, group. The group has all of the client's processes.
            let group = stat.rsplit_once(") ").unwrap().1.split(' ').nth(2).unwrap();
            assert!(run("kill", &["-9", "--", &format!("-{group}")]));
        };
        let ground = DhcpGround { links: &LinuxLinks, clock: &LinuxClock, link: LINK, kill: &kill };
        conformance::dhcp(&dhcp.0, &ground);
        assert!(LinuxLinks.list(&Scope::unbounded()).is_ok());
    });
}

/// A client that gives its lease back at the end, whatever happens: it would outlive the test.
struct Released(LinuxDhcp);

impl Drop for Released {
    fn drop(&mut self) {
        let _ = self.0.release(&Scope::unbounded(), LINK);
    }
}

/// dnsmasq in a network namespace of its own, at the other end of the link.
struct Dnsmasq {
    stop: mpsc::Sender<()>,
    thread: Option<JoinHandle<()>>,
}

impl Dnsmasq {
    fn start() -> Self {
        let (stop, stopped) = mpsc::channel::<()>();
        let (say, said) = mpsc::channel::<String>();
        let (plugged, plug) = mpsc::channel::<()>();
        let thread = std::thread::spawn(move || {
            own_network().unwrap();
            say.send(thread_network()).unwrap();
            plug.recv().unwrap();
            ip("addr add 192.0.2.1/24 dev srv0");
            ip("link set srv0 up");
            let child = serve();
            say.send(String::new()).unwrap();
            let _ = stopped.recv();
            let _ = child.terminate(&Scope::unbounded(), std::time::Duration::from_secs(1));
        });
        ip(&format!("link add {LINK} type veth peer name srv0 netns {}", said.recv().unwrap()));
        plugged.send(()).unwrap();
        said.recv().unwrap();
        Dnsmasq { stop, thread: Some(thread) }
    }
}

fn serve() -> Arc<dyn Child> {
    let command = Command::new("dnsmasq").args([
        "--keep-in-foreground",
        "--conf-file=/dev/null",
        "--user=root",
        "--port=0",
        "--interface=srv0",
        "--bind-interfaces",
        "--dhcp-range=192.0.2.50,192.0.2.99,255.255.255.0,2m",
        "--dhcp-option=option:router,192.0.2.1",
        "--dhcp-option=option:dns-server,192.0.2.53,192.0.2.54",
        "--dhcp-option=option:ntp-server,192.0.2.7",
        "--domain=d.example",
        "--dhcp-leasefile=/run/dnsmasq.leases",
        "--pid-file=",
    ]);
    let scope = Scope::unbounded();
    let child = LinuxProcess::default().start(&scope, &command).unwrap();
    LinuxClock.sleep(&scope, std::time::Duration::from_millis(100));
    assert_eq!(child.exited(), None, "dnsmasq serves");
    child
}

impl Drop for Dnsmasq {
    fn drop(&mut self) {
        let _ = self.stop.send(());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
