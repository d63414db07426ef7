//! Modems, SIM cards and cellular connections.

use prost::{Enumeration, Message};

use crate::common::{BearerType, CellularIpType, RadioAccessTechnology};
use crate::google::Timestamp;

/// A SIM slot, with card or without.
#[derive(Clone, PartialEq, Message)]
pub struct ZSimcardInfo {
    /// Identifies the slot or card on this device.
    #[prost(string, tag = "1")]
    pub name: String,
    /// Its modem.
    #[prost(string, tag = "2")]
    pub cell_module_name: String,
    /// IMSI.
    #[prost(string, tag = "3")]
    pub imsi: String,
    /// ICCID.
    #[prost(string, tag = "4")]
    pub iccid: String,
    /// State in the words of the modem's protocol.
    #[prost(string, tag = "6")]
    pub state: String,
    /// Slot, from 1.
    #[prost(uint32, tag = "7")]
    pub slot_number: u32,
    /// The slot is in use.
    #[prost(bool, tag = "8")]
    pub slot_activated: bool,
    /// A [`SimType`].
    #[prost(enumeration = "SimType", tag = "9")]
    pub kind: i32,
}

/// A modem.
#[derive(Clone, PartialEq, Message)]
pub struct ZCellularModuleInfo {
    /// Identifies the modem on this device.
    #[prost(string, tag = "1")]
    pub name: String,
    /// IMEI.
    #[prost(string, tag = "2")]
    pub imei: String,
    /// Version of its firmware.
    #[prost(string, tag = "3")]
    pub firmware_version: String,
    /// Model.
    #[prost(string, tag = "4")]
    pub model: String,
    /// A [`ZCellularOperatingState`].
    #[prost(enumeration = "ZCellularOperatingState", tag = "5")]
    pub operating_state: i32,
    /// A [`ZCellularControlProtocol`].
    #[prost(enumeration = "ZCellularControlProtocol", tag = "6")]
    pub control_protocol: i32,
    /// Manufacturer.
    #[prost(string, tag = "7")]
    pub manufacturer: String,
}

/// An operator in reach.
#[derive(Clone, PartialEq, Message)]
pub struct ZCellularProvider {
    /// Number of the operator.
    #[prost(string, tag = "1")]
    pub plmn: String,
    /// Name of the operator.
    #[prost(string, tag = "2")]
    pub description: String,
    /// The modem is registered here.
    #[prost(bool, tag = "3")]
    pub current_serving: bool,
    /// It would be roaming.
    #[prost(bool, tag = "4")]
    pub roaming: bool,
    /// The SIM card forbids it.
    #[prost(bool, tag = "5")]
    pub forbidden: bool,
}

/// A connection to the cellular network.
#[derive(Clone, PartialEq, Message)]
pub struct CellularBearer {
    /// Access point.
    #[prost(string, tag = "1")]
    pub apn: String,
    /// A [`BearerType`].
    #[prost(enumeration = "BearerType", tag = "2")]
    pub bearer_type: i32,
    /// A [`CellularIpType`].
    #[prost(enumeration = "CellularIpType", tag = "3")]
    pub ip_type: i32,
    /// It is up.
    #[prost(bool, tag = "4")]
    pub connected: bool,
    /// Why it is not.
    #[prost(string, tag = "5")]
    pub connection_error: String,
    /// Since when it is up.
    #[prost(message, optional, tag = "6")]
    pub connected_at: Option<Timestamp>,
}

/// A profile stored in the modem.
#[derive(Clone, PartialEq, Message)]
pub struct CellularProfile {
    /// Name of the profile.
    #[prost(string, tag = "1")]
    pub profile_name: String,
    /// Access point.
    #[prost(string, tag = "2")]
    pub apn: String,
    /// A [`BearerType`].
    #[prost(enumeration = "BearerType", tag = "3")]
    pub bearer_type: i32,
    /// A [`CellularIpType`].
    #[prost(enumeration = "CellularIpType", tag = "4")]
    pub ip_type: i32,
    /// It does not roam.
    #[prost(bool, tag = "5")]
    pub forbid_roaming: bool,
}

/// State of a cellular port.
#[derive(Clone, PartialEq, Message)]
pub struct ZCellularStatus {
    /// Its modem; names a [`ZCellularModuleInfo`].
    #[prost(string, tag = "1")]
    pub cellular_module: String,
    /// Its SIM slots in order; name [`ZSimcardInfo`] entries.
    #[prost(string, repeated, tag = "2")]
    pub sim_cards: Vec<String>,
    /// Operators in reach.
    #[prost(message, repeated, tag = "3")]
    pub providers: Vec<ZCellularProvider>,
    /// Technologies in use; [`RadioAccessTechnology`] values.
    #[prost(enumeration = "RadioAccessTechnology", repeated, tag = "4")]
    pub current_rats: Vec<i32>,
    /// Since when it is connected.
    #[prost(message, optional, tag = "5")]
    pub connected_at: Option<Timestamp>,
    /// Why its configuration failed.
    #[prost(string, tag = "10")]
    pub config_error: String,
    /// Why its probe failed.
    #[prost(string, tag = "11")]
    pub probe_error: String,
    /// Bearers.
    #[prost(message, repeated, tag = "12")]
    pub bearers: Vec<CellularBearer>,
    /// Profiles stored in the modem.
    #[prost(message, repeated, tag = "13")]
    pub profiles: Vec<CellularProfile>,
}

/// Kinds of SIM cards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum SimType {
    /// `SIM_TYPE_UNSPECIFIED`.
    Unspecified = 0,
    /// `SIM_TYPE_PHYSICAL`.
    Physical = 1,
    /// `SIM_TYPE_ESIM`.
    Esim = 2,
}

/// State of a modem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum ZCellularOperatingState {
    /// `Z_CELLULAR_OPERATING_STATE_UNSPECIFIED`.
    Unspecified = 0,
    /// `Z_CELLULAR_OPERATING_STATE_OFFLINE`.
    Offline = 1,
    /// `Z_CELLULAR_OPERATING_STATE_RADIO_OFF`: radio silence.
    RadioOff = 2,
    /// `Z_CELLULAR_OPERATING_STATE_ONLINE`.
    Online = 3,
    /// `Z_CELLULAR_OPERATING_STATE_ONLINE_AND_CONNECTED`.
    OnlineAndConnected = 4,
    /// `Z_CELLULAR_OPERATING_STATE_UNRECOGNIZED`.
    Unrecognized = 5,
}

/// How a modem is controlled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum ZCellularControlProtocol {
    /// `Z_CELLULAR_CONTROL_PROTOCOL_UNSPECIFIED`.
    Unspecified = 0,
    /// `Z_CELLULAR_CONTROL_PROTOCOL_QMI`.
    Qmi = 1,
    /// `Z_CELLULAR_CONTROL_PROTOCOL_MBIM`.
    Mbim = 2,
}
