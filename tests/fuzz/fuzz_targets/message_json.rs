//! Any message of the controller API from JSON that a person may have written, as `zedbox pbuf --encode` reads it.
//!
//! An input is a message's name, a line end, and the text. Nothing may panic; what is taken must come back.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use pillar_proto::table::{MessageId, Table, json};

static TABLE: LazyLock<Table> = LazyLock::new(Table::new);

fuzz_target!(|input: &[u8]| {
    let Ok(input) = str::from_utf8(input) else { return };
    let (name, text) = input.split_once('\n').unwrap_or(("", input));
    let id = pick(name);
    match json::encode(&TABLE, id, text) {
        Ok(bytes) => {
            let text = json::decode(&TABLE, id, &bytes).expect("our own message");
            assert_eq!(json::encode(&TABLE, id, &text), Ok(bytes));
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});

/// The message of this name; another name picks one as well, so that no input is lost.
fn pick(name: &str) -> MessageId {
    let index = name.bytes().map(usize::from).sum::<usize>() % TABLE.messages().count();
    let by_index = || TABLE.messages().nth(index).map(|(_, id)| id);
    TABLE.message(name).or_else(by_index).expect("there are messages")
}
