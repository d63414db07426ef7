//! The kinds of settings: how each is written, checked and read. The table says which kind a setting is, and a
//! [`Key`] carries that as its type, so that reading one with another type does not compile.

use std::borrow::Cow;
use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

use pillar_types::config_item::TriState;

use super::MAX_AGENT_SETTINGS;
use super::cron::Cron;
use super::levels::{LogLevel, SyslogLevel};
use super::rules::{self, Rule};

/// A setting.
#[derive(Debug)]
pub struct Item {
    /// Its name.
    pub key: &'static str,
    /// What it is when nobody says.
    pub default: Value,
    /// What it may be.
    pub check: Check,
}

/// What a setting may be.
#[derive(Clone, Copy, Debug)]
pub enum Check {
    /// An integer.
    Int {
        /// The least.
        min: u32,
        /// The most.
        max: u32,
    },
    /// A flag.
    Bool,
    /// A tri-state.
    TriState,
    /// Text.
    Text(&'static Rule),
}

/// What a setting is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// An integer.
    Int(u32),
    /// A flag.
    Bool(bool),
    /// A tri-state.
    TriState(TriState),
    /// Text.
    Text(Cow<'static, str>),
}

/// Why a value was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// There is no such setting.
    UnknownKey,
    /// It is not an integer from 0 to 4294967295, in decimal.
    NotInt,
    /// It is less than the least or more than the most.
    OutOfRange {
        /// The least.
        min: u32,
        /// The most.
        max: u32,
    },
    /// It is not a flag.
    NotBool,
    /// It is not a tri-state.
    NotTriState,
    /// It is another text than the setting takes, which is this.
    NotText(&'static str),
    /// It came as a value of another kind.
    OtherKind,
    /// There are too many settings of single agents.
    TooManyAgents,
    /// Together with others it makes no sense, for this reason.
    Together(&'static str),
}

/// A setting, with the type that it is read as.
pub trait Key: Copy {
    /// That type.
    type Value<'a>;

    /// Its line in the table.
    fn item(self) -> &'static Item;

    /// Takes the value out.
    fn read(value: &Value) -> Self::Value<'_>;
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident -> $value:ty = $pattern:pat => $read:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name(pub(super) &'static Item);

        impl Key for $name {
            type Value<'a> = $value;

            fn item(self) -> &'static Item {
                self.0
            }

            fn read(value: &Value) -> Self::Value<'_> {
                match value {
                    $pattern => $read,
                    _ => unreachable!("a setting keeps the kind that the table gives it"),
                }
            }
        }
    )*};
}

kinds! {
    /// A number.
    Int -> u32 = Value::Int(number) => *number;
    /// A span, written in seconds.
    Seconds -> Duration = Value::Int(number) => Duration::from_secs((*number).into());
    /// A span, written in minutes.
    Minutes -> Duration = Value::Int(number) => Duration::from_secs(60 * u64::from(*number));
    /// A span, written in hours.
    Hours -> Duration = Value::Int(number) => Duration::from_secs(3600 * u64::from(*number));
    /// A flag.
    Bool -> bool = Value::Bool(flag) => *flag;
    /// A tri-state.
    Tri -> TriState = Value::TriState(state) => *state;
    /// Text.
    Text -> &'a str = Value::Text(text) => text;
    /// When something repeats; `None`: never.
    Times -> Option<Cron> = Value::Text(text) => Cron::parse(text);
    /// Which lines of agents count.
    Level -> LogLevel = Value::Text(text) => LogLevel::parse(text).unwrap_or_default();
    /// Which lines of the kernel or of syslog count.
    Syslog -> SyslogLevel = Value::Text(text) => SyslogLevel::parse(text).unwrap_or_default();
}

/// Which lines of one agent count.
#[derive(Clone, Copy, Debug)]
pub struct AgentLevel(pub(super) &'static Item);

macro_rules! items {
    ($($name:ident)* => $args:tt $body:block) => {$(
        impl $name {
            pub(super) const fn item $args -> Item {
                $body
            }
        }
    )*};
}

items! { Int Seconds Minutes Hours => (key: &'static str, default: u32, range: RangeInclusive<u32>) {
    let check = Check::Int { min: *range.start(), max: *range.end() };
    Item { key, default: Value::Int(default), check }
} }
items! { Bool => (key: &'static str, default: bool) {
    Item { key, default: Value::Bool(default), check: Check::Bool }
} }
items! { Tri => (key: &'static str, default: TriState) {
    Item { key, default: Value::TriState(default), check: Check::TriState }
} }
items! { Text => (key: &'static str, default: &'static str, rule: &'static Rule) {
    text(key, default, rule)
} }
items! { Times => (key: &'static str, default: &'static str) { text(key, default, rules::CRON) } }
items! { Level AgentLevel => (key: &'static str, default: &'static str) {
    text(key, default, rules::LEVEL)
} }
items! { Syslog => (key: &'static str, default: &'static str) {
    text(key, default, rules::SYSLOG_LEVEL)
} }

const fn text(key: &'static str, default: &'static str, rule: &'static Rule) -> Item {
    Item { key, default: Value::Text(Cow::Borrowed(default)), check: Check::Text(rule) }
}

impl Check {
    /// Reads a value as the controller writes it (`spec/01`, A11).
    pub fn parse(&self, text: &str) -> Result<Value, Problem> {
        let value = match self {
            Self::Int { .. } => Value::Int(parse_int(text).ok_or(Problem::NotInt)?),
            Self::Bool => Value::Bool(parse_bool(text).ok_or(Problem::NotBool)?),
            Self::TriState => Value::TriState(TriState::parse(text).ok_or(Problem::NotTriState)?),
            Self::Text(_) => Value::Text(Cow::Owned(text.into())),
        };
        self.accept(value)
    }

    /// Takes a value that may be; never changes it.
    pub fn accept(&self, value: Value) -> Result<Value, Problem> {
        match (self, &value) {
            (Self::Int { min, max }, Value::Int(number)) if !(min..=max).contains(&number) => {
                Err(Problem::OutOfRange { min: *min, max: *max })
            }
            (Self::TriState, Value::TriState(TriState::Unknown(_))) => Err(Problem::NotTriState),
            (Self::Text(rule), Value::Text(text)) if !(rule.accepts)(text) => {
                Err(Problem::NotText(rule.expected))
            }
            (Self::Int { .. }, Value::Int(_))
            | (Self::Bool, Value::Bool(_))
            | (Self::TriState, Value::TriState(_))
            | (Self::Text(_), Value::Text(_)) => Ok(value),
            _ => Err(Problem::OtherKind),
        }
    }
}

/// Digits alone: the standard library would take a plus sign.
fn parse_int(text: &str) -> Option<u32> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => None,
    }
}

/// As the controller writes it.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(number) => number.fmt(f),
            Self::Bool(flag) => flag.fmt(f),
            Self::TriState(state) => f.write_str(state.text()),
            Self::Text(text) => f.write_str(text),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownKey => f.write_str("there is no such setting"),
            Self::NotInt => write!(f, "it must be a number from 0 to {}", u32::MAX),
            Self::OutOfRange { min, max } => write!(f, "it must be from {min} to {max}"),
            Self::NotBool => f.write_str("it must be true or false"),
            Self::NotTriState => f.write_str("it must be none, enabled or disabled"),
            Self::NotText(expected) => write!(f, "it must be {expected}"),
            Self::OtherKind => f.write_str("it is of another kind"),
            Self::TooManyAgents => {
                write!(f, "there may be no more than {MAX_AGENT_SETTINGS} settings of single agents")
            }
            Self::Together(why) => f.write_str(why),
        }
    }
}
