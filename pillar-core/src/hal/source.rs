//! Where hardware events come from: something a host waits on and then drains into the node.
//!
//! Notices are level-triggered and keyed ("link eth0 changed"): they say what to look at, not what happened,
//! so that losing all but the last loses nothing. To an agent they are a table published by [`HAL`].

use std::sync::Arc;

use pillar_types::topic::Topic;

use crate::bus::PublishError;
use crate::node::{AgentName, Node};

/// The publisher of hardware notices.
pub const HAL: AgentName = AgentName("hal");

/// A stream of notices. The host calls [`drain`](Source::drain) when the source's descriptor is readable.
pub trait Source<T: Topic>: Send {
    /// Takes all notices that are there, without blocking.
    fn drain(&mut self, notice: &mut dyn FnMut(&str, T)) -> Drained;
}

/// How a drain ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drained {
    /// All notices were taken.
    All,
    /// Some were lost on the way: who follows must look at everything again.
    Overrun,
    /// The source has ended.
    Ended,
}

/// Drains a source into its table on the node's bus. A notice that the table has no room for is an error, and
/// what followed it is lost like in an overrun.
pub fn drain<T: Topic>(node: &mut Node, source: &mut dyn Source<T>) -> Result<Drained, PublishError> {
    let mut refused = None;
    let ended = source.drain(&mut |key, value| {
        if let Err(why) = node.put(HAL, key, Some(Arc::new(value))) {
            refused = Some(why);
        }
    });
    if ended == Drained::Overrun || refused.is_some() {
        node.resync::<T>(HAL)?;
    }
    refused.map_or(Ok(ended), Err)
}
