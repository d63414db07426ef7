//! What the controller knows of a device: of each object the newest that it was told.

use std::collections::BTreeMap;

use pillar_hal::sim::controller::State;
use pillar_proto::info::{
    ErrorInfo, InfoContent, ZInfoApp, ZInfoContentTree, ZInfoDevice, ZInfoMsg, ZInfoNetworkInstance,
    ZInfoVolume,
};
use pillar_proto::{MAX_SIGNED_BYTES, decode};

/// The most states that are remembered of an application.
const MAX_STATES: usize = 1_000;

/// The controller's view.
#[derive(Default)]
pub struct View {
    /// The device.
    pub device: Option<ZInfoDevice>,
    /// Applications, by identifier.
    pub apps: BTreeMap<String, ZInfoApp>,
    /// Network instances.
    pub networks: BTreeMap<String, ZInfoNetworkInstance>,
    /// Volumes, by identifier and generation.
    pub volumes: BTreeMap<(String, i64), ZInfoVolume>,
    /// Content trees.
    pub trees: BTreeMap<String, ZInfoContentTree>,
    /// The states that applications were seen in, in order.
    pub states: BTreeMap<String, Vec<i32>>,
    /// How often each action was asked for.
    pub asked: BTreeMap<String, u64>,
}

impl View {
    /// Takes what the controller was sent since.
    pub(super) fn look(&mut self, controller: &mut State) {
        for (_, action, message) in controller.received.drain(..) {
            if action == "info"
                && let Ok(ZInfoMsg { content: Some(content), .. }) = decode(&message, MAX_SIGNED_BYTES)
            {
                self.take(content);
            }
            *self.asked.entry(action).or_default() += 1;
        }
    }

    fn take(&mut self, content: InfoContent) {
        match content {
            InfoContent::Device(device) => {
                // A device that lost its power before it could tell of an application's end does not list it.
                let listed = |app: &String| device.app_instances.iter().any(|listed| listed.uuid == *app);
                self.apps.retain(|app, _| listed(app));
                self.device = Some(*device);
            }
            InfoContent::App(app) => self.take_app(*app),
            InfoContent::NetworkInstance(network) => {
                self.networks.insert(network.network_id.clone(), *network);
            }
            InfoContent::Volume(volume) => {
                let key = (volume.uuid.clone(), volume.generation_count);
                if volume.usage.is_none() {
                    self.volumes.remove(&key);
                } else {
                    self.volumes.insert(key, *volume);
                }
            }
            InfoContent::ContentTree(tree) => {
                self.trees.insert(tree.uuid.clone(), *tree);
            }
            _ => {}
        }
    }

    /// One of which only the identifier is said is no more.
    fn take_app(&mut self, app: ZInfoApp) {
        if app.state == 0 {
            self.apps.remove(&app.app_id);
            return;
        }
        let states = self.states.entry(app.app_id.clone()).or_default();
        if states.last() != Some(&app.state) && states.len() < MAX_STATES {
            states.push(app.state);
        }
        self.apps.insert(app.app_id.clone(), app);
    }

    /// What is wrong with an application.
    pub fn app_error(&self, app: &str) -> String {
        self.apps.get(app).map(|app| text(&app.app_err)).unwrap_or_default()
    }
}

fn text(errors: &[ErrorInfo]) -> String {
    errors.iter().map(|error| &*error.description).collect::<Vec<_>>().join("\n")
}
