//! Which texts a setting takes. What has no rule here takes any: whoever uses it checks it.

use std::net::IpAddr;

use pillar_types::base64;

use super::cron::Cron;
use super::levels::{LogLevel, SyslogLevel};

/// Which texts a setting takes.
#[derive(Debug)]
pub struct Rule {
    /// Whether it takes this one.
    pub accepts: fn(&str) -> bool,
    /// What it takes, to go after "it must be".
    pub expected: &'static str,
}

/// Any text.
pub(super) const ANY: &Rule = &Rule { accepts: |_| true, expected: "text" };

/// Which lines of agents are logged.
pub(super) const LEVEL: &Rule = &Rule {
    accepts: |text| LogLevel::parse(text).is_some(),
    expected: "none, panic, fatal, error, warning, info, debug, trace or all",
};

/// Which lines of the kernel and of syslog are logged.
pub(super) const SYSLOG_LEVEL: &Rule = &Rule {
    accepts: |text| SyslogLevel::parse(text).is_some(),
    expected: "none, emerg, alert, critical, error, warning, notice, info, debug or all",
};

/// Which lines of the local user interface are logged.
pub(super) const TUI_LEVEL: &Rule = &Rule {
    accepts: |text| {
        let levels = ["off", "error", "warn", "info", "debug", "trace"];
        levels.iter().any(|level| level.eq_ignore_ascii_case(text))
    },
    expected: "off, error, warn, info, debug or trace",
};

/// When something repeats; empty: never.
pub(super) const CRON: &Rule = &Rule {
    accepts: |text| text.is_empty() || Cron::parse(text).is_some(),
    expected: "empty or the five fields of cron",
};

/// Bytes.
pub(super) const BASE64: &Rule =
    &Rule { accepts: |text| base64::decode(text.as_bytes()).is_ok(), expected: "base64" };

/// A screen; the name of a file is made of it.
pub(super) const RESOLUTION: &Rule = &Rule {
    accepts: |text| ["", "800x600", "1024x768", "1280x800", "1920x1080"].contains(&text),
    expected: "empty, 800x600, 1024x768, 1280x800 or 1920x1080",
};

/// Whether applications boot from USB first.
pub(super) const BOOT_ORDER: &Rule =
    &Rule { accepts: |text| ["", "usb", "nousb"].contains(&text), expected: "empty, usb or nousb" };

/// A file in a folder that is not named here.
pub(super) const FILE_NAME: &Rule = &Rule {
    accepts: |text| !matches!(text, "." | "..") && !text.contains(['/', '\\', '\0']),
    expected: "empty or the name of a file without a folder",
};

/// What Longhorn does with the last replica on a node that is drained.
pub(super) const DRAIN_POLICY: &Rule = &Rule {
    accepts: |text| {
        [
            "block-for-eviction",
            "block-for-eviction-if-contains-last-replica",
            "allow-if-replica-is-stopped",
            "always-allow",
        ]
        .contains(&text)
    },
    expected: "block-for-eviction, block-for-eviction-if-contains-last-replica, \
               allow-if-replica-is-stopped or always-allow",
};

/// A host that answers HTTP; empty: none.
pub(super) const HTTP_HOST: &Rule = &Rule {
    accepts: |text| text.is_empty() || host(text, "http").is_some(),
    expected: "empty, a host or a URL that begins with http://",
};

/// A host that answers HTTPS, by name: its certificate has to say so; empty: none.
pub(super) const HTTPS_HOST: &Rule = &Rule {
    accepts: |text| text.is_empty() || host(text, "https").is_some_and(|host| !is_address(host)),
    expected: "empty, the name of a host or a URL that begins with https:// and a name",
};

/// The host, with its port, of a URL with this scheme or none.
fn host<'a>(text: &'a str, scheme: &str) -> Option<&'a str> {
    let rest = match text.split_once("://") {
        Some((found, rest)) => found.eq_ignore_ascii_case(scheme).then_some(rest)?,
        None => text,
    };
    let host = rest.split(['/', '?', '#']).next()?;
    let plain = !host.is_empty() && !text.contains(|c: char| c.is_whitespace() || c.is_control());
    plain.then_some(host)
}

fn is_address(host: &str) -> bool {
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    let name = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address,
        None => host.split_once(':').filter(|(_, port)| !port.contains(':')).map_or(host, |(name, _)| name),
    };
    name.parse::<IpAddr>().is_ok()
}
