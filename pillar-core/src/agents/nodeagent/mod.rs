//! nodeagent: says why the device booted, and reboots it when the controller wants that (spec/07, Node operation and
//! Reason of the last boot). Its timers for a controller that stays away and for images on trial are not there yet:
//! no image can be on trial while there is no baseosmgr.
//!
//! | State | Event | Next | Actions |
//! |---|---|---|---|
//! | reading | files read | up | NodeAgentStatus |
//! | up | RebootCmd or ShutdownCmd | announced | DeviceReboot or DeviceShutdown |
//! | announced | 30 s | halting | the reason is written, unless it is a shutdown |
//! | halting | no domain is active, or 300 s | halted | AllDomainsHalted |
//! | halted | shutdown | halted | – |
//! | halted | 30 s, reboot | resetting | zboot reset |
//! | resetting | 120 s | – | the process ends, so that the watchdog resets the device |

mod work;

use std::time::Duration;

use log::Level;
use pillar_types::domain::DomainStatus;
use pillar_types::node::{NodeAgentStatus, ZedAgentStatus};

use super::{DOMAINMGR, NODEAGENT, ZEDAGENT};
use crate::bus::files::Layout;
use crate::hal::{Hal, ProcessError, Scope, StorageError};
use crate::node::{Agent, AgentName, Change, Context, Failed, Lane};

/// How long others have before and after applications are halted.
const GRACE: Duration = Duration::from_secs(30);

/// How often it is looked whether they are, and for how long.
const LOOK: Duration = Duration::from_secs(5);
const LONGEST_HALT: Duration = Duration::from_mins(5);

/// How long the reset itself may take.
const FAILSAFE: Duration = Duration::from_mins(2);

/// How exact these times are.
const SLACK: Duration = Duration::from_secs(1);

/// Its only job at a time.
const WORK: &str = "work";

/// Where it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Reading,
    Up,
    Announced,
    Halting {
        /// How long it has waited.
        waited: Duration,
    },
    Halted,
    Resetting,
}

/// The agent.
pub struct NodeAgent {
    layout: Layout,
    state: State,
}

impl Agent for NodeAgent {
    const NAME: AgentName = NODEAGENT;

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.declare::<NodeAgentStatus>();
        cx.follow::<DomainStatus>(DOMAINMGR);
        cx.subscribe(ZEDAGENT, Self::on_zedagent);
        // The files are read once a boot: after a restart of the process the table still says what they said.
        if let Some(status) = cx.own::<NodeAgentStatus>(NodeAgentStatus::KEY) {
            let status = NodeAgentStatus {
                device_reboot: false,
                device_shutdown: false,
                all_domains_halted: false,
                ..NodeAgentStatus::clone(&status)
            };
            self.come_up(status, cx);
        } else {
            let layout = self.layout.clone();
            let work = move |hal: &Hal, scope: &Scope| work::read_boot(hal, scope, &layout);
            cx.job(Lane::Store, WORK, work, Self::on_read);
        }
    }
}

impl NodeAgent {
    /// For a device whose files are at these places.
    pub fn new(layout: Layout) -> Self {
        NodeAgent { layout, state: State::Reading }
    }

    fn on_read(&mut self, _: &str, result: Result<NodeAgentStatus, Failed>, cx: &mut Context<'_, Self>) {
        let status = result.unwrap_or_else(|_| NodeAgentStatus {
            name: NodeAgentStatus::KEY.into(),
            boot_reason: pillar_types::node::BootReason::Unexplained,
            ..NodeAgentStatus::default()
        });
        cx.log(Level::Info, format_args!("booted because: {}", status.reboot_reason));
        self.come_up(status, cx);
    }

    fn come_up(&mut self, status: NodeAgentStatus, cx: &mut Context<'_, Self>) {
        self.state = State::Up;
        cx.publish(NodeAgentStatus::KEY, status);
        self.update(cx);
    }

    fn on_zedagent(&mut self, change: Change<'_, ZedAgentStatus>, cx: &mut Context<'_, Self>) {
        if change.value().is_some() {
            self.update(cx);
        }
    }

    /// Moves an operation on as far as it can go now.
    fn update(&mut self, cx: &mut Context<'_, Self>) {
        let zedagent = cx.get::<ZedAgentStatus>(ZEDAGENT, ZedAgentStatus::KEY).unwrap_or_default();
        match self.state {
            State::Up if zedagent.reboot_cmd || zedagent.shutdown_cmd => {
                self.state = State::Announced;
                cx.log(Level::Info, format_args!("{}", zedagent.requested_reboot_reason));
                Self::change(cx, |status| {
                    (status.device_reboot, status.device_shutdown) =
                        (zedagent.reboot_cmd, zedagent.shutdown_cmd && !zedagent.reboot_cmd);
                });
                cx.after(GRACE, SLACK, Self::on_announced);
            }
            State::Halting { waited } => self.halt(waited, cx),
            _ => {}
        }
    }

    fn is_reboot(cx: &Context<'_, Self>) -> bool {
        cx.own::<NodeAgentStatus>(NodeAgentStatus::KEY).is_some_and(|status| status.device_reboot)
    }

    fn on_announced(&mut self, cx: &mut Context<'_, Self>) {
        self.state = State::Halting { waited: Duration::ZERO };
        if !Self::is_reboot(cx) {
            return self.update(cx);
        }
        let zedagent = cx.get::<ZedAgentStatus>(ZEDAGENT, ZedAgentStatus::KEY).unwrap_or_default();
        let (layout, at) = (self.layout.clone(), cx.now().wall);
        let work = move |hal: &Hal, scope: &Scope| {
            let (message, why) = (&zedagent.requested_reboot_reason, zedagent.requested_boot_reason);
            work::write_reason(hal, scope, &layout, message, why, at)
        };
        cx.job(Lane::Store, WORK, work, Self::on_written);
    }

    fn on_written(
        &mut self,
        _: &str,
        result: Result<Result<(), StorageError>, Failed>,
        cx: &mut Context<'_, Self>,
    ) {
        if let Ok(Err(why)) = result {
            cx.log(Level::Error, format_args!("why the device reboots cannot be written: {why}"));
        }
        self.update(cx);
    }

    fn halt(&mut self, waited: Duration, cx: &mut Context<'_, Self>) {
        let active = cx.all::<DomainStatus>(DOMAINMGR).iter().filter(|(_, domain)| domain.activated).count();
        if active > 0 && waited < LONGEST_HALT {
            cx.after_key(LOOK, SLACK, "halt", |agent, _, cx| {
                if let State::Halting { waited } = &mut agent.state {
                    *waited += LOOK;
                }
                agent.update(cx);
            });
            return;
        }
        if active > 0 {
            cx.log(Level::Warn, format_args!("{active} domains do not halt; going on without them"));
        }
        self.state = State::Halted;
        Self::change(cx, |status| status.all_domains_halted = true);
        if Self::is_reboot(cx) {
            cx.after(GRACE, SLACK, Self::reset);
        }
    }

    fn reset(&mut self, cx: &mut Context<'_, Self>) {
        self.state = State::Resetting;
        cx.after(FAILSAFE, SLACK, |_, cx| cx.fatal("the device does not reboot"));
        cx.job(Lane::Process, WORK, work::reset, Self::on_reset);
    }

    fn on_reset(
        &mut self,
        _: &str,
        result: Result<Result<(), ProcessError>, Failed>,
        cx: &mut Context<'_, Self>,
    ) {
        if let Ok(Err(why)) = result {
            cx.log(Level::Error, format_args!("the device cannot be rebooted: {why}"));
        }
    }

    fn change(cx: &mut Context<'_, Self>, change: impl FnOnce(&mut NodeAgentStatus)) {
        let before = cx.own::<NodeAgentStatus>(NodeAgentStatus::KEY).unwrap_or_default();
        let mut status = NodeAgentStatus::clone(&before);
        change(&mut status);
        cx.publish(NodeAgentStatus::KEY, status);
    }
}
