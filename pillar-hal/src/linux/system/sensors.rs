//! Temperatures (kernel, hwmon) and memory that corrects errors (kernel, EDAC).

use pillar_core::hal::{MemoryController, MemoryErrors, Scope, SystemError, Temperature};

use super::LinuxSystem;

pub(super) fn temperatures(system: &LinuxSystem, scope: &Scope) -> Result<Vec<Temperature>, SystemError> {
    let mut temperatures = Vec::new();
    for chip in system.names(scope, "sys/class/hwmon")? {
        let dir = format!("sys/class/hwmon/{chip}");
        let name = system.line(format!("{dir}/name"));
        for file in system.names(scope, &dir)? {
            let Some(number) = file.strip_suffix("_input").filter(|number| number.starts_with("temp")) else {
                continue;
            };
            // A place that cannot be measured now has no number.
            let Ok(millidegrees) = system.line(format!("{dir}/{file}")).parse() else { continue };
            let label = system.line(format!("{dir}/{number}_label"));
            let label = if label.is_empty() { number } else { &label };
            temperatures.push(Temperature { place: format!("{name} {label}"), millidegrees });
        }
    }
    temperatures.sort_by(|a, b| a.place.cmp(&b.place));
    Ok(temperatures)
}

pub(super) fn memory_controllers(
    system: &LinuxSystem,
    scope: &Scope,
) -> Result<Vec<MemoryController>, SystemError> {
    let mut controllers = Vec::new();
    for controller in system.names(scope, "sys/devices/system/edac/mc")? {
        if !is_numbered(&controller, "mc") {
            continue;
        }
        let dir = format!("sys/devices/system/edac/mc/{controller}");
        let mut ranks = Vec::new();
        for part in system.names(scope, &dir)? {
            if is_numbered(&part, "dimm") || is_numbered(&part, "rank") {
                let place = format!("{dir}/{part}/dimm");
                let (corrected, uncorrected) =
                    (system.number(format!("{place}_ce_count")), system.number(format!("{place}_ue_count")));
                ranks.push((part, MemoryErrors { corrected, uncorrected }));
            }
        }
        controllers.push(MemoryController {
            name: system.line(format!("{dir}/mc_name")),
            errors: MemoryErrors {
                corrected: system.number(format!("{dir}/ce_count")),
                uncorrected: system.number(format!("{dir}/ue_count")),
            },
            ranks,
        });
    }
    Ok(controllers)
}

fn is_numbered(name: &str, kind: &str) -> bool {
    name.strip_prefix(kind).is_some_and(|number| number.parse::<u32>().is_ok())
}
