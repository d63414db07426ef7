//! What comes to nim from outside: settings, configurations, interfaces, applications' devices.

use pillar_types::adapters::AssignableAdapters;
use pillar_types::config_item::ConfigItemValueMap;
use pillar_types::port::{DevicePortConfig, DpcState};

use super::dpc::{self, LAST_RESORT, LPS};
use super::facts::News;
use super::list::Added;
use super::round::Purpose;
use super::start_up::StartUp;
use super::{Nim, verification, verify};
use crate::hal::LinkNotice;
use crate::node::{Change, Context, Event, Failed};

impl Nim {
    pub(super) fn on_files(&mut self, _: &str, found: Result<StartUp, Failed>, cx: &mut Context<'_, Self>) {
        let found = found.unwrap_or_default();
        self.file_names = found.file_names;
        self.expects_bootstrap = found.expects_bootstrap;
        self.files_read = true;
        for dpc in found.overrides {
            self.list.add(dpc, cx.now().wall.into());
        }
        if self.settings_there {
            self.begin(cx);
        }
    }

    pub(super) fn on_settings(&mut self, change: Change<'_, ConfigItemValueMap>, cx: &mut Context<'_, Self>) {
        let keeps = self.keeps_last_resort();
        match change.event {
            Event::Created(_) | Event::Modified { .. } | Event::Synced => self.read_settings(cx),
            _ => return,
        }
        if !std::mem::replace(&mut self.settings_there, true) {
            if self.files_read {
                self.begin(cx);
            }
            return;
        }
        if !self.is_running() {
            return;
        }
        self.set_intended();
        if keeps && !self.keeps_last_resort() && self.list.remove_key(LAST_RESORT) {
            self.restart_anew(cx);
        } else if self.keeps_last_resort() && self.add_last_resort(cx) {
            return;
        }
        self.update_round(cx);
    }

    /// The first thing that nim does once it runs.
    pub(super) fn first_configuration(&mut self, cx: &mut Context<'_, Self>) {
        if !self.list.is_empty() {
            self.restart(cx);
        }
    }

    /// The device has been without any configuration for too long.
    pub(super) fn on_rescue(&mut self, cx: &mut Context<'_, Self>) {
        if !self.is_running() {
            cx.after(verification::RESCUE, verification::SLACK, Self::on_rescue);
        } else if self.list.is_empty() {
            log::warn!("no port configuration came: taking one of last resort");
            self.expects_bootstrap = false;
            self.add_last_resort(cx);
        }
    }

    pub(super) fn on_dpc(&mut self, change: Change<'_, DevicePortConfig>, cx: &mut Context<'_, Self>) {
        let (key, gone) = match change.event {
            Event::Created(_) | Event::Modified { .. } => (change.key, false),
            Event::Deleted(_) => (change.key, true),
            _ => return,
        };
        if &**key == LPS {
            if !gone {
                log::error!("the port configuration of the local profile server is not supported yet");
            }
            return;
        }
        match change.event {
            Event::Created(new) | Event::Modified { new, .. } => {
                let dpc = DevicePortConfig::clone(new);
                self.take_in(dpc, key, cx);
            }
            Event::Deleted(old) => {
                let mut dpc = old.clone();
                self.sanitise(&mut dpc, key);
                if self.list.remove(&dpc) {
                    self.restart_anew(cx);
                }
            }
            _ => {}
        }
    }

    /// Takes in a configuration, and verifies it if it matters.
    pub(super) fn take_in(&mut self, mut dpc: DevicePortConfig, key: &str, cx: &mut Context<'_, Self>) {
        self.sanitise(&mut dpc, key);
        if dpc::has_bad_certificate(&dpc) {
            log::error!("port configuration {}: a proxy's certificate cannot be read", dpc.key);
            return;
        }
        if !dpc::is_usable(&dpc) {
            log::warn!("port configuration {}: no port can reach the controller", dpc.key);
        }
        let added = self.list.add(dpc, cx.now().wall.into());
        match added {
            Added::Nothing => {}
            Added::SameInUse => {
                self.set_intended();
                self.update_status(cx);
                if self.has_failed() {
                    self.restart(cx);
                }
            }
            Added::Changed => self.restart_anew(cx),
        }
    }

    fn sanitise(&self, dpc: &mut DevicePortConfig, key: &str) {
        dpc::sanitise(dpc, key, |name| self.file_names.iter().any(|file| file == name));
    }

    pub(super) fn on_adapters(&mut self, change: Change<'_, AssignableAdapters>, cx: &mut Context<'_, Self>) {
        if !matches!(change.event, Event::Created(_) | Event::Modified { .. } | Event::Deleted(_)) {
            return;
        }
        if self.list.has_key(LAST_RESORT) {
            self.add_last_resort(cx);
        }
        self.observe(cx);
        let state = self.list.current_entry().map(|entry| entry.dpc.state);
        let waits = matches!(state, Some(DpcState::PciWait | DpcState::IntfWait));
        self.want(if self.is_verifying() && waits { Purpose::Verify } else { Purpose::Look }, cx);
    }

    pub(super) fn on_link(&mut self, change: Change<'_, LinkNotice>, cx: &mut Context<'_, Self>) {
        if !matches!(change.event, Event::Synced | Event::Restarted(_)) {
            self.want(Purpose::Look, cx);
        }
    }

    /// Whether a port of the configuration in use, or of the best, uses an interface.
    pub(super) fn matters(&self, link: &str) -> bool {
        let uses = |dpc: &DevicePortConfig| dpc.ports.iter().any(|port| port.if_name == link);
        let best = self.list.entries().first();
        best.into_iter().chain(self.list.current_entry()).any(|entry| uses(&entry.dpc))
    }

    /// Something of interfaces changed.
    pub(super) fn on_news(&mut self, news: &News, cx: &mut Context<'_, Self>) {
        self.refresh_last_resort(cx);
        if *news == News::default() {
            return;
        }
        let state = self.list.current_entry().map_or(DpcState::None, |entry| entry.dpc.state);
        if self.is_verifying() {
            if verify::waits(state) && state != DpcState::AsyncWait {
                self.want(Purpose::Verify, cx);
            }
            return;
        }
        for link in &news.came {
            self.list.lift_cooldown(link);
        }
        // One that failed for want of an address has one now. Only the one in use can be seen to.
        let helped = state == DpcState::Fail && !news.addressed.is_empty();
        if let Some(entry) = self.list.current_entry_mut().filter(|_| helped) {
            entry.failed_at = None;
        }
        // The loss of an address alone is left to the periodic test: it may come back at once.
        if helped || !news.came.is_empty() || (!news.lost.is_empty() && !self.has_failed()) {
            self.restart(cx);
        }
    }

    /// Keeps the configuration of last resort in step with the interfaces that there are.
    fn refresh_last_resort(&mut self, cx: &mut Context<'_, Self>) {
        let first_need = self.list.is_empty() && !self.expects_bootstrap;
        if first_need {
            self.add_last_resort(cx);
            return;
        }
        let listed = self.list.entries().iter().find(|entry| entry.dpc.key == LAST_RESORT);
        let known = |name: &String| {
            listed.is_some_and(|entry| entry.dpc.ports.iter().any(|port| port.if_name == *name))
        };
        let eligible = self.facts.eligible(self.adapters(cx).as_deref());
        let stale = listed.is_some() && !eligible.iter().all(known);
        if stale || (listed.is_none() && self.keeps_last_resort()) {
            self.add_last_resort(cx);
        }
    }
}
