//! The process's log: lines for people on a terminal, EVE's JSON objects otherwise (spec/02, Logging). Installed
//! once by whatever hosts agents; a record's target is the agent it is about, and whether it goes out is said by
//! [`Levels`].
//!
//! All goes to standard error. EVE changes to standard output with the first settings; its collector reads both.

mod levels;

use std::fmt::{self, Write as _};
use std::io::{self, IsTerminal, Write};
use std::sync::{PoisonError, RwLock};
use std::time::{SystemTime, UNIX_EPOCH};

use log::{Level, Log, Metadata, Record};
use pillar_types::codec::json;
use pillar_types::config_item::ConfigItemValueMap;
use pillar_types::{Time, object};

use levels::Levels;

static LEVELS: RwLock<Levels> = RwLock::new(Levels::new());

/// Sends lines to standard error from now on; all there are if `trace`.
pub fn start(trace: bool) {
    if log::set_logger(&ToStderr).is_ok() {
        set(|levels| {
            if trace {
                levels.trace_all();
            }
        });
    }
}

/// Lets the settings decide from now on; without any, everything is at its default.
pub fn follow(settings: Option<&ConfigItemValueMap>) {
    set(|levels| levels.follow(settings));
}

/// Everything of this agent goes out from now on.
pub fn trace(agent: &str) {
    set(|levels| levels.trace(agent));
}

/// Whether a line goes out.
pub fn goes_out(metadata: &Metadata<'_>) -> bool {
    metadata.level() <= LEVELS.read().unwrap_or_else(PoisonError::into_inner).of(source(metadata.target()))
}

/// Writes the last line of a process that must die, whatever the settings say.
pub fn fatal(agent: &str, message: &str) {
    write(&line(now(), "fatal", agent, &format_args!("{message}"), &Place::default()));
}

fn set(change: impl FnOnce(&mut Levels)) {
    let mut levels = LEVELS.write().unwrap_or_else(PoisonError::into_inner);
    change(&mut levels);
    log::set_max_level(levels.most());
}

struct ToStderr;

impl Log for ToStderr {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        goes_out(metadata)
    }

    fn log(&self, record: &Record<'_>) {
        if goes_out(record.metadata()) {
            let place = Place { file: record.file().zip(record.line()), func: record.module_path() };
            write(&line(now(), level(record.level()), source(record.target()), record.args(), &place));
        }
    }

    fn flush(&self) {}
}

/// Where in the program a line comes from.
#[derive(Default)]
struct Place<'p> {
    file: Option<(&'p str, u32)>,
    func: Option<&'p str>,
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
fn source(target: &str) -> &str {
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

/// A line for whoever reads standard error.
fn line(at: Time, level: &str, source: &str, message: &fmt::Arguments<'_>, place: &Place<'_>) -> Vec<u8> {
    if io::stderr().is_terminal() {
        readable(at, level, source, message)
    } else {
        json_line(at, level, source, message, place)
    }
}

/// For people: time of day (UTC), level, who, what.
fn readable(at: Time, level: &str, source: &str, message: &fmt::Arguments<'_>) -> Vec<u8> {
    let seconds = at.unix_seconds().rem_euclid(86_400);
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    let mut line = String::new();
    // Writing to memory does not fail; a value whose Display does is its own fault, and leaves a part.
    let _ = writeln!(
        line,
        "{hour:02}:{minute:02}:{second:02}.{:03} {level:<7} {source}: {message}",
        at.subsec_nanos() / 1_000_000,
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

fn json_line(
    at: Time,
    level: &str,
    source: &str,
    message: &fmt::Arguments<'_>,
    place: &Place<'_>,
) -> Vec<u8> {
    let line = LogLine {
        level: level.to_owned(),
        msg: message.to_string(),
        time: at,
        file: place.file.map_or_else(String::new, |(file, line)| format!("{file}:{line}")),
        func: place.func.unwrap_or_default().to_owned(),
        source: source.to_owned(),
        pid: std::process::id(),
    };
    let mut line = json::encode(&line);
    line.push(b'\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: (i64, u32) = (1_704_067_261, 5_000_000);

    fn at() -> Time {
        Time::from_unix(AT.0, AT.1)
    }

    #[test]
    fn a_terminal_gets_a_readable_line() {
        let line = readable(at(), "warning", "nim", &format_args!("no \"carrier\""));
        assert_eq!(String::from_utf8(line).unwrap(), "00:01:01.005 warning nim: no \"carrier\"\n");
    }

    #[test]
    fn everything_else_gets_eves_json() {
        let place = Place { file: Some(("src/nim.rs", 7)), func: Some("nim::dpc") };
        let line = json_line(at(), "warning", "nim", &format_args!("no \"carrier\"\n"), &place);
        let pid = std::process::id();
        let begin = r#"{"level":"warning","msg":"no \"carrier\"\n","time":"2024-01-01T00:01:01.005Z","#;
        let end = format!(r#""file":"src/nim.rs:7","func":"nim::dpc","source":"nim","pid":{pid}}}"#);
        assert_eq!(String::from_utf8(line).unwrap(), format!("{begin}{end}\n"));
    }

    #[test]
    fn code_that_names_no_agent_speaks_for_zedbox() {
        assert_eq!(source(module_path!()), "zedbox");
        assert_eq!(source("zedbox"), "zedbox");
        assert_eq!(source("zedagent"), "zedagent");
    }
}
