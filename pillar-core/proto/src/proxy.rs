//! Certificate enrolment (SCEP, RFC 8894) through the controller.

use prost::{Enumeration, Message};

/// Body of `proxy/scep`: a SCEP request to pass on.
#[derive(Clone, PartialEq, Message)]
pub struct ScepProxyRequest {
    /// Profile whose server is meant; a device cannot name a server.
    #[prost(string, tag = "1")]
    pub scep_profile_name: String,
    /// Which request it is; a [`ScepOperation`].
    #[prost(enumeration = "ScepOperation", tag = "2")]
    pub operation: i32,
    /// Body for the server: CMS in DER for a PKI message, else mostly empty.
    #[prost(bytes = "vec", tag = "3")]
    pub message: Vec<u8>,
    /// Method to use towards the server; an [`HttpMethod`].
    #[prost(enumeration = "HttpMethod", tag = "4")]
    pub http_method: i32,
    /// Headers to send along.
    #[prost(message, repeated, tag = "5")]
    pub http_header_fields: Vec<HttpHeaderField>,
}

/// One HTTP header.
#[derive(Clone, PartialEq, Message)]
pub struct HttpHeaderField {
    /// Name of the header.
    #[prost(string, tag = "1")]
    pub name: String,
    /// Its value.
    #[prost(string, tag = "2")]
    pub value: String,
}

/// The SCEP server's answer.
#[derive(Clone, PartialEq, Message)]
pub struct ScepProxyResponse {
    /// Profile that was used.
    #[prost(string, tag = "1")]
    pub scep_profile_name: String,
    /// Which request this answers.
    #[prost(enumeration = "ScepOperation", tag = "2")]
    pub operation: i32,
    /// Body of the answer: CMS or certificates in DER.
    #[prost(bytes = "vec", tag = "3")]
    pub message: Vec<u8>,
    /// Status code of the server.
    #[prost(uint32, tag = "4")]
    pub http_status_code: u32,
    /// Headers of the answer.
    #[prost(message, repeated, tag = "5")]
    pub http_header_fields: Vec<HttpHeaderField>,
    /// Body of an answer with status 400 or more, perhaps cut short.
    #[prost(bytes = "vec", tag = "6")]
    pub error_body: Vec<u8>,
}

/// The requests of SCEP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum ScepOperation {
    /// `SCEP_OPERATION_UNSPECIFIED`.
    Unspecified = 0,
    /// `SCEP_OPERATION_GET_CA_CAPS`.
    GetCaCaps = 1,
    /// `SCEP_OPERATION_GET_CA_CERT`.
    GetCaCert = 2,
    /// `SCEP_OPERATION_GET_NEXT_CA_CERT`.
    GetNextCaCert = 3,
    /// `SCEP_OPERATION_PKI_MESSAGE`.
    PkiMessage = 4,
}

/// Methods that the controller passes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum HttpMethod {
    /// `HTTP_METHOD_UNSPECIFIED`.
    Unspecified = 0,
    /// `HTTP_METHOD_GET`.
    Get = 1,
    /// `HTTP_METHOD_POST`.
    Post = 2,
}
