//! How the demo's life is shown: live on a terminal, as aligned lines, or as one JSON object a line.

use std::time::Duration;

use pillar_core::node::{AgentName, Report, Trouble};
use pillar_core::time::Wall;
use pillar_types::codec::json;
use pillar_types::{Time, object};

use super::screen::Screen;
use crate::output::Output;

/// Where it is shown.
pub struct Show {
    to: To,
    boot: u32,
}

/// In which form.
enum To {
    Live(Screen),
    Lines(Output),
    Json(Output),
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
        /// How often the LED was seen to flash: one that the power cuts off at once is not.
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
    /// On this terminal, at so many times the device's speed.
    pub fn live(speed: f64) -> Self {
        Show { to: To::Live(Screen::new(speed)), boot: 0 }
    }

    /// As lines on standard output.
    pub fn lines(json: bool) -> Self {
        let out = Output::new();
        Show { to: if json { To::Json(out) } else { To::Lines(out) }, boot: 0 }
    }

    /// Says what is going to be shown.
    pub fn begin(&mut self, seed: u64) {
        match &mut self.to {
            To::Live(screen) => screen.begin(seed),
            To::Json(_) => {
                let line = Line { event: "begin".into(), text: format!("seed {seed}"), ..Line::default() };
                self.json_line(Duration::ZERO, line, None);
            }
            To::Lines(out) => out.line(&format!(
                "A simulated device lives a minute, told by what its agents publish. One of them falls, the power goes\n\
                 twice, and nothing that was acknowledged may be lost. Seed {seed}: the same seed gives the same life.\n\n\
                 {:>10}  {:<11}{:<9}table/key value",
                "seconds", "agent", "what"
            )),
        }
    }

    /// Power comes.
    pub fn power_on(&mut self, at: Duration, boot: u32, wall: Wall, found: &Found) {
        self.boot = boot;
        let time = Time::from_unix(wall.0.div_euclid(1_000_000_000), 0);
        let Found { acknowledged, number, pages } = found;
        if let To::Live(screen) = &mut self.to {
            screen.happened(at, &format!("power on: {acknowledged} was acknowledged, the disk has {number}"));
            return screen.power_on(boot);
        }
        let disk = format!("number {number} and {pages} pages on disk, {acknowledged} was acknowledged");
        self.event(at, "power on", &format!("boot {boot}, {time}, {disk}"));
    }

    /// Power goes, for this reason or with this result.
    pub fn power_cut(&mut self, at: Duration, text: &str) {
        self.event(at, "power cut", text);
        if let To::Live(screen) = &mut self.to {
            screen.power_cut();
        }
    }

    /// Something of the whole device.
    fn event(&mut self, at: Duration, event: &str, text: &str) {
        match &mut self.to {
            To::Live(screen) => screen.happened(at, &format!("{event}: {text}")),
            To::Lines(out) => out.line(&format!("{}  ---- {event}: {text}", seconds(at))),
            To::Json(_) => {
                let line = Line { event: event.to_owned(), text: text.to_owned(), ..Line::default() };
                self.json_line(at, line, None);
            }
        }
    }

    /// A table changed.
    pub fn change(
        &mut self,
        at: Duration,
        what: Happened,
        agent: AgentName,
        (topic, key): (&str, &str),
        value: &[u8],
    ) {
        let event = match what {
            Happened::Published => "publish",
            Happened::Loaded => "load",
            Happened::Removed => "remove",
        };
        match &mut self.to {
            To::Live(screen) => {
                let there = !matches!(what, Happened::Removed);
                screen.value(at, agent.0, format!("{topic}/{key}"), there.then_some(value));
            }
            To::Lines(out) => {
                let value = String::from_utf8_lossy(value);
                out.line(&format!("{}  {:<11}{event:<9}{topic}/{key} {value}", seconds(at), agent.0));
            }
            To::Json(_) => {
                let line = Line {
                    event: event.to_owned(),
                    agent: agent.0.to_owned(),
                    topic: topic.to_owned(),
                    key: key.to_owned(),
                    ..Line::default()
                };
                self.json_line(at, line, Some(value));
            }
        }
    }

    /// What the LED says from now on.
    pub fn led_text(&mut self, at: Duration, code: u8, text: &str) {
        let text = format!("code {code}: {text}");
        match &mut self.to {
            To::Live(screen) => screen.led_text(text),
            To::Lines(out) => out.line(&format!("{}  {:<11}{:<9}{text}", seconds(at), "the LED", "flashes")),
            To::Json(_) => {
                self.json_line(at, Line { event: "led code".into(), text, ..Line::default() }, None);
            }
        }
    }

    /// The LED shines, or not: too often for lines that people read.
    pub fn led(&mut self, at: Duration, on: bool) {
        match &mut self.to {
            To::Live(screen) => screen.led(on),
            To::Lines(_) => {}
            To::Json(_) => {
                let value: &[u8] = if on { b"true" } else { b"false" };
                self.json_line(at, Line { event: "led".into(), ..Line::default() }, Some(value));
            }
        }
    }

    /// The device has lived so long.
    pub fn pass(&mut self, at: Duration) {
        if let To::Live(screen) = &mut self.to {
            screen.pass(at);
        }
    }

    /// An agent had trouble.
    pub fn trouble(&mut self, at: Duration, report: &Report) {
        let (event, text, given) = match &report.trouble {
            Trouble::Crash { event, detail } => {
                ("crash", detail.message.clone(), format!(" (given {event})"))
            }
            trouble => ("trouble", trouble.to_string(), String::new()),
        };
        let then = "it starts again by itself";
        let agent = report.agent.0;
        match &mut self.to {
            To::Live(screen) => screen.happened(at, &format!("{event} of {agent}: {text}; {then}")),
            To::Lines(out) => {
                out.line(&format!("{}  {agent:<11}{event:<9}{text}{given}; {then}", seconds(at)));
            }
            To::Json(_) => {
                let (event, agent, text) =
                    (event.to_owned(), agent.to_owned(), format!("{text}{given}; {then}"));
                self.json_line(at, Line { event, agent, text, ..Line::default() }, None);
            }
        }
    }

    /// What it all came to.
    pub fn end(&mut self, summary: &Summary) {
        let text = summary.text();
        match &mut self.to {
            To::Live(screen) => {
                screen.end();
                print!("{text}");
            }
            To::Lines(out) => out.line(&format!("\n{}", text.trim_end())),
            To::Json(out) => out.line(&String::from_utf8_lossy(&json::encode(summary))),
        }
    }

    fn json_line(&mut self, at: Duration, line: Line, value: Option<&[u8]>) {
        let To::Json(out) = &mut self.to else { return };
        let mut text = json::encode(&Line { time: at.as_secs_f64(), boot: self.boot, ..line });
        if let Some(value) = value {
            // The value is JSON already: it goes before the closing brace.
            text.pop();
            text.extend_from_slice(b",\"value\":");
            text.extend_from_slice(value);
            text.push(b'}');
        }
        out.line(&String::from_utf8_lossy(&text));
    }
}

impl Summary {
    /// In two lines.
    fn text(&self) -> String {
        let Summary { events, publishes, files, flashes, cuts, acknowledged, lived, seconds, lost } = self;
        let end = if lost.is_empty() {
            format!("{cuts} power cuts survived: numbers up to {acknowledged} acknowledged, nothing lost")
        } else {
            format!("{cuts} power cuts, and something was lost or went wrong: {lost}")
        };
        format!(
            "{lived:.0} s lived in {seconds:.2} s: {events} events, {publishes} values published, {files} files \
             written, {flashes} flashes of the LED\n{end}\n"
        )
    }
}

fn seconds(at: Duration) -> String {
    format!("{:>3}.{:06}", at.as_secs(), at.subsec_micros())
}
