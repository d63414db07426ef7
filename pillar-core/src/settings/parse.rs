//! From what the controller wants to what is in force (`spec/01`, A11). zedagent calls it, for the controller's
//! configuration and for a saved one.

use pillar_proto::info::{ZInfoConfigItem, ZInfoConfigItemStatus};

use super::kinds::{Item, Problem, Value};
use super::refused::{Refused, cut};
use super::{Settings, find, keys};

/// Who says what the settings are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The controller, now or when its configuration was saved: what it does not list of USB, VGA and console
    /// is off. It holds for both, so that a reboot changes nothing.
    Controller,
    /// The first configuration, from the installer: what it does not list of them is on.
    Bootstrap,
}

/// What the device itself allows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Device {
    /// What the control group of EVE may use, in bytes; 0 where nobody knows. Default and least value of the
    /// memory that is kept for EVE.
    pub eve_memory_limit: u64,
}

/// What became of the wanted settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parsed {
    /// All that are in force.
    pub settings: Settings,
    /// What was not taken, by key; at most [`MAX_REFUSED`].
    pub refused: Vec<Refused>,
}

/// How many settings that were not taken are told of. More than there are settings in all.
pub const MAX_REFUSED: usize = 512;

impl Parsed {
    /// What the controller is told: every setting that is in force, with what is wrong with what it wanted,
    /// and what it wanted that there is not.
    pub fn status(&self) -> ZInfoConfigItemStatus {
        let in_force = |(key, value)| (key, ZInfoConfigItem { value, error: String::new() });
        let mut status = ZInfoConfigItemStatus {
            config_items: self.settings.texts().map(in_force).collect(),
            ..ZInfoConfigItemStatus::default()
        };
        for refused in &self.refused {
            if refused.is_unknown() {
                let item = ZInfoConfigItem { value: refused.value.clone(), error: refused.to_string() };
                status.unknown_config_items.insert(refused.key.clone(), item);
            } else {
                let item = status.config_items.entry(refused.key.clone()).or_default();
                item.error = refused.to_string();
            }
        }
        status
    }
}

/// Reads names and values as the controller writes them. A value that may not be leaves what was in force
/// before, or the default. Of several values for a name, the last one counts.
pub fn parse<'a>(
    wanted: impl IntoIterator<Item = (&'a str, &'a str)>,
    before: Option<&Settings>,
    source: Source,
    device: Device,
) -> Parsed {
    let wanted: Vec<(&str, &str)> = wanted.into_iter().collect();
    let parsed = Parsed { settings: defaults(source, device), refused: Vec::new() };
    let mut parsing = Parsing { parsed, wanted: &wanted, before, device };
    for (key, value) in &wanted {
        parsing.take(key, value);
    }
    parsing.check_memory();
    parsing.check_leaks();
    parsing.parsed
}

/// What is in force when nobody says.
fn defaults(source: Source, device: Device) -> Settings {
    let mut settings = Settings::default();
    if source == Source::Controller {
        for key in [keys::DEBUG_ENABLE_USB, keys::DEBUG_ENABLE_VGA, keys::DEBUG_ENABLE_CONSOLE] {
            settings.set(key.0, Value::Bool(false));
        }
    }
    settings.set(keys::MEMORY_EVE_LIMIT_BYTES.0, Value::Int(device.bytes()));
    settings.set(keys::MEMORY_EVE_LIMIT_MIB.0, Value::Int(device.mib()));
    settings
}

impl Device {
    /// A limit that does not fit is as high as can be.
    fn bytes(self) -> u32 {
        u32::try_from(self.eve_memory_limit).unwrap_or(u32::MAX)
    }

    fn mib(self) -> u32 {
        u32::try_from(self.eve_memory_limit.div_ceil(1 << 20)).unwrap_or(u32::MAX)
    }

    /// Checks what only the device knows.
    fn check(self, item: &Item, value: &Value) -> Result<(), Problem> {
        let min = match item.key {
            key if key == keys::MEMORY_EVE_LIMIT_BYTES.0.key => self.bytes(),
            key if key == keys::MEMORY_EVE_LIMIT_MIB.0.key => self.mib(),
            _ => return Ok(()),
        };
        match value {
            Value::Int(number) if *number < min => Err(Problem::OutOfRange { min, max: u32::MAX }),
            _ => Ok(()),
        }
    }
}

struct Parsing<'a> {
    parsed: Parsed,
    wanted: &'a [(&'a str, &'a str)],
    before: Option<&'a Settings>,
    device: Device,
}

impl Parsing<'_> {
    fn take(&mut self, key: &str, text: &str) {
        let taken = match find(keys::ITEMS, key) {
            Some(item) => self.take_global(item, text),
            None => match agent_key(key) {
                Some((agent, item)) => self.take_agent(agent, item, text),
                None => Err(Problem::UnknownKey),
            },
        };
        match taken {
            Ok(()) => self.tell(key, None),
            Err(problem) => self.tell(key, Some(Refused::new(key, text, problem))),
        }
    }

    fn take_global(&mut self, item: &'static Item, text: &str) -> Result<(), Problem> {
        let value = item.check.parse(text).and_then(|value| {
            self.device.check(item, &value)?;
            Ok(value)
        });
        match value {
            Ok(value) => self.parsed.settings.set(item, value),
            Err(problem) => {
                self.keep(item);
                return Err(problem);
            }
        }
        Ok(())
    }

    fn take_agent(&mut self, agent: &str, item: &'static Item, text: &str) -> Result<(), Problem> {
        let before = self.before.and_then(|before| before.of_agent(agent, item));
        match (item.check.parse(text), before) {
            (Ok(value), _) => self.parsed.settings.set_agent(agent, item, value),
            (Err(problem), Some(value)) => {
                self.parsed.settings.set_agent(agent, item, value.clone())?;
                Err(problem)
            }
            (Err(problem), None) => Err(problem),
        }
    }

    /// What was in force before stays.
    fn keep(&mut self, item: &'static Item) {
        if let Some(before) = self.before {
            self.parsed.settings.set(item, before.value(item).clone());
        }
    }

    /// The last that is said of a name counts.
    fn tell(&mut self, key: &str, refused: Option<Refused>) {
        let list = &mut self.parsed.refused;
        match (list.binary_search_by(|other| other.key.as_str().cmp(cut(key))), refused) {
            (Ok(at), Some(refused)) => list[at] = refused,
            (Ok(at), None) => drop(list.remove(at)),
            (Err(at), Some(refused)) if list.len() < MAX_REFUSED => list.insert(at, refused),
            (Err(_), _) => {}
        }
    }

    /// What is wanted of a setting, if it is listed.
    fn listed(&self, item: &Item) -> Option<&str> {
        self.wanted.iter().rev().find(|(key, _)| *key == item.key).map(|(_, value)| *value)
    }

    /// The deprecated spelling wins where it is set: so it is set to nothing where only the other one is
    /// wanted, which would have no effect otherwise.
    fn check_memory(&mut self) {
        let (bytes, mib) = (keys::MEMORY_EVE_LIMIT_BYTES.0, keys::MEMORY_EVE_LIMIT_MIB.0);
        if self.listed(mib).is_some() && self.listed(bytes).is_none() {
            self.parsed.settings.set(bytes, Value::Int(0));
        }
    }

    /// How leaks are looked for makes sense as a whole or stays as it was (`spec/02`, task-leak detector).
    fn check_leaks(&mut self) {
        let interval = self.parsed.settings.get(keys::GOROUTINE_LEAK_DETECTION_CHECK_INTERVAL_MINUTES);
        let window = self.parsed.settings.get(keys::GOROUTINE_LEAK_DETECTION_CHECK_WINDOW_MINUTES);
        let why = if window < 10 * interval {
            "the window must be 10 intervals or more"
        } else if self.parsed.settings.get(keys::GOROUTINE_LEAK_DETECTION_KEEP_STATS_HOURS) < window {
            "counts must be kept for a window or more"
        } else if self.parsed.settings.get(keys::GOROUTINE_LEAK_DETECTION_COOLDOWN_MINUTES) < interval {
            "the cooldown must be an interval or more"
        } else {
            return;
        };
        for item in [
            keys::GOROUTINE_LEAK_DETECTION_CHECK_INTERVAL_MINUTES.0,
            keys::GOROUTINE_LEAK_DETECTION_CHECK_WINDOW_MINUTES.0,
            keys::GOROUTINE_LEAK_DETECTION_KEEP_STATS_HOURS.0,
            keys::GOROUTINE_LEAK_DETECTION_COOLDOWN_MINUTES.0,
        ] {
            let before = self.before.map_or(&item.default, |before| before.value(item)).clone();
            self.parsed.settings.set(item, before);
            if let Some(text) = self.listed(item) {
                let refused = Refused::new(item.key, text, Problem::Together(why));
                self.tell(item.key, Some(refused));
            }
        }
    }
}

/// Agent and setting of `agent.<name>.<setting>`, or of the deprecated `debug.<name>.<setting>`, whose setting
/// has lost its `debug.`.
fn agent_key(key: &str) -> Option<(&str, &'static Item)> {
    let (word, rest) = key.split_once('.')?;
    let (agent, setting) = rest.split_once('.')?;
    let item = match word {
        "agent" => find(keys::AGENT_ITEMS, setting)?,
        "debug" => keys::AGENT_ITEMS.iter().find(|item| item.key.strip_prefix("debug.") == Some(setting))?,
        _ => return None,
    };
    super::is_agent_name(agent).then_some((agent, item))
}
