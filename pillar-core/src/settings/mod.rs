//! The device's settings: every one with key, type, default, least and most (`spec/01`, A11 and Config items).
//!
//! zedagent reads what the controller wants with [`parse::parse`] and publishes [`Settings::to_map`]; every
//! other agent gets a `ConfigItemValueMap` and reads it with [`Settings::from_map`]. A value out of its range
//! is never changed to fit: it is refused and what was there stays.

pub mod cron;
pub mod keys;
pub mod kinds;
pub mod levels;
pub mod parse;
pub mod refused;
mod rules;

use pillar_types::Map;
use pillar_types::config_item::{ConfigItemType, ConfigItemValue, ConfigItemValueMap};

use kinds::{AgentLevel, Item, Key, Problem, Value};
use levels::LogLevel;
use refused::Refused;

/// How many settings of single agents there may be.
pub const MAX_AGENT_SETTINGS: usize = 512;

/// All settings, as they are in force.
///
/// Sorted lists: they are short, and a tree would cost some kilobytes of code for each type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Those that are not at their default, by key.
    changed: Vec<(&'static str, Value)>,
    /// Those of single agents, by agent and key.
    agents: Vec<((Box<str>, &'static str), Value)>,
}

impl Settings {
    /// The value of a setting of the device.
    pub fn get<K: Key>(&self, key: K) -> K::Value<'_> {
        K::read(self.value(key.item()))
    }

    /// What is set for one agent, if anything is.
    pub fn agent_level(&self, agent: &str, key: AgentLevel) -> Option<LogLevel> {
        match self.of_agent(agent, key.0)? {
            Value::Text(text) => LogLevel::parse(text),
            _ => None,
        }
    }

    /// Which lines an agent logs: its own setting, or that of the device.
    pub fn log_level(&self, agent: &str) -> LogLevel {
        let own = self.agent_level(agent, keys::AGENT_LOGLEVEL);
        own.unwrap_or_else(|| self.get(keys::DEBUG_DEFAULT_LOGLEVEL))
    }

    /// Which lines of an agent go to the controller: its own setting, or that of the device.
    pub fn remote_log_level(&self, agent: &str) -> LogLevel {
        let own = self.agent_level(agent, keys::AGENT_REMOTE_LOGLEVEL);
        own.unwrap_or_else(|| self.get(keys::DEBUG_DEFAULT_REMOTE_LOGLEVEL))
    }

    /// Memory kept for EVE, in bytes: the deprecated spelling wins where it is set.
    pub fn eve_memory_limit(&self) -> u64 {
        match self.get(keys::MEMORY_EVE_LIMIT_BYTES) {
            0 => u64::from(self.get(keys::MEMORY_EVE_LIMIT_MIB)) << 20,
            bytes => bytes.into(),
        }
    }

    /// Reads what was published. What makes no sense there is left at its default: the publisher has checked
    /// it and has reported what it refused.
    pub fn from_map(map: &ConfigItemValueMap) -> Self {
        Self::read_map(map).0
    }

    /// Reads a map from outside, such as `/config/GlobalConfig/global.json`, and says what it did not take.
    pub fn read_map(map: &ConfigItemValueMap) -> (Self, Vec<Refused>) {
        let mut settings = Self::default();
        let mut refused = Vec::new();
        for (key, value) in &map.global_settings {
            let taken = find(keys::ITEMS, key).ok_or(Problem::UnknownKey).and_then(|item| {
                settings.set(item, item.check.accept(value_of(value).ok_or(Problem::OtherKind)?)?);
                Ok(())
            });
            if let Err(problem) = taken {
                refused.push(Refused::new(key, &text_of(value), problem));
            }
        }
        for (agent, values) in &map.agent_settings {
            for (key, value) in values {
                let taken = find(keys::AGENT_ITEMS, key).ok_or(Problem::UnknownKey).and_then(|item| {
                    let value = item.check.accept(value_of(value).ok_or(Problem::OtherKind)?)?;
                    settings.set_agent(agent, item, value)
                });
                if let Err(problem) = taken {
                    refused.push(Refused::new(&format!("agent.{agent}.{key}"), &text_of(value), problem));
                }
            }
        }
        (settings, refused)
    }

    /// What is published: every setting of the device, and those of single agents that are set.
    pub fn to_map(&self) -> ConfigItemValueMap {
        let mut map = ConfigItemValueMap { agent_settings: Map::new(), ..ConfigItemValueMap::default() };
        for item in keys::ITEMS {
            map.global_settings.insert(item.key.to_owned(), item_value(item.key, self.value(item)));
        }
        for ((agent, key), value) in &self.agents {
            let of_agent = map.agent_settings.get_or_default(agent.to_string());
            of_agent.insert((*key).to_owned(), item_value(key, value));
        }
        map
    }

    /// Every setting as text, by the key that the controller uses, as it is reported to the controller.
    pub fn texts(&self) -> impl Iterator<Item = (String, String)> {
        let global = keys::ITEMS.iter().map(|item| (item.key.to_owned(), self.value(item).to_string()));
        let agents = self.agents.iter();
        let agents = agents.map(|((agent, key), value)| (format!("agent.{agent}.{key}"), value.to_string()));
        global.chain(agents)
    }

    fn value(&self, item: &'static Item) -> &Value {
        match self.changed.binary_search_by_key(&item.key, |(key, _)| key) {
            Ok(at) => &self.changed[at].1,
            Err(_) => &item.default,
        }
    }

    fn of_agent(&self, agent: &str, item: &'static Item) -> Option<&Value> {
        let at = self.place(agent, item).ok()?;
        Some(&self.agents[at].1)
    }

    fn set(&mut self, item: &'static Item, value: Value) {
        let is_default = value == item.default;
        match self.changed.binary_search_by_key(&item.key, |(key, _)| key) {
            Ok(at) if is_default => drop(self.changed.remove(at)),
            Ok(at) => self.changed[at].1 = value,
            Err(_) if is_default => {}
            Err(at) => self.changed.insert(at, (item.key, value)),
        }
    }

    fn set_agent(&mut self, agent: &str, item: &'static Item, value: Value) -> Result<(), Problem> {
        if !is_agent_name(agent) {
            return Err(Problem::UnknownKey);
        }
        match self.place(agent, item) {
            Ok(at) => self.agents[at].1 = value,
            Err(_) if self.agents.len() == MAX_AGENT_SETTINGS => return Err(Problem::TooManyAgents),
            Err(at) => self.agents.insert(at, ((agent.into(), item.key), value)),
        }
        Ok(())
    }

    /// Where a setting of an agent stands, or would.
    fn place(&self, agent: &str, item: &'static Item) -> Result<usize, usize> {
        self.agents.binary_search_by(|((other, key), _)| (&**other, *key).cmp(&(agent, item.key)))
    }
}

fn find(items: &'static [&'static Item], key: &str) -> Option<&'static Item> {
    let at = items.binary_search_by(|item| item.key.cmp(key)).ok()?;
    Some(items[at])
}

/// What EVE's pattern takes: `[0-9A-Za-z_]+`.
fn is_agent_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn value_of(value: &ConfigItemValue) -> Option<Value> {
    match value.item_type {
        ConfigItemType::Int => Some(Value::Int(value.int_value)),
        ConfigItemType::Bool => Some(Value::Bool(value.bool_value)),
        ConfigItemType::String => Some(Value::Text(value.str_value.clone().into())),
        ConfigItemType::TriState => Some(Value::TriState(value.tri_state_value)),
        ConfigItemType::Invalid | ConfigItemType::Unknown(_) => None,
    }
}

fn text_of(value: &ConfigItemValue) -> String {
    value_of(value).map_or_else(|| format!("type {}", value.item_type.number()), |value| value.to_string())
}

fn item_value(key: &str, value: &Value) -> ConfigItemValue {
    let mut item = ConfigItemValue { key: key.to_owned(), ..ConfigItemValue::default() };
    match value {
        Value::Int(number) => (item.item_type, item.int_value) = (ConfigItemType::Int, *number),
        Value::Bool(flag) => (item.item_type, item.bool_value) = (ConfigItemType::Bool, *flag),
        Value::Text(text) => (item.item_type, item.str_value) = (ConfigItemType::String, text.to_string()),
        Value::TriState(state) => (item.item_type, item.tri_state_value) = (ConfigItemType::TriState, *state),
    }
    item
}
