//! Settings from a controller and from a file that anyone may have written.
//!
//! An input is the JSON of a `ConfigItemValueMap`, or lines of `key=value` as the controller lists them. Nothing
//! may panic, and what is in force must come back from the map that is published.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pillar_core::settings::Settings;
use pillar_core::settings::parse::{Device, Source, parse};
use pillar_core::settings::refused::Refused;
use pillar_types::codec::{Limits, json};
use pillar_types::config_item::ConfigItemValueMap;

fuzz_target!(|input: &[u8]| {
    if input.starts_with(b"{") {
        if let Ok(map) = json::decode_new::<ConfigItemValueMap>(input, &Limits::JSON) {
            let (settings, refused) = Settings::read_map(&map);
            check(&settings, &refused);
        }
        return;
    }
    let Ok(text) = str::from_utf8(input) else { return };
    let wanted = || text.lines().filter_map(|line| line.split_once('='));
    let device = Device { eve_memory_limit: 800 << 20 };
    let first = parse(wanted(), None, Source::Controller, device);
    check(&first.settings, &first.refused);
    assert!(first.status().config_items.len() >= first.settings.texts().count());
    let again = parse(wanted(), Some(&first.settings), Source::Controller, device);
    assert_eq!(again, first, "the same settings from the same list");
});

fn check(settings: &Settings, refused: &[Refused]) {
    for refused in refused {
        assert!(refused.to_string().len() < 2048);
    }
    let map = settings.to_map();
    assert_eq!(Settings::read_map(&map), (settings.clone(), Vec::new()));
    let text = json::encode(&map);
    assert_eq!(json::decode_new::<ConfigItemValueMap>(&text, &Limits::JSON).as_ref(), Ok(&map));
}
