//! Large fields on EVE's wire: members that travel as files beside the datagram (spec/02, Large fields).
//!
//! Works on the JSON text, so that everything else in it, numbers above all, stays as it was written. A file is
//! written by its sender and removed by its receiver; a path that a peer names is used only if it is of the
//! table's own directory.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::eve::{self, TooLong};
use crate::bus::TableName;
use crate::bus::files::Layout;
use crate::hal::{FileOp, Hal, Scope, StorageError};

/// A large field's document `{"pubsub-large-X":…}` is shorter than this, in bytes.
pub const LIMIT: usize = 1 << 20;

const LARGE: &str = "pubsub-large-";
const FILE: &str = "pubsub-file-";

/// How long EVE reckons a path: the directory of large fields and 70 characters.
const USUAL_PATH: usize = "/persist/pubsub-large".len() + 70;

/// How deep objects may stand in one another; the codec allows no more either.
const DEPTH: usize = 64;

/// Why a large field does not travel.
#[derive(Clone, Debug, PartialEq)]
pub enum LargeError {
    /// The text around it is no JSON, or nested too deep.
    Malformed,
    /// A field's document has so many bytes.
    TooLarge {
        /// The member's name.
        member: String,
        /// The length.
        bytes: usize,
    },
    /// The message would still be too long.
    TooLong(TooLong),
    /// The path is not one of the table's large fields.
    BadPath(String),
    /// The file does not hold the member, and it alone.
    OtherContent(PathBuf),
    /// The file could not be written or read.
    Storage(StorageError),
}

impl fmt::Display for LargeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LargeError::Malformed => f.write_str("the value is not JSON, or nested too deep"),
            LargeError::TooLarge { member, bytes } => {
                write!(f, "the field {member} has {bytes} bytes, and must have fewer than {LIMIT}")
            }
            LargeError::TooLong(why) => why.fmt(f),
            LargeError::BadPath(path) => write!(f, "{path:?} is no file of a large field of this table"),
            LargeError::OtherContent(path) => write!(f, "{} does not hold its field", path.display()),
            LargeError::Storage(why) => why.fmt(f),
        }
    }
}

impl std::error::Error for LargeError {}

/// Whether a value has large fields.
pub fn has_fields(json: &[u8]) -> bool {
    contains(json, b"\"pubsub-large-")
}

/// Whether a value names files of large fields.
pub fn has_files(json: &[u8]) -> bool {
    contains(json, b"\"pubsub-file-")
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

/// Whether a value can be told to EVE's agents: its message and each of its large fields are short enough.
/// For publishers that want to report it on the object before they publish.
pub fn check(topic: &str, key: &str, json: &[u8]) -> Result<(), LargeError> {
    if !has_fields(json) {
        return eve::check_size(topic, key, json.len()).map_err(LargeError::TooLong);
    }
    let path = "x".repeat(USUAL_PATH);
    let json = take_out(json, &mut |_, _| Ok(path.clone()))?;
    eve::check_size(topic, key, json.len()).map_err(LargeError::TooLong)
}

/// Where a table's large fields are.
pub fn dir(layout: &Layout, table: &TableName) -> PathBuf {
    let mut dir = layout.persist.join("pubsub-large").join(table.agent.0);
    if !table.scope.is_empty() {
        dir.push(table.scope);
    }
    dir.push(table.topic);
    dir
}

/// A value whose large fields are in files.
#[derive(Debug)]
pub struct InFiles {
    /// The value with the files' names.
    pub json: Vec<u8>,
    /// The files, to be removed if the message is not sent.
    pub files: Vec<PathBuf>,
}

/// Writes the large fields of a value to files; runs in a job.
pub fn to_files(hal: &Hal, scope: &Scope, dir: &Path, json: &[u8]) -> Result<InFiles, LargeError> {
    let mut files = Vec::new();
    let written = take_out(json, &mut |field, document| {
        let mut random = [0; 8];
        // Without randomness the name is not new, and writing it fails or takes the place of a file of ours.
        let _ = hal.random.fill(&mut random);
        let path = dir.join(format!("{FILE}{field}{}", u64::from_ne_bytes(random)));
        let op = FileOp::Replace { path: path.clone(), data: document, backup: false };
        let written = hal.storage.apply(scope, &[op]).pop().unwrap_or(Err(StorageError::Cancelled));
        written.map_err(LargeError::Storage)?;
        files.push(path.clone());
        Ok(path.to_string_lossy().into_owned())
    });
    match written {
        Ok(json) => Ok(InFiles { json, files }),
        Err(why) => {
            remove(hal, scope, files);
            Err(why)
        }
    }
}

/// Removes files that nobody will read; runs in a job. One that cannot be removed goes at the next boot.
pub fn remove(hal: &Hal, scope: &Scope, files: Vec<PathBuf>) {
    let ops: Vec<FileOp> = files.into_iter().map(|path| FileOp::Remove { path }).collect();
    hal.storage.apply(scope, &ops);
}

/// Puts the large fields of a value back from their files, and removes these; runs in a job.
pub fn from_files(hal: &Hal, scope: &Scope, dir: &Path, json: &[u8]) -> Result<Vec<u8>, LargeError> {
    let mut files = Vec::new();
    let result = rewrite(json, &mut |name, value, out| {
        let Some(field) = name.strip_prefix(FILE) else { return Ok(false) };
        let path = own_path(dir, value)?;
        files.push(path.clone());
        let document = hal.storage.read(scope, &path, LIMIT).map_err(LargeError::Storage)?;
        let large = only_member(&document, &format!("{LARGE}{field}"));
        let large = large.ok_or(LargeError::OtherContent(path))?;
        member(out, &format!("{LARGE}{field}"), large.get().as_bytes());
        Ok(true)
    });
    remove(hal, scope, files);
    result
}

/// The path in a member's value, a JSON text in a JSON text, if it is of the table's directory.
fn own_path(dir: &Path, value: &RawValue) -> Result<PathBuf, LargeError> {
    let bad = || LargeError::BadPath(value.get().chars().take(256).collect());
    let inner: String = serde_json::from_str(value.get()).map_err(|_| bad())?;
    let path: String = serde_json::from_str(&inner).map_err(|_| bad())?;
    let name = Path::new(&path).strip_prefix(dir).ok().and_then(Path::to_str).ok_or_else(bad)?;
    if name.contains(['/', '\0']) || !name.starts_with(FILE) {
        return Err(bad());
    }
    Ok(dir.join(name))
}

/// The value of a document's one member.
fn only_member<'d>(document: &'d [u8], name: &str) -> Option<&'d RawValue> {
    let Members(members) = serde_json::from_slice(document).ok()?;
    match &members[..] {
        [(only, value)] if *only == *name => Some(value),
        _ => None,
    }
}

/// Takes a field and its document, and gives what to name in the field's place.
type Store<'s> = &'s mut dyn FnMut(&str, Vec<u8>) -> Result<String, LargeError>;

/// Calls `store` with the name (less its prefix) and the document of each large field, and names what it
/// returns in the field's place.
fn take_out(json: &[u8], store: Store<'_>) -> Result<Vec<u8>, LargeError> {
    rewrite(json, &mut |name, value, out| {
        let Some(field) = name.strip_prefix(LARGE) else { return Ok(false) };
        let mut document = vec![b'{'];
        member(&mut document, name, value.get().as_bytes());
        document.push(b'}');
        if document.len() >= LIMIT {
            return Err(LargeError::TooLarge { member: name.to_owned(), bytes: document.len() });
        }
        // The field's name becomes part of a path.
        if field.contains(['/', '\0']) {
            return Err(LargeError::BadPath(field.to_owned()));
        }
        let path = store(field, document)?;
        let text = serde_json::Value::from(serde_json::Value::from(path).to_string()).to_string();
        member(out, &format!("{FILE}{field}"), text.as_bytes());
        Ok(true)
    })
}

fn member(out: &mut Vec<u8>, name: &str, value: &[u8]) {
    out.extend_from_slice(serde_json::Value::from(name).to_string().as_bytes());
    out.push(b':');
    out.extend_from_slice(value);
}

/// Sees each member; writes something else in its place and says so, or leaves it.
type Visit<'v> = &'v mut dyn FnMut(&str, &RawValue, &mut Vec<u8>) -> Result<bool, LargeError>;

/// Copies a JSON text with other members in place of some. Objects in arrays are seen, arrays in arrays not.
fn rewrite(json: &[u8], visit: Visit<'_>) -> Result<Vec<u8>, LargeError> {
    let mut out = Vec::with_capacity(json.len());
    let value = serde_json::from_slice(json).map_err(|_| LargeError::Malformed)?;
    copy(value, visit, &mut out, 0)?;
    Ok(out)
}

fn copy(value: &RawValue, visit: Visit<'_>, out: &mut Vec<u8>, depth: usize) -> Result<(), LargeError> {
    let text = value.get();
    if depth > DEPTH {
        return Err(LargeError::Malformed);
    }
    if text.starts_with('{') {
        let Members(members) = serde_json::from_str(text).map_err(|_| LargeError::Malformed)?;
        out.push(b'{');
        for (index, (name, value)) in members.into_iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            if !visit(&name, value, out)? {
                member(out, &name, b"");
                copy(value, visit, out, depth + 1)?;
            }
        }
        out.push(b'}');
    } else if text.starts_with('[') {
        let items: Vec<&RawValue> = serde_json::from_str(text).map_err(|_| LargeError::Malformed)?;
        out.push(b'[');
        for (index, item) in items.into_iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            if item.get().starts_with('[') {
                out.extend_from_slice(item.get().as_bytes());
            } else {
                copy(item, visit, out, depth + 1)?;
            }
        }
        out.push(b']');
    } else {
        out.extend_from_slice(text.as_bytes());
    }
    Ok(())
}

/// The members of an object, in their order.
struct Members<'m>(Vec<(String, &'m RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Members<'de>, M::Error> {
        let mut members = Vec::new();
        while let Some(entry) = map.next_entry()? {
            members.push(entry);
        }
        Ok(Members(members))
    }
}
