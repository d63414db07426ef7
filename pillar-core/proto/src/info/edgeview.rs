//! Edge-view, while it runs.

use prost::Message;

use crate::google::Timestamp;

/// State of edge-view.
#[derive(Clone, PartialEq, Message)]
pub struct ZInfoEdgeview {
    /// When it ends.
    #[prost(message, optional, tag = "1")]
    pub expire_time: Option<Timestamp>,
    /// When it began.
    #[prost(message, optional, tag = "2")]
    pub started_time: Option<Timestamp>,
    /// Commands about the device so far.
    #[prost(uint32, tag = "3")]
    pub count_dev: u32,
    /// Commands about applications so far.
    #[prost(uint32, tag = "4")]
    pub count_app: u32,
    /// Commands about other hosts so far.
    #[prost(uint32, tag = "5")]
    pub count_ext: u32,
}
