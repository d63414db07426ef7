//! Compares the crate's source with the table: the wire does not show every difference of types, such as
//! int64 for uint64 or the enum that a number belongs to.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use pillar_proto::table::{Field, Kind, Label, Message, Scalar, Table};

use crate::registry::{ENUMS, MESSAGES};

/// `Message` is implemented by hand; the wire tests cover it.
const BY_HAND: &str = "config::EveBinaryArtifact";

#[test]
fn attributes_say_what_the_table_says() {
    let table = Table::new();
    let declared = attributes();
    for entry in MESSAGES.iter().filter(|entry| entry.path != BY_HAND) {
        let message = &table[table.message(entry.name).expect("a message of the API")];
        let package = entry.path.split_once("::").expect("module").0;
        let mut fields = declared.get(entry.path).cloned().unwrap_or_default();
        expand_choices(&mut fields, package, &declared);
        fields.sort();
        let mut expected: Vec<_> =
            message.fields().iter().map(|field| expected(&table, message, field)).collect();
        expected.sort();
        assert_eq!(fields, expected, "{}", entry.path);
    }
}

#[test]
fn no_message_is_forgotten() {
    for path in attributes().keys() {
        let is_registered = MESSAGES.iter().any(|entry| entry.path == path);
        let is_choice = attributes().values().flatten().any(|attribute| {
            let name = path.rsplit("::").next().expect("name");
            attribute.starts_with(&format!("oneof = \"{name}\""))
        });
        assert!(is_registered || is_choice || path == "config::BinaryBlob", "{path} is not in the registry");
    }
}

/// Puts the members of each choice in its place.
fn expand_choices(fields: &mut Vec<String>, package: &str, declared: &BTreeMap<String, Vec<String>>) {
    let (choices, mut members): (Vec<_>, Vec<_>) =
        fields.drain(..).partition(|field| field.starts_with("oneof"));
    for choice in choices {
        let name = choice.split('"').nth(1).expect("name");
        let variants = &declared[&format!("{package}::{name}")];
        let numbers: Vec<_> = variants.iter().map(|variant| number(variant)).collect();
        assert_eq!(choice.split('"').nth(3), Some(numbers.join(", ").as_str()), "{package}::{name}");
        members.extend(variants.iter().cloned());
    }
    *fields = members;
}

fn number(attribute: &str) -> &str {
    attribute.rsplit("tag = \"").next().expect("tag").trim_end_matches('"')
}

/// What the attribute of a field must be.
fn expected(table: &Table, message: &Message, field: &Field) -> String {
    let kind = match &field.kind {
        Kind::Map(key, value) => {
            format!("btree_map = \"{}, {}\"", type_name(table, &Kind::Scalar(*key)), type_name(table, value))
        }
        kind => type_name(table, kind),
    };
    let is_choice = field.oneof.is_some()
        && message.fields().iter().filter(|other| other.oneof == field.oneof).count() > 1;
    let is_optional = match field.label {
        Label::Optional => true,
        // A choice of one is an optional field.
        Label::Singular => !is_choice && field.has_presence(),
        Label::Repeated => false,
    };
    let label = match field.label {
        Label::Repeated => ", repeated",
        _ if is_optional => ", optional",
        _ => "",
    };
    format!("{kind}{label}, tag = \"{}\"", field.number)
}

fn type_name(table: &Table, kind: &Kind) -> String {
    match kind {
        Kind::Scalar(scalar) => scalar_name(*scalar).to_owned(),
        Kind::Message(_) => "message".to_owned(),
        Kind::Enum(id) => {
            let entry = ENUMS.iter().find(|entry| entry.name == table[*id].name());
            let path = entry.expect("an enum of the crate").path;
            format!("enumeration = \"{}\"", path.rsplit("::").next().expect("name"))
        }
        Kind::Map(..) => unreachable!("a map is no element"),
    }
}

fn scalar_name(scalar: Scalar) -> &'static str {
    match scalar {
        Scalar::String => "string",
        Scalar::Bytes => "bytes = \"vec\"",
        Scalar::Bool => "bool",
        Scalar::Int32 => "int32",
        Scalar::Sint32 => "sint32",
        Scalar::Uint32 => "uint32",
        Scalar::Int64 => "int64",
        Scalar::Uint64 => "uint64",
        Scalar::Float => "float",
        Scalar::Double => "double",
    }
}

/// The `prost` attributes of each struct and choice of the crate, by module and name.
fn attributes() -> BTreeMap<String, Vec<String>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = BTreeMap::new();
    for path in sources(&root) {
        let relative = path.strip_prefix(&root).expect("below the root").with_extension("");
        let module = relative.iter().next().expect("name").to_str().expect("UTF-8").to_owned();
        if module != "table" && module != "lib" {
            collect(&fs::read_to_string(&path).expect("source"), &module, &mut found);
        }
    }
    found
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("folder").map(|entry| entry.expect("entry").path());
    let (folders, mut files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    files.extend(folders.iter().flat_map(|folder| sources(folder)));
    files
}

fn collect(source: &str, module: &str, found: &mut BTreeMap<String, Vec<String>>) {
    let mut derives_prost = false;
    let mut current = None;
    for line in source.lines() {
        if let Some(derived) = line.strip_prefix("#[derive(") {
            derives_prost = derived.contains("Message") || derived.contains("Oneof");
        }
        let item = line.strip_prefix("pub struct ").or_else(|| line.strip_prefix("pub enum "));
        if let Some(item) = item {
            let name = item.split([' ', '{']).next().expect("name");
            current = derives_prost.then(|| format!("{module}::{name}"));
            if let Some(path) = &current {
                found.insert(path.clone(), Vec::new());
            }
        }
        let attribute = line.trim().strip_prefix("#[prost(").and_then(|rest| rest.strip_suffix(")]"));
        if let (Some(attribute), Some(path), true) = (attribute, &current, line.starts_with(' ')) {
            found.get_mut(path).expect("inserted above").push(attribute.replace(", boxed", ""));
        }
    }
}
