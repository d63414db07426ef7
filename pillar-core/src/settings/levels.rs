//! Words for how much is logged. Made from settings; whoever logs, or filters logs, compares with them.

/// How much of what agents log counts, from nothing to everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// Nothing.
    None,
    /// What ends the process by a panic.
    Panic,
    /// What ends the process.
    Fatal,
    /// Failures.
    Error,
    /// What may become one.
    Warning,
    /// The story of the device; also what a word without meaning stands for (`spec/02`).
    #[default]
    Info,
    /// What a developer wants.
    Debug,
    /// Everything.
    Trace,
}

impl LogLevel {
    /// Reads a word for it. `none` and `all` are taken in lower case alone, as EVE does.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "none" => return Some(Self::None),
            "all" => return Some(Self::Trace),
            _ => {}
        }
        let words = [
            ("panic", Self::Panic),
            ("fatal", Self::Fatal),
            ("error", Self::Error),
            ("warning", Self::Warning),
            ("warn", Self::Warning),
            ("info", Self::Info),
            ("debug", Self::Debug),
            ("trace", Self::Trace),
        ];
        words.into_iter().find(|(word, _)| word.eq_ignore_ascii_case(text)).map(|(_, level)| level)
    }
}

/// How much of what the kernel and syslog write counts, from nothing to everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum SyslogLevel {
    /// Nothing.
    None,
    /// The system cannot be used.
    Emergency,
    /// Somebody must act at once.
    Alert,
    /// A part has failed.
    Critical,
    /// Failures.
    Error,
    /// What may become one.
    Warning,
    /// What is normal, but matters.
    Notice,
    /// What happens.
    #[default]
    Info,
    /// What a developer wants.
    Debug,
    /// Everything.
    All,
}

impl SyslogLevel {
    /// Reads a word for it, in lower case.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "none" => Self::None,
            "emerg" => Self::Emergency,
            "alert" => Self::Alert,
            "crit" | "critical" => Self::Critical,
            "err" | "error" => Self::Error,
            "warning" | "warn" => Self::Warning,
            "notice" => Self::Notice,
            "info" => Self::Info,
            "debug" => Self::Debug,
            "all" => Self::All,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_ordered_by_how_much_counts() {
        assert!(LogLevel::None < LogLevel::Panic && LogLevel::Warning < LogLevel::Info);
        assert_eq!(LogLevel::parse("all"), Some(LogLevel::Trace));
        assert_eq!(LogLevel::parse("WARN"), Some(LogLevel::Warning));
        assert_eq!(LogLevel::parse("NONE"), None);
        assert_eq!(SyslogLevel::parse("crit"), SyslogLevel::parse("critical"));
        assert_eq!(SyslogLevel::parse("Info"), None);
        assert!(SyslogLevel::None < SyslogLevel::Emergency && SyslogLevel::Debug < SyslogLevel::All);
    }
}
