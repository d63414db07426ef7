//! Onboarding: a device introduces itself.

use prost::Message;

/// Body of `register`, signed with the onboarding key.
#[derive(Clone, PartialEq, Message)]
pub struct ZRegisterMsg {
    /// Obsolete; left empty.
    #[prost(string, tag = "1")]
    pub on_board_key: String,
    /// Base64 of the PEM file of the device certificate.
    #[prost(bytes = "vec", tag = "2")]
    pub pem_cert: Vec<u8>,
    /// Hardware serial number.
    #[prost(string, tag = "3")]
    pub serial: String,
    /// Serial number that the installer gave; may be empty.
    #[prost(string, tag = "4")]
    pub soft_serial: String,
}
