//! What the controller is told about the device and its objects when something changed: one message an object, of
//! which the newest arrives (spec/01, A14). What a message holds is made by the pure functions of `device` and
//! `objects`.

mod device;
mod metrics;
mod objects;

use std::sync::Arc;
use std::time::Duration;

use pillar_proto::encode;
use pillar_proto::google::Timestamp;
use pillar_proto::info::{DeviceEntity, ErrorInfo, InfoContent, ZInfoMsg, ZInfoTypes};
use pillar_types::Time;
use pillar_types::app_status::AppInstanceStatus;
use pillar_types::content::ContentTreeStatus;
use pillar_types::controller_metrics::MetricsMap;
use pillar_types::errors::ErrorDescription;
use pillar_types::host::DomainMetric;
use pillar_types::network_instance_status::NetworkInstanceStatus;
use pillar_types::port::DevicePortConfigList;
use pillar_types::topic::Topic;
use pillar_types::volume::VolumeStatus;

use super::ZedAgent;
use super::outbox::Outgoing;
use crate::agents::{DOMAINMGR, NIM, VOLUMEMGR, ZEDCLIENT, ZEDMANAGER, ZEDROUTER};
use crate::checkpoint::Checkpoint;
use crate::controller::deferred::Rank;
use crate::flextimer::{FlexTimer, Period};
use crate::node::{AgentName, Change, Context, Event};
use crate::settings::keys;

/// The timer of the report on the device.
const DEVICE: &str = "device";

impl ZedAgent {
    /// Follows the objects that are reported.
    pub(super) fn follow_what_is_reported(&mut self, cx: &mut Context<'_, Self>) {
        cx.subscribe(ZEDMANAGER, Self::on_app);
        cx.subscribe(ZEDROUTER, Self::on_network_instance);
        cx.subscribe(VOLUMEMGR, Self::on_volume);
        cx.subscribe(VOLUMEMGR, Self::on_content_tree);
        cx.subscribe(NIM, Self::on_ports);
        cx.follow::<MetricsMap>(NIM);
        cx.follow::<MetricsMap>(ZEDCLIENT);
        cx.follow::<DomainMetric>(DOMAINMGR);
    }

    /// Tells at intervals how the device is and what it measures, whether or not it has changed.
    pub(super) fn schedule_reports(&mut self, cx: &mut Context<'_, Self>) {
        self.schedule_metrics(cx);
        self.schedule_device(cx);
    }

    fn schedule_device(&mut self, cx: &mut Context<'_, Self>) {
        let interval: Duration = self.settings.get(keys::TIMER_DEVICEINFO_INTERVAL);
        let period = Period::Range { min: interval * 4 / 5, max: interval * 6 / 5 };
        let Ok(mut timer) = FlexTimer::new(period) else { return };
        timer.arm(cx, DEVICE, |agent, _, cx| {
            agent.report_device(cx);
            agent.schedule_device(cx);
        });
    }

    /// Tells how all objects are.
    pub(super) fn report_all(&mut self, cx: &mut Context<'_, Self>) {
        self.report_table(ZEDMANAGER, Self::report_app, cx);
        self.report_table(ZEDROUTER, Self::report_network_instance, cx);
        self.report_table(VOLUMEMGR, Self::report_volume, cx);
        self.report_table(VOLUMEMGR, Self::report_content_tree, cx);
    }

    /// The controller has lost what it was told.
    pub(super) fn report_everything(&mut self, cx: &mut Context<'_, Self>) {
        self.report_device(cx);
        self.report_all(cx);
    }

    fn report_table<T: Topic>(
        &mut self,
        from: AgentName,
        report: fn(&mut Self, &str, &T, &mut Context<'_, Self>),
        cx: &mut Context<'_, Self>,
    ) {
        for (key, status) in cx.all::<T>(from) {
            report(self, &key, &status, cx);
        }
    }

    /// Tells how the device is.
    pub(super) fn report_device(&mut self, cx: &mut Context<'_, Self>) {
        if !self.speaking {
            return;
        }
        let content = InfoContent::Device(Box::new(self.device_info(cx)));
        self.report("device", ZInfoTypes::Device, content, cx);
    }

    fn on_ports(&mut self, change: Change<'_, DevicePortConfigList>, cx: &mut Context<'_, Self>) {
        if change.value().is_some() {
            self.report_device(cx);
        }
    }

    fn on_app(&mut self, change: Change<'_, AppInstanceStatus>, cx: &mut Context<'_, Self>) {
        match change.event {
            Event::Created(app) => {
                self.report_app(change.key, app, cx);
                self.report_device(cx);
            }
            Event::Modified { new, .. } => self.report_app(change.key, new, cx),
            Event::Deleted(app) => {
                let content = InfoContent::App(Box::new(objects::app_gone(app)));
                self.report(&format!("app:{}", change.key), ZInfoTypes::App, content, cx);
                self.report_device(cx);
            }
            Event::Synced | Event::Restarted(_) | Event::Resync => {}
        }
    }

    fn report_app(&mut self, key: &str, app: &AppInstanceStatus, cx: &mut Context<'_, Self>) {
        if !app.no_upload_stats_to_controller {
            let content = InfoContent::App(Box::new(objects::app(app)));
            self.report(&format!("app:{key}"), ZInfoTypes::App, content, cx);
        }
    }

    fn on_network_instance(&mut self, change: Change<'_, NetworkInstanceStatus>, cx: &mut Context<'_, Self>) {
        match change.event {
            Event::Created(new) | Event::Modified { new, .. } => {
                self.report_network_instance(change.key, new, cx);
            }
            Event::Deleted(old) => {
                let content = InfoContent::NetworkInstance(Box::new(objects::network_instance_gone(old)));
                self.report(&format!("network:{}", change.key), ZInfoTypes::NetworkInstance, content, cx);
            }
            Event::Synced | Event::Restarted(_) | Event::Resync => {}
        }
    }

    fn report_network_instance(
        &mut self,
        key: &str,
        network: &NetworkInstanceStatus,
        cx: &mut Context<'_, Self>,
    ) {
        let content = InfoContent::NetworkInstance(Box::new(objects::network_instance(network)));
        self.report(&format!("network:{key}"), ZInfoTypes::NetworkInstance, content, cx);
    }

    fn on_volume(&mut self, change: Change<'_, VolumeStatus>, cx: &mut Context<'_, Self>) {
        match change.event {
            Event::Created(new) | Event::Modified { new, .. } => self.report_volume(change.key, new, cx),
            Event::Deleted(old) => {
                if let Some(next) = Self::same_for_controller(old, cx) {
                    return self.report_volume(change.key, &next, cx);
                }
                let content = InfoContent::Volume(Box::new(objects::volume_gone(old)));
                self.report(&format!("volume:{}", change.key), ZInfoTypes::Volume, content, cx);
            }
            Event::Synced | Event::Restarted(_) | Event::Resync => {}
        }
    }

    /// Another generation of the volume that the controller does not tell from this one: a purge that the device was
    /// asked for locally, or by the application's counter, changes the local number only.
    fn same_for_controller(gone: &VolumeStatus, cx: &Context<'_, Self>) -> Option<Arc<VolumeStatus>> {
        let mut all = cx.all::<VolumeStatus>(VOLUMEMGR).into_iter().map(|(_, volume)| volume);
        all.find(|volume| {
            volume.volume_id == gone.volume_id && volume.generation_counter == gone.generation_counter
        })
    }

    /// Generations of a volume are told apart, so that the end of one does not hide the news of the next.
    fn report_volume(&mut self, key: &str, volume: &VolumeStatus, cx: &mut Context<'_, Self>) {
        let content = InfoContent::Volume(Box::new(objects::volume(volume)));
        self.report(&format!("volume:{key}"), ZInfoTypes::Volume, content, cx);
    }

    fn on_content_tree(&mut self, change: Change<'_, ContentTreeStatus>, cx: &mut Context<'_, Self>) {
        match change.event {
            Event::Created(new) | Event::Modified { new, .. } => {
                self.report_content_tree(change.key, new, cx);
            }
            Event::Deleted(old) => {
                let content = InfoContent::ContentTree(Box::new(objects::content_tree_gone(old)));
                self.report(&format!("content:{}", change.key), ZInfoTypes::ContentTree, content, cx);
            }
            Event::Synced | Event::Restarted(_) | Event::Resync => {}
        }
    }

    fn report_content_tree(&mut self, key: &str, tree: &ContentTreeStatus, cx: &mut Context<'_, Self>) {
        let content = InfoContent::ContentTree(Box::new(objects::content_tree(tree)));
        self.report(&format!("content:{key}"), ZInfoTypes::ContentTree, content, cx);
    }

    fn report(&mut self, key: &str, kind: ZInfoTypes, content: InfoContent, cx: &mut Context<'_, Self>) {
        if !self.speaking {
            return;
        }
        let message = encode(&ZInfoMsg {
            info_type: kind as i32,
            dev_id: self.device.to_string(),
            content: Some(content),
            at_time_stamp: timestamp(cx.now().wall.into()),
        });
        let (rank, copy) = match kind {
            ZInfoTypes::Device => (Rank::Other, Some(Checkpoint::LastDeviceInfo)),
            ZInfoTypes::App => (Rank::App, Some(Checkpoint::LastAppInfo)),
            _ => (Rank::Other, None),
        };
        self.send(key, rank, Outgoing { message, copy }, cx);
    }
}

/// A time; `None` if it is not known.
fn timestamp(time: Time) -> Option<Timestamp> {
    let stamp =
        || Timestamp { seconds: time.unix_seconds(), nanos: i32::try_from(time.subsec_nanos()).unwrap_or(0) };
    (!time.is_zero()).then(stamp)
}

/// An error; `None` if there is none.
fn error(error: &ErrorDescription) -> Option<ErrorInfo> {
    let entity = |entity: &pillar_types::errors::ErrorEntity| DeviceEntity {
        entity: entity.entity_type.number(),
        entity_id: entity.entity_id.clone(),
        entity_name: String::new(),
    };
    error.has_error().then(|| ErrorInfo {
        description: error.error.clone(),
        timestamp: timestamp(error.error_time),
        severity: error.error_severity.number(),
        entities: error.error_entities.iter().flatten().map(|it| entity(it)).collect(),
        retry_condition: error.error_retry_condition.clone(),
    })
}

/// An error that is only a text.
fn error_text(text: &str, at: Time) -> Option<ErrorInfo> {
    let mut description = ErrorDescription::default();
    if !text.is_empty() {
        description.set(ErrorDescription { error: text.to_owned(), ..ErrorDescription::default() }, at);
    }
    error(&description)
}
