//! Which lines of whom go out: as the settings say, by agent (spec/02, Logging). An agent that was started with `-d`
//! logs everything, whatever they say.

use std::collections::{BTreeMap, BTreeSet};

use log::LevelFilter;
use pillar_core::settings::keys::DEBUG_DEFAULT_LOGLEVEL;
use pillar_core::settings::kinds::Key;
use pillar_core::settings::levels::LogLevel;
use pillar_types::Map;
use pillar_types::config_item::{ConfigItemValue, ConfigItemValueMap};

/// The setting of an agent, among those of that agent (spec/02, Logging).
const OF_AGENT: &str = "debug.loglevel";

/// What is decided by agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Levels {
    others: LevelFilter,
    agents: BTreeMap<String, LevelFilter>,
    /// Agents with `-d`.
    traced: BTreeSet<String>,
    /// The process has `-d`.
    all: bool,
}

impl Levels {
    /// Before there are settings.
    pub const fn new() -> Self {
        Levels { others: LevelFilter::Info, agents: BTreeMap::new(), traced: BTreeSet::new(), all: false }
    }

    /// Everything is logged from now on.
    pub fn trace_all(&mut self) {
        self.all = true;
    }

    /// Everything of this agent is logged from now on.
    pub fn trace(&mut self, agent: &str) {
        self.traced.insert(agent.to_owned());
    }

    /// Follows the settings that are in force. Without any everything is at its default.
    pub fn follow(&mut self, settings: Option<&ConfigItemValueMap>) {
        self.others = LevelFilter::Info;
        self.agents.clear();
        let Some(settings) = settings else { return };
        if let Some(level) = level(&settings.global_settings, DEBUG_DEFAULT_LOGLEVEL.item().key) {
            self.others = level;
        }
        for (agent, own) in &settings.agent_settings {
            if let Some(level) = level(own, OF_AGENT) {
                self.agents.insert(agent.clone(), level);
            }
        }
    }

    /// What this agent logs.
    pub fn of(&self, agent: &str) -> LevelFilter {
        if self.all || self.traced.contains(agent) {
            return LevelFilter::Trace;
        }
        self.agents.get(agent).copied().unwrap_or(self.others)
    }

    /// What anybody logs.
    pub fn most(&self) -> LevelFilter {
        let agents = self.agents.values().copied().max().unwrap_or(LevelFilter::Off);
        let traced = if self.all || !self.traced.is_empty() { LevelFilter::Trace } else { LevelFilter::Off };
        self.others.max(agents).max(traced)
    }
}

/// The setting, if it is set. What cannot be read stands for `info`.
fn level(settings: &Map<String, ConfigItemValue>, key: &str) -> Option<LevelFilter> {
    let (_, value) = settings.iter().find(|(name, _)| *name == key)?;
    if value.str_value.is_empty() {
        return None;
    }
    Some(match LogLevel::parse(&value.str_value).unwrap_or_default() {
        // Panic and fatal lines are no levels of ours: they are written when the process ends.
        LogLevel::None | LogLevel::Panic | LogLevel::Fatal => LevelFilter::Off,
        LogLevel::Error => LevelFilter::Error,
        LogLevel::Warning => LevelFilter::Warn,
        LogLevel::Info => LevelFilter::Info,
        LogLevel::Debug => LevelFilter::Debug,
        LogLevel::Trace => LevelFilter::Trace,
    })
}

#[cfg(test)]
mod tests {
    use pillar_core::settings::parse::{Device, Source, parse};

    use super::*;

    /// Levels under settings that the controller wants.
    fn levels(wanted: &[(&str, &str)]) -> Levels {
        let parsed = parse(wanted.iter().copied(), None, Source::Controller, Device::default());
        let mut levels = Levels::new();
        levels.follow(Some(&parsed.settings.to_map()));
        levels
    }

    #[test]
    fn ac02_44_an_agent_has_its_own_level_in_either_spelling() {
        for key in ["agent.nim.debug.loglevel", "debug.nim.loglevel"] {
            let levels = levels(&[(key, "trace"), ("debug.default.loglevel", "warning")]);
            assert_eq!(levels.of("nim"), LevelFilter::Trace, "{key}");
            assert_eq!(levels.of("zedagent"), LevelFilter::Warn, "{key}");
            assert_eq!(levels.most(), LevelFilter::Trace, "{key}");
        }
    }

    #[test]
    fn ac02_44_words_have_their_meaning() {
        for (word, level) in [
            ("none", LevelFilter::Off),
            ("panic", LevelFilter::Off),
            ("fatal", LevelFilter::Off),
            ("error", LevelFilter::Error),
            ("warn", LevelFilter::Warn),
            ("Warning", LevelFilter::Warn),
            ("info", LevelFilter::Info),
            ("debug", LevelFilter::Debug),
            ("trace", LevelFilter::Trace),
            ("all", LevelFilter::Trace),
        ] {
            let levels = levels(&[("agent.nim.debug.loglevel", word), ("debug.default.loglevel", word)]);
            assert_eq!((levels.of("nim"), levels.of("zedagent")), (level, level), "{word}");
            assert_eq!(levels.most(), level, "{word}");
        }
    }

    #[test]
    fn ac02_44_what_cannot_be_read_gives_info() {
        let value = |text: &str| ConfigItemValue { str_value: text.to_owned(), ..ConfigItemValue::default() };
        let own: Map<String, ConfigItemValue> =
            [("debug.loglevel".to_owned(), value("bogus"))].into_iter().collect();
        let settings = ConfigItemValueMap {
            global_settings: [("debug.default.loglevel".to_owned(), value("error"))].into_iter().collect(),
            agent_settings: [("nim".to_owned(), own)].into_iter().collect(),
            ..ConfigItemValueMap::default()
        };
        let mut levels = Levels::new();
        levels.follow(Some(&settings));
        assert_eq!((levels.of("nim"), levels.of("zedagent")), (LevelFilter::Info, LevelFilter::Error));
        levels.follow(None);
        assert_eq!((levels.of("nim"), levels.most()), (LevelFilter::Info, LevelFilter::Info));
    }

    #[test]
    fn an_agent_that_is_to_trace_does_so_whatever_the_settings_say() {
        let mut levels = levels(&[("debug.default.loglevel", "none")]);
        levels.trace("nim");
        assert_eq!((levels.of("nim"), levels.of("zedagent")), (LevelFilter::Trace, LevelFilter::Off));
        levels.trace_all();
        assert_eq!(levels.of("zedagent"), LevelFilter::Trace);
    }
}
