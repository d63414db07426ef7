//! The generic reconciler: an agent says which items shall be there, and gets, batch by batch, the operations that
//! make it so. nim and zedrouter stand on it.
//!
//! An item is plain data with a [`Key`], its [`Need`]s, and a rule for how it changes ([`Item`]). The agent puts
//! items into [groups](Graph::set_group) (a path such as `NI-1/L2`, one for whatever it rebuilds at once) and tells
//! what others own ([`observe`](Graph::observe): a network port, a VM's tap). [`plan`](Graph::plan) gives operations
//! as data; the agent runs them in jobs and answers each by [`done`](Graph::done). No I/O, no clock.
//!
//! What always holds:
//! - An item exists only while all that it needs exists as it must. What stands on it is taken down before it is.
//! - An item is created or modified only once all that it needs, all the way down, is as intended.
//! - An operation is planned once. While it is under way, changes of its item wait for the answer.
//! - What failed is tried again after a back-off ([`FIRST_RETRY`], doubled up to [`LONGEST_RETRY`]), at once when
//!   its intended form changes; nothing but what stands on it waits for it.
//! - Only what changed, and what it touches, is looked at. Same calls, same plans.
//!
//! # Example
//!
//! ```
//! use pillar_core::reconcile::{Act, Graph, Item, Key, Need, State, Update};
//! use pillar_core::time::Mono;
//!
//! #[derive(Debug, PartialEq)]
//! enum Net {
//!     Tap { name: &'static str },                      // the hypervisor's
//!     Bridge { name: &'static str, mtu: u16 },
//!     Port { tap: &'static str, bridge: &'static str } // named by what it occupies: the tap
//! }
//!
//! impl Item for Net {
//!     type Must = (); // nobody demands more than that a thing exists
//!     type Error = &'static str;
//!
//!     fn key(&self) -> Key {
//!         match self {
//!             Net::Tap { name } => Key::new("Tap", *name),
//!             Net::Bridge { name, .. } => Key::new("Bridge", *name),
//!             Net::Port { tap, .. } => Key::new("Port", *tap),
//!         }
//!     }
//!     fn needs(&self) -> Vec<Need<()>> {
//!         let Net::Port { tap, bridge } = self else { return vec![] };
//!         vec![Need::of(Key::new("Tap", *tap)).gone_with(), Need::of(Key::new("Bridge", *bridge))]
//!     }
//!     fn meets(&self, (): &()) -> bool { true }
//!     fn update_to(&self, _: &Net) -> Update { Update::InPlace }
//! }
//!
//! let mut graph = Graph::new();
//! let now = Mono(0);
//! graph.set_group("NI-1", [
//!     Net::Port { tap: "nbu1x1", bridge: "bn1" },
//!     Net::Bridge { name: "bn1", mtu: 1500 },
//! ]);
//! let plan = graph.plan(now, 100); // the bridge alone: there is no tap yet
//! assert!(matches!(&plan[..], [op] if matches!(&op.act, Act::Create(item) if item.key().kind == "Bridge")));
//! assert!(matches!(graph.state(&Key::new("Port", "nbu1x1")), Some(State::Pending(on)) if &*on.name == "nbu1x1"));
//! graph.observe("NI-1", Net::Tap { name: "nbu1x1" });
//! assert!(graph.plan(now, 100).is_empty()); // the bridge is still under way
//! graph.done(now, plan[0].id, Ok(()));
//! let plan = graph.plan(now, 100); // now the port
//! graph.done(now, plan[0].id, Err("no such device"));
//! assert!(graph.plan(now, 100).is_empty());
//! let again = graph.plan(graph.next_try().unwrap(), 100);
//! assert_eq!(again[0].act.item(), plan[0].act.item());
//! ```

mod dot;
mod edges;
mod entry;
mod graph;
mod item;
mod plan;
mod status;

pub use dot::Side;
pub use entry::{Act, FIRST_RETRY, Failure, LONGEST_RETRY, Op, OpId, OpKind};
pub use graph::Graph;
pub use item::{Item, Key, Need, Update};
pub use status::{GroupStatus, State};
