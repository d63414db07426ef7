//! What the device measures: one message every minute or so. One that does not arrive is dropped: the next says more
//! (spec/01, A14).

use log::Level;
use pillar_proto::encode;
use pillar_proto::metrics::{
    AppCpuMetric, AppMemoryMetric, AppMetric, DeviceMemoryMetric, DeviceMetric, MemoryMetric, UrlcloudMetric,
    ZMetricMsg, ZedcloudMetric,
};
use pillar_types::app_status::AppInstanceStatus;
use pillar_types::controller_metrics::{InterfaceMetrics, MetricsMap, UrlCounters};
use pillar_types::host::DomainMetric;

use super::timestamp;
use crate::agents::zedagent::ZedAgent;
use crate::agents::zedagent::fetch::spread;
use crate::agents::{DOMAINMGR, NIM, ZEDCLIENT, ZEDMANAGER};
use crate::checkpoint::Checkpoint;
use crate::controller::exchange::{Exchange, Question, exchange};
use crate::controller::urls::Endpoint;
use crate::hal::{Hal, Scope};
use crate::node::{Context, Failed, Lane};
use crate::settings::keys;

/// The timer, and the job.
const METRICS: &str = "metrics";

/// The controller takes a device for dead that has been silent for so many intervals.
const DORMANT: u64 = 3;

const MIB: u64 = 1 << 20;
const SECOND: u64 = 1_000_000_000;

impl ZedAgent {
    /// Sends what is measured when the time comes, again and again.
    pub(super) fn schedule_metrics(&mut self, cx: &mut Context<'_, Self>) {
        if let Some(mut timer) = spread(self.settings.get(keys::TIMER_METRIC_INTERVAL)) {
            timer.arm(cx, METRICS, |agent, _, cx| agent.send_metrics(cx));
        }
    }

    fn send_metrics(&mut self, cx: &mut Context<'_, Self>) {
        let Some((peer, _)) = self.peer(cx) else { return self.schedule_metrics(cx) };
        let mut message = self.metrics(cx);
        let checkpoints = self.places.checkpoints();
        let work = move |hal: &Hal, scope: &Scope| {
            measure(hal, scope, message.device.get_or_insert_default());
            let bytes = encode(&message);
            let question =
                Question { stop_at_refusal: true, ..Question::post(Endpoint::Metrics, bytes.clone()) };
            let exchange = exchange(hal, scope, &peer, &question);
            if exchange.succeeded()
                && let Err(why) = checkpoints.save(hal, scope, Checkpoint::LastMetrics, bytes)
            {
                log::warn!(target: "zedagent", "a copy of the metrics cannot be kept: {why}");
            }
            exchange
        };
        cx.job(Lane::Transfer, METRICS, work, Self::on_metrics_sent);
    }

    fn on_metrics_sent(&mut self, _: &str, result: Result<Exchange, Failed>, cx: &mut Context<'_, Self>) {
        if let Ok(exchange) = result {
            self.count(&exchange, false, cx);
            if let Some(code) = exchange.code().filter(|_| !exchange.succeeded()) {
                cx.log(Level::Warn, format_args!("metrics are refused with status {code}"));
            }
        }
        self.schedule_metrics(cx);
    }

    /// What the agents measured; what the device itself measures is added by the job.
    fn metrics(&self, cx: &Context<'_, Self>) -> ZMetricMsg {
        let mut connections = Vec::new();
        let own = cx.own::<MetricsMap>(MetricsMap::KEY);
        let others = [NIM, ZEDCLIENT].map(|agent| cx.get::<MetricsMap>(agent, MetricsMap::KEY));
        for map in [own].into_iter().chain(others).flatten() {
            connections.extend(map.0.iter().map(connection));
        }
        let interval = self.settings.get(keys::TIMER_METRIC_INTERVAL).as_secs();
        let apps = cx.all::<AppInstanceStatus>(ZEDMANAGER);
        ZMetricMsg {
            dev_id: self.device.to_string(),
            at_time_stamp: timestamp(cx.now().wall.into()),
            device: Some(DeviceMetric {
                zedcloud: connections,
                last_received_config: self.fetch.received_at.and_then(timestamp),
                last_processed_config: self.fetch.applied_at.and_then(timestamp),
                dormant_time_in_seconds: DORMANT * interval,
                ..DeviceMetric::default()
            }),
            apps: apps
                .iter()
                .filter(|(_, app)| !app.no_upload_stats_to_controller)
                .map(|(key, app)| of_app(app, cx.get::<DomainMetric>(DOMAINMGR, key).as_deref()))
                .collect(),
            ..ZMetricMsg::default()
        }
    }
}

/// Memory and processors of the device, as far as it measures them.
fn measure(hal: &Hal, scope: &Scope, device: &mut DeviceMetric) {
    if let Ok(memory) = hal.system.memory(scope) {
        let used = memory.total.saturating_sub(memory.available);
        device.memory = Some(MemoryMetric {
            used_mem: mib(used),
            avail_mem: mib(memory.available),
            used_percentage: percent(used, memory.total),
            avail_percentage: percent(memory.available, memory.total),
        });
        device.device_memory =
            Some(DeviceMemoryMetric { memory_mb: mib(memory.total), ..DeviceMemoryMetric::default() });
    }
    if let Ok(time) = hal.system.processor_time(scope) {
        let total_ns = time.user.saturating_add(time.system);
        let now = hal.clock.now();
        let booted = now.wall.0.saturating_sub(i64::try_from(now.mono.0).unwrap_or(i64::MAX));
        device.cpu_metric = Some(AppCpuMetric {
            up_time: timestamp(crate::time::Wall(booted).into()),
            total: total_ns / SECOND,
            system_total: time.system / SECOND,
            total_ns,
        });
    }
}

fn of_app(app: &AppInstanceStatus, usage: Option<&DomainMetric>) -> AppMetric {
    let mut metric = AppMetric {
        app_id: app.key(),
        app_version: app.uuid_and_version.version.clone(),
        app_name: app.display_name.clone(),
        ..AppMetric::default()
    };
    let Some(usage) = usage else { return metric };
    metric.cpu = Some(AppCpuMetric {
        up_time: timestamp(app.boot_time),
        total: usage.cpu_total_ns / SECOND,
        total_ns: usage.cpu_total_ns,
        ..AppCpuMetric::default()
    });
    metric.memory = Some(MemoryMetric {
        used_mem: usage.used_memory,
        avail_mem: usage.available_memory,
        used_percentage: usage.used_memory_percent,
        avail_percentage: 100.0 - usage.used_memory_percent,
    });
    metric.app_memory =
        Some(AppMemoryMetric { allocated_mb: usage.allocated_mb, used_mb: usage.used_memory });
    metric
}

fn connection((name, counters): (&String, &InterfaceMetrics)) -> ZedcloudMetric {
    let url = |(url, count): (&String, &UrlCounters)| UrlcloudMetric {
        url: url.clone(),
        try_msg_count: count.try_msg_count,
        try_byte_count: count.try_byte_count,
        sent_msg_count: count.sent_msg_count,
        sent_byte_count: count.sent_byte_count,
        recv_msg_count: count.recv_msg_count,
        recv_byte_count: count.recv_byte_count,
        total_time_spent: count.total_time_spent,
        sess_resume_count: count.session_resume,
    };
    ZedcloudMetric {
        if_name: name.clone(),
        failures: counters.failure_count,
        success: counters.success_count,
        last_failure: timestamp(counters.last_failure),
        last_success: timestamp(counters.last_success),
        url_metrics: counters.url_counters.iter().map(url).collect(),
        auth_verify_failure: counters.auth_fail_count,
    }
}

fn mib(bytes: u64) -> u32 {
    u32::try_from(bytes / MIB).unwrap_or(u32::MAX)
}

fn percent(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 * 100.0 / whole as f64 }
}
