//! HTTP: of the device against servers on loopback, and of the simulator.

pub mod server;
mod special;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use pillar_core::hal::{HttpError, Method, Request};
use pillar_core::time::Now;
use pillar_hal::conformance::{self, Servers, respond};
use pillar_hal::linux::{LinuxClock, LinuxHttp};
use pillar_hal::sim::certificates::SimCertificate;
use pillar_hal::sim::gate::Open;
use pillar_hal::sim::internet::{Internet, Reply, SimHttp};

use self::server::{TestServer, free_port};
use crate::device::TestClock;
use crate::keys::Authority;

#[test]
fn real_http_conforms() {
    let (root, other) = (Authority::root("root"), Authority::root("other"));
    let plain = TestServer::plain();
    let trusted = TestServer::tls(root.server("localhost", |_| ()));
    let expired = TestServer::tls(root.server("localhost", |template| {
        (template.not_before, template.not_after) = (1_000_000, 2_000_000);
    }));
    let servers = Servers {
        plain: format!("http://127.0.0.1:{}", plain.port()),
        trusted: format!("https://localhost:{}", trusted.port()),
        expired: format!("https://localhost:{}", expired.port()),
        refused: format!("http://127.0.0.1:{}", free_port()),
        // Not resolved by anybody (RFC 6761, 6.4); without name servers it is told as temporary.
        unknown: "http://no-such-host.invalid".into(),
        root: root.pem(),
        other_root: other.pem(),
    };
    conformance::http(&LinuxHttp::default(), &LinuxClock, &servers);
}

fn simulated_server(request: &Request, _: Now) -> Reply {
    let method = match request.method {
        Method::Get => "GET",
        Method::Post => "POST",
    };
    let path = request.url.splitn(4, '/').nth(3).map_or(String::new(), |rest| format!("/{rest}"));
    let (answer, after) = respond(method, &path, &request.headers, &request.body);
    Reply { result: Ok(answer), after }
}

/// The servers of the suite, and where they are.
pub fn simulated_internet() -> (Internet, Servers) {
    let mut internet = Internet::default();
    let expired = SimCertificate::new("expired", "root").valid(0, 1);
    internet.serve("plain.example:80", Vec::new(), simulated_server);
    internet.serve("trusted.example:443", vec![SimCertificate::new("trusted", "root")], simulated_server);
    internet.serve("expired.example:8443", vec![expired], simulated_server);
    internet.serve("plain.example:443", Vec::new(), simulated_server);
    internet.break_way("none0", Some(HttpError::NoSuchWay));
    let servers = Servers {
        plain: "http://plain.example".into(),
        trusted: "https://trusted.example".into(),
        expired: "https://expired.example:8443".into(),
        refused: "http://plain.example:81".into(),
        unknown: "http://unknown.example".into(),
        root: SimCertificate::root("root").pem(),
        other_root: SimCertificate::root("other").pem(),
    };
    (internet, servers)
}

#[test]
fn simulated_http_conforms() {
    let clock = Arc::new(TestClock::default());
    clock.jump(Duration::from_secs(1_000_000));
    let (internet, servers) = simulated_internet();
    let internet = Arc::new(Mutex::new(internet));
    let http = SimHttp::new(internet.clone(), Arc::new(Open), clock.clone());
    conformance::http(&http, &*clock, &servers);
    let asked = internet.lock().unwrap().asked().count();
    assert!(asked > 10, "{asked} requests are remembered");
}
