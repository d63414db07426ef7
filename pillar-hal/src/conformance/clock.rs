//! [`Clock`] and [`Random`].

use std::time::Duration;

use pillar_core::hal::{Clock, Random, Scope};

/// Runs the suite: a tenth of a second by the subject's own time.
pub fn clock(subject: &dyn Clock) {
    let tick = Duration::from_millis(20);
    let start = subject.now();
    assert!(subject.sleep(&Scope::unbounded(), tick), "nobody cancelled");
    let slept = subject.now().mono.since(start.mono);
    assert!(slept >= tick, "slept {slept:?}");
    assert!(subject.sleep(&Scope::unbounded(), Duration::ZERO));

    let cancelled = Scope::unbounded();
    cancelled.cancel();
    let before = subject.now().mono;
    assert!(!subject.sleep(&cancelled, Duration::from_hours(1)));
    assert!(subject.now().mono.since(before) < Duration::from_secs(1));

    let before = subject.now().mono;
    let ends = Scope::new(Some(before + tick), Box::new(|| ()));
    assert!(!subject.sleep(&ends, Duration::from_hours(1)), "the scope ends first");
    let slept = subject.now().mono.since(before);
    assert!(slept >= tick && slept < Duration::from_secs(1) + tick, "slept {slept:?}");
    assert!(subject.now().mono >= before);
}

/// Runs the suite: every part of a buffer is filled, each time anew.
pub fn random(subject: &dyn Random) {
    let fill = |length| {
        let mut bytes = vec![0; length];
        subject.fill(&mut bytes).unwrap();
        bytes
    };
    fill(0);
    let (first, second) = (fill(1000), fill(1000));
    assert_ne!(first, second);
    for part in first.chunks(20) {
        assert!(part.iter().any(|byte| *byte != 0), "a part of the buffer was left out");
    }
}
