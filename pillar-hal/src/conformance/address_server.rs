//! [`AddressServer`].

use std::net::Ipv4Addr;
use std::time::Duration;

use pillar_core::hal::{AddressServer, DnsOffer, Host, Scope, ServerConfig, ServerError};

/// What serves on a bridge with the address 10.1.0.1/24.
pub fn sample_server(bridge: &str) -> ServerConfig {
    let ip = |last| Ipv4Addr::new(10, 1, 0, last);
    ServerConfig {
        bridge: bridge.into(),
        listen: ip(1),
        prefix: 24,
        range: (ip(128), ip(254)),
        lease: Duration::from_hours(1),
        mtu: Some(1400),
        domain: None,
        default_route: true,
        dns: DnsOffer::Own,
        ntp: vec![],
        routes: vec![],
        forwarders: vec![],
        hosts: vec![],
        names: vec![("router".into(), vec![ip(1).into()])],
        watched: vec![],
    }
}

/// A guest of the sample.
pub fn sample_host(last: u8) -> Host {
    let mac = [0x02, 0x16, 0x3e, 0, 0, last];
    Host { mac, address: Ipv4Addr::new(10, 1, 0, last), name: format!("guest{last}") }
}

/// Runs the suite on servers of a device that has this bridge, with the sample's address, and none yet. `ask`
/// is a guest with this hardware address that asks for an address.
pub fn address_server(
    subject: &dyn AddressServer,
    bridge: &str,
    ask: &mut dyn FnMut([u8; 6]) -> Option<Ipv4Addr>,
) {
    let scope = &Scope::unbounded();
    let [first, second, third] = [130, 131, 132].map(sample_host);
    let with = |hosts: &[&Host]| ServerConfig {
        hosts: hosts.iter().map(|host| (*host).clone()).collect(),
        ..sample_server(bridge)
    };
    let leased = || {
        let all = subject.leases(scope, bridge).unwrap();
        let mut all: Vec<_> = all.into_iter().map(|lease| (lease.mac, lease.address, lease.name)).collect();
        all.sort();
        all
    };
    assert!(!subject.runs(bridge));
    assert_eq!(leased(), []);

    subject.serve(scope, &with(&[&first])).unwrap();
    assert!(subject.runs(bridge));
    assert_eq!(ask(first.mac), Some(first.address));
    assert_eq!(leased(), [(first.mac, first.address, first.name.clone())]);

    subject.serve(scope, &with(&[&first])).expect("the same again");
    subject.serve(scope, &with(&[&first, &second])).expect("one more");
    assert_eq!(ask(second.mac), Some(second.address));

    // Another guest gets the address of one that goes.
    let heir = Host { address: second.address, ..third };
    subject.serve(scope, &with(&[&first, &heir])).expect("another one");
    assert_eq!(ask(heir.mac), Some(second.address), "at its first request");
    assert!(leased().iter().any(|(mac, ..)| *mac == first.mac), "others keep theirs");

    let bad = ServerConfig { domain: Some("a b\nport=0".into()), ..with(&[]) };
    assert_eq!(subject.serve(scope, &bad), Err(ServerError::BadName("a b\nport=0".into())));
    assert_eq!(subject.stop(scope, "../x"), Err(ServerError::BadName("../x".into())));
    assert!(subject.runs(bridge), "what was refused changed nothing");

    for _ in 0..2 {
        subject.stop(scope, bridge).unwrap();
        assert!(!subject.runs(bridge));
        assert_eq!(leased(), []);
    }
    let cancelled = Scope::unbounded();
    cancelled.cancel();
    assert_eq!(subject.serve(&cancelled, &with(&[])), Err(ServerError::Cancelled));
    assert!(!subject.runs(bridge));
    subject.stop(scope, bridge).unwrap();
}
