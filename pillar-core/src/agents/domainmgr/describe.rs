//! From a configuration to a status, and from that to what the hypervisor is told (spec/05, configToStatus). Pure.
//!
//! What this device cannot do yet is refused here, in words that its user reads on the application.

use std::path::PathBuf;

use pillar_types::disk::{DiskConfig, DiskStatus, DiskTarget, ImageFormat};
use pillar_types::domain::{DomainConfig, DomainStatus};
use pillar_types::state::SwState;
use pillar_types::vif::{VifConfig, VifInfo};
use pillar_types::vm::{MetaDataType, VmMode};

use crate::hal::{Disk, DiskBus, DiskFormat, Domain, Kernel, Nic, Vnc};

/// Devices by position: `xvda` to `xvdz`, of which the last is the CD-ROM's.
const MAX_DISKS: usize = 25;

/// The status of a domain that was just configured, or why it cannot be made.
pub fn new_status(config: &DomainConfig) -> (DomainStatus, Option<String>) {
    let status = DomainStatus {
        uuid_and_version: config.uuid_and_version.clone(),
        display_name: config.display_name.clone(),
        state: SwState::Installed,
        app_num: config.app_num,
        purge_counter: config.purge_counter,
        restart_counter: config.restart_counter,
        domain_name: config.task_name(),
        disk_status_list: config.disk_config_list.iter().enumerate().map(disk_status).collect(),
        vif_list: config
            .vif_list
            .iter()
            .map(|vif| VifInfo { config: vif.clone(), vif_used: vif.vif.clone() })
            .collect(),
        io_adapter_list: config.io_adapter_list.clone(),
        disable_logs: config.disable_logs,
        vm: config.vm.clone(),
        service: config.service,
        is_designated_node: config.is_designated_node,
        deployment_type: config.deployment_type,
        ..DomainStatus::default()
    };
    (status, refusal(config))
}

fn disk_status((place, disk): (usize, &DiskConfig)) -> DiskStatus {
    let devtype = match (disk.target, disk.format) {
        (DiskTarget::AppCustom, _) => "AppCustom",
        (_, ImageFormat::Container) => "",
        (_, ImageFormat::Iso) => "cdrom",
        _ => "hdd",
    };
    // More than fit are refused.
    let letter = char::from(b'a' + place.min(MAX_DISKS) as u8);
    DiskStatus {
        volume_key: disk.volume_key.clone(),
        read_only: disk.read_only,
        file_location: disk.file_location.clone(),
        format: if disk.format == ImageFormat::Iso { ImageFormat::Raw } else { disk.format },
        mount_dir: disk.mount_dir.clone(),
        display_name: disk.display_name.clone(),
        devtype: devtype.into(),
        vdev: format!("xvd{letter}"),
        wwn: disk.wwn.clone(),
        custom_meta: disk.custom_meta.clone(),
    }
}

/// Why this device cannot run it, if it cannot.
fn refusal(config: &DomainConfig) -> Option<String> {
    let vm = &config.vm;
    let user_data = config.cloud_init_user_data.is_some() || config.cipher.is_cipher;
    let by_drive = matches!(config.meta_data_type, MetaDataType::Drive | MetaDataType::DriveMultipart);
    let unknown =
        |disk: &&DiskConfig| disk_format(disk.format).is_none() && disk.format != ImageFormat::Container;
    let reasons = [
        (config.is_oci_container(), "containers in VMs are not supported yet".to_owned()),
        (vm.virtualization_mode.or_default() == VmMode::NoHyper, "containers are not supported yet".into()),
        (vm.virtualization_mode.or_default() == VmMode::Filler, "stub domains are not supported".into()),
        (!config.io_adapter_list.is_empty(), "devices of the host are not supported yet".into()),
        (vm.cpus_pinned, "CPUs of its own are not supported yet".into()),
        (user_data && by_drive, "user data on a CD-ROM is not supported yet".into()),
        (config.disk_config_list.len() > MAX_DISKS, format!("more than {MAX_DISKS} disks")),
        (vm.vcpus < 1, format!("Invalid Cpu count - {}", vm.vcpus)),
        (vm.memory < 1, format!("Invalid Memory Size - {}", vm.memory)),
        (config.vif_list.iter().any(|vif| mac(vif).is_none()), "an interface without address".into()),
    ];
    let first = reasons.into_iter().find_map(|(refused, why)| refused.then_some(why));
    first.or_else(|| {
        let disk = config.disk_config_list.iter().find(unknown)?;
        Some(format!("disk {}: format {} is not supported", disk.display_name, disk.format.name()))
    })
}

/// What the hypervisor is told.
pub fn domain(config: &DomainConfig, status: &DomainStatus) -> Domain {
    let vm = &status.vm;
    let mode = vm.virtualization_mode.or_default();
    let path = |text: &str| (!text.is_empty()).then(|| PathBuf::from(text));
    let firmware = path(&vm.boot_loader).filter(|path| path.as_os_str() != "/usr/bin/pygrub");
    let disks = status.disk_status_list.iter().filter_map(|disk| {
        let bus = match &*disk.devtype {
            "cdrom" => DiskBus::Cdrom,
            "hdd" if mode == VmMode::Legacy => DiskBus::Ata,
            "hdd" => DiskBus::Virtio,
            _ => return None,
        };
        let format = disk_format(disk.format)?;
        Some(Disk { path: disk.file_location.clone().into(), format, bus, read_only: disk.read_only })
    });
    let nics = status.vif_list.iter().filter_map(|vif| {
        let vif = &vif.config;
        let mtu = (vif.mtu != 0).then_some(vif.mtu);
        Some(Nic { tap: vif.vif.clone(), mac: mac(vif)?, mtu, legacy: mode == VmMode::Legacy })
    });
    Domain {
        name: status.domain_name.clone(),
        uuid: config.uuid_and_version.uuid,
        mode,
        memory: vm.memory.max(0).unsigned_abs() << 10,
        vcpus: u32::try_from(vm.vcpus).unwrap_or(u32::MAX),
        firmware,
        kernel: path(&vm.kernel).map(|kernel| Kernel {
            path: kernel,
            ramdisk: path(&vm.ramdisk),
            args: vm.extra_args.clone(),
        }),
        disks: disks.collect(),
        nics: nics.collect(),
        vnc: vm.enable_vnc.then(|| Vnc {
            display: u16::try_from(vm.vnc_display).unwrap_or(u16::MAX),
            password: !vm.vnc_passwd.expose().is_empty(),
        }),
    }
}

fn mac(vif: &VifConfig) -> Option<[u8; 6]> {
    (*vif.mac).try_into().ok()
}

fn disk_format(format: ImageFormat) -> Option<DiskFormat> {
    match format {
        ImageFormat::Raw | ImageFormat::Iso => Some(DiskFormat::Raw),
        ImageFormat::Qcow => Some(DiskFormat::Qcow),
        ImageFormat::Qcow2 => Some(DiskFormat::Qcow2),
        ImageFormat::Vhd => Some(DiskFormat::Vhd),
        ImageFormat::Vmdk => Some(DiskFormat::Vmdk),
        ImageFormat::Vhdx => Some(DiskFormat::Vhdx),
        _ => None,
    }
}
