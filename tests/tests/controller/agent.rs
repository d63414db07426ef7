//! zedagent on a simulated device that its controller knows.

use std::time::Duration;

use pillar_core::agents::zedagent::ZedAgent;
use pillar_core::agents::{NODEAGENT, ZEDCLIENT};
use pillar_core::controller::places::Places;
use pillar_core::hardware_model;
use pillar_proto::config::{
    AppInstanceConfig as ProtoApp, ConfigItem, ConfigRequest, EdgeDevConfig, UuidAndVersion, VmConfig,
};
use pillar_proto::info::{InfoContent, ZInfoDevice, ZInfoMsg};
use pillar_proto::{MAX_SIGNED_BYTES, decode};
use pillar_types::Uuid;
use pillar_types::device::OnboardingStatus;
use pillar_types::node::{BootReason, NodeAgentStatus, ZedAgentStatus};

use crate::bench::{Bench, DEVICE, Device};

pub const MINUTE: Duration = Duration::from_secs(60);

/// The agent on a device that knows who it is, and why it booted.
pub fn start(device: Device, boot_reason: BootReason) -> Bench<ZedAgent> {
    let make = || ZedAgent::new(Places::default(), hardware_model::Paths::default());
    begin(device.start(make), boot_reason)
}

/// The device knows who it is, and why it booted.
pub fn begin(mut bench: Bench<ZedAgent>, boot_reason: BootReason) -> Bench<ZedAgent> {
    node(&mut bench, |node| node.boot_reason = boot_reason);
    let status = OnboardingStatus { device_uuid: DEVICE, ..OnboardingStatus::default() };
    bench.test.put(ZEDCLIENT, OnboardingStatus::KEY, status).unwrap();
    bench
}

/// The same with a network, after a configuration came.
pub fn online(config: EdgeDevConfig) -> Bench<ZedAgent> {
    let device = Device::onboarded();
    device.controller.state().config = Some(config);
    let mut bench = start(device, BootReason::PowerFail);
    bench.connect();
    bench
}

/// nodeagent says something else.
pub fn node(bench: &mut Bench<ZedAgent>, change: impl FnOnce(&mut NodeAgentStatus)) {
    let before = bench.test.node.get::<NodeAgentStatus>(NODEAGENT, NodeAgentStatus::KEY).unwrap_or_default();
    let mut status = (*before).clone();
    change(&mut status);
    bench.test.put(NODEAGENT, NodeAgentStatus::KEY, status).unwrap();
}

/// A configuration with nothing in it.
pub fn config() -> EdgeDevConfig {
    let id = Some(UuidAndVersion { uuid: DEVICE.to_string(), version: "1".into() });
    EdgeDevConfig { id, ..EdgeDevConfig::default() }
}

/// One with these settings.
pub fn with_items(items: &[(&str, &str)]) -> EdgeDevConfig {
    let item = |(key, value): &(&str, &str)| ConfigItem { key: (*key).into(), value: (*value).into() };
    EdgeDevConfig { config_items: items.iter().map(item).collect(), ..config() }
}

/// An application.
pub fn app(number: u8) -> ProtoApp {
    ProtoApp {
        uuid_and_version: Some(UuidAndVersion { uuid: app_uuid(number).to_string(), version: "1".into() }),
        display_name: format!("app {number}"),
        fixed_resources: Some(VmConfig { memory: 524_288, vcpus: 1, ..VmConfig::default() }),
        activate: true,
        ..ProtoApp::default()
    }
}

/// What it is called.
pub fn app_uuid(number: u8) -> Uuid {
    Uuid([0xa0, 0, 0, 0, 0, 0, 0x40, 0, 0x80, 0, 0, 0, 0, 0, 0, number])
}

/// What the agent says of itself.
pub fn status(bench: &Bench<ZedAgent>) -> ZedAgentStatus {
    (*bench.test.get::<ZedAgentStatus>(ZedAgentStatus::KEY).unwrap()).clone()
}

/// Lets so much time pass that the configuration was asked for again.
pub fn next_poll(bench: &mut Bench<ZedAgent>) {
    let before = requests(bench).len();
    for _ in 0..120 {
        bench.pass(crate::bench::SECOND);
        if requests(bench).len() > before {
            return;
        }
    }
    panic!("the configuration is not asked for any more");
}

/// What the controller was asked for configurations.
pub fn requests(bench: &Bench<ZedAgent>) -> Vec<ConfigRequest> {
    let state = bench.device.controller.state();
    let messages = state.messages("config");
    messages.into_iter().map(|message| decode(message, MAX_SIGNED_BYTES).unwrap()).collect()
}

/// What the controller was told.
pub fn told(bench: &Bench<ZedAgent>) -> Vec<ZInfoMsg> {
    let state = bench.device.controller.state();
    state.messages("info").into_iter().map(|message| decode(message, MAX_SIGNED_BYTES).unwrap()).collect()
}

/// What the controller was told of the device last.
pub fn device_info(bench: &Bench<ZedAgent>) -> ZInfoDevice {
    let of_device = |message: ZInfoMsg| match message.content {
        Some(InfoContent::Device(device)) => Some(*device),
        _ => None,
    };
    told(bench).into_iter().rev().find_map(of_device).expect("the controller was told of the device")
}
