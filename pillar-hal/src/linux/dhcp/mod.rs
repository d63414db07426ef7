//! DHCP by dhcpcd, one client a link, in the background: it lives on when this process ends, and is found again.
//!
//! What a client was started with is noted in a file, so that one that already does what is asked is left alone,
//! also after a restart. A client that has died is seen by its pid, and started anew.

mod command;
mod lease;

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use pillar_core::hal::{
    Cidr, Clock, Command, Dhcp, DhcpConfig, DhcpError, DhcpLease, FileOp, LinkError, Links, Process,
    ProcessError, Scope, Storage, StorageError, is_link_name,
};
use pillar_core::resolv_conf::{self, ResolvConf};
use rustix::net::netdevice::name_to_index;
use rustix::net::{AddressFamily, SocketFlags, SocketType, socket_with};
use rustix::process::{Pid, test_kill_process};

use super::LinuxLinks;

pub use command::arguments as dhcpcd_arguments;

/// How long a client has to start and to end (spec/03, Fixed limits), and how often it is looked at meanwhile.
const START_TIME: Duration = Duration::from_secs(3);
const END_TIME: Duration = Duration::from_secs(30);
const LOOK: Duration = Duration::from_millis(50);

/// How long dhcpcd may take to answer about itself: it does so in milliseconds, or never. Version 9.4.1 answers
/// nothing more once it was asked for a lease that it did not have yet.
const ANSWER_TIME: Duration = Duration::from_secs(1);

/// The longest pid file, note and resolver file that are read.
const MAX_FILE: usize = 16 * 1024;

/// Where dhcpcd's things are.
#[derive(Clone, Debug)]
pub struct DhcpcdPaths {
    /// The program: `/sbin/dhcpcd`.
    pub program: PathBuf,
    /// Its configuration: `/etc/dhcpcd.conf`. Which hooks run is said there.
    pub config: PathBuf,
    /// Below which its hooks leave the DNS servers of each link, if they do: `/run`.
    pub run: PathBuf,
    /// Where it is noted what each client was started with: `/run/nim/dhcpcd`.
    pub notes: PathBuf,
}

impl DhcpcdPaths {
    /// Those of EVE, below another root directory.
    pub fn below(root: &Path) -> Self {
        DhcpcdPaths {
            program: "/sbin/dhcpcd".into(),
            config: root.join("etc/dhcpcd.conf"),
            run: root.join("run"),
            notes: root.join("run/nim/dhcpcd"),
        }
    }
}

/// dhcpcd.
pub struct LinuxDhcp {
    process: Arc<dyn Process>,
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    paths: DhcpcdPaths,
}

impl LinuxDhcp {
    /// The client whose things are at `paths`.
    pub fn new(
        process: Arc<dyn Process>,
        storage: Arc<dyn Storage>,
        clock: Arc<dyn Clock>,
        paths: DhcpcdPaths,
    ) -> Self {
        LinuxDhcp { process, storage, clock, paths }
    }

    fn note(&self, link: &str) -> PathBuf {
        self.paths.notes.join(link)
    }

    /// What the link's client was started with; nothing if there is none.
    fn noted(&self, scope: &Scope, link: &str) -> Result<Vec<String>, DhcpError> {
        let text = self.read(scope, &self.note(link))?;
        Ok(text.lines().map(str::to_owned).collect())
    }

    /// A small text; one that is not there is empty.
    fn read(&self, scope: &Scope, path: &Path) -> Result<String, DhcpError> {
        match self.storage.read(scope, path, MAX_FILE) {
            Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
            Err(StorageError::NotFound(_)) => Ok(String::new()),
            Err(why) => Err(DhcpError::Storage(why)),
        }
    }

    /// Asks dhcpcd, and gives what it printed; nothing if it refuses, as when no client runs.
    fn ask(&self, scope: &Scope, args: Vec<String>) -> Result<String, DhcpError> {
        let command = Command::new(&self.paths.program).args(args).time(ANSWER_TIME);
        let output = self.process.run(scope, &command)?;
        let text = if output.exit.success() { output.stdout } else { Vec::new() };
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    /// Asks for a lease that there should be. A client that does not answer is ended, to be started anew.
    fn ask_lease(
        &self,
        scope: &Scope,
        version: &str,
        link: &str,
        args: &[String],
    ) -> Result<String, DhcpError> {
        match self.ask(scope, ["-U", version, link].map(str::to_owned).to_vec()) {
            Err(DhcpError::Process(ProcessError::TimedOut { .. })) => {
                self.end(scope, link, args)?;
                Ok(String::new())
            }
            answer => answer,
        }
    }

    /// Whether the link has an address of IPv4, and one of IPv6 that is not link-local: without, there is no
    /// lease to ask for.
    fn addresses(&self, scope: &Scope, link: &str) -> Result<(bool, bool), DhcpError> {
        let links = LinuxLinks.list(scope).map_err(link_error)?;
        let Some(link) = links.into_iter().find(|other| other.name == link) else {
            return Ok((false, false));
        };
        let global = |cidr: &Cidr| matches!(cidr.address, IpAddr::V6(v6) if !v6.is_unicast_link_local());
        Ok((link.addresses.iter().any(|cidr| cidr.address.is_ipv4()), link.addresses.iter().any(global)))
    }

    /// Whether the client that was started with these arguments lives.
    fn lives(&self, scope: &Scope, link: &str, args: &[String]) -> Result<bool, DhcpError> {
        let asked = [vec!["-P".to_owned()], command::versions_of(args), vec![link.to_owned()]].concat();
        let file = self.ask(scope, asked)?;
        let pid = self.read(scope, Path::new(file.trim()))?.trim().parse().ok();
        let Some(pid) = pid.filter(|pid| *pid > 0).and_then(Pid::from_raw) else { return Ok(false) };
        if test_kill_process(pid).is_err() {
            return Ok(false);
        }
        // Numbers of processes are used again. One that has ended and waits to be reaped has no command line.
        let line = self.read(scope, &PathBuf::from(format!("/proc/{}/cmdline", pid.as_raw_nonzero())))?;
        Ok(line.contains("dhcpcd"))
    }

    /// Waits until the client lives, or no longer does.
    fn wait(
        &self,
        scope: &Scope,
        link: &str,
        args: &[String],
        lives: bool,
        time: Duration,
    ) -> Result<bool, DhcpError> {
        let until = self.clock.now().mono + time;
        while self.lives(scope, link, args)? != lives {
            if self.clock.now().mono >= until {
                return Ok(false);
            }
            if !self.clock.sleep(scope, LOOK) {
                return Err(DhcpError::Cancelled);
            }
        }
        Ok(true)
    }

    /// Ends the link's client, if one is noted: it gives its lease back; one that does not is told to go.
    fn end(&self, scope: &Scope, link: &str, args: &[String]) -> Result<(), DhcpError> {
        for (how, time) in [("--release", END_TIME), ("--exit", START_TIME)] {
            if !self.lives(scope, link, args)? {
                return Ok(());
            }
            let asked = [vec![how.to_owned()], command::versions_of(args), vec![link.to_owned()]].concat();
            self.ask(scope, asked)?;
            if self.wait(scope, link, args, false, time)? {
                return Ok(());
            }
        }
        Err(DhcpError::NotEnded { link: link.into() })
    }

    /// What the hooks left about a link's DNS servers, if they leave such things.
    fn hook_servers(&self, scope: &Scope, link: &str) -> Result<Vec<IpAddr>, DhcpError> {
        let mut found = Vec::new();
        for file in resolv_conf::files_of(&self.paths.run, link) {
            found.push(ResolvConf::parse(self.read(scope, &file)?.as_bytes()));
        }
        Ok(resolv_conf::merge(&[], &found))
    }
}

impl Dhcp for LinuxDhcp {
    fn keep(&self, scope: &Scope, link: &str, config: &DhcpConfig) -> Result<(), DhcpError> {
        check(link)?;
        if !exists(link) {
            return Err(DhcpError::Link(LinkError::NotFound(link.into())));
        }
        let args = command::arguments(link, config, &self.paths.config.to_string_lossy());
        let noted = self.noted(scope, link)?;
        if noted == args && self.lives(scope, link, &args)? {
            return Ok(());
        }
        if !noted.is_empty() {
            self.end(scope, link, &noted)?;
            // What one that died left behind would pass for a lease.
            LinuxLinks.set_addresses(scope, link, &[]).map_err(link_error)?;
        }
        // Noted first: a client that nobody knows of would never be ended.
        let text = args.join("\n");
        self.storage.replace(scope, &self.note(link), text.as_bytes()).map_err(DhcpError::Storage)?;
        let command = Command::new(&self.paths.program).args(args.iter().cloned());
        // It goes to the background by itself, with some versions and settings only once it has a lease.
        drop(self.process.start(scope, &command)?);
        if self.wait(scope, link, &args, true, START_TIME)? {
            Ok(())
        } else {
            Err(DhcpError::NotStarted { link: link.into() })
        }
    }

    fn lease(&self, scope: &Scope, link: &str) -> Result<Option<DhcpLease>, DhcpError> {
        check(link)?;
        let args = self.noted(scope, link)?;
        // What is left of a client that died still takes questions, and never answers.
        if args.is_empty() || !self.lives(scope, link, &args)? {
            return Ok(None);
        }
        let mut lease = DhcpLease::default();
        let (v4, v6) = self.addresses(scope, link)?;
        if v4 {
            lease::read_v4(&mut lease, &self.ask_lease(scope, "-4", link, &args)?);
        }
        if v6 && !args.iter().any(|arg| arg == "--ipv4only") {
            lease::read_v6(&mut lease, &self.ask_lease(scope, "-6", link, &args)?);
        }
        for server in self.hook_servers(scope, link)? {
            if !lease.dns_servers.contains(&server) {
                lease.dns_servers.push(server);
            }
        }
        Ok((lease.address_v4.is_some() || !lease.networks_v6.is_empty()).then_some(lease))
    }

    fn release(&self, scope: &Scope, link: &str) -> Result<(), DhcpError> {
        check(link)?;
        let args = self.noted(scope, link)?;
        if args.is_empty() {
            return Ok(());
        }
        self.end(scope, link, &args)?;
        let forget = FileOp::Remove { path: self.note(link) };
        let done = self.storage.apply(scope, &[forget]).pop();
        done.unwrap_or(Err(StorageError::Cancelled)).map_err(DhcpError::Storage)
    }
}

fn link_error(why: LinkError) -> DhcpError {
    if why == LinkError::Cancelled { DhcpError::Cancelled } else { DhcpError::Link(why) }
}

fn check(link: &str) -> Result<(), DhcpError> {
    if is_link_name(link) { Ok(()) } else { Err(DhcpError::Link(LinkError::BadName(link.into()))) }
}

/// Whether there is such a link, in the network namespace of the calling thread, where dhcpcd will run.
fn exists(link: &str) -> bool {
    let socket = socket_with(AddressFamily::INET, SocketType::DGRAM, SocketFlags::CLOEXEC, None);
    socket.is_ok_and(|socket| name_to_index(socket, link).is_ok())
}
