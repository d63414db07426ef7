//! Profile, radio silence, and commands to applications and to the device.

use prost::{Enumeration, Message};

use crate::common::BootOrder;
use crate::google::Timestamp;
use crate::info::{
    BootReason, ErrorInfo, MaintenanceModeReason, ZCellularModuleInfo, ZCellularProvider, ZDeviceState,
    ZSimcardInfo, ZSwState,
};
use crate::metrics::CellularMetric;

/// Answer of `local_profile`.
#[derive(Clone, PartialEq, Message)]
#[prost(skip_debug)]
pub struct LocalProfile {
    /// Profile to run; empty for the configured one.
    #[prost(string, tag = "1")]
    pub local_profile: String,
    /// Must equal the configured token.
    #[prost(string, tag = "2")]
    pub server_token: String,
}

/// Body of `radio`.
#[derive(Clone, PartialEq, Message)]
pub struct RadioStatus {
    /// All radios are off as wanted.
    #[prost(bool, tag = "1")]
    pub radio_silence: bool,
    /// Why the last change failed.
    #[prost(string, tag = "2")]
    pub config_error: String,
    /// Modems.
    #[prost(message, repeated, tag = "3")]
    pub cellular_status: Vec<CellularStatus>,
    /// Signal and traffic of modems.
    #[prost(message, repeated, tag = "4")]
    pub cellular_metrics: Vec<CellularMetric>,
}

/// A modem.
#[derive(Clone, PartialEq, Message)]
pub struct CellularStatus {
    /// Logical label.
    #[prost(string, tag = "1")]
    pub logical_label: String,
    /// The modem itself.
    #[prost(message, optional, tag = "2")]
    pub module: Option<ZCellularModuleInfo>,
    /// Its SIM slots.
    #[prost(message, repeated, tag = "3")]
    pub sim_cards: Vec<ZSimcardInfo>,
    /// Operators in reach.
    #[prost(message, repeated, tag = "4")]
    pub providers: Vec<ZCellularProvider>,
    /// Why its configuration failed.
    #[prost(string, tag = "10")]
    pub config_error: String,
    /// Why its probe failed.
    #[prost(string, tag = "11")]
    pub probe_error: String,
}

/// Answer of `radio`.
#[derive(Clone, PartialEq, Message)]
#[prost(skip_debug)]
pub struct RadioConfig {
    /// Must equal the configured token; not from a local operator console.
    #[prost(string, tag = "1")]
    pub server_token: String,
    /// Turn all radios off.
    #[prost(bool, tag = "2")]
    pub radio_silence: bool,
}

/// Body of `appinfo`.
#[derive(Clone, PartialEq, Message)]
pub struct LocalAppInfoList {
    /// Application instances.
    #[prost(message, repeated, tag = "1")]
    pub apps_info: Vec<LocalAppInfo>,
}

/// An application instance.
#[derive(Clone, PartialEq, Message)]
pub struct LocalAppInfo {
    /// UUID.
    #[prost(string, tag = "1")]
    pub id: String,
    /// Version of its configuration.
    #[prost(string, tag = "2")]
    pub version: String,
    /// Display name.
    #[prost(string, tag = "3")]
    pub name: String,
    /// What is wrong.
    #[prost(message, optional, tag = "4")]
    pub err: Option<ErrorInfo>,
    /// A [`ZSwState`].
    #[prost(enumeration = "ZSwState", tag = "5")]
    pub state: i32,
    /// Timestamp of the last command carried out.
    #[prost(uint64, tag = "6")]
    pub last_cmd_timestamp: u64,
}

/// Answer of `appinfo`.
#[derive(Clone, PartialEq, Message)]
#[prost(skip_debug)]
pub struct LocalAppCmdList {
    /// Must equal the configured token; not from a local operator console.
    #[prost(string, tag = "1")]
    pub server_token: String,
    /// At most one command for each application.
    #[prost(message, repeated, tag = "2")]
    pub app_commands: Vec<AppCommand>,
}

/// A command to an application.
#[derive(Clone, PartialEq, Message)]
pub struct AppCommand {
    /// UUID of the application; this or `displayname`.
    #[prost(string, tag = "1")]
    pub id: String,
    /// Display name of the application.
    #[prost(string, tag = "2")]
    pub display_name: String,
    /// Names the command; any value that differs from the last one.
    #[prost(uint64, tag = "3")]
    pub timestamp: u64,
    /// An [`AppCommandKind`].
    #[prost(enumeration = "AppCommandKind", tag = "4")]
    pub command: i32,
}

/// Body of `devinfo`.
#[derive(Clone, PartialEq, Message)]
pub struct LocalDevInfo {
    /// UUID of the device.
    #[prost(string, tag = "1")]
    pub device_uuid: String,
    /// A [`ZDeviceState`].
    #[prost(enumeration = "ZDeviceState", tag = "2")]
    pub state: i32,
    /// Why maintenance mode is on; [`MaintenanceModeReason`] values.
    #[prost(enumeration = "MaintenanceModeReason", repeated, tag = "3")]
    pub maintenance_mode_reasons: Vec<i32>,
    /// When the device booted.
    #[prost(message, optional, tag = "4")]
    pub boot_time: Option<Timestamp>,
    /// A [`BootReason`].
    #[prost(enumeration = "BootReason", tag = "5")]
    pub last_boot_reason: i32,
    /// Timestamp of the last command carried out.
    #[prost(uint64, tag = "10")]
    pub last_cmd_timestamp: u64,
}

/// Answer of `devinfo`: a command to the device.
#[derive(Clone, PartialEq, Message)]
#[prost(skip_debug)]
pub struct LocalDevCmd {
    /// Must equal the configured token; not from a local operator console.
    #[prost(string, tag = "1")]
    pub server_token: String,
    /// Names the command; any value that differs from the last one.
    #[prost(uint64, tag = "2")]
    pub timestamp: u64,
    /// A [`LocalDevCmdKind`].
    #[prost(enumeration = "LocalDevCmdKind", tag = "3")]
    pub command: i32,
}

/// Boot order wanted for an application.
#[derive(Clone, PartialEq, Message)]
pub struct AppBootConfig {
    /// UUID of the application; this or `displayname`.
    #[prost(string, tag = "1")]
    pub id: String,
    /// Display name of the application.
    #[prost(string, tag = "2")]
    pub display_name: String,
    /// A [`BootOrder`].
    #[prost(enumeration = "BootOrder", tag = "3")]
    pub usb_boot: i32,
}

/// Answer of `appbootinfo`; applications not listed get the default.
#[derive(Clone, PartialEq, Message)]
#[prost(skip_debug)]
pub struct AppBootConfigList {
    /// Must equal the configured token.
    #[prost(string, tag = "1")]
    pub server_token: String,
    /// Boot orders.
    #[prost(message, repeated, tag = "2")]
    pub app_configs: Vec<AppBootConfig>,
}

/// Boot order in force.
#[derive(Clone, PartialEq, Message)]
pub struct AppBootInfo {
    /// UUID of the application.
    #[prost(string, tag = "1")]
    pub id: String,
    /// Display name of the application.
    #[prost(string, tag = "2")]
    pub display_name: String,
    /// A [`BootOrder`].
    #[prost(enumeration = "BootOrder", tag = "3")]
    pub boot_order: i32,
    /// Who decided; a [`BootOrderSource`].
    #[prost(enumeration = "BootOrderSource", tag = "4")]
    pub source: i32,
}

/// Body of `appbootinfo`.
#[derive(Clone, PartialEq, Message)]
pub struct AppBootInfoList {
    /// One entry for each application.
    #[prost(message, repeated, tag = "1")]
    pub apps_boot_info: Vec<AppBootInfo>,
}

/// Who decided the boot order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum BootOrderSource {
    /// `BOOT_ORDER_SOURCE_UNSPECIFIED`.
    Unspecified = 0,
    /// `BOOT_ORDER_SOURCE_LPS`: this server.
    Lps = 1,
    /// `BOOT_ORDER_SOURCE_CONTROLLER`.
    Controller = 2,
    /// `BOOT_ORDER_SOURCE_DEVICE_PROPERTY`: setting `app.boot.order`.
    DeviceProperty = 3,
}

/// Commands to an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum AppCommandKind {
    /// `COMMAND_UNSPECIFIED`.
    Unspecified = 0,
    /// `COMMAND_RESTART`.
    Restart = 1,
    /// `COMMAND_PURGE`: restart with all volumes made anew.
    Purge = 2,
}

/// Commands to the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum LocalDevCmdKind {
    /// `COMMAND_UNSPECIFIED`.
    Unspecified = 0,
    /// `COMMAND_SHUTDOWN`: stop all applications.
    Shutdown = 1,
    /// `COMMAND_GRACEFUL_POWEROFF`: stop all applications, then power off.
    GracefulPoweroff = 2,
    /// `COMMAND_GRACEFUL_REBOOT`: stop all applications, then reboot.
    GracefulReboot = 3,
    /// `COMMAND_COLLECT_INFO`: upload a support bundle.
    CollectInfo = 4,
}

impl LocalDevCmdKind {
    /// `COMMAND_SHUTDOWN_POWEROFF`: the old name of the same number.
    pub const SHUTDOWN_POWEROFF: Self = Self::GracefulPoweroff;
}

crate::debug_without_content!(LocalProfile, RadioConfig, LocalAppCmdList, LocalDevCmd, AppBootConfigList);
