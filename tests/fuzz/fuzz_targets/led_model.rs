//! Models from what firmware and device tree may say, and the LEDs of any model. A model is one bounded line that
//! can be the name of a file.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pillar_core::agents::ledmanager::models::Lights;
use pillar_core::hardware_model::{MAX_NAME, cpu_serial, format_model};

fuzz_target!(|input: &[u8]| {
    let text = String::from_utf8_lossy(input);
    let mut parts = text.splitn(3, '\n');
    let mut next = || parts.next().unwrap_or_default();
    let (manufacturer, product, compatible) = (next(), next(), next());
    let model = format_model(manufacturer, product, compatible.as_bytes());
    assert!(!model.is_empty() && model.len() <= MAX_NAME);
    assert!(!model.contains(|c: char| c.is_control() || c == '/'));
    for model in [&model, &*text] {
        assert!(Lights::of(model).status().len() <= 2);
    }
    assert!(cpu_serial(&text).len() <= MAX_NAME);
});
