#!/usr/bin/env python3
"""Write a crate with made-up bus objects, for ci/object_size.sh.

usage: ci/object_size.py PROJECT FOLDER TYPES

The objects have 1 to 19 fields, 10 on average, of the kinds that EVE's have, in about EVE's proportions.
"""
import pathlib
import random
import sys

PROJECT, FOLDER, TYPES = sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3])

# Kind of field and how often it occurs among a hundred. {n} is a type declared before, {c} an enum.
KINDS = [
    ("String", 30), ("bool", 15), ("u64", 7), ("u32", 6), ("i64", 4), ("u8", 2), ("u16", 2), ("f64", 1),
    ("Time", 6), ("Uuid", 5), ("{c}", 6), ("IpAddr", 2), ("Bytes", 2), ("Duration", 1),
    ("List<String>", 3), ("List<Uuid>", 1), ("List<{n}>", 3), ("{n}", 3), ("Option<Box<{n}>>", 1),
    ("Map<String, {n}>", 0.5), ("Map<String, u64>", 0.5),
]

MAIN = """
use pillar_types::codec::{Limits, binary, json};
use pillar_types::object::Object;
use pillar_types::{Data, walk};
use std::io::Read;

struct Entry {
    make: fn() -> Box<dyn Data>,
    #[cfg(feature = "everything")]
    traits: fn(&[u8]) -> String,
}

const fn entry<T: Object + Clone + PartialEq + std::fmt::Debug>() -> Entry {
    Entry {
        make: || Box::<T>::default(),
        #[cfg(feature = "everything")]
        traits: |text| {
            let value = json::decode_new::<T>(text, &Limits::JSON).unwrap_or_default();
            let copy = value.clone();
            format!("{copy:?} {}", copy == value)
        },
    }
}

fn main() {
    let index: usize = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(0);
    let mut text = Vec::new();
    std::io::stdin().read_to_end(&mut text).expect("input");
    let entry = &TYPES[index % TYPES.len()];
    let mut value = (entry.make)();
    if let Err(error) = json::decode(&mut *value, &text, &Limits::JSON) {
        eprintln!("{error}");
    }
    let mut again = (entry.make)();
    if let Err(error) = binary::decode(&mut *again, &binary::encode(&*value), &Limits::BINARY) {
        eprintln!("{error}");
    }
    println!("{} {}", String::from_utf8_lossy(&json::encode(&*again)), walk::equal(&*value, &*again));
    #[cfg(feature = "everything")]
    println!("{}", (entry.traits)(&text));
}
"""

MANIFEST = f"""
[package]
name = "object_size"
version = "0.0.0"
edition = "2024"

[features]
codecs = []
everything = []

[dependencies]
pillar-types = {{ path = "{PROJECT}/pillar-core/types" }}

[profile.release]
opt-level = "s"
lto = "fat"
codegen-units = 1
strip = "symbols"
panic = "unwind"

[workspace]
"""


def declarations(rng):
    enums = ["pillar_types::state::SwState"]
    kinds, weights = zip(*KINDS)
    for number in range(TYPES):
        if number % 4 == 1:
            enums.append(f"Code{number}")
            variants = "".join(f"V{number}x{value} = {value}," for value in range(rng.randint(3, 10)))
            yield f"codes! {{ pub enum Code{number}: u8 {{ {variants} }} }}"
        fields = []
        for field in range(rng.randint(1, 19)):
            kind = rng.choices(kinds, weights)[0].replace("{c}", rng.choice(enums))
            nested = f"Object{rng.randrange(number)}" if number else "String"
            flags = rng.choice(["", "", "", " [omitempty]"])
            fields.append(f'pub field{field}: {kind.replace("{n}", nested)} = "FieldName{number}Of{field}"{flags},')
        if number % 4 == 0:
            fields.append("pub error: pillar_types::errors::ErrorAndTime = embed,")
        keep = rng.choice(["", "", "keep"])
        yield f"object! {{ pub struct Object{number} {keep} {{ {' '.join(fields)} }} }}"


FOLDER.joinpath("Cargo.toml").write_text(MANIFEST)
FOLDER.joinpath("src").mkdir(exist_ok=True)
entries = ", ".join(f"entry::<Object{number}>()" for number in range(TYPES))
FOLDER.joinpath("src/main.rs").write_text("\n".join([
    "#![allow(unused_imports)]",
    "use pillar_types::{Bytes, Duration, IpAddr, List, Map, Time, Uuid, codes, object};",
    *declarations(random.Random(1)),
    f"static TYPES: &[Entry] = &[{entries}];",
    MAIN,
]))
