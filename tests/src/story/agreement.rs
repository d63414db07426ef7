//! Whether a device is as its controller wants it: in the controller's view, on the bus, and in the world around it,
//! where nothing is that nobody wants.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use pillar_core::agents::{DOMAINMGR, ZEDCLIENT};
use pillar_core::hal::{Action, DomainState, LinkKind};
use pillar_hal::sim::{Device, World};
use pillar_proto::info::ZSwState;
use pillar_types::device::OnboardingStatus;
use pillar_types::domain::DomainStatus;

use super::order::{APP, GATEWAY, id, image};
use super::{Story, app};

/// The directories with files that belong to applications.
const DIRS: [&str; 5] = [
    "/persist/vault/volumes",
    "/persist/clear/volumes",
    "/persist/vault/downloader",
    "/persist/vault/verifier",
    "/persist/vault/containerd",
];

impl Story {
    /// Whether all is as it is wanted and as the controller sees it, and why not.
    pub fn agrees(&self, device: &Device<'_>) -> Result<(), String> {
        (0..self.order.apps).try_for_each(|number| self.app_is_shown(number))?;
        let wanted: BTreeSet<String> = (0..self.order.apps).map(|number| id(APP, number)).collect();
        same("applications in the view", &wanted, &self.view.apps.keys().cloned().collect())?;
        self.is_as_wanted(device)
    }

    /// Whether all is as it is wanted, whatever the controller knows of it.
    pub fn is_as_wanted(&self, device: &Device<'_>) -> Result<(), String> {
        let onboarded = device.node.get::<OnboardingStatus>(ZEDCLIENT, OnboardingStatus::KEY);
        if onboarded.is_none_or(|onboarded| onboarded.device_uuid != self.order.device) {
            return Err("the device does not know who it is".into());
        }
        (0..self.order.apps).try_for_each(|number| self.app_agrees(number, device))?;
        self.nothing_is_left(device)
    }

    fn app_is_shown(&self, number: u32) -> Result<(), String> {
        let (key, order) = (id(APP, number), &self.order);
        let shown = self.view.apps.get(&key).ok_or_else(|| format!("{key} is not in the view"))?;
        let wanted = if order.activate { ZSwState::Running } else { ZSwState::Halted };
        if shown.state != wanted as i32 || !shown.app_err.is_empty() {
            return Err(format!("{key} is shown in state {}, errors {:?}", shown.state, shown.app_err));
        }
        if shown.app_version != order.app_version() {
            return Err(format!("{key} is shown with version {}", shown.app_version));
        }
        Ok(())
    }

    fn app_agrees(&self, number: u32, device: &Device<'_>) -> Result<(), String> {
        let (key, order) = (id(APP, number), &self.order);
        let status = device.node.get::<DomainStatus>(DOMAINMGR, &key);
        // One that is not to run takes up its counters when it is started; that it has no guest is looked at later.
        if !order.activate {
            return if status.is_none_or(|status| !status.activated) { Ok(()) } else { Err("active".into()) };
        }
        let status =
            status.filter(|status| status.activated).ok_or_else(|| format!("{key} is not active"))?;
        let counters = (status.restart_counter, status.purge_counter);
        if counters != (order.restart, order.purge) {
            return Err(format!("{key}: counters {counters:?}; {order:?}"));
        }
        let guests = device.world.guests();
        let mut own = guests.iter().filter(|(_, guest)| guest.domain.uuid == app(number));
        let (Some((_, guest)), None) = (own.next(), own.next()) else {
            return Err(format!("{key} has not exactly one guest"));
        };
        if guest.state != DomainState::Running {
            return Err(format!("the guest of {key} is {:?}", guest.state));
        }
        let volume = order.volume_file(number);
        if guest.domain.disks.iter().all(|disk| disk.path != volume) {
            return Err(format!("the guest of {key} has disks {:?}", guest.domain.disks));
        }
        let network = device.world.network();
        for nic in &guest.domain.nics {
            let link = network.link(&nic.tap).ok_or_else(|| format!("{} is not there", nic.tap))?;
            if link.master.is_none() || !link.lower_up {
                return Err(format!("{} is not on its bridge: {link:?}", nic.tap));
            }
        }
        Ok(())
    }

    /// Guests, links, tables, servers and files are those that are wanted, and no more.
    fn nothing_is_left(&self, device: &Device<'_>) -> Result<(), String> {
        let (world, apps) = (device.world, self.order.apps);
        let count = |what: &str, wanted: usize, there: usize| {
            if wanted == there { Ok(()) } else { Err(format!("{there} {what} in place of {wanted}")) }
        };
        let running = if self.order.activate { apps as usize } else { 0 };
        count("guests", running, world.guests().iter().count())?;
        count("taps", running, links(world, LinkKind::Tap))?;
        let networks = usize::from(self.order.networks);
        count("bridges", networks, links(world, LinkKind::Bridge))?;
        count("tables", networks, world.filters().tables().count())?;
        let mapped = apps > 0 && self.order.port_map && networks > 0;
        // One that was halted stays connected; one that never ran is not.
        if self.order.activate {
            count("port maps", mapped.into(), has_port_map(world).into())?;
        }
        let volumes: BTreeSet<PathBuf> = (0..apps).map(|number| self.order.volume_file(number)).collect();
        let disk = world.disk();
        let files: BTreeSet<PathBuf> = disk.files().into_iter().map(|(path, _)| path).collect();
        let below = |path: &&PathBuf| DIRS.iter().any(|dir| path.starts_with(dir));
        let there: BTreeSet<PathBuf> = files.iter().filter(below).cloned().collect();
        let blob =
            Path::new(DIRS[4]).join("io.containerd.content.v1.content/blobs/sha256").join(&self.order.sha256);
        let wanted = volumes.iter().cloned().chain((apps > 0).then_some(blob)).collect();
        same("files", &wanted, &there)?;
        let is_whole = |path: &PathBuf| {
            let wanted = self.written.get(path).cloned().unwrap_or_else(image);
            disk.get(path).is_some_and(|content| content == wanted)
        };
        if let Some(path) = volumes.iter().find(|path| !is_whole(path)) {
            return Err(format!("{} has another content", path.display()));
        }
        let half = |path: &&PathBuf| !self.calls_fail && path.starts_with("/persist") && is_temporary(path);
        match files.iter().find(half) {
            Some(path) => Err(format!("{} was left half written", path.display())),
            None => Ok(()),
        }
    }
}

/// Whether a file has the name of one that is being written.
fn is_temporary(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("tmp"))
}

fn links(world: &World, kind: LinkKind) -> usize {
    let network = world.network();
    network.all().filter(|link| link.kind == kind).count()
}

/// Whether there is a rule that leads from a port of the device to a guest.
fn has_port_map(world: &World) -> bool {
    let filters = world.filters();
    let mut rules = filters.tables().flat_map(|(_, table)| &table.chains).flat_map(|chain| &chain.rules);
    // The server of metadata is on the bridge.
    rules.any(|rule| matches!(rule.action, Action::ToDestination(to, _) if to.to_string() != GATEWAY))
}

fn same<T: Ord + std::fmt::Debug>(
    what: &str,
    wanted: &BTreeSet<T>,
    there: &BTreeSet<T>,
) -> Result<(), String> {
    if wanted == there {
        return Ok(());
    }
    let (missing, more): (Vec<_>, Vec<_>) =
        (wanted.difference(there).collect(), there.difference(wanted).collect());
    Err(format!("{what}: {missing:?} are missing, {more:?} are too many"))
}
