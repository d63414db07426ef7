//! Virtual networks as they are (`spec/04`, NetworkInstanceStatus).

use crate::address::{AddressType, AssignedAddrs};
use crate::base::{IpAddr, IpNet, List, Mac, Map, Uuid};
use crate::errors::{ErrorAndTime, ErrorDescription};
use crate::network_instance::{IpRouteConfig, NetworkInstanceConfig};
use crate::registry::{TypeInfo, types};
use crate::{codes, object};

codes! {
    /// What is being done to a network instance.
    pub enum ChangeInProgress: i32 {
        /// Nothing.
        None = 0,
        /// It is being made.
        Create = 1,
        /// It is being changed.
        Modify = 2,
        /// It is being removed.
        Delete = 3,
        /// Past the last one.
        Last = 255,
    }
}

object! {
    /// An application's interface on a network instance.
    pub struct VifNameMac {
        /// The host's name of it.
        pub name: String = "Name",
        /// The guest's MAC address.
        pub mac_addr: Mac = "MacAddr",
        /// The application.
        pub app_id: Uuid = "AppID",
    }
}

object! {
    /// How a network instance is made of a bridge.
    pub struct NetworkInstanceInfo {
        /// Its number, 1 to 255.
        pub bridge_num: i64 = "BridgeNum",
        /// The bridge: `bn<number>`, or a port's own.
        pub bridge_name: String = "BridgeName",
        /// The bridge's address, which is the gateway.
        pub bridge_ip_addr: IpAddr = "BridgeIPAddr",
        /// The bridge's MAC address.
        pub bridge_mac: Mac = "BridgeMac",
        /// The kernel's number of the bridge.
        pub bridge_ifindex: i64 = "BridgeIfindex",
        /// The interface with a copy of a switch's traffic.
        pub mirror_if_name: String = "MirrorIfName",
        /// Who has which addresses, by MAC address as text, the bridge itself included.
        pub ip_assignments: Map<String, AssignedAddrs> = "IPAssignments",
        /// Interfaces of applications.
        pub vifs: List<VifNameMac> = "Vifs",
        /// How many of them belong to which VLAN.
        pub vlan_map: Map<u32, u32> = "VlanMap",
        /// How many of them belong to none.
        pub num_trunk_ports: u32 = "NumTrunkPorts",
    }
}

object! {
    /// A route, and the port that was chosen for it.
    pub struct IpRouteStatus as "IPRouteStatus" {
        /// As it was asked for.
        pub config: IpRouteConfig = embed,
        /// The logical label of the port.
        pub selected_port: String = "SelectedPort",
        /// Whether the choice may change.
        pub running_port_probing: bool = "RunningPortProbing",
        /// What went wrong.
        pub error: ErrorAndTime = embed,
    }
}

object! {
    /// A route in force.
    pub struct IpRouteInfo as "IPRouteInfo" {
        /// The version of IP.
        pub ip_version: AddressType = "IPVersion",
        /// To which network.
        pub dst_network: Option<IpNet> = "DstNetwork",
        /// Through which gateway.
        pub gateway: IpAddr = "Gateway",
        /// Through which port, by logical label; empty when an application is the gateway.
        pub output_port: String = "OutputPort",
        /// The application that is the gateway.
        pub gateway_app: Uuid = "GatewayApp",
    }
}

object! {
    /// A virtual network. zedrouter to zedagent, downloader, msrv; key: [`NetworkInstanceStatus::key`].
    pub struct NetworkInstanceStatus topic "NetworkInstanceStatus" {
        /// As it was asked for. `Activate`, `MTU` and the error are hidden by those below.
        pub config: NetworkInstanceConfig = embed,
        /// Its bridge.
        pub info: NetworkInstanceInfo = embed,
        /// It makes no sense.
        pub validation_err: ErrorAndTime = "ValidationErr",
        /// It could not get a number.
        pub allocation_err: ErrorAndTime = "AllocationErr",
        /// Always 0: EVE hides the configuration's flag so.
        pub activate: u64 = "Activate",
        /// Whether it exists.
        pub activated: bool = "Activated",
        /// What is being done to it.
        pub change_in_progress: ChangeInProgress = "ChangeInProgress",
        /// Its subnet is also that of a port.
        pub ip_conflict_err: ErrorAndTime = "IPConflictErr",
        /// The largest packet in bytes.
        pub mtu: u16 = "MTU",
        /// A port does not let such packets pass.
        pub mtu_conflict_err: ErrorAndTime = "MTUConflictErr",
        /// Its ports, by logical label.
        pub ports: List<String> = "Ports",
        /// NTP servers of its own and of its ports.
        pub combined_ntp_servers: List<String> = "CombinedNTPServers",
        /// Routes as they were asked for.
        pub intended_routes: List<IpRouteStatus> = "IntendedRoutes",
        /// Routes in force.
        pub current_routes: List<IpRouteInfo> = "CurrentRoutes",
        /// It cannot have a port.
        pub port_err: ErrorAndTime = "PortErr",
        /// It could not be made as it should be.
        pub reconcile_err: ErrorAndTime = "ReconcileErr",
        /// All of these errors, see [`combined_error`](Self::combined_error).
        pub error: ErrorAndTime = embed,
    }
}

impl NetworkInstanceStatus {
    /// `<uuid>`.
    pub fn key(&self) -> String {
        self.config.uuid_and_version.uuid.to_string()
    }

    /// Whether nothing keeps it from being made. Conflicts of packet sizes, errors of routes and failed
    /// attempts do not.
    pub fn is_eligible_for_activate(&self) -> bool {
        let blocking = [&self.validation_err, &self.allocation_err, &self.ip_conflict_err, &self.port_err];
        !blocking.iter().any(|error| error.description.has_error())
    }

    /// All errors as one: texts on lines of their own, the oldest time, the highest severity.
    pub fn combined_error(&self) -> ErrorDescription {
        let own = [
            &self.validation_err,
            &self.allocation_err,
            &self.ip_conflict_err,
            &self.mtu_conflict_err,
            &self.port_err,
            &self.reconcile_err,
        ];
        let all = own.into_iter().chain(self.intended_routes.iter().map(|route| &route.error));
        let errors: Vec<_> = all.map(|error| &error.description).filter(|error| error.has_error()).collect();
        let texts: Vec<_> = errors.iter().map(|error| &*error.error).collect();
        ErrorDescription {
            error: texts.join("\n"),
            error_time: errors.iter().map(|error| error.error_time).min().unwrap_or_default(),
            error_severity: errors.iter().map(|error| error.error_severity).max().unwrap_or_default(),
            ..Default::default()
        }
    }
}

pub(crate) const TYPES: &[TypeInfo] = &types![topic NetworkInstanceStatus];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Time;
    use crate::errors::ErrorSeverity;

    fn error(text: &str, seconds: i64, error_severity: ErrorSeverity) -> ErrorAndTime {
        let error_time = Time::from_unix(seconds, 0);
        let error = text.into();
        ErrorAndTime {
            description: ErrorDescription { error, error_time, error_severity, ..Default::default() },
        }
    }

    #[test]
    fn errors_are_combined_in_the_order_of_causes() {
        let route = IpRouteStatus { error: error("route", 3, ErrorSeverity::Notice), ..Default::default() };
        let status = NetworkInstanceStatus {
            mtu_conflict_err: error("mtu", 5, ErrorSeverity::Warning),
            reconcile_err: error("reconcile", 4, ErrorSeverity::Error),
            intended_routes: [IpRouteStatus::default(), route].into(),
            ..Default::default()
        };
        let combined = status.combined_error();

        assert_eq!(combined.error, "mtu\nreconcile\nroute");
        assert_eq!(combined.error_time, Time::from_unix(3, 0));
        assert_eq!(combined.error_severity, ErrorSeverity::Error);
        assert!(status.is_eligible_for_activate());
        assert!(NetworkInstanceStatus::default().combined_error() == ErrorDescription::default());
    }

    #[test]
    fn four_causes_keep_it_from_being_made() {
        let cause = || error("no", 1, ErrorSeverity::Error);
        let blocked = [
            NetworkInstanceStatus { validation_err: cause(), ..Default::default() },
            NetworkInstanceStatus { allocation_err: cause(), ..Default::default() },
            NetworkInstanceStatus { ip_conflict_err: cause(), ..Default::default() },
            NetworkInstanceStatus { port_err: cause(), ..Default::default() },
        ];

        assert!(blocked.iter().all(|status| !status.is_eligible_for_activate()));
    }
}
