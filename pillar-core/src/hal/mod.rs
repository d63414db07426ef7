//! What the logic needs from a device: one small trait a file, blocking, object-safe, in terms of the domain.
//!
//! Only jobs get the [`Hal`]; handlers get [`Quick`], which cannot block. Every trait has a real and a
//! simulated implementation and [`Unsupported`] for a device without it, so that an integrator brings the
//! few traits that the device has.
//!
//! # Traits to come
//!
//! What the logic will ask of each, then what the real and the simulated implementation stand on. Whoever
//! writes one moves its lines to its file. Tables are applied whole, in one transaction; every call that can
//! last takes a [`Scope`]; changes are told by keyed notices of a [`source`].
//!
//! - **VLANs, bonds, SR-IOV functions**: made, changed and removed by [`Links`]. Real: rtnetlink and
//!   sysfs. Simulated: links of the world.
//! - **Neighbours and policy rules**: replace the rules of a priority range; list what is there. Real: rtnetlink
//!   batches. Simulated: tables that the world's packets obey.
//! - **Flows**: list and end those that the packet filter knows. Real: conntrack netlink. Simulated: the world's
//!   connections.
//! - **Port access**: authenticate a link (802.1X, Wi-Fi) and tell its state. Real: wpa_supplicant. Simulated: an
//!   authenticator in the world.
//! - **DNS lookup**: resolve a name by these servers from this source address. Real: UDP and TCP sockets bound
//!   to the interface. Simulated: zones of the world.
//! - **More datastores**: S3, Azure, GCS, SFTP and OCI registries beside HTTP, by [`Transfer`]. Real: the HTTP
//!   transport and an SSH client. Simulated: the world's datastores.
//! - **TPM**: presence and vendor, random, endorsement and attestation keys, quote, seal and unseal under PCRs,
//!   sign, ECDH, counters in NV. Real: TPM 2.0 commands on `/dev/tpmrm0`. Simulated: a small TPM that forgets
//!   nothing at a power cut and everything at a clear.
//! - **Vault**: make, unlock, lock and remove an encrypted directory, tell its state. Real: fscrypt ioctls on
//!   ext4, encrypted ZFS data sets. Simulated: directories of the simulated disk that are there when unlocked.
//! - **Boot slots**: the state of each partition (active, inactive, in progress, unused), set it, write an image,
//!   the running slot. Real: GPT priority and tries attributes. Simulated: slots that the simulated boot obeys.
//! - **Block volumes**: make, grow and remove volumes on ZFS, convert images into them. Real: `qemu-img`, ZFS volumes.
//!   Simulated: sizes and contents on the simulated disk.
//! - **ZFS**: pool and data-set status and properties, snapshots, scrub. Real: the `zfs` and `zpool` programs.
//!   Simulated: a pool with disks that a test breaks.
//! - **Content store**: ingest, mount, list and remove blobs and images under leases. Real: containerd. Simulated:
//!   blobs on the simulated disk.
//! - **Containers**: start, stop and list containers that share the host's kernel. Real: containerd tasks. Simulated:
//!   guests that run and end as the test says.
//! - **Passthrough**: PCI, USB and serial devices with groups and drivers; give one to a guest and take it back.
//!   Real: sysfs, VFIO, the udev database. Simulated: a device tree.
//! - **Health of disks**: what they say of themselves (SMART). Real: the file that EVE's boot scripts leave.
//!   Simulated: fields of the world.
//! - **Wall clock and last reset**: set the wall clock, reason of the last reset. Real: RTC, watchdog status.
//!   Simulated: fields of the world.

mod address_server;
mod can;
mod clock;
mod content;
mod crypto;
mod dhcp;
mod http;
mod hypervisor;
mod images;
mod keys;
mod leds;
mod links;
mod packet_filter;
mod power;
mod process;
mod random;
mod resolver;
mod scope;
pub mod source;
mod storage;
mod system;
mod transfer;
mod uevents;
mod watchdog;

use std::any::Any;
use std::sync::Arc;

pub use address_server::{
    AddressServer, DnsOffer, Host, Lease, MAX_HOST_NAME, MAX_SERVED, ServerConfig, ServerError, WatchedName,
    is_host_name,
};
pub use can::{BitTiming, CanChange, CanController, CanLink, CanLinks, CanMode, CanState, Tdc};
pub use clock::Clock;
pub use content::{Content, Digest};
pub use crypto::{CertificateChain, CertificateError, Crypto, Sha256};
pub use dhcp::{AddressFrom, Dhcp, DhcpConfig, DhcpError, DhcpLease, GatewayFrom, IpVersions, VENDOR_CLASS};
pub use http::{Answer, Http, HttpError, Method, Proxy, ProxyScheme, Request, Trust, Via};
pub use hypervisor::{
    Disk, DiskBus, DiskFormat, Domain, DomainInfo, DomainNotice, DomainState, DomainUsage, Hypervisor,
    HypervisorError, Kernel, MAX_DOMAIN_NAME, Nic, Vnc, is_domain_name,
};
pub use images::{ImageError, ImageInfo, Images};
pub use keys::{Certificate, KeyError, Keys, Role, SIGNATURE_BYTES};
pub use leds::{Led, LedError, Leds};
pub use links::{
    Cidr, Link, LinkCounters, LinkError, LinkKind, LinkNotice, LinkSettings, Links, MAIN_TABLE,
    MAX_LINK_NAME, NewLink, NotCidr, Route, is_link_name,
};
pub use packet_filter::{
    Action, AddressSet, Chain, Counted, Counter, ETHER_ARP, ETHER_IPV4, FilterError, FilterTable, Hook, ICMP,
    Layer, MAX_FILTER_NAME, MAX_RULES, Match, PacketFilter, RateLimit, Rule, TABLE_PREFIX, TCP, UDP,
};
pub use power::{Power, PowerError};
pub use process::{
    Child, Command, DEFAULT_OUTPUT_LIMIT, DEFAULT_PROGRAM_TIME, Exit, Output, Process, ProcessError,
    is_well_formed,
};
pub use random::{NoRandom, Random};
pub use resolver::{Resolver, ResolverError};
pub use scope::{OnCancel, Progress, Scope};
pub use storage::{DirEntry, FileOp, MAX_DIR_ENTRIES, Space, Storage, StorageError, backup_of, is_temp_name};
pub use system::{
    BlockDevice, EveRelease, Firmware, MAX_SYSTEM_ENTRIES, MAX_SYSTEM_TEXT, Memory, MemoryController,
    MemoryErrors, MemoryPressure, Mount, Pressure, ProcessInfo, Processor, ProcessorTime, System,
    SystemError, SystemInfo, Temperature,
};
pub use transfer::{Fetch, Fetched, MAX_REDIRECTS, Transfer, TransferError};
pub use uevents::{DeviceNotice, MAX_SUBSYSTEM, is_subsystem};
pub use watchdog::{MAX_WATCHDOG_NAME, Watchdog, WatchdogError, Watched, is_watchdog_name};

/// A device that lacks the capability: every call says so.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unsupported;

/// All capabilities of a device, as jobs see them.
#[derive(Clone)]
pub struct Hal {
    /// Durable files.
    pub storage: Arc<dyn Storage>,
    /// Clocks.
    pub clock: Arc<dyn Clock>,
    /// Random bytes.
    pub random: Arc<dyn Random>,
    /// External programs.
    pub process: Arc<dyn Process>,
    /// LEDs.
    pub leds: Arc<dyn Leds>,
    /// Large files.
    pub content: Arc<dyn Content>,
    /// Disk images.
    pub images: Arc<dyn Images>,
    /// HTTP.
    pub http: Arc<dyn Http>,
    /// Objects of datastores.
    pub transfer: Arc<dyn Transfer>,
    /// The keys by which the device is known.
    pub keys: Arc<dyn Keys>,
    /// Cryptography without secrets.
    pub crypto: Arc<dyn Crypto>,
    /// Network interfaces.
    pub links: Arc<dyn Links>,
    /// CAN interfaces.
    pub can_links: Arc<dyn CanLinks>,
    /// The packet filter.
    pub packet_filter: Arc<dyn PacketFilter>,
    /// DHCP and DNS servers.
    pub address_server: Arc<dyn AddressServer>,
    /// Guests.
    pub hypervisor: Arc<dyn Hypervisor>,
    /// DHCP clients.
    pub dhcp: Arc<dyn Dhcp>,
    /// What the device is and how it fares.
    pub system: Arc<dyn System>,
    /// The servers that the device resolves names by.
    pub resolver: Arc<dyn Resolver>,
    /// The end of a boot.
    pub power: Arc<dyn Power>,
    /// Watchdogs.
    pub watchdog: Arc<dyn Watchdog>,
}

impl Default for Hal {
    /// A device that can do nothing.
    fn default() -> Self {
        let nothing = Arc::new(Unsupported);
        Hal {
            storage: nothing.clone(),
            clock: nothing.clone(),
            random: nothing.clone(),
            process: nothing.clone(),
            leds: nothing.clone(),
            content: nothing.clone(),
            images: nothing.clone(),
            http: nothing.clone(),
            transfer: nothing.clone(),
            keys: nothing.clone(),
            crypto: nothing.clone(),
            links: nothing.clone(),
            can_links: nothing.clone(),
            packet_filter: nothing.clone(),
            address_server: nothing.clone(),
            hypervisor: nothing.clone(),
            dhcp: nothing.clone(),
            system: nothing.clone(),
            resolver: nothing.clone(),
            power: nothing.clone(),
            watchdog: nothing,
        }
    }
}

/// What handlers may touch: nothing in it can block.
#[derive(Clone)]
pub struct Quick {
    /// LEDs.
    pub leds: Arc<dyn Leds>,
    /// Random bytes.
    pub random: Arc<dyn Random>,
    /// Cryptography without secrets, of small texts.
    pub crypto: Arc<dyn Crypto>,
}

impl Default for Quick {
    /// A device that can do nothing.
    fn default() -> Self {
        let nothing = Arc::new(Unsupported);
        Quick { leds: nothing.clone(), random: nothing.clone(), crypto: nothing }
    }
}

/// The payload of a panic by which the simulator ends a machine at a power cut. Whoever catches panics passes
/// it on: nothing runs after the power is gone.
#[derive(Clone, Copy, Debug)]
pub struct PowerCut;

impl PowerCut {
    /// Whether a caught panic is one.
    pub fn is(payload: &(dyn Any + Send)) -> bool {
        payload.is::<PowerCut>()
    }
}
