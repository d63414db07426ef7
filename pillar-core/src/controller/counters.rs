//! What was exchanged with the controller, counted by interface and URL (spec/01, Info, metrics, other reports).

use pillar_types::Time;
use pillar_types::controller_metrics::MetricsMap;

use super::exchange::Attempt;
use crate::time::Wall;

/// The most URLs that are counted for an interface; more are not told apart any more.
const MAX_URLS: usize = 64;

/// The URL that stands for all beyond these.
const OTHERS: &str = "others";

/// Counts attempts.
pub fn count(map: &mut MetricsMap, attempts: &[Attempt]) {
    for attempt in attempts {
        let interface = map.0.get_or_default(attempt.interface.clone());
        let at = time(attempt.at.wall);
        // Any answer shows that the server can be reached.
        if attempt.result.is_ok() {
            interface.success_count += 1;
            interface.last_success = at;
        } else {
            interface.failure_count += 1;
            interface.last_failure = at;
        }
        let known = interface.url_counters.contains_key(&attempt.url);
        let full = interface.url_counters.len() >= MAX_URLS;
        let url = if known || !full { &attempt.url } else { OTHERS };
        let counters = interface.url_counters.get_or_default(url.to_owned());
        let sent = i64::try_from(attempt.sent).unwrap_or(i64::MAX);
        counters.try_msg_count += 1;
        counters.try_byte_count += sent;
        counters.total_time_spent += i64::try_from(attempt.took.as_millis()).unwrap_or(i64::MAX);
        if let Ok((_, received)) = &attempt.result {
            counters.sent_msg_count += 1;
            counters.sent_byte_count += sent;
            counters.recv_msg_count += 1;
            counters.recv_byte_count += i64::try_from(*received).unwrap_or(i64::MAX);
        }
    }
}

/// Counts an answer whose envelope was not accepted.
pub fn count_bad_envelope(map: &mut MetricsMap, attempts: &[Attempt]) {
    if let Some(attempt) = attempts.last() {
        map.0.get_or_default(attempt.interface.clone()).auth_fail_count += 1;
    }
}

/// A wall clock as objects have it.
pub fn time(wall: Wall) -> Time {
    const SECOND: i64 = 1_000_000_000;
    let nanos = u32::try_from(wall.0.rem_euclid(SECOND)).unwrap_or(0);
    Time::from_unix(wall.0.div_euclid(SECOND), nanos)
}
