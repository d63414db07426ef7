//! Processes, from their files in `/proc`. One that ends while it is looked at is left out.

use pillar_core::hal::{MAX_SYSTEM_TEXT, ProcessInfo, Scope, SystemError};

use super::load::TICK_NANOS;
use super::{LinuxSystem, field, read};

pub(super) fn processes(system: &LinuxSystem, scope: &Scope) -> Result<Vec<ProcessInfo>, SystemError> {
    let mut pids: Vec<u32> =
        system.names(scope, "proc")?.iter().filter_map(|name| name.parse().ok()).collect();
    pids.sort_unstable();
    let mut processes = Vec::with_capacity(pids.len());
    for pid in pids {
        if scope.cancelled() {
            return Err(SystemError::Cancelled);
        }
        let place = system.root.join("proc").join(pid.to_string());
        let Some(mut process) = read(&place.join("stat"), MAX_SYSTEM_TEXT).ok().and_then(|text| stat(&text))
        else {
            continue;
        };
        process.has_program = read(&place.join("cmdline"), 1).is_ok_and(|begin| !begin.is_empty());
        process.files = std::fs::read_dir(place.join("fd")).ok().map(|files| files.count() as u32);
        processes.push(process);
    }
    Ok(processes)
}

/// `/proc/PID/stat`: `pid (name) state …`. The name may hold anything, blanks and parentheses included.
fn stat(text: &str) -> Option<ProcessInfo> {
    let (pid, rest) = text.split_once(" (")?;
    let (name, rest) = rest.rsplit_once(") ")?;
    let words: Vec<&str> = rest.split_whitespace().collect();
    // proc(5) counts from one, with the state as the third.
    let number = |place: usize| words.get(place - 3).and_then(|word| word.parse::<u64>().ok());
    Some(ProcessInfo {
        pid: pid.parse().ok()?,
        name: field(name),
        threads: number(20)? as u32,
        user_time: number(14)?.saturating_mul(TICK_NANOS),
        system_time: number(15)?.saturating_mul(TICK_NANOS),
        started: number(22)?.saturating_mul(TICK_NANOS),
        virtual_bytes: number(23)?,
        resident_bytes: number(24)?.saturating_mul(rustix::param::page_size() as u64),
        ..ProcessInfo::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_hold_anything() {
        let numbers = "S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22";
        let process = stat(&format!("42 (a) (b) S) {numbers}")).unwrap();
        assert_eq!((process.pid, process.name.as_str(), process.threads), (42, "a) (b) S", 17));
        assert_eq!((process.user_time, process.system_time), (110_000_000, 120_000_000));
        assert_eq!((process.started, process.virtual_bytes), (190_000_000, 20));
        assert_eq!(process.resident_bytes, 21 * rustix::param::page_size() as u64);
        for bad in ["", "42", "42 (a", "42 (a) S 1 2", "x (a) S", &format!("-1 (a) {numbers}")] {
            assert_eq!(stat(bad), None, "{bad}");
        }
    }
}
