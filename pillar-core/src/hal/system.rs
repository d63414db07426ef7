//! What the device is and how it fares: memory, processors, disks, firmware, versions, processes (spec/01, Information
//! messages; spec/07, Hardware and health). Called by jobs that report it; plain data, measured when asked.
//!
//! Uptime is no part of it: the monotonic [`Clock`](super::Clock) is the time since boot, and the wall clock less that
//! is when the device booted.

use std::fmt;
use std::path::PathBuf;

use super::{Scope, Unsupported};

/// The most entries of any list here: more than any device has, so that nothing grows without bound.
pub const MAX_SYSTEM_ENTRIES: usize = 65_536;

/// The longest text of any field; what is longer is cut off.
pub const MAX_SYSTEM_TEXT: usize = 4_096;

/// What does not change before the next boot. A field that the device does not know is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SystemInfo {
    /// The kernel's name for the instruction set, such as `x86_64`.
    pub architecture: String,
    /// The kernel's name, such as `Linux`.
    pub kernel: String,
    /// Its release, such as `6.1.112-linuxkit`.
    pub kernel_release: String,
    /// Which build of it.
    pub kernel_version: String,
    /// What the boot loader gave it.
    pub kernel_args: String,
    /// The processors that are there.
    pub processors: Vec<Processor>,
    /// What the firmware says.
    pub firmware: Firmware,
    /// The boards of which the device tree says that this one is compatible with them, as it has them: each ended
    /// by NUL.
    pub compatible: Vec<u8>,
    /// What the boot scripts say of EVE.
    pub eve: EveRelease,
    /// Whether the hardware can reset itself when it hangs.
    pub hardware_watchdog: bool,
}

/// One processor, as the scheduler counts them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Processor {
    /// Its number.
    pub number: u32,
    /// Its maker.
    pub vendor: String,
    /// Its model.
    pub model: String,
}

/// What the firmware says of the machine (DMI types 0 and 1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Firmware {
    /// Who made the machine.
    pub manufacturer: String,
    /// What it is.
    pub product: String,
    /// Which version of that.
    pub version: String,
    /// Its serial number.
    pub serial: String,
    /// Its UUID, which is not the one that the controller knows the device by.
    pub uuid: String,
    /// Its stock keeping unit.
    pub sku: String,
    /// The family of products.
    pub family: String,
    /// Who made the firmware.
    pub bios_vendor: String,
    /// Which version of it.
    pub bios_version: String,
    /// Its date, as month/day/year.
    pub bios_date: String,
}

/// What the boot scripts of EVE leave in files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EveRelease {
    /// The version that runs (`/run/eve-release`).
    pub release: String,
    /// The partition it runs from, `IMGA` or `IMGB` (`/run/eve.id`).
    pub partition: String,
    /// `xen`, `kvm` or `k` (`/run/eve-hv-type`).
    pub hypervisor: String,
    /// What `/persist` is, `ext4` or `zfs` (`/run/eve.persist_type`).
    pub persist_type: String,
}

/// The memory of the device, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// All that the kernel manages.
    pub total: u64,
    /// What nobody uses.
    pub free: u64,
    /// What new programs can have without swapping.
    pub available: u64,
    /// Caches that the kernel gives back when asked.
    pub cached: u64,
    /// What the kernel itself keeps and does not give back (slabs).
    pub kernel: u64,
}

/// What all processors together did since boot, in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProcessorTime {
    /// Programs, those with little priority and those of guests included.
    pub user: u64,
    /// The kernel, interrupts included.
    pub system: u64,
    /// Nothing.
    pub idle: u64,
    /// Nothing, because of a disk.
    pub waiting: u64,
    /// Other machines of the host, if this is a guest.
    pub stolen: u64,
}

/// How long tasks had to wait for memory (kernel, pressure stall information).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct MemoryPressure {
    /// At least one task waited.
    pub some: Pressure,
    /// All tasks waited.
    pub full: Pressure,
}

/// Shares of time in percent, and time in all.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pressure {
    /// Of the last 10 s.
    pub avg10: f64,
    /// Of the last minute.
    pub avg60: f64,
    /// Of the last five minutes.
    pub avg300: f64,
    /// Microseconds since boot.
    pub total_us: u64,
}

/// A disk or a partition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlockDevice {
    /// Its name, such as `sda3`.
    pub name: String,
    /// The disk that a partition is of.
    pub part_of: Option<String>,
    /// Its size in bytes.
    pub size: u64,
    /// Whether it is a disk of moving parts.
    pub rotates: bool,
    /// Whether it can be taken out.
    pub removable: bool,
    /// What the disk says it is; empty for a partition.
    pub model: String,
    /// Bytes read since boot.
    pub read_bytes: u64,
    /// Bytes written since boot.
    pub written_bytes: u64,
    /// Reads since boot.
    pub reads: u64,
    /// Writes since boot.
    pub writes: u64,
}

/// A file system that can be seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mount {
    /// What is mounted: a device, a data set, or a word.
    pub source: String,
    /// Where.
    pub path: PathBuf,
    /// Which kind, such as `ext4`.
    pub kind: String,
    /// Whether it can only be read.
    pub read_only: bool,
}

/// A place that is measured.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Temperature {
    /// The chip and the place on it, such as `coretemp Package id 0`.
    pub place: String,
    /// Thousandths of a degree Celsius.
    pub millidegrees: i64,
}

/// A memory controller that corrects errors (kernel, EDAC).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemoryController {
    /// Its name.
    pub name: String,
    /// Errors since boot.
    pub errors: MemoryErrors,
    /// Each module or rank of it by name.
    pub ranks: Vec<(String, MemoryErrors)>,
}

/// Errors of memory since boot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MemoryErrors {
    /// Corrected.
    pub corrected: u64,
    /// Not corrected.
    pub uncorrected: u64,
}

/// A process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProcessInfo {
    /// Its number.
    pub pid: u32,
    /// Its name, at most 15 bytes.
    pub name: String,
    /// Whether it runs a program; a thread of the kernel does not.
    pub has_program: bool,
    /// How many threads it has.
    pub threads: u32,
    /// How many files it has open; `None` if that is kept from us.
    pub files: Option<u32>,
    /// Time on a processor in programs, in nanoseconds.
    pub user_time: u64,
    /// Time on a processor in the kernel, in nanoseconds.
    pub system_time: u64,
    /// When it began, in nanoseconds since boot.
    pub started: u64,
    /// Its address space, in bytes.
    pub virtual_bytes: u64,
    /// Its memory, in bytes.
    pub resident_bytes: u64,
}

/// The device's knowledge of itself.
pub trait System: Send + Sync {
    /// What does not change before the next boot.
    fn info(&self, scope: &Scope) -> Result<SystemInfo, SystemError>;

    /// The name that the kernel knows the device by.
    fn host_name(&self, scope: &Scope) -> Result<String, SystemError>;

    /// Memory as it is now.
    fn memory(&self, scope: &Scope) -> Result<Memory, SystemError>;

    /// How short memory is; [`Unsupported`](SystemError::Unsupported) if the kernel does not measure it.
    fn memory_pressure(&self, scope: &Scope) -> Result<MemoryPressure, SystemError>;

    /// What the processors did since boot.
    fn processor_time(&self, scope: &Scope) -> Result<ProcessorTime, SystemError>;

    /// Disks and partitions by name, without those that hold nothing (empty loop devices and the like).
    fn disks(&self, scope: &Scope) -> Result<Vec<BlockDevice>, SystemError>;

    /// File systems in the order they were mounted. Room on them is [`Storage::space`](super::Storage::space)'s.
    fn mounts(&self, scope: &Scope) -> Result<Vec<Mount>, SystemError>;

    /// Temperatures by place; a device without sensors has none.
    fn temperatures(&self, scope: &Scope) -> Result<Vec<Temperature>, SystemError>;

    /// Controllers of memory that corrects errors; a device without any has none.
    fn memory_controllers(&self, scope: &Scope) -> Result<Vec<MemoryController>, SystemError>;

    /// Processes by number.
    fn processes(&self, scope: &Scope) -> Result<Vec<ProcessInfo>, SystemError>;

    /// Where in the kernel a process is, at most `limit` bytes of text.
    fn kernel_stack(&self, scope: &Scope, pid: u32, limit: usize) -> Result<String, SystemError>;
}

/// Why the device does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SystemError {
    /// There is no such process, or none any more.
    NotFound,
    /// What the kernel says makes no sense.
    Malformed(PathBuf),
    /// The system refused.
    Io {
        /// The file.
        path: PathBuf,
        /// Its error number (errno).
        errno: i32,
    },
    /// The job was cancelled or its time is over.
    Cancelled,
    /// The device cannot say.
    Unsupported,
}

impl fmt::Display for SystemError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SystemError::NotFound => f.write_str("there is no such process"),
            SystemError::Malformed(path) => write!(f, "{}: not understood", path.display()),
            SystemError::Io { path, errno } => write!(f, "{}: error {errno}", path.display()),
            SystemError::Cancelled => f.write_str("cancelled"),
            SystemError::Unsupported => f.write_str("this device cannot say"),
        }
    }
}

impl std::error::Error for SystemError {}

macro_rules! unsupported {
    ($($name:ident($($arg:ident: $type:ty),*) -> $ok:ty;)*) => {
        impl System for Unsupported {
            $(fn $name(&self, _: &Scope $(, _: $type)*) -> Result<$ok, SystemError> {
                Err(SystemError::Unsupported)
            })*
        }
    };
}

unsupported! {
    info() -> SystemInfo;
    host_name() -> String;
    memory() -> Memory;
    memory_pressure() -> MemoryPressure;
    processor_time() -> ProcessorTime;
    disks() -> Vec<BlockDevice>;
    mounts() -> Vec<Mount>;
    temperatures() -> Vec<Temperature>;
    memory_controllers() -> Vec<MemoryController>;
    processes() -> Vec<ProcessInfo>;
    kernel_stack(pid: u32, limit: usize) -> String;
}
