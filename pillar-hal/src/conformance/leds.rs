//! [`Leds`].

use pillar_core::hal::{Led, LedError, Leds};

/// Runs the suite on LEDs that the device has, of which `is_on` tells whether they shine.
pub fn leds(subject: &dyn Leds, present: &[Led], is_on: &dyn Fn(&Led) -> bool) {
    for led in present {
        subject.take(led).unwrap();
        for on in [true, false, true, true, false, false] {
            subject.set(led, on).unwrap();
            assert_eq!(is_on(led), on, "{led}");
        }
        subject.set(led, true).unwrap();
        subject.take(led).expect("taking it again is no error");
        subject.set(led, false).unwrap();
        assert!(!is_on(led), "{led}");
    }
    for missing in [Led::Class("no such LED".into()), Led::Gpio(12345)] {
        assert_eq!(subject.take(&missing), Err(LedError::NotFound), "{missing}");
        assert_eq!(subject.set(&missing, true), Err(LedError::NotFound), "{missing}");
    }
    for name in ["", ".", "..", "../leds/x", "a/b", "/etc/passwd", "a\0b"] {
        let bad = Led::Class(name.into());
        assert_eq!(subject.take(&bad), Err(LedError::BadName), "{name:?}");
        assert_eq!(subject.set(&bad, true), Err(LedError::BadName), "{name:?}");
    }
}
