//! zedbox as an agent of its own node: so that it hears of settings as every other agent does.

use pillar_core::agents::ZEDAGENT;
use pillar_core::node::{Agent, AgentName, Context};
use pillar_types::config_item::ConfigItemValueMap;

use crate::logging;

/// The agent.
pub struct Own;

impl Agent for Own {
    const NAME: AgentName = AgentName("zedbox");

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.subscribe::<ConfigItemValueMap>(ZEDAGENT, |_, change, _| {
            if &**change.key == ConfigItemValueMap::KEY {
                logging::follow(change.value().map(|settings| &**settings));
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use log::{Level, Metadata};
    use pillar_core::bus::PublishError;
    use pillar_core::node::TestNode;
    use pillar_core::settings::parse::{Device, Source, parse};

    use super::*;

    fn goes_out(agent: &str, level: Level) -> bool {
        logging::goes_out(&Metadata::builder().target(agent).level(level).build())
    }

    #[test]
    fn ac02_44_levels_follow_the_settings_while_it_runs() -> Result<(), PublishError> {
        let mut node = TestNode::start(|| Own);
        assert!(goes_out("nim", Level::Info) && !goes_out("nim", Level::Debug));

        let wanted = [("debug.default.loglevel", "error"), ("agent.nim.debug.loglevel", "debug")];
        let parsed = parse(wanted, None, Source::Controller, Device::default());
        node.put(ZEDAGENT, ConfigItemValueMap::KEY, parsed.settings.to_map())?;

        assert!(goes_out("nim", Level::Debug) && !goes_out("nim", Level::Trace));
        assert!(!goes_out("zedagent", Level::Info) && goes_out("zedagent", Level::Error));
        assert!(!goes_out(module_path!(), Level::Info), "code that names no agent is zedbox's");

        node.remove::<ConfigItemValueMap>(ZEDAGENT, ConfigItemValueMap::KEY)?;
        assert!(goes_out("nim", Level::Info) && !goes_out("nim", Level::Debug));
        Ok(())
    }
}
