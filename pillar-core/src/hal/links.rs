//! Network interfaces with their addresses and routes, as the kernel has them. Called by jobs of nim, zedrouter and
//! domainmgr.
//!
//! What is asked for is a state, not a step: asking again for what is there changes nothing and is no error.
//! Notices of changes are a source of [`LinkNotice`]: they name a link that is to be looked at again.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use pillar_types::object;

use super::{Scope, Unsupported};

/// The longest name of a link (`IFNAMSIZ` without the closing NUL).
pub const MAX_LINK_NAME: usize = 15;

/// The kernel's main table of routes.
pub const MAIN_TABLE: u32 = 254;

object! {
    /// A link, its addresses or its routes may have changed. hal to nim and zedrouter; key: the link's name.
    pub struct LinkNotice topic "LinkNotice" {
        /// Grows with every notice of the link, so that two in a row differ.
        pub serial: u64 = "Serial",
    }
}

/// An address with the length of its network's prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cidr {
    /// The address.
    pub address: IpAddr,
    /// How many of its bits are the network's.
    pub prefix: u8,
}

/// A link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its name.
    pub name: String,
    /// The kernel's number of it.
    pub index: u32,
    /// What it is.
    pub kind: LinkKind,
    /// Its hardware address; zeros when it has none.
    pub mac: [u8; 6],
    /// The largest packet, in bytes.
    pub mtu: u32,
    /// Whether it is switched on.
    pub admin_up: bool,
    /// Whether it has a carrier.
    pub lower_up: bool,
    /// The bridge or bond that it belongs to.
    pub master: Option<String>,
    /// Its addresses, link-local ones included, in the kernel's order. Those that the kernel still checks for
    /// duplicates are left out.
    pub addresses: Vec<Cidr>,
    /// What went through it.
    pub counters: LinkCounters,
}

/// What went through a link since it exists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinkCounters {
    /// Bytes received.
    pub rx_bytes: u64,
    /// Bytes sent.
    pub tx_bytes: u64,
    /// Packets received.
    pub rx_packets: u64,
    /// Packets sent.
    pub tx_packets: u64,
    /// Packets that were received and dropped.
    pub rx_drops: u64,
    /// Packets that were dropped instead of being sent.
    pub tx_drops: u64,
    /// Packets received with errors.
    pub rx_errors: u64,
    /// Packets that could not be sent.
    pub tx_errors: u64,
}

/// What a link is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkKind {
    /// The device to itself.
    Loopback,
    /// Hardware, or what the kernel does not call otherwise.
    Ethernet,
    /// A bridge.
    Bridge,
    /// The host's end of a guest's interface.
    Tap,
    /// One end of a pair.
    Veth,
    /// Neither sends nor receives.
    Dummy,
    /// Another kind, which pillar does not make.
    Other,
}

/// A link to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NewLink {
    /// A bridge with this hardware address.
    Bridge {
        /// Its hardware address.
        mac: [u8; 6],
    },
    /// The host's end of a guest's interface, which lives without a process that holds it.
    Tap,
    /// Neither sends nor receives.
    Dummy,
}

/// What a link should be; `None` leaves it as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LinkSettings {
    /// Whether it is switched on.
    pub up: Option<bool>,
    /// The largest packet, in bytes.
    pub mtu: Option<u32>,
    /// Its hardware address.
    pub mac: Option<[u8; 6]>,
    /// The bridge that it belongs to; `Some(None)`: none.
    pub master: Option<Option<String>>,
    /// Another name; the link must be down.
    pub name: Option<String>,
}

/// A route.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Route {
    /// To which network; a prefix of 0 is everywhere.
    pub destination: Cidr,
    /// Through which gateway; `None`: the network is on the link.
    pub gateway: Option<IpAddr>,
    /// Through which link.
    pub link: String,
    /// The address that packets come from.
    pub source: Option<IpAddr>,
    /// Lower is better.
    pub metric: u32,
}

/// Links, addresses and routes.
pub trait Links: Send + Sync {
    /// All links, by name.
    fn list(&self, scope: &Scope) -> Result<Vec<Link>, LinkError>;

    /// Makes a link, switched off. One of that name and kind that is there is kept.
    fn add(&self, scope: &Scope, name: &str, link: &NewLink) -> Result<(), LinkError>;

    /// Changes a link.
    fn set(&self, scope: &Scope, name: &str, settings: &LinkSettings) -> Result<(), LinkError>;

    /// Removes a link that was made; one that is not there is no error.
    fn remove(&self, scope: &Scope, name: &str) -> Result<(), LinkError>;

    /// Gives a link these addresses and takes all others, link-local ones of IPv6 excepted.
    fn set_addresses(&self, scope: &Scope, name: &str, addresses: &[Cidr]) -> Result<(), LinkError>;

    /// The routes of a table, in order. Those of the kernel itself to its own addresses are left out.
    fn routes(&self, scope: &Scope, table: u32) -> Result<Vec<Route>, LinkError>;

    /// Gives a table these routes through a link, and takes all others of that table through that link that
    /// the kernel did not make itself for an address.
    fn set_routes(&self, scope: &Scope, table: u32, link: &str, routes: &[Route]) -> Result<(), LinkError>;

    /// Whether IPv4 packets that come in by one link, and are for somebody else, go out by another.
    fn forwards(&self, scope: &Scope) -> Result<bool, LinkError>;

    /// Has them go out, or not (`net.ipv4.ip_forward`).
    fn set_forwarding(&self, scope: &Scope, on: bool) -> Result<(), LinkError>;
}

/// Why a link is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkError {
    /// There is no such link.
    NotFound(String),
    /// There is another link of that name.
    Exists(String),
    /// Not a name that a link can have.
    BadName(String),
    /// The kernel refused.
    Io {
        /// The link, or the table.
        what: String,
        /// The request that failed, such as `RTM_NEWLINK`.
        call: &'static str,
        /// Its error number (errno).
        errno: i32,
    },
    /// The job was cancelled.
    Cancelled,
    /// The device has no network.
    Unsupported,
}

/// Whether a link can have this name: the kernel's rule, and nothing that a tool could take for an option.
pub fn is_link_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_graphic() && byte != b'/' && byte != b':';
    (1..=MAX_LINK_NAME).contains(&name.len())
        && name.bytes().all(plain)
        && !name.starts_with('-')
        && !matches!(name, "." | "..")
}

impl Cidr {
    /// The network that the address is in.
    #[must_use]
    pub fn network(self) -> Cidr {
        let address = match self.address {
            IpAddr::V4(address) => {
                let mask = u32::MAX.checked_shl(32_u32.saturating_sub(self.prefix.into())).unwrap_or(0);
                Ipv4Addr::from_bits(address.to_bits() & mask).into()
            }
            IpAddr::V6(address) => {
                let mask = u128::MAX.checked_shl(128_u32.saturating_sub(self.prefix.into())).unwrap_or(0);
                Ipv6Addr::from_bits(address.to_bits() & mask).into()
            }
        };
        Cidr { address, prefix: self.prefix }
    }

    /// Whether an address is in the same network.
    pub fn contains(self, address: IpAddr) -> bool {
        let same_family = self.address.is_ipv4() == address.is_ipv4();
        same_family && Cidr { address, prefix: self.prefix }.network() == self.network()
    }
}

impl FromStr for Cidr {
    type Err = NotCidr;

    fn from_str(text: &str) -> Result<Self, NotCidr> {
        let (address, prefix) = text.split_once('/').ok_or(NotCidr)?;
        let address: IpAddr = address.parse().map_err(|_| NotCidr)?;
        let prefix = prefix.parse().map_err(|_| NotCidr)?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        if prefix <= longest { Ok(Cidr { address, prefix }) } else { Err(NotCidr) }
    }
}

/// A text is not an address with the length of its prefix, such as `10.0.0.1/24`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotCidr;

impl fmt::Display for NotCidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an address with the length of its prefix")
    }
}

impl std::error::Error for NotCidr {}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LinkError::NotFound(name) => write!(f, "{name}: no such interface"),
            LinkError::Exists(name) => write!(f, "{name}: there is another interface of that name"),
            LinkError::BadName(name) => write!(f, "{name:?} cannot be the name of an interface"),
            LinkError::Io { what, call, errno } => write!(f, "{what}: {call} failed with error {errno}"),
            LinkError::Cancelled => f.write_str("cancelled"),
            LinkError::Unsupported => f.write_str("this device has no network"),
        }
    }
}

impl std::error::Error for LinkError {}

impl Links for Unsupported {
    fn list(&self, _: &Scope) -> Result<Vec<Link>, LinkError> {
        Err(LinkError::Unsupported)
    }

    fn add(&self, _: &Scope, _: &str, _: &NewLink) -> Result<(), LinkError> {
        Err(LinkError::Unsupported)
    }

    fn set(&self, _: &Scope, _: &str, _: &LinkSettings) -> Result<(), LinkError> {
        Err(LinkError::Unsupported)
    }

    fn remove(&self, _: &Scope, _: &str) -> Result<(), LinkError> {
        Err(LinkError::Unsupported)
    }

    fn set_addresses(&self, _: &Scope, _: &str, _: &[Cidr]) -> Result<(), LinkError> {
        Err(LinkError::Unsupported)
    }

    fn routes(&self, _: &Scope, _: u32) -> Result<Vec<Route>, LinkError> {
        Err(LinkError::Unsupported)
    }

    fn set_routes(&self, _: &Scope, _: u32, _: &str, _: &[Route]) -> Result<(), LinkError> {
        Err(LinkError::Unsupported)
    }

    fn forwards(&self, _: &Scope) -> Result<bool, LinkError> {
        Err(LinkError::Unsupported)
    }

    fn set_forwarding(&self, _: &Scope, _: bool) -> Result<(), LinkError> {
        Err(LinkError::Unsupported)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_what_addresses_have_in_common() {
        let cidr = |text: &str| text.parse::<Cidr>().unwrap();
        for (address, network) in [
            ("192.0.2.77/24", "192.0.2.0/24"),
            ("192.0.2.77/0", "0.0.0.0/0"),
            ("192.0.2.77/32", "192.0.2.77/32"),
            ("2001:db8::1:1/112", "2001:db8::1:0/112"),
            ("2001:db8::1/0", "::/0"),
        ] {
            assert_eq!(cidr(address).network(), cidr(network), "{address}");
        }
        assert!(cidr("192.0.2.1/24").contains("192.0.2.254".parse().unwrap()));
        assert!(!cidr("192.0.2.1/24").contains("192.0.3.1".parse().unwrap()));
        assert!(!cidr("0.0.0.0/0").contains("::1".parse().unwrap()));
        for bad in ["", "192.0.2.1", "192.0.2.1/33", "::/129", "192.0.2.1/-1", "192.0.2/24", "a/8", "::1/"] {
            assert_eq!(bad.parse::<Cidr>(), Err(NotCidr), "{bad}");
        }
    }

    #[test]
    fn names_are_what_the_kernel_takes_and_no_options() {
        for good in ["eth0", "bn1", "nbu1x1", "enp0s31f6", "a", "wwan0.100", "fifteen-letters"] {
            assert!(is_link_name(good), "{good}");
        }
        for bad in ["", ".", "..", "-eth0", "a/b", "eth0:1", "a b", "a\n", "ü", "sixteen-letters-"] {
            assert!(!is_link_name(bad), "{bad}");
        }
    }
}
