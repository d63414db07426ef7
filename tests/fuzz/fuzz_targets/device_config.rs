//! The controller's configuration, from bytes to objects. Nothing may panic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pillar_core::agents::zedagent::parse::{Surroundings, parse};
use pillar_proto::config::EdgeDevConfig;
use pillar_types::{Time, Uuid};

fuzz_target!(|input: &[u8]| {
    let Ok(config) = pillar_proto::decode::<EdgeDevConfig>(input, 1 << 20) else { return };
    let around = Surroundings { device: Uuid([1; 16]), now: Time::from_unix(1, 0), settings: None };
    let parsed = parse(&config, &around);
    assert!(parsed.apps.len() <= config.apps.len());
});
