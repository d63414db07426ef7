//! `zedbox ipcmonitor decode`: reads a file with an object of the bus, as under /run and /persist, the way
//! agents read it, and prints it the way they write it.

use pillar_types::codec::{Limits, json};
use pillar_types::registry::{self, TypeInfo};

use super::input::Input;
use crate::args::{Args, FAILED, OK, Stop, unknown};
use crate::output;

const COMMAND: &str = "zedbox ipcmonitor decode";

const USAGE_TEXT: &str = "\
Reads an object of the bus from its file, checks it and prints it as agents write it.

usage: zedbox ipcmonitor decode [--pretty] TYPE FILE
       zedbox ipcmonitor decode --list

  TYPE       name of the type or topic, such as DeviceNetworkStatus
  FILE       its JSON; '-' is standard input
  --pretty   indent, one member a line
  --list     print the names of all types

Secrets are printed as they stand in the file. Exit status: 0, 1 when the file is bad, 2 when called wrongly.
";

/// What is wanted.
enum Job {
    List,
    Show { info: &'static TypeInfo, file: String, pretty: bool },
}

/// Runs it; gives the exit status.
pub fn main(args: &[String]) -> i32 {
    let job = match parse(args) {
        Ok(job) => job,
        Err(stop) => return stop.exit(COMMAND, USAGE_TEXT),
    };
    let shown = match job {
        Job::List => Ok(super::lines(names())),
        Job::Show { info, file, pretty } => show(info, &file, pretty),
    };
    match shown {
        Ok(text) => {
            output::print(&text);
            OK
        }
        Err(fault) => {
            eprintln!("{COMMAND}: {fault}");
            FAILED
        }
    }
}

fn parse(args: &[String]) -> Result<Job, Stop> {
    let mut args = Args::new(args);
    let (mut words, mut pretty, mut list) = (Vec::new(), false, false);
    while let Some(arg) = args.next()? {
        match arg {
            "--pretty" => pretty = true,
            "--list" => list = true,
            _ if arg.starts_with('-') && arg != "-" || words.len() == 2 => return Err(unknown(arg)),
            _ => words.push(arg),
        }
    }
    match words[..] {
        [] if list => Ok(Job::List),
        [name, file] if !list => {
            let info = registry::find(name).ok_or_else(|| super::unknown_type(name, names()))?;
            Ok(Job::Show { info, file: file.to_owned(), pretty })
        }
        [name] if !list && registry::find(name).is_none() => Err(super::unknown_type(name, names())),
        _ => Err(Stop::Wrong("a type and a file, or --list, are needed".into())),
    }
}

fn names() -> impl Iterator<Item = &'static str> {
    let mut names: Vec<&str> = registry::objects().map(|info| info.name).collect();
    names.sort_unstable();
    names.into_iter()
}

fn show(info: &TypeInfo, file: &str, pretty: bool) -> Result<String, String> {
    let input = Input::read(file, Limits::INPUT)?;
    let mut value = (info.make)();
    json::decode(&mut *value, &input.bytes, &Limits::JSON).map_err(|error| input.fault(error))?;
    let text = if pretty { json::encode_pretty(&*value) } else { json::encode(&*value) };
    Ok(String::from_utf8_lossy(&text).into_owned() + "\n")
}
