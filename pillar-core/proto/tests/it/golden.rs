//! Messages as the reference implementation encodes them, each with the same content as JSON.

use std::fs;
use std::path::{Path, PathBuf};

use pillar_proto::table::json;
use pillar_proto::table::{MessageId, Table};

use crate::registry;

struct Golden {
    file: String,
    message: &'static registry::MessageEntry,
    bytes: Vec<u8>,
    json: String,
}

impl Golden {
    fn id(&self, table: &Table) -> MessageId {
        table.message(self.message.name).expect("a message of the API")
    }
}

#[test]
fn prost_gives_the_same_bytes() {
    for golden in all() {
        let bytes = (golden.message.round_trip)(&golden.bytes).expect("decodes");
        assert_eq!(bytes, golden.bytes, "{}", golden.file);
    }
}

#[test]
fn table_gives_the_same_json() {
    let table = Table::new();
    for golden in all() {
        let text = json::decode(&table, golden.id(&table), &golden.bytes).expect("decodes");
        assert_eq!(text, golden.json, "{}", golden.file);
    }
}

#[test]
fn table_gives_the_same_bytes() {
    let table = Table::new();
    for golden in all() {
        let bytes = json::encode(&table, golden.id(&table), &golden.json).expect("encodes");
        assert_eq!(bytes, golden.bytes, "{}", golden.file);
    }
}

#[test]
fn json_may_use_camel_case() {
    let table = Table::new();
    let id = table.message("config.ConfigRequest").expect("a message of the API");
    let text = r#"{"configHash": "h", "integrityToken": "AQID"}"#;
    let bytes = json::encode(&table, id, text).expect("encodes");
    assert_eq!(bytes, [0x0a, 1, b'h', 0x12, 3, 1, 2, 3]);
}

#[test]
fn unknown_fields_do_no_harm() {
    let table = Table::new();
    // Field 19999 with each kind of value.
    let extra = [
        &[0xf8, 0xe1, 0x09, 0x96, 0x01][..],
        &[0xf9, 0xe1, 0x09, 1, 2, 3, 4, 5, 6, 7, 8],
        &[0xfa, 0xe1, 0x09, 3, b'a', b'b', b'c'],
        &[0xfd, 0xe1, 0x09, 1, 2, 3, 4],
    ]
    .concat();
    for golden in all() {
        let bytes = [&golden.bytes[..], &extra].concat();
        let again = (golden.message.round_trip)(&bytes).expect("decodes");
        assert_eq!(again, golden.bytes, "{}", golden.file);

        let text = json::decode(&table, golden.id(&table), &bytes).expect("decodes");
        assert!(text.contains(json::UNKNOWN), "{}", golden.file);
        let again = json::encode(&table, golden.id(&table), &text).expect("encodes");
        assert_eq!(again, bytes, "{}", golden.file);
    }
}

#[test]
fn every_shorter_message_is_refused_or_complete() {
    let table = Table::new();
    for golden in all() {
        for length in 0..golden.bytes.len().min(2_000) {
            let bytes = &golden.bytes[..length];
            let by_prost = (golden.message.round_trip)(bytes);
            let by_table = json::decode(&table, golden.id(&table), bytes);
            assert_eq!(by_prost.is_ok(), by_table.is_ok(), "{} cut at {length}", golden.file);
        }
    }
}

fn all() -> Vec<Golden> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/golden/eve-api");
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder).expect("fixtures").map(|entry| entry.expect("entry").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "pb"));
    paths.sort();
    assert_eq!(paths.len(), 45, "a fixture is missing, or new");
    paths.iter().map(|path| read(path)).collect()
}

fn read(path: &Path) -> Golden {
    let file = path.file_stem().expect("name").to_str().expect("UTF-8").to_owned();
    let mut words = file.split('.');
    // The files use the name of the package's source folder.
    let package = words.next().map(|word| if word == "eveuuid" { "uuid" } else { word }).expect("package");
    let name = format!("{package}.{}", words.next().expect("message"));
    Golden {
        message: registry::message(&name).expect("a message of the crate"),
        bytes: fs::read(path).expect("fixture"),
        json: fs::read_to_string(path.with_extension("json")).expect("fixture"),
        file,
    }
}
