//! Large fields as files, and what a peer may not do with their paths.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use pillar_core::bus::wire::large::{self, LargeError};
use pillar_core::hal::{DirEntry, FileOp, Hal, NoRandom, Random, Scope, Space, Storage, StorageError};

const DIR: &str = "/persist/pubsub-large/a1/Item";

/// Files in memory.
#[derive(Default)]
struct Shelf(Mutex<BTreeMap<PathBuf, Vec<u8>>>);

impl Storage for Shelf {
    fn apply(&self, _: &Scope, ops: &[FileOp]) -> Vec<Result<(), StorageError>> {
        let mut files = self.0.lock().expect("no panic while it is held");
        for op in ops {
            match op {
                FileOp::Replace { path, data, .. } => {
                    files.insert(path.clone(), data.clone());
                }
                FileOp::Remove { path } => {
                    files.remove(path);
                }
            }
        }
        ops.iter().map(|_| Ok(())).collect()
    }

    fn read(&self, _: &Scope, path: &Path, limit: usize) -> Result<Vec<u8>, StorageError> {
        let files = self.0.lock().expect("no panic while it is held");
        let data = files.get(path).cloned().ok_or_else(|| StorageError::NotFound(path.into()))?;
        if data.len() > limit {
            return Err(StorageError::TooLarge { path: path.into(), limit });
        }
        Ok(data)
    }

    fn list(&self, _: &Scope, dir: &Path) -> Result<Vec<DirEntry>, StorageError> {
        Err(StorageError::NotFound(dir.into()))
    }

    fn space(&self, _: &Scope, _: &Path) -> Result<Space, StorageError> {
        Err(StorageError::Unsupported)
    }
}

/// Numbers that are no two times the same.
#[derive(Default)]
struct Counter(Mutex<u64>);

impl Random for Counter {
    fn fill(&self, buf: &mut [u8]) -> Result<(), NoRandom> {
        let mut number = self.0.lock().expect("no panic while it is held");
        *number += 1;
        buf.copy_from_slice(&number.to_ne_bytes()[..buf.len()]);
        Ok(())
    }
}

struct Device {
    shelf: Arc<Shelf>,
    hal: Hal,
}

fn device() -> Device {
    let shelf = Arc::new(Shelf::default());
    let hal = Hal { storage: shelf.clone(), random: Arc::new(Counter::default()), ..Hal::default() };
    Device { shelf, hal }
}

impl Device {
    fn write_out(&self, json: &str) -> Result<large::InFiles, LargeError> {
        large::to_files(&self.hal, &Scope::unbounded(), Path::new(DIR), json.as_bytes())
    }

    fn read_back(&self, json: &[u8]) -> Result<String, LargeError> {
        let json = large::from_files(&self.hal, &Scope::unbounded(), Path::new(DIR), json)?;
        Ok(String::from_utf8(json).expect("JSON"))
    }

    fn put(&self, path: &str, text: &str) {
        self.shelf.0.lock().expect("no panic").insert(path.into(), text.into());
    }

    fn files(&self) -> Vec<PathBuf> {
        self.shelf.0.lock().expect("no panic").keys().cloned().collect()
    }
}

#[test]
fn large_fields_travel_as_files_wherever_they_stand() {
    let cases = [
        (r#"{"a":1,"pubsub-large-X":"text","b":2}"#, 1),
        (r#"{"pubsub-large-X":[1,{"n":9007199254740993}],"pubsub-large-Y":null}"#, 2),
        (r#"{"in":{"deeper":{"pubsub-large-X":{}}}}"#, 1),
        (r#"{"list":[{"pubsub-large-X":"1"},2,{"pubsub-large-X":"3"}]}"#, 2),
        // Not in arrays of arrays, as EVE does not look there.
        (r#"{"list":[[{"pubsub-large-X":"1"}]]}"#, 0),
        // What is inside a large field goes with it.
        (r#"{"pubsub-large-X":{"pubsub-large-Y":1}}"#, 1),
        (r#"{"quote\"d":{"pubsub-large-X":1.50e3},"n":1e400}"#, 1),
    ];
    for (json, files) in cases {
        let device = device();
        let written = device.write_out(json).expect("room");
        assert_eq!(device.files().len(), files, "{json}");
        assert_eq!(written.files.len(), files);
        assert_eq!(large::has_files(&written.json), files > 0);

        assert_eq!(device.read_back(&written.json), Ok(json.to_owned()));
        assert!(device.files().is_empty(), "who reads a file removes it");
    }
}

#[test]
fn a_file_is_named_as_eve_names_it() {
    let device = device();
    let written = device.write_out(r#"{"pubsub-large-X":"text"}"#).expect("room");
    let path = device.files()[0].to_string_lossy().into_owned();
    assert!(path.starts_with("/persist/pubsub-large/a1/Item/pubsub-file-X"));
    let json = String::from_utf8(written.json).expect("JSON");
    assert_eq!(json, format!(r#"{{"pubsub-file-X":"\"{path}\""}}"#));
    let content = device.shelf.0.lock().expect("no panic").values().next().cloned();
    assert_eq!(content.expect("a file"), br#"{"pubsub-large-X":"text"}"#);
}

#[test]
fn a_document_of_a_mebibyte_is_refused_and_leaves_no_file() {
    let frame = r#"{"pubsub-large-Data":""}"#.len();
    let value = |length: usize| {
        format!(r#"{{"pubsub-large-A":1,"pubsub-large-Data":"{}"}}"#, "x".repeat(length - frame))
    };
    let device = device();
    assert!(device.write_out(&value(large::LIMIT - 1)).is_ok());
    let before = device.files().len();

    let refused = device.write_out(&value(large::LIMIT)).expect_err("too large");

    let member = "pubsub-large-Data".to_owned();
    assert_eq!(refused, LargeError::TooLarge { member, bytes: 1_048_576 });
    assert_eq!(device.files().len(), before);
    assert!(large::check("Item", "k", value(large::LIMIT - 1).as_bytes()).is_ok());
    assert!(large::check("Item", "k", value(large::LIMIT).as_bytes()).is_err());
}

#[test]
fn a_peer_cannot_make_us_read_or_remove_other_files() {
    let paths = [
        "/persist/status/uuid",
        "/persist/pubsub-large/a1/Item/../../../status/uuid",
        "/persist/pubsub-large/a1/Item/pubsub-file-../../../../status/uuid",
        "/persist/pubsub-large/a1/Other/pubsub-file-X1",
        "/persist/pubsub-large/a1/Item/sub/pubsub-file-X1",
        "/persist/pubsub-large/a1/Item/uuid",
        "/persist/pubsub-large/a1/Item/",
        "pubsub-file-X1",
        "",
    ];
    for path in paths {
        let device = device();
        device.put("/persist/status/uuid", r#"{"pubsub-large-X":1}"#);
        let json = format!(r#"{{"pubsub-file-X":"\"{path}\""}}"#);
        let refused = device.read_back(json.as_bytes());
        assert!(matches!(refused, Err(LargeError::BadPath(_))), "{path}: {refused:?}");
        assert_eq!(device.files().len(), 1);
    }
}

#[test]
fn a_file_must_hold_its_field_and_no_more() {
    let path = format!("{DIR}/pubsub-file-X1");
    let json = format!(r#"{{"pubsub-file-X":"\"{path}\""}}"#);
    for content in ["", "null", "[]", r#"{"pubsub-large-Y":1}"#, r#"{"pubsub-large-X":1,"b":2}"#, "{", "{}"] {
        let device = device();
        device.put(&path, content);
        let refused = device.read_back(json.as_bytes());
        assert!(matches!(refused, Err(LargeError::OtherContent(_))), "{content}: {refused:?}");
        assert!(device.files().is_empty(), "it is of no use to anybody");
    }
    assert!(matches!(
        device().read_back(json.as_bytes()),
        Err(LargeError::Storage(StorageError::NotFound(_)))
    ));
}

#[test]
fn what_is_no_json_or_too_deep_is_refused() {
    let device = device();
    let deep = format!("{}{}{}", r#"{"a":"#.repeat(200), 1, "}".repeat(200));
    for bad in ["", "{", r#"{"a":}"#, r#"{"a":1}}"#, &deep] {
        assert_eq!(device.read_back(bad.as_bytes()), Err(LargeError::Malformed), "{bad:.40}");
    }
}
