//! nim: keeps the device connected. It brings up the ports of the best port configuration (DPC) with which the
//! controller can be reached, falls back to others when it cannot, comes back to better ones, and publishes how the
//! ports are (spec/03).
//!
//! Everything that takes time is a job, one round of jobs at a time: let the reconciler finish, look at the
//! network, test. What came of a round is taken further by `verification.rs`, which has the tables of states.
//!
//! Refused, with the error on the port: Wi-Fi, modems, 802.1X, VLANs, bonds, fixed addresses besides DHCP, a proxy
//! that is to be found in the network. Configurations of the local profile server are refused as a whole. Not done:
//! bridges in front of ports, tables of routes for single ports, the packet filter's rules, radio silence, network
//! dumps, geolocation, metrics.
//!
//! | State | Event | Next |
//! |---|---|---|
//! | starting | files read, and settings there or their publisher silent | running |
//! | running | a configuration comes, changes or goes | the list changes; verified from the best on, if that matters |
//! | running | something of an interface changed | looked at; verified if a port came, went or failed |

mod conn_test;
pub mod dpc;
mod events;
mod facts;
pub mod items;
mod last_resort;
pub mod list;
mod round;
mod start_up;
mod status;
mod verification;
mod verify;

use std::collections::BTreeMap;
use std::sync::Arc;

use pillar_types::adapters::AssignableAdapters;
use pillar_types::config_item::ConfigItemValueMap;
use pillar_types::device_network::DeviceNetworkStatus;
use pillar_types::port::{DevicePortConfig, DevicePortConfigList};

use self::facts::Facts;
use self::items::NetItem;
use self::list::List;
use self::round::Round;
use self::verification::Verification;
use super::{DOMAINMGR, MONITOR, NIM, ZEDAGENT};
use crate::hal::LinkNotice;
use crate::hal::source::HAL;
use crate::node::{Agent, AgentName, Context, GLOBAL, Lane};
use crate::reconcile::{Graph, OpId};
use crate::settings::Settings;

pub use self::start_up::Paths;

/// The agent.
#[derive(Default)]
pub struct Nim {
    paths: Paths,
    settings: Settings,
    /// Whether files were read, and settings are there.
    files_read: bool,
    settings_there: bool,
    expects_bootstrap: bool,
    file_names: Vec<String>,
    list: List,
    facts: Facts,
    graph: Graph<NetItem>,
    /// Why ports of the current configuration are left alone.
    refused: Vec<Option<String>>,
    /// Operations under way, by the key of their job.
    flights: BTreeMap<String, OpId>,
    round: Round,
    verification: Verification,
}

impl Agent for Nim {
    const NAME: AgentName = NIM;

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        let now = cx.now().wall.into();
        cx.declare::<DevicePortConfigList>();
        cx.declare::<DeviceNetworkStatus>();
        if let Some(stored) = cx.own::<DevicePortConfigList>(DevicePortConfigList::KEY) {
            self.list = List::ingest(&stored, now, |_| false);
        }
        let paths = self.paths.clone();
        cx.job(
            Lane::Store,
            "files",
            move |hal, scope| start_up::read(hal, scope, &paths, now),
            Self::on_files,
        );
        cx.subscribe(ZEDAGENT, Self::on_settings);
        cx.after(verification::RESCUE, verification::SLACK, Self::on_rescue);
    }
}

impl Nim {
    /// On a device whose files are at `paths`.
    pub fn new(paths: Paths) -> Self {
        Nim { paths, ..Nim::default() }
    }

    /// Both files and settings are there: takes up its inputs and begins.
    fn begin(&mut self, cx: &mut Context<'_, Self>) {
        cx.subscribe::<DevicePortConfig>(MONITOR, Self::on_dpc);
        cx.subscribe::<DevicePortConfig>(GLOBAL, Self::on_dpc);
        cx.subscribe::<DevicePortConfig>(ZEDAGENT, Self::on_dpc);
        cx.subscribe::<AssignableAdapters>(DOMAINMGR, Self::on_adapters);
        cx.subscribe::<LinkNotice>(HAL, Self::on_link);
        self.look_again(cx);
        self.first_configuration(cx);
    }

    fn is_running(&self) -> bool {
        self.files_read && self.settings_there
    }

    fn adapters(&self, cx: &Context<'_, Self>) -> Option<Arc<AssignableAdapters>> {
        cx.get(DOMAINMGR, AssignableAdapters::KEY)
    }

    fn read_settings(&mut self, cx: &Context<'_, Self>) {
        let map = cx.get::<ConfigItemValueMap>(ZEDAGENT, "global");
        self.settings = map.map(|map| Settings::from_map(&map)).unwrap_or_default();
    }
}
