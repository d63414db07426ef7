//! The files of tables as anyone may have left them: torn, stray, huge in number, with names of any kind.
//!
//! An input is a list of files, each a path, a line end, the content, and a byte 0xff. Nothing may panic; what comes
//! back is what EVE's rules of loading say (spec/02, Activation, load and recovery); and what an agent was given and
//! left alone comes back the same at the next start.

#![no_main]

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex};

use libfuzzer_sys::fuzz_target;
use pillar_core::bus::files::{self, Layout, Loaded};
use pillar_core::hal::{Hal, Scope, Unsupported};
use pillar_core::node::{Agent, AgentName, Context, Node, NodeConfig, Place};
use pillar_core::time::{Mono, Now, Wall};
use pillar_hal::files::Files;
use pillar_hal::sim::disk::{Disk, SimFs};
use pillar_hal::sim::gate::Open;
use pillar_types::object;
use pillar_types::{List, codec::json};

object! {
    /// A topic that outlives a reboot.
    pub struct Kept topic "Kept" persistent {
        /// A number.
        pub number: u64 = "Number",
        /// Texts.
        pub texts: List<String> = "Texts",
    }
}

object! {
    /// A topic that does not.
    pub struct Item topic "Item" {
        /// A text.
        pub text: String = "Text",
    }
}

/// Files of one input at most.
const MAX_FILES: usize = 64;

/// Starts and ends a device with what is on its disk.
const MAX_EVENTS: u32 = 10_000;

struct Clerk;

impl Agent for Clerk {
    const NAME: AgentName = AgentName("clerk");

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.declare::<Kept>();
        cx.declare::<Item>();
        cx.declare_at::<Kept>(Place::Scope("scope"), true).expect("a table of its own");
        cx.declare_at::<Item>(Place::Global, false).expect("it does not outlive a reboot");
    }
}

fuzz_target!(|input: &[u8]| {
    let mut disk = Disk::new(1 << 24);
    disk.mount(Path::new("/run"), true, 1 << 24).expect("an empty disk takes any mount");
    for file in input.split(|byte| *byte == 0xff).take(MAX_FILES) {
        let end = file.iter().position(|byte| *byte == b'\n').unwrap_or(file.len());
        let Some(path) = std::str::from_utf8(&file[..end]).ok().and_then(place) else { continue };
        // A name may be taken by a directory, or be longer than a disk takes.
        let _ = disk.put(&path, file.get(end + 1..).unwrap_or_default());
    }
    let disk = Arc::new(Mutex::new(disk));
    let hal = Hal {
        storage: Arc::new(Files::new(SimFs::new(disk.clone(), Arc::new(Open), Arc::new(Unsupported)))),
        ..Hal::default()
    };

    let loaded = load(&hal);
    follows_the_rules(&loaded, &disk.lock().expect("nobody panics with it"));
    let first = run(loaded, &hal);
    let second = run(load(&hal), &hal);
    assert_eq!(first, second, "what was left alone comes back");
});

/// Where a file is: below one of the two roots, whatever it is called.
fn place(path: &str) -> Option<PathBuf> {
    let (root, rest) = path.split_at_checked(1)?;
    let root = if root == "p" { "/persist/status" } else { "/run" };
    let path = Path::new(root).join(rest.trim_start_matches('/'));
    let normal = path.components().skip(1).all(|part| matches!(part, Component::Normal(_)));
    (normal && path.starts_with(root) && path != Path::new(root)).then_some(path)
}

fn load(hal: &Hal) -> Loaded {
    let scope = Scope::unbounded();
    files::read(&*hal.storage, &scope, &Layout::default(), &[Clerk::NAME])
        .expect("every directory can be read")
}

/// A value is that of its file or, if that is empty, missing or no JSON, that of its backup if it is persistent.
fn follows_the_rules(loaded: &Loaded, disk: &Disk) {
    for ((persistent, agent, scope, topic), table) in loaded.tables() {
        let root = if *persistent { "/persist/status" } else { "/run" };
        let dir = [agent, scope, topic]
            .iter()
            .filter(|part| !part.is_empty())
            .fold(PathBuf::from(root), |dir, part| dir.join(part));
        for (key, value) in &table.values {
            let file = disk.get(&dir.join(format!("{key}.json"))).filter(|file| is_json(file));
            let backup =
                disk.get(&dir.join(format!("{key}.json.bak"))).filter(|file| *persistent && is_json(file));
            assert_eq!(file.or(backup), Some(&*value.bytes), "{key} in {}", dir.display());
            assert_eq!(value.restored, file.is_none());
        }
    }
}

fn is_json(file: &[u8]) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(file).is_ok()
}

/// Runs a device until all is stored. Gives its tables as JSON, and their restart counts.
fn run(loaded: Loaded, hal: &Hal) -> BTreeMap<String, (u32, BTreeMap<String, String>)> {
    let mut node = Node::new(NodeConfig { files: Some(Layout::default()), ..NodeConfig::default() });
    node.preload(loaded);
    node.add(|| Clerk);
    loop {
        let next = node.poll(Now { mono: Mono(1), wall: Wall(1) }, MAX_EVENTS);
        assert!(!next.busy, "it does not come to rest");
        if next.jobs.is_empty() {
            break;
        }
        for job in next.jobs {
            let id = job.id();
            let out = job.run(hal);
            node.job_done(id, out);
        }
    }
    let value = |value: &pillar_core::bus::AnyValue| {
        String::from_utf8_lossy(&json::encode(value.data())).into_owned()
    };
    let tables = node.bus().tables().map(|(_, table)| {
        let values = table.iter().map(|(key, any)| (key.to_string(), value(any))).collect();
        (table.name.to_string(), (table.restarted, values))
    });
    tables.collect()
}
