//! What the words cost in time and memory: a large DeviceNetworkStatus, the largest captured configuration, all
//! settings. Prints `name value unit` lines.

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use pillar_core::settings::Settings;
use pillar_core::settings::parse::{Device, Source, parse};
use pillar_proto::MAX_SIGNED_BYTES;
use pillar_proto::config::EdgeDevConfig;
use pillar_types::codec::{Limits, binary, json};
use pillar_types::device_network::DeviceNetworkStatus;
use prost::Message;

/// Counts bytes in use, and the most there were.
struct Counting;

static USED: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call is passed on to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let used = USED.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        MOST.fetch_max(used, Ordering::Relaxed);
        // SAFETY: the caller's promises are those of the system's allocator.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        USED.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The best of so many rounds counts: the others were disturbed.
const ROUNDS: u32 = 300;

fn best(mut work: impl FnMut()) -> Duration {
    let time = |_| {
        let start = Instant::now();
        work();
        start.elapsed()
    };
    (0..ROUNDS).map(time).min().unwrap_or_default()
}

/// The most memory that `work` used at one time, as a multiple of its input.
fn memory<T>(input: &[u8], work: impl FnOnce() -> T) -> f64 {
    let before = USED.load(Ordering::Relaxed);
    MOST.store(before, Ordering::Relaxed);
    drop(black_box(work()));
    (MOST.load(Ordering::Relaxed) - before) as f64 / input.len() as f64
}

fn fixture(name: &str) -> Vec<u8> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/golden").join(name);
    std::fs::read(file).expect("the fixture is there")
}

fn micros(time: Duration) -> f64 {
    time.as_nanos() as f64 / 1000.0
}

fn object() {
    let text = fixture("types/DeviceNetworkStatus.full.json");
    let decode =
        || json::decode_new::<DeviceNetworkStatus>(black_box(&text), &Limits::JSON).expect("Go wrote it");
    let value = decode();
    let both = best(|| drop(black_box(json::encode(&decode()))));
    let bytes = binary::encode(&value);
    let postcard =
        || binary::decode_new::<DeviceNetworkStatus>(black_box(&bytes), &Limits::BINARY).expect("ours");
    println!("types_network_status_size {} bytes", text.len());
    println!("types_network_status_json {} us", micros(both));
    println!(
        "types_network_status_postcard {} us",
        micros(best(|| drop(black_box(binary::encode(&postcard())))))
    );
    println!("types_json_decode_memory {:.1} times", memory(&text, decode));
    println!("types_postcard_decode_memory {:.1} times", memory(&bytes, postcard));
}

fn configuration() {
    let bytes = fixture("eve-api/config.EdgeDevConfig.pb");
    let ours = || {
        pillar_proto::decode::<EdgeDevConfig>(black_box(&bytes), MAX_SIGNED_BYTES).expect("a configuration")
    };
    let bare = || EdgeDevConfig::decode(black_box(&bytes[..])).expect("a configuration");
    let (mut checked, mut prost) = (Duration::MAX, Duration::MAX);
    // By turns, so that a disturbance meets both.
    for _ in 0..10 {
        checked = checked.min(best(|| drop(black_box(ours()))));
        prost = prost.min(best(|| drop(black_box(bare()))));
    }
    println!("proto_config_size {} bytes", bytes.len());
    println!("proto_config_decode {} us", micros(checked));
    println!("proto_config_decode_ratio {:.2} times", checked.as_secs_f64() / prost.as_secs_f64());
    println!("proto_config_decode_memory {:.1} times", memory(&bytes, ours));
}

fn settings() {
    let map = Settings::default().to_map();
    let wanted: Vec<(String, String)> = Settings::default().texts().collect();
    let read = || Settings::from_map(black_box(&map));
    let parsed = || {
        let wanted = wanted.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        parse(black_box(wanted), None, Source::Controller, Device::default())
    };
    println!("settings_from_map {} us", micros(best(|| drop(black_box(read())))));
    println!("settings_parse {} us", micros(best(|| drop(black_box(parsed())))));
}

fn main() {
    object();
    configuration();
    settings();
}
