//! Memory and processors as they are now. Only text from the kernel is read here.

use pillar_core::hal::{Memory, MemoryPressure, Pressure, ProcessorTime};

/// Nanoseconds of a tick of the kernel's accounting: `USER_HZ` is 100 on every architecture that there is an EVE for.
pub(super) const TICK_NANOS: u64 = 10_000_000;

/// `/proc/meminfo`: lines such as `MemTotal:  16384 kB`.
pub(super) fn memory(text: &str) -> Memory {
    let bytes = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        let kib = line.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok());
        kib.unwrap_or(0).saturating_mul(1024)
    };
    Memory {
        total: bytes("MemTotal"),
        free: bytes("MemFree"),
        available: bytes("MemAvailable"),
        cached: bytes("Cached").saturating_add(bytes("SReclaimable")),
        kernel: bytes("SUnreclaim"),
    }
}

/// `/proc/stat`: `cpu  user nice system idle iowait irq softirq steal guest guest_nice`, in ticks. What guests used is
/// part of user.
pub(super) fn processor_time(text: &str) -> ProcessorTime {
    let line = text.lines().find_map(|line| line.strip_prefix("cpu ")).unwrap_or_default();
    let ticks: Vec<u64> = line.split_whitespace().map_while(|word| word.parse().ok()).collect();
    let nanos = |places: &[usize]| {
        let sum: u64 =
            places.iter().filter_map(|place| ticks.get(*place)).fold(0, |sum, n| sum.saturating_add(*n));
        sum.saturating_mul(TICK_NANOS)
    };
    ProcessorTime {
        user: nanos(&[0, 1]),
        system: nanos(&[2, 5, 6]),
        idle: nanos(&[3]),
        waiting: nanos(&[4]),
        stolen: nanos(&[7]),
    }
}

/// `/proc/pressure/memory`: `some avg10=0.00 avg60=0.00 avg300=0.00 total=0`, and the same for `full`.
pub(super) fn pressure(text: &str) -> MemoryPressure {
    let of = |name: &str| {
        let line =
            text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')).unwrap_or_default();
        let value =
            |key: &str| line.split_whitespace().find_map(|word| word.strip_prefix(key)?.strip_prefix('='));
        let share = |key: &str| value(key).and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0);
        Pressure {
            avg10: share("avg10"),
            avg60: share("avg60"),
            avg300: share("avg300"),
            total_us: value("total").and_then(|text| text.parse().ok()).unwrap_or(0),
        }
    };
    MemoryPressure { some: of("some"), full: of("full") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_in_bytes() {
        let text = "MemTotal:       16384 kB\nMemFree:            1 kB\nMemAvailable:       8 kB\nCached:             2 kB\n\
                    SwapCached:        99 kB\nSReclaimable:       3 kB\nSUnreclaim:         4 kB\n";
        let memory = memory(text);
        let want =
            Memory { total: 16 << 20, free: 1 << 10, available: 8 << 10, cached: 5 << 10, kernel: 4 << 10 };
        assert_eq!(memory, want);
        assert_eq!(super::memory("MemTotal: x kB\nMemFree"), Memory::default());
        assert_eq!(super::memory("MemTotal: 18446744073709551615 kB").total, u64::MAX);
    }

    #[test]
    fn processor_time_is_in_nanoseconds() {
        let time = processor_time("cpu  1 2 3 4 5 6 7 8 9 10\ncpu0 1 1 1 1 1 1 1 1 1 1\n");
        let want = ProcessorTime {
            user: 30_000_000,
            system: 160_000_000,
            idle: 40_000_000,
            waiting: 50_000_000,
            stolen: 80_000_000,
        };
        assert_eq!(time, want);
        assert_eq!(
            processor_time("cpu  1 x"),
            ProcessorTime { user: 10_000_000, ..ProcessorTime::default() }
        );
        assert_eq!(processor_time(""), ProcessorTime::default());
    }

    #[test]
    fn pressure_has_both_lines() {
        let text = "some avg10=0.12 avg60=1.00 avg300=2.50 total=42\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=7\n";
        let pressure = pressure(text);
        assert_eq!(pressure.some, Pressure { avg10: 0.12, avg60: 1.0, avg300: 2.5, total_us: 42 });
        assert_eq!(pressure.full, Pressure { total_us: 7, ..Pressure::default() });
        assert_eq!(super::pressure("some avg10=x\nfull"), MemoryPressure::default());
    }
}
