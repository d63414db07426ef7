//! A board of a given model with a tree like sysfs, and ledmanager on it.

use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use pillar_core::agents::ledmanager::LedManager;
use pillar_core::agents::{NIM, ZEDAGENT};
use pillar_core::hal::{Hal, Quick};
use pillar_core::hardware_model::Paths;
use pillar_core::node::{GLOBAL, NodeConfig, TestNode};
use pillar_hal::linux::{LinuxFs, LinuxLeds, LinuxStorage};
use pillar_types::config_item::ConfigItemValueMap;
use pillar_types::device_network::{AddrInfo, DeviceNetworkStatus, NetworkPortStatus};
use pillar_types::led::LedBlinkCounter;

/// A root directory that goes with its test.
pub struct Root(PathBuf);

impl Root {
    /// The root of a device that says it is of this model, with these files below /sys.
    pub fn new(model: &str, sysfs: &[(&str, &str)]) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("pillar-led-{}-{number}", std::process::id());
        // In memory, as sysfs is: a disk's file system takes its time for a file that is written anew.
        let memory = Path::new("/dev/shm");
        let root = Root(if memory.is_dir() { memory.join(name) } else { std::env::temp_dir().join(name) });
        root.put("persist/status/hardwaremodel", model);
        for (path, content) in sysfs {
            root.put(&format!("sys/{path}"), content);
        }
        root
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn put(&self, path: &str, content: &str) {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().expect("below the root")).expect("a directory of our own");
        fs::write(path, content).expect("a file of our own");
    }

    /// An attribute below /sys.
    pub fn get(&self, path: &str) -> String {
        fs::read_to_string(self.0.join("sys").join(path)).expect("it was put")
    }
}

impl Drop for Root {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The attributes of a LED of the class.
pub fn class(name: &str) -> [(String, &'static str); 3] {
    let led = format!("class/leds/{name}");
    [
        (format!("{led}/trigger"), "[mmc0] none"),
        (format!("{led}/max_brightness"), "255"),
        (format!("{led}/brightness"), "0"),
    ]
}

/// ledmanager on a board.
pub struct Board {
    pub root: Root,
    pub test: TestNode<LedManager>,
}

impl Board {
    /// A board with LEDs of the class, with settings, and with an address.
    pub fn with(model: &str, leds: &[&str]) -> Self {
        let mut board = Board::bare(model, leds);
        board.network(reached());
        board.settings();
        board
    }

    /// One that was just switched on.
    pub fn bare(model: &str, leds: &[&str]) -> Self {
        let attributes: Vec<_> = leds.iter().flat_map(|name| class(name)).collect();
        let sysfs: Vec<_> = attributes.iter().map(|(path, content)| (path.as_str(), *content)).collect();
        Board::on(Root::new(model, &sysfs))
    }

    pub fn on(root: Root) -> Self {
        let leds = Arc::new(LinuxLeds::new(root.path().join("sys")));
        let storage = Arc::new(LinuxStorage::new(LinuxFs));
        let hal = Hal { storage, ..Hal::default() };
        let config = NodeConfig { quick: Quick { leds, ..Quick::default() }, ..NodeConfig::default() };
        let paths = Paths::below(root.path());
        let test = TestNode::start_on(hal, config, move || LedManager::new(paths.clone()));
        Board { root, test }
    }

    pub fn settings(&mut self) {
        let settings = ConfigItemValueMap::default();
        self.test.put(ZEDAGENT, ConfigItemValueMap::KEY, settings).expect("a good key");
    }

    pub fn network(&mut self, network: DeviceNetworkStatus) {
        self.test.put(NIM, DeviceNetworkStatus::KEY, network).expect("a good key");
    }

    pub fn counter(&mut self, blink_counter: u8) {
        let counter = LedBlinkCounter { blink_counter };
        self.test.put(GLOBAL, LedBlinkCounter::KEY, counter).expect("a good key");
    }

    pub fn brightness(&self, led: &str) -> String {
        self.root.get(&format!("class/leds/{led}/brightness"))
    }

    /// What `attribute` is, one value after the other, and for how many ms, over the next `time`.
    pub fn watch(&mut self, attribute: &str, time: Duration) -> Vec<(String, u64)> {
        let end = self.test.now().mono + time;
        let mut seen: Vec<(String, u64)> = Vec::new();
        loop {
            let now = self.test.now().mono;
            let next = self.test.node.next().unwrap_or(end).min(end);
            let value = self.root.get(attribute);
            let lasts = next.since(now).as_millis() as u64;
            match seen.last_mut() {
                Some((before, time)) if *before == value => *time += lasts,
                _ => seen.push((value, lasts)),
            }
            self.test.pass(next.since(now));
            if next == end {
                return seen;
            }
        }
    }
}

/// A management port with an address.
pub fn reached() -> DeviceNetworkStatus {
    let addr = "192.0.2.7".parse::<IpAddr>().expect("an address").into();
    let info = AddrInfo { addr, ..AddrInfo::default() };
    let port = NetworkPortStatus { is_mgmt: true, addr_info_list: vec![info].into(), ..Default::default() };
    DeviceNetworkStatus { version: 1, ports: vec![port].into(), ..DeviceNetworkStatus::default() }
}

/// A management port without one.
pub fn unreached() -> DeviceNetworkStatus {
    let port = NetworkPortStatus { is_mgmt: true, ..Default::default() };
    DeviceNetworkStatus { version: 1, ports: vec![port].into(), ..DeviceNetworkStatus::default() }
}
