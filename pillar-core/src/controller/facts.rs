//! What a device knows from its installation about itself and its controller, read once by a job.

use super::exchange::Peer;
use super::places::Places;
use super::urls::Server;
use super::ways;
use crate::hal::{Hal, Role, Scope, StorageError};
use crate::hardware_model;
use crate::settings::{Settings, keys};
use pillar_types::Uuid;
use pillar_types::device_network::DeviceNetworkStatus;

/// The longest file of the config partition that is read.
const MAX_FILE: usize = 64 << 10;

/// What the installation says.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    /// The controller.
    pub server: Server,
    /// The root that its certificates lead to, PEM.
    pub root: String,
    /// The hardware's serial number; empty if it has none.
    pub serial: String,
    /// The serial number that the installer gave; empty if it gave none.
    pub soft_serial: String,
    /// Whether the device can register.
    pub can_register: bool,
}

/// Why the device cannot speak with a controller yet.
#[derive(Clone, Debug, PartialEq)]
pub enum NoFacts {
    /// A file of the config partition is missing or cannot be read.
    Storage(StorageError),
    /// `/config/server` names no server.
    Server,
    /// The root certificate is not text.
    Root,
}

impl Facts {
    /// Reads them.
    pub fn read(
        hal: &Hal,
        scope: &Scope,
        places: &Places,
        hardware: &hardware_model::Paths,
    ) -> Result<Self, NoFacts> {
        let read =
            |name: &str| hal.storage.read(scope, &places.config(name), MAX_FILE).map_err(NoFacts::Storage);
        let server = String::from_utf8(read("server")?).map_err(|_| NoFacts::Server)?;
        let root = String::from_utf8(read("root-certificate.pem")?).map_err(|_| NoFacts::Root)?;
        Ok(Facts {
            server: Server::parse(&server).ok_or(NoFacts::Server)?,
            root,
            serial: hardware_model::serial(hal, scope, hardware),
            soft_serial: hardware_model::soft_serial(hal, scope, hardware),
            can_register: hal.keys.certificate(scope, Role::Onboarding).is_ok(),
        })
    }

    /// The controller as it is reached now. `iteration` spreads requests over ports of one cost.
    pub fn peer(
        &self,
        device: Option<Uuid>,
        network: &DeviceNetworkStatus,
        settings: &Settings,
        iteration: usize,
    ) -> Peer {
        Peer {
            server: self.server.clone(),
            device: device.filter(|uuid| !uuid.is_nil()),
            serials: (self.serial.clone(), self.soft_serial.clone()),
            ways: ways::ways(network, iteration),
            trust: ways::trust(network, &self.root),
            send_time: settings.get(keys::TIMER_SEND_TIMEOUT),
            dial_time: settings.get(keys::TIMER_DIAL_TIMEOUT),
        }
    }
}

impl std::fmt::Display for NoFacts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            NoFacts::Storage(why) => why.fmt(f),
            NoFacts::Server => f.write_str("the server file names no server"),
            NoFacts::Root => f.write_str("the root certificate is not PEM"),
        }
    }
}

impl std::error::Error for NoFacts {}
