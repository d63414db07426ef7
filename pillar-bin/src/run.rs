//! `zedbox run`: hosts agents on this device.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use log::LevelFilter;
use pillar_core::bus::files::Layout;
use pillar_core::hal::Hal;
use pillar_core::node::Node;
use pillar_hal::linux::{
    LinuxClock, LinuxFs, LinuxLeds, LinuxProcess, LinuxRandom, LinuxStorage, LinuxWatchdog,
};

use crate::args::{Args, FAILED, OK, Stop, unknown};
use crate::host::{self, End};
use crate::logging;

const USAGE: &str = "\
Hosts agents until SIGTERM or SIGINT; SIGUSR1 logs what every agent is doing.

usage: zedbox run [-d] [--root DIR] [AGENT...]

  AGENT       run these only; without any, all agents of the device run
  -d          log everything
  --root DIR  use DIR/run, DIR/persist, DIR/sys and DIR/dev in place of the device's
";

/// An agent that can be hosted.
pub struct Hosted {
    pub name: &'static str,
    pub add: fn(&mut Node),
}

/// What to do.
struct Options {
    level: LevelFilter,
    root: PathBuf,
    agents: Vec<&'static Hosted>,
}

/// Runs the subcommand.
pub fn main(args: &[String]) -> i32 {
    let options = match read(args) {
        Ok(options) => options,
        Err(stop) => return stop.exit("zedbox run", USAGE),
    };
    logging::start(options.level);
    let layout = Layout { run: options.root.join("run"), persist: options.root.join("persist") };
    let add = |node: &mut Node| options.agents.iter().for_each(|agent| (agent.add)(node));
    match host::run(device(&options.root, &layout), layout, add) {
        Ok(End::Settled) => OK,
        Ok(End::Unsettled) => {
            log::error!("ended before everything was stored");
            FAILED
        }
        Err(why) => {
            log::error!("{why}");
            FAILED
        }
    }
}

fn read(args: &[String]) -> Result<Options, Stop> {
    let mut options = Options { level: LevelFilter::Info, root: "/".into(), agents: Vec::new() };
    let mut args = Args::new(args);
    while let Some(arg) = args.next()? {
        match arg {
            "-d" => options.level = LevelFilter::Trace,
            "--root" => options.root = args.value("--root")?,
            option if option.starts_with('-') => return Err(unknown(option)),
            name => options.agents.push(agent(name)?),
        }
    }
    Ok(options)
}

fn agent(name: &str) -> Result<&'static Hosted, Stop> {
    NAMED.iter().find(|agent| agent.name == name).ok_or_else(|| {
        let names: Vec<&str> = NAMED.iter().map(|agent| agent.name).collect();
        let there_are = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        Stop::Wrong(format!("unknown agent '{name}'; there are: {there_are}"))
    })
}

/// Agents that run when they are named.
#[cfg(feature = "tools")]
const NAMED: &[Hosted] = crate::demo::AGENTS;
#[cfg(not(feature = "tools"))]
const NAMED: &[Hosted] = &[];

/// The device that zedbox runs on.
fn device(root: &Path, layout: &Layout) -> Hal {
    Hal {
        storage: Arc::new(LinuxStorage::new(LinuxFs)),
        clock: Arc::new(LinuxClock),
        random: Arc::new(LinuxRandom),
        process: Arc::new(LinuxProcess::default()),
        leds: Arc::new(LinuxLeds::new(root.join("sys"))),
        watchdog: Arc::new(LinuxWatchdog::new(&layout.run, root.join("dev/watchdog"))),
        ..Hal::default()
    }
}
