//! Logs on their way to the controller, counted (`spec/01`, A18).

use crate::base::{Map, Time};
use crate::object;
use crate::registry::{TypeInfo, types};

object! {
    /// How long an upload takes, in milliseconds.
    pub struct CloudDelay as "cloudDelay" {
        /// The shortest.
        pub min_upload_msec: u32 = "MinUploadMsec",
        /// The longest.
        pub max_upload_msec: u32 = "MaxUploadMsec",
        /// The average.
        pub avg_upload_msec: u32 = "AvgUploadMsec",
        /// The last one.
        pub curr_upload_msec: u32 = "CurrUploadMsec",
    }
}

object! {
    /// What the controller says about its log server.
    pub struct ServerStats as "serverStats" {
        /// Percent of CPU now.
        pub curr_cpu_load_pct: f32 = "CurrCPULoadPCT",
        /// Percent of CPU on average.
        pub avg_cpu_load_pct: f32 = "AvgCPULoadPCT",
        /// Milliseconds it spent on the last upload.
        pub curr_process_msec: u32 = "CurrProcessMsec",
        /// Milliseconds it spends on an upload on average.
        pub avg_process_msec: u32 = "AvgProcessMsec",
    }
}

object! {
    /// Logs of the device, or of all applications.
    pub struct LogfileMetrics as "logfileMetrics" {
        /// Files sent.
        pub num_gzip_files_sent: u64 = "NumGZipFilesSent",
        /// Bytes of compressed files.
        pub num_gzip_bytes_write: u64 = "NumGZipBytesWrite",
        /// Bytes before that.
        pub num_bytes_write: u64 = "NumBytesWrite",
        /// Files waiting to be sent.
        pub num_gzip_file_in_dir: u32 = "NumGzipFileInDir",
        /// Lines.
        pub num_input_event: u64 = "NumInputEvent",
        /// Uploads that failed and are tried again.
        pub num_gzip_file_retry: u64 = "NumGZipFileRetry",
        /// Files kept on the device.
        pub num_gzip_file_kept_local: u32 = "NumGZipFileKeptLocal",
        /// The newest line that has been sent.
        pub recent_upload_timestamp: Time = "RecentUploadTimestamp",
        /// When a file was last sent.
        pub last_gzip_file_send_time: Time = "LastGZipFileSendTime",
    }
}

object! {
    /// Logs, counted. loguploader to newlogd its half, newlogd to zedagent all; key: [`NewlogMetrics::KEY`].
    pub struct NewlogMetrics topic "NewlogMetrics" {
        /// Whether uploads fail.
        pub failed_to_send: bool = "FailedToSend",
        /// Since when.
        pub fail_sent_start_time: Time = "FailSentStartTime",
        /// When the controller last answered 429.
        pub last_too_many_req_time: Time = "LastTooManyReqTime",
        /// Bytes sent.
        pub total_bytes_upload: u64 = "TotalBytesUpload",
        /// Answers from 400 to 499.
        pub num_4xx_responses: u32 = "Num4xxResponses",
        /// Answers 429.
        pub num_too_many_request: u32 = "NumTooManyRequest",
        /// Seconds between uploads.
        pub curr_upload_intv_sec: u32 = "CurrUploadIntvSec",
        /// Seconds after which a file is closed.
        pub logfile_timeout_sec: u32 = "LogfileTimeoutSec",
        /// The largest compressed file in bytes.
        pub max_gzip_size: u32 = "MaxGzipSize",
        /// The average compressed file in bytes.
        pub avg_gzip_size: u32 = "AvgGzipSize",
        /// Files removed for want of space.
        pub num_gzip_file_removed: u32 = "NumGZipFileRemoved",
        /// Files split because they were too large.
        pub num_break_gzip_file: u32 = "NumBreakGZipFile",
        /// Applications' files that are not to be sent.
        pub num_skip_upload_app_file: u32 = "NumSkipUploadAppFile",
        /// Lines of the kernel.
        pub num_kmessages: u64 = "NumKmessages",
        /// Lines of syslog.
        pub num_syslog_messages: u64 = "NumSyslogMessages",
        /// Percent of the device's log, for the ten sources with the most.
        pub dev_top10_input_bytes_pct: Map<String, u32> = "DevTop10InputBytesPCT",
        /// Bytes of all files.
        pub total_size_logs: u64 = "TotalSizeLogs",
        /// The oldest line of the device that is still here.
        pub oldest_saved_device_log: Time = "OldestSavedDeviceLog",
        /// How long uploads take.
        pub latency: CloudDelay = "Latency",
        /// What the controller says about its log server.
        pub server_stats: ServerStats = "ServerStats",
        /// Logs of the device.
        pub dev_metrics: LogfileMetrics = "DevMetrics",
        /// Logs of applications.
        pub app_metrics: LogfileMetrics = "AppMetrics",
    }
}

impl NewlogMetrics {
    /// The only key.
    pub const KEY: &str = "global";
}

pub(crate) const TYPES: &[TypeInfo] = &types![topic NewlogMetrics];
