//! The source of [`DeviceNotice`]s.

use pillar_core::hal::DeviceNotice;
use pillar_core::hal::source::{Drained, Source};

/// Runs the suite: `change` changes devices of the subsystem `net`.
pub fn uevents(source: &mut dyn Source<DeviceNotice>, change: &mut dyn FnMut()) {
    let mut last_serial = 0;
    let mut told = || {
        let mut names = Vec::new();
        let drained = source.drain(&mut |name, notice| {
            assert!(notice.serial > last_serial, "serials grow");
            last_serial = notice.serial;
            names.push(name.to_owned());
        });
        assert_eq!(drained, Drained::All);
        names
    };
    // What the machine has to say by itself.
    told();
    for _ in 0..2 {
        change();
        assert!(told().contains(&"net".to_owned()));
        assert!(!told().contains(&"net".to_owned()), "it was told");
    }
}
