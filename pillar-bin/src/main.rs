//! zedbox: one binary for everything on the device. What it does is said by the name it is called by, which may
//! be that of a link, or by its first argument.

mod agents;
mod args;
mod crash;
#[cfg(feature = "tools")]
mod demo;
#[cfg(feature = "devctl")]
mod devctl;
mod device;
mod hardwaremodel;
mod host;
mod install;
mod ipcmonitor;
mod logging;
mod output;
mod run;
#[cfg(feature = "tools")]
mod sim;
mod start;
#[cfg(feature = "tools")]
mod tools;
#[cfg(feature = "online")]
mod tpmmgr;

use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;

use agents::Hosted;
use args::{FAILED, OK, USAGE};

/// What zedbox can do besides helping.
struct Command {
    name: &'static str,
    /// For the list that `zedbox help` shows.
    summary: &'static str,
    /// Whether EVE has a link of that name (spec/02, zedbox dispatch).
    link: bool,
    /// Runs it with the arguments after its name; gives the exit status.
    main: fn(&[String]) -> i32,
}

const COMMANDS: &[Command] = &[
    Command {
        name: "run",
        summary: "host agents until SIGTERM; zedbox alone does that when links ask for them",
        link: false,
        main: run::main,
    },
    Command {
        name: "install",
        summary: "make the links by which agents are called",
        link: false,
        main: install::main,
    },
    Command {
        name: hardwaremodel::COMMAND,
        summary: "say which model this device is",
        link: true,
        main: hardwaremodel::main,
    },
    Command {
        name: ipcmonitor::COMMAND,
        summary: "show a table of the bus and how it changes",
        link: true,
        main: ipcmonitor::main,
    },
    #[cfg(feature = "online")]
    Command {
        name: tpmmgr::COMMAND,
        summary: "make the device's key and certificate",
        link: true,
        main: tpmmgr::main,
    },
    #[cfg(feature = "tools")]
    Command {
        name: "demo",
        summary: "show a minute in the life of a simulated device",
        link: false,
        main: demo::main,
    },
    #[cfg(feature = "tools")]
    Command {
        name: "sim",
        summary: "run seeded simulations with faults and power cuts",
        link: false,
        main: sim::main,
    },
    #[cfg(feature = "devctl")]
    Command {
        name: "devctl",
        summary: "be a controller to develop against",
        link: false,
        main: devctl::main,
    },
    #[cfg(feature = "tools")]
    Command {
        name: "pbuf",
        summary: "show or make a message of the controller API",
        link: true,
        main: tools::pbuf::main,
    },
];

fn main() -> ExitCode {
    // An argument that is no text is no argument of ours, and is named as unknown.
    let args: Vec<String> = std::env::args_os().map(|arg| arg.to_string_lossy().into_owned()).collect();
    let (program, args) =
        args.split_first().map_or(("zedbox", [].as_slice()), |(program, args)| (program, args));
    let status = crash::guard(|| called_as(program, args));
    ExitCode::from(u8::try_from(status).unwrap_or(1))
}

/// A link with the name of a command is that command (spec/02, zedbox dispatch).
fn called_as(program: &str, args: &[String]) -> i32 {
    let name = Path::new(program).file_name().map_or_else(|| program.into(), |name| name.to_string_lossy());
    if name == "zedbox" {
        return zedbox(args);
    }
    if let Some(agent) = agents::find(&name) {
        return called_agent(agent, args);
    }
    if let Some(command) = command(&name) {
        return (command.main)(args);
    }
    eprintln!("zedbox: Unknown package: {name}");
    FAILED
}

/// An agent that zedbox hosts is asked for there; others run here.
fn called_agent(agent: &'static Hosted, args: &[String]) -> i32 {
    match agent.read(args) {
        Ok(given) if (agent.inline)(&given) => run::inline(agent, given),
        Ok(given) => start::ask(agent, &given, args),
        Err(stop) => stop.exit(agent.name, &agents::usage(agent)),
    }
}

/// The names by which zedbox can be called: agents, and what scripts of the device call.
fn links() -> impl Iterator<Item = &'static str> {
    let tools = COMMANDS.iter().filter(|command| command.link).map(|command| command.name);
    agents::AGENTS.iter().map(|agent| agent.name).chain(tools)
}

fn zedbox(args: &[String]) -> i32 {
    let Some((name, rest)) = args.split_first() else { return run::main(&["--on-request".to_owned()]) };
    match name.as_str() {
        "help" | "--help" | "-h" => {
            output::print(&help());
            OK
        }
        "--version" | "-V" => {
            output::print(concat!("zedbox ", env!("CARGO_PKG_VERSION"), "\n"));
            OK
        }
        name => {
            let Some(command) = command(name) else {
                eprintln!("zedbox: unknown command '{name}'\nTry 'zedbox --help'.");
                return USAGE;
            };
            (command.main)(rest)
        }
    }
}

fn command(name: &str) -> Option<&'static Command> {
    COMMANDS.iter().find(|command| command.name == name)
}

fn help() -> String {
    let mut text = String::from(
        "The agents that run an edge device, in one binary.\n\nusage: zedbox [COMMAND [ARGUMENT...]]\n\n",
    );
    for command in COMMANDS {
        // Writing to memory does not fail.
        let _ = writeln!(text, "  {:<15}{}", command.name, command.summary);
    }
    let _ = write!(
        text,
        "  help           show this text\n\n'zedbox COMMAND --help' tells more. A link to zedbox with the name of a command or an agent is\nthat command or agent. Agents of this build: {}.\n",
        agents::names(),
    );
    text
}
