//! One agent on a bench: put on behalf of others, let time pass, read what it publishes.

use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use pillar_types::topic::Topic;

use super::{Agent, AgentName, Node, NodeConfig, Order};
use crate::bus::files::Loaded;
use crate::bus::{PublishError, TableName, typed};
use crate::hal::Hal;
use crate::time::{Mono, Now, Wall};

/// The most events of one [`TestNode::run`]: more means that the agent answers itself without end.
const MAX_EVENTS: u32 = 1_000_000;

/// How often timers of one instant may set further ones for it in [`TestNode::pass`].
const MAX_AT_ONCE: u32 = 1_000;

/// A node with one agent, its jobs run in place, its time moved by the test.
///
/// It needs no storage: without files everything counts as stored at once.
pub struct TestNode<A> {
    /// The node, for what has no method here.
    pub node: Node,
    hal: Hal,
    now: Now,
    agent: PhantomData<A>,
}

impl<A: Agent> TestNode<A> {
    /// Starts the agent on a device that can do nothing; it has run its first events.
    pub fn start(make: impl Fn() -> A + Send + 'static) -> Self {
        Self::start_on(Hal::default(), NodeConfig::default(), make)
    }

    /// Starts the agent with events shuffled by `seed`.
    pub fn start_shuffled(seed: u64, make: impl Fn() -> A + Send + 'static) -> Self {
        let config = NodeConfig { seed, order: Order::Shuffled, ..NodeConfig::default() };
        Self::start_on(Hal::default(), config, make)
    }

    /// Starts the agent on a device of the test's own.
    pub fn start_on(hal: Hal, config: NodeConfig, make: impl Fn() -> A + Send + 'static) -> Self {
        let mut test = Self::load(hal, config, Loaded::default(), make);
        test.run();
        test
    }

    /// An agent on a device whose files were read before; it has not run yet.
    pub fn load(hal: Hal, config: NodeConfig, loaded: Loaded, make: impl Fn() -> A + Send + 'static) -> Self {
        let mut node = Node::new(config);
        node.preload(loaded);
        node.add(make);
        // 2024-01-01T00:00:00Z: a time that is neither zero nor before any vintage of the software.
        let now = Now { mono: Mono(1_000_000_000), wall: Wall(1_704_067_200_000_000_000) };
        TestNode { node, hal, now, agent: PhantomData }
    }

    /// The time that the agent sees.
    pub fn now(&self) -> Now {
        self.now
    }

    /// Publishes on behalf of another agent.
    pub fn put<T: Topic>(&mut self, from: AgentName, key: &str, value: T) -> Result<(), PublishError> {
        self.node.put(from, key, Some(Arc::new(value)))?;
        self.run();
        Ok(())
    }

    /// Removes a key on behalf of another agent.
    pub fn remove<T: Topic>(&mut self, from: AgentName, key: &str) -> Result<(), PublishError> {
        self.node.put::<T>(from, key, None)?;
        self.run();
        Ok(())
    }

    /// Says on behalf of another agent that it has put all it has.
    pub fn synced<T: Topic>(&mut self, from: AgentName) -> Result<(), PublishError> {
        self.node.synced::<T>(from)?;
        self.run();
        Ok(())
    }

    /// Says on behalf of another agent that it has caught up for the `count`-th time.
    pub fn restarted<T: Topic>(&mut self, from: AgentName, count: u32) -> Result<(), PublishError> {
        self.node.set_restarted::<T>(from, count)?;
        self.run();
        Ok(())
    }

    /// Lets time pass, timer by timer.
    pub fn pass(&mut self, time: Duration) {
        let end = self.now.mono + time;
        let mut at_once = 0;
        while let Some(at) = self.node.next().filter(|at| *at <= end) {
            at_once = if at > self.now.mono { 0 } else { at_once + 1 };
            assert!(at_once < MAX_AT_ONCE, "{} sets timers without delay again and again", A::NAME);
            self.move_to(at.max(self.now.mono));
        }
        self.move_to(end);
    }

    fn move_to(&mut self, mono: Mono) {
        self.now.wall = self.now.wall + mono.since(self.now.mono);
        self.now.mono = mono;
        self.run();
    }

    /// Moves the wall clock alone.
    pub fn jump_wall(&mut self, nanos: i64) {
        self.now.wall.0 = self.now.wall.0.saturating_add(nanos);
        self.run();
    }

    /// Runs all that is ready, jobs included.
    pub fn run(&mut self) {
        self.node.advance(self.now);
        for _ in 0..MAX_EVENTS {
            if self.node.step() {
                continue;
            }
            let jobs = self.node.take_jobs();
            if jobs.is_empty() {
                return;
            }
            for job in jobs {
                let id = job.id();
                let out = job.run(&self.hal);
                self.node.job_done(id, out);
            }
            self.node.advance(self.now);
        }
        panic!("{} does not come to rest", A::NAME);
    }

    /// A value that the agent publishes.
    pub fn get<T: Topic>(&self, key: &str) -> Option<Arc<T>> {
        self.node.get(A::NAME, key)
    }

    /// All that the agent publishes in a table, by key.
    pub fn published<T: Topic>(&self) -> Vec<(Arc<str>, Arc<T>)> {
        let bus = self.node.bus();
        let Some(id) = bus.find(&TableName { agent: A::NAME, scope: "", topic: T::NAME }) else {
            return Vec::new();
        };
        bus.table(id).iter().filter_map(|(key, value)| Some((key.clone(), typed(value)?))).collect()
    }
}
