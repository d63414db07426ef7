//! Sources of hardware events: notices by key, coalesced, and what happens when some are lost.

use std::collections::VecDeque;

use pillar_core::bus::PublishError;
use pillar_core::hal::source::{Drained, HAL, Source, drain};
use pillar_core::node::{Agent, AgentName, Context, TestNode};
use pillar_types::object;

use crate::Log;

object! {
    /// A link changed: look at it.
    pub struct LinkNotice topic "LinkNotice" {
        /// Grows with every notice, so that each is one.
        pub number: u32 = "Number",
    }
}

struct Watcher {
    log: Log,
}

impl Agent for Watcher {
    const NAME: AgentName = AgentName("watcher");

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.subscribe::<LinkNotice>(HAL, |watcher, change, _| {
            watcher.log.change(&change, |notice| notice.number.to_string());
        });
    }
}

/// What the kernel would say, one batch a drain.
struct Kernel {
    batches: VecDeque<(Vec<(&'static str, u32)>, Drained)>,
}

impl Source<LinkNotice> for Kernel {
    fn drain(&mut self, notice: &mut dyn FnMut(&str, LinkNotice)) -> Drained {
        let Some((notices, drained)) = self.batches.pop_front() else { return Drained::Ended };
        for (link, number) in notices {
            notice(link, LinkNotice { number });
        }
        drained
    }
}

#[test]
fn notices_coalesce_by_key_and_an_overrun_becomes_a_resync() -> Result<(), PublishError> {
    let log = Log::default();
    let noted = log.clone();
    let mut test = TestNode::start(move || Watcher { log: noted.clone() });
    let mut kernel = Kernel {
        batches: VecDeque::from([
            (vec![("eth0", 1), ("eth1", 1), ("eth0", 2)], Drained::All),
            (vec![("eth0", 3)], Drained::Overrun),
        ]),
    };
    assert_eq!(drain(&mut test.node, &mut kernel)?, Drained::All);
    test.run();
    assert_eq!(log.take(), ["create eth0 2", "create eth1 1"]);
    assert_eq!(drain(&mut test.node, &mut kernel)?, Drained::Overrun);
    test.run();
    assert_eq!(log.take(), ["modify eth0 2 3", "resync"]);
    assert_eq!(drain(&mut test.node, &mut kernel)?, Drained::Ended);
    Ok(())
}
