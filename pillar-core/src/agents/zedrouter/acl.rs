//! Access rules: from what the controller says to matches of the packet filter (spec/04, ACL translation). Pure.
//!
//! A rule works in both directions, and on each packet by itself: from the application it is about where packets
//! go to, towards it about where they come from. What no rule lets pass does not pass.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use pillar_types::acl::{Ace, AceAction};

use super::names;
use crate::hal::{Action, Cidr, Crypto, ICMP, Layer, Match, RateLimit, Rule, TCP, UDP, is_host_name};

/// What `limit` means where a rule does not say (iptables-extensions(8)).
const DEFAULT_RATE: RateLimit = RateLimit { rate: 3, per: Duration::from_hours(1), burst: 5 };

/// The most access rules of one interface.
pub const MAX_ACES: usize = 4_096;

/// An access rule that makes sense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acl {
    /// Its number.
    pub id: i32,
    /// Whom the application talks with.
    pub remote: Remote,
    /// The IP protocol.
    pub protocol: Option<u8>,
    /// The port at the other end.
    pub remote_port: Option<u16>,
    /// The port at the application's end; of a port map: the port of the device.
    pub local_port: Option<u16>,
    /// What happens.
    pub policy: Policy,
}

/// Whom an access rule is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remote {
    /// Everybody.
    Any,
    /// A network.
    Network(Cidr),
    /// A host, by the addresses that the DNS server gives for its name.
    Host(HostSet),
    /// Whom the network instance's own names mean.
    Names,
}

/// A host whose addresses are looked up, and the set of the packet filter that gets them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HostSet {
    /// Its name.
    pub host: String,
    /// The set's name.
    pub set: String,
}

/// What an access rule does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Lets pass.
    Allow,
    /// Lets not pass.
    Drop,
    /// Lets pass up to a rate, in each direction.
    Limit(RateLimit),
    /// Lets pass, and passes on what comes to a port of the device.
    PortMap {
        /// The application's port.
        target: u16,
        /// Only ports of the device with this label; `None`: all of the network instance.
        label: Option<String>,
    },
}

/// Why an access rule makes no sense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadAce {
    /// A kind of match that is not known.
    UnknownMatch(String),
    /// A match whose value makes no sense.
    BadValue(&'static str, String),
    /// Twice the same kind of match, or a host and the own names.
    Twice(&'static str),
    /// A port without a protocol.
    PortWithoutProtocol,
    /// A label without a port map.
    AdapterWithoutPortMap,
    /// More than one action.
    TooManyActions,
    /// A port map without device port, protocol or target port.
    IncompletePortMap,
    /// A rate in a unit that is not known.
    BadLimit,
}

impl Acl {
    /// What an access rule says; `None` if it is about IPv6, which does not concern us.
    pub fn of(ace: &Ace, crypto: &dyn Crypto) -> Result<Option<Self>, BadAce> {
        let mut acl = Acl {
            id: ace.rule_id,
            remote: Remote::Any,
            protocol: None,
            remote_port: None,
            local_port: None,
            policy: Policy::Allow,
        };
        let mut label = None;
        for found in &*ace.matches {
            let value = found.value.as_str();
            match found.match_type.as_str() {
                "ip" => match network(value).ok_or_else(|| BadAce::BadValue("ip", value.into()))? {
                    Net::V4(network) => acl.set_remote(Remote::Network(network))?,
                    Net::V6 => return Ok(None),
                },
                "host" => match network(value) {
                    Some(Net::V4(network)) => acl.set_remote(Remote::Network(network))?,
                    Some(Net::V6) => return Ok(None),
                    None if is_host_name(value) => {
                        let host = value.to_ascii_lowercase();
                        let set = names::host_set(&host, crypto);
                        acl.set_remote(Remote::Host(HostSet { host, set }))?;
                    }
                    None => return Err(BadAce::BadValue("host", value.into())),
                },
                "eidset" => acl.set_remote(Remote::Names)?,
                "protocol" => set(&mut acl.protocol, protocol(value)?, "protocol")?,
                "fport" => set(&mut acl.remote_port, Some(port("fport", value)?), "fport")?,
                "lport" => set(&mut acl.local_port, Some(port("lport", value)?), "lport")?,
                "adapter" => set(&mut label, Some(value.to_owned()), "adapter")?,
                other => return Err(BadAce::UnknownMatch(other.into())),
            }
        }
        acl.policy = policy(&ace.actions, label.clone())?;
        let ports = acl.remote_port.is_some() || acl.local_port.is_some();
        let mapped = matches!(acl.policy, Policy::PortMap { .. });
        let has_ports = matches!(acl.protocol, Some(TCP | UDP));
        if mapped && !(has_ports && acl.local_port.is_some()) {
            return Err(BadAce::IncompletePortMap);
        }
        if ports && !has_ports {
            return Err(BadAce::PortWithoutProtocol);
        }
        if label.is_some() && !mapped {
            return Err(BadAce::AdapterWithoutPortMap);
        }
        Ok(Some(acl))
    }

    fn set_remote(&mut self, remote: Remote) -> Result<(), BadAce> {
        if self.remote != Remote::Any {
            return Err(BadAce::Twice("ip, host or eidset"));
        }
        self.remote = remote;
        Ok(())
    }

    /// The port map, if it is one: protocol, port of the device, port of the application, label.
    pub fn port_map(&self) -> Option<(u8, u16, u16, Option<&str>)> {
        match &self.policy {
            Policy::PortMap { target, label } => {
                Some((self.protocol?, self.local_port?, *target, label.as_deref()))
            }
            _ => None,
        }
    }

    /// The host whose set the rule looks into, if any.
    pub fn host(&self) -> Option<&HostSet> {
        match &self.remote {
            Remote::Host(host) => Some(host),
            _ => None,
        }
    }

    /// Its rules for packets from the application (`out`) or towards it, as they are after a port map.
    pub fn rules(&self, out: bool, place: &Place<'_>) -> Vec<Rule> {
        let local_port = match &self.policy {
            Policy::PortMap { target, .. } => Some(*target),
            _ => self.local_port,
        };
        let mut bases = vec![self.remote_match(out, place)];
        if out && self.port_map().is_some() {
            // What is mapped comes from the bridge, so answers go to it, whoever asked.
            bases.push(Some(Match::Destination(Cidr { address: place.bridge.into(), prefix: 32 })));
        }
        let mut rules = Vec::new();
        for base in bases {
            let mut matches: Vec<Match> = base.into_iter().collect();
            matches.extend(self.protocol.map(Match::Protocol));
            let mut ports = Vec::new();
            let (source, destination) =
                if out { (local_port, self.remote_port) } else { (self.remote_port, local_port) };
            ports.extend(source.map(Match::SourcePort));
            ports.extend(destination.map(Match::DestinationPort));
            if !ports.is_empty() {
                // Fragments after the first have no ports; they are of no use without the first.
                let later = matches.iter().cloned().chain([Match::LaterFragment]).collect();
                rules.extend(self.act(later, out, place));
            }
            matches.extend(ports);
            rules.extend(self.act(matches, out, place));
        }
        rules
    }

    fn remote_match(&self, out: bool, place: &Place<'_>) -> Option<Match> {
        match &self.remote {
            Remote::Any => None,
            Remote::Network(network) if network.prefix == 0 => None,
            Remote::Network(network) if out => Some(Match::Destination(*network)),
            Remote::Network(network) => Some(Match::Source(*network)),
            Remote::Host(host) if out => Some(Match::DestinationIn(host.set.clone())),
            Remote::Host(host) => Some(Match::SourceIn(host.set.clone())),
            Remote::Names if out => Some(Match::DestinationIn(place.names_set())),
            Remote::Names => Some(Match::SourceIn(place.names_set())),
        }
    }

    fn act(&self, matches: Vec<Match>, out: bool, place: &Place<'_>) -> Vec<Rule> {
        let rule = |limit, counter: Option<String>, action| Rule {
            matches: matches.clone(),
            limit,
            counter,
            action,
        };
        match &self.policy {
            Policy::Allow | Policy::PortMap { .. } => vec![rule(None, None, Action::Accept)],
            Policy::Drop => vec![rule(None, Some(place.drops(out)), Action::Drop)],
            Policy::Limit(limit) => vec![
                rule(Some(*limit), None, Action::Accept),
                rule(None, Some(place.limit_drops(out)), Action::Drop),
            ],
        }
    }
}

/// Where an interface's rules are.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The interface.
    pub vif: &'a str,
    /// The bridge's address.
    pub bridge: Ipv4Addr,
}

impl Place<'_> {
    /// The set of the addresses that the network instance's names mean.
    pub fn names_set(&self) -> String {
        format!("eids.{}", self.vif)
    }

    /// What counts packets that no rule lets pass, or that one says not to: from the application, or towards it.
    pub fn drops(&self, out: bool) -> String {
        format!("{}-{}-drops", self.vif, direction(out))
    }

    /// What counts packets above a rate.
    pub fn limit_drops(&self, out: bool) -> String {
        format!("{}-{}-limit", self.vif, direction(out))
    }

    /// The chain of an interface for packets from the application, or towards it.
    pub fn chain(&self, out: bool) -> String {
        format!("{}-{}", direction(out), self.vif)
    }
}

fn direction(out: bool) -> &'static str {
    if out { "from" } else { "to" }
}

/// The layers that packets of a direction are judged in: those towards an application when they are routed to it,
/// and when they come from another on the same bridge.
pub fn layers(out: bool) -> &'static [Layer] {
    if out { &[Layer::Bridge] } else { &[Layer::Bridge, Layer::Ip] }
}

fn set<T>(slot: &mut Option<T>, value: Option<T>, what: &'static str) -> Result<(), BadAce> {
    if slot.is_some() {
        return Err(BadAce::Twice(what));
    }
    *slot = value;
    Ok(())
}

/// A network of either version of IP.
enum Net {
    V4(Cidr),
    V6,
}

fn network(value: &str) -> Option<Net> {
    let (address, prefix) =
        value.split_once('/').map_or((value, None), |(address, prefix)| (address, Some(prefix)));
    let address: IpAddr = address.parse().ok()?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let prefix = prefix.map_or(Some(most), |prefix| prefix.parse().ok()).filter(|prefix| *prefix <= most)?;
    Some(if address.is_ipv4() { Net::V4(Cidr { address, prefix }.network()) } else { Net::V6 })
}

fn protocol(value: &str) -> Result<Option<u8>, BadAce> {
    match value.to_ascii_lowercase().as_str() {
        "all" => Ok(None),
        "tcp" => Ok(Some(TCP)),
        "udp" => Ok(Some(UDP)),
        "icmp" => Ok(Some(ICMP)),
        number => match number.parse() {
            Ok(0) => Ok(None),
            Ok(number) => Ok(Some(number)),
            Err(_) => Err(BadAce::BadValue("protocol", value.into())),
        },
    }
}

fn port(what: &'static str, value: &str) -> Result<u16, BadAce> {
    value.parse().ok().filter(|port| *port > 0).ok_or_else(|| BadAce::BadValue(what, value.into()))
}

fn policy(actions: &[AceAction], label: Option<String>) -> Result<Policy, BadAce> {
    let action = match actions {
        [] => return Ok(Policy::Allow),
        [action] => action,
        _ => return Err(BadAce::TooManyActions),
    };
    match (action.drop, action.limit, action.port_map) {
        (false, false, false) => Ok(Policy::Allow),
        (true, false, false) => Ok(Policy::Drop),
        (false, true, false) => limit(action).map(Policy::Limit),
        (false, false, true) => {
            let target = u16::try_from(action.target_port).ok().filter(|target| *target > 0);
            Ok(Policy::PortMap { target: target.ok_or(BadAce::IncompletePortMap)?, label })
        }
        _ => Err(BadAce::TooManyActions),
    }
}

fn limit(action: &AceAction) -> Result<RateLimit, BadAce> {
    let mut limit = DEFAULT_RATE;
    if action.limit_rate != 0 {
        limit.rate = u64::try_from(action.limit_rate).map_err(|_| BadAce::BadLimit)?;
        limit.per = match action.limit_unit.as_str() {
            "s" | "sec" | "second" | "" => Duration::from_secs(1),
            "m" | "min" | "minute" => Duration::from_mins(1),
            "h" | "hour" => Duration::from_hours(1),
            "d" | "day" => Duration::from_hours(24),
            _ => return Err(BadAce::BadLimit),
        };
    }
    if action.limit_burst != 0 {
        limit.burst = u32::try_from(action.limit_burst).map_err(|_| BadAce::BadLimit)?;
    }
    Ok(limit)
}

impl fmt::Display for BadAce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BadAce::UnknownMatch(kind) => write!(f, "unsupported match type {kind:?}"),
            BadAce::BadValue(kind, value) => write!(f, "{kind} cannot be {value:?}"),
            BadAce::Twice(kind) => write!(f, "{kind} is matched twice"),
            BadAce::PortWithoutProtocol => f.write_str("a port is matched without protocol tcp or udp"),
            BadAce::AdapterWithoutPortMap => f.write_str("an adapter is matched without a port map"),
            BadAce::TooManyActions => f.write_str("more than one action"),
            BadAce::IncompletePortMap => {
                f.write_str("a port map needs lport, protocol tcp or udp, and a target port")
            }
            BadAce::BadLimit => f.write_str("the rate limit makes no sense"),
        }
    }
}
