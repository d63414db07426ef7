//! `zedbox ipcmonitor`: looks at the objects of the bus.

use super::decode;
use crate::args::{Stop, unknown};

const COMMAND: &str = "zedbox ipcmonitor";

const USAGE_TEXT: &str = "\
usage: zedbox ipcmonitor decode TYPE FILE

  decode   show a file with an object of the bus; 'zedbox ipcmonitor decode --help' tells more
";

/// Runs it; gives the exit status.
pub fn main(args: &[String]) -> i32 {
    match args.split_first() {
        Some((word, rest)) if word == "decode" => decode::main(rest),
        Some((word, _)) if word == "--help" || word == "-h" => Stop::Help.exit(COMMAND, USAGE_TEXT),
        Some((word, _)) => unknown(word).exit(COMMAND, USAGE_TEXT),
        None => Stop::Wrong("say what to look at".into()).exit(COMMAND, USAGE_TEXT),
    }
}
