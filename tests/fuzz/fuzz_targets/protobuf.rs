//! Controller messages from bytes that anyone may have written, by the message types and by the table.
//!
//! An input is a message's name, a line end, and the bytes. Nothing may panic; what is taken must come back the
//! same, and what is refused must say where.

#![no_main]

#[path = "../../../pillar-core/proto/tests/it/registry.rs"]
mod registry;

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use pillar_proto::table::{MessageId, Table, json};
use registry::{MESSAGES, MessageEntry};

static TABLE: LazyLock<Table> = LazyLock::new(Table::new);

fuzz_target!(|input: &[u8]| {
    let end = input.iter().position(|byte| *byte == b'\n').unwrap_or(0);
    let (name, bytes) = input.split_at(end);
    let entry = pick(name);
    let bytes = bytes.strip_prefix(b"\n").unwrap_or(bytes);

    match (entry.round_trip)(bytes) {
        Ok(again) => assert_eq!((entry.round_trip)(&again), Ok(again)),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    let id = TABLE.message(entry.name).expect("a message of the API");
    match json::decode(&TABLE, id, bytes) {
        Ok(text) => comes_back(id, &text),
        Err(error) => assert!(error.offset <= bytes.len()),
    }
});

/// The message of this name; another name picks one as well, so that no input is lost.
fn pick(name: &[u8]) -> &'static MessageEntry {
    let named = MESSAGES.iter().find(|entry| entry.name.as_bytes() == name);
    let index = name.iter().map(|byte| usize::from(*byte)).sum::<usize>() % MESSAGES.len();
    named.unwrap_or(&MESSAGES[index])
}

fn comes_back(id: MessageId, text: &str) {
    let again = json::encode(&TABLE, id, text).expect("our own JSON");
    assert_eq!(json::decode(&TABLE, id, &again).as_deref(), Ok(text));
}
