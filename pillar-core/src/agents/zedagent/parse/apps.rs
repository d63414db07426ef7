//! Applications. One that makes no sense is published with its errors, and is not made.

use std::collections::BTreeSet;

use pillar_proto::config::{
    Adapter, AppInstanceConfig as ProtoApp, EdgeDevConfig, InstanceOpsCmd, VmConfig as ProtoVm, VolumeRef,
};
use pillar_types::adapters::{IoAdapter, IoType};
use pillar_types::app_config::{AppInstanceConfig, AppInstanceOpsCmd};
use pillar_types::identity::UuidAndVersion;
use pillar_types::snapshot::{SnapshotConfig, SnapshotDesc, SnapshotType};
use pillar_types::sriov::EthVf;
use pillar_types::vm::{
    Affinity, AppRuntimeType, BootOrder, BootOrderSource, MetaDataType, VmConfig, VmMode,
};
use pillar_types::volume_ref::VolumeRefConfig;
use pillar_types::{Duration, Uuid};

use super::content::is_here;
use super::interfaces::{self, Networks};
use super::{Contexts, Surroundings, identity};

/// Applications.
pub fn apps(
    config: &EdgeDevConfig,
    contexts: &Contexts,
    around: &Surroundings,
    of_device: BootOrder,
) -> Vec<(String, AppInstanceConfig)> {
    let networks = Networks::of(config);
    let one = |app: &ProtoApp| {
        let id = app.uuid_and_version.clone().unwrap_or_default();
        let uuid = identity("the application", &app.display_name, &id.uuid)?;
        let named = UuidAndVersion { uuid, version: id.version, ..UuidAndVersion::default() };
        Some((uuid.to_string(), parse(named, app, &networks, contexts, around, of_device)))
    };
    config.apps.iter().filter_map(one).collect()
}

fn parse(
    id: UuidAndVersion,
    app: &ProtoApp,
    networks: &Networks<'_>,
    contexts: &Contexts,
    around: &Surroundings,
    of_device: BootOrder,
) -> AppInstanceConfig {
    let vm = app.fixed_resources.clone().unwrap_or_default();
    let (boot_order, boot_order_source) = boot_order(vm.boot_order, of_device);
    let mut fixed_resources = machine(&vm);
    fixed_resources.boot_order = boot_order;
    let enforced = vm.enforce_network_interface_order;
    let who = format!("App {}-{}", app.display_name, id.uuid);
    let mut parsed = AppInstanceConfig {
        display_name: app.display_name.clone(),
        disable_logs: vm.disable_logs,
        fixed_resources,
        volume_ref_config_list: app.volume_ref_list.iter().map(|volume| reference(volume, id.uuid)).collect(),
        activate: app.activate,
        app_net_adapter_list: interfaces::adapters(&who, app, enforced, networks).into(),
        io_adapter_list: app.adapters.iter().map(|one| adapter(one, enforced)).collect(),
        restart_cmd: order(app.restart.as_ref()),
        purge_cmd: order(app.purge.as_ref()),
        cloud_init_user_data: Some(app.user_data.clone()).filter(|data| !data.is_empty()).map(Into::into),
        remote_console: app.remote_console,
        collect_stats_ip_addr: app.collect_stats_ip_addr.parse().unwrap_or_default(),
        cipher: contexts.block(&id.uuid.to_string(), app.cipher_data.as_ref(), around.now),
        meta_data_type: MetaDataType::from(u8::try_from(app.meta_data_type).unwrap_or(0)),
        profile_list: app.profile_list.iter().cloned().collect(),
        delay: Duration::from_secs(app.start_delay_in_seconds.into()),
        service: app.service,
        cloud_init_version: app.cloud_init_version,
        snapshot: snapshots(app),
        allow_to_discover: app.interfaces.iter().any(|interface| interface.allow_to_discover),
        is_designated_node: is_here(&app.designated_node_id, around.device),
        affinity_type: Affinity::from(u8::try_from(app.affinity).unwrap_or(0)),
        deployment_type: AppRuntimeType::from(i64::from(app.runtime_type)),
        controller_boot_order: BootOrder::from(vm.boot_order),
        boot_order_source,
        uuid_and_version: id,
        ..AppInstanceConfig::default()
    };
    parsed.errors = errors(&who, &parsed, enforced).into();
    parsed
}

/// What is wrong with an application.
fn errors(who: &str, app: &AppInstanceConfig, enforced: bool) -> Vec<String> {
    let adapters = &app.app_net_adapter_list;
    let mut errors: Vec<String> =
        adapters.iter().map(|adapter| adapter.error.clone()).filter(|error| !error.is_empty()).collect();
    let machine = &app.fixed_resources;
    if app.service && machine.virtualization_mode != VmMode::NoHyper {
        errors.push(format!("{who}: a service needs the virtualization mode NOHYPER"));
    }
    if machine.enable_vnc_shim_vm && !machine.enable_vnc {
        errors.push(format!("{who}: VNC of the shim VM needs VNC"));
    }
    let direct = app.io_adapter_list.iter().filter(|adapter| adapter.io_type.is_net());
    let orders = adapters.iter().map(|one| one.intf_order).chain(direct.map(|one| one.intf_order));
    let mut taken = BTreeSet::new();
    if enforced && orders.into_iter().any(|order| !taken.insert(order)) {
        errors.push(format!("{who}: two interfaces have the same place in the order"));
    }
    errors
}

/// The boot order and who decided on it: the controller for this application, or for the whole device.
fn boot_order(own: i32, device: BootOrder) -> (BootOrder, BootOrderSource) {
    match (BootOrder::from(own), device) {
        (BootOrder::Unspecified, BootOrder::Unspecified) => {
            (BootOrder::Unspecified, BootOrderSource::Unspecified)
        }
        (BootOrder::Unspecified, device) => (device, BootOrderSource::DeviceProperty),
        (own, _) => (own, BootOrderSource::Controller),
    }
}

fn machine(vm: &ProtoVm) -> VmConfig {
    VmConfig {
        kernel: vm.kernel.clone(),
        ramdisk: vm.ramdisk.clone(),
        memory: vm.memory.into(),
        max_mem: vm.max_mem.into(),
        vcpus: vm.vcpus.into(),
        max_cpus: vm.max_cpus.into(),
        root_dev: vm.root_dev.clone(),
        extra_args: vm.extra_args.clone(),
        boot_loader: vm.bootloader.clone(),
        device_tree: vm.device_tree.clone(),
        dt_dev: vm.dtdev.iter().cloned().collect(),
        irqs: vm.irqs.iter().map(|number| i64::from(*number)).collect(),
        io_mem: vm.iomem.iter().cloned().collect(),
        virtualization_mode: VmMode::from(u8::try_from(vm.virtualization_mode).unwrap_or(u8::MAX)),
        enable_vnc: vm.enable_vnc,
        vnc_display: vm.vnc_display,
        vnc_passwd: vm.vnc_passwd.clone().into(),
        cpus_pinned: vm.pin_cpu,
        vmm_max_mem: vm.vmm_max_mem.into(),
        enable_vnc_shim_vm: vm.enable_vnc_shim_vm,
        enforce_network_interface_order: vm.enforce_network_interface_order,
        enable_oem_win_license_key: vm.enable_oem_win_license_key,
        disable_virtual_tpm: vm.disable_vtpm,
        ..VmConfig::default()
    }
}

fn reference(volume: &VolumeRef, app_uuid: Uuid) -> VolumeRefConfig {
    VolumeRefConfig {
        volume_id: volume.uuid.parse().unwrap_or_default(),
        generation_counter: volume.generation_count,
        app_uuid,
        mount_dir: volume.mount_dir.clone(),
        verify_only: true,
        ..VolumeRefConfig::default()
    }
}

fn adapter(adapter: &Adapter, enforced: bool) -> IoAdapter {
    let vf = adapter.eth_vf.clone().unwrap_or_default();
    IoAdapter {
        io_type: IoType::from(u8::try_from(adapter.kind).unwrap_or(0)),
        name: adapter.name.clone(),
        eth_vf: EthVf {
            index: u8::try_from(vf.index).unwrap_or(u8::MAX),
            mac: vf.mac,
            vlan_id: u16::try_from(vf.vlan_id).unwrap_or(0),
            ..EthVf::default()
        },
        intf_order: if enforced { adapter.interface_order } else { 0 },
        ..IoAdapter::default()
    }
}

fn order(command: Option<&InstanceOpsCmd>) -> AppInstanceOpsCmd {
    command.map_or_else(AppInstanceOpsCmd::default, |command| AppInstanceOpsCmd {
        counter: command.counter,
        apply_time: command.ops_time.clone(),
        ..AppInstanceOpsCmd::default()
    })
}

fn snapshots(app: &ProtoApp) -> SnapshotConfig {
    let Some(wanted) = &app.snapshot else { return SnapshotConfig::default() };
    let one = |snapshot: &pillar_proto::config::SnapshotDesc| SnapshotDesc {
        snapshot_id: snapshot.id.clone(),
        snapshot_type: SnapshotType::from(snapshot.kind),
        ..SnapshotDesc::default()
    };
    SnapshotConfig {
        active_snapshot: wanted.active_snapshot.clone(),
        max_snapshots: wanted.max_snapshots,
        rollback_cmd: order(wanted.rollback_cmd.as_ref()),
        snapshots: wanted.snapshots.iter().map(one).collect(),
        ..SnapshotConfig::default()
    }
}
