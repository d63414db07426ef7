//! Virtual interfaces of applications (`spec/05`, DomainConfig; `spec/04`, AppNetworkStatus).

use crate::base::{IpAddr, IpNet, List, Mac};
use crate::object;

object! {
    /// An address of an interface in a pod.
    pub struct PodIpAddress as "PodIPAddress" {
        /// The address and its network.
        pub address: Option<IpNet> = "Address",
        /// The gateway.
        pub gateway: IpAddr = "Gateway",
    }
}

object! {
    /// A route of an interface in a pod.
    pub struct PodRoute {
        /// To which network.
        pub dst: Option<IpNet> = "Dst",
        /// Through which gateway.
        pub gw: IpAddr = "GW",
    }
}

object! {
    /// How a pod resolves names.
    pub struct PodDns as "PodDNS" {
        /// Its DNS servers.
        pub nameservers: List<String> = "Nameservers",
        /// Its own domain.
        pub domain: String = "Domain",
        /// Domains to try for short names.
        pub search: List<String> = "Search",
        /// Options of the resolver.
        pub options: List<String> = "Options",
    }
}

object! {
    /// What an interface in a pod is configured with.
    pub struct PodIpamConfig as "PodIPAMConfig" {
        /// Addresses.
        pub ips: List<PodIpAddress> = "IPs",
        /// Routes.
        pub routes: List<PodRoute> = "Routes",
        /// How names are resolved.
        pub dns: PodDns = "DNS",
    }
}

object! {
    /// The pod's side of an interface (Kubernetes only).
    pub struct PodVif as "PodVIF" {
        /// The name inside the pod.
        pub guest_if_name: String = "GuestIfName",
        /// What it is configured with.
        pub ipam: PodIpamConfig = "IPAM",
    }
}

object! {
    /// The pod in which an application runs (Kubernetes only).
    pub struct AppPod {
        /// Its name.
        pub name: String = "Name",
        /// The path of its network namespace.
        pub net_ns_path: String = "NetNsPath",
    }
}

object! {
    /// A virtual interface that a domain is to have.
    pub struct VifConfig {
        /// The bridge that it is attached to.
        pub bridge: String = "Bridge",
        /// The host's name of the interface.
        pub vif: String = "Vif",
        /// The guest's MAC address.
        pub mac: Mac = "Mac",
        /// The largest packet in bytes.
        pub mtu: u16 = "MTU",
        /// The pod's side of it.
        pub pod_vif: PodVif = "PodVif",
        /// Its place among the application's interfaces, where order is enforced.
        pub vif_order: u32 = "VifOrder",
    }
}

object! {
    /// A virtual interface that a domain has.
    pub struct VifInfo {
        /// As it was asked for.
        pub config: VifConfig = embed,
        /// The interface in use: `<vif>`, or `<vif>-emu` where the device model made one.
        pub vif_used: String = "VifUsed",
    }
}
