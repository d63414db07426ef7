//! Addresses in virtual networks: who has which, and by which names (`spec/04`, NetworkInstanceConfig and
//! NetworkInstanceStatus).

use crate::base::{IpAddr, List};
use crate::registry::{TypeInfo, types};
use crate::{codes, object};

codes! {
    /// Where an application's address comes from. The numbers are bits, of which one is set.
    pub enum AddressSource: u8 {
        /// Not known.
        Undefined = 0,
        /// EVE itself, for its own use.
        EveInternal = 2,
        /// The DHCP server of the network instance.
        InternalDhcp = 4,
        /// A DHCP server outside.
        ExternalDhcp = 8,
        /// The application, from an announced prefix.
        Slaac = 16,
        /// The application's own configuration.
        Static = 32,
    }
}

codes! {
    /// Which version of IP.
    pub enum AddressType: i32 {
        /// None: a switch.
        None = 0,
        /// IPv4.
        Ipv4 = 1,
        /// IPv6.
        Ipv6 = 2,
        /// Of an overlay; not supported.
        CryptoIpv4 = 3,
        /// Of an overlay; not supported.
        CryptoIpv6 = 4,
        /// Past the last one.
        Last = 255,
    }
}

object! {
    /// An address.
    pub struct AssignedAddr {
        /// The address.
        pub address: IpAddr = "Address",
        /// Where it comes from.
        pub assigned_by: AddressSource = "AssignedBy",
    }
}

object! {
    /// The addresses of an interface.
    pub struct AssignedAddrs {
        /// IPv4; at most one as a rule.
        pub ipv4_addrs: List<AssignedAddr> = "IPv4Addrs",
        /// IPv6.
        pub ipv6_addrs: List<AssignedAddr> = "IPv6Addrs",
    }
}

object! {
    /// A name that DNS servers of network instances know.
    pub struct DnsNameToIp as "DNSNameToIP" {
        /// The name.
        pub host_name: String = "HostName" [omitempty],
        /// Its addresses.
        pub ips: List<IpAddr> = "IPs" [omitempty],
    }
}

object! {
    /// Addresses that DHCP may give away.
    pub struct IpRange as "IPRange" {
        /// The first.
        pub start: IpAddr = "Start" [omitempty],
        /// The last.
        pub end: IpAddr = "End" [omitempty],
    }
}

pub(crate) const TYPES: &[TypeInfo] = &types![object AssignedAddrs, object DnsNameToIp];
