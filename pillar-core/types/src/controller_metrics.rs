//! What was exchanged with the controller, counted (`spec/01`, Info, metrics, other reports).

use crate::base::{Map, Time};
use crate::object;
use crate::registry::{TypeInfo, types};

object! {
    /// Messages to and from one URL.
    pub struct UrlCounters as "UrlcloudMetrics" {
        /// Messages tried.
        pub try_msg_count: i64 = "TryMsgCount",
        /// Bytes tried.
        pub try_byte_count: i64 = "TryByteCount",
        /// Messages sent.
        pub sent_msg_count: i64 = "SentMsgCount",
        /// Bytes sent.
        pub sent_byte_count: i64 = "SentByteCount",
        /// Messages received.
        pub recv_msg_count: i64 = "RecvMsgCount",
        /// Bytes received.
        pub recv_byte_count: i64 = "RecvByteCount",
        /// Milliseconds spent sending.
        pub total_time_spent: i64 = "TotalTimeSpent",
        /// Resumed TLS sessions.
        pub session_resume: i64 = "SessionResume",
    }
}

object! {
    /// Messages through one interface.
    pub struct InterfaceMetrics as "ZedcloudMetric" {
        /// Attempts that failed.
        pub failure_count: u64 = "FailureCount",
        /// Attempts that succeeded.
        pub success_count: u64 = "SuccessCount",
        /// When one last failed.
        pub last_failure: Time = "LastFailure",
        /// When one last succeeded.
        pub last_success: Time = "LastSuccess",
        /// By URL.
        pub url_counters: Map<String, UrlCounters> = "URLCounters",
        /// Envelopes that failed verification.
        pub auth_fail_count: u64 = "AuthFailCount",
    }
}

object! {
    /// An agent's messages, by interface. zedagent, zedclient, diag, downloader, loguploader, mgmtproxy, nim and
    /// zedrouter to zedagent; key `global`.
    pub struct MetricsMap(Map<String, InterfaceMetrics>) topic "MetricsMap";
}

impl MetricsMap {
    /// The only key.
    pub const KEY: &str = "global";
}

pub(crate) const TYPES: &[TypeInfo] = &types![topic MetricsMap];
