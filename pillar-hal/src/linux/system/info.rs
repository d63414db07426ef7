//! What does not change before the next boot.

use std::fs;

use pillar_core::hal::{
    EveRelease, Firmware, MAX_SYSTEM_ENTRIES, MAX_SYSTEM_TEXT, Processor, Scope, SystemError, SystemInfo,
};

use super::{LinuxSystem, MAX_FILE, field};

pub(super) fn info(system: &LinuxSystem, scope: &Scope) -> Result<SystemInfo, SystemError> {
    let uname = rustix::system::uname();
    let word = |text: &std::ffi::CStr| text.to_string_lossy().into_owned();
    Ok(SystemInfo {
        architecture: word(uname.machine()),
        kernel: word(uname.sysname()),
        kernel_release: word(uname.release()),
        kernel_version: word(uname.version()),
        kernel_args: field(&system.file(scope, "proc/cmdline", MAX_SYSTEM_TEXT)?),
        processors: processors(&system.file(scope, "proc/cpuinfo", MAX_FILE)?),
        firmware: firmware(system),
        compatible: compatible(system),
        eve: EveRelease {
            release: system.line("run/eve-release"),
            partition: system.line("run/eve.id"),
            hypervisor: system.line("run/eve-hv-type"),
            persist_type: system.line("run/eve.persist_type"),
        },
        hardware_watchdog: system.root.join("dev/watchdog").exists(),
    })
}

/// The kernel's view of the firmware's tables, which needs no program to read; serial number and UUID are root's.
fn firmware(system: &LinuxSystem) -> Firmware {
    let dmi = |name: &str| system.line(format!("sys/class/dmi/id/{name}"));
    Firmware {
        manufacturer: dmi("sys_vendor"),
        product: dmi("product_name"),
        version: dmi("product_version"),
        serial: dmi("product_serial"),
        uuid: dmi("product_uuid"),
        sku: dmi("product_sku"),
        family: dmi("product_family"),
        bios_vendor: dmi("bios_vendor"),
        bios_version: dmi("bios_version"),
        bios_date: dmi("bios_date"),
    }
}

fn compatible(system: &LinuxSystem) -> Vec<u8> {
    let mut boards = fs::read(system.root.join("proc/device-tree/compatible")).unwrap_or_default();
    boards.truncate(MAX_SYSTEM_TEXT);
    boards
}

/// `/proc/cpuinfo`: a paragraph for each processor. Its keys differ between architectures; the model is what x86 has
/// as `model name`, and ARM, where it says, as `CPU part` of the `CPU implementer`.
fn processors(text: &str) -> Vec<Processor> {
    let mut processors: Vec<Processor> = Vec::new();
    for line in text.lines() {
        let Some((key, value)) = line.split_once(':') else { continue };
        let value = value.trim();
        match key.trim() {
            "processor" if processors.len() < MAX_SYSTEM_ENTRIES => {
                let number = value.parse().ok();
                processors.extend(number.map(|number| Processor { number, ..Processor::default() }));
            }
            "vendor_id" | "CPU implementer" => {
                processors.last_mut().into_iter().for_each(|processor| processor.vendor = field(value));
            }
            "model name" | "CPU part" => {
                processors.last_mut().into_iter().for_each(|processor| processor.model = field(value));
            }
            _ => {}
        }
    }
    processors
}

#[cfg(test)]
mod tests {
    use super::*;

    fn processor(number: u32, vendor: &str, model: &str) -> Processor {
        Processor { number, vendor: vendor.to_owned(), model: model.to_owned() }
    }

    #[test]
    fn processors_are_counted_on_every_architecture() {
        let x86 = "processor\t: 0\nvendor_id\t: GenuineIntel\nmodel\t\t: 158\nmodel name\t: Intel(R) Xeon(R)\n\n\
                   processor\t: 1\nvendor_id\t: GenuineIntel\nmodel name\t: Intel(R) Xeon(R)\n\n";
        let one = |number| processor(number, "GenuineIntel", "Intel(R) Xeon(R)");
        assert_eq!(processors(x86), [one(0), one(1)]);

        let arm = "processor\t: 0\nBogoMIPS\t: 108.00\nCPU implementer\t: 0x41\nCPU part\t: 0xd08\n\n\
                   Hardware\t: BCM2835\nSerial\t\t: 10000000abcdef\n";
        assert_eq!(processors(arm), [processor(0, "0x41", "0xd08")]);
        assert_eq!(processors("vendor_id : nobody's\nprocessor : x\n\0\n: :\n"), []);
    }
}
