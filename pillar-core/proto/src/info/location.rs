//! Position of the device.

use prost::{Enumeration, Message};

use crate::google::Timestamp;

/// Position from a satellite receiver.
#[derive(Clone, PartialEq, Message)]
pub struct ZInfoLocation {
    /// Degrees, -90 to 90.
    #[prost(double, tag = "1")]
    pub latitude: f64,
    /// Degrees, -180 to 180.
    #[prost(double, tag = "2")]
    pub longitude: f64,
    /// Metres above mean sea level; -32768 when unknown.
    #[prost(double, tag = "3")]
    pub altitude: f64,
    /// When it was measured; 1970 when unknown.
    #[prost(message, optional, tag = "4")]
    pub utc_timestamp: Option<Timestamp>,
    /// A [`LocReliability`].
    #[prost(enumeration = "LocReliability", tag = "5")]
    pub horizontal_reliability: i32,
    /// A [`LocReliability`].
    #[prost(enumeration = "LocReliability", tag = "6")]
    pub vertical_reliability: i32,
    /// Metres; negative when unknown.
    #[prost(float, tag = "7")]
    pub horizontal_uncertainty: f32,
    /// Metres; negative when unknown.
    #[prost(float, tag = "8")]
    pub vertical_uncertainty: f32,
    /// Logical label of the receiver.
    #[prost(string, tag = "9")]
    pub logical_label: String,
}

/// How far a position can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum LocReliability {
    /// `LOC_RELIABILITY_UNSPECIFIED`.
    Unspecified = 0,
    /// `LOC_RELIABILITY_VERY_LOW`.
    VeryLow = 1,
    /// `LOC_RELIABILITY_LOW`.
    Low = 2,
    /// `LOC_RELIABILITY_MEDIUM`.
    Medium = 3,
    /// `LOC_RELIABILITY_HIGH`.
    High = 4,
}
