//! The DHCP and DNS server of a network instance: one a bridge. Called by jobs of zedrouter.
//!
//! What is asked for is a state: asking again for what is served changes nothing. Who asks looks now and then
//! whether the server still runs, and asks again if not.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use super::{Cidr, Scope, Unsupported};

/// The most hosts, names, servers or routes of one server, each.
pub const MAX_SERVED: usize = 4_096;

/// The longest name of a host or domain, in bytes (RFC 1035).
pub const MAX_HOST_NAME: usize = 253;

/// What a server serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerConfig {
    /// The bridge that it serves.
    pub bridge: String,
    /// The bridge's address, on which it listens, and its subnet.
    pub listen: Ipv4Addr,
    /// The length of the subnet's prefix.
    pub prefix: u8,
    /// The first and the last address that it gives away.
    pub range: (Ipv4Addr, Ipv4Addr),
    /// How long an address is given for.
    pub lease: Duration,
    /// The largest packet in bytes, if guests are told.
    pub mtu: Option<u16>,
    /// The domain, if guests are told one.
    pub domain: Option<String>,
    /// Whether the bridge is the guests' way to everywhere.
    pub default_route: bool,
    /// DNS servers that guests are told; `Own`: the bridge; `None` without one.
    pub dns: DnsOffer,
    /// NTP servers that guests are told.
    pub ntp: Vec<Ipv4Addr>,
    /// Networks that guests are told, with their gateways (option 121), in order; `0.0.0.0`: on the link.
    pub routes: Vec<(Cidr, Ipv4Addr)>,
    /// DNS servers that are asked for what is not known here, and the link by which each is reached.
    pub forwarders: Vec<(IpAddr, String)>,
    /// Guests with an address of their own.
    pub hosts: Vec<Host>,
    /// Names that it knows, with their addresses.
    pub names: Vec<(String, Vec<IpAddr>)>,
    /// Names whose addresses, as they are asked for, are put into sets of the packet filter.
    pub watched: Vec<WatchedName>,
}

/// Which DNS servers guests are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DnsOffer {
    /// This server.
    Own,
    /// None.
    Nothing,
    /// These.
    These(Vec<IpAddr>),
}

/// A guest with an address of its own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Host {
    /// Its hardware address.
    pub mac: [u8; 6],
    /// The address that it gets.
    pub address: Ipv4Addr,
    /// Its name in the lease.
    pub name: String,
}

/// A name whose addresses are put into a set of the packet filter, those of the names below it too.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WatchedName {
    /// The name.
    pub name: String,
    /// The packet filter's table.
    pub table: String,
    /// The set, in both layers.
    pub set: String,
}

/// An address that was given to a guest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Seconds since 1970 at which it ends.
    pub ends: u64,
    /// The guest's hardware address.
    pub mac: [u8; 6],
    /// The address.
    pub address: Ipv4Addr,
    /// The guest's name: the one of its [`Host`].
    pub name: String,
}

/// DHCP and DNS servers.
pub trait AddressServer: Send + Sync {
    /// Serves this on its bridge, in place of what was served there. When it returns, the server answers. A
    /// guest whose host is new here gets its address at its first request, whoever had it before.
    fn serve(&self, scope: &Scope, config: &ServerConfig) -> Result<(), ServerError>;

    /// Ends the server of a bridge and forgets its leases; no error if there is none.
    fn stop(&self, scope: &Scope, bridge: &str) -> Result<(), ServerError>;

    /// Whether a server that was asked for still runs.
    fn runs(&self, bridge: &str) -> bool;

    /// The leases of a bridge, in no order; those that cannot be read are left out.
    fn leases(&self, scope: &Scope, bridge: &str) -> Result<Vec<Lease>, ServerError>;
}

/// Why a server does not serve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerError {
    /// A name of a bridge, host or domain that cannot be one.
    BadName(String),
    /// More than [`MAX_SERVED`] of something.
    TooMany,
    /// It did not come up in time, or ended: the first line that it said, if any.
    NotUp(String),
    /// It ended by itself.
    Ended,
    /// The system refused.
    Io {
        /// The file or program.
        what: String,
        /// The call that failed.
        call: &'static str,
        /// Its error number (errno).
        errno: i32,
    },
    /// The job was cancelled.
    Cancelled,
    /// The device has no such server.
    Unsupported,
}

/// Whether a text can be the name of a host or a domain: labels of letters, digits, `-` and `_`, separated by
/// dots. Nothing else reaches a configuration file.
pub fn is_host_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let label =
        |label: &str| (1..=63).contains(&label.len()) && label.bytes().all(plain) && !label.starts_with('-');
    name.len() <= MAX_HOST_NAME && name.split('.').all(label)
}

impl ServerConfig {
    /// Whether it can be served; every implementation asks this first.
    pub fn check(&self) -> Result<(), ServerError> {
        let links = [&self.bridge].into_iter().chain(self.forwarders.iter().map(|(_, link)| link));
        let hosts = self.hosts.iter().map(|host| &host.name).chain(self.names.iter().map(|(name, _)| name));
        let names = hosts.chain(&self.domain).chain(self.watched.iter().map(|watched| &watched.name));
        if let Some(bad) = links.into_iter().find(|link| !super::is_link_name(link)) {
            return Err(ServerError::BadName(bad.clone()));
        }
        if let Some(bad) = names.into_iter().find(|name| !is_host_name(name)) {
            return Err(ServerError::BadName(bad.clone()));
        }
        let lengths = [
            self.hosts.len(),
            self.names.iter().map(|(_, addresses)| addresses.len()).sum(),
            self.routes.len(),
            self.forwarders.len(),
            self.ntp.len(),
            self.watched.len(),
        ];
        if lengths.into_iter().any(|length| length > MAX_SERVED) {
            return Err(ServerError::TooMany);
        }
        Ok(())
    }
}

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ServerError::BadName(name) => write!(f, "{name:?} cannot be a name here"),
            ServerError::TooMany => write!(f, "more than {MAX_SERVED} hosts, names, servers or routes"),
            ServerError::NotUp(said) if said.is_empty() => f.write_str("the DHCP server did not start"),
            ServerError::NotUp(said) => write!(f, "the DHCP server did not start: {said}"),
            ServerError::Ended => f.write_str("the DHCP server has ended"),
            ServerError::Io { what, call, errno } => write!(f, "{what}: {call} failed with error {errno}"),
            ServerError::Cancelled => f.write_str("cancelled"),
            ServerError::Unsupported => f.write_str("this device has no DHCP server"),
        }
    }
}

impl std::error::Error for ServerError {}

impl AddressServer for Unsupported {
    fn serve(&self, _: &Scope, _: &ServerConfig) -> Result<(), ServerError> {
        Err(ServerError::Unsupported)
    }

    fn stop(&self, _: &Scope, _: &str) -> Result<(), ServerError> {
        Err(ServerError::Unsupported)
    }

    fn runs(&self, _: &str) -> bool {
        false
    }

    fn leases(&self, _: &Scope, _: &str) -> Result<Vec<Lease>, ServerError> {
        Err(ServerError::Unsupported)
    }
}

#[cfg(test)]
mod tests {
    use super::is_host_name;

    #[test]
    fn names_are_what_dns_takes_and_nothing_that_ends_a_line() {
        for good in ["a", "router", "6f47a423-e41c-48db-8339-acc3e1f7dad5", "www.example.com", "_x.b", "9"] {
            assert!(is_host_name(good), "{good}");
        }
        let long = "a.".repeat(127) + "a";
        for bad in ["", ".", "a..b", "a.", "-a", "a b", "a\nserver=1.2.3.4", "a,b", "a/b", "ü", "#", &long] {
            assert!(!is_host_name(bad), "{bad:?}");
        }
    }
}
