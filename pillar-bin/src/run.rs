//! `zedbox run`, and agents that run in the process that is called by their name: a host on this device.

use std::path::{Path, PathBuf};

use pillar_core::bus::files::Layout;
use pillar_hal::linux::qemu::Accel;

use crate::agents::{self, Given, Hosted};
use crate::args::{Args, FAILED, OK, Stop, unknown};
use crate::device;
use crate::host::{self, End, Role, Setup};
use crate::{crash, logging};

const USAGE: &str = "\
Hosts agents until SIGTERM or SIGINT; SIGUSR1 logs what every agent is doing.

usage: zedbox run [-d] [--root DIR] [--tcg] [--on-request | AGENT...]

  AGENT         run these only, in a process that goes by the name of the first; without any, all agents of the
                device run, and links may ask for others
  --on-request  run none until a link asks for it, as EVE's scripts do
  -d            log everything
  --tcg         translate the instructions of guests: slow, but without KVM
  --root DIR    use DIR/run, DIR/persist, DIR/proc, DIR/sys and so on in place of the device's
";

/// What to do.
struct Options {
    trace: bool,
    root: PathBuf,
    accel: Accel,
    on_request: bool,
    agents: Vec<&'static Hosted>,
}

/// Runs the subcommand.
pub fn main(args: &[String]) -> i32 {
    let options = match read(args) {
        Ok(options) => options,
        Err(stop) => return stop.exit("zedbox run", USAGE),
    };
    let role = match options.agents.first() {
        Some(agent) => Role::Some(agent.name),
        None => Role::Zedbox,
    };
    let agents: Vec<&Hosted> = match role {
        Role::Zedbox if options.on_request => Vec::new(),
        Role::Zedbox => agents::with_device().collect(),
        Role::Some(_) | Role::Inline(_) => options.agents,
    };
    let agents = agents.into_iter().map(|agent| (agent, Given::at(&options.root))).collect();
    host(&options.root, options.accel, options.trace, role, agents)
}

/// Runs an agent in this process until it has done its work; gives its exit status.
pub fn inline(agent: &'static Hosted, given: Given) -> i32 {
    let root = given.root.clone();
    host(&root, Accel::Kvm, given.trace, Role::Inline(agent.name), vec![(agent, given)])
}

/// Where EVE's files are below a root.
pub fn layout(root: &Path) -> Layout {
    Layout { run: root.join("run"), persist: root.join("persist") }
}

fn host(root: &Path, accel: Accel, trace: bool, role: Role, agents: Vec<(&'static Hosted, Given)>) -> i32 {
    logging::start(trace);
    let layout = layout(root);
    let (hal, sources) = match device::open(root, accel, &layout) {
        Ok(device) => device,
        Err(why) => {
            log::error!("no descriptors for what the hardware tells: {why}");
            return FAILED;
        }
    };
    let setup = Setup { hal, sources, root: root.to_owned(), layout, role, agents };
    let ended = match crash::caught(|| host::run(setup)) {
        Ok(ended) => ended,
        Err(panic) => {
            crash::record(root, role.name(), &panic.message, &panic.backtrace);
            return FAILED;
        }
    };
    match ended {
        Ok(End::Settled) => OK,
        Ok(End::Unsettled) => {
            log::error!("ended before everything was stored");
            FAILED
        }
        Ok(End::Finished(status)) => status,
        Ok(End::Fatal(..)) => FAILED,
        Err(why) => {
            log::error!("{why}");
            FAILED
        }
    }
}

fn read(args: &[String]) -> Result<Options, Stop> {
    let mut options =
        Options { trace: false, root: "/".into(), accel: Accel::Kvm, on_request: false, agents: Vec::new() };
    let mut args = Args::new(args);
    while let Some(arg) = args.next()? {
        match arg {
            "-d" => options.trace = true,
            "--root" => options.root = args.value("--root")?,
            "--tcg" => options.accel = Accel::Tcg,
            "--on-request" => options.on_request = true,
            option if option.starts_with('-') => return Err(unknown(option)),
            name => options.agents.push(agent(name)?),
        }
    }
    if options.on_request && !options.agents.is_empty() {
        return Err(Stop::Wrong("either agents or --on-request".into()));
    }
    Ok(options)
}

fn agent(name: &str) -> Result<&'static Hosted, Stop> {
    let unknown = || Stop::Wrong(format!("unknown agent '{name}'; there are: {}", agents::names()));
    agents::find(name).ok_or_else(unknown)
}
