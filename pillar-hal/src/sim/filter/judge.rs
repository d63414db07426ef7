//! How a packet fares: chain by chain, as the kernel goes through the rules.

use std::net::{IpAddr, Ipv4Addr};

use pillar_core::hal::{Action, Chain, Counted, Counter, ETHER_IPV4, Hook, Layer, Match, RateLimit, Rule};
use pillar_core::time::Mono;

use super::{Filters, Table};

/// How deep jumps are followed. The kernel refuses deeper ones (`NFT_JUMP_STACK_SIZE`).
const MAX_JUMPS: u32 = 16;

/// A packet as a hook sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The link that it came in by: a bridge's port, or, in the IP layer, the bridge.
    pub in_link: String,
    /// The link that it goes out by, empty where that is not decided yet.
    pub out_link: String,
    /// The kind of frame.
    pub ether_type: u16,
    /// From where; the rest is of no meaning in a frame that is not IPv4.
    pub source: Ipv4Addr,
    /// To where.
    pub destination: Ipv4Addr,
    /// The IP protocol.
    pub protocol: u8,
    /// The source port.
    pub source_port: u16,
    /// The destination port.
    pub destination_port: u16,
    /// Whether it is a fragment after the first.
    pub later_fragment: bool,
    /// Its length.
    pub bytes: u64,
}

impl Default for Frame {
    fn default() -> Self {
        Frame {
            in_link: String::new(),
            out_link: String::new(),
            ether_type: ETHER_IPV4,
            source: Ipv4Addr::UNSPECIFIED,
            destination: Ipv4Addr::UNSPECIFIED,
            protocol: 0,
            source_port: 0,
            destination_port: 0,
            later_fragment: false,
            bytes: 100,
        }
    }
}

/// What a hook decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It goes on.
    Accept,
    /// It goes nowhere.
    Drop,
    /// It goes on, translated so.
    Translate(Action),
}

/// What is left of a limit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bucket {
    /// In packets times the time that one takes to come back, in nanoseconds.
    tokens: u64,
    at: Mono,
}

impl Filters {
    /// What all tables together decide on a packet at a hook.
    pub fn judge(&mut self, layer: Layer, hook: Hook, frame: &Frame, now: Mono) -> Verdict {
        let mut verdict = Verdict::Accept;
        for table in self.tables.values_mut() {
            let chains =
                table.rules.chains.iter().filter(|chain| (chain.layer, chain.hook) == (layer, Some(hook)));
            for chain in chains.cloned().collect::<Vec<_>>() {
                match table.judge(&chain, frame, now, 0) {
                    Some(Verdict::Drop) => return Verdict::Drop,
                    Some(Verdict::Translate(action)) => verdict = Verdict::Translate(action),
                    Some(Verdict::Accept) | None => {}
                }
            }
        }
        verdict
    }
}

impl Table {
    pub(super) fn counted(&self, counter: &Counter) -> Counted {
        let key = (counter.layer, counter.name.clone());
        let (packets, bytes) = self.counts.get(&key).copied().unwrap_or_default();
        Counted { layer: counter.layer, name: counter.name.clone(), packets, bytes }
    }

    /// What a chain decides; `None` if no rule does.
    fn judge(&mut self, chain: &Chain, frame: &Frame, now: Mono, depth: u32) -> Option<Verdict> {
        for (number, rule) in chain.rules.iter().enumerate() {
            if !self.takes(chain, number, rule, frame, now) {
                continue;
            }
            if let Some(counter) = &rule.counter {
                let (packets, bytes) = self.counts.entry((chain.layer, counter.clone())).or_default();
                (*packets, *bytes) = (*packets + 1, *bytes + frame.bytes);
            }
            match &rule.action {
                Action::Accept => return Some(Verdict::Accept),
                Action::Drop => return Some(Verdict::Drop),
                Action::Jump(to) if depth < MAX_JUMPS => {
                    let mut chains = self.rules.chains.iter();
                    let to = chains.find(|other| other.layer == chain.layer && other.name == *to).cloned();
                    let verdict = to.and_then(|to| self.judge(&to, frame, now, depth + 1));
                    if verdict.is_some() {
                        return verdict;
                    }
                }
                Action::Jump(_) | Action::Continue => {}
                action => return Some(Verdict::Translate(action.clone())),
            }
        }
        None
    }

    fn takes(&mut self, chain: &Chain, number: usize, rule: &Rule, frame: &Frame, now: Mono) -> bool {
        if !rule.matches.iter().all(|found| self.is(chain.layer, found, frame)) {
            return false;
        }
        let Some(limit) = rule.limit else { return true };
        let key = (chain.layer, chain.name.clone(), number);
        let bucket = self.buckets.entry(key).or_insert(Bucket { tokens: full(limit), at: now });
        bucket.take(limit, now)
    }

    fn is(&self, layer: Layer, found: &Match, frame: &Frame) -> bool {
        let ip = frame.ether_type == ETHER_IPV4;
        let has = |set: &String, address: Ipv4Addr| {
            let mut sets = self.rules.sets.iter().filter(|other| (other.layer, &other.name) == (layer, set));
            let own = sets.next().and_then(|set| set.addresses.as_ref());
            own.or(self.filled.get(&(layer, set.clone()))).is_some_and(|all| all.contains(&address))
        };
        let within = |network: &pillar_core::hal::Cidr, address: Ipv4Addr| {
            let IpAddr::V4(base) = network.address else { return false };
            let shift = 32 - u32::from(network.prefix.min(32));
            base.to_bits().checked_shr(shift) == address.to_bits().checked_shr(shift)
        };
        match found {
            Match::InLink(link) => frame.in_link == *link,
            Match::OutLink(link) => frame.out_link == *link,
            Match::NotOutLink(link) => frame.out_link != *link,
            Match::EtherType(kind) => frame.ether_type == *kind,
            Match::Source(network) => ip && within(network, frame.source),
            Match::Destination(network) => ip && within(network, frame.destination),
            Match::SourceIn(set) => ip && has(set, frame.source),
            Match::DestinationIn(set) => ip && has(set, frame.destination),
            Match::Protocol(protocol) => ip && frame.protocol == *protocol,
            Match::SourcePort(port) => ip && !frame.later_fragment && frame.source_port == *port,
            Match::DestinationPort(port) => ip && !frame.later_fragment && frame.destination_port == *port,
            Match::LaterFragment => ip && frame.later_fragment,
        }
    }
}

/// A bucket that holds all it can.
fn full(limit: RateLimit) -> u64 {
    cost(limit).saturating_mul(u64::from(limit.burst.max(1)))
}

/// The time in which one packet comes back.
fn cost(limit: RateLimit) -> u64 {
    limit.per.as_nanos() as u64 / limit.rate.max(1)
}

impl Bucket {
    fn take(&mut self, limit: RateLimit, now: Mono) -> bool {
        let refilled = self.tokens.saturating_add(now.since(self.at).as_nanos() as u64);
        (self.tokens, self.at) = (refilled.min(full(limit)), now);
        let enough = self.tokens >= cost(limit);
        if enough {
            self.tokens -= cost(limit);
        }
        enough
    }
}
