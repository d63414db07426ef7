//! Addresses of a local network instance (spec/04, IPv4 address management). Pure.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};

use pillar_types::IpNet;
use pillar_types::address::AddressType;
use pillar_types::network_instance::NetworkInstanceConfig;

use crate::hal::Cidr;

/// The addresses of a network instance that make sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subnet {
    /// The subnet's own address.
    pub base: Ipv4Addr,
    /// The length of its prefix.
    pub prefix: u8,
    /// The bridge's address.
    pub gateway: Ipv4Addr,
    /// The first and last address that DHCP gives away.
    pub range: (Ipv4Addr, Ipv4Addr),
}

/// Why addresses make no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadSubnet {
    /// Other versions of IP than 4.
    Unsupported(AddressType),
    /// No subnet, or one whose mask is none.
    Missing,
    /// No first or last address for DHCP.
    NoRange,
    /// That address is not in the subnet.
    Outside(&'static str, Ipv4Addr),
    /// The first comes after the last.
    Backwards,
    /// No gateway.
    NoGateway,
    /// The gateway is among the addresses that DHCP gives away.
    GatewayInRange(Ipv4Addr),
}

/// Why an interface cannot have an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoAddress {
    /// The address that it must have is one that DHCP gives away.
    InRange(Ipv4Addr, Subnet),
    /// The address that it must have is not in the subnet.
    OutsideSubnet,
    /// No address is left.
    NoneFree(Subnet),
}

impl Subnet {
    /// The addresses of a configuration.
    pub fn of(config: &NetworkInstanceConfig) -> Result<Self, BadSubnet> {
        if config.ip_type != AddressType::Ipv4 {
            return Err(BadSubnet::Unsupported(config.ip_type));
        }
        let net = config.subnet.as_ref().ok_or(BadSubnet::Missing)?;
        let (Some(IpAddr::V4(ip)), Some(prefix)) = (net.ip.get(), net.prefix()) else {
            return Err(BadSubnet::Missing);
        };
        let v4 = |address: pillar_types::IpAddr| match address.get() {
            Some(IpAddr::V4(address)) => Some(address),
            _ => None,
        };
        let range = v4(config.dhcp_range.start).zip(v4(config.dhcp_range.end)).ok_or(BadSubnet::NoRange)?;
        let gateway = v4(config.gateway).ok_or(BadSubnet::NoGateway)?;
        let base = Ipv4Addr::from_bits(ip.to_bits() & mask(prefix));
        let subnet = Subnet { base, prefix, gateway, range };
        for (what, address) in
            [("start of the DHCP range", range.0), ("end of the DHCP range", range.1), ("gateway", gateway)]
        {
            if !subnet.contains(address) {
                return Err(BadSubnet::Outside(what, address));
            }
        }
        if range.0 > range.1 {
            return Err(BadSubnet::Backwards);
        }
        if subnet.in_range(gateway) {
            return Err(BadSubnet::GatewayInRange(gateway));
        }
        Ok(subnet)
    }

    /// Whether an address is in the subnet.
    pub fn contains(self, address: Ipv4Addr) -> bool {
        address.to_bits() & mask(self.prefix) == self.base.to_bits()
    }

    /// Whether DHCP gives an address away.
    pub fn in_range(self, address: Ipv4Addr) -> bool {
        (self.range.0..=self.range.1).contains(&address)
    }

    /// The subnet as a network.
    pub fn cidr(self) -> Cidr {
        Cidr { address: self.base.into(), prefix: self.prefix }
    }

    /// The bridge's address with the subnet's prefix.
    pub fn bridge(self) -> Cidr {
        Cidr { address: self.gateway.into(), prefix: self.prefix }
    }

    /// Whether an interface may be told to have this address.
    pub fn check_static(self, address: Ipv4Addr) -> Result<(), NoAddress> {
        if self.in_range(address) {
            return Err(NoAddress::InRange(address, self));
        }
        if self.contains(address) { Ok(()) } else { Err(NoAddress::OutsideSubnet) }
    }

    /// The address of the interface with this number.
    pub fn numbered(self, number: u8) -> Result<Ipv4Addr, NoAddress> {
        let address = self.range.0.to_bits().checked_add(number.into()).map(Ipv4Addr::from_bits);
        address.filter(|address| self.in_range(*address)).ok_or(NoAddress::NoneFree(self))
    }
}

fn mask(prefix: u8) -> u32 {
    u32::MAX.checked_shl(32 - u32::from(prefix.min(32))).unwrap_or(0)
}

/// Whether two networks share addresses.
pub fn overlap(one: &IpNet, other: &IpNet) -> bool {
    let has = |net: &IpNet, base: &IpNet| base.ip.get().is_some_and(|ip| net.contains(ip));
    has(one, other) || has(other, one)
}

impl fmt::Display for BadSubnet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BadSubnet::Unsupported(AddressType::Ipv6) => {
                f.write_str("IPv6 network instances are not supported yet")
            }
            BadSubnet::Unsupported(kind) => write!(f, "IpType {} is not supported", kind.number()),
            BadSubnet::Missing => f.write_str("subnet is not set"),
            BadSubnet::NoRange => f.write_str("DHCP range is not set"),
            BadSubnet::Outside(what, address) => write!(f, "{what} {address} is outside of the subnet"),
            BadSubnet::Backwards => f.write_str("the DHCP range ends before it starts"),
            BadSubnet::NoGateway => f.write_str("gateway is not set"),
            BadSubnet::GatewayInRange(address) => write!(f, "gateway {address} is inside the DHCP range"),
        }
    }
}

impl fmt::Display for NoAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoAddress::InRange(address, Subnet { range: (start, end), .. }) => {
                write!(f, "static IP({address}) is in DhcpRange({start}, {end})")
            }
            NoAddress::OutsideSubnet => f.write_str("static IP is outside subnet range"),
            NoAddress::NoneFree(Subnet { range: (start, end), .. }) => {
                write!(f, "no free IP addresses in DHCP range({start}, {end})")
            }
        }
    }
}
