//! What a simulated device says of itself: fields that a test sets.

use std::sync::{Arc, Mutex, PoisonError};

use pillar_core::hal::{
    BlockDevice, Firmware, Memory, MemoryController, MemoryPressure, Mount, ProcessInfo, Processor,
    ProcessorTime, Scope, System, SystemError, SystemInfo, Temperature,
};

use super::gate::{Fault, Gate, Op, pass};

const GIB: u64 = 1 << 30;

/// The program that a simulated device runs.
const PID: u32 = 1_000;

/// All of it. As it comes, a small device with one disk that runs one program.
#[derive(Clone, Debug, PartialEq)]
pub struct SystemBoard {
    /// What does not change before the next boot.
    pub info: SystemInfo,
    /// The host's name.
    pub host_name: String,
    /// Memory.
    pub memory: Memory,
    /// How short memory is; `None` where the kernel does not measure it.
    pub pressure: Option<MemoryPressure>,
    /// What the processors did.
    pub processor_time: ProcessorTime,
    /// Disks and partitions, by name.
    pub disks: Vec<BlockDevice>,
    /// File systems.
    pub mounts: Vec<Mount>,
    /// Temperatures, by place.
    pub temperatures: Vec<Temperature>,
    /// Controllers of memory that corrects errors.
    pub memory_controllers: Vec<MemoryController>,
    /// Processes, by number.
    pub processes: Vec<ProcessInfo>,
}

impl Default for SystemBoard {
    fn default() -> Self {
        let processor =
            |number| Processor { number, vendor: "Simulated".into(), model: "Simulated CPU".into() };
        let firmware = Firmware {
            manufacturer: "Simulated".into(),
            product: "Device".into(),
            serial: "SIM-1".into(),
            ..Firmware::default()
        };
        let info = SystemInfo {
            architecture: "x86_64".into(),
            kernel: "Linux".into(),
            kernel_release: "6.1.0-simulated".into(),
            processors: (0..2).map(processor).collect(),
            firmware,
            ..SystemInfo::default()
        };
        let disk = |name: &str, part_of: Option<&str>, size| BlockDevice {
            name: name.into(),
            part_of: part_of.map(str::to_owned),
            size,
            ..BlockDevice::default()
        };
        let mount = |path: &str, kind: &str| Mount {
            source: "simulated".into(),
            path: path.into(),
            kind: kind.into(),
            read_only: path == "/",
        };
        let process = ProcessInfo {
            pid: PID,
            name: "zedbox".into(),
            has_program: true,
            threads: 6,
            files: Some(20),
            resident_bytes: 8 << 20,
            ..ProcessInfo::default()
        };
        SystemBoard {
            info,
            host_name: "simulated".into(),
            memory: Memory {
                total: 4 * GIB,
                free: 2 * GIB,
                available: 3 * GIB,
                cached: GIB,
                kernel: 64 << 20,
            },
            pressure: Some(MemoryPressure::default()),
            processor_time: ProcessorTime::default(),
            disks: vec![disk("sda", None, 32 * GIB), disk("sda9", Some("sda"), GIB)],
            mounts: vec![mount("/", "squashfs"), mount("/run", "tmpfs"), mount("/persist", "ext4")],
            temperatures: Vec::new(),
            memory_controllers: Vec::new(),
            processes: vec![process],
        }
    }
}

/// A machine's view of it.
pub struct SimSystem {
    board: Arc<Mutex<SystemBoard>>,
    gate: Arc<dyn Gate>,
}

impl SimSystem {
    /// What the board says, behind a gate.
    pub fn new(board: Arc<Mutex<SystemBoard>>, gate: Arc<dyn Gate>) -> Self {
        SimSystem { board, gate }
    }

    fn read<R>(
        &self,
        scope: &Scope,
        name: &'static str,
        look: impl FnOnce(&SystemBoard) -> R,
    ) -> Result<R, SystemError> {
        if scope.cancelled() {
            return Err(SystemError::Cancelled);
        }
        let act = || look(&self.board.lock().unwrap_or_else(PoisonError::into_inner));
        pass(&*self.gate, Op { name, detail: "" }, act).map_err(|fault| error(name, fault))
    }
}

fn error(name: &'static str, fault: Fault) -> SystemError {
    SystemError::Io { path: name.into(), errno: fault.errno().raw_os_error() }
}

impl System for SimSystem {
    fn info(&self, scope: &Scope) -> Result<SystemInfo, SystemError> {
        self.read(scope, "system.info", |board| board.info.clone())
    }

    fn host_name(&self, scope: &Scope) -> Result<String, SystemError> {
        self.read(scope, "system.host_name", |board| board.host_name.clone())
    }

    fn memory(&self, scope: &Scope) -> Result<Memory, SystemError> {
        self.read(scope, "system.memory", |board| board.memory)
    }

    fn memory_pressure(&self, scope: &Scope) -> Result<MemoryPressure, SystemError> {
        self.read(scope, "system.pressure", |board| board.pressure)?.ok_or(SystemError::Unsupported)
    }

    fn processor_time(&self, scope: &Scope) -> Result<ProcessorTime, SystemError> {
        self.read(scope, "system.processor_time", |board| board.processor_time)
    }

    fn disks(&self, scope: &Scope) -> Result<Vec<BlockDevice>, SystemError> {
        self.read(scope, "system.disks", |board| board.disks.clone())
    }

    fn mounts(&self, scope: &Scope) -> Result<Vec<Mount>, SystemError> {
        self.read(scope, "system.mounts", |board| board.mounts.clone())
    }

    fn temperatures(&self, scope: &Scope) -> Result<Vec<Temperature>, SystemError> {
        self.read(scope, "system.temperatures", |board| board.temperatures.clone())
    }

    fn memory_controllers(&self, scope: &Scope) -> Result<Vec<MemoryController>, SystemError> {
        self.read(scope, "system.memory_controllers", |board| board.memory_controllers.clone())
    }

    fn processes(&self, scope: &Scope) -> Result<Vec<ProcessInfo>, SystemError> {
        self.read(scope, "system.processes", |board| board.processes.clone())
    }

    fn kernel_stack(&self, scope: &Scope, pid: u32, limit: usize) -> Result<String, SystemError> {
        let there = |board: &SystemBoard| board.processes.iter().any(|process| process.pid == pid);
        if !self.read(scope, "system.kernel_stack", there)? {
            return Err(SystemError::NotFound);
        }
        let stack = "[<0>] simulated\n";
        Ok(stack[..limit.min(stack.len())].to_owned())
    }
}
