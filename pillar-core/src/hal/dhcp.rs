//! The DHCP client: keeps a link's addresses, routes and DNS servers as a server, or a fixed configuration, says
//! (spec/03, dhcpcd). Called by nim's jobs.
//!
//! A lease belongs to the device and not to the process that asked for it: it stays when the process goes, and is
//! taken up again.

use std::fmt;
use std::net::IpAddr;

use super::{Cidr, LinkError, ProcessError, Scope, StorageError, Unsupported};

/// The vendor class that EVE's devices say they are of (DHCP option 60).
pub const VENDOR_CLASS: &str = "LFEDGE-EVE";

/// What is kept on a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DhcpConfig {
    /// Where the address comes from.
    pub address: AddressFrom,
    /// Through which gateway the rest of the world is reached.
    pub gateway: GatewayFrom,
    /// The metric of its routes; 0: the client's choice.
    pub metric: u32,
    /// Which versions of IP.
    pub versions: IpVersions,
}

/// Where an address comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AddressFrom {
    /// A server.
    Server {
        /// Whether to name [`VENDOR_CLASS`].
        vendor_class: bool,
    },
    /// Here.
    Fixed {
        /// The address.
        address: Cidr,
        /// The DNS domain; empty for none.
        domain_name: String,
        /// DNS servers.
        dns_servers: Vec<IpAddr>,
        /// NTP servers, by name or address.
        ntp_servers: Vec<String>,
    },
}

/// Where the gateway comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GatewayFrom {
    /// The server; with a fixed address there is none.
    Server,
    /// Here.
    Fixed(IpAddr),
    /// There is none, whatever the server says.
    Nowhere,
}

/// Which versions of IP a link uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IpVersions {
    /// IPv4 and IPv6.
    Both,
    /// IPv4 only.
    V4,
    /// IPv6 only.
    V6,
}

/// What a link has got.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DhcpLease {
    /// The IPv4 address with its network's prefix.
    pub address_v4: Option<Cidr>,
    /// Its IPv6 networks.
    pub networks_v6: Vec<Cidr>,
    /// The DNS domain, by IPv4 and by IPv6; empty if none was told.
    pub domain_names: [String; 2],
    /// DNS servers, those told by IPv4 first.
    pub dns_servers: Vec<IpAddr>,
    /// NTP servers, those told by IPv4 first.
    pub ntp_servers: Vec<String>,
}

/// DHCP clients of the device's links.
pub trait Dhcp: Send + Sync {
    /// Has a link kept like this from now on, also when the client that does so dies: call it again to have that
    /// seen. A client that does this already goes on undisturbed. Does not wait for a lease.
    fn keep(&self, scope: &Scope, link: &str, config: &DhcpConfig) -> Result<(), DhcpError>;

    /// What the link has now; `None` while it has nothing, or is not kept.
    fn lease(&self, scope: &Scope, link: &str) -> Result<Option<DhcpLease>, DhcpError>;

    /// Gives the lease back, with the address and routes that came with it. Nothing to give back is no error.
    fn release(&self, scope: &Scope, link: &str) -> Result<(), DhcpError>;
}

/// Why a link is not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DhcpError {
    /// There is no such link, or it cannot be asked.
    Link(LinkError),
    /// The client did not start.
    NotStarted {
        /// The link.
        link: String,
    },
    /// The client does not end.
    NotEnded {
        /// The link.
        link: String,
    },
    /// The client could not be run.
    Process(ProcessError),
    /// What the client keeps on the disk is out of reach.
    Storage(StorageError),
    /// The job was cancelled.
    Cancelled,
    /// The device has no DHCP client.
    Unsupported,
}

impl fmt::Display for DhcpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DhcpError::Link(why) => why.fmt(f),
            DhcpError::NotStarted { link } => write!(f, "{link}: the DHCP client does not start"),
            DhcpError::NotEnded { link } => write!(f, "{link}: the DHCP client does not end"),
            DhcpError::Process(why) => why.fmt(f),
            DhcpError::Storage(why) => why.fmt(f),
            DhcpError::Cancelled => f.write_str("cancelled"),
            DhcpError::Unsupported => f.write_str("this device has no DHCP client"),
        }
    }
}

impl std::error::Error for DhcpError {}

impl From<ProcessError> for DhcpError {
    fn from(why: ProcessError) -> Self {
        if why == ProcessError::Cancelled { DhcpError::Cancelled } else { DhcpError::Process(why) }
    }
}

impl Dhcp for Unsupported {
    fn keep(&self, _: &Scope, _: &str, _: &DhcpConfig) -> Result<(), DhcpError> {
        Err(DhcpError::Unsupported)
    }

    fn lease(&self, _: &Scope, _: &str) -> Result<Option<DhcpLease>, DhcpError> {
        Err(DhcpError::Unsupported)
    }

    fn release(&self, _: &Scope, _: &str) -> Result<(), DhcpError> {
        Err(DhcpError::Unsupported)
    }
}
