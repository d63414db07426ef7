//! Whether there is memory for one more application (spec/05, Memory admission). Pure.

use pillar_types::errors::{ErrorDescription, ErrorEntity, ErrorEntityType, ErrorSeverity};
use pillar_types::vm::{VmConfig, VmMode};

const MIB: u64 = 1 << 20;

/// What QEMU itself takes, and for each CPU (spec/05, VMM overhead).
const OVERHEAD: u64 = 370 * MIB;
const OVERHEAD_CPU: u64 = 3 * MIB;

/// Of the guest's memory, in thousandths.
const OVERHEAD_RAM_PERMILLE: u64 = 25;

/// The memory of the device, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Room {
    /// All of it.
    pub total: u64,
    /// Kept for EVE itself.
    pub reserved: u64,
    /// Of applications that run or are starting.
    pub used: u64,
    /// The part of `used` that is about to become free.
    pub halting: u64,
}

/// What the virtual machine monitor of an application takes, in bytes. `fixed` is the device's setting, 0: none.
pub fn overhead(vm: &VmConfig, fixed: u64) -> u64 {
    if vm.virtualization_mode == VmMode::NoHyper {
        return 0;
    }
    if fixed > 0 {
        return fixed;
    }
    if vm.vmm_max_mem > 0 {
        return vm.vmm_max_mem.unsigned_abs() << 10;
    }
    let cpus = if vm.max_cpus > 0 { vm.max_cpus } else { vm.vcpus }.max(0).unsigned_abs();
    let ram = vm.memory.max(0).unsigned_abs() << 10;
    OVERHEAD + ram.saturating_mul(OVERHEAD_RAM_PERMILLE) / 1000 + cpus.saturating_mul(OVERHEAD_CPU)
}

/// What an application takes in all, in bytes.
pub fn need(vm: &VmConfig, overhead: u64) -> u64 {
    (vm.memory.max(0).unsigned_abs() << 10).saturating_add(overhead)
}

/// Why an application cannot have what it needs. `others` are the UUIDs of those that run or are starting.
pub fn shortage(need: u64, room: Room, others: &[String]) -> Option<ErrorDescription> {
    let remaining = room.total.saturating_sub(room.reserved).saturating_sub(room.used);
    if remaining >= need {
        return None;
    }
    let (error, error_severity) = if remaining.saturating_add(room.halting) >= need {
        let waiting = format!(
            "App instance needs {need} bytes but only have {remaining}; waiting for one or more halting app \
             instances to free up {} bytes",
            room.halting
        );
        (waiting, ErrorSeverity::Notice)
    } else {
        let severity = if others.is_empty() { ErrorSeverity::Error } else { ErrorSeverity::Warning };
        (format!("Remaining memory bytes {remaining} app instance needs {need}"), severity)
    };
    let condition = "Retry will be triggered when one or more apps will shutdown";
    let entity = |id: &String| {
        let entity_type = ErrorEntityType::AppInstance;
        Some(Box::new(ErrorEntity { entity_type, entity_id: id.clone(), ..ErrorEntity::default() }))
    };
    Some(ErrorDescription {
        error,
        error_severity,
        error_retry_condition: if others.is_empty() { String::new() } else { condition.into() },
        error_entities: others.iter().map(entity).collect(),
        ..ErrorDescription::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u64 = 1 << 30;

    #[test]
    fn ac05_17_the_monitor_takes_what_the_formula_says() {
        let vm =
            VmConfig { memory: 1 << 20, vcpus: 2, virtualization_mode: VmMode::Hvm, ..Default::default() };
        assert_eq!(overhead(&vm, 0), 421_108_121);
        assert_eq!(overhead(&VmConfig { vmm_max_mem: 102_400, ..vm.clone() }, 0), 104_857_600);
        assert_eq!(overhead(&vm, 7 * MIB), 7 * MIB);
        assert_eq!(overhead(&VmConfig { virtualization_mode: VmMode::NoHyper, ..vm }, 0), 0);
    }

    #[test]
    fn ac05_15_an_application_waits_for_others() {
        let room = Room { total: 4 * GIB, reserved: GIB, used: 2 * GIB, halting: 0 };
        let others = ["a".to_owned()];
        let warning = shortage(2 * GIB, room, &others).expect("too little");
        assert_eq!(warning.error_severity, ErrorSeverity::Warning);
        assert_eq!(warning.error, "Remaining memory bytes 1073741824 app instance needs 2147483648");
        assert_eq!(warning.error_entities.len(), 1);
        let notice = shortage(2 * GIB, Room { halting: 2 * GIB, ..room }, &others).expect("too little yet");
        assert_eq!(notice.error_severity, ErrorSeverity::Notice);
        assert_eq!(shortage(2 * GIB, Room { used: 0, ..room }, &[]), None);
    }

    #[test]
    fn ac05_16_what_never_fits_is_an_error() {
        let room = Room { total: 4 * GIB, reserved: GIB, used: 0, halting: 0 };
        let error = shortage(5 * GIB, room, &[]).expect("too little");
        assert_eq!((error.error_severity, &*error.error_retry_condition), (ErrorSeverity::Error, ""));
    }
}
