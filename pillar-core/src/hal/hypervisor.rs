//! Guests: domains that a hypervisor runs (spec/05, Hypervisor interface). Called by jobs of domainmgr.
//!
//! Domains live longer than the software that started them: after a restart they are listed and looked at again.
//! What happens to them by themselves is told by a source of [`DomainNotice`], which names a domain that is to be
//! looked at. Links, disks and their files are made by others before.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use pillar_types::vm::VmMode;
use pillar_types::{Uuid, object};

use super::{Scope, Unsupported};

/// The longest name of a domain: it is the name of a folder with sockets, whose paths are short.
pub const MAX_DOMAIN_NAME: usize = 64;

object! {
    /// Something happened to a domain. hal to domainmgr; key: the domain's name.
    pub struct DomainNotice topic "DomainNotice" {
        /// Grows with every notice of the domain, so that two in a row differ.
        pub serial: u64 = "Serial",
    }
}

/// A domain to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domain {
    /// Its name, unique on the device; see [`is_domain_name`].
    pub name: String,
    /// What its firmware says it is.
    pub uuid: Uuid,
    /// How it is virtualised.
    pub mode: VmMode,
    /// Its memory, in bytes, rounded up to MiB.
    pub memory: u64,
    /// How many virtual CPUs it has.
    pub vcpus: u32,
    /// Its boot loader or firmware, in place of the hypervisor's own.
    pub firmware: Option<PathBuf>,
    /// A kernel that is booted without firmware.
    pub kernel: Option<Kernel>,
    /// Its disks, in order.
    pub disks: Vec<Disk>,
    /// Its interfaces, in order.
    pub nics: Vec<Nic>,
    /// Its screen, if somebody may look at it.
    pub vnc: Option<Vnc>,
}

/// A kernel with what belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kernel {
    /// The kernel.
    pub path: PathBuf,
    /// The initial RAM disk.
    pub ramdisk: Option<PathBuf>,
    /// The command line.
    pub args: String,
}

/// A disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disk {
    /// The file or block device with its content.
    pub path: PathBuf,
    /// How the content is written.
    pub format: DiskFormat,
    /// What the guest sees.
    pub bus: DiskBus,
    /// Whether it cannot be written.
    pub read_only: bool,
}

/// How the content of a disk is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiskFormat {
    /// The bytes of the disk.
    Raw,
    /// QEMU's second format.
    Qcow2,
    /// QEMU's first format.
    Qcow,
    /// VMware's format.
    Vmdk,
    /// Virtual PC's format.
    Vhd,
    /// Hyper-V's format.
    Vhdx,
}

/// What a disk looks like to the guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiskBus {
    /// A virtio block device.
    Virtio,
    /// An ATA disk, for guests without virtio.
    Ata,
    /// A CD-ROM.
    Cdrom,
}

/// An interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nic {
    /// The tap device that is its other end.
    pub tap: String,
    /// Its hardware address.
    pub mac: [u8; 6],
    /// The largest packet in bytes that the guest is told of; `None`: the usual.
    pub mtu: Option<u16>,
    /// Whether the guest has no virtio.
    pub legacy: bool,
}

/// A screen that is reached by VNC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vnc {
    /// Its display: TCP port 5900 and this.
    pub display: u16,
    /// Whether a password is asked for. It is set with [`Hypervisor::set_vnc_password`]; before, nobody gets in.
    pub password: bool,
}

/// How a domain is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DomainState {
    /// Made, not started, or standing still.
    Paused,
    /// Running.
    Running,
    /// The guest has switched itself off; what is left has to be removed.
    ShutDown,
    /// The guest or its hypervisor failed; says how.
    Failed(&'static str),
}

/// A domain that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DomainInfo {
    /// Its process.
    pub id: u32,
    /// How it is.
    pub state: DomainState,
}

/// What a domain uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DomainUsage {
    /// Processor time, of all CPUs.
    pub cpu: Duration,
    /// Memory of the host, in bytes.
    pub memory: u64,
    /// The most memory of the host ever, in bytes.
    pub max_memory: u64,
}

/// Guests.
pub trait Hypervisor: Send + Sync {
    /// What it is called in EVE: `kvm`.
    fn name(&self) -> &'static str;

    /// Makes a domain, which does not run yet; its process. One of that name that is there is an error.
    fn create(&self, scope: &Scope, domain: &Domain) -> Result<u32, HypervisorError>;

    /// Sets the password of the screen, before the start.
    fn set_vnc_password(&self, scope: &Scope, name: &str, password: &str) -> Result<(), HypervisorError>;

    /// Lets a domain run; when this returns, it does.
    fn start(&self, scope: &Scope, name: &str) -> Result<(), HypervisorError>;

    /// Asks the guest to switch itself off, and does not wait until it has.
    fn shut_down(&self, scope: &Scope, name: &str) -> Result<(), HypervisorError>;

    /// Ends a domain and removes all that is left of it. One that is not there is no error.
    fn destroy(&self, scope: &Scope, name: &str) -> Result<(), HypervisorError>;

    /// How a domain is; `None` if it is not there.
    fn info(&self, scope: &Scope, name: &str) -> Result<Option<DomainInfo>, HypervisorError>;

    /// The names of the domains that are there, in order.
    fn list(&self, scope: &Scope) -> Result<Vec<String>, HypervisorError>;

    /// What a domain uses; `None` if it is not there.
    fn usage(&self, scope: &Scope, name: &str) -> Result<Option<DomainUsage>, HypervisorError>;
}

/// Why a domain is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HypervisorError {
    /// There is no such domain.
    NotFound(String),
    /// There is one of that name.
    Exists(String),
    /// The description cannot be carried out; says what of it.
    BadDomain(String),
    /// The hypervisor's program ended or refused; says what it said.
    Failed {
        /// The domain.
        name: String,
        /// What failed.
        what: String,
    },
    /// It did not answer in time.
    Silent {
        /// The domain.
        name: String,
        /// What it was asked.
        what: &'static str,
    },
    /// The system refused.
    Io {
        /// The file or program.
        what: String,
        /// Its error number (errno).
        errno: i32,
    },
    /// The job was cancelled.
    Cancelled,
    /// The device has no hypervisor.
    Unsupported,
}

/// Whether a domain can have this name: it names folders, sockets and a program's argument.
pub fn is_domain_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    (1..=MAX_DOMAIN_NAME).contains(&name.len()) && name.bytes().all(plain) && !name.starts_with(['-', '.'])
}

impl fmt::Display for HypervisorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HypervisorError::NotFound(name) => write!(f, "domain {name} does not exist"),
            HypervisorError::Exists(name) => write!(f, "domain {name} exists already"),
            HypervisorError::BadDomain(what) => write!(f, "cannot be a domain: {what}"),
            HypervisorError::Failed { name, what } => write!(f, "domain {name}: {what}"),
            HypervisorError::Silent { name, what } => write!(f, "domain {name}: no answer to {what}"),
            HypervisorError::Io { what, errno } => write!(f, "{what}: error {errno}"),
            HypervisorError::Cancelled => f.write_str("cancelled"),
            HypervisorError::Unsupported => f.write_str("this device has no hypervisor"),
        }
    }
}

impl std::error::Error for HypervisorError {}

impl Hypervisor for Unsupported {
    fn name(&self) -> &'static str {
        "null"
    }

    fn create(&self, _: &Scope, _: &Domain) -> Result<u32, HypervisorError> {
        Err(HypervisorError::Unsupported)
    }

    fn set_vnc_password(&self, _: &Scope, _: &str, _: &str) -> Result<(), HypervisorError> {
        Err(HypervisorError::Unsupported)
    }

    fn start(&self, _: &Scope, _: &str) -> Result<(), HypervisorError> {
        Err(HypervisorError::Unsupported)
    }

    fn shut_down(&self, _: &Scope, _: &str) -> Result<(), HypervisorError> {
        Err(HypervisorError::Unsupported)
    }

    fn destroy(&self, _: &Scope, _: &str) -> Result<(), HypervisorError> {
        Err(HypervisorError::Unsupported)
    }

    fn info(&self, _: &Scope, _: &str) -> Result<Option<DomainInfo>, HypervisorError> {
        Err(HypervisorError::Unsupported)
    }

    fn list(&self, _: &Scope) -> Result<Vec<String>, HypervisorError> {
        Err(HypervisorError::Unsupported)
    }

    fn usage(&self, _: &Scope, _: &str) -> Result<Option<DomainUsage>, HypervisorError> {
        Err(HypervisorError::Unsupported)
    }
}

#[cfg(test)]
mod tests {
    use super::is_domain_name;

    #[test]
    fn names_lead_nowhere_else() {
        for good in ["6f47a423-e41c-48db-8339-acc3e1f7dad5.1.1", "a", "x_y.2"] {
            assert!(is_domain_name(good), "{good}");
        }
        for bad in ["", ".", "..", ".a", "-a", "a/b", "a b", "a,b", "a\n", &"a".repeat(65)] {
            assert!(!is_domain_name(bad), "{bad}");
        }
    }
}
