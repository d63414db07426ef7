//! `zedbox sim`: runs the simulator's own workload from the command line, over a range of seeds. Exit status 0: all
//! seeds passed; 1: one failed, and is shown as short as it could be made; 2: wrong arguments or a file problem.

use std::fmt;
use std::fs;
use std::io;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Instant;

use pillar_hal::sim::workload::Shop;
use pillar_hal::sim::{self, Config, Executor, Faults, Summary, TraceTo};

use crate::output::{self, Output};

const USAGE: &str = "\
usage: zedbox sim --seeds A..B [options]
  --seeds A..B        the seeds to run, both ends included; a single one as A..A or A
  --faults FAULTS     none (default), all, or a list such as cut,fail/200,kill@77:maker
  --steps N           the most steps of one run (default 10000)
  --trace FILE        write what happens to FILE
  --executor NAME     coroutines (default) or baton; both give the same trace";

/// What was asked for.
struct Options {
    seeds: RangeInclusive<u64>,
    config: Config,
    trace: Option<PathBuf>,
}

/// Why the arguments are wrong.
#[derive(Debug, PartialEq)]
enum Wrong {
    /// There is no such option.
    Option(String),
    /// The option has no value.
    NoValue(String),
    /// The option does not take this value, and why.
    Value { option: &'static str, value: String, why: String },
    /// No seeds were named.
    NoSeeds,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Wrong::Option(option) => write!(f, "there is no option {option}"),
            Wrong::NoValue(option) => write!(f, "{option} needs a value"),
            Wrong::Value { option, value, why } => write!(f, "{option} {value}: {why}"),
            Wrong::NoSeeds => f.write_str("--seeds is missing"),
        }
    }
}

/// Runs it; `args` come after `sim`. Gives the exit status.
pub fn main(args: &[String]) -> i32 {
    if args.iter().any(|arg| arg == "--help" || arg == "-h") {
        output::print(&format!("{USAGE}\n"));
        return 0;
    }
    let options = match parse(args) {
        Ok(options) => options,
        Err(wrong) => {
            eprintln!("zedbox sim: {wrong}\n{USAGE}");
            return 2;
        }
    };
    match run(&options) {
        Ok(summary) => i32::from(summary.failed.is_some()),
        Err(error) => {
            eprintln!("zedbox sim: trace: {error}");
            2
        }
    }
}

fn run(options: &Options) -> io::Result<Summary> {
    if let Some(path) = &options.trace {
        fs::write(path, "")?;
        // Without it, what the code under test logs is missing from the trace; nothing else depends on it.
        let _ = sim::log_to_trace();
    }
    let start = Instant::now();
    let summary = sim::run_seeds(options.seeds.clone(), &options.config, |_| Shop::new())?;
    let Summary { runs, steps, operations, cuts, failed } = &summary;
    let time = start.elapsed().as_secs_f64();
    let mut output = Output::new();
    output.line(&format!(
        "{runs} runs, {steps} steps, {operations} operations, {cuts} power cuts in {time:.1} s"
    ));
    match failed {
        None => output.line("no seed failed"),
        Some(shortest) => output.line(&shortest.to_string()),
    }
    Ok(summary)
}

fn parse(args: &[String]) -> Result<Options, Wrong> {
    let mut config = Config::default();
    let (mut seeds, mut trace) = (None, None);
    let mut args = args.iter();
    while let Some(option) = args.next() {
        let mut value = || args.next().map(String::as_str).ok_or_else(|| Wrong::NoValue(option.clone()));
        match option.as_str() {
            "--seeds" => seeds = Some(range(value()?)?),
            "--faults" => config.faults = faults(value()?)?,
            "--steps" => config.steps = number("--steps", value()?)?,
            "--trace" => trace = Some(PathBuf::from(value()?)),
            "--executor" => config.executor = executor(value()?)?,
            _ => return Err(Wrong::Option(option.clone())),
        }
    }
    config.trace = trace.clone().map_or(TraceTo::Nothing, TraceTo::File);
    Ok(Options { seeds: seeds.ok_or(Wrong::NoSeeds)?, config, trace })
}

fn wrong(option: &'static str, value: &str, why: impl Into<String>) -> Wrong {
    Wrong::Value { option, value: value.to_owned(), why: why.into() }
}

fn number(option: &'static str, text: &str) -> Result<u64, Wrong> {
    text.parse().map_err(|_| wrong(option, text, "not a number"))
}

fn range(text: &str) -> Result<RangeInclusive<u64>, Wrong> {
    let (first, last) = text.split_once("..").unwrap_or((text, text));
    let (Ok(first), Ok(last)) = (first.parse(), last.parse()) else {
        return Err(wrong("--seeds", text, "not two numbers with .. between"));
    };
    if first > last {
        return Err(wrong("--seeds", text, "the first is after the last"));
    }
    Ok(first..=last)
}

fn faults(text: &str) -> Result<Faults, Wrong> {
    text.parse().map_err(|error: sim::faults::FaultsError| wrong("--faults", text, error.to_string()))
}

fn executor(text: &str) -> Result<Executor, Wrong> {
    text.parse().map_err(|_| wrong("--executor", text, "neither coroutines nor baton"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn all_options_are_read() {
        let text = "--seeds 3..9 --faults cut/50,fail@7 --steps 40 --trace t --executor baton";
        let Ok(Options { seeds, config, trace }) = parse(&args(text)) else { panic!("they are right") };
        assert_eq!(seeds, 3..=9);
        assert_eq!(config.faults.to_string(), "cut/50,fail@7:5");
        assert_eq!((config.steps, config.executor), (40, Executor::Baton));
        assert_eq!(config.trace, TraceTo::File("t".into()));
        assert_eq!(trace, Some("t".into()));
    }

    #[test]
    fn wrong_arguments_are_named() {
        for (text, message) in [
            ("", "--seeds is missing"),
            ("--seeds", "--seeds needs a value"),
            ("--seeds 4..2", "--seeds 4..2: the first is after the last"),
            ("--seeds 1..x", "--seeds 1..x: not two numbers with .. between"),
            ("--seeds 1..2 --speed 3", "there is no option --speed"),
            ("--seeds 1 --steps many", "--steps many: not a number"),
            (
                "--seeds 1 --faults cut@0",
                "--faults cut@0: fault \"cut@0\" needs a number from 1 after its / or @",
            ),
            ("--seeds 1 --executor smol", "--executor smol: neither coroutines nor baton"),
        ] {
            let Err(wrong) = parse(&args(text)) else { panic!("{text} is wrong") };
            assert_eq!(wrong.to_string(), message);
        }
    }

    #[test]
    fn the_exit_status_says_how_it_went() {
        assert_eq!(main(&args("--seeds 1..2 --steps 100 --faults all")), 0);
        assert_eq!(main(&args("--seeds 2..1")), 2);
        assert_eq!(main(&args("--seeds 1 --trace /nowhere/trace")), 2);
        assert_eq!(main(&args("--help")), 0);
    }
}
