//! The packet filter and address translation of the device. Called by jobs of zedrouter and nim.
//!
//! Each owner has a table of its own and puts it in force whole, in one transaction: at no instant is there half a
//! table, or none between two. What a rule means is decided by its owner; here is only how it is said.

use std::collections::BTreeSet;
use std::fmt;
use std::net::Ipv4Addr;
use std::time::Duration;

use super::{Cidr, Scope, Unsupported, is_link_name};

/// What the names of all tables begin with: those of others are not touched.
pub const TABLE_PREFIX: &str = "pillar-";

/// The longest name of a table, chain, set or counter.
pub const MAX_FILTER_NAME: usize = 64;

/// The most rules of one table.
pub const MAX_RULES: usize = 65_536;

/// Protocols by number (IANA).
pub const ICMP: u8 = 1;
/// TCP.
pub const TCP: u8 = 6;
/// UDP.
pub const UDP: u8 = 17;

/// Kinds of frames (IEEE): IPv4.
pub const ETHER_IPV4: u16 = 0x0800;
/// ARP.
pub const ETHER_ARP: u16 = 0x0806;

/// All that one owner has to say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FilterTable {
    /// Sets of addresses that rules look into.
    pub sets: Vec<AddressSet>,
    /// Counters that rules count with. One that stays in the table keeps its count.
    pub counters: Vec<Counter>,
    /// Chains; a jump leads to one of the same layer, and never back.
    pub chains: Vec<Chain>,
}

/// Where a packet is seen. Chains, sets and counters belong to one layer, in which their names are unique.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// Frames on the ports of bridges.
    Bridge,
    /// IPv4 packets of the device itself, and those that it routes.
    Ip,
}

/// A set of IPv4 addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressSet {
    /// Its layer.
    pub layer: Layer,
    /// Its name.
    pub name: String,
    /// What is in it; `None`: another program fills it, and what it has put there stays.
    pub addresses: Option<Vec<Ipv4Addr>>,
}

/// A counter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counter {
    /// Its layer.
    pub layer: Layer,
    /// Its name.
    pub name: String,
}

/// Rules, tried in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// Its layer.
    pub layer: Layer,
    /// Its name.
    pub name: String,
    /// Where packets enter it; `None`: only by a jump. A packet that no rule decides goes on, out of a chain
    /// that was jumped to back to where it came from.
    pub hook: Option<Hook>,
    /// Its rules.
    pub rules: Vec<Rule>,
}

/// Where packets enter a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hook {
    /// As they come in, before anything was done to them.
    In,
    /// Between coming in and going out again, addresses translated.
    Forward,
    /// As they come in, the first of each flow: where destinations are translated. [`Layer::Ip`] only.
    TranslateDestination,
    /// As they go out, the first of each flow: where sources are translated. [`Layer::Ip`] only.
    TranslateSource,
}

/// A rule: if all matches hold, and the rate is not exceeded, it counts and does its action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// What a packet must be.
    pub matches: Vec<Match>,
    /// How many packets it takes.
    pub limit: Option<RateLimit>,
    /// The counter that counts the packets it takes.
    pub counter: Option<String>,
    /// What it does with them.
    pub action: Action,
}

/// What a packet must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Match {
    /// It came in by this link: a bridge's port, or, in [`Layer::Ip`], the bridge.
    InLink(String),
    /// It goes out by this link.
    OutLink(String),
    /// It does not go out by this link.
    NotOutLink(String),
    /// The frame is of this kind.
    EtherType(u16),
    /// It comes from this network.
    Source(Cidr),
    /// It goes to this network.
    Destination(Cidr),
    /// It comes from an address in this set.
    SourceIn(String),
    /// It goes to an address in this set.
    DestinationIn(String),
    /// It has this IP protocol.
    Protocol(u8),
    /// It has this source port; the protocol must be matched before.
    SourcePort(u16),
    /// It has this destination port; the protocol must be matched before.
    DestinationPort(u16),
    /// It is a fragment, and not the first: it has no ports.
    LaterFragment,
}

/// How many packets pass: a bucket that holds `burst` and is filled by `rate` every `per`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// How many.
    pub rate: u64,
    /// In which time, in whole seconds.
    pub per: Duration,
    /// How many at once.
    pub burst: u32,
}

/// What happens to a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// It goes on to the next hook.
    Accept,
    /// It goes nowhere.
    Drop,
    /// The rules of that chain, then the next one here.
    Jump(String),
    /// Its destination, and that of its flow, becomes this address and port.
    ToDestination(Ipv4Addr, u16),
    /// Its source, and that of its flow, becomes this address.
    ToSource(Ipv4Addr),
    /// Its source, and that of its flow, becomes the address of the link it goes out by.
    Masquerade,
    /// Only counted; the next rule.
    Continue,
}

/// What a counter has counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Its layer.
    pub layer: Layer,
    /// Its name.
    pub name: String,
    /// How many packets.
    pub packets: u64,
    /// How many bytes.
    pub bytes: u64,
}

/// The packet filter.
pub trait PacketFilter: Send + Sync {
    /// Puts a table in force, in place of what was there of that name. After an error all is as before.
    fn replace(&self, scope: &Scope, name: &str, table: &FilterTable) -> Result<(), FilterError>;

    /// Removes a table; no error if there is none.
    fn remove(&self, scope: &Scope, name: &str) -> Result<(), FilterError>;

    /// The names of all tables that begin with [`TABLE_PREFIX`], in order.
    fn tables(&self, scope: &Scope) -> Result<Vec<String>, FilterError>;

    /// What the counters of a table have counted, by layer and name; nothing if there is no such table.
    fn counters(&self, scope: &Scope, name: &str) -> Result<Vec<Counted>, FilterError>;
}

/// Why a table is not in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FilterError {
    /// A name that cannot be one, of the table or of something in it.
    BadName(String),
    /// It refers to a chain, set or counter that it does not have, or has two of one name.
    BadReference(String),
    /// A rule that cannot be: translation in the wrong place, ports without a protocol, a limit of nothing.
    BadRule {
        /// The chain.
        chain: String,
        /// Which of its rules, from 0.
        rule: usize,
    },
    /// It has more than [`MAX_RULES`] rules.
    TooMany,
    /// The kernel refused.
    Io {
        /// The table.
        table: String,
        /// The request that failed, such as `NFT_MSG_NEWRULE`.
        call: &'static str,
        /// Its error number (errno).
        errno: i32,
    },
    /// The job was cancelled.
    Cancelled,
    /// The device has no packet filter.
    Unsupported,
}

impl FilterTable {
    /// Whether it can be put in force; every implementation asks this first.
    pub fn check(&self, name: &str) -> Result<(), FilterError> {
        if !name.starts_with(TABLE_PREFIX) {
            return Err(FilterError::BadName(name.into()));
        }
        let chains = self.chains.iter().map(|chain| (chain.layer, &*chain.name));
        let sets = self.sets.iter().map(|set| (set.layer, &*set.name));
        let counters = self.counters.iter().map(|counter| (counter.layer, &*counter.name));
        unique(chains.clone())?;
        unique(sets.clone())?;
        unique(counters.clone())?;
        if [name].into_iter().chain(chains.chain(sets).chain(counters).map(|(_, name)| name)).any(is_bad_name)
        {
            return Err(FilterError::BadName(name.into()));
        }
        if self.chains.iter().map(|chain| chain.rules.len()).sum::<usize>() > MAX_RULES {
            return Err(FilterError::TooMany);
        }
        self.chains.iter().try_for_each(|chain| self.check_chain(chain))
    }

    fn check_chain(&self, chain: &Chain) -> Result<(), FilterError> {
        let layer = chain.layer;
        let has_set = |name: &String| self.sets.iter().any(|set| (set.layer, &set.name) == (layer, name));
        let has_chain = |name: &String| {
            self.chains
                .iter()
                .any(|other| (other.layer, &other.name) == (layer, name) && other.hook.is_none())
        };
        let has_counter = |name: &String| {
            self.counters.iter().any(|counter| (counter.layer, &counter.name) == (layer, name))
        };
        for (number, rule) in chain.rules.iter().enumerate() {
            for found in &rule.matches {
                match found {
                    Match::SourceIn(set) | Match::DestinationIn(set) if !has_set(set) => {
                        return Err(FilterError::BadReference(set.clone()));
                    }
                    Match::InLink(link) | Match::OutLink(link) | Match::NotOutLink(link)
                        if !is_link_name(link) =>
                    {
                        return Err(FilterError::BadName(link.clone()));
                    }
                    _ => {}
                }
            }
            if let Some(counter) = rule.counter.as_ref().filter(|name| !has_counter(name)) {
                return Err(FilterError::BadReference(counter.clone()));
            }
            match &rule.action {
                Action::Jump(to) if !has_chain(to) => return Err(FilterError::BadReference(to.clone())),
                _ if !rule.is_possible(chain) => {
                    return Err(FilterError::BadRule { chain: chain.name.clone(), rule: number });
                }
                _ => {}
            }
        }
        Ok(())
    }
}

impl Rule {
    /// A rule that does this to every packet.
    pub fn new(action: Action) -> Self {
        Rule { matches: Vec::new(), limit: None, counter: None, action }
    }

    /// With one more match.
    #[must_use]
    pub fn when(mut self, found: Match) -> Self {
        self.matches.push(found);
        self
    }

    fn is_possible(&self, chain: &Chain) -> bool {
        let translates = match self.action {
            Action::ToDestination(..) => {
                chain.hook.is_none() || chain.hook == Some(Hook::TranslateDestination)
            }
            Action::ToSource(_) | Action::Masquerade => {
                chain.hook.is_none() || chain.hook == Some(Hook::TranslateSource)
            }
            _ => true,
        };
        let routed = !matches!(chain.hook, Some(Hook::TranslateDestination | Hook::TranslateSource));
        let at = |wanted: fn(&Match) -> bool| self.matches.iter().position(wanted);
        let port = at(|found| matches!(found, Match::SourcePort(_) | Match::DestinationPort(_)));
        let protocol = at(|found| matches!(found, Match::Protocol(TCP | UDP)));
        let cidrs = self.matches.iter().all(|found| match found {
            Match::Source(cidr) | Match::Destination(cidr) => cidr.address.is_ipv4() && cidr.prefix <= 32,
            _ => true,
        });
        let limit = self.limit.is_none_or(|limit| limit.rate > 0 && limit.per.as_secs() > 0);
        let ported = port.is_none_or(|port| protocol.is_some_and(|protocol| protocol < port));
        let translating =
            matches!(self.action, Action::ToDestination(..) | Action::ToSource(_) | Action::Masquerade);
        translates && (chain.layer == Layer::Ip || (routed && !translating)) && cidrs && limit && ported
    }
}

fn unique<'a>(names: impl Iterator<Item = (Layer, &'a str)>) -> Result<(), FilterError> {
    let mut seen = BTreeSet::new();
    for (layer, name) in names {
        if !seen.insert((layer, name)) {
            return Err(FilterError::BadReference(name.into()));
        }
    }
    Ok(())
}

/// Nothing that a tool could take for more than a name.
fn is_bad_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'#');
    name.is_empty()
        || name.len() > MAX_FILTER_NAME
        || !name.bytes().all(plain)
        || name.starts_with(['-', '.'])
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FilterError::BadName(name) => write!(f, "{name:?} cannot be a name in the packet filter"),
            FilterError::BadReference(name) => write!(f, "the packet filter has no {name:?}, or two"),
            FilterError::BadRule { chain, rule } => write!(f, "rule {rule} of {chain} cannot be"),
            FilterError::TooMany => write!(f, "more than {MAX_RULES} rules"),
            FilterError::Io { table, call, errno } => {
                write!(f, "{table}: {call} failed with error {errno}")
            }
            FilterError::Cancelled => f.write_str("cancelled"),
            FilterError::Unsupported => f.write_str("this device has no packet filter"),
        }
    }
}

impl std::error::Error for FilterError {}

impl PacketFilter for Unsupported {
    fn replace(&self, _: &Scope, _: &str, _: &FilterTable) -> Result<(), FilterError> {
        Err(FilterError::Unsupported)
    }

    fn remove(&self, _: &Scope, _: &str) -> Result<(), FilterError> {
        Err(FilterError::Unsupported)
    }

    fn tables(&self, _: &Scope) -> Result<Vec<String>, FilterError> {
        Err(FilterError::Unsupported)
    }

    fn counters(&self, _: &Scope, _: &str) -> Result<Vec<Counted>, FilterError> {
        Err(FilterError::Unsupported)
    }
}
