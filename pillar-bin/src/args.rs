//! Reads a subcommand's arguments, one after the other. Used by every subcommand, so that all take
//! `--option VALUE` and `--option=VALUE`, answer `--help`, and complain alike.

use std::fmt::Display;
use std::str::FromStr;

/// Ended well.
pub const OK: i32 = 0;
/// Ran and failed.
pub const FAILED: i32 = 1;
/// Was called wrongly.
pub const USAGE: i32 = 2;

/// Why a subcommand does not run.
#[derive(Debug, PartialEq, Eq)]
pub enum Stop {
    /// Its usage was asked for.
    Help,
    /// The arguments make no sense, for this reason.
    Wrong(String),
}

impl Stop {
    /// Says so and gives the exit status. `command` is how the subcommand is called.
    pub fn exit(self, command: &str, usage: &str) -> i32 {
        match self {
            Stop::Help => {
                crate::output::print(usage);
                OK
            }
            Stop::Wrong(why) => {
                eprintln!("{command}: {why}\nTry '{command} --help'.");
                USAGE
            }
        }
    }
}

/// The arguments that are left.
pub struct Args<'a> {
    left: std::slice::Iter<'a, String>,
    /// What stood after the `=` of the option that came last, until somebody takes it.
    attached: Option<(&'a str, &'a str)>,
}

impl<'a> Args<'a> {
    /// All of them, without the subcommand's name.
    pub fn new(args: &'a [String]) -> Self {
        Args { left: args.iter(), attached: None }
    }

    /// The next option or word.
    pub fn next(&mut self) -> Result<Option<&'a str>, Stop> {
        if let Some((option, _)) = self.attached {
            return Err(Stop::Wrong(format!("{option} takes no value")));
        }
        let Some(arg) = self.left.next() else { return Ok(None) };
        if arg == "--help" || arg == "-h" {
            return Err(Stop::Help);
        }
        match arg.split_once('=') {
            Some((option, value)) if option.starts_with("--") => {
                self.attached = Some((option, value));
                Ok(Some(option))
            }
            _ => Ok(Some(arg)),
        }
    }

    /// The value of `option`, which came last.
    pub fn value<T: FromStr<Err: Display>>(&mut self, option: &str) -> Result<T, Stop> {
        let text = match self.attached.take() {
            Some((_, value)) => value,
            None => self.left.next().ok_or_else(|| Stop::Wrong(format!("{option} needs a value")))?,
        };
        text.parse().map_err(|why| Stop::Wrong(format!("{option} {text}: {why}")))
    }
}

/// The answer to an argument that nobody knows.
pub fn unknown(arg: &str) -> Stop {
    let what = if arg.starts_with('-') { "option" } else { "argument" };
    Stop::Wrong(format!("unknown {what} '{arg}'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(args: &[&str]) -> Vec<String> {
        args.iter().map(|arg| (*arg).to_owned()).collect()
    }

    #[test]
    fn options_take_values_in_both_forms() {
        for args in [["--seed", "7", "word"].as_slice(), &["--seed=7", "word"]] {
            let args = strings(args);
            let mut args = Args::new(&args);
            assert_eq!(args.next(), Ok(Some("--seed")));
            assert_eq!(args.value::<u64>("--seed"), Ok(7));
            assert_eq!(args.next(), Ok(Some("word")));
            assert_eq!(args.next(), Ok(None));
        }
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        let wrong = |why: &str| Err(Stop::Wrong(why.to_owned()));
        let args = strings(&["--json=1", "x"]);
        let mut given = Args::new(&args);
        assert_eq!(given.next(), Ok(Some("--json")));
        assert_eq!(given.next(), Err(Stop::Wrong("--json takes no value".into())));

        let args = strings(&["--seed", "x"]);
        let mut given = Args::new(&args);
        assert_eq!(given.next(), Ok(Some("--seed")));
        assert_eq!(given.value::<u64>("--seed"), wrong("--seed x: invalid digit found in string"));
        assert_eq!(given.value::<u64>("--seed"), wrong("--seed needs a value"));
    }

    #[test]
    fn help_is_answered_wherever_it_stands() {
        let args = strings(&["--json", "-h"]);
        let mut args = Args::new(&args);
        assert_eq!(args.next(), Ok(Some("--json")));
        assert_eq!(args.next(), Err(Stop::Help));
    }
}
