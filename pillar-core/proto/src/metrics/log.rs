//! Upload of logs and flow records.

use std::collections::BTreeMap;

use prost::Message;

use crate::google::Timestamp;

/// Obsolete; see [`NewlogMetric`].
#[derive(Clone, PartialEq, Message)]
pub struct LogMetric {
    /// Lines of the device sent.
    #[prost(uint64, tag = "1")]
    pub num_device_events_sent: u64,
    /// Bundles of the device sent.
    #[prost(uint64, tag = "2")]
    pub num_device_bundles_sent: u64,
    /// Lines of applications sent.
    #[prost(uint64, tag = "3")]
    pub num_app_events_sent: u64,
    /// Bundles of applications sent.
    #[prost(uint64, tag = "4")]
    pub num_app_bundles_sent: u64,
    /// Lines that the controller refused.
    #[prost(uint64, tag = "5")]
    pub num_4xx_responses: u64,
    /// Last bundle of the device.
    #[prost(message, optional, tag = "6")]
    pub last_device_bundle_send_time: Option<Timestamp>,
    /// Last bundle of an application.
    #[prost(message, optional, tag = "7")]
    pub last_app_bundle_send_time: Option<Timestamp>,
    /// Upload waits.
    #[prost(bool, tag = "8")]
    pub is_log_processing_deferred: bool,
    /// How often it waited.
    #[prost(uint64, tag = "9")]
    pub num_times_deferred: u64,
    /// When it waited last.
    #[prost(message, optional, tag = "10")]
    pub last_log_defer_time: Option<Timestamp>,
    /// Lines of the device read.
    #[prost(uint64, tag = "13")]
    pub total_device_log_input: u64,
    /// Lines of applications read.
    #[prost(uint64, tag = "14")]
    pub total_app_log_input: u64,
    /// Lines of the device lost.
    #[prost(uint64, tag = "15")]
    pub num_device_event_errors: u64,
    /// Lines of applications lost.
    #[prost(uint64, tag = "16")]
    pub num_app_event_errors: u64,
    /// Bytes of the device sent.
    #[prost(uint64, tag = "17")]
    pub num_device_bundle_proto_bytes_sent: u64,
    /// Bytes of applications sent.
    #[prost(uint64, tag = "18")]
    pub num_app_bundle_proto_bytes_sent: u64,
    /// Lines of the device by source.
    #[prost(btree_map = "string, uint64", tag = "19")]
    pub input_sources: BTreeMap<String, u64>,
}

/// Collection and upload of logs.
#[derive(Clone, PartialEq, Message)]
pub struct NewlogMetric {
    /// Upload fails now.
    #[prost(bool, tag = "1")]
    pub failed_to_send: bool,
    /// Since when it fails.
    #[prost(message, optional, tag = "2")]
    pub fail_sent_start_time: Option<Timestamp>,
    /// Bytes uploaded.
    #[prost(uint64, tag = "3")]
    pub total_bytes_upload: u64,
    /// Files that the controller refused.
    #[prost(uint32, tag = "4")]
    pub num_4xx_responses: u32,
    /// Seconds between two uploads.
    #[prost(uint32, tag = "5")]
    pub current_upload_intv: u32,
    /// Seconds until a file is closed.
    #[prost(uint32, tag = "6")]
    pub logfile_timeout: u32,
    /// Largest file, bytes.
    #[prost(uint32, tag = "7")]
    pub max_gzip_file_size: u32,
    /// Average file, bytes.
    #[prost(uint32, tag = "8")]
    pub avg_gzip_file_size: u32,
    /// Shortest upload, milliseconds.
    #[prost(uint32, tag = "9")]
    pub min_upload_msec: u32,
    /// Longest upload, milliseconds.
    #[prost(uint32, tag = "10")]
    pub max_upload_msec: u32,
    /// Average upload, milliseconds.
    #[prost(uint32, tag = "11")]
    pub avg_upload_msec: u32,
    /// Last upload, milliseconds.
    #[prost(uint32, tag = "12")]
    pub last_upload_msec: u32,
    /// Load of the controller now, percent.
    #[prost(float, tag = "13")]
    pub current_cpu_load_pct: f32,
    /// Average load of the controller, percent.
    #[prost(float, tag = "14")]
    pub average_cpu_load_pct: f32,
    /// Time the controller took for the last file, milliseconds.
    #[prost(uint32, tag = "15")]
    pub current_process_delay: u32,
    /// Time it takes on average, milliseconds.
    #[prost(uint32, tag = "16")]
    pub average_process_delay: u32,
    /// Files of the device.
    #[prost(message, optional, tag = "17")]
    pub device_metrics: Option<LogfileMetrics>,
    /// Files of applications.
    #[prost(message, optional, tag = "18")]
    pub app_metrics: Option<LogfileMetrics>,
    /// Busiest sources of the device, percent of bytes.
    #[prost(btree_map = "string, uint32", tag = "19")]
    pub top10_input_sources: BTreeMap<String, u32>,
    /// Files removed to keep the quota.
    #[prost(uint32, tag = "20")]
    pub gzip_files_removed: u32,
    /// Answers with status 429.
    #[prost(uint32, tag = "21")]
    pub too_many_request: u32,
    /// Files of applications that are not uploaded.
    #[prost(uint32, tag = "22")]
    pub skip_upload_app_file: u32,
    /// Bytes of logs on the device.
    #[prost(uint64, tag = "23")]
    pub total_size_logs: u64,
    /// Oldest log of the device that is kept.
    #[prost(message, optional, tag = "24")]
    pub oldest_saved_device_log: Option<Timestamp>,
}

/// Log files of one kind.
#[derive(Clone, PartialEq, Message)]
pub struct LogfileMetrics {
    /// Files sent.
    #[prost(uint64, tag = "1")]
    pub num_gzip_file_sent: u64,
    /// Bytes written, compressed.
    #[prost(uint64, tag = "2")]
    pub num_gzip_bytes_write: u64,
    /// Bytes written, before compression.
    #[prost(uint64, tag = "3")]
    pub num_bytes_write: u64,
    /// Files that wait.
    #[prost(uint32, tag = "4")]
    pub num_gzip_file_in_dir: u32,
    /// Lines read.
    #[prost(uint64, tag = "5")]
    pub num_input_event: u64,
    /// Uploads tried again.
    #[prost(uint64, tag = "6")]
    pub num_gzip_file_retry: u64,
    /// Files kept on the device.
    #[prost(uint32, tag = "7")]
    pub num_gzip_file_kept_local: u32,
    /// Time in the name of the last file sent.
    #[prost(message, optional, tag = "8")]
    pub recent_gzip_file_time: Option<Timestamp>,
    /// When it was sent.
    #[prost(message, optional, tag = "9")]
    pub last_gzip_file_send_time: Option<Timestamp>,
}

/// Upload of flow records.
#[derive(Clone, PartialEq, Message)]
pub struct FlowlogMetric {
    /// Messages.
    #[prost(message, optional, tag = "1")]
    pub messages: Option<FlowlogCounters>,
    /// Flows in them.
    #[prost(message, optional, tag = "2")]
    pub flows: Option<FlowlogCounters>,
    /// DNS requests in them.
    #[prost(message, optional, tag = "3")]
    pub dns_requests: Option<FlowlogCounters>,
}

/// Fate of flow records; each is a success or a drop in the end.
#[derive(Clone, PartialEq, Message)]
pub struct FlowlogCounters {
    /// Delivered.
    #[prost(uint64, tag = "1")]
    pub success: u64,
    /// Dropped for want of space.
    #[prost(uint64, tag = "2")]
    pub drops: u64,
    /// Tries that failed.
    #[prost(uint64, tag = "3")]
    pub failed_attempts: u64,
}
