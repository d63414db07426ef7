//! The demo on a terminal: the LED, the tables of the bus, and what happened last, drawn again and again while the
//! device lives. It needs 80 columns and 24 lines, and leaves the terminal as it found it.

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, Write};
use std::thread;
use std::time::Duration;

/// What fits every terminal.
const COLUMNS: usize = 79;
const TABLE_LINES: usize = 11;
const HAPPENED_LINES: usize = 6;

/// Where values begin, and where their publishers stand.
const VALUE_COLUMN: usize = 30;
const AGENT_COLUMN: usize = 68;

/// How long a new value stands out, in the device's time.
const FRESH: Duration = Duration::from_millis(700);

/// How long people look at a power cut.
const DARK: Duration = Duration::from_millis(900);

const CLEAR: &str = "\x1b[2J";
const HOME: &str = "\x1b[H";
const END_OF_LINE: &str = "\x1b[K";
const END_OF_SCREEN: &str = "\x1b[J";
const BOLD: &str = "\x1b[1m";
const FAINT: &str = "\x1b[2m";
const GREEN: &str = "\x1b[1;32m";
const PLAIN: &str = "\x1b[0m";

/// The terminal, and what it shows.
pub struct Screen {
    /// How much faster the device lives than we do; 0: as fast as it can.
    speed: f64,
    /// Until when it was shown.
    shown: Duration,
    state: State,
}

/// What there is to see.
#[derive(Default)]
struct State {
    seed: u64,
    at: Duration,
    boot: u32,
    /// Whether there is power.
    on: bool,
    led: bool,
    led_text: String,
    /// By topic and key.
    values: BTreeMap<String, Value>,
    happened: VecDeque<String>,
}

struct Value {
    agent: &'static str,
    json: String,
    since: Duration,
}

impl Screen {
    /// A screen that shows the device at so many times its speed.
    pub fn new(speed: f64) -> Self {
        Screen { speed, shown: Duration::ZERO, state: State::default() }
    }

    /// Takes the terminal.
    pub fn begin(&mut self, seed: u64) {
        self.state.seed = seed;
        print!("{CLEAR}");
    }

    /// Power comes; all in memory is new.
    pub fn power_on(&mut self, boot: u32) {
        self.state.boot = boot;
        self.state.on = true;
        self.draw();
    }

    /// Power goes: nothing is left to see.
    pub fn power_cut(&mut self) {
        self.state.on = false;
        self.state.led = false;
        self.state.led_text.clear();
        self.state.values.clear();
        self.draw();
        if self.speed > 0.0 {
            thread::sleep(DARK);
        }
    }

    /// A key has a value, or none any more.
    pub fn value(&mut self, at: Duration, agent: &'static str, name: String, json: Option<&[u8]>) {
        match json {
            Some(json) => {
                let json = String::from_utf8_lossy(json).into_owned();
                self.state.values.insert(name, Value { agent, json, since: at });
            }
            None => {
                self.state.values.remove(&name);
            }
        }
    }

    /// What the LED says.
    pub fn led_text(&mut self, text: String) {
        self.state.led_text = text;
    }

    /// The LED shines, or not.
    pub fn led(&mut self, on: bool) {
        self.state.led = on;
    }

    /// A line for the list of what happened.
    pub fn happened(&mut self, at: Duration, text: &str) {
        if self.state.happened.len() == HAPPENED_LINES {
            self.state.happened.pop_front();
        }
        self.state.happened.push_back(format!("{:>6.1}  {text}", at.as_secs_f64()));
    }

    /// Shows the device as it was up to now, for as long as that lasted.
    pub fn pass(&mut self, at: Duration) {
        if at <= self.shown {
            return;
        }
        let lasted = at.saturating_sub(self.shown);
        self.draw();
        if self.speed > 0.0 {
            thread::sleep(lasted.div_f64(self.speed));
        }
        self.shown = at;
        self.state.at = at;
    }

    /// Shows how it ended, and lets go of the terminal.
    pub fn end(&mut self) {
        self.draw();
        println!();
    }

    fn draw(&self) {
        let mut frame = String::from(HOME);
        for line in self.state.lines() {
            frame.push_str(&line);
            frame.push_str(END_OF_LINE);
            frame.push('\n');
        }
        frame.push_str(END_OF_SCREEN);
        let mut out = io::stdout().lock();
        // Nobody is there to be told of a failure.
        let _ = out.write_all(frame.as_bytes()).and_then(|()| out.flush());
    }
}

impl State {
    fn lines(&self) -> Vec<String> {
        let time = format!("{:.1} s with power", self.at.as_secs_f64());
        let seed = format!("seed {}", self.seed);
        let head = format!("A simulated device: boot {:<3}{time:<24}{seed}", self.boot);
        let mut lines = vec![format!("{BOLD}{head}{PLAIN}"), String::new(), self.led_line(), String::new()];

        let title = columns("TABLE/KEY", "VALUE", "AGENT");
        lines.push(format!("{FAINT}{title}{PLAIN}"));
        let shown = if self.values.len() > TABLE_LINES { TABLE_LINES - 1 } else { TABLE_LINES };
        for (name, value) in self.values.iter().take(shown) {
            let line = columns(name, &value.json, value.agent);
            let fresh = self.at.saturating_sub(value.since) < FRESH;
            lines.push(if fresh { format!("{BOLD}{line}{PLAIN}") } else { line });
        }
        if let more @ 1.. = self.values.len().saturating_sub(shown) {
            lines.push(format!("{FAINT}and {more} more{PLAIN}"));
        }
        lines.resize_with(5 + TABLE_LINES, String::new);

        lines.push(format!("{FAINT}SECONDS  HAPPENED{PLAIN}"));
        lines.extend(self.happened.iter().map(|line| cut(line, COLUMNS)));
        lines.resize_with(6 + TABLE_LINES + HAPPENED_LINES, String::new);
        lines
    }

    fn led_line(&self) -> String {
        let text = match (self.on, self.led_text.is_empty()) {
            (false, _) => "no power",
            (true, true) => "dark: nothing is known yet",
            (true, false) => &self.led_text,
        };
        let (colour, lamp) = if self.led { (GREEN, '●') } else { (FAINT, '○') };
        format!("LED  {colour}{lamp}{PLAIN}  {}", cut(text, COLUMNS - 8))
    }
}

fn columns(name: &str, value: &str, agent: &str) -> String {
    let name = cut(name, VALUE_COLUMN - 1);
    let value = cut(value, AGENT_COLUMN - VALUE_COLUMN - 1);
    let agent = cut(agent, COLUMNS - AGENT_COLUMN);
    format!("{name:<VALUE_COLUMN$}{value:<width$}{agent}", width = AGENT_COLUMN - VALUE_COLUMN)
}

/// The beginning of a text, with a mark if that is not all.
fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Without colours.
    fn plain(line: &str) -> String {
        let mut parts = line.split('\x1b');
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |text, part| text + part.split_once('m').map_or("", |(_, rest)| rest))
    }

    #[test]
    fn everything_fits_whatever_there_is() {
        let mut screen = Screen::new(0.0);
        screen.state.on = true;
        screen.state.seed = u64::MAX;
        screen.led_text("long ".repeat(50));
        for number in 0..50 {
            let name = format!("Topic/{}", "ü".repeat(number));
            screen.value(Duration::ZERO, "an-agent-with-a-long-name", name, Some(&b"9".repeat(number * 3)));
            screen.happened(Duration::from_secs(123_456), &"happened ".repeat(number));
        }
        let lines = screen.state.lines();
        assert_eq!(lines.len(), 23);
        assert!(lines.iter().all(|line| plain(line).chars().count() <= COLUMNS), "{lines:#?}");
        assert!(lines.iter().any(|line| line.contains("and 40 more")), "{lines:#?}");
    }

    #[test]
    fn the_led_the_bus_and_what_happened_are_there() {
        let mut screen = Screen::new(0.0);
        screen.state.on = true;
        screen.led(true);
        screen.led_text("code 4".into());
        screen.value(Duration::ZERO, "counter", "Count/total".into(), Some(br#"{"Number":7}"#));
        screen.value(Duration::ZERO, "counter", "Gone/total".into(), Some(b"{}"));
        screen.value(Duration::ZERO, "counter", "Gone/total".into(), None);
        screen.happened(Duration::from_millis(1500), "power on: boot 1");
        let lines: Vec<String> = screen.state.lines().iter().map(|line| plain(line)).collect();
        assert_eq!(lines[2], "LED  ●  code 4");
        assert_eq!(lines[5], columns("Count/total", r#"{"Number":7}"#, "counter"));
        assert_eq!(lines[6], "");
        assert!(lines.contains(&"   1.5  power on: boot 1".to_owned()), "{lines:#?}");
    }
}
