//! Numbers given to applications, bridges and interfaces, and remembered (`spec/02`, Number-allocation
//! records).

use std::fmt::Write;

use crate::base::{Time, Uuid};
use crate::object;
use crate::registry::{TypeInfo, types};

object! {
    /// A number for an application or a network instance. zedrouter and zedmanager keep them for
    /// themselves; key: [`UuidToNum::key`].
    pub struct UuidToNum topic "UuidToNum" persistent {
        /// Who has it.
        pub uuid: Uuid = "UUID",
        /// The number.
        pub number: i64 = "Number",
        /// What it numbers: `appNum`, `bridgeNum` or `purgeCmdCounter`.
        pub num_type: String = "NumType",
        /// When it was given.
        pub create_time: Time = "CreateTime",
        /// When it was last asked for.
        pub last_use_time: Time = "LastUseTime",
        /// Otherwise it is only kept in reserve for its owner.
        pub in_use: bool = "InUse",
    }
}

object! {
    /// How an application's MAC addresses are made. zedrouter keeps it for itself; key:
    /// [`AppMacGenerator::key`].
    pub struct AppMacGenerator as "AppMACGenerator" topic "AppMACGenerator" persistent {
        /// `Number`: 0 unspecified, 1 node-scoped, 2 globally scoped, 3 cluster-deterministic.
        pub record: Option<Box<UuidToNum>> = embed,
    }
}

object! {
    /// A number for an application's interface on a network instance. zedrouter keeps it for itself; key:
    /// [`AppInterfaceToNum::key`].
    pub struct AppInterfaceToNum topic "UUIDPairAndIfIdxToNum" persistent {
        /// The network instance.
        pub network_instance: Uuid = "BaseID",
        /// The application.
        pub app: Uuid = "AppID",
        /// Which of the application's interfaces there.
        pub if_idx: u32 = "IfIdx",
        /// The number.
        pub number: i64 = "Number",
        /// What it numbers: `appNumOnUnet`.
        pub num_type: String = "NumType",
        /// When it was given.
        pub create_time: Time = "CreateTime",
        /// When it was last asked for.
        pub last_use_time: Time = "LastUseTime",
        /// Otherwise it is only kept in reserve for its owner.
        pub in_use: bool = "InUse",
    }
}

impl UuidToNum {
    /// `<uuid>`.
    pub fn key(&self) -> String {
        self.uuid.to_string()
    }
}

impl AppMacGenerator {
    /// `<uuid>`.
    pub fn key(&self) -> String {
        self.record.as_deref().map_or(Uuid::NIL, |record| record.uuid).to_string()
    }
}

impl AppInterfaceToNum {
    /// `<network instance>-<app>-<interface index>`.
    pub fn key(&self) -> String {
        let mut key = String::with_capacity(36 * 2 + 4);
        let _ = write!(key, "{}-{}-{}", self.network_instance, self.app, self.if_idx); // a String takes all
        key
    }

    /// Network instance, application and interface index of a key.
    pub fn parse_key(key: &str) -> Option<(Uuid, Uuid, u32)> {
        let (network_instance, rest) = Uuid::split_off(key)?;
        let (app, rest) = Uuid::split_off(rest.strip_prefix('-')?)?;
        Some((network_instance, app, rest.strip_prefix('-')?.parse().ok()?))
    }
}

pub(crate) const TYPES: &[TypeInfo] =
    &types![topic UuidToNum, topic AppMacGenerator, topic AppInterfaceToNum];
