//! What the device is: its model, by which the controller and the table of LEDs know it, and its serial number
//! (spec/02, hardwaremodel and hardware identity). Read by jobs of agents and by `zedbox hardwaremodel`.
//! Whatever the firmware says, a model is one line of at most [`MAX_NAME`] bytes.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::hal::{Command, Hal, Scope};

/// The longest model or serial number in bytes; what is longer is cut off.
pub const MAX_NAME: usize = 1_024;

/// The longest file that says what the device is: `/proc/cpuinfo` has a paragraph for each processor.
const MAX_FILE: usize = 1 << 20;

/// How long the firmware's tables may take to be read.
const DMI_TIME: Duration = Duration::from_secs(10);

/// What a device is called that says nothing of itself.
const NAMELESS: &str = "default";

/// What firmware says of a value that it does not have.
const NOT_SPECIFIED: &str = "Not Specified";

/// The files that say what the device is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    /// Whoever knows the model better writes it here.
    pub model_override: PathBuf,
    /// The boards that the device tree says this one is compatible with, each ended by NUL.
    pub compatible: PathBuf,
    /// A serial number given at installation.
    pub soft_serial: PathBuf,
    /// The processors, on some boards with a serial number.
    pub cpu_info: PathBuf,
    /// The serial number of a system on a chip.
    pub soc_serial: PathBuf,
}

impl Default for Paths {
    fn default() -> Self {
        Paths::below(Path::new("/"))
    }
}

impl Paths {
    /// The files of a device whose root directory is elsewhere.
    pub fn below(root: &Path) -> Self {
        Paths {
            model_override: root.join("persist/status/hardwaremodel"),
            compatible: root.join("proc/device-tree/compatible"),
            soft_serial: root.join("config/soft_serial"),
            cpu_info: root.join("proc/cpuinfo"),
            soc_serial: root.join("sys/devices/soc0/serial_number"),
        }
    }
}

/// The model of the device: what the override says, else what [`detect`] finds.
pub fn model(hal: &Hal, scope: &Scope, paths: &Paths) -> String {
    let says = read(hal, scope, &paths.model_override);
    let model = tidy(String::from_utf8_lossy(&says).trim());
    if model.is_empty() { detect(hal, scope, paths) } else { model }
}

/// The model by what firmware and device tree say. What cannot be read counts as empty.
pub fn detect(hal: &Hal, scope: &Scope, paths: &Paths) -> String {
    let manufacturer = dmi(hal, scope, "system-manufacturer");
    let product = dmi(hal, scope, "system-product-name");
    format_model(&manufacturer, &product, &read(hal, scope, &paths.compatible))
}

/// `<manufacturer>.<product>.<compatible>`, as far as they are there. It can be the name of a file.
pub fn format_model(manufacturer: &str, product: &str, compatible: &[u8]) -> String {
    let (manufacturer, product) = (manufacturer.trim(), product.trim());
    let compatible = boards(compatible);
    let mut model = String::new();
    if !manufacturer.is_empty() {
        model = format!("{manufacturer}.");
    }
    model += product;
    if !product.is_empty() && !compatible.is_empty() {
        model.push('.');
    }
    model += &compatible;
    let model = tidy(&model.replace('/', "_ "));
    if model.is_empty() { NAMELESS.to_owned() } else { model }
}

/// The serial number of the device, empty if it says none.
pub fn serial(hal: &Hal, scope: &Scope, paths: &Paths) -> String {
    let firmware = tidy(dmi(hal, scope, "system-serial-number").trim());
    if !firmware.is_empty() && firmware != NOT_SPECIFIED {
        return firmware;
    }
    let cpu = cpu_serial(&String::from_utf8_lossy(&read(hal, scope, &paths.cpu_info)));
    if cpu.is_empty() { line(&read(hal, scope, &paths.soc_serial)) } else { cpu }
}

/// The serial number that was given at installation, empty if there is none.
pub fn soft_serial(hal: &Hal, scope: &Scope, paths: &Paths) -> String {
    line(&read(hal, scope, &paths.soft_serial))
}

/// The `Serial` line of `/proc/cpuinfo`, empty if there is none.
pub fn cpu_serial(cpu_info: &str) -> String {
    let mut fields = cpu_info.lines().filter_map(|line| line.split_once(':'));
    let serial = fields.find(|(name, _)| name.trim() == "Serial");
    serial.map_or(String::new(), |(_, value)| tidy(value.trim()))
}

/// The boards of a device tree, NULs between them as dots.
fn boards(compatible: &[u8]) -> String {
    let ended = compatible.last().is_some_and(|last| *last < b' ');
    let names = &compatible[..compatible.len() - usize::from(ended)];
    String::from_utf8_lossy(names).replace('\0', ".").replace(|c: char| c < ' ', "")
}

fn line(content: &[u8]) -> String {
    tidy(String::from_utf8_lossy(content).trim())
}

/// Without control characters, and of bounded length.
fn tidy(text: &str) -> String {
    let mut tidy = String::new();
    for c in text.chars().filter(|c| !c.is_control()) {
        if tidy.len() + c.len_utf8() > MAX_NAME {
            break;
        }
        tidy.push(c);
    }
    tidy
}

fn read(hal: &Hal, scope: &Scope, path: &Path) -> Vec<u8> {
    hal.storage.read(scope, path, MAX_FILE).unwrap_or_default()
}

/// What the firmware says; boards without DMI have no such program.
fn dmi(hal: &Hal, scope: &Scope, keyword: &str) -> String {
    let command = Command::new("dmidecode").args(["-s", keyword]).time(DMI_TIME);
    match hal.process.run(scope, &command) {
        Ok(output) if output.exit.success() => String::from_utf8_lossy(&output.stdout).into_owned(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_made_of_what_is_there() {
        for (manufacturer, product, compatible, model) in [
            ("Supermicro\n", "SYS-E100-9APP\n", "", "Supermicro.SYS-E100-9APP"),
            ("Dell Inc.", "Edge Gateway 3001", "", "Dell Inc..Edge Gateway 3001"),
            (
                "raspberrypi",
                "rpi",
                "raspberrypi,4-model-b\0brcm,bcm2711\0",
                "raspberrypi.rpi.raspberrypi,4-model-b.brcm,bcm2711",
            ),
            ("", "", "hisilicon,hi6220-hikey\0hisilicon,hi6220\0", "hisilicon,hi6220-hikey.hisilicon,hi6220"),
            ("", "", "x\0y\n", "x.y"),
            ("", "", "x\u{1}\0y\0\0", "x.y."),
            ("AAEON", "", "up", "AAEON.up"),
            ("", "board", "up", "board.up"),
            ("QEMU", "Standard PC (i440FX / PIIX)", "", "QEMU.Standard PC (i440FX _  PIIX)"),
            (" \n", "\t", "", "default"),
            ("../etc", "a\nb\0c", "", ".._ etc.abc"),
        ] {
            assert_eq!(format_model(manufacturer, product, compatible.as_bytes()), model);
        }
    }

    #[test]
    fn a_model_is_bounded_and_text() {
        let long = "ü".repeat(MAX_NAME);
        let model = format_model(&long, &long, long.as_bytes());
        assert_eq!(model.len(), MAX_NAME);
        assert_eq!(format_model("", "", b"a\xff\0b"), "a\u{fffd}.b");
    }

    #[test]
    fn a_processor_may_have_a_serial_number() {
        assert_eq!(cpu_serial("processor\t: 0\n\nSerial\t\t: 10000000a1b2\nModel: x"), "10000000a1b2");
        assert_eq!(cpu_serial("processor: 0\nSerial"), "");
    }

    #[test]
    fn a_device_that_can_do_nothing_has_the_default_model() {
        let (hal, scope) = (Hal::default(), Scope::unbounded());
        assert_eq!(model(&hal, &scope, &Paths::default()), "default");
        assert_eq!(serial(&hal, &scope, &Paths::default()), "");
        assert_eq!(soft_serial(&hal, &scope, &Paths::default()), "");
    }
}
