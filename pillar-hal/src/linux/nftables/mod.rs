//! The packet filter as tables of nf_tables, in the network namespace of the calling thread: one of each layer for
//! a table of ours, both replaced by one transaction. No program is run.
//!
//! What may stay (sets that others fill, counters, chains) is kept; all rules are new each time.

mod encode;

use std::collections::BTreeSet;

use pillar_core::hal::{Counted, FilterError, FilterTable, Layer, PacketFilter, Scope, TABLE_PREFIX};
use rustix::io::Errno;

use super::netlink::socket::{Failure, NETFILTER, Socket};
use super::netlink::{Message, Received};
use encode::{
    DEL_CHAIN, DEL_OBJECT, DEL_SET, GET_CHAIN, GET_OBJECT, GET_SET, GET_TABLE, Listed, list, listed,
};

const LAYERS: [Layer; 2] = [Layer::Bridge, Layer::Ip];

/// How often a transaction is made anew because somebody changed the table in between.
const TRIES: u32 = 3;

/// The packet filter of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct LinuxPacketFilter;

/// One call: a socket, and the table it is about.
struct Call<'a> {
    socket: Socket,
    scope: &'a Scope,
    table: &'a str,
}

/// A transaction in the making, with the kinds of its requests for errors.
#[derive(Default)]
struct Batch {
    requests: Vec<Message>,
    kinds: Vec<&'static str>,
}

/// What of a table is there.
struct There {
    tables: BTreeSet<Listed>,
    chains: BTreeSet<Listed>,
    sets: BTreeSet<Listed>,
    counters: BTreeSet<Listed>,
}

impl PacketFilter for LinuxPacketFilter {
    fn replace(&self, scope: &Scope, name: &str, table: &FilterTable) -> Result<(), FilterError> {
        table.check(name)?;
        let mut call = Call::begin(scope, name)?;
        let mut tries = 0;
        loop {
            tries += 1;
            let there = call.there()?;
            match call.apply(replacement(name, table, &there)) {
                Err(FilterError::Io { errno, .. }) if is_race(errno) && tries < TRIES => {}
                done => return done,
            }
        }
    }

    fn remove(&self, scope: &Scope, name: &str) -> Result<(), FilterError> {
        FilterTable::default().check(name)?;
        let mut call = Call::begin(scope, name)?;
        let there = call.there()?;
        let mut batch = Batch::default();
        for table in &there.tables {
            batch.push("NFT_MSG_DELTABLE", encode::delete_table(table.layer, name));
        }
        match call.apply(batch) {
            Err(FilterError::Io { errno, .. }) if is_race(errno) => Ok(()),
            done => done,
        }
    }

    fn tables(&self, scope: &Scope) -> Result<Vec<String>, FilterError> {
        let mut call = Call::begin(scope, "tables")?;
        let all = call.list("NFT_MSG_GETTABLE", GET_TABLE, |table| table.name.starts_with(TABLE_PREFIX))?;
        let names: BTreeSet<String> = all.into_iter().map(|table| table.name).collect();
        Ok(names.into_iter().collect())
    }

    fn counters(&self, scope: &Scope, name: &str) -> Result<Vec<Counted>, FilterError> {
        let mut call = Call::begin(scope, name)?;
        let request = list(GET_OBJECT, None);
        let all = call.socket.dump(scope, &request, encode::counted);
        let all = all.map_err(|failure| call.failed("NFT_MSG_GETOBJ", failure))?;
        let ours = all.into_iter().filter(|(table, _)| table == name).map(|(_, counted)| counted);
        let mut ours: Vec<Counted> = ours.collect();
        ours.sort_by(|left, right| (left.layer, &left.name).cmp(&(right.layer, &right.name)));
        Ok(ours)
    }
}

/// Another program has removed something, or made it, since it was listed.
fn is_race(errno: i32) -> bool {
    [Errno::NOENT, Errno::EXIST].into_iter().any(|race| race.raw_os_error() == errno)
}

/// From what is there to what shall be.
fn replacement(name: &str, table: &FilterTable, there: &There) -> Batch {
    let mut batch = Batch::default();
    for layer in LAYERS {
        let chains = || table.chains.iter().filter(move |chain| chain.layer == layer);
        let sets = || table.sets.iter().filter(move |set| set.layer == layer);
        let counters = || table.counters.iter().filter(move |counter| counter.layer == layer);
        let at = |item: &&Listed| item.layer == layer;
        if chains().next().is_none() && sets().next().is_none() && counters().next().is_none() {
            if there.tables.iter().any(|item| at(&item)) {
                batch.push("NFT_MSG_DELTABLE", encode::delete_table(layer, name));
            }
            continue;
        }
        batch.push("NFT_MSG_NEWTABLE", encode::new_table(layer, name));
        batch.push("NFT_MSG_DELRULE", encode::delete_rules(layer, name));
        let has = |items: &BTreeSet<Listed>, wanted: &str| {
            items.iter().any(|item| item.layer == layer && item.name == wanted)
        };
        for chain in there.chains.iter().filter(at) {
            if !chains().any(|wanted| wanted.name == chain.name) {
                batch.push("NFT_MSG_DELCHAIN", encode::delete(DEL_CHAIN, layer, name, &chain.name));
            }
        }
        for set in there.sets.iter().filter(at) {
            if !sets().any(|wanted| wanted.name == set.name) {
                batch.push("NFT_MSG_DELSET", encode::delete(DEL_SET, layer, name, &set.name));
            }
        }
        for counter in there.counters.iter().filter(at) {
            if !counters().any(|wanted| wanted.name == counter.name) {
                batch.push("NFT_MSG_DELOBJ", encode::delete(DEL_OBJECT, layer, name, &counter.name));
            }
        }
        for counter in counters().filter(|counter| !has(&there.counters, &counter.name)) {
            batch.push("NFT_MSG_NEWOBJ", encode::new_counter(layer, name, &counter.name));
        }
        for (id, set) in (1..).zip(sets()) {
            let known = has(&there.sets, &set.name);
            if !known {
                batch.push("NFT_MSG_NEWSET", encode::new_set(layer, name, &set.name, id));
            }
            let Some(addresses) = &set.addresses else { continue };
            if known {
                batch.push("NFT_MSG_DELSETELEM", encode::flush_set(layer, name, &set.name));
            }
            for request in encode::fill_set(layer, name, &set.name, addresses) {
                batch.push("NFT_MSG_NEWSETELEM", request);
            }
        }
        for chain in chains().filter(|chain| !has(&there.chains, &chain.name)) {
            batch.push("NFT_MSG_NEWCHAIN", encode::new_chain(name, chain));
        }
        for chain in chains() {
            for rule in &chain.rules {
                batch.push("NFT_MSG_NEWRULE", encode::new_rule(name, chain, rule));
            }
        }
    }
    batch
}

impl Batch {
    fn push(&mut self, kind: &'static str, request: Message) {
        self.requests.push(request);
        self.kinds.push(kind);
    }
}

impl<'a> Call<'a> {
    fn begin(scope: &'a Scope, table: &'a str) -> Result<Self, FilterError> {
        let failed = |errno: Errno| FilterError::Io {
            table: table.to_owned(),
            call: "socket",
            errno: errno.raw_os_error(),
        };
        Ok(Call { socket: Socket::new(NETFILTER).map_err(failed)?, scope, table })
    }

    fn there(&mut self) -> Result<There, FilterError> {
        let table = self.table.to_owned();
        let ours = |item: &Listed| item.table == table;
        Ok(There {
            tables: self.list("NFT_MSG_GETTABLE", GET_TABLE, ours)?,
            chains: self.list("NFT_MSG_GETCHAIN", GET_CHAIN, ours)?,
            sets: self.list("NFT_MSG_GETSET", GET_SET, ours)?,
            counters: self.list("NFT_MSG_GETOBJ", GET_OBJECT, ours)?,
        })
    }

    fn list(
        &mut self,
        name: &'static str,
        kind: u16,
        ours: impl Fn(&Listed) -> bool,
    ) -> Result<BTreeSet<Listed>, FilterError> {
        let mut all = BTreeSet::new();
        for layer in LAYERS {
            let take = |message: Received<'_>| listed(message).filter(|item| ours(item));
            let found = self.socket.dump(self.scope, &list(kind, Some(layer)), take);
            all.extend(found.map_err(|failure| self.failed(name, failure))?);
        }
        Ok(all)
    }

    fn apply(&mut self, batch: Batch) -> Result<(), FilterError> {
        if batch.requests.is_empty() {
            return Ok(());
        }
        if self.scope.cancelled() {
            return Err(FilterError::Cancelled);
        }
        let begin = [encode::batch(true)];
        let requests = begin.into_iter().chain(batch.requests).chain([encode::batch(false)]).collect();
        self.socket.transaction(requests).map_err(|rejected| {
            // The first request begins the transaction.
            let number = rejected.request.and_then(|number| number.checked_sub(1));
            let kind = number.and_then(|number| batch.kinds.get(number));
            self.failed(kind.copied().unwrap_or("a transaction"), rejected.errno.into())
        })
    }

    fn failed(&self, call: &'static str, failure: Failure) -> FilterError {
        match failure {
            Failure::Cancelled => FilterError::Cancelled,
            Failure::Refused(errno) => {
                FilterError::Io { table: self.table.to_owned(), call, errno: errno.raw_os_error() }
            }
        }
    }
}
