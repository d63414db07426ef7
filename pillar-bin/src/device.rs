//! The device that zedbox runs on: the real implementation of every trait, and what the hardware tells by itself.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use pillar_core::bus::files::Layout;
use pillar_core::hal::Hal;
use pillar_hal::linux::qemu::{self, Accel, Qemu};
use pillar_hal::linux::{
    DhcpcdPaths, Dnsmasq, LinuxCanLinks, LinuxClock, LinuxDhcp, LinuxFs, LinuxHttp, LinuxKeys, LinuxLeds,
    LinuxLinkNotices, LinuxLinks, LinuxPacketFilter, LinuxProcess, LinuxRandom, LinuxResolver, LinuxStorage,
    LinuxSystem, LinuxTransfer, LinuxUevents, LinuxWatchdog, P256, QemuImg, RingCrypto, Zboot,
};

use crate::host::sources::{AnySource, Of};

/// The device whose files are below `root`.
pub fn open(root: &Path, accel: Accel, layout: &Layout) -> io::Result<(Hal, Vec<Box<dyn AnySource>>)> {
    let storage = Arc::new(LinuxStorage::new(LinuxFs));
    let (clock, random) = (Arc::new(LinuxClock), Arc::new(LinuxRandom));
    let process = Arc::new(LinuxProcess::default());
    let dhcp = LinuxDhcp::new(process.clone(), storage.clone(), clock.clone(), DhcpcdPaths::below(root));
    let keys = LinuxKeys::new(P256, root.join("config"), storage.clone(), clock.clone(), random.clone());
    let qemu = Qemu::new(&layout.run, qemu::Options::detect(accel), process.clone())?;
    let address_server = Dnsmasq::new(layout.run.join("zedrouter"), process.clone());
    let power = Zboot::new(zboot(root), process.clone());
    let links = LinuxLinkNotices::new()?;
    let sources: Vec<Box<dyn AnySource>> = vec![
        Box::new(Of::new(qemu.events())),
        Box::new(Of::new(links)),
        Box::new(Of::new(LinuxUevents::new()?)),
    ];
    let hal = Hal {
        content: storage.clone(),
        transfer: Arc::new(LinuxTransfer::new(LinuxHttp::default(), storage.clone(), clock.clone())),
        images: Arc::new(QemuImg::new(process.clone())),
        storage,
        clock,
        random,
        process,
        leds: Arc::new(LinuxLeds::new(root.join("sys"))),
        links: Arc::new(LinuxLinks),
        can_links: Arc::new(LinuxCanLinks),
        packet_filter: Arc::new(LinuxPacketFilter),
        address_server: Arc::new(address_server),
        dhcp: Arc::new(dhcp),
        resolver: Arc::new(LinuxResolver::new(root.join("etc/resolv.conf"))),
        hypervisor: Arc::new(qemu),
        system: Arc::new(LinuxSystem::new(root)),
        power: Arc::new(power),
        watchdog: Arc::new(LinuxWatchdog::new(&layout.run, root.join("dev/watchdog"))),
        http: Arc::new(LinuxHttp::default()),
        keys: Arc::new(keys),
        crypto: Arc::new(RingCrypto),
    };
    Ok((hal, sources))
}

/// The program that resets this device: a device below another folder never resets the machine that it is on.
fn zboot(root: &Path) -> PathBuf {
    if root == Path::new("/") { "zboot".into() } else { root.join("usr/bin/zboot") }
}
