//! A device on loopback with the real HTTP, keys and cryptography, below a folder of its own.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use pillar_core::controller::answer::{self, FetchedCerts};
use pillar_core::controller::certs::Signer;
use pillar_core::controller::exchange::{Peer, Question, exchange};
use pillar_core::controller::facts::Facts;
use pillar_core::controller::places::Places;
use pillar_core::controller::urls::Endpoint;
use pillar_core::hal::{Answer, Hal, Method, Request, Scope};
use pillar_core::hardware_model;
use pillar_core::settings::Settings;
use pillar_hal::linux::{
    LinuxClock, LinuxFs, LinuxHttp, LinuxKeys, LinuxRandom, LinuxStorage, P256, RingCrypto,
};
use pillar_types::Uuid;
use pillar_types::device_network::{AddrInfo, DeviceNetworkStatus, NetworkPortStatus};
use pillar_types::port::DpcState;

use super::Controller;
use crate::device::Device as Folder;

/// The longest answer.
const LIMIT: usize = 1 << 20;

pub struct Device {
    pub folder: Folder,
    pub hal: Hal,
}

impl Device {
    /// A device installed with what the controller made for it.
    pub fn installed(controller: &Controller, made: &Path) -> Self {
        let folder = Folder::new();
        fs::create_dir_all(folder.path("config")).unwrap();
        for file in fs::read_dir(made.join("config")).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), folder.path("config").join(file.file_name())).unwrap();
        }
        // The test's server has a port that nobody could know before.
        let port = controller.address().rsplit(':').next().unwrap();
        folder.put("config/server", &format!("localhost:{port}\n"));
        let storage = Arc::new(LinuxStorage::new(LinuxFs));
        let (clock, random) = (Arc::new(LinuxClock), Arc::new(LinuxRandom));
        let keys =
            LinuxKeys::new(P256, folder.path("config"), storage.clone(), clock.clone(), random.clone());
        let hal = Hal {
            storage,
            clock,
            random,
            http: Arc::new(LinuxHttp::default()),
            keys: Arc::new(keys),
            crypto: Arc::new(RingCrypto),
            ..Hal::default()
        };
        hal.keys.create_device_certificate(&Scope::unbounded()).unwrap();
        Device { folder, hal }
    }

    pub fn places(&self) -> Places {
        Places::below(Path::new(self.folder.root()))
    }

    pub fn hardware(&self) -> hardware_model::Paths {
        hardware_model::Paths::below(Path::new(self.folder.root()))
    }

    fn facts(&self) -> Facts {
        Facts::read(&self.hal, &Scope::unbounded(), &self.places(), &self.hardware()).unwrap()
    }

    fn peer(&self, device: Option<Uuid>) -> Peer {
        self.facts().peer(device, &network(), &Settings::default(), 0)
    }

    /// Who signs the controller's answers.
    pub fn signers(&self) -> Vec<Signer> {
        let FetchedCerts { set, .. } =
            answer::fetch_certs(&self.hal, &Scope::unbounded(), &self.peer(None), &self.facts().root);
        vec![set.unwrap().signer]
    }

    /// Says something to the controller: status and answer.
    pub fn ask(&self, device: Option<Uuid>, endpoint: Endpoint, message: Vec<u8>) -> (u16, Vec<u8>) {
        let question = Question { answer_limit: LIMIT, ..Question::post(endpoint, message) };
        let exchange = exchange(&self.hal, &Scope::unbounded(), &self.peer(device), &question);
        let answer = exchange.answer.unwrap_or_else(|| panic!("no answer: {:?}", exchange.attempts));
        if answer.body.is_empty() {
            return (answer.status, Vec::new());
        }
        let opened = answer::open(&self.hal, &self.signers(), &answer, LIMIT).unwrap();
        (answer.status, opened)
    }

    /// Sends any body anywhere.
    pub fn send(&self, method: Method, url: &str, body: Vec<u8>) -> Answer {
        let peer = self.peer(None);
        let request = Request {
            method,
            via: peer.ways[0].via(url),
            url: url.to_owned(),
            headers: Vec::new(),
            body,
            trust: peer.trust,
            time: Duration::from_secs(20),
            connect_time: Duration::from_secs(5),
            body_limit: LIMIT,
        };
        self.hal.http.send(&Scope::unbounded(), &request).unwrap()
    }
}

/// What nim would say of loopback.
pub fn network() -> DeviceNetworkStatus {
    let address = AddrInfo { addr: [127, 0, 0, 1].into(), ..AddrInfo::default() };
    let port = NetworkPortStatus {
        if_name: "lo".into(),
        logicallabel: "lo".into(),
        is_mgmt: true,
        is_l3_port: true,
        up: true,
        addr_info_list: vec![address].into(),
        default_routers: vec![[127, 0, 0, 1].into()].into(),
        dns_servers: vec![[127, 0, 0, 1].into()].into(),
        ..NetworkPortStatus::default()
    };
    DeviceNetworkStatus {
        state: DpcState::Success,
        ports: vec![port].into(),
        ..DeviceNetworkStatus::default()
    }
}
