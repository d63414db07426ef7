//! What domains use, and what memory the host has, from time to time (spec/05, Metrics).

use std::collections::BTreeMap;
use std::sync::Arc;

use log::Level;
use pillar_types::domain::DomainStatus;
use pillar_types::host::{DomainMetric, HostMemory};

use super::DomainMgr;
use crate::flextimer::{self, Next};
use crate::hal::{DomainUsage, Hal, Scope, SystemError};
use crate::node::{Context, Failed, Lane};
use crate::settings::keys;

/// The job, and the timer.
const MEASURE: &str = "measure";

/// The job that looks at the host.
const HOST: &str = "host";

/// How often while metrics are sent once.
const PARTS: u32 = 4;

const MIB: u64 = 1 << 20;

/// What was measured, by key.
type Measured = BTreeMap<Arc<str>, DomainUsage>;

impl DomainMgr {
    /// Measures all domains that are there, and comes again.
    pub(super) fn measure(&mut self, _: &str, cx: &mut Context<'_, Self>) {
        let Next { after, slack } =
            flextimer::measuring(self.settings.get(keys::TIMER_METRIC_INTERVAL) / PARTS, cx.rand());
        cx.after_key(after, slack, MEASURE, Self::measure);
        cx.job(Lane::Store, HOST, host_memory, Self::on_host);
        let there = cx.all_own::<DomainStatus>().into_iter().filter(|(_, status)| status.domain_id != 0);
        let names: Vec<(Arc<str>, String)> =
            there.map(|(key, status)| (key, status.domain_name.clone())).collect();
        if names.is_empty() {
            cx.retain::<DomainMetric>(|_| false);
            return;
        }
        let measure = move |hal: &Hal, scope: &Scope| {
            let usage = |name: &str| hal.hypervisor.usage(scope, name).ok().flatten();
            names.into_iter().filter_map(|(key, name)| Some((key, usage(&name)?))).collect()
        };
        cx.job(Lane::Process, MEASURE, measure, Self::on_measured);
    }

    /// Without an answer what was published stays.
    fn on_host(
        &mut self,
        _: &str,
        host: Result<Result<HostMemory, SystemError>, Failed>,
        cx: &mut Context<'_, Self>,
    ) {
        match host {
            Ok(Ok(host)) => cx.publish(HostMemory::KEY, host),
            Ok(Err(why)) if cx.own::<HostMemory>(HostMemory::KEY).is_none() => cx.log(
                Level::Warn,
                format_args!("applications wait until the device's memory is known: {why}"),
            ),
            Ok(Err(_)) | Err(_) => {}
        }
    }

    fn on_measured(&mut self, _: &str, measured: Result<Measured, Failed>, cx: &mut Context<'_, Self>) {
        let Ok(measured) = measured else { return };
        cx.retain::<DomainMetric>(|key| measured.contains_key(key));
        for (key, usage) in &measured {
            let Some(status) = cx.own::<DomainStatus>(key) else { continue };
            let allocated = status.vm.memory.max(0).unsigned_abs().div_ceil(1024);
            let used = usage.memory.div_ceil(MIB);
            let metric = DomainMetric {
                uuid_and_version: status.uuid_and_version.clone(),
                cpu_total_ns: u64::try_from(usage.cpu.as_nanos()).unwrap_or(u64::MAX),
                cpu_scaled: u32::try_from(status.vm.vcpus).unwrap_or(1).max(1),
                allocated_mb: mb(allocated),
                used_memory: mb(used),
                max_used_memory: mb(usage.max_memory.div_ceil(MIB)),
                available_memory: mb(allocated.saturating_sub(used)),
                used_memory_percent: percent(used, allocated),
                last_heard: cx.now().wall.into(),
                activated: status.activated,
                ..DomainMetric::default()
            };
            cx.publish(key, metric);
        }
    }
}

/// The host's memory and processors.
fn host_memory(hal: &Hal, scope: &Scope) -> Result<HostMemory, SystemError> {
    let memory = hal.system.memory(scope)?;
    let processors = hal.system.info(scope).map_or(0, |info| info.processors.len());
    Ok(HostMemory {
        total_memory_mb: memory.total / MIB,
        free_memory_mb: memory.available / MIB,
        ncpus: mb(processors as u64),
        ..HostMemory::default()
    })
}

fn mb(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn percent(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { (part as f64 * 100.0 / whole as f64).min(100.0) }
}
