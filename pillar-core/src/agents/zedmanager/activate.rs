//! Steps 3 to 8: an application that is to run gets memory, its network and its domain; one that is not is halted
//! (spec/05, doActivate).

use pillar_types::app_config::AppInstanceConfig;
use pillar_types::app_network::{AppNetAdapterConfig, AppNetworkConfig, AppNetworkStatus};
use pillar_types::app_status::{AppInstanceStatus, Inprogress};
use pillar_types::disk::DiskConfig;
use pillar_types::domain::{DomainConfig, DomainStatus};
use pillar_types::errors::ErrorDescription;
use pillar_types::host::HostMemory;
use pillar_types::state::SwState;
use pillar_types::vif::VifConfig;
use pillar_types::vm::VmMode;

use super::memory::{self, Room};
use super::{App, SLACK, ZedManager, of, set_error};
use crate::agents::{DOMAINMGR, ZEDAGENT, ZEDROUTER};
use crate::node::Context;
use crate::settings::keys;

impl ZedManager {
    /// Brings an application up that is to run.
    pub(super) fn activate(&mut self, app: &mut App, cx: &mut Context<'_, Self>) {
        if app.status.restart_inprogress == Inprogress::BringDown {
            if !halt_domain(app, cx) {
                app.status.state = SwState::Halting;
                return;
            }
            app.status.restart_inprogress = Inprogress::BringUp;
        }
        if !self.has_memory(app, cx) || !is_connected(app, cx) || !self.delay_is_over(app, cx) {
            return;
        }
        if let Some(domain) = domain_config(app, cx) {
            cx.publish(&app.key, domain);
            copy_domain(app, cx);
        }
    }

    /// Sets memory aside for it, or says why not.
    fn has_memory(&mut self, app: &mut App, cx: &mut Context<'_, Self>) -> bool {
        let status = &mut app.status;
        if status.mem_overhead == 0 {
            let fixed = u64::from(self.settings.get(keys::MEMORY_VMM_LIMIT_MIB)) << 20;
            status.mem_overhead = memory::overhead(&status.fixed_resources, fixed);
        }
        if status.activated || status.activate_inprogress {
            return true;
        }
        let shortage = match cx.get::<HostMemory>(DOMAINMGR, HostMemory::KEY) {
            _ if self.settings.get(keys::MEMORY_APPS_IGNORE_CHECK) => None,
            // Not told yet: domainmgr will.
            None => {
                status.missing_memory = true;
                return false;
            }
            Some(host) => {
                let (room, others) = self.room(&app.key, host.total_memory_mb << 20, cx);
                let need = memory::need(&status.fixed_resources, status.mem_overhead);
                memory::shortage(need, room, &others)
            }
        };
        status.missing_memory = shortage.is_some();
        if let Some(error) = shortage {
            set_error::<AppInstanceConfig>(status, error, cx);
        } else {
            status.error.clear_from::<AppInstanceConfig>();
            status.activate_inprogress = true;
        }
        !status.missing_memory
    }

    /// The device's memory without what one application has, and who has some.
    fn room(&self, but: &str, total: u64, cx: &Context<'_, Self>) -> (Room, Vec<String>) {
        let mut room = Room { total, reserved: self.settings.eve_memory_limit(), ..Room::default() };
        let mut others = Vec::new();
        for (key, other) in cx.all_own::<AppInstanceStatus>() {
            if &*key == but || !(other.activated || other.activate_inprogress) {
                continue;
            }
            let used = memory::need(&other.fixed_resources, other.mem_overhead);
            room.used = room.used.saturating_add(used);
            let config = cx.get::<AppInstanceConfig>(ZEDAGENT, &key);
            if !config.is_some_and(|config| config.is_wanted_in(&self.profile)) {
                room.halting = room.halting.saturating_add(used);
            }
            others.push(key.to_string());
        }
        (room, others)
    }

    /// Whether it may start: at the base time, its delay later.
    fn delay_is_over(&mut self, app: &mut App, cx: &mut Context<'_, Self>) -> bool {
        let delay = std::time::Duration::from_nanos(app.config.delay.0.max(0).unsigned_abs());
        if app.status.activated || delay.is_zero() || has_domain(app, cx) {
            return true;
        }
        let Some(base) = self.base_time else {
            app.status.state = SwState::StartDelayed;
            return false;
        };
        let start = base + delay;
        app.status.start_time = start.into();
        let left = start - cx.now().wall;
        if left <= 0 {
            return true;
        }
        app.status.state = SwState::StartDelayed;
        let left = std::time::Duration::from_nanos(left.unsigned_abs());
        cx.after_key(left, SLACK, &app.key, Self::update_app);
        false
    }
}

/// Halts an application that is not to run; its network and volumes stay.
pub(super) fn halt(app: &mut App, cx: &mut Context<'_, ZedManager>) {
    app.status.restart_inprogress = Inprogress::None;
    let down = halt_domain(app, cx);
    if !down {
        app.status.state = SwState::Halting;
        return;
    }
    app.status.missing_memory = false;
    app.status.error.clear_from::<AppInstanceConfig>();
    if app.status.state >= SwState::Installed {
        app.status.state = SwState::Halted;
    }
}

/// Has the domain halted; whether it is down.
pub(super) fn halt_domain(app: &mut App, cx: &mut Context<'_, ZedManager>) -> bool {
    if let Some(config) = cx.own::<DomainConfig>(&app.key) {
        let restart_counter = app.config.restart_counter();
        let halted = DomainConfig { activate: false, restart_counter, ..DomainConfig::clone(&config) };
        cx.publish(&app.key, halted);
    }
    let domain = of::<DomainStatus>(DOMAINMGR, &app.key, cx);
    let down = domain.is_none_or(|domain| is_down(&domain));
    if down {
        app.status.activated = false;
        app.status.activate_inprogress = false;
        app.status.error.clear_from::<DomainStatus>();
    }
    down
}

/// Whether a domain is down for good: an order to halt that has not arrived yet shows by its old error.
fn is_down(domain: &DomainStatus) -> bool {
    !domain.activated && domain.domain_id == 0 && !domain.is_pending() && domain.state != SwState::Booting
}

/// Whether the application has a domain that is to run.
pub(super) fn has_domain(app: &App, cx: &Context<'_, ZedManager>) -> bool {
    cx.own::<DomainConfig>(&app.key).is_some_and(|config| config.activate)
}

/// Has the network connected, or says why it is not.
fn is_connected(app: &mut App, cx: &mut Context<'_, ZedManager>) -> bool {
    let config = network_config(app, cx);
    cx.publish(&app.key, config);
    let Some(network) = of::<AppNetworkStatus>(ZEDROUTER, &app.key, cx) else { return false };
    let status = &mut app.status;
    status.missing_network = network.await_network_instance;
    if network.is_pending() {
        return false;
    }
    let error = &network.error.description;
    if error.has_error() {
        set_error::<AppNetworkStatus>(status, error.clone(), cx);
        return false;
    }
    status.error.clear_from::<AppNetworkStatus>();
    status.app_net_adapters = network.app_net_adapter_list.clone();
    if network.await_network_instance {
        status.state = SwState::AwaitNetworkInstance;
        return false;
    }
    network.activated
}

/// What the network is to be. Interfaces of an application that runs change only with its restart; rules at once.
fn network_config(app: &App, cx: &Context<'_, ZedManager>) -> AppNetworkConfig {
    let config = &app.config;
    let wanted = &config.app_net_adapter_list;
    let busy =
        app.status.restart_inprogress != Inprogress::None || app.status.purge_inprogress != Inprogress::None;
    let before = cx.own::<AppNetworkConfig>(&app.key).filter(|before| before.activate);
    let adapters = match before {
        Some(before) if app.status.activated && !busy => {
            let kept = before.app_net_adapter_list.iter().map(|adapter| {
                let new =
                    wanted.iter().find(|new| new.network == adapter.network && new.if_idx == adapter.if_idx);
                let acls = new.map_or_else(|| adapter.acls.clone(), |new| new.acls.clone());
                AppNetAdapterConfig { acls, ..adapter.clone() }
            });
            kept.collect()
        }
        _ => wanted.clone(),
    };
    AppNetworkConfig {
        uuid_and_version: config.uuid_and_version.clone(),
        display_name: config.display_name.clone(),
        activate: true,
        get_stats_ip_addr: config.collect_stats_ip_addr,
        app_net_adapter_list: adapters,
        cloud_init_user_data: config.cloud_init_user_data.clone(),
        cipher: config.cipher.clone(),
        meta_data_type: config.meta_data_type,
        deployment_type: config.deployment_type,
    }
}

/// What the domain is to be; `None`, and an error, while a disk is missing.
fn domain_config(app: &mut App, cx: &Context<'_, ZedManager>) -> Option<DomainConfig> {
    let network = of::<AppNetworkStatus>(ZEDROUTER, &app.key, cx)?;
    let config = app.config.clone();
    let mut disks = Vec::new();
    for wanted in &config.volume_ref_config_list {
        let volume = app.status.volume_ref_status_list.iter().find(|volume| volume.key() == wanted.key())?;
        if volume.active_file_location.is_empty() {
            let error = format!("volume {} has no data yet", volume.display_name);
            set_error::<DomainStatus>(&mut app.status, ErrorDescription { error, ..Default::default() }, cx);
            return None;
        }
        disks.push(DiskConfig {
            volume_key: volume.volume_key().to_string(),
            file_location: volume.active_file_location.clone(),
            read_only: volume.read_only,
            format: volume.content_format,
            mount_dir: wanted.mount_dir.clone(),
            display_name: volume.display_name.clone(),
            wwn: volume.wwn.clone(),
            target: volume.target,
            custom_meta: volume.custom_meta.clone(),
        });
    }
    let vifs = network
        .app_net_adapter_list
        .iter()
        .map(|adapter| VifConfig { vif_order: adapter.config.intf_order, ..adapter.vif.config.clone() });
    let mut vm = app.status.fixed_resources.clone();
    if vm.virtualization_mode == VmMode::Fml {
        vm.boot_loader = "/usr/lib/xen/boot/OVMF_CODE.fd".into();
    }
    Some(DomainConfig {
        uuid_and_version: config.uuid_and_version.clone(),
        display_name: config.display_name.clone(),
        activate: true,
        user_activate: true,
        app_num: network.app_num,
        vm,
        disable_logs: config.disable_logs,
        disk_config_list: disks.into(),
        vif_list: vifs.collect(),
        io_adapter_list: config.io_adapter_list.clone(),
        purge_counter: config.purge_counter(),
        restart_counter: config.restart_counter(),
        is_designated_node: config.is_designated_node,
        affinity_type: config.affinity_type,
        cloud_init_user_data: config.cloud_init_user_data.clone(),
        cipher: config.cipher.clone(),
        meta_data_type: config.meta_data_type,
        service: config.service,
        cloud_init_version: config.cloud_init_version,
        deployment_type: config.deployment_type,
        ..DomainConfig::default()
    })
}

/// Copies what the domain says of itself.
fn copy_domain(app: &mut App, cx: &Context<'_, ZedManager>) {
    let Some(domain) = of::<DomainStatus>(DOMAINMGR, &app.key, cx) else { return };
    let status = &mut app.status;
    if domain.is_pending() {
        return;
    }
    status.domain_name.clone_from(&domain.domain_name);
    status.boot_time = domain.boot_time;
    status.io_adapter_list = domain.io_adapter_list.clone();
    let error = &domain.error.description;
    if error.has_error() {
        set_error::<DomainStatus>(status, error.clone(), cx);
    } else {
        status.error.clear_from::<DomainStatus>();
    }
    if domain.state >= SwState::Booting {
        status.state = domain.state;
        status.activated = domain.activated || domain.state == SwState::Booting;
    }
    // A restart or purge is done when the domain runs with the counters it was ordered by.
    let current = domain.restart_counter == app.config.restart_counter();
    if domain.activated && current {
        let over = |phase: &mut Inprogress| {
            if *phase == Inprogress::BringUp {
                *phase = Inprogress::None;
            }
        };
        over(&mut status.restart_inprogress);
        over(&mut status.purge_inprogress);
    }
}
