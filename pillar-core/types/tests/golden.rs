//! Every registered type against the JSON that Go writes (`fixtures/golden/types`), in all forms.

use std::path::{Path, PathBuf};
use std::{fs, str};

use pillar_types::codec::{Limits, binary, json};
use pillar_types::registry::{self, TypeInfo};
use pillar_types::{Data, walk};

/// The two files of each type: every field zero, every field set.
const VARIANTS: [&str; 2] = ["zero", "full"];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/golden/types")
}

fn golden(info: &TypeInfo, variant: &str) -> Option<Vec<u8>> {
    fs::read(folder().join(format!("{}.{variant}.json", info.name))).ok()
}

/// Calls `check` with each golden file of each registered type, and returns how many there were.
fn for_each_file(check: impl Fn(&TypeInfo, &str, &[u8])) -> usize {
    let mut files = 0;
    for info in registry::objects() {
        for variant in VARIANTS {
            if let Some(file) = golden(info, variant) {
                check(info, &format!("{}.{variant}", info.name), file.trim_ascii_end());
                files += 1;
            }
        }
    }
    files
}

fn decode(info: &TypeInfo, file: &str, text: &[u8]) -> Box<dyn Data> {
    let mut value = (info.make)();
    json::decode(&mut *value, text, &Limits::JSON).unwrap_or_else(|error| panic!("{file}: {error}"));
    value
}

/// Topics whose form is known from their source alone.
const NO_FILES: [&str; 2] = ["NodeDrainRequest", "NodeDrainStatus"];

#[test]
fn every_topic_has_its_golden_files() {
    let missing: Vec<_> = registry::topics()
        .filter(|info| !NO_FILES.contains(&info.name))
        .filter(|info| VARIANTS.iter().any(|variant| golden(info, variant).is_none()))
        .map(|info| info.name)
        .collect();

    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn golden_files_come_out_byte_for_byte() {
    let files = for_each_file(|info, file, text| {
        let value = decode(info, file, text);
        let again = json::encode(&*value);
        assert_eq!(str::from_utf8(&again), str::from_utf8(text), "{file}");
    });

    assert!(files > 0);
}

#[test]
fn zero_values_are_gos_zero_values() {
    for info in registry::objects() {
        if let Some(file) = golden(info, "zero") {
            let text = json::encode(&*(info.make)());
            assert_eq!(str::from_utf8(&text), str::from_utf8(file.trim_ascii_end()), "{}", info.name);
        }
    }
}

#[test]
fn full_values_differ_from_zero_in_every_field() {
    for info in registry::objects() {
        if let Some(file) = golden(info, "full") {
            let mut value = decode(info, info.name, file.trim_ascii_end());
            let zero = (info.make)();
            let members: serde_json::Value = serde_json::from_slice(&file).expect("Go wrote it");
            let changed = walk::diff(&*value, &*zero);
            let roots = changed.iter().map(|path| path.split(['.', '[']).next().unwrap_or_default());
            for root in roots.filter(|root| !root.is_empty()) {
                assert!(members.get(root).is_some(), "{}: {root} is not a member", info.name);
            }
            walk::reset(&mut *value);
            assert!(walk::equal(&*value, &*zero) || info.name == "AppMACGenerator", "{}", info.name);
        }
    }
}

#[test]
fn names_match_in_any_case_and_order() {
    for_each_file(|info, file, text| {
        let value = decode(info, file, text);
        let Ok(serde_json::Value::Object(members)) = serde_json::from_slice(text) else { return };
        if json::encode(&*(info.make)()) == b"null" {
            return; // a map: its keys are not names
        }
        let members: Vec<_> = members.into_iter().rev().collect();
        let shuffled: Vec<_> = members
            .iter()
            .map(|(name, value)| format!("{}: {value}", serde_json::Value::from(name.to_lowercase())))
            .collect();
        let shuffled = format!("{{ {} }}", shuffled.join(" , "));
        let other = decode(info, file, shuffled.as_bytes());
        assert_eq!(walk::diff(&*other, &*value), [""; 0], "{file}");
    });
}

#[test]
fn a_further_member_is_tolerated() {
    for_each_file(|info, file, text| {
        let text = str::from_utf8(text).expect("Go writes UTF-8");
        let Some(members) = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) else { return };
        if json::encode(&*(info.make)()) == b"null" {
            return;
        }
        let comma = if members.is_empty() { "" } else { "," };
        let more = format!("{{\"FromTheFuture\":{{\"deep\":[1,{{}}]}}{comma}{members}}}");
        let value = decode(info, file, more.as_bytes());
        let again = String::from_utf8(json::encode(&*value)).expect("JSON is text");

        let kept = format!("{{{members}{comma}\"FromTheFuture\":{{\"deep\":[1,{{}}]}}}}");
        assert!(again == text || again == kept, "{file}: {again}");
        if info.topic.is_some_and(|topic| topic.persistent) {
            assert_eq!(again, kept, "{file}: a persistent topic keeps what it does not know");
        }
    });
}

#[test]
fn postcard_brings_back_the_same_value() {
    for_each_file(|info, file, text| {
        let value = decode(info, file, text);
        let bytes = binary::encode(&*value);
        let mut again = (info.make)();
        binary::decode(&mut *again, &bytes, &Limits::BINARY)
            .unwrap_or_else(|error| panic!("{file}: {error}"));
        assert_eq!(walk::diff(&*again, &*value), [""; 0], "{file}");
        let room = text.len() + 16; // for what `omitempty` leaves out of the text
        assert!(bytes.len() <= room, "{file}: {} bytes against {}", bytes.len(), text.len());
    });
}

#[test]
fn copies_are_equal() {
    for_each_file(|info, file, text| {
        let value = decode(info, file, text);
        let mut copy = (info.make)();
        walk::copy(&*value, &mut *copy);
        assert!(walk::equal(&*copy, &*value), "{file}");
        assert!(!walk::changed(&*copy, &*value), "{file}");
    });
}

#[test]
fn every_prefix_is_refused_and_none_panics() {
    for_each_file(|info, file, text| {
        if text == b"null" {
            return;
        }
        let bytes = binary::encode(&*decode(info, file, text));
        for end in (0..text.len()).step_by(1 + text.len() / 200) {
            assert!(json::decode(&mut *(info.make)(), &text[..end], &Limits::JSON).is_err(), "{file} {end}");
        }
        for end in (0..bytes.len()).step_by(1 + bytes.len() / 200) {
            let _ = binary::decode(&mut *(info.make)(), &bytes[..end], &Limits::BINARY);
        }
    });
}

#[test]
fn schemas_differ_between_types() {
    let mut hashes: Vec<_> = registry::objects().map(TypeInfo::schema_hash).collect();
    let count = hashes.len();
    hashes.sort_unstable();
    hashes.dedup();

    assert_eq!(hashes.len(), count);
}
