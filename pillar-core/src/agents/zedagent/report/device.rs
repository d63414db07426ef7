//! The message about the device as a whole.

use pillar_proto::info::{
    ApiCapability, AttestationInfo, BaseOsStatus, DataSecAtRest, DevicePort, DevicePortStatus,
    SystemAdapterInfo, VaultInfo, ZInfoAppInstance, ZInfoDevSw, ZInfoDevice, ZInfoDns, ZInfoManufacturer,
    ZInfoNetwork, ZSwState,
};
use pillar_types::Time;
use pillar_types::app_status::AppInstanceStatus;
use pillar_types::device::EdgeNodeInfo;
use pillar_types::device_network::{DeviceNetworkStatus, NetworkPortStatus};
use pillar_types::node::ZedAgentStatus;
use pillar_types::port::{DevicePortConfig, DevicePortConfigList, NetworkPortConfig};
use pillar_types::vault::VaultStatus;

use super::{error, error_text, timestamp};
use crate::agents::zedagent::ZedAgent;
use crate::agents::zedagent::commands::Operation;
use crate::agents::zedagent::parse::PORTS_KEY;
use crate::agents::{NIM, VAULTMGR, ZEDMANAGER};
use crate::hal::SystemInfo;
use crate::node::Context;
use crate::settings::parse::Parsed;
use crate::time::Wall;

const MIB: u64 = 1 << 20;

impl ZedAgent {
    /// How the device is.
    pub(super) fn device_info(&self, cx: &Context<'_, Self>) -> ZInfoDevice {
        let now: Time = cx.now().wall.into();
        let node = Self::nodeagent(cx).unwrap_or_default();
        let own = cx.own::<ZedAgentStatus>(ZedAgentStatus::KEY).unwrap_or_default();
        let names = cx.own::<EdgeNodeInfo>(EdgeNodeInfo::KEY).unwrap_or_default();
        let network = cx.get::<DeviceNetworkStatus>(NIM, DeviceNetworkStatus::KEY).unwrap_or_default();
        let ports = cx.get::<DevicePortConfigList>(NIM, DevicePortConfigList::KEY).unwrap_or_default();
        let reasons: Vec<i32> = own.maintenance_mode_reasons.iter().map(|reason| reason.number()).collect();
        let settings = Parsed { settings: self.settings.clone(), refused: self.refused.clone() };
        let counter = |operation| self.commands.seen.get(&operation).copied().unwrap_or(0);
        let uuid = |uuid: pillar_types::Uuid| if uuid.is_nil() { String::new() } else { uuid.to_string() };
        let ground = self.ground.as_ref();
        let system = ground.map(|ground| ground.system.clone()).unwrap_or_default();
        let booted = cx.now().wall.0.saturating_sub(i64::try_from(cx.now().mono.0).unwrap_or(i64::MAX));
        ZInfoDevice {
            manufacturer_info: Some(manufacturer(&system)),
            ncpu: u32::try_from(system.processors.len()).unwrap_or(u32::MAX),
            memory: ground.map_or(0, |ground| ground.memory / MIB),
            hardware_watchdog_present: system.hardware_watchdog,
            boot_time: timestamp(Wall(booted).into()),
            cpu_arch: system.architecture.clone(),
            platform: system.eve.hypervisor.clone(),
            network: network.ports.iter().map(port).collect(),
            sw_list: running(&system).into_iter().chain(self.wanted_base_os(now)).collect(),
            host_name: self.device.to_string(),
            last_reboot_reason: node.reboot_reason.clone(),
            last_reboot_stack: node.reboot_stack.clone(),
            last_reboot_time: timestamp(node.reboot_time),
            last_boot_reason: node.boot_reason.number().into(),
            restart_counter: node.restart_counter,
            reboot_inprogress: node.device_reboot,
            reboot_config_counter: counter(Operation::Reboot),
            shutdown_config_counter: counter(Operation::Shutdown),
            system_adapter: Some(self.system_adapter(&ports, &network, now)),
            config_item_status: Some(settings.status()),
            app_instances: cx
                .all::<AppInstanceStatus>(ZEDMANAGER)
                .iter()
                .map(|(_, app)| named(app))
                .collect(),
            maintenance_mode: own.maintenance_mode,
            maintenance_mode_reason: reasons.first().copied().unwrap_or(0),
            maintenance_mode_reasons: reasons,
            state: own.device_state.number().into(),
            data_sec_at_rest_info: vaults(cx),
            attestation_info: Some(AttestationInfo {
                state: own.attest_state.number(),
                error: error_text(&self.attest.error, now),
            }),
            api_capability: ApiCapability::EnforcedNetInterfaceOrder as i32,
            device_name: names.device_name.clone(),
            enterprise_name: names.enterprise_name.clone(),
            enterprise_id: names.enterprise_id.clone(),
            project_name: names.project_name.clone(),
            project_id: uuid(names.project_id),
            machine_arch: system.architecture,
            ..ZInfoDevice::default()
        }
    }

    /// Another base OS that the controller wants to run: that cannot be done yet.
    fn wanted_base_os(&self, now: Time) -> Option<ZInfoDevSw> {
        let version = self.fetch.base_os.clone()?;
        Some(ZInfoDevSw {
            short_version: version,
            user_status: BaseOsStatus::Failed as i32,
            sw_err: error_text("updates of the base OS are not supported yet", now),
            ..ZInfoDevSw::default()
        })
    }

    /// What is known of ports: all configurations that nim keeps, and one that it was not given.
    fn system_adapter(
        &self,
        list: &DevicePortConfigList,
        network: &DeviceNetworkStatus,
        now: Time,
    ) -> SystemAdapterInfo {
        let current = u32::try_from(list.current_index).unwrap_or(0);
        let mut status: Vec<DevicePortStatus> = list.port_config_list.iter().map(configuration).collect();
        if let Some(used) = status.get_mut(current as usize) {
            for port in &mut used.ports {
                if let Some(live) = network.by_logicallabel(&port.name) {
                    fill_in(port, live);
                }
            }
        }
        status.extend(self.ports_error.clone().map(|last_error| DevicePortStatus {
            key: PORTS_KEY.into(),
            last_failed: timestamp(now),
            last_error,
            ..DevicePortStatus::default()
        }));
        SystemAdapterInfo { current_index: current, status }
    }
}

/// The base OS that runs.
fn running(system: &SystemInfo) -> Option<ZInfoDevSw> {
    let version = &system.eve.release;
    (!version.is_empty()).then(|| ZInfoDevSw {
        activated: true,
        partition_label: system.eve.partition.clone(),
        partition_state: "active".into(),
        status: ZSwState::Installed as i32,
        short_version: version.clone(),
        user_status: BaseOsStatus::Updated as i32,
        ..ZInfoDevSw::default()
    })
}

fn manufacturer(system: &SystemInfo) -> ZInfoManufacturer {
    let firmware = system.firmware.clone();
    ZInfoManufacturer {
        manufacturer: firmware.manufacturer,
        product_name: firmware.product,
        version: firmware.version,
        serial_number: firmware.serial,
        uuid: firmware.uuid,
        bios_vendor: firmware.bios_vendor,
        bios_version: firmware.bios_version,
        bios_release_date: firmware.bios_date,
        compatible: String::from_utf8_lossy(&system.compatible).replace('\0', ","),
    }
}

fn named(app: &AppInstanceStatus) -> ZInfoAppInstance {
    ZInfoAppInstance { uuid: app.key(), name: app.display_name.clone(), domain_name: app.domain_name.clone() }
}

fn vaults(cx: &Context<'_, ZedAgent>) -> Option<DataSecAtRest> {
    let all = cx.all::<VaultStatus>(VAULTMGR);
    let (_, first) = all.first()?;
    let info = |vault: &VaultStatus| VaultInfo {
        name: vault.name.clone(),
        status: vault.status.number(),
        vault_err: error(&vault.error.description),
        pcr_status: vault.pcr_status.number(),
    };
    Some(DataSecAtRest {
        status: first.status.number(),
        info: first.error.description.error.clone(),
        vault_list: all.iter().map(|(_, vault)| info(vault)).collect(),
    })
}

/// A port as it is.
fn port(port: &NetworkPortStatus) -> ZInfoNetwork {
    let failed = port.test_results.has_error();
    ZInfoNetwork {
        mac_addr: port.mac_addr.to_string(),
        dev_name: port.if_name.clone(),
        alias: port.alias.clone(),
        local_name: port.logicallabel.clone(),
        ip_addrs: port.addr_info_list.iter().map(|info| info.addr.to_string()).collect(),
        default_routers: port.default_routers.iter().map(ToString::to_string).collect(),
        dns: Some(dns(port)),
        ipv4_up: port.up,
        uplink: port.is_mgmt,
        network_err: if failed {
            error_text(&port.test_results.last_error, port.test_results.last_failed)
        } else {
            None
        },
        ntp_servers: port.ntp_servers.iter().cloned().collect(),
        ..ZInfoNetwork::default()
    }
}

fn dns(port: &NetworkPortStatus) -> ZInfoDns {
    ZInfoDns {
        dns_servers: port.dns_servers.iter().map(ToString::to_string).collect(),
        dns_domain: port.domain_name.clone(),
        dns_search: Vec::new(),
    }
}

/// A configuration of ports, used or not.
fn configuration(ports: &DevicePortConfig) -> DevicePortStatus {
    DevicePortStatus {
        version: ports.version,
        key: ports.key.clone(),
        time_priority: timestamp(ports.time_priority),
        last_failed: timestamp(ports.test_results.last_failed),
        last_succeeded: timestamp(ports.test_results.last_succeeded),
        last_error: ports.test_results.last_error.clone(),
        ports: ports.ports.iter().map(configured).collect(),
    }
}

fn configured(port: &NetworkPortConfig) -> DevicePort {
    let mut ntp_servers = port.dhcp.ntp_servers.iter().cloned();
    DevicePort {
        ifname: port.if_name.clone(),
        name: port.logicallabel.clone(),
        is_mgmt: port.is_mgmt,
        free: port.cost == 0,
        cost: port.cost.into(),
        dhcp_type: port.dhcp.dhcp.number().into(),
        subnet: port.dhcp.addr_subnet.clone(),
        gateway: port.dhcp.gateway.to_string(),
        domain_name: port.dhcp.domain_name.clone(),
        ntp_server: ntp_servers.next().unwrap_or_default(),
        more_ntp_servers: ntp_servers.collect(),
        dns_servers: port.dhcp.dns_servers.iter().map(ToString::to_string).collect(),
        network_uuid: port.network_uuid.to_string(),
        mtu: port.mtu.into(),
        err: error_text(&port.test_results.last_error, port.test_results.last_failed),
        ..DevicePort::default()
    }
}

/// What a port in use really has.
fn fill_in(port: &mut DevicePort, live: &NetworkPortStatus) {
    port.mac_addr = live.mac_addr.to_string();
    port.ip_addrs = live.addr_info_list.iter().map(|info| info.addr.to_string()).collect();
    port.default_routers = live.default_routers.iter().map(ToString::to_string).collect();
    port.dns = Some(dns(live));
    port.up = live.up;
    port.mtu = live.mtu.into();
    port.err = error_text(&live.test_results.last_error, live.test_results.last_failed);
}
