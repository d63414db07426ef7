//! Timers: slack, keys, stopping, and jumps of the wall clock.

use std::time::Duration;

use pillar_core::bus::PublishError;
use pillar_core::node::{Agent, AgentName, Change, Context, TestNode, TimerId};
use pillar_core::time::Mono;

use crate::{Item, Log, PEER};

const SECOND: Duration = Duration::from_secs(1);

struct Clockwork {
    log: Log,
    last: Option<TimerId>,
}

impl Agent for Clockwork {
    const NAME: AgentName = AgentName("clockwork");

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.subscribe(PEER, Self::on_command);
    }

    fn wall_jumped(&mut self, nanos: i64, _: &mut Context<'_, Self>) {
        self.log.note(format!("jump {nanos}"));
    }
}

impl Clockwork {
    fn on_command(&mut self, change: Change<'_, Item>, cx: &mut Context<'_, Self>) {
        match change.value().map(|item| item.field_a.as_str()) {
            Some("plain") => self.last = Some(cx.after(2 * SECOND, SECOND, Self::on_plain)),
            Some("keyed") => self.last = Some(cx.after_key(5 * SECOND, SECOND, "k", Self::on_keyed)),
            Some("keyed again") => self.last = Some(cx.after_key(9 * SECOND, SECOND, "k", Self::on_keyed)),
            Some("restless") => self.on_restless(cx),
            Some("stop") => self.last.take().into_iter().for_each(|timer| cx.stop(timer)),
            Some("stop key") => cx.stop_key("k"),
            _ => {}
        }
    }

    fn on_plain(&mut self, cx: &mut Context<'_, Self>) {
        self.log.note(format!("plain at {}", cx.now().mono));
    }

    fn on_restless(&mut self, cx: &mut Context<'_, Self>) {
        cx.after(Duration::ZERO, Duration::ZERO, Self::on_restless);
    }

    fn on_keyed(&mut self, key: &str, cx: &mut Context<'_, Self>) {
        self.log.note(format!("keyed {key} at {}", cx.now().mono));
    }
}

fn clockwork() -> (TestNode<Clockwork>, Log) {
    let log = Log::default();
    let noted = log.clone();
    (TestNode::start(move || Clockwork { log: noted.clone(), last: None }), log)
}

#[test]
fn timers_fire_within_their_slack_and_together() -> Result<(), PublishError> {
    let (mut test, log) = clockwork();
    test.put(PEER, "c", Item::new("plain"))?;
    test.put(PEER, "c", Item::new("keyed"))?;
    assert_eq!(test.node.next(), Some(Mono(4_000_000_000)), "due at 3 s, a second of slack");
    test.pass(10 * SECOND);
    assert_eq!(log.take(), ["plain at 4.000000", "keyed k at 7.000000"]);
    assert_eq!(test.node.next(), None, "asleep when nothing is due");
    Ok(())
}

#[test]
fn a_key_has_one_timer() -> Result<(), PublishError> {
    let (mut test, log) = clockwork();
    test.put(PEER, "c", Item::new("keyed"))?;
    test.put(PEER, "c", Item::new("keyed again"))?;
    test.pass(30 * SECOND);
    assert_eq!(log.take(), ["keyed k at 11.000000"]);
    Ok(())
}

#[test]
fn stopped_timers_do_not_fire() -> Result<(), PublishError> {
    for (start, stop) in [("plain", "stop"), ("keyed", "stop"), ("keyed", "stop key")] {
        let (mut test, log) = clockwork();
        test.put(PEER, "c", Item::new(start))?;
        test.put(PEER, "c", Item::new(stop))?;
        test.pass(30 * SECOND);
        assert!(log.take().is_empty());
    }
    Ok(())
}

#[test]
fn a_jump_of_the_wall_clock_is_an_event_and_moves_no_timer() -> Result<(), PublishError> {
    let (mut test, log) = clockwork();
    test.put(PEER, "c", Item::new("plain"))?;
    test.jump_wall(-3_600_000_000_000);
    assert_eq!(log.take(), ["jump -3600000000000"]);
    test.jump_wall(500_000_000);
    assert!(log.take().is_empty(), "half a second is drift");
    test.pass(10 * SECOND);
    assert_eq!(log.take(), ["plain at 4.000000"]);
    Ok(())
}

#[test]
#[should_panic(expected = "clockwork sets timers without delay again and again")]
fn a_test_ends_although_an_agent_sets_timers_without_delay() {
    let (mut test, _) = clockwork();
    test.put(PEER, "c", Item::new("restless")).expect("there is room");
    test.pass(SECOND);
}
