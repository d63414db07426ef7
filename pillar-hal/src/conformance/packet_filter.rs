//! [`PacketFilter`].

use std::net::Ipv4Addr;
use std::time::Duration;

use pillar_core::hal::{
    Action, AddressSet, Chain, Counted, Counter, ETHER_ARP, FilterError, FilterTable, Hook, Layer, Match,
    PacketFilter, RateLimit, Rule, Scope, TCP, UDP,
};

const TABLE: &str = "pillar-suite";

/// Runs the suite on a packet filter without tables of ours.
pub fn packet_filter(subject: &dyn PacketFilter) {
    let scope = &Scope::unbounded();
    let tables = || subject.tables(scope).unwrap();
    assert_eq!(tables(), [""; 0], "begins with none");

    subject.replace(scope, TABLE, &everything()).unwrap();
    subject
        .replace(scope, "pillar-other", &FilterTable { chains: vec![chain("x", None)], ..empty() })
        .unwrap();
    assert_eq!(tables(), ["pillar-other", TABLE]);
    let names = |counted: Vec<Counted>| -> Vec<(Layer, String, u64)> {
        counted.into_iter().map(|counter| (counter.layer, counter.name, counter.packets)).collect()
    };
    let both = [(Layer::Bridge, "c".to_owned(), 0), (Layer::Ip, "c".to_owned(), 0)];
    assert_eq!(names(subject.counters(scope, TABLE).unwrap()), both);

    subject.replace(scope, TABLE, &everything()).expect("the same again");
    subject.replace(scope, TABLE, &little()).expect("less, in one layer");
    assert_eq!(names(subject.counters(scope, TABLE).unwrap()), [(Layer::Ip, "d".to_owned(), 0)]);
    subject.replace(scope, TABLE, &everything()).expect("more again");
    let many = FilterTable {
        chains: vec![Chain { rules: many_rules(), ..chain("many", Some(Hook::In)) }],
        ..empty()
    };
    subject.replace(scope, "pillar-many", &many).expect("thousands of rules");
    subject.replace(scope, "pillar-many", &empty()).expect("nothing");
    subject.remove(scope, "pillar-many").unwrap();
    assert_eq!(tables(), ["pillar-other", TABLE]);

    refusals(subject);
    assert_eq!(names(subject.counters(scope, TABLE).unwrap()), both, "what was refused changed nothing");

    for name in [TABLE, TABLE, "pillar-other", "pillar-never"] {
        subject.remove(scope, name).unwrap();
    }
    assert_eq!(tables(), [""; 0]);
    assert_eq!(subject.counters(scope, TABLE), Ok(vec![]));

    let cancelled = Scope::unbounded();
    cancelled.cancel();
    assert_eq!(subject.replace(&cancelled, TABLE, &everything()), Err(FilterError::Cancelled));
    assert_eq!(tables(), [""; 0]);
}

fn refusals(subject: &dyn PacketFilter) {
    let with = |rule: Rule| FilterTable {
        chains: vec![Chain { rules: vec![rule], ..chain("in", Some(Hook::In)) }],
        ..empty()
    };
    let port = Match::DestinationPort(1);
    let no_rate = RateLimit { rate: 0, per: Duration::from_secs(1), burst: 1 };
    let to = Action::ToDestination(Ipv4Addr::LOCALHOST, 1);
    let bad_rules = [
        with(Rule::new(Action::Accept).when(port.clone())),
        with(Rule::new(Action::Accept).when(port).when(Match::Protocol(TCP))),
        with(Rule { limit: Some(no_rate), ..Rule::new(Action::Accept) }),
        with(Rule::new(to)),
        with(Rule::new(Action::Masquerade)),
        with(Rule::new(Action::Accept).when(Match::Source("fe80::/10".parse().unwrap()))),
    ];
    for table in bad_rules {
        let bad = FilterError::BadRule { chain: "in".into(), rule: 0 };
        assert_eq!(subject.replace(&Scope::unbounded(), TABLE, &table), Err(bad), "{table:?}");
    }
    let bad_references = [
        with(Rule::new(Action::Jump("nowhere".into()))),
        with(Rule::new(Action::Jump("in".into()))),
        with(Rule::new(Action::Accept).when(Match::SourceIn("none".into()))),
        with(Rule { counter: Some("none".into()), ..Rule::new(Action::Accept) }),
        FilterTable { chains: vec![chain("twice", None), chain("twice", None)], ..empty() },
    ];
    for table in bad_references {
        let refused = subject.replace(&Scope::unbounded(), TABLE, &table);
        assert!(matches!(refused, Err(FilterError::BadReference(_))), "{refused:?}: {table:?}");
    }
    for name in ["", "filter", "pillar-a b", "pillar-\"", "pillar-a\0", &format!("pillar-{}", "a".repeat(60))]
    {
        let bad = FilterError::BadName(name.into());
        assert_eq!(subject.replace(&Scope::unbounded(), name, &empty()), Err(bad.clone()), "{name:?}");
        assert_eq!(subject.remove(&Scope::unbounded(), name), Err(bad), "{name:?}");
    }
    let link = with(Rule::new(Action::Drop).when(Match::InLink("a/b".into())));
    assert_eq!(subject.replace(&Scope::unbounded(), TABLE, &link), Err(FilterError::BadName("a/b".into())));
}

fn empty() -> FilterTable {
    FilterTable::default()
}

fn chain(name: &str, hook: Option<Hook>) -> Chain {
    Chain { layer: Layer::Ip, name: name.into(), hook, rules: vec![] }
}

fn many_rules() -> Vec<Rule> {
    let port = |number: u16| {
        Rule::new(Action::Accept).when(Match::Protocol(UDP)).when(Match::DestinationPort(number))
    };
    (1..=3_000).map(port).collect()
}

/// A table with one of each.
fn everything() -> FilterTable {
    let cidr = || "10.1.0.0/24".parse().unwrap();
    let limit = RateLimit { rate: 10, per: Duration::from_secs(60), burst: 30 };
    let matches = vec![
        Match::InLink("eth0".into()),
        Match::OutLink("eth1".into()),
        Match::NotOutLink("eth2".into()),
        Match::Source(cidr()),
        Match::Destination("0.0.0.0/0".parse().unwrap()),
        Match::SourceIn("s".into()),
        Match::DestinationIn("fixed".into()),
        Match::Protocol(TCP),
        Match::SourcePort(80),
        Match::DestinationPort(443),
    ];
    let all = Rule { matches, limit: Some(limit), counter: Some("c".into()), action: Action::Continue };
    let rules = vec![
        all,
        Rule::new(Action::Accept).when(Match::LaterFragment),
        Rule::new(Action::Jump("inner".into())),
        Rule::new(Action::Drop),
    ];
    let layered = |layer| {
        let place = |name: &str, hook, rules| Chain { layer, name: name.into(), hook, rules };
        vec![
            place("in", Some(Hook::In), vec![Rule::new(Action::Jump("inner".into()))]),
            place("forward", Some(Hook::Forward), rules.clone()),
            place("inner", None, vec![Rule::new(Action::Accept)]),
        ]
    };
    let mut chains = [layered(Layer::Bridge), layered(Layer::Ip)].concat();
    chains[0].rules.push(Rule::new(Action::Accept).when(Match::EtherType(ETHER_ARP)));
    let udp = |action| {
        let to = Match::Destination("192.168.1.10/32".parse().unwrap());
        Rule::new(action).when(Match::Protocol(UDP)).when(to).when(Match::DestinationPort(53))
    };
    let address = Ipv4Addr::new(10, 1, 0, 2);
    chains.push(Chain {
        rules: vec![udp(Action::ToDestination(address, 5353))],
        ..chain("dnat", Some(Hook::TranslateDestination))
    });
    chains.push(Chain {
        rules: vec![udp(Action::ToSource(address)), Rule::new(Action::Masquerade)],
        ..chain("snat", Some(Hook::TranslateSource))
    });
    let set = |layer, name: &str, addresses| AddressSet { layer, name: name.into(), addresses };
    let fixed: Vec<Ipv4Addr> = (1..=2_500).map(Ipv4Addr::from_bits).collect();
    let sets = vec![
        set(Layer::Bridge, "s", None),
        set(Layer::Ip, "s", None),
        set(Layer::Bridge, "fixed", Some(fixed)),
        set(Layer::Ip, "fixed", Some(vec![])),
    ];
    let counters = [Layer::Bridge, Layer::Ip].map(|layer| Counter { layer, name: "c".into() });
    FilterTable { sets, counters: counters.into(), chains }
}

/// A table with other things, and none in one layer.
fn little() -> FilterTable {
    FilterTable {
        counters: vec![Counter { layer: Layer::Ip, name: "d".into() }],
        chains: vec![chain("inner", None)],
        ..empty()
    }
}
