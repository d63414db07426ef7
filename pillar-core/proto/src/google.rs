//! The one well-known protobuf type that the controller API uses.

use prost::Message;

/// A point in time, UTC.
#[derive(Clone, PartialEq, Message)]
pub struct Timestamp {
    /// Seconds since 1970-01-01T00:00:00Z; negative before it. Go's zero time is -62,135,596,800.
    #[prost(int64, tag = "1")]
    pub seconds: i64,
    /// Nanoseconds on top of `seconds`, 0 to 999,999,999.
    #[prost(int32, tag = "2")]
    pub nanos: i32,
}
