//! How the demo's life is shown: aligned lines for people, or one JSON object a line.

use std::time::Duration;

use pillar_core::node::{AgentName, Report, Trouble};
use pillar_core::time::Wall;
use pillar_types::codec::json;
use pillar_types::{Time, object};

use crate::output::Output;

/// Where lines go, and in which form.
pub struct Show {
    out: Output,
    json: bool,
    boot: u32,
}

/// What happened to a key.
#[derive(Clone, Copy)]
pub enum Happened {
    /// It has a new value.
    Published,
    /// It has the value that was on disk.
    Loaded,
    /// It is gone.
    Removed,
}

/// What a boot finds.
pub struct Found {
    /// The highest number that was acknowledged before.
    pub acknowledged: u64,
    /// The number on disk.
    pub number: u64,
    /// How many pages are entered.
    pub pages: usize,
}

object! {
    /// A line as JSON: when, in seconds with power, and what happened. What it does not have is left out; a value
    /// follows as the last member.
    struct Line {
        time: f64 = "time",
        boot: u32 = "boot",
        event: String = "event",
        agent: String = "agent" [omitempty],
        topic: String = "topic" [omitempty],
        key: String = "key" [omitempty],
        text: String = "text" [omitempty],
    }
}

object! {
    /// What a life came to.
    pub struct Summary {
        /// Events that agents handled.
        pub events: u64 = "events",
        /// Values published.
        pub publishes: u64 = "publishes",
        /// Files written.
        pub files: u64 = "files",
        /// How often the LED flashed.
        pub flashes: u64 = "flashes",
        /// Power cuts while the device ran.
        pub cuts: u64 = "power_cuts",
        /// The highest number that was acknowledged.
        pub acknowledged: u64 = "acknowledged",
        /// Seconds with power.
        pub lived: f64 = "seconds_lived",
        /// Seconds that took.
        pub seconds: f64 = "seconds",
        /// What was lost; empty if nothing was.
        pub lost: String = "lost",
    }
}

impl Show {
    /// Shows on standard output.
    pub fn new(json: bool) -> Self {
        Show { out: Output::new(), json, boot: 0 }
    }

    /// Says what is going to be shown.
    pub fn begin(&mut self, seed: u64) {
        if self.json {
            let line = Line { event: "begin".into(), text: format!("seed {seed}"), ..Line::default() };
            return self.json_line(Duration::ZERO, line, None);
        }
        self.out.line(&format!(
            "A simulated device lives a minute, told by what its agents publish. One of them falls, the power goes\n\
             twice, and nothing that was acknowledged may be lost. Seed {seed}: the same seed gives the same life.\n\n\
             {:>10}  {:<11}{:<9}table/key value",
            "seconds", "agent", "what"
        ));
    }

    /// Power comes.
    pub fn power_on(&mut self, at: Duration, boot: u32, wall: Wall, found: &Found) {
        self.boot = boot;
        let time = Time::from_unix(wall.0.div_euclid(1_000_000_000), 0);
        let Found { acknowledged, number, pages } = found;
        let disk = format!("number {number} and {pages} pages on disk, {acknowledged} was acknowledged");
        self.event(at, "power on", &format!("boot {boot}, {time}, {disk}"));
    }

    /// Something of the whole device.
    pub fn event(&mut self, at: Duration, event: &str, text: &str) {
        if self.json {
            let line = Line { event: event.to_owned(), text: text.to_owned(), ..Line::default() };
            return self.json_line(at, line, None);
        }
        self.out.line(&format!("{}  ---- {event}: {text}", seconds(at)));
    }

    /// A table changed.
    pub fn change(
        &mut self,
        at: Duration,
        what: Happened,
        agent: AgentName,
        topic: &str,
        key: &str,
        value: &[u8],
    ) {
        let event = match what {
            Happened::Published => "publish",
            Happened::Loaded => "load",
            Happened::Removed => "remove",
        };
        if self.json {
            let (event, agent) = (event.to_owned(), agent.0.to_owned());
            let line = Line { event, agent, topic: topic.to_owned(), key: key.to_owned(), ..Line::default() };
            return self.json_line(at, line, Some(value));
        }
        let value = String::from_utf8_lossy(value);
        self.out.line(&format!("{}  {:<11}{event:<9}{topic}/{key} {value}", seconds(at), agent.0));
    }

    /// An agent had trouble.
    pub fn trouble(&mut self, at: Duration, report: &Report) {
        let (event, text) = match &report.trouble {
            Trouble::Crash { event, detail } => {
                ("crash", format!("{} (given {event}); it starts again by itself", detail.message))
            }
            trouble => ("trouble", trouble.to_string()),
        };
        if self.json {
            let (event, agent) = (event.to_owned(), report.agent.0.to_owned());
            return self.json_line(at, Line { event, agent, text, ..Line::default() }, None);
        }
        self.out.line(&format!("{}  {:<11}{event:<9}{text}", seconds(at), report.agent.0));
    }

    /// What it all came to.
    pub fn end(&mut self, summary: &Summary) {
        if self.json {
            return self.out.line(&String::from_utf8_lossy(&json::encode(summary)));
        }
        let Summary { events, publishes, files, flashes, cuts, acknowledged, lived, seconds, lost } = summary;
        self.out.line(&format!(
            "\n{lived:.0} s lived in {seconds:.2} s: {events} events, {publishes} values published, {files} files written, \
             {flashes} flashes of the LED"
        ));
        self.out.line(&if lost.is_empty() {
            format!("{cuts} power cuts survived: numbers up to {acknowledged} acknowledged, nothing lost")
        } else {
            format!("{cuts} power cuts, and something was lost or went wrong: {lost}")
        });
    }

    fn json_line(&mut self, at: Duration, line: Line, value: Option<&[u8]>) {
        let mut text = json::encode(&Line { time: at.as_secs_f64(), boot: self.boot, ..line });
        if let Some(value) = value {
            // The value is JSON already: it goes before the closing brace.
            text.pop();
            text.extend_from_slice(b",\"value\":");
            text.extend_from_slice(value);
            text.push(b'}');
        }
        self.out.line(&String::from_utf8_lossy(&text));
    }
}

fn seconds(at: Duration) -> String {
    format!("{:>3}.{:06}", at.as_secs(), at.subsec_micros())
}
