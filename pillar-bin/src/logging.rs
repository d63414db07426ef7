//! The process's log: lines for people on a terminal, EVE's JSON objects otherwise (spec/02, Logging). Installed
//! once by subcommands that host agents; a record's target is the agent it is about.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};
use std::time::{SystemTime, UNIX_EPOCH};

use log::{Level, LevelFilter, Log, Metadata, Record};
use pillar_types::codec::json;
use pillar_types::{Time, object};

/// Sends everything up to `level` to standard error from now on.
pub fn start(level: LevelFilter) {
    let sink: &'static dyn Log = if io::stderr().is_terminal() { &Readable } else { &Json };
    if log::set_logger(sink).is_ok() {
        log::set_max_level(level);
    }
}

/// One line for people: time of day (UTC), level, who, what.
struct Readable;

/// One JSON object a line.
struct Json;

impl Log for Readable {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        write(&readable(now(), record));
    }

    fn flush(&self) {}
}

impl Log for Json {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        write(&json_line(now(), record));
    }

    fn flush(&self) {}
}

/// With one call, so that lines of two threads do not mix.
fn write(line: &[u8]) {
    // Nobody is there to be told of a failure.
    let _ = io::stderr().write_all(line);
}

fn now() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Time::from_unix(i64::try_from(since.as_secs()).unwrap_or(i64::MAX), since.subsec_nanos())
}

/// Code that names no agent speaks for zedbox: its target is its module.
fn source<'r>(record: &Record<'r>) -> &'r str {
    let target = record.target();
    if target.contains("::") { "zedbox" } else { target }
}

/// logrus's names of the levels.
fn level(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warn => "warning",
        Level::Info => "info",
        Level::Debug => "debug",
        Level::Trace => "trace",
    }
}

fn readable(at: Time, record: &Record<'_>) -> Vec<u8> {
    let seconds = at.unix_seconds().rem_euclid(86_400);
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    let mut line = String::new();
    // Writing to memory does not fail; a value whose Display does is its own fault, and leaves a part.
    let _ = writeln!(
        line,
        "{hour:02}:{minute:02}:{second:02}.{:03} {:<7} {}: {}",
        at.subsec_nanos() / 1_000_000,
        level(record.level()),
        source(record),
        record.args(),
    );
    line.into_bytes()
}

object! {
    /// EVE's form of a log line.
    struct LogLine {
        level: String = "level",
        msg: String = "msg",
        time: Time = "time",
        file: String = "file" [omitempty],
        func: String = "func" [omitempty],
        source: String = "source",
        pid: u32 = "pid",
    }
}

fn json_line(at: Time, record: &Record<'_>) -> Vec<u8> {
    let place = record.file().zip(record.line());
    let line = LogLine {
        level: level(record.level()).to_owned(),
        msg: record.args().to_string(),
        time: at,
        file: place.map_or_else(String::new, |(file, line)| format!("{file}:{line}")),
        func: record.module_path().unwrap_or_default().to_owned(),
        source: source(record).to_owned(),
        pid: std::process::id(),
    };
    let mut line = json::encode(&line);
    line.push(b'\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(args: std::fmt::Arguments<'_>, use_it: impl FnOnce(&Record<'_>)) {
        use_it(
            &Record::builder()
                .args(args)
                .level(Level::Warn)
                .target("nim")
                .file(Some("src/nim.rs"))
                .line(Some(7))
                .module_path(Some("nim::dpc"))
                .build(),
        );
    }

    #[test]
    fn a_terminal_gets_a_readable_line() {
        record(format_args!("no \"carrier\""), |record| {
            let line = readable(Time::from_unix(1_704_067_261, 5_000_000), record);
            assert_eq!(String::from_utf8(line).unwrap(), "00:01:01.005 warning nim: no \"carrier\"\n");
        });
    }

    #[test]
    fn everything_else_gets_eves_json() {
        record(format_args!("no \"carrier\"\n"), |record| {
            let line =
                String::from_utf8(json_line(Time::from_unix(1_704_067_261, 5_000_000), record)).unwrap();
            let pid = std::process::id();
            let begin = r#"{"level":"warning","msg":"no \"carrier\"\n","time":"2024-01-01T00:01:01.005Z","#;
            let end = format!(r#""file":"src/nim.rs:7","func":"nim::dpc","source":"nim","pid":{pid}}}"#);
            assert_eq!(line, format!("{begin}{end}\n"));
        });
    }

    #[test]
    fn code_that_names_no_agent_speaks_for_zedbox() {
        let record = Record::builder().target(module_path!()).build();
        assert_eq!(source(&record), "zedbox");
        assert_eq!(source(&Record::builder().target("zedagent").build()), "zedagent");
    }
}
