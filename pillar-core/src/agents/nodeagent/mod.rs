//! nodeagent: says why the device booted, and brings it down in order when it is told to (spec/07, nodeagent).
//!
//! At its start it reads what the end of the last boot left, once a boot: an agent that starts again finds what it
//! published (`boot`). An order to reboot, shut down or power off runs through the phases of `operation`. The trial of
//! a new image and maintenance mode for reasons of its own are not here yet: it never says that a trial is under way.

mod boot;
mod operation;

use std::collections::BTreeSet;

use log::Level;
use pillar_types::domain::DomainStatus;
use pillar_types::node::{NodeAgentStatus, ZedAgentStatus};

use self::boot::Boot;
use self::operation::{Operation, What};
use super::{DOMAINMGR, NODEAGENT, ZEDAGENT};
use crate::bus::files::Layout;
use crate::hal::StorageError;
use crate::node::{Agent, AgentName, Change, Context, Failed, Lane};

/// The job that reads and removes the files of the last boot.
const BOOT: &str = "boot";

/// The agent.
pub struct NodeAgent {
    layout: Layout,
    status: NodeAgentStatus,
    operation: Option<Operation>,
    /// What was begun in this boot: each is done once.
    done: BTreeSet<What>,
}

impl NodeAgent {
    /// One whose files are there.
    pub fn new(layout: Layout) -> Self {
        let status = NodeAgentStatus { name: NodeAgentStatus::KEY.into(), ..NodeAgentStatus::default() };
        NodeAgent { layout, status, operation: None, done: BTreeSet::new() }
    }
}

impl Agent for NodeAgent {
    const NAME: AgentName = NODEAGENT;

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.declare::<NodeAgentStatus>();
        let Some(own) = cx.own::<NodeAgentStatus>(NodeAgentStatus::KEY) else {
            let layout = self.layout.clone();
            cx.job(Lane::Store, BOOT, move |hal, scope| boot::read(hal, scope, &layout), Self::on_boot);
            return;
        };
        self.status = (*own).clone();
        self.follow(cx);
        self.resume(cx);
    }
}

impl NodeAgent {
    fn on_boot(&mut self, _: &str, read: Result<Boot, Failed>, cx: &mut Context<'_, Self>) {
        let boot = read.unwrap_or_default();
        cx.log(Level::Info, format_args!("booted: {:?}, {}", boot.why, boot.reason.trim_end()));
        let restarts = boot.restarts;
        self.status = NodeAgentStatus {
            cur_part: boot.partition,
            reboot_reason: boot.reason,
            boot_reason: boot.why,
            reboot_stack: boot.stack,
            reboot_time: boot.at,
            restart_counter: restarts,
            reboot_image: boot.image,
            ..self.status.clone()
        };
        self.publish(cx);
        self.follow(cx);
        let layout = self.layout.clone();
        let told = move |hal: &_, scope: &_| boot::told(hal, scope, &layout, restarts);
        cx.job(Lane::Store, BOOT, told, Self::on_told);
    }

    fn on_told(
        &mut self,
        _: &str,
        done: Result<Result<(), StorageError>, Failed>,
        cx: &mut Context<'_, Self>,
    ) {
        if let Ok(Err(error)) = done {
            cx.log(Level::Error, format_args!("the last boot will be told of again: {error}"));
        }
    }

    fn follow(&mut self, cx: &mut Context<'_, Self>) {
        cx.subscribe(ZEDAGENT, Self::on_zedagent);
        cx.subscribe(DOMAINMGR, Self::on_domain);
    }

    fn on_zedagent(&mut self, change: Change<'_, ZedAgentStatus>, cx: &mut Context<'_, Self>) {
        if let Some(zedagent) = change.value() {
            self.obey(zedagent, cx);
        }
    }

    /// What was ordered while something else was done.
    fn obey_last(&mut self, cx: &mut Context<'_, Self>) {
        if let Some(zedagent) = cx.get::<ZedAgentStatus>(ZEDAGENT, ZedAgentStatus::KEY) {
            self.obey(&zedagent, cx);
        }
    }

    fn on_domain(&mut self, _: Change<'_, DomainStatus>, cx: &mut Context<'_, Self>) {
        self.update_halting(cx);
    }

    fn publish(&self, cx: &mut Context<'_, Self>) {
        cx.publish(NodeAgentStatus::KEY, self.status.clone());
    }
}
