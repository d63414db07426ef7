//! The configuration that a device falls back to when it has no other: DHCP on every wired interface
//! (spec/03, Last-resort DPC). Pure.

use pillar_types::base::Time;
use pillar_types::port::{DevicePortConfig, DhcpType, NetworkPortConfig, NetworkType, PortConfigOrigin};

use super::dpc::LAST_RESORT;

/// The configuration for these interfaces.
pub fn build(interfaces: &[String]) -> DevicePortConfig {
    let port = |name: &String| {
        let mut port = NetworkPortConfig {
            if_name: name.clone(),
            phylabel: name.clone(),
            logicallabel: name.clone(),
            is_mgmt: true,
            is_l3_port: true,
            ..NetworkPortConfig::default()
        };
        port.dhcp.dhcp = DhcpType::Client;
        port.dhcp.network_type = NetworkType::Ipv4;
        port.config_source.origin = PortConfigOrigin::LastResort;
        port
    };
    DevicePortConfig {
        version: 1,
        key: LAST_RESORT.into(),
        time_priority: Time::from_unix(0, 0),
        ports: interfaces.iter().map(port).collect(),
        ..DevicePortConfig::default()
    }
}
