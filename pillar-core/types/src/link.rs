//! Links below IP: VLANs, bonds and 802.1X (`spec/03`, NetworkPortConfig).

use crate::base::{Bytes, IpAddr, List};
use crate::{codes, object};

codes! {
    /// What stands below a port.
    pub enum L2LinkType: u8 {
        /// An interface.
        None = 0,
        /// A VLAN on another port.
        Vlan = 1,
        /// A bond of other ports.
        Bond = 2,
    }
}

codes! {
    /// How a bond spreads its packets.
    pub enum BondMode: u8 {
        /// Not said, which is refused.
        Unspecified = 0,
        /// In turn.
        BalanceRr = 1,
        /// Over one, the others in reserve.
        ActiveBackup = 2,
        /// By hash.
        BalanceXor = 3,
        /// Over all at once.
        Broadcast = 4,
        /// By LACP.
        Lacp = 5 "802.3ad",
        /// By load when sending.
        BalanceTlb = 6,
        /// By load.
        BalanceAlb = 7,
    }
}

codes! {
    /// How often LACP speaks.
    pub enum LacpRate: u8 {
        /// Not said.
        Unspecified = 0,
        /// Every 30 seconds.
        Slow = 1,
        /// Every second.
        Fast = 2,
    }
}

codes! {
    /// How 802.1X authenticates.
    pub enum EapMethod: u8 {
        /// Not said.
        Unspecified = 0,
        /// By certificates.
        Tls = 1,
    }
}

object! {
    /// What stands below a port.
    pub struct L2LinkConfig {
        /// Which of the following.
        pub l2_type: L2LinkType = "L2Type" [omitempty],
        /// A VLAN.
        pub vlan: VlanConfig = "VLAN",
        /// A bond.
        pub bond: BondConfig = "Bond",
    }
}

object! {
    /// A VLAN.
    pub struct VlanConfig as "VLANConfig" keep {
        /// The logical label of the port below.
        pub parent_port: String = "ParentPort" [omitempty],
        /// Its number.
        pub id: u16 = "ID" [omitempty],
    }
}

object! {
    /// A bond.
    pub struct BondConfig keep {
        /// The logical labels of the ports below.
        pub aggregated_ports: List<String> = "AggregatedPorts" [omitempty],
        /// How packets are spread.
        pub mode: BondMode = "Mode" [omitempty],
        /// How often LACP speaks.
        pub lacp_rate: LacpRate = "LacpRate" [omitempty],
        /// Watching links by their carrier.
        pub mii_monitor: BondMiiMonitor = "MIIMonitor",
        /// Watching links by asking for addresses.
        pub arp_monitor: BondArpMonitor = "ARPMonitor",
    }
}

object! {
    /// Watching a bond's links by their carrier.
    pub struct BondMiiMonitor as "BondMIIMonitor" keep {
        /// Whether to.
        pub enabled: bool = "Enabled" [omitempty],
        /// Milliseconds between looks.
        pub interval: u32 = "Interval" [omitempty],
        /// Milliseconds before a link that came up is used.
        pub up_delay: u32 = "UpDelay" [omitempty],
        /// Milliseconds before a link that went down is given up.
        pub down_delay: u32 = "DownDelay" [omitempty],
    }
}

object! {
    /// Watching a bond's links by asking for addresses.
    pub struct BondArpMonitor as "BondArpMonitor" keep {
        /// Whether to.
        pub enabled: bool = "Enabled" [omitempty],
        /// Milliseconds between requests.
        pub interval: u32 = "Interval" [omitempty],
        /// Whom to ask for.
        pub ip_targets: List<IpAddr> = "IPTargets" [omitempty],
    }
}

object! {
    /// 802.1X on a port.
    pub struct PnacConfig as "PNACConfig" keep {
        /// Whether to authenticate.
        pub enabled: bool = "Enabled",
        /// The identity to give.
        pub eap_identity: String = "EAPIdentity" [omitempty],
        /// How to authenticate.
        pub eap_method: EapMethod = "EAPMethod" [omitempty],
        /// The SCEP profile of the certificate to show.
        pub cert_enrollment_profile_name: String = "CertEnrollmentProfileName" [omitempty],
        /// Certificates to accept, in PEM.
        pub ca_cert_pem: List<Bytes> = "pubsub-large-ProxyCertPEM",
    }
}
