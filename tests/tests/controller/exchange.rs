//! One exchange over several ports.

use std::net::IpAddr;
use std::time::Duration;

use pillar_core::controller::exchange::{Exchange, Peer, Question, Unable, exchange};
use pillar_core::controller::status::SenderStatus;
use pillar_core::controller::urls::{Endpoint, Server};
use pillar_core::controller::ways::Way;
use pillar_core::hal::{HttpError, Proxy, ProxyScheme, Scope, Trust};
use pillar_hal::sim::certificates::SimCertificate;
use pillar_hal::sim::controller::ROOT;
use pillar_types::port::{NetworkProxyType, ProxyConfig, ProxyEntry};

use crate::bench::{DEVICE, Device, SERVER};

fn way(interface: &str, cost: u8) -> Way {
    Way {
        interface: interface.into(),
        cost,
        source: IpAddr::from([10, 0, cost, 1]),
        dns_servers: Vec::new(),
        proxy: ProxyConfig::default(),
    }
}

/// The controller, over eth0 and then eth1.
pub fn peer() -> Peer {
    Peer {
        server: Server::parse(SERVER).unwrap(),
        device: Some(DEVICE),
        serials: (String::new(), String::new()),
        ways: vec![way("eth0", 0), way("eth1", 1)],
        trust: Trust { system: true, roots: vec![SimCertificate::root(ROOT).pem()] },
        send_time: Duration::from_secs(120),
        dial_time: Duration::from_secs(10),
    }
}

fn post(device: &Device, peer: &Peer) -> Exchange {
    let question = Question::post(Endpoint::Info, b"message".to_vec());
    exchange(&device.hal, &Scope::unbounded(), peer, &question)
}

fn interfaces(exchange: &Exchange) -> Vec<&str> {
    exchange.attempts.iter().map(|attempt| &*attempt.interface).collect()
}

#[test]
fn ac01_08_a_port_that_is_refused_gives_way_to_the_next() {
    let device = Device::onboarded();
    device.internet().break_way("eth0", Some(HttpError::Refused));
    let sent = post(&device, &peer());
    assert!(sent.succeeded() && sent.status == SenderStatus::None);
    assert_eq!(interfaces(&sent), ["eth0", "eth1"]);
    assert_eq!(sent.attempts[0].result, Err(HttpError::Refused));
    // The counters of the agent are looked at in `attempts_are_counted_by_interface`.
}

#[test]
fn ac01_11_forbidden_ends_the_exchange() {
    let device = Device::onboarded();
    device.controller.state().refusals.insert("info", vec![403].into());
    let sent = post(&device, &peer());
    assert_eq!((sent.status, sent.code()), (SenderStatus::Forbidden, Some(403)));
    assert_eq!(interfaces(&sent), ["eth0"], "the other port is not tried");
}

#[test]
fn other_refusals_go_on_unless_they_are_to_end_it() {
    let device = Device::onboarded();
    device.controller.state().refusals.insert("info", vec![503, 404, 500].into());
    let sent = post(&device, &peer());
    assert_eq!((sent.status, sent.code()), (SenderStatus::NotFound, Some(404)), "the higher class");
    assert_eq!(interfaces(&sent), ["eth0", "eth1"]);

    let question = Question { stop_at_refusal: true, ..Question::post(Endpoint::Info, Vec::new()) };
    let sent = exchange(&device.hal, &Scope::unbounded(), &peer(), &question);
    assert_eq!((sent.status, sent.code()), (SenderStatus::Failed, Some(500)));
    assert_eq!(interfaces(&sent), ["eth0"]);
}

#[test]
fn ac01_07_an_unknown_authority_gets_no_request() {
    // Given a root that did not sign the server's certificate …
    let device = Device::onboarded();
    let mut peer = peer();
    peer.trust = Trust { system: true, roots: vec![SimCertificate::root("another").pem()] };
    let sent = post(&device, &peer);
    assert_eq!(sent.status, SenderStatus::CertUnknownAuthority);
    assert_eq!(device.internet().asked().count(), 0, "nothing was sent");

    // … behind a proxy that looks into TLS it is told so …
    let entry = ProxyEntry {
        proxy_type: NetworkProxyType::Https,
        server: "proxy.example".into(),
        port: 3128,
        ..ProxyEntry::default()
    };
    device.internet().proxy("proxy.example:3128", None);
    for way in &mut peer.ways {
        way.proxy.proxies = vec![entry.clone()].into();
    }
    assert_eq!(post(&device, &peer).status, SenderStatus::CertUnknownAuthorityProxy);

    // … and with its certificate installed it works.
    peer.trust.roots.push(SimCertificate::root(ROOT).pem());
    assert!(post(&device, &peer).succeeded());
    let proxy = Proxy { scheme: ProxyScheme::Http, host: "proxy.example".into(), port: 3128 };
    let internet = device.internet();
    assert_eq!(internet.asked().last().unwrap().1.via.proxy, Some(proxy));
}

#[test]
fn classes_of_failures_are_told() {
    let device = Device::onboarded();
    let class = |failures: [HttpError; 2]| {
        device.controller.state().failures = failures.into();
        post(&device, &peer()).status
    };
    assert_eq!(class([HttpError::Refused, HttpError::Refused]), SenderStatus::Refused);
    assert_eq!(class([HttpError::CertificateExpired, HttpError::Refused]), SenderStatus::CertInvalid);
    assert_eq!(class([HttpError::Refused, HttpError::TimedOut]), SenderStatus::Failed);
}

#[test]
fn nothing_is_tried_without_a_way_or_a_key() {
    let device = Device::onboarded();
    let nowhere = Peer { ways: Vec::new(), ..peer() };
    assert_eq!(post(&device, &nowhere).unable, Some(Unable::NoWay));
    device.put("/config/device.key.pem", "no key");
    let sent = post(&device, &peer());
    assert!(matches!(sent.unable, Some(Unable::Key(_))), "{:?}", sent.unable);
    assert_eq!(device.internet().asked().count(), 0);
}

#[test]
fn each_attempt_has_its_time_and_the_whole_has_three() {
    let device = Device::onboarded();
    let times = |send: u64| {
        let peer = Peer { send_time: Duration::from_secs(send), ..peer() };
        post(&device, &peer);
        let internet = device.internet();
        let (_, request) = internet.asked().last().unwrap();
        (request.time.as_secs(), request.connect_time.as_secs())
    };
    assert_eq!(times(20), (20, 10));
    assert_eq!(times(5), (5, 5));
    assert_eq!(times(3_600), (240, 10), "a whole exchange has four minutes at most");
    assert_eq!(times(0), (240, 10), "no limit of its own");
}
