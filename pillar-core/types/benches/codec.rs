//! How long the largest golden object takes in both forms. Prints `name value unit` lines.

use std::hint::black_box;
use std::time::{Duration, Instant};
use std::{fs, path};

use pillar_types::codec::{Limits, binary, json};
use pillar_types::port::DevicePortConfigList;

/// The best of so many rounds counts: the others were disturbed.
const ROUNDS: u32 = 200;

fn best(mut work: impl FnMut()) -> Duration {
    let time = |_| {
        let start = Instant::now();
        work();
        start.elapsed()
    };
    (0..ROUNDS).map(time).min().unwrap_or_default()
}

fn main() {
    let folder = path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/golden/types");
    let text = fs::read(folder.join("DevicePortConfigList.full.json")).expect("the fixture is there");
    let value: DevicePortConfigList = json::decode_new(&text, &Limits::JSON).expect("Go wrote it");
    let bytes = binary::encode(&value);
    let sorted: serde_json::Value = serde_json::from_slice(&text).expect("Go wrote it");
    let sorted = sorted.to_string(); // as EVE's sockets carry it: names in alphabetical order

    let decode = |text: &[u8]| json::decode_new::<DevicePortConfigList>(text, &Limits::JSON);
    let figures = [
        ("types_json_decode", best(|| drop(black_box(decode(black_box(&text)))))),
        ("types_json_decode_sorted", best(|| drop(black_box(decode(black_box(sorted.as_bytes())))))),
        ("types_json_encode", best(|| drop(black_box(json::encode(black_box(&value)))))),
        (
            "types_postcard_decode",
            best(|| {
                let again = binary::decode_new::<DevicePortConfigList>(black_box(&bytes), &Limits::BINARY);
                drop(black_box(again));
            }),
        ),
        ("types_postcard_encode", best(|| drop(black_box(binary::encode(black_box(&value)))))),
        ("types_clone", best(|| drop(black_box(value.clone())))),
        ("types_equal", best(|| _ = black_box(black_box(&value) == &value))),
    ];
    println!("types_json_size {} bytes", text.len());
    println!("types_postcard_size {} bytes", bytes.len());
    for (name, time) in figures {
        println!("{name} {} us", time.as_nanos() as f64 / 1000.0);
    }
}
