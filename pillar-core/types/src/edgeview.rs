//! Edge view: access to the device and its applications for people far away (`spec/01`, Edgeview).

use crate::base::{Bytes, List, Secret, Time};
use crate::object;
use crate::registry::{TypeInfo, types};

object! {
    /// Whether the device may be looked at.
    pub struct EvDevPolicy {
        /// Whether it may.
        pub enabled: bool = "enabled",
    }
}

object! {
    /// Whether applications may be looked at.
    pub struct EvAppPolicy {
        /// Whether they may.
        pub enabled: bool = "enabled",
    }
}

object! {
    /// Whether what is behind the device may be looked at.
    pub struct EvExtPolicy {
        /// Whether it may.
        pub enabled: bool = "enabled",
    }
}

object! {
    /// Whether the cluster may be looked at.
    pub struct EvKubPolicy {
        /// Whether it may.
        pub enabled: bool = "enabled",
    }
}

object! {
    /// What the controller says of edge view. Not on the bus: zedagent makes a file of it.
    pub struct EdgeviewConfig {
        /// Lets people in: a JSON web token.
        pub jw_token: Secret<String> = "JWToken",
        /// Certificates of the dispatcher, in PEM.
        pub disp_cert_pem: List<Bytes> = "DispCertPEM",
        /// Whether the device may be looked at.
        pub dev_policy: EvDevPolicy = "DevPolicy",
        /// Whether applications may be looked at.
        pub app_policy: EvAppPolicy = "AppPolicy",
        /// Whether what is behind the device may be looked at.
        pub ext_policy: EvExtPolicy = "ExtPolicy",
        /// Whether the cluster may be looked at.
        pub kub_policy: EvKubPolicy = "KubPolicy",
        /// Grows when it is to be started again.
        pub gen_id: u32 = "GenID",
    }
}

object! {
    /// How edge view is used. edgeview to zedagent; key `global`.
    pub struct EdgeviewStatus topic "EdgeviewStatus" {
        /// Until when people may come in: seconds since 1970.
        pub expire_on: u64 = "ExpireOn",
        /// When it was started.
        pub started_on: Time = "StartedOn",
        /// How many commands were about the device.
        pub cmd_count_dev: u32 = "CmdCountDev",
        /// How many commands were about applications.
        pub cmd_count_app: u32 = "CmdCountApp",
        /// How many commands were about what is behind the device.
        pub cmd_count_ext: u32 = "CmdCountExt",
    }
}

impl EdgeviewStatus {
    /// The only key.
    pub const KEY: &str = "global";
}

pub(crate) const TYPES: &[TypeInfo] = &types![
    object EvDevPolicy,
    object EvAppPolicy,
    object EvExtPolicy,
    object EdgeviewConfig,
    topic EdgeviewStatus,
];
