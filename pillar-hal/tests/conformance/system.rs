use std::os::unix::fs::symlink;
use std::sync::{Arc, Mutex};

use pillar_core::hal::{Scope, System, SystemError};
use pillar_hal::conformance;
use pillar_hal::linux::LinuxSystem;
use pillar_hal::sim::gate::Open;
use pillar_hal::sim::system::{SimSystem, SystemBoard};

use crate::device::TempDir;

#[test]
fn this_machine_conforms() {
    conformance::system(&LinuxSystem::new("/"));
}

#[test]
fn a_simulated_system_conforms() {
    conformance::system(&SimSystem::new(Arc::default(), Arc::new(Open)));
    let old = SystemBoard { pressure: None, ..SystemBoard::default() };
    conformance::system(&SimSystem::new(Arc::new(Mutex::new(old)), Arc::new(Open)));
}

#[test]
fn this_process_is_among_those_of_the_machine() {
    let processes = LinuxSystem::new("/").processes(&Scope::unbounded()).unwrap();
    let this = processes.iter().find(|process| process.pid == std::process::id()).unwrap();
    assert!(this.has_program && this.files.is_some_and(|files| files >= 3), "{this:?}");
    assert!(this.resident_bytes > 0 && this.virtual_bytes >= this.resident_bytes, "{this:?}");
}

#[test]
fn a_device_is_what_its_files_say() {
    // Given a device with firmware, EVE and a disk of two partitions.
    let root = TempDir::on_tmpfs();
    root.put("proc/cmdline", "rootdelay=3 eve_blackbox\n");
    root.put("proc/cpuinfo", "processor\t: 0\nvendor_id\t: GenuineIntel\nmodel name\t: Intel(R) Atom\n");
    root.put("sys/class/dmi/id/sys_vendor", "Supermicro\n");
    root.put("sys/class/dmi/id/product_name", "SYS-E100-9APP\n");
    root.put("sys/class/dmi/id/product_serial", " E26 \n");
    root.put("proc/device-tree/compatible", "raspberrypi,4-model-b\0brcm,bcm2711\0");
    root.put("run/eve-release", "12.1.0-kvm-amd64\n");
    root.put("run/eve.id", "IMGB");
    root.put("dev/watchdog", "");
    root.put(
        "proc/diskstats",
        "   8 0 sda 4 0 8 1 2 0 16 1 0 1 1\n 8 1 sda1 1 0 2 1 0 0 0 1 0 1 1\n7 0 loop0 0 0 0 0 0 0 0 0 0 0 0\n",
    );
    root.put("devices/sda/size", "2048");
    root.put("devices/sda/queue/rotational", "1\n");
    root.put("devices/sda/removable", "0\n");
    root.put("devices/sda/device/model", "SATA SSD        \n");
    root.put("devices/sda/sda1/size", "1024\n");
    root.put("devices/sda/sda1/partition", "1\n");
    root.put("sys/class/block/loop0/size", "0\n");
    for (name, place) in [("sda", "devices/sda"), ("sda1", "devices/sda/sda1")] {
        symlink(root.path().join(place), root.path().join("sys/class/block").join(name)).unwrap();
    }
    root.put("sys/class/hwmon/hwmon0/name", "coretemp\n");
    root.put("sys/class/hwmon/hwmon0/temp1_input", "-4500\n");
    root.put("sys/class/hwmon/hwmon0/temp1_label", "Package id 0\n");
    root.put("sys/class/hwmon/hwmon0/temp2_input", "");
    root.put("sys/devices/system/edac/mc/mc0/mc_name", "Skylake\n");
    root.put("sys/devices/system/edac/mc/mc0/ce_count", "3\n");
    root.put("sys/devices/system/edac/mc/mc0/dimm0/dimm_ue_count", "2\n");
    let (system, scope) = (LinuxSystem::new(root.path()), Scope::unbounded());

    // When it is asked, then it says what the files say.
    let info = system.info(&scope).unwrap();
    assert_eq!(info.kernel_args, "rootdelay=3 eve_blackbox");
    assert_eq!((&*info.processors[0].vendor, &*info.processors[0].model), ("GenuineIntel", "Intel(R) Atom"));
    let firmware = &info.firmware;
    assert_eq!((&*firmware.manufacturer, &*firmware.product), ("Supermicro", "SYS-E100-9APP"));
    assert_eq!((&*firmware.serial, &*firmware.uuid), ("E26", ""), "what it does not know is empty");
    assert_eq!(info.compatible, b"raspberrypi,4-model-b\0brcm,bcm2711\0");
    assert_eq!((&*info.eve.release, &*info.eve.partition), ("12.1.0-kvm-amd64", "IMGB"));
    assert!(info.hardware_watchdog);

    let disks = system.disks(&scope).unwrap();
    assert_eq!(disks.iter().map(|disk| &*disk.name).collect::<Vec<_>>(), ["sda", "sda1"], "no empty ones");
    assert_eq!((disks[0].size, disks[0].rotates, &*disks[0].model), (1 << 20, true, "SATA SSD"));
    assert_eq!((disks[0].read_bytes, disks[0].written_bytes), (4096, 8192));
    assert_eq!((disks[1].part_of.as_deref(), disks[1].size), (Some("sda"), 1 << 19));

    let temperatures = system.temperatures(&scope).unwrap();
    assert_eq!(temperatures.len(), 1, "a place that says nothing is left out");
    assert_eq!((&*temperatures[0].place, temperatures[0].millidegrees), ("coretemp Package id 0", -4500));
    let controllers = system.memory_controllers(&scope).unwrap();
    assert_eq!((&*controllers[0].name, controllers[0].errors.corrected), ("Skylake", 3));
    assert_eq!((&*controllers[0].ranks[0].0, controllers[0].ranks[0].1.uncorrected), ("dimm0", 2));

    // And what it cannot know it does not make up.
    assert_eq!(system.memory(&scope), Err(SystemError::Unsupported));
    assert_eq!(system.memory_pressure(&scope), Err(SystemError::Unsupported));
}
