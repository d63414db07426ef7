//! The simulated packet filter: tables as data, which the world's packets are judged by.

mod judge;

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pillar_core::hal::{Counted, FilterError, FilterTable, Layer, PacketFilter, Scope};

use super::gate::{Gate, Op, pass};

pub use judge::{Frame, Verdict};

/// All tables in force.
#[derive(Clone, Debug, Default)]
pub struct Filters {
    tables: BTreeMap<String, Table>,
}

/// One table, with what packets have left in it.
#[derive(Clone, Debug, Default)]
struct Table {
    rules: FilterTable,
    /// Packets and bytes, by layer and name of the counter.
    counts: BTreeMap<(Layer, String), (u64, u64)>,
    /// What others have put into sets.
    filled: BTreeMap<(Layer, String), Vec<Ipv4Addr>>,
    /// What is left in the buckets of limits, by layer, chain and rule.
    buckets: BTreeMap<(Layer, String, usize), judge::Bucket>,
}

impl Filters {
    /// The tables in force, by name.
    pub fn tables(&self) -> impl Iterator<Item = (&str, &FilterTable)> {
        self.tables.iter().map(|(name, table)| (&**name, &table.rules))
    }

    /// Another program puts an address into a set; `false` if there is no such set for others to fill.
    pub fn fill(&mut self, table: &str, layer: Layer, set: &str, address: Ipv4Addr) -> bool {
        let Some(table) = self.tables.get_mut(table) else { return false };
        let mut sets = table.rules.sets.iter();
        let known = sets.any(|other| other.layer == layer && other.name == set && other.addresses.is_none());
        if known {
            table.filled.entry((layer, set.to_owned())).or_default().push(address);
        }
        known
    }

    /// Power is gone.
    pub fn power_cut(&mut self) {
        self.tables.clear();
    }

    fn replace(&mut self, name: &str, rules: &FilterTable) {
        let before = self.tables.remove(name).unwrap_or_default();
        let has_counter = |(layer, name): &(Layer, String)| {
            rules.counters.iter().any(|counter| (counter.layer, &counter.name) == (*layer, name))
        };
        let has_set = |(layer, name): &(Layer, String)| {
            rules.sets.iter().any(|set| (set.layer, &set.name) == (*layer, name) && set.addresses.is_none())
        };
        let counts = before.counts.into_iter().filter(|(key, _)| has_counter(key)).collect();
        let filled = before.filled.into_iter().filter(|(key, _)| has_set(key)).collect();
        let table = Table { rules: rules.clone(), counts, filled, buckets: BTreeMap::new() };
        self.tables.insert(name.into(), table);
    }
}

/// The packet filter of a simulated device.
pub struct SimPacketFilter {
    filters: Arc<Mutex<Filters>>,
    gate: Arc<dyn Gate>,
}

impl SimPacketFilter {
    /// The tables, behind a gate.
    pub fn new(filters: Arc<Mutex<Filters>>, gate: Arc<dyn Gate>) -> Self {
        SimPacketFilter { filters, gate }
    }

    fn pass<R>(
        &self,
        scope: &Scope,
        op: Op<'_>,
        call: &'static str,
        act: impl FnOnce(&mut MutexGuard<'_, Filters>) -> R,
    ) -> Result<R, FilterError> {
        if scope.cancelled() {
            return Err(FilterError::Cancelled);
        }
        let act = || act(&mut self.filters.lock().unwrap_or_else(PoisonError::into_inner));
        pass(&*self.gate, op, act).map_err(|fault| FilterError::Io {
            table: op.detail.into(),
            call,
            errno: fault.errno().raw_os_error(),
        })
    }
}

impl PacketFilter for SimPacketFilter {
    fn replace(&self, scope: &Scope, name: &str, table: &FilterTable) -> Result<(), FilterError> {
        table.check(name)?;
        let op = Op { name: "filter.replace", detail: name };
        self.pass(scope, op, "NFT_MSG_NEWRULE", |filters| filters.replace(name, table))
    }

    fn remove(&self, scope: &Scope, name: &str) -> Result<(), FilterError> {
        FilterTable::default().check(name)?;
        let op = Op { name: "filter.remove", detail: name };
        self.pass(scope, op, "NFT_MSG_DELTABLE", |filters| drop(filters.tables.remove(name)))
    }

    fn tables(&self, scope: &Scope) -> Result<Vec<String>, FilterError> {
        let op = Op { name: "filter.tables", detail: "" };
        self.pass(scope, op, "NFT_MSG_GETTABLE", |filters| filters.tables.keys().cloned().collect())
    }

    fn counters(&self, scope: &Scope, name: &str) -> Result<Vec<Counted>, FilterError> {
        let op = Op { name: "filter.counters", detail: name };
        self.pass(scope, op, "NFT_MSG_GETOBJ", |filters| {
            let Some(table) = filters.tables.get(name) else { return Vec::new() };
            let mut all: Vec<Counted> =
                table.rules.counters.iter().map(|counter| table.counted(counter)).collect();
            all.sort_by(|left, right| (left.layer, &left.name).cmp(&(right.layer, &right.name)));
            all
        })
    }
}
