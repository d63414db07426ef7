//! The device that zedbox runs on: the real implementation of every trait, and what the hardware tells by itself.

use std::io;
use std::path::Path;
use std::sync::Arc;

use pillar_core::bus::files::Layout;
use pillar_core::hal::Hal;
use pillar_hal::linux::qemu::Accel;
use pillar_hal::linux::{
    LinuxCanLinks, LinuxClock, LinuxFs, LinuxLeds, LinuxProcess, LinuxRandom, LinuxStorage, LinuxSystem,
    LinuxUevents, LinuxWatchdog,
};

use crate::host::sources::{AnySource, Of};

/// The device whose files are below `root`.
pub fn open(root: &Path, accel: Accel, layout: &Layout) -> io::Result<(Hal, Vec<Box<dyn AnySource>>)> {
    let files = Arc::new(LinuxStorage::new(LinuxFs));
    let hal = Hal {
        storage: files.clone(),
        clock: Arc::new(LinuxClock),
        random: Arc::new(LinuxRandom),
        process: Arc::new(LinuxProcess::default()),
        leds: Arc::new(LinuxLeds::new(root.join("sys"))),
        can_links: Arc::new(LinuxCanLinks),
        system: Arc::new(LinuxSystem::new(root)),
        watchdog: Arc::new(LinuxWatchdog::new(&layout.run, root.join("dev/watchdog"))),
        ..Hal::default()
    };
    let sources: Vec<Box<dyn AnySource>> = vec![Box::new(Of::new(LinuxUevents::new()?))];
    #[cfg(feature = "online")]
    return online::add(hal, files, sources, root, accel, layout);
    // A build without agents that need more has no guests to accelerate.
    #[cfg(not(feature = "online"))]
    {
        let _ = (accel, files);
        Ok((hal, sources))
    }
}

/// The parts for agents that use the network or run guests.
#[cfg(feature = "online")]
mod online {
    use std::io;
    use std::path::{Path, PathBuf};
    use std::sync::Arc;

    use pillar_core::bus::files::Layout;
    use pillar_core::hal::Hal;
    use pillar_hal::linux::qemu::{self, Accel, Qemu};
    use pillar_hal::linux::{
        DhcpcdPaths, Dnsmasq, LinuxDhcp, LinuxHttp, LinuxKeys, LinuxLinkNotices, LinuxLinks,
        LinuxPacketFilter, LinuxResolver, LinuxStorage, LinuxTransfer, P256, QemuImg, RingCrypto, Zboot,
    };

    use crate::host::sources::{AnySource, Of};

    pub fn add(
        hal: Hal,
        files: Arc<LinuxStorage>,
        mut sources: Vec<Box<dyn AnySource>>,
        root: &Path,
        accel: Accel,
        layout: &Layout,
    ) -> io::Result<(Hal, Vec<Box<dyn AnySource>>)> {
        let Hal { storage, clock, random, process, .. } = &hal;
        let (storage, clock) = (storage.clone(), clock.clone());
        let dhcp = LinuxDhcp::new(process.clone(), storage.clone(), clock.clone(), DhcpcdPaths::below(root));
        let keys = LinuxKeys::new(P256, root.join("config"), storage, clock.clone(), random.clone());
        let qemu = Qemu::new(&layout.run, qemu::Options::detect(accel), process.clone())?;
        let address_server = Dnsmasq::new(layout.run.join("zedrouter"), process.clone());
        sources.push(Box::new(Of::new(qemu.events())));
        sources.push(Box::new(Of::new(LinuxLinkNotices::new()?)));
        let hal = Hal {
            content: files.clone(),
            transfer: Arc::new(LinuxTransfer::new(LinuxHttp::default(), files, clock)),
            images: Arc::new(QemuImg::new(process.clone())),
            links: Arc::new(LinuxLinks),
            packet_filter: Arc::new(LinuxPacketFilter),
            address_server: Arc::new(address_server),
            dhcp: Arc::new(dhcp),
            resolver: Arc::new(LinuxResolver::new(root.join("etc/resolv.conf"))),
            hypervisor: Arc::new(qemu),
            power: Arc::new(Zboot::new(zboot(root), process.clone())),
            http: Arc::new(LinuxHttp::default()),
            keys: Arc::new(keys),
            crypto: Arc::new(RingCrypto),
            ..hal
        };
        Ok((hal, sources))
    }

    /// The program that resets this device: a device below another folder never resets the machine that it is on.
    fn zboot(root: &Path) -> PathBuf {
        if root == Path::new("/") { "zboot".into() } else { root.join("usr/bin/zboot") }
    }
}
