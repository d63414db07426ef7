//! What an agent is, and how the node holds one without knowing its type.

use std::any::Any;
use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use super::context::Context;
use super::core::Core;
use super::inbox::Item;
use super::report::PutAside;
use crate::time::Mono;

/// The name of an agent, as in EVE's paths and sockets. The empty name stands for tables that several agents
/// write as files (`/run/global`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AgentName(pub &'static str);

/// The publisher of directory tables with several writers.
pub const GLOBAL: AgentName = AgentName("");

impl fmt::Display for AgentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// An agent's place in its node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AgentId(pub(super) u16);

impl AgentId {
    pub(super) fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// A state machine that the node drives: it says in [`start`](Agent::start) what it follows, and is then
/// called with changes, timers and results. It never waits and never touches the system.
pub trait Agent: Sized + Send + 'static {
    /// Its name.
    const NAME: AgentName;

    /// Called first, and again on a fresh value after a crash: declare, subscribe, read own tables back, and
    /// remove with [`Context::retain`] what is no longer wanted.
    fn start(&mut self, cx: &mut Context<'_, Self>);

    /// A value made this agent crash three times and is not given to it again until it changes. An agent that
    /// has an object to show errors on shows it there.
    fn put_aside(&mut self, what: &PutAside, cx: &mut Context<'_, Self>) {
        let _ = (what, cx);
    }

    /// The wall clock jumped by `nanos`, which is negative when it went back.
    fn wall_jumped(&mut self, nanos: i64, cx: &mut Context<'_, Self>) {
        let _ = (nanos, cx);
    }
}

/// An [`Agent`] of any type.
pub(super) trait AnyAgent: Send {
    fn start(&mut self, core: &mut Core);
    fn put_aside(&mut self, what: &PutAside, core: &mut Core);
    fn wall_jumped(&mut self, nanos: i64, core: &mut Core);
    fn as_any(&mut self) -> &mut dyn Any;
}

impl<A: Agent> AnyAgent for A {
    fn start(&mut self, core: &mut Core) {
        Agent::start(self, &mut Context::new(core));
    }

    fn put_aside(&mut self, what: &PutAside, core: &mut Core) {
        Agent::put_aside(self, what, &mut Context::new(core));
    }

    fn wall_jumped(&mut self, nanos: i64, core: &mut Core) {
        Agent::wall_jumped(self, nanos, &mut Context::new(core));
    }

    fn as_any(&mut self) -> &mut dyn Any {
        self
    }
}

/// What calls a handler with the agent's real type. One is made for each subscription, timer and job; a call
/// on an agent of another type cannot happen and does nothing.
pub(super) type Handler<E> = Arc<dyn Fn(&mut dyn Any, E, &mut Core) + Send + Sync>;

/// One agent of a node.
pub(super) struct AgentCell {
    pub name: AgentName,
    pub make: Box<dyn Fn() -> Box<dyn AnyAgent> + Send>,
    /// `None` while it waits to be started again.
    pub agent: Option<Box<dyn AnyAgent>>,
    /// Counts restarts: results for an earlier life are dropped.
    pub life: u32,
    pub inbox: VecDeque<Item>,
    /// Whether it is in the node's ready list.
    pub queued: bool,
    /// Whether it has ended for good.
    pub ended: bool,
    /// Crashes since it last ran long enough.
    pub crashes: u32,
    pub started: Mono,
}
