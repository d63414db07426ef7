use pillar_core::hal::{Power, Scope};

/// Checks that the device is told what to do. `ends` gives what it was told so far: `reset` or `poweroff` each.
pub fn power(power: &dyn Power, ends: &dyn Fn() -> Vec<String>) {
    assert!(ends().is_empty(), "nothing happens by itself");

    assert_eq!(power.reset(&Scope::unbounded()), Ok(()));
    assert_eq!(ends(), ["reset"]);

    assert_eq!(power.power_off(&Scope::unbounded()), Ok(()));
    assert_eq!(ends(), ["reset", "poweroff"]);
}
