//! Who the device is, and what it is told to do as a whole (`spec/01`, Published objects; `spec/02`, Other
//! runtime types).

use crate::base::{Duration, List, Time, Uuid};
use crate::download::DatastoreConfig;
use crate::object;
use crate::registry::{TypeInfo, types};

object! {
    /// Who the device is. zedclient to nearly every agent, key: [`OnboardingStatus::KEY`].
    pub struct OnboardingStatus topic "OnboardingStatus" persistent {
        /// The device; nil before it is onboarded.
        pub device_uuid: Uuid = "DeviceUUID",
        /// Its model.
        pub hardware_model: String = "HardwareModel",
    }
}

object! {
    /// Whose the device is. zedagent to domainmgr, monitor, msrv, volumemgr, zedkube, zedmanager; key:
    /// [`EdgeNodeInfo::KEY`].
    pub struct EdgeNodeInfo topic "EdgeNodeInfo" {
        /// What people call it.
        pub device_name: String = "DeviceName",
        /// The device.
        pub device_id: Uuid = "DeviceID",
        /// What people call its project.
        pub project_name: String = "ProjectName",
        /// Its project.
        pub project_id: Uuid = "ProjectID",
        /// What people call its enterprise.
        pub enterprise_name: String = "EnterpriseName",
        /// Its enterprise.
        pub enterprise_id: String = "EnterpriseID",
    }
}

object! {
    /// A command to reboot or shut down. zedagent's files `rebootConfig` and `shutdownConfig`.
    pub struct DeviceOpsCmd {
        /// Another number is another command.
        pub counter: u32 = "Counter",
        /// What the controller sent with it.
        pub desired_state: bool = "DesiredState",
        /// When it was given, in the controller's words.
        pub ops_time: String = "OpsTime",
    }
}

object! {
    /// A command to collect information for support. zedagent to collectinfo, key: [`CollectInfoCmd::key`].
    pub struct CollectInfoCmd topic "CollectInfoCmd" {
        /// When it was given.
        pub time: Time = "Time",
    }
}

object! {
    /// The local operator console. zedagent to collectinfo, key: [`LocConfig::KEY`].
    pub struct LocConfig as "LOCConfig" topic "LOCConfig" {
        /// Its URL; empty: there is none.
        pub loc_url: String = "LocURL",
        /// Where information for support goes.
        pub collect_info_datastore: DatastoreConfig = "CollectInfoDatastore",
    }
}

object! {
    /// A request to start an agent. Any of zedbox's links to zedbox, a datagram without a key.
    pub struct ServiceInitStatus {
        /// The agent.
        pub service_name: String = "ServiceName",
        /// What stood on its command line.
        pub cmd_args: List<String> = "CmdArgs",
    }
}

object! {
    /// The bus, in [`WatchdogParam`]: nothing of it is written.
    pub struct BusHandle as "PubSub" keep {}
}

object! {
    /// Who waits for whom, in the start-up of EVE's agents; on no bus.
    pub struct WatchdogParam {
        /// The bus.
        pub bus: Option<Box<BusHandle>> = "Ps",
        /// The agent.
        pub agent_name: String = "AgentName",
        /// How long a turn of its loop may take without a warning.
        pub warn_time: Duration = "WarnTime",
        /// How long a turn of its loop may take without an error.
        pub err_time: Duration = "ErrTime",
    }
}

impl OnboardingStatus {
    /// The only key.
    pub const KEY: &str = "global";
}

impl EdgeNodeInfo {
    /// The only key.
    pub const KEY: &str = "global";

    /// The name of its node in a cluster: as people call it, in lower case, with `-` for `_`.
    pub fn node_name(&self) -> String {
        self.device_name.to_lowercase().replace('_', "-")
    }
}

impl CollectInfoCmd {
    /// Its time in RFC 3339's form. Nobody parses it.
    pub fn key(&self) -> String {
        self.time.utc().to_string()
    }
}

impl LocConfig {
    /// The only key.
    pub const KEY: &str = "";
}

pub(crate) const TYPES: &[TypeInfo] = &types![
    topic OnboardingStatus, topic EdgeNodeInfo, object DeviceOpsCmd, topic CollectInfoCmd, topic LocConfig,
    object ServiceInitStatus, object WatchdogParam
];
