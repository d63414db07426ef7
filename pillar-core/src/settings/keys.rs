//! Every setting of the device: key, type, default, least and most (`spec/01`, Config items). Sorted by key.
//!
//! The name of a constant is its key in upper case, with `_` for what a name cannot have.

use pillar_types::config_item::TriState;

use super::kinds::{AgentLevel, Bool, Hours, Int, Item, Level, Minutes, Seconds, Syslog, Text, Times, Tri};
use super::rules::{
    ANY, BASE64, BOOT_ORDER, DRAIN_POLICY, FILE_NAME, HTTP_HOST, HTTPS_HOST, RESOLUTION, TUI_LEVEL,
};

/// `NAME: Kind = "key", what the kind's `item` takes;`
macro_rules! settings {
    ($list:ident: $list_doc:literal; $($(#[$doc:meta])* $name:ident: $kind:ident = $key:literal, $($check:expr),*;)*) => {
        $(
            $(#[$doc])*
            pub const $name: $kind = $kind(&$kind::item($key, $($check),*));
        )*
        #[doc = $list_doc]
        pub const $list: &[&Item] = &[$($name.0),*];
    };
}

settings! {
    AGENT_ITEMS: "What is set for single agents, by key.";
    /// Which lines this agent logs, in place of [`DEBUG_DEFAULT_LOGLEVEL`].
    AGENT_LOGLEVEL: AgentLevel = "debug.loglevel", "info";
    /// Which lines of this agent go to the controller, in place of [`DEBUG_DEFAULT_REMOTE_LOGLEVEL`].
    AGENT_REMOTE_LOGLEVEL: AgentLevel = "debug.remote.loglevel", "info";
}

settings! {
    ITEMS: "What is set for the whole device, by key.";
    /// Whether no controller is to be expected.
    AIRGAP_MODE: Tri = "airgap.mode", TriState::None;
    /// Whether VNC answers from outside.
    APP_ALLOW_VNC: Bool = "app.allow.vnc", false;
    /// Whether applications boot from USB first; empty: as they say.
    APP_BOOT_ORDER: Text = "app.boot.order", "", BOOT_ORDER;
    /// Whether the segments of applications are kept small enough for the path.
    APP_ENABLE_TCP_MSS_CLAMPING: Bool = "app.enable.tcp.mss.clamping", true;
    /// Screen of applications in mode FML; empty: any.
    APP_FML_RESOLUTION: Text = "app.fml.resolution", "", RESOLUTION;
    /// How often a blob with a bad hash is downloaded again.
    BLOB_DOWNLOAD_MAX_RETRIES: Int = "blob.download.max.retries", 5, 1..=10;
    /// Whether credentials may go over plain HTTP.
    DATASTORE_HTTP_SECURITY_ALLOWINSECUREAUTH: Bool = "datastore.http.security.allowinsecureauth", false;
    /// Which lines agents log.
    DEBUG_DEFAULT_LOGLEVEL: Level = "debug.default.loglevel", "info";
    /// Which lines of agents go to the controller.
    DEBUG_DEFAULT_REMOTE_LOGLEVEL: Level = "debug.default.remote.loglevel", "info";
    /// Deprecated: taken, without effect.
    DEBUG_DISABLE_DHCP_ALL_ONES_NETMASK: Bool = "debug.disable.dhcp.all-ones.netmask", false;
    /// Whether there is a console on the host. False when the controller does not list it.
    DEBUG_ENABLE_CONSOLE: Bool = "debug.enable.console", true;
    /// Whether guests' EFI writes to its debug console.
    DEBUG_ENABLE_EFI: Bool = "debug.enable.efi", false;
    /// SSH keys that may log in, one a line; empty: no SSH.
    DEBUG_ENABLE_SSH: Text = "debug.enable.ssh", "", ANY;
    /// Whether USB stays with the host. False when the controller does not list it.
    DEBUG_ENABLE_USB: Bool = "debug.enable.usb", true;
    /// Whether VGA stays with the host. False when the controller does not list it.
    DEBUG_ENABLE_VGA: Bool = "debug.enable.vga", true;
    /// Whether the VM around a container has VNC.
    DEBUG_ENABLE_VNC_SHIM_VM: Bool = "debug.enable.vnc.shim.vm", false;
    /// Which lines of the kernel are logged.
    DEBUG_KERNEL_LOGLEVEL: Syslog = "debug.kernel.loglevel", "info";
    /// Which lines of the kernel go to the controller.
    DEBUG_KERNEL_REMOTE_LOGLEVEL: Syslog = "debug.kernel.remote.loglevel", "info";
    /// Whether guests get a socket for gdb.
    DEBUG_QEMU_GDB: Bool = "debug.qemu.gdb", false;
    /// Whether a guest's memory is dumped when it panics.
    DEBUG_QEMU_GUEST_CORE: Bool = "debug.qemu.guest.core", true;
    /// Whether accesses to an assigned GPU are trapped.
    DEBUG_QEMU_IGPU_NO_MMAP: Bool = "debug.qemu.igpu.no.mmap", false;
    /// Whether a crashed domain is kept for a look at it.
    DEBUG_QEMU_PAUSE_ON_CRASH: Bool = "debug.qemu.pause.on.crash", false;
    /// Whether a core of QEMU goes to the vault.
    DEBUG_QEMU_PROCESS_CORE: Bool = "debug.qemu.process.core", true;
    /// Whether a core of QEMU has the guest's memory.
    DEBUG_QEMU_PROCESS_CORE_GUEST_RAM: Bool = "debug.qemu.process.core.guest.ram", false;
    /// Which events QEMU traces.
    DEBUG_QEMU_TRACE_EVENTS: Text = "debug.qemu.trace.events", "", ANY;
    /// Which lines of syslog are logged.
    DEBUG_SYSLOG_LOGLEVEL: Syslog = "debug.syslog.loglevel", "info";
    /// Which lines of syslog go to the controller.
    DEBUG_SYSLOG_REMOTE_LOGLEVEL: Syslog = "debug.syslog.remote.loglevel", "info";
    /// Which lines of the local user interface are logged.
    DEBUG_TUI_LOGLEVEL: Text = "debug.tui.loglevel", "info", TUI_LEVEL;
    /// Whether DHCP says what the device is (option 60).
    DHCP_ENABLE_VENDORCLASSID: Bool = "dhcp.enable.vendorclassid", true;
    /// Host that is asked when connectivity is diagnosed; empty: none.
    DIAG_PROBE_REMOTE_HTTP_ENDPOINT: Text = "diag.probe.remote.http.endpoint", "www.google.com", HTTP_HOST;
    /// The same with HTTPS.
    DIAG_PROBE_REMOTE_HTTPS_ENDPOINT: Text = "diag.probe.remote.https.endpoint", "www.google.com", HTTPS_HOST;
    /// When to give up on the API server and go on without a drain.
    DRAIN_SKIP_K8SAPINOTREACHABLE_TIMEOUT: Seconds =
        "drain.skip.k8sapinotreachable.timeout", 300, 1..=u32::MAX;
    /// SSH keys that commands of edgeview are checked with.
    EDGEVIEW_AUTHEN_PUBLICKEY: Text = "edgeview.authen.publickey", "", ANY;
    /// A change of it swaps the images.
    FORCE_FALLBACK_COUNTER: Int = "force.fallback.counter", 0, 0..=u32::MAX;
    /// Taken, without effect: garbage collection.
    GOGC_FORCED_GROWTH_MEMORY_MIB: Int = "gogc.forced.growth.memory.MiB", 50, 10..=1024;
    /// Taken, without effect: garbage collection.
    GOGC_FORCED_GROWTH_MEMORY_PERCENT: Int = "gogc.forced.growth.memory.percent", 20, 5..=300;
    /// Taken, without effect: garbage collection.
    GOGC_FORCED_INTERVAL_SECONDS: Seconds = "gogc.forced.interval.seconds", 10, 0..=1000;
    /// Taken, without effect: a runtime soft limit for garbage collection.
    GOGC_MEMORY_LIMIT_BYTES: Int = "gogc.memory.limit.bytes", 0, 0..=u32::MAX;
    /// Taken, without effect: garbage collection.
    GOGC_PERCENT: Int = "gogc.percent", 100, 0..=500;
    /// How often tasks are counted.
    GOROUTINE_LEAK_DETECTION_CHECK_INTERVAL_MINUTES: Minutes =
        "goroutine.leak.detection.check.interval.minutes", 1, 1..=u32::MAX;
    /// Over which time their growth is judged; ten intervals or more.
    GOROUTINE_LEAK_DETECTION_CHECK_WINDOW_MINUTES: Minutes =
        "goroutine.leak.detection.check.window.minutes", 10, 10..=u32::MAX;
    /// How long to be quiet after a leak; an interval or more.
    GOROUTINE_LEAK_DETECTION_COOLDOWN_MINUTES: Minutes =
        "goroutine.leak.detection.cooldown.minutes", 5, 1..=u32::MAX;
    /// How long counts are kept; a window or more.
    GOROUTINE_LEAK_DETECTION_KEEP_STATS_HOURS: Hours =
        "goroutine.leak.detection.keep.stats.hours", 24, 1..=u32::MAX;
    /// How many tasks are a leak, whatever their growth.
    GOROUTINE_LEAK_DETECTION_THRESHOLD: Int = "goroutine.leak.detection.threshold", 5000, 1..=u32::MAX;
    /// Name of the option ROM for an assigned GPU; empty: none.
    IGPU_GOP: Text = "igpu.gop", "", FILE_NAME;
    /// Whether statistics of memory are searched for leaks; needs them stored.
    INTERNAL_MEMORY_MONITOR_ANALYZE_ENABLED: Bool = "internal-memory-monitor.analyze.enabled", true;
    /// Whether statistics of memory are stored.
    INTERNAL_MEMORY_MONITOR_STORE_ENABLED: Bool = "internal-memory-monitor.store.enabled", true;
    /// Base64 of YAML that goes over the configuration of k3s.
    K3S_CONFIG_OVERRIDE: Text = "k3s.config.override", "", BASE64;
    /// Which version of k3s.
    K3S_VERSION: Text = "k3s.version", "", ANY;
    /// Window for draining all nodes, in configuration intervals.
    KUBERNETES_DRAIN_ALLNODES_CONFIG_MULTIPLE: Int = "kubernetes.drain.allnodes.config.multiple", 2, 1..=1000;
    /// How long draining a node may take.
    KUBERNETES_DRAIN_TIMEOUT: Hours = "kubernetes.drain.timeout", 24, 1..=u32::MAX;
    /// When virtual machines are moved to better nodes: empty or `boot`.
    KUBERNETES_VMI_DESCHEDULE_EVENTS: Text = "kubernetes.vmi.deschedule.events", "", ANY;
    /// Source files whose lines are counted, not logged; with commas between.
    LOG_COUNT_FILENAMES: Text = "log.count.filenames", "", ANY;
    /// How many lines back a line is compared to; 0: none.
    LOG_DEDUP_WINDOW_SIZE: Int = "log.dedup.window.size", 0, 0..=u32::MAX;
    /// Source files whose lines are dropped; with commas between.
    LOG_FILTER_FILENAMES: Text = "log.filter.filenames", "", ANY;
    /// Maintenance mode, over the controller's flag.
    MAINTENANCE_MODE: Tri = "maintenance.mode", TriState::None;
    /// Whether events of memory pressure are taken from outside.
    MEMORY_MONITOR_ENABLED: Bool = "memory-monitor.enabled", false;
    /// Whether applications start without a look at the memory that is left.
    MEMORY_APPS_IGNORE_CHECK: Bool = "memory.apps.ignore.check", false;
    /// Memory kept for EVE in MiB. Made of the device's own limit: see `eve_memory_limit`.
    MEMORY_EVE_LIMIT_MIB: Int = "memory.eve.limit.MiB", 0, 0..=u32::MAX;
    /// Memory kept for EVE in bytes; deprecated. Made of the device's own limit: see `eve_memory_limit`.
    MEMORY_EVE_LIMIT_BYTES: Int = "memory.eve.limit.bytes", 0, 0..=u32::MAX;
    /// What a VM costs beyond its memory, in MiB; 0: what is estimated.
    MEMORY_VMM_LIMIT_MIB: Int = "memory.vmm.limit.MiB", 0, 0..=1_073_741_824;
    /// How many requests on its metrics the metadata server answers at once.
    MSRV_PROMETHEUS_METRICS_BURST: Int = "msrv.prometheus.metrics.burst", 10, 1..=u32::MAX;
    /// When the metadata server forgets a client that asked for metrics.
    MSRV_PROMETHEUS_METRICS_IDLETIMEOUT_SECONDS: Seconds =
        "msrv.prometheus.metrics.idletimeout.seconds", 240, 1..=u32::MAX;
    /// How many requests a second the metadata server answers on its metrics.
    MSRV_PROMETHEUS_METRICS_RPS: Int = "msrv.prometheus.metrics.rps", 1, 1..=u32::MAX;
    /// Whether traces of downloads have the values of headers.
    NETDUMP_DOWNLOADER_HTTP_WITH_FIELDVALUE: Bool = "netdump.downloader.http.with.fieldvalue", false;
    /// Whether traces of downloads have packets.
    NETDUMP_DOWNLOADER_WITH_PCAP: Bool = "netdump.downloader.with.pcap", false;
    /// Whether traces of the network are kept.
    NETDUMP_ENABLE: Bool = "netdump.enable", true;
    /// How many traces of a topic are kept.
    NETDUMP_TOPIC_MAXCOUNT: Int = "netdump.topic.maxcount", 10, 1..=u32::MAX;
    /// How often one topic is traced, once the device is onboarded.
    NETDUMP_TOPIC_POSTONBOARD_INTERVAL: Seconds = "netdump.topic.postonboard.interval", 86_400, 60..=u32::MAX;
    /// How often one topic is traced, until the device is onboarded.
    NETDUMP_TOPIC_PREONBOARD_INTERVAL: Seconds = "netdump.topic.preonboard.interval", 3600, 60..=u32::MAX;
    /// The dearest port that downloads may use.
    NETWORK_DOWNLOAD_MAX_COST: Int = "network.download.max.cost", 0, 0..=255;
    /// Whether any Ethernet port with DHCP is tried at last.
    NETWORK_FALLBACK_ANY_ETH: Tri = "network.fallback.any.eth", TriState::Disabled;
    /// Whether new applications get MAC addresses of the old scheme.
    NETWORK_LOCAL_LEGACY_MAC_ADDRESS: Bool = "network.local.legacy.mac.address", false;
    /// Whether addresses are learnt on switch network instances.
    NETWORK_SWITCH_ENABLE_ARPSNOOP: Bool = "network.switch.enable.arpsnoop", true;
    /// Whether logs are uploaded every 3 seconds.
    NEWLOG_ALLOW_FASTUPLOAD: Bool = "newlog.allow.fastupload", false;
    /// The most that logs may take on disk, in megabytes.
    NEWLOG_GZIPFILES_ONDISK_MAXMEGABYTES: Int = "newlog.gzipfiles.ondisk.maxmegabytes", 2048, 10..=u32::MAX;
    /// How often DHCP is asked again after a port was authenticated; 0: never.
    PNAC_DHCP_REACQUIRE_MAX_RETRIES: Int = "pnac.dhcp.reacquire.max.retries", 4, 0..=8;
    /// Whether multi-part user data is split for the guest.
    PROCESS_CLOUD_INIT_MULTIPART: Bool = "process.cloud-init.multipart", false;
    /// When a failed enrolment is tried again.
    SCEP_RETRY_INTERVAL: Seconds = "scep.retry.interval", 300, 60..=3600;
    /// Whether volumes are made without a look at the space that is left.
    STORAGE_APPS_IGNORE_DISK_CHECK: Bool = "storage.apps.ignore.disk.check", false;
    /// The most that is kept for EVE, in bytes.
    STORAGE_DOM0_DISK_MAXUSAGEBYTES: Int =
        "storage.dom0.disk.maxusagebytes", 2_147_483_648, 104_857_600..=u32::MAX;
    /// Percentage of the disk that is kept for EVE.
    STORAGE_DOM0_DISK_MINUSAGE_PERCENT: Int = "storage.dom0.disk.minusage.percent", 20, 20..=80;
    /// What Longhorn keeps free, in GB; 1048576: leave it alone.
    STORAGE_LONGHORN_DISK_RESERVED_GIGABYTES: Int =
        "storage.longhorn.disk.reserved.gigabytes", 2, 0..=1_048_576;
    /// What Longhorn does with the last replica on a node that is drained.
    STORAGE_LONGHORN_NODE_DRAIN_POLICY: Text =
        "storage.longhorn.node-drain-policy", "block-for-eviction-if-contains-last-replica", DRAIN_POLICY;
    /// When Longhorn makes snapshots.
    STORAGE_LONGHORN_SNAPSHOT_CRON: Times = "storage.longhorn.snapshot.cron", "0 0 * * *";
    /// Percentage of the ZFS pool that is kept free.
    STORAGE_ZFS_RESERVED_PERCENT: Int = "storage.zfs.reserved.percent", 20, 1..=99;
    /// How often statistics of containers are taken.
    TIMER_APPCONTAINER_STATS_INTERVAL: Seconds = "timer.appcontainer.stats.interval", 300, 1..=u32::MAX;
    /// When a domain that failed is started again.
    TIMER_BOOT_RETRY: Seconds = "timer.boot.retry", 600, 10..=u32::MAX;
    /// How often the controller's certificates are fetched.
    TIMER_CERT_INTERVAL: Seconds = "timer.cert.interval", 86_400, 60..=u32::MAX;
    /// How often the configuration is fetched, at most; the pace is random.
    TIMER_CONFIG_INTERVAL: Seconds = "timer.config.interval", 60, 5..=86_400;
    /// How long unused content is kept.
    TIMER_DEFER_CONTENT_DELETE: Seconds = "timer.defer.content.delete", 0, 0..=86_400;
    /// How often device info is sent without a change.
    TIMER_DEVICEINFO_INTERVAL: Seconds = "timer.deviceinfo.interval", 600, 30..=u32::MAX;
    /// How long connecting may take.
    TIMER_DIAL_TIMEOUT: Seconds = "timer.dial.timeout", 10, 0..=3600;
    /// When a download is tried again.
    TIMER_DOWNLOAD_RETRY: Seconds = "timer.download.retry", 600, 60..=u32::MAX;
    /// When a download without progress is given up.
    TIMER_DOWNLOAD_STALLED: Seconds = "timer.download.stalled", 600, 20..=u32::MAX;
    /// When an unused volume is deleted.
    TIMER_GC_VDISK: Seconds = "timer.gc.vdisk", 3600, 60..=u32::MAX;
    /// How often memory errors and disk health are reported.
    TIMER_HARDWAREHEALTH_INTERVAL: Seconds = "timer.hardwarehealth.interval", 43_200, 21_600..=u32::MAX;
    /// How often the location goes to applications.
    TIMER_LOCATION_APP_INTERVAL: Seconds = "timer.location.app.interval", 20, 5..=3600;
    /// How often the location goes to the controller.
    TIMER_LOCATION_CLOUD_INTERVAL: Seconds = "timer.location.cloud.interval", 3600, 300..=u32::MAX;
    /// How often the local profile server is asked how applications boot.
    TIMER_LPS_APPBOOTINFO_INTERVAL: Seconds = "timer.lps.appbootinfo.interval", 60, 3..=3600;
    /// How often the local profile server is told of applications.
    TIMER_LPS_APPINFO_INTERVAL: Seconds = "timer.lps.appinfo.interval", 60, 3..=3600;
    /// How often the local profile server is told of the device.
    TIMER_LPS_DEVINFO_INTERVAL: Seconds = "timer.lps.devinfo.interval", 60, 3..=3600;
    /// How often the local profile server is asked for the network.
    TIMER_LPS_NETWORK_INTERVAL: Seconds = "timer.lps.network.interval", 60, 3..=3600;
    /// How often the local profile server is asked for the profile.
    TIMER_LPS_PROFILE_INTERVAL: Seconds = "timer.lps.profile.interval", 60, 3..=3600;
    /// How often the local profile server is asked for radio silence.
    TIMER_LPS_RADIO_INTERVAL: Seconds = "timer.lps.radio.interval", 5, 3..=3600;
    /// How often disk usage is measured.
    TIMER_METRIC_DISKSCAN_INTERVAL: Seconds = "timer.metric.diskscan.interval", 300, 5..=3600;
    /// How often metrics are sent.
    TIMER_METRIC_INTERVAL: Seconds = "timer.metric.interval", 60, 5..=3600;
    /// How often time sources are reported without a change.
    TIMER_NTPSOURCES_INTERVAL: Seconds = "timer.ntpsources.interval", 600, 60..=u32::MAX;
    /// How often addresses are located.
    TIMER_PORT_GEOREDO: Seconds = "timer.port.georedo", 3600, 60..=u32::MAX;
    /// When a failed location is tried again.
    TIMER_PORT_GEORETRY: Seconds = "timer.port.georetry", 600, 5..=u32::MAX;
    /// How often a better port configuration is tried; 0: never.
    TIMER_PORT_TESTBETTERINTERVAL: Seconds = "timer.port.testbetterinterval", 600, 0..=u32::MAX;
    /// How long a port waits for DHCP.
    TIMER_PORT_TESTDURATION: Seconds = "timer.port.testduration", 30, 10..=3600;
    /// How often the current port configuration is tested.
    TIMER_PORT_TESTINTERVAL: Seconds = "timer.port.testinterval", 300, 300..=3600;
    /// How long a request may take when ports are tested.
    TIMER_PORT_TIMEOUT: Seconds = "timer.port.timeout", 15, 0..=3600;
    /// When to reboot without a controller.
    TIMER_REBOOT_NO_NETWORK: Seconds = "timer.reboot.no.network", 604_800, 120..=u32::MAX;
    /// How long one request may take.
    TIMER_SEND_TIMEOUT: Seconds = "timer.send.timeout", 120, 0..=3600;
    /// How long a new image is tested; also the age at which a configuration is known to be good.
    TIMER_TEST_BASEIMAGE_UPDATE: Seconds = "timer.test.baseimage.update", 600, 30..=3600;
    /// When to give up a new image without a controller.
    TIMER_UPDATE_FALLBACK_NO_NETWORK: Seconds = "timer.update.fallback.no.network", 300, 60..=u32::MAX;
    /// When to reboot with a vault that stays locked.
    TIMER_VAULT_READY_CUTOFF: Seconds = "timer.vault.ready.cutoff", 300, 60..=u32::MAX;
    /// When the vault is trimmed.
    TIMER_VAULT_TRIM_CRON: Times = "timer.vault.trim.cron", "0 2 * * 6,0";
    /// How long trimming may take.
    TIMER_VAULT_TRIM_MAX_SECS: Seconds = "timer.vault.trim.max.secs", 1800, 0..=u32::MAX;
    /// When the ZFS pool is trimmed.
    TIMER_ZFS_POOL_TRIM_CRON: Times = "timer.zfs.pool.trim.cron", "0 3 * * 6,0";
    /// Base64 of Vector's YAML.
    VECTOR_CONFIG: Text = "vector.config", "", BASE64;
    /// Whether logs go through Vector.
    VECTOR_ENABLED: Bool = "vector.enabled", true;
    /// Whether drivers of a dead modem are loaded again.
    WWAN_MODEM_RECOVERY_RELOAD_DRIVERS: Bool = "wwan.modem.recovery.reload.drivers", false;
    /// Whether ModemManager is started again for a dead modem.
    WWAN_MODEM_RECOVERY_RESTART_MODEMMANAGER: Bool = "wwan.modem.recovery.restart.modemmanager", false;
    /// Whether a dead modem reboots the device.
    WWAN_MODEM_RECOVERY_WATCHDOG: Bool = "wwan.modem.recovery.watchdog", false;
    /// Whether modems look for providers every hour.
    WWAN_QUERY_VISIBLE_PROVIDERS: Bool = "wwan.query.visible.providers", false;
}
