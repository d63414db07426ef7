//! Time sources.

use prost::{Enumeration, Message};

use crate::google::Timestamp;

/// A time source, as chrony and RFC 5905 describe it.
#[derive(Clone, PartialEq, Message)]
pub struct NtpSource {
    /// Its packets are authenticated.
    #[prost(bool, tag = "1")]
    pub authenticated: bool,
    /// It answered the last eight polls.
    #[prost(bool, tag = "2")]
    pub reachable: bool,
    /// Register of the last eight polls, a bit each.
    #[prost(uint32, tag = "3")]
    pub reachability: u32,
    /// A [`NtpSourceState`].
    #[prost(enumeration = "NtpSourceState", tag = "4")]
    pub state: i32,
    /// A [`NtpSourceMode`].
    #[prost(enumeration = "NtpSourceMode", tag = "5")]
    pub mode: i32,
    /// Name as configured.
    #[prost(string, tag = "6")]
    pub hostname: String,
    /// Address of the source.
    #[prost(string, tag = "7")]
    pub src_addr: String,
    /// UDP port of the source.
    #[prost(uint32, tag = "8")]
    pub src_port: u32,
    /// Own address.
    #[prost(string, tag = "9")]
    pub dst_addr: String,
    /// Own UDP port.
    #[prost(uint32, tag = "10")]
    pub dst_port: u32,
    /// Leap indicator.
    #[prost(uint32, tag = "11")]
    pub leap: u32,
    /// Stratum.
    #[prost(uint32, tag = "12")]
    pub stratum: u32,
    /// Precision, as in the packet.
    #[prost(uint32, tag = "13")]
    pub precision: u32,
    /// Reference id.
    #[prost(string, tag = "14")]
    pub ref_id: String,
    /// Reference time.
    #[prost(message, optional, tag = "15")]
    pub ref_time: Option<Timestamp>,
    /// Poll interval, log2 of seconds.
    #[prost(sint32, tag = "16")]
    pub poll: i32,
    /// [`NtpSourceBitmap`] bits.
    #[prost(uint32, tag = "17")]
    pub flags: u32,
    /// Seconds.
    #[prost(double, tag = "18")]
    pub offset: f64,
    /// Seconds.
    #[prost(double, tag = "19")]
    pub delay: f64,
    /// Seconds.
    #[prost(double, tag = "20")]
    pub dispersion: f64,
    /// Seconds.
    #[prost(double, tag = "21")]
    pub jitter: f64,
    /// Seconds.
    #[prost(double, tag = "22")]
    pub root_delay: f64,
    /// Seconds.
    #[prost(double, tag = "23")]
    pub root_disp: f64,
}

/// All time sources.
#[derive(Clone, PartialEq, Message)]
pub struct ZInfoNtpSources {
    /// One entry each.
    #[prost(message, repeated, tag = "1")]
    pub sources: Vec<NtpSource>,
}

/// What chrony makes of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum NtpSourceState {
    /// `NTP_SOURCE_STATE_UNSPECIFIED`.
    Unspecified = 0,
    /// `NTP_SOURCE_STATE_SYNC`: in use.
    Sync = 1,
    /// `NTP_SOURCE_STATE_UNREACH`.
    Unreach = 2,
    /// `NTP_SOURCE_STATE_FALSETICKER`.
    Falseticker = 3,
    /// `NTP_SOURCE_STATE_JITTERY`.
    Jittery = 4,
    /// `NTP_SOURCE_STATE_CANDIDATE`.
    Candidate = 5,
    /// `NTP_SOURCE_STATE_OUTLIER`.
    Outlier = 6,
}

/// Kinds of sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum NtpSourceMode {
    /// `NTP_SOURCE_MODE_UNSPECIFIED`.
    Unspecified = 0,
    /// `NTP_SOURCE_MODE_CLIENT`.
    Client = 1,
    /// `NTP_SOURCE_MODE_PEER`.
    Peer = 2,
    /// `NTP_SOURCE_MODE_REF`.
    Ref = 3,
}

/// Bits of [`NtpSource::flags`]: results of the packet tests of RFC 5905 and of chrony.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum NtpSourceBitmap {
    /// `NTP_SOURCE_BITMAP_UNSPECIFIED`.
    Unspecified = 0,
    /// `NTP_SOURCE_BITMAP_PKT_DUP`.
    PktDup = 1,
    /// `NTP_SOURCE_BITMAP_PKT_BOGUS`.
    PktBogus = 2,
    /// `NTP_SOURCE_BITMAP_PKT_INVALID`.
    PktInvalid = 4,
    /// `NTP_SOURCE_BITMAP_PKT_AUTH`.
    PktAuth = 8,
    /// `NTP_SOURCE_BITMAP_PKT_STRATUM`.
    PktStratum = 16,
    /// `NTP_SOURCE_BITMAP_PKT_HEADER`.
    PktHeader = 32,
    /// `NTP_SOURCE_BITMAP_TST_MAX_DELAY`.
    TstMaxDelay = 64,
    /// `NTP_SOURCE_BITMAP_TST_DELAY_RATIO`.
    TstDelayRatio = 128,
    /// `NTP_SOURCE_BITMAP_TST_DELAY_DEV_RATION`.
    TstDelayDevRation = 256,
    /// `NTP_SOURCE_BITMAP_TST_SYNC_LOOP`.
    TstSyncLoop = 512,
}
