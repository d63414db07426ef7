//! Objects of the bus from bytes that anyone may have written, as JSON and as postcard.
//!
//! An input is a type's name, a line end, and the bytes. Nothing may panic, and what is taken must come back
//! the same from both forms.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pillar_types::codec::{Limits, binary, json};
use pillar_types::registry::{self, TypeInfo};
use pillar_types::{Data, walk};

/// For what we wrote ourselves: it may be much shorter than the input that asked for the memory.
const OURS: Limits = Limits { growth: usize::MAX, ..Limits::JSON };

fuzz_target!(|input: &[u8]| {
    let end = input.iter().position(|byte| *byte == b'\n').unwrap_or(0);
    let (name, bytes) = input.split_at(end);
    let info = pick(name);
    let bytes = bytes.strip_prefix(b"\n").unwrap_or(bytes);

    let mut value = (info.make)();
    match json::decode(&mut *value, bytes, &Limits::JSON) {
        Ok(()) => comes_back(info, &*value),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    let mut value = (info.make)();
    match binary::decode(&mut *value, bytes, &Limits::BINARY) {
        Ok(()) => comes_back(info, &*value),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});

/// The type of this name; another name picks one as well, so that no input is lost.
fn pick(name: &[u8]) -> &'static TypeInfo {
    let named = registry::objects().find(|info| info.name.as_bytes() == name);
    let index = name.iter().map(|byte| usize::from(*byte)).sum::<usize>() % registry::objects().count();
    named.or_else(|| registry::objects().nth(index)).expect("there are types")
}

fn comes_back(info: &TypeInfo, value: &dyn Data) {
    let bytes = binary::encode(value);
    let mut again = (info.make)();
    binary::decode(&mut *again, &bytes, &OURS).expect("our own postcard");
    assert!(walk::equal(&*again, value), "{}: {:?}", info.name, walk::diff(&*again, value));

    let mut copy = (info.make)();
    walk::copy(value, &mut *copy);
    assert!(walk::equal(&*copy, value), "{}: {:?}", info.name, walk::diff(&*copy, value));

    // JSON without `omitempty` members cannot tell empty from null: compare what it does tell.
    let text = json::encode(value);
    let mut again = (info.make)();
    json::decode(&mut *again, &text, &OURS).expect("our own JSON");
    assert_eq!(String::from_utf8_lossy(&json::encode(&*again)), String::from_utf8_lossy(&text));
    for path in walk::diff(&*again, value) {
        let field = path.rsplit(['.', '[']).next().unwrap_or_default();
        let quoted = format!("\"{field}\":");
        assert!(!text.windows(quoted.len()).any(|part| part == quoted.as_bytes()) || field.ends_with(']'), "{path}");
    }
    assert!(!json::encode_redacted(value).is_empty() && !json::encode_pretty(value).is_empty());
}
