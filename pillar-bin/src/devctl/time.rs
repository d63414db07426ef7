//! What time it is, for certificates and for what people are shown.

use std::time::{SystemTime, UNIX_EPOCH};

use pillar_proto::google::Timestamp;
use pillar_types::Time;

/// Now, in UTC.
pub fn now() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Time::from_unix(i64::try_from(since.as_secs()).unwrap_or(i64::MAX), since.subsec_nanos())
}

/// Now, as messages have it.
pub fn stamp() -> Timestamp {
    let now = now();
    Timestamp { seconds: now.unix_seconds(), nanos: i32::try_from(now.subsec_nanos()).unwrap_or(0) }
}

/// The time of day.
pub fn of_day(time: Time) -> String {
    let seconds = time.unix_seconds().rem_euclid(86_400);
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}
