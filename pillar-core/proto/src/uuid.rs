//! A registered device asks for its identity.

use prost::Message;

/// Body of `uuid`; who asks is known from the envelope.
#[derive(Clone, PartialEq, Message)]
pub struct UuidRequest {}

/// What the controller calls the device.
#[derive(Clone, PartialEq, Message)]
pub struct UuidResponse {
    /// UUID of the device.
    #[prost(string, tag = "1")]
    pub uuid: String,
    /// Manufacturer according to the controller's device model.
    #[prost(string, tag = "2")]
    pub manufacturer: String,
    /// Product according to the controller's device model.
    #[prost(string, tag = "3")]
    pub product_name: String,
}
