//! Messages that must arrive.

use std::time::Duration;

use pillar_core::controller::deferred::{Deferred, Fate, MAX_WAITING, Rank, Sent};
use pillar_core::time::Mono;

const MINUTE: Duration = Duration::from_mins(1);

fn at(minutes: u64) -> Mono {
    Mono::default() + MINUTE * u32::try_from(minutes).unwrap()
}

/// A queue with messages `1`, `2`, …
fn queue(items: &[(&str, Rank)]) -> Deferred<u32> {
    let mut queue = Deferred::default();
    for (number, (key, rank)) in (1..).zip(items) {
        assert!(queue.put(key, *rank, number, at(0)));
    }
    queue
}

/// Sends all that is due, each with success; the keys in their order.
fn drain(queue: &mut Deferred<u32>, now: Mono) -> Vec<String> {
    let mut keys = Vec::new();
    while let Some((key, _)) = queue.next(now) {
        assert_eq!(queue.sent(&key, Sent::Taken, now, 0), Fate::Arrived);
        keys.push(key);
    }
    keys
}

#[test]
fn ac01_38_the_newest_of_each_key_arrives_once_in_the_order_of_importance() {
    // Given messages of all ranks, some put again, and 10 minutes of 503 …
    let items = [
        ("device", Rank::Other),
        ("app 1", Rank::App),
        ("hardware", Rank::Hardware),
        ("app 2", Rank::App),
        ("certs", Rank::Attest),
        ("volume", Rank::Other),
    ];
    let mut queue = queue(&items);
    for minute in 0..10 {
        while let Some((key, _)) = queue.next(at(minute)) {
            assert_eq!(queue.sent(&key, Sent::Refused(503), at(minute), 0), Fate::Waits { warn: false });
        }
        queue.put("app 1", Rank::App, 100 + minute as u32, at(minute));
    }

    // … then 200: each arrives, the newest, once.
    let mut arrived = Vec::new();
    let late = at(60);
    while let Some((key, message)) = queue.next(late) {
        queue.sent(&key, Sent::Taken, late, 0);
        arrived.push((key, message));
    }
    let keys: Vec<&str> = arrived.iter().map(|(key, _)| &**key).collect();
    assert_eq!(keys[0], "certs");
    assert_eq!(
        {
            let mut apps = keys[1..3].to_vec();
            apps.sort_unstable();
            apps
        },
        ["app 1", "app 2"]
    );
    assert_eq!(keys[3], "hardware");
    assert_eq!(
        {
            let mut rest = keys[4..].to_vec();
            rest.sort_unstable();
            rest
        },
        ["device", "volume"]
    );
    assert!(arrived.contains(&("app 1".to_owned(), 109)));
    assert!(queue.is_empty());
}

#[test]
fn ac01_39_a_final_refusal_drops_and_a_passing_one_waits() {
    let mut queue = queue(&[("a", Rank::Other), ("b", Rank::Other)]);
    let (key, _) = queue.next(at(0)).unwrap();
    assert_eq!(queue.sent(&key, Sent::Refused(400), at(0), 0), Fate::GivenUp);
    assert_eq!(queue.len(), 1);

    // 401 is tried again after 1, 2, 4, 8, 15, 15 … minutes.
    let mut now = 0;
    for wait in [1, 2, 4, 8, 15, 15] {
        let (key, _) = queue.next(at(now)).unwrap();
        queue.sent(&key, Sent::Refused(401), at(now), 0);
        assert_eq!(queue.due(), Some(at(now + wait)));
        assert_eq!(queue.next(at(now + wait - 1)), None);
        now += wait;
    }
}

#[test]
fn a_refused_message_does_not_hold_back_others() {
    // Weakness 23 of the reference.
    let mut queue = queue(&[("certs", Rank::Attest), ("app", Rank::App)]);
    let (key, _) = queue.next(at(0)).unwrap();
    queue.sent(&key, Sent::Refused(500), at(0), 0);
    assert_eq!(drain(&mut queue, at(0)), ["app"]);
}

#[test]
fn no_answer_pauses_all_until_the_connection_is_back() {
    let mut queue = queue(&[("a", Rank::Other), ("b", Rank::Other)]);
    let (key, _) = queue.next(at(0)).unwrap();
    assert_eq!(queue.sent(&key, Sent::NoAnswer, at(0), 30_000), Fate::Waits { warn: false });
    assert_eq!((queue.len(), queue.next(at(0))), (2, None));
    assert_eq!(queue.due(), Some(at(1)));
    queue.connected();
    assert_eq!(drain(&mut queue, at(0)), ["a", "b"]);

    // Pauses grow to a quarter of an hour, give or take half a minute.
    let mut queue = queue_of_one();
    let mut now = at(0);
    let mut pauses = Vec::new();
    for spread in [0, 59_999, 0, 59_999, 0, 59_999] {
        let (key, _) = queue.next(now).unwrap();
        queue.sent(&key, Sent::NoAnswer, now, spread);
        let due = queue.due().unwrap();
        pauses.push(due.since(now).as_secs());
        now = due;
    }
    assert_eq!(pauses, [30, 149, 210, 509, 870, 929]);
}

fn queue_of_one() -> Deferred<u32> {
    queue(&[("a", Rank::Other)])
}

#[test]
fn the_same_message_again_changes_nothing_and_another_starts_anew() {
    let mut queue = queue_of_one();
    let (key, _) = queue.next(at(0)).unwrap();
    queue.sent(&key, Sent::Refused(503), at(0), 0);
    queue.put("a", Rank::Other, 1, at(0));
    assert_eq!(queue.due(), Some(at(1)), "it waits on");
    queue.put("a", Rank::Other, 2, at(0));
    assert_eq!(queue.next(at(0)), Some(("a".into(), 2)), "it is new");
}

#[test]
fn a_message_that_changes_while_it_is_sent_is_sent_again() {
    for outcome in [Sent::Taken, Sent::Refused(400), Sent::Refused(503)] {
        let mut queue = queue_of_one();
        let (key, _) = queue.next(at(0)).unwrap();
        queue.put("a", Rank::Other, 2, at(0));
        assert_eq!(queue.next(at(0)), None, "one at a time");
        queue.sent(&key, outcome, at(0), 0);
        assert_eq!(queue.next(at(0)), Some(("a".into(), 2)), "{outcome:?}");
    }
}

#[test]
fn there_is_a_bound_and_a_warning() {
    let mut queue = Deferred::default();
    for number in 0..MAX_WAITING {
        assert!(queue.put(&number.to_string(), Rank::Other, number, at(0)));
    }
    assert!(!queue.put("one more", Rank::Other, 0, at(0)));
    assert!(queue.put("7", Rank::Other, 70, at(0)), "a new one of a known key is taken");

    let mut queue = queue_of_one();
    let mut now = at(0);
    let warned = (1..=40).filter(|_| {
        let (key, _) = queue.next(now).unwrap();
        let fate = queue.sent(&key, Sent::Refused(503), now, 0);
        now = queue.due().unwrap();
        fate == Fate::Waits { warn: true }
    });
    assert_eq!(warned.collect::<Vec<_>>(), [20, 40]);
}
