//! How a report says what is wrong.

use prost::{Enumeration, Message};

use crate::google::Timestamp;

/// An error, for people and for the controller.
#[derive(Clone, PartialEq, Message)]
pub struct ErrorInfo {
    /// What happened.
    #[prost(string, tag = "1")]
    pub description: String,
    /// When it happened.
    #[prost(message, optional, tag = "2")]
    pub timestamp: Option<Timestamp>,
    /// A [`Severity`].
    #[prost(enumeration = "Severity", tag = "3")]
    pub severity: i32,
    /// Objects that it is about.
    #[prost(message, repeated, tag = "4")]
    pub entities: Vec<DeviceEntity>,
    /// What makes the device try again.
    #[prost(string, tag = "5")]
    pub retry_condition: String,
}

/// An object that an error is about.
#[derive(Clone, PartialEq, Message)]
pub struct DeviceEntity {
    /// An [`Entity`].
    #[prost(enumeration = "Entity", tag = "1")]
    pub entity: i32,
    /// UUID.
    #[prost(string, tag = "2")]
    pub entity_id: String,
    /// Name.
    #[prost(string, tag = "3")]
    pub entity_name: String,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum Severity {
    /// `SEVERITY_UNSPECIFIED`.
    Unspecified = 0,
    /// `SEVERITY_NOTICE`.
    Notice = 1,
    /// `SEVERITY_WARNING`.
    Warning = 2,
    /// `SEVERITY_ERROR`.
    Error = 3,
}

/// Kinds of objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum Entity {
    /// `ENTITY_UNSPECIFIED`.
    Unspecified = 0,
    /// `ENTITY_BASE_OS`.
    BaseOs = 1,
    /// `ENTITY_SYSTEM_ADAPTER`.
    SystemAdapter = 2,
    /// `ENTITY_VAULT`.
    Vault = 3,
    /// `ENTITY_ATTESTATION`.
    Attestation = 4,
    /// `ENTITY_APP_INSTANCE`.
    AppInstance = 5,
    /// `ENTITY_PORT`.
    Port = 6,
    /// `ENTITY_NETWORK`.
    Network = 7,
    /// `ENTITY_NETWORK_INSTANCE`.
    NetworkInstance = 8,
    /// `ENTITY_CONTENT_TREE`.
    ContentTree = 9,
    /// `ENTITY_CONTENT_BLOB`.
    ContentBlob = 10,
    /// `ENTITY_VOLUME`.
    Volume = 11,
}
