//! [`Watchdog`].

use std::time::Duration;

use pillar_core::hal::{MAX_WATCHDOG_NAME, Watchdog, WatchdogError, Watched};

/// What the supervisor of the device sees.
pub struct Sight<'a> {
    /// Whether something is watched.
    pub watches: &'a dyn Fn(Watched<'_>) -> bool,
    /// Whether a name was ever kicked.
    pub kicked: &'a dyn Fn(&str) -> bool,
}

/// Runs the suite on a device without hardware watchdog on which nothing is watched yet.
pub fn watchdog(subject: &dyn Watchdog, sight: &Sight<'_>) {
    assert!(!(sight.kicked)("nim"));
    subject.kick(&["nim", "zedagent"]).unwrap();
    subject.kick(&["nim"]).unwrap();
    subject.kick(&[]).unwrap();
    assert!((sight.kicked)("nim") && (sight.kicked)("zedagent"));

    for what in [Watched::Kicks("nim"), Watched::Process("nim"), Watched::Kicks("lps-radio")] {
        subject.unwatch(what).expect("it was not watched");
        assert!(!(sight.watches)(what));
        subject.watch(what).unwrap();
        subject.watch(what).expect("it is watched already");
        assert!((sight.watches)(what));
    }
    subject.unwatch(Watched::Kicks("nim")).unwrap();
    assert!(!(sight.watches)(Watched::Kicks("nim")) && (sight.watches)(Watched::Process("nim")));

    subject.claim("nim").unwrap();
    subject.claim("nim").expect("it is ours");

    let long = "n".repeat(MAX_WATCHDOG_NAME + 1);
    for name in ["", ".", "..", "a/b", "../x", "a b", "a\0", &long] {
        let bad = Err(WatchdogError::BadName);
        assert_eq!(subject.kick(&["volumemgr", name, "verifier"]), bad, "{name:?}");
        assert_eq!(subject.watch(Watched::Kicks(name)), bad, "{name:?}");
        assert_eq!(subject.unwatch(Watched::Process(name)), bad, "{name:?}");
        assert_eq!(subject.claim(name), bad, "{name:?}");
    }
    assert!((sight.kicked)("volumemgr") && (sight.kicked)("verifier"), "the good names are kicked");
    subject.kick(&["n".repeat(MAX_WATCHDOG_NAME).as_str()]).unwrap();

    subject.disarm().expect("it is not armed");
    assert_eq!(subject.arm(Duration::from_mins(1)), Err(WatchdogError::Unsupported));
}
