//! domainmgr: runs what zedmanager wants to run as domains of the hypervisor, and says what runs (spec/05,
//! domainmgr).
//!
//! First it asks what is there: domains outlive zedbox. Those that its status tells of are taken over, others are
//! ended. From then on `DomainMgr::update_domain` does what `next` says after every event of a domain, by one
//! job at a time for each domain. Published before a job begins is what it is about to do, so that a status never
//! promises less than what may be there: `DomainId` is 0 only when the domain is certainly gone.
//!
//! | Job | Ends | Next state |
//! |---|---|---|
//! | boot | runs | BOOTING → RUNNING |
//! | boot | failed | BROKEN, BootFailed; again after `timer.boot.retry` |
//! | look | runs | RUNNING |
//! | look | the guest is off | HALTED once destroyed; if it was to run, BootFailed: again after `timer.boot.retry` |
//! | look | gone, or failed | BROKEN once destroyed, until it is deactivated or restarted |
//! | ask | – | HALTING |
//! | destroy | done | as the reason for it says |
//! | destroy | failed | the error; again after a minute |

mod boot;
mod describe;
mod measure;
mod next;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use log::Level;
use pillar_types::adapters::AssignableAdapters;
use pillar_types::config_item::ConfigItemValueMap;
use pillar_types::domain::{DomainConfig, DomainStatus, parse_task_name};
use pillar_types::errors::{ErrorDescription, ErrorSeverity};
use pillar_types::state::SwState;

use self::boot::boot;
use self::next::{Memory, Next};
use super::{ZEDAGENT, ZEDMANAGER};
use crate::hal::source::HAL;
use crate::hal::{DomainInfo, DomainNotice, DomainState, Hal, HypervisorError, Scope};
use crate::node::{Agent, AgentName, Change, Context, Event, Failed, JobSpec, Lane};
use crate::settings::{Settings, keys};

/// The job that finds out what is there.
const LIST: &str = "list";

/// How long until something that failed at the hypervisor's hands is tried again.
const AGAIN: Duration = Duration::from_mins(1);

/// How long booting, looking or destroying may take.
const JOB_TIME: Duration = Duration::from_mins(3);

/// The agent.
#[derive(Default)]
pub struct DomainMgr {
    settings: Settings,
    /// What is remembered of each domain that has a status, by key.
    domains: BTreeMap<Arc<str>, Work>,
}

/// A domain at work.
#[derive(Default)]
struct Work {
    memory: Memory,
    /// A job is under way: its result decides what is next.
    busy: bool,
    /// What the status will say once the domain is destroyed.
    verdict: Option<Verdict>,
}

/// Why a domain is destroyed.
#[derive(Clone, Debug)]
enum Verdict {
    /// The guest switched itself off although it was to run.
    EndedByItself,
    /// The guest or its hypervisor failed; says how.
    Broke(String),
}

type Listed = Result<Vec<(String, DomainInfo)>, HypervisorError>;
type Looked = Result<Option<DomainInfo>, HypervisorError>;

impl Agent for DomainMgr {
    const NAME: AgentName = AgentName("domainmgr");

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.declare::<DomainStatus>();
        // No devices are given to guests yet: the model is known to be empty.
        let adapters = AssignableAdapters { initialized: true, ..AssignableAdapters::default() };
        cx.publish(AssignableAdapters::KEY, adapters);
        cx.subscribe(ZEDAGENT, Self::on_settings);
        cx.subscribe(HAL, Self::on_notice);
        Self::list(LIST, cx);
        self.measure("", cx);
    }
}

impl DomainMgr {
    fn on_settings(&mut self, change: Change<'_, ConfigItemValueMap>, cx: &mut Context<'_, Self>) {
        if let Some(map) = change.value() {
            self.settings = Settings::from_map(map);
        }
        // The retry interval may be shorter now.
        self.update_all(cx);
    }

    fn update_all(&mut self, cx: &mut Context<'_, Self>) {
        let keys: Vec<Arc<str>> = self.domains.keys().cloned().collect();
        for key in keys {
            self.update_domain(&key, cx);
        }
    }

    fn list(_: &str, cx: &mut Context<'_, Self>) {
        let list = |hal: &Hal, scope: &Scope| {
            let mut found = Vec::new();
            for name in hal.hypervisor.list(scope)? {
                if let Some(info) = hal.hypervisor.info(scope, &name)? {
                    found.push((name, info));
                }
            }
            Ok(found)
        };
        cx.job(Lane::Process, LIST, list, Self::on_listed);
    }

    /// Takes over what is there, and only then looks at what is wanted.
    fn on_listed(&mut self, key: &str, listed: Result<Listed, Failed>, cx: &mut Context<'_, Self>) {
        let found = match listed {
            Ok(Ok(found)) => found,
            // Without a hypervisor every application says so when it is to start.
            Ok(Err(HypervisorError::Unsupported)) => Vec::new(),
            Ok(Err(why)) => {
                cx.log(Level::Error, format_args!("domains cannot be listed: {why}"));
                cx.after_key(AGAIN, Duration::ZERO, key, |_, key, cx| Self::list(key, cx));
                return;
            }
            Err(_) => {
                cx.after_key(AGAIN, Duration::ZERO, key, |_, key, cx| Self::list(key, cx));
                return;
            }
        };
        let mut found: BTreeMap<String, DomainInfo> = found.into_iter().collect();
        for (key, status) in cx.all_own::<DomainStatus>() {
            self.domains.insert(key.clone(), Work::default());
            let mut status = DomainStatus::clone(&status);
            let info = found.remove(&status.domain_name);
            status.domain_id = info.as_ref().map_or(0, |info| info.id.into());
            if let Some(info) = &info {
                cx.log(
                    Level::Info,
                    format_args!("{}: ran meanwhile, process {}", status.domain_name, info.id),
                );
            } else {
                (status.activated, status.boot_failed) = (false, false);
            }
            cx.publish(&key, status);
        }
        for name in found.into_keys() {
            cx.log(Level::Warn, format_args!("{name}: a domain that nobody knows is ended"));
            let left = name.clone();
            let destroy = move |hal: &Hal, scope: &Scope| hal.hypervisor.destroy(scope, &left);
            cx.job(Lane::Process, &name, destroy, |_, _, _, _| {});
        }
        cx.subscribe(ZEDMANAGER, Self::on_config);
        for (key, status) in cx.all_own::<DomainStatus>() {
            if status.domain_id == 0 {
                self.update_domain(&key, cx);
            } else {
                self.look(&key, cx);
            }
        }
    }

    fn on_config(&mut self, change: Change<'_, DomainConfig>, cx: &mut Context<'_, Self>) {
        match change.event {
            Event::Restarted(count) if count > 0 => cx.signal_restarted::<DomainStatus>(),
            // zedmanager may have given up some while we were away.
            Event::Synced => self.update_all(cx),
            Event::Modified { old, new } if new.activate != old.activate => {
                let work = self.domains.entry(change.key.clone()).or_default();
                work.memory.asked = None;
                self.update_domain(change.key, cx);
            }
            Event::Created(_) | Event::Modified { .. } | Event::Deleted(_) => {
                self.update_domain(change.key, cx);
            }
            Event::Restarted(_) | Event::Resync => {}
        }
    }

    fn on_notice(&mut self, change: Change<'_, DomainNotice>, cx: &mut Context<'_, Self>) {
        if matches!(change.event, Event::Resync) {
            let keys: Vec<Arc<str>> = self.domains.keys().cloned().collect();
            for key in keys {
                self.look(&key, cx);
            }
        } else if let Some((uuid, _, _)) = parse_task_name(change.key) {
            self.look(&uuid.to_string(), cx);
        }
    }

    /// Moves a domain as far as it can go now. Calling it twice changes nothing.
    fn update_domain(&mut self, key: &str, cx: &mut Context<'_, Self>) {
        let config = cx.get::<DomainConfig>(ZEDMANAGER, key);
        if cx.own::<DomainStatus>(key).is_none() {
            let Some(config) = &config else { return };
            Self::publish_new(key, config, 0, cx);
        }
        let Some(status) = cx.own::<DomainStatus>(key) else { return };
        let work = self.domains.entry(key.into()).or_default();
        if work.busy {
            return;
        }
        let now = cx.now().mono;
        match (next::next(config.as_deref(), &status, &work.memory, now), config) {
            (Next::Wait(until), _) => {
                cx.after_key(until.since(now), Duration::from_secs(1), key, Self::update_domain);
            }
            (Next::Boot, Some(config)) => self.boot(key, &config, cx),
            (Next::Ask(until), _) => self.ask(key, &status, until, cx),
            (Next::Destroy, _) => self.destroy(key, &status, cx),
            (Next::Halted, Some(config)) => Self::publish_new(key, &config, status.tried_count, cx),
            (Next::Forget, _) => {
                self.domains.remove(key);
                cx.stop_key(key);
                cx.unpublish::<DomainStatus>(key);
            }
            (Next::Rest | Next::Boot | Next::Halted, _) => {}
        }
    }

    /// The status of a domain that is not there, made anew from its configuration. One that was there is halted.
    fn publish_new(key: &str, config: &DomainConfig, tried_count: i64, cx: &mut Context<'_, Self>) {
        let (mut status, refused) = describe::new_status(config);
        if cx.own::<DomainStatus>(key).is_some() {
            status.state = SwState::Halted;
        }
        status.tried_count = tried_count;
        if let Some(why) = refused {
            status.config_failed = true;
            set_error(&mut status, why, ErrorSeverity::Error, "", cx);
        }
        cx.publish(key, status);
    }

    fn boot(&mut self, key: &str, config: &DomainConfig, cx: &mut Context<'_, Self>) {
        let tried = cx.own::<DomainStatus>(key).map_or(0, |status| status.tried_count);
        let (mut status, refused) = describe::new_status(config);
        status.tried_count = tried + 1;
        if let Some(why) = refused {
            status.config_failed = true;
            set_error(&mut status, why, ErrorSeverity::Error, "", cx);
            cx.publish(key, status);
            return;
        }
        status.state = SwState::Booting;
        let domain = describe::domain(config, &status);
        let password = config.vm.vnc_passwd.clone();
        cx.log(Level::Info, format_args!("{}: booting", status.domain_name));
        cx.publish(key, status);
        let work = self.domains.entry(key.into()).or_default();
        *work = Work { busy: true, ..Work::default() };
        let spec = JobSpec { lane: Lane::Process, key, limit: JOB_TIME };
        let boot = move |hal: &Hal, scope: &Scope| boot(hal, scope, &domain, password.expose());
        cx.job_with(spec, boot, Self::on_booted, None);
    }

    fn on_booted(
        &mut self,
        key: &str,
        booted: Result<Result<u32, HypervisorError>, Failed>,
        cx: &mut Context<'_, Self>,
    ) {
        let Some(mut status) = self.job_ended(key, cx) else { return };
        let why = match booted {
            Ok(Ok(id)) => {
                status.domain_id = i64::from(id);
                status.activated = true;
                status.state = SwState::Running;
                status.boot_time = cx.now().wall.into();
                status.error.description.clear();
                cx.log(Level::Info, format_args!("{}: runs as process {id}", status.domain_name));
                cx.publish(key, status);
                return self.update_domain(key, cx);
            }
            Ok(Err(why)) => why.to_string(),
            Err(failed) => format!("starting the domain failed: {failed:?}"),
        };
        status.state = SwState::Broken;
        self.boot_failed(key, status, why, ErrorSeverity::Error, cx);
    }

    /// The domain is not there, although it is wanted: it is booted again after a while.
    fn boot_failed(
        &mut self,
        key: &str,
        mut status: DomainStatus,
        why: String,
        severity: ErrorSeverity,
        cx: &mut Context<'_, Self>,
    ) {
        let wait = self.settings.get(keys::TIMER_BOOT_RETRY);
        let condition = format!("will retry in {}", go_duration(wait));
        let why = format!("{why}; {condition}");
        cx.log(Level::Error, format_args!("{}: {why}", status.domain_name));
        (status.activated, status.boot_failed) = (false, true);
        set_error(&mut status, why, severity, &condition, cx);
        cx.publish(key, status);
        let again = cx.now().mono + wait;
        self.domains.entry(key.into()).or_default().memory.boot_again = Some(again);
        self.update_domain(key, cx);
    }

    /// Asks the hypervisor how a domain is. While another job is under way that one's end will tell.
    fn look(&mut self, key: &str, cx: &mut Context<'_, Self>) {
        let Some(status) = cx.own::<DomainStatus>(key).filter(|status| status.domain_id != 0) else { return };
        let Some(work) = self.domains.get_mut(key) else { return };
        if work.busy {
            return;
        }
        work.busy = true;
        let name = status.domain_name.clone();
        let spec = JobSpec { lane: Lane::Process, key, limit: JOB_TIME };
        let look = move |hal: &Hal, scope: &Scope| hal.hypervisor.info(scope, &name);
        cx.job_with(spec, look, Self::on_looked, None);
    }

    fn on_looked(&mut self, key: &str, looked: Result<Looked, Failed>, cx: &mut Context<'_, Self>) {
        let Some(status) = self.job_ended(key, cx) else { return };
        let wanted = next::is_wanted(cx.get::<DomainConfig>(ZEDMANAGER, key).as_deref(), &status);
        let Ok(Ok(info)) = looked else {
            // An answer that did not come says nothing about the domain: ask again, and leave it alone.
            cx.after_key(AGAIN, Duration::ZERO, key, Self::look);
            return;
        };
        let work = self.domains.entry(key.into()).or_default();
        let verdict = match info.map(|info| info.state) {
            Some(DomainState::Running | DomainState::Paused) => {
                Self::publish_running(key, &status, cx);
                return self.update_domain(key, cx);
            }
            Some(DomainState::ShutDown) => Verdict::EndedByItself,
            Some(DomainState::Failed(why)) => Verdict::Broke(format!("guest VM crashed: {why}")),
            None => Verdict::Broke("QEMU process crashed or was killed".into()),
        };
        work.memory.over = true;
        work.verdict = wanted.then_some(verdict);
        self.update_domain(key, cx);
    }

    /// It runs, and perhaps did before zedbox started.
    fn publish_running(key: &str, status: &DomainStatus, cx: &mut Context<'_, Self>) {
        if status.activated {
            return;
        }
        let mut status = status.clone();
        (status.activated, status.state) = (true, SwState::Running);
        status.error.description.clear();
        cx.publish(key, status);
    }

    fn ask(
        &mut self,
        key: &str,
        status: &DomainStatus,
        until: crate::time::Mono,
        cx: &mut Context<'_, Self>,
    ) {
        let mut halting = status.clone();
        halting.state = SwState::Halting;
        cx.log(Level::Info, format_args!("{}: asked to shut down", status.domain_name));
        cx.publish(key, halting);
        let work = self.domains.entry(key.into()).or_default();
        let times = work.memory.asked.map_or(0, |(times, _)| times) + 1;
        work.memory.asked = Some((times, until));
        work.busy = true;
        let name = status.domain_name.clone();
        let ask = move |hal: &Hal, scope: &Scope| hal.hypervisor.shut_down(scope, &name);
        let spec = JobSpec { lane: Lane::Process, key, limit: JOB_TIME };
        cx.job_with(spec, ask, Self::on_asked, None);
    }

    /// Whether it was heard shows later. One that cannot be asked is looked at: it may be gone.
    fn on_asked(
        &mut self,
        key: &str,
        asked: Result<Result<(), HypervisorError>, Failed>,
        cx: &mut Context<'_, Self>,
    ) {
        if self.job_ended(key, cx).is_none() {
            return;
        }
        self.update_domain(key, cx);
        if let Ok(Err(why)) = &asked {
            cx.log(Level::Warn, format_args!("{key} cannot be asked to shut down: {why}"));
        }
        if !matches!(asked, Ok(Ok(()))) {
            self.look(key, cx);
        }
    }

    fn destroy(&mut self, key: &str, status: &DomainStatus, cx: &mut Context<'_, Self>) {
        let mut halting = status.clone();
        halting.state = SwState::Halting;
        cx.publish(key, halting);
        self.domains.entry(key.into()).or_default().busy = true;
        let name = status.domain_name.clone();
        let destroy = move |hal: &Hal, scope: &Scope| hal.hypervisor.destroy(scope, &name);
        let spec = JobSpec { lane: Lane::Process, key, limit: JOB_TIME };
        cx.job_with(spec, destroy, Self::on_destroyed, None);
    }

    fn on_destroyed(
        &mut self,
        key: &str,
        destroyed: Result<Result<(), HypervisorError>, Failed>,
        cx: &mut Context<'_, Self>,
    ) {
        let Some(mut status) = self.job_ended(key, cx) else { return };
        let failed = match destroyed {
            Ok(Ok(())) => None,
            Ok(Err(why)) => Some(why.to_string()),
            Err(failed) => Some(format!("{failed:?}")),
        };
        if let Some(why) = failed {
            // It may still be there: DomainId stays, and it is tried again.
            let why = format!("the domain could not be ended: {why}");
            set_error(&mut status, why, ErrorSeverity::Error, "", cx);
            cx.publish(key, status);
            cx.after_key(AGAIN, Duration::ZERO, key, Self::update_domain);
            return;
        }
        let work = self.domains.entry(key.into()).or_default();
        let verdict = work.verdict.take();
        work.memory = Memory::default();
        (status.domain_id, status.activated) = (0, false);
        cx.log(Level::Info, format_args!("{}: ended", status.domain_name));
        match verdict {
            None => {
                status.state = SwState::Halted;
                status.error.description.clear();
                cx.publish(key, status);
                self.update_domain(key, cx);
            }
            Some(Verdict::EndedByItself) => {
                status.state = SwState::Halted;
                let why = "the guest has switched itself off".to_owned();
                self.boot_failed(key, status, why, ErrorSeverity::Warning, cx);
            }
            Some(Verdict::Broke(why)) => {
                cx.log(Level::Error, format_args!("{}: {why}", status.domain_name));
                status.state = SwState::Broken;
                set_error(&mut status, why, ErrorSeverity::Error, "", cx);
                cx.publish(key, status);
                self.update_domain(key, cx);
            }
        }
    }

    /// A job of a domain has ended; its status, if it still has one.
    fn job_ended(&mut self, key: &str, cx: &Context<'_, Self>) -> Option<DomainStatus> {
        if let Some(work) = self.domains.get_mut(key) {
            work.busy = false;
        }
        cx.own::<DomainStatus>(key).map(|status| DomainStatus::clone(&status))
    }
}

fn set_error(
    status: &mut DomainStatus,
    error: String,
    error_severity: ErrorSeverity,
    condition: &str,
    cx: &Context<'_, DomainMgr>,
) {
    let error_retry_condition = condition.to_owned();
    let error =
        ErrorDescription { error, error_severity, error_retry_condition, ..ErrorDescription::default() };
    status.error.description.set(error, cx.now().wall.into());
}

/// As Go writes a duration of whole seconds: `10m0s`.
fn go_duration(time: Duration) -> String {
    let seconds = time.as_secs();
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds}s"),
        (0, minutes, seconds) => format!("{minutes}m{seconds}s"),
        (hours, minutes, seconds) => format!("{hours}h{minutes}m{seconds}s"),
    }
}
