//! Agents that end for good: what they published stays, and nothing of them runs any more.

use std::time::Duration;

use pillar_core::bus::PublishError;
use pillar_core::node::{Agent, AgentName, Context, Ending, Lane, TestNode};

use crate::{Item, Log, PEER};

/// Ends as it is told, and leaves a timer, a job and a publication.
struct Worker {
    log: Log,
}

impl Agent for Worker {
    const NAME: AgentName = AgentName("worker");

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        self.log.note("start");
        cx.subscribe::<Item>(PEER, |worker, change, cx| {
            let Some(item) = change.value() else { return };
            worker.log.note(format!("told {}", item.field_a));
            match item.field_a.as_str() {
                "done" => cx.finish(3),
                "hopeless" => cx.fatal("boom"),
                _ => return,
            }
            cx.publish("last", Item::new("words"));
            cx.after(Duration::from_secs(1), Duration::ZERO, |worker, _| worker.log.note("timer"));
            cx.job(Lane::Process, "job", |_, _| (), |worker, _, _, _| worker.log.note("job"));
            cx.finish(4);
        });
    }
}

fn worker() -> (TestNode<Worker>, Log) {
    let log = Log::default();
    let noted = log.clone();
    (TestNode::start(move || Worker { log: noted.clone() }), log)
}

#[test]
fn an_agent_that_is_done_leaves_its_status_and_does_not_start_again() -> Result<(), PublishError> {
    let (mut test, log) = worker();

    test.put(PEER, "key", Item::new("done"))?;
    test.put(PEER, "key", Item::new("more"))?;
    test.pass(Duration::from_mins(5));

    assert_eq!(log.take(), ["start", "told done"]);
    assert_eq!(test.node.take_ended(), [(Worker::NAME, Ending::Finished(3))]);
    assert_eq!(test.node.take_ended(), []);
    assert_eq!(test.node.agents().count(), 0);
    assert_eq!(test.get::<Item>("last").map(|item| item.field_a.clone()).as_deref(), Some("words"));
    assert!(!test.node.kill(Worker::NAME), "it is gone already");
    Ok(())
}

#[test]
fn an_agent_that_sees_no_way_on_says_why() -> Result<(), PublishError> {
    let (mut test, log) = worker();

    test.put(PEER, "key", Item::new("hopeless"))?;

    assert_eq!(log.take(), ["start", "told hopeless"]);
    assert_eq!(test.node.take_ended(), [(Worker::NAME, Ending::Fatal("boom".into()))]);
    Ok(())
}

#[test]
fn an_agent_that_has_ended_can_be_added_again() -> Result<(), PublishError> {
    let (mut test, log) = worker();
    test.put(PEER, "key", Item::new("done"))?;
    test.put(PEER, "key", Item::new("nothing"))?;
    log.take();

    let noted = log.clone();
    test.node.add(move || Worker { log: noted.clone() });
    test.run();

    assert_eq!(log.take(), ["start", "told nothing"]);
    assert_eq!(test.node.agents().collect::<Vec<_>>(), [Worker::NAME]);
    Ok(())
}
