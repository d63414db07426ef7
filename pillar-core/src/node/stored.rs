//! Who waits for which value to survive a power cut.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::agent::{AgentId, Handler};
use crate::bus::TableId;

/// The most agents' calls that wait at once; more are refused and reported.
pub const MAX_WAITS: usize = 65_536;

/// One call that waits.
pub(super) struct Wait {
    pub version: u64,
    pub agent: AgentId,
    pub life: u32,
    pub then: Handler<Arc<str>>,
}

/// All calls that wait, by table and key.
#[derive(Default)]
pub(super) struct Waits {
    waits: BTreeMap<(TableId, Arc<str>), Vec<Wait>>,
    count: usize,
}

impl Waits {
    /// Whether one more may wait.
    pub fn has_room(&self) -> bool {
        self.count < MAX_WAITS
    }

    /// Adds one.
    pub fn add(&mut self, table: TableId, key: Arc<str>, wait: Wait) {
        self.count += 1;
        self.waits.entry((table, key)).or_default().push(wait);
    }

    /// Takes those that `version` of a key satisfies.
    pub fn satisfied(&mut self, table: TableId, key: &Arc<str>, version: u64) -> Vec<Wait> {
        let place = (table, key.clone());
        let Some(waits) = self.waits.get_mut(&place) else { return Vec::new() };
        let (done, left): (Vec<Wait>, Vec<Wait>) =
            std::mem::take(waits).into_iter().partition(|wait| wait.version <= version);
        if left.is_empty() {
            self.waits.remove(&place);
        } else {
            *waits = left;
        }
        self.count -= done.len();
        done
    }

    /// Drops those of an agent that is gone.
    pub fn remove_agent(&mut self, gone: AgentId) {
        for waits in self.waits.values_mut() {
            let before = waits.len();
            waits.retain(|wait| wait.agent != gone);
            self.count -= before - waits.len();
        }
        self.waits.retain(|_, waits| !waits.is_empty());
    }
}
