//! The panic hook, in a process of its own.

use std::panic::{catch_unwind, panic_any};

use pillar_core::hal::PowerCut;
use pillar_hal::panic::{MAX_BACKTRACE, MAX_MESSAGE, install, take};

#[test]
fn the_last_panic_of_a_thread_is_told_once_within_bounds() {
    install();
    install();
    assert_eq!(take(), None);

    let said = catch_unwind(|| panic!("the number {}", 7));
    assert!(said.is_err());
    let detail = take().expect("it was kept");
    assert_eq!(detail.message, "the number 7");
    assert!(detail.location.contains("tests/panic.rs:"), "{}", detail.location);
    assert!(!detail.backtrace.is_empty() && detail.backtrace.len() <= MAX_BACKTRACE);
    assert_eq!(take(), None, "once");

    let long = "\u{e4}".repeat(MAX_MESSAGE);
    assert!(catch_unwind(|| panic!("x{long}")).is_err());
    let kept = take().expect("it was kept").message;
    assert!(kept.len() <= MAX_MESSAGE && kept.len() > MAX_MESSAGE - 4, "{} bytes", kept.len());

    assert!(catch_unwind(|| panic_any(42)).is_err());
    assert_eq!(take().expect("it was kept").message, "a panic without words");

    assert!(catch_unwind(|| panic_any(PowerCut)).is_err());
    assert_eq!(take(), None, "a power cut is no fault");

    let other = std::thread::spawn(|| panic!("elsewhere"));
    assert!(other.join().is_err());
    assert_eq!(take(), None, "another thread's");
}
