//! Damaged and made-up input: nothing may panic, and what is accepted must come back.

use pillar_proto::table::json;
use pillar_proto::table::{MessageId, Table};
use proptest::prelude::*;

use crate::registry::{MESSAGES, MessageEntry};
use crate::sample::{bytes_record, full};

fn any_message() -> impl Strategy<Value = &'static MessageEntry> {
    (0..MESSAGES.len()).prop_map(|at| &MESSAGES[at])
}

fn id(table: &Table, entry: &MessageEntry) -> MessageId {
    table.message(entry.name).expect("a message of the API")
}

/// What both decoders accept must come back unchanged from another round.
fn check(table: &Table, entry: &MessageEntry, bytes: &[u8]) {
    if let Ok(again) = (entry.round_trip)(bytes) {
        assert_eq!((entry.round_trip)(&again), Ok(again));
    }
    if let Ok(text) = json::decode(table, id(table, entry), bytes) {
        let again = json::encode(table, id(table, entry), &text).expect("own JSON is accepted");
        assert_eq!(json::decode(table, id(table, entry), &again), Ok(text));
    }
}

proptest! {
    #[test]
    fn random_bytes(entry in any_message(), bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        check(&Table::new(), entry, &bytes);
    }

    #[test]
    fn damaged_messages(
        entry in any_message(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let table = Table::new();
        let mut bytes = full(&table, &table[id(&table, entry)]);
        prop_assume!(!bytes.is_empty());
        for (at, value) in damage {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        check(&table, entry, &bytes);
    }

    #[test]
    fn cut_and_joined_messages(entry in any_message(), at in any::<prop::sample::Index>(), to in any::<prop::sample::Index>()) {
        let table = Table::new();
        let bytes = full(&table, &table[id(&table, entry)]);
        prop_assume!(!bytes.is_empty());
        let (at, to) = (at.index(bytes.len()), to.index(bytes.len()));
        check(&table, entry, &bytes[..at]);
        check(&table, entry, &[&bytes[..at], &bytes[to..]].concat());
    }

    #[test]
    fn lengths_beyond_the_end(entry in any_message(), number in 1_u32..60, length in any::<u64>()) {
        let table = Table::new();
        let mut bytes = crate::sample::varint(u64::from(number) << 3 | 2);
        bytes.extend(crate::sample::varint(length));
        bytes.extend([0; 8]);
        check(&table, entry, &bytes);
    }

    #[test]
    fn random_json(entry in any_message(), text in "[\\[\\]{}:,\"a-z0-9. -]{0,60}") {
        let table = Table::new();
        let _ = json::encode(&table, id(&table, entry), &text);
    }

    #[test]
    fn json_of_wrong_forms(entry in any_message(), at in any::<prop::sample::Index>(), value in "(null|true|-7|1e99|\"x\"|\\[1\\]|\\{\"a\":1\\})") {
        let table = Table::new();
        let fields = table[id(&table, entry)].fields();
        prop_assume!(!fields.is_empty());
        let text = format!("{{\"{}\": {value}}}", fields[at.index(fields.len())].name);
        if let Ok(bytes) = json::encode(&table, id(&table, entry), &text) {
            check(&table, entry, &bytes);
        }
    }
}

#[test]
fn deep_nesting_is_refused() {
    let table = Table::new();
    for (name, number) in [
        ("config.DisksConfig", 3),
        ("info.StorageChildren", 3),
        ("metrics.StorageChildrenMetric", 3),
        ("nestedappinstancemetrics.NestedAppMetrics", 13),
    ] {
        let entry = crate::registry::message(name).expect("a message of the crate");
        let mut bytes = Vec::new();
        while bytes.len() < 100_000 {
            bytes = bytes_record(number, &bytes);
        }
        assert!((entry.round_trip)(&bytes).is_err(), "{name}");
        assert!(json::decode(&table, id(&table, entry), &bytes).is_err(), "{name}");
    }
}
