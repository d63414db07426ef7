//! A device in namespaces of its own, with one port and what is at the other end of it: a DHCP server, names, and a
//! controller that answers every request with 200.
//!
//! All of it goes with the test: each namespace of processes ends with the process that made it. What stands in for
//! zedagent runs inside, since zedbox asks the kernel who is at the other end of a socket.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::{fs, thread};

use crate::device::{Device, ZEDBOX, until};

/// The device's side, the other side, and the device's files.
pub struct Lab {
    pub device: Device,
    inside: Space,
    outside: Space,
}

impl Lab {
    /// A lab whose device has the port eth0; `None`, said in one line, where this user may not have one.
    pub fn new() -> Option<Lab> {
        for program in ["dhcpcd", "dnsmasq", "openssl", "unshare", "nsenter", "ip"] {
            let found = Command::new("which").arg(program).stdout(Stdio::null()).status();
            if !found.is_ok_and(|status| status.success()) {
                eprintln!("skipped: {program} is not installed");
                return None;
            }
        }
        let device = Device::new();
        for (path, text) in [
            ("config/server", "zedcloud.example\n"),
            ("etc/resolv.conf", ""),
            // Hooks would write to the files of the machine.
            (
                "etc/dhcpcd.conf",
                "clientid\npersistent\noption domain_name_servers, domain_name, ntp_servers\nnoarp\nnohook resolv.conf, hostname, ntp-common.conf, timesyncd.conf, chrony.conf, openntpd.conf\n",
            ),
        ] {
            device.put(path, text);
        }
        let files = format!(
            "mount --make-rprivate / && mount -t tmpfs none /run && mkdir -p /var/lib/dhcpcd && \
             mount -t tmpfs none /var/lib/dhcpcd && mount --bind {}/etc/resolv.conf /etc/resolv.conf",
            device.root()
        );
        let (Some(inside), Some(outside)) = (Space::new(&files), Space::new("true")) else {
            eprintln!("skipped: this user may not make namespaces");
            return None;
        };
        let lab = Lab { device, inside, outside };
        let other = lab.outside.holder.id();
        // With the test's own view of processes: the number means nothing inside.
        let link = format!("ip link add eth0 type veth peer name srv0 netns {other}");
        ran(lab.inside.enter(&["net"], &link));
        lab.outside.run("ip link set lo up && ip addr add 192.0.2.1/24 dev srv0 && ip link set srv0 up");
        lab.start_zedagent();
        Some(lab)
    }

    /// Starts the DHCP server, which is the name server, too.
    pub fn serve_dhcp(&self) {
        let dnsmasq = format!(
            "dnsmasq --keep-in-foreground --conf-file=/dev/null --user=root --interface=srv0 \
             --bind-interfaces --no-resolv --no-hosts --address=/zedcloud.example/192.0.2.1 \
             --dhcp-range=192.0.2.50,192.0.2.99,255.255.255.0,2m --dhcp-option=option:router,192.0.2.1 \
             --dhcp-option=option:dns-server,192.0.2.1 --dhcp-option=option:ntp-server,192.0.2.7 \
             --domain=d.example --dhcp-leasefile={}/leases --pid-file=",
            self.device.root()
        );
        self.outside.start("dnsmasq", &self.device, &dnsmasq);
    }

    /// Starts the controller, with a certificate that the device believes.
    pub fn serve_controller(&self) {
        let root = self.device.root().to_owned();
        self.outside.run(&format!(
            "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
             -subj /CN=zedcloud.example -addext subjectAltName=DNS:zedcloud.example \
             -addext basicConstraints=critical,CA:FALSE \
             -keyout {root}/key.pem -out {root}/config/root-certificate.pem 2>{root}/openssl.log"
        ));
        let serve = format!(
            "openssl s_server -quiet -www -accept 192.0.2.1:443 -key {root}/key.pem \
             -cert {root}/config/root-certificate.pem"
        );
        self.outside.start("controller", &self.device, &serve);
    }

    /// Runs a command on the device, and gives what it prints.
    pub fn on_device(&self, command: &str) -> String {
        self.inside.run(command)
    }

    /// Runs a command at the other end.
    pub fn outside(&self, command: &str) -> String {
        self.outside.run(command)
    }

    /// Starts nim on the device.
    pub fn start_nim(&self) {
        let program = format!("{ZEDBOX} run --root {} nim", self.device.root());
        self.inside.start("nim", &self.device, &program);
    }

    /// Says in place of zedagent, on EVE's socket, that there are no settings.
    fn start_zedagent(&self) {
        let peer = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/peer/eve.py");
        let root = self.device.root();
        self.inside.run(&format!("mkfifo {root}/input"));
        // Its input never comes and never ends: it holds both ends itself.
        let publisher = format!("publisher {root} zedagent ConfigItemValueMap <>{root}/input");
        self.inside.start("zedagent", &self.device, &format!("python3 {peer} {publisher}"));
    }

    /// Kills nim, and nothing else.
    pub fn kill_nim(&self) {
        self.inside.kill("nim", &self.device);
        fs::remove_file(self.device.path("run/nim/DeviceNetworkStatus/global.json")).unwrap();
    }

    /// A status file of nim's, as soon as it holds all of this.
    pub fn status_with(&self, parts: &[&str]) -> String {
        let path = self.device.path("run/nim/DeviceNetworkStatus/global.json");
        let read = || fs::read_to_string(&path).unwrap_or_default();
        let start = std::time::Instant::now();
        while !parts.iter().all(|part| read().contains(part)) {
            let log = fs::read_to_string(self.device.path("nim.log")).unwrap_or_default();
            let shown = (read(), self.on_device("ip addr; ip route"));
            assert!(start.elapsed() < crate::device::SOON * 2, "no {parts:?} in {shown:#?}: {log}");
            thread::sleep(std::time::Duration::from_millis(50));
        }
        read()
    }
}

/// Namespaces of network, mounts and processes, and the process that they live with.
struct Space {
    holder: Child,
}

impl Space {
    /// New ones, in which a command ran.
    fn new(prepare: &str) -> Option<Space> {
        let mut holder = Command::new("unshare")
            .args(["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c"])
            .arg(format!("{prepare} && echo ready && exec cat"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let mut line = String::new();
        BufReader::new(holder.stdout.take()?).read_line(&mut line).ok()?;
        if line == "ready\n" {
            return Some(Space { holder });
        }
        let _ = holder.wait();
        None
    }

    /// A command of the shell in some of the namespaces.
    fn enter(&self, spaces: &[&str], command: &str) -> Command {
        let mut enter = Command::new("nsenter");
        for space in spaces {
            let file = if *space == "pid" { "pid_for_children" } else { space };
            enter.arg(format!("--{}=/proc/{}/ns/{file}", space.replace("mnt", "mount"), self.holder.id()));
        }
        enter.args(["sh", "-c", command]).stdin(Stdio::null());
        enter
    }

    fn command(&self, command: &str) -> Command {
        self.enter(&["net", "mnt", "pid"], command)
    }

    fn run(&self, command: &str) -> String {
        ran(self.command(command))
    }

    /// Starts a program that is known by a name, with its log and its number in files of the device's.
    fn start(&self, name: &str, device: &Device, program: &str) {
        let file = device.path(name).display().to_string();
        let shell = format!("echo $$ >{file}.pid && exec {program} >>{file}.log 2>&1");
        // It ends with its namespace at the latest.
        drop(self.command(&shell).spawn().unwrap());
        until(|| {
            fs::read_to_string(device.path(&format!("{name}.pid"))).is_ok_and(|pid| pid.ends_with('\n'))
        });
    }

    fn kill(&self, name: &str, device: &Device) {
        let pid = device.path(&format!("{name}.pid"));
        // It is gone when whoever started it knows.
        let number = format!("$(cat {})", pid.display());
        self.run(&format!("kill -9 {number}; while kill -0 {number} 2>/dev/null; do sleep 0.01; done"));
        fs::remove_file(pid).unwrap();
    }
}

impl Drop for Space {
    fn drop(&mut self) {
        // Its end of input, and then its end.
        if let Some(mut input) = self.holder.stdin.take() {
            let _ = input.flush();
        }
        let _ = self.holder.wait();
    }
}

/// What a command printed that went well.
fn ran(mut command: Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}
