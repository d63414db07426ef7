//! What zedbox is doing, told on signals and by the debug server.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::device::{Device, until};

const ADDRESS: &str = "127.0.0.1:6543";

/// Asks the debug server; gives the status line and the body.
fn ask(request: &str) -> (String, String) {
    let mut connection = TcpStream::connect(ADDRESS).unwrap();
    write!(connection, "{request} HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut answer = String::new();
    // A server that does not read all that is sent resets the connection, after its answer.
    let _ = connection.read_to_string(&mut answer);
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{answer:?}"));
    (head.lines().next().unwrap_or_default().to_owned(), body.to_owned())
}

#[test]
fn ac02_45_signals_give_a_dump_and_one_debug_server() {
    let device = Device::new();
    let mut zedbox = device.run(&["--on-request"]);
    assert!(device.call("counter", &[]).status.success());
    until(|| device.has("run/counter/Acknowledged/total.json"));

    // SIGUSR1: what agents do and where threads are, in the log and in a file whose directory was not there.
    zedbox.signal("USR1");
    until(|| device.has("persist/agentdebug/zedbox/sigusr1"));
    let dump = device.text("persist/agentdebug/zedbox/sigusr1");
    assert!(dump.contains("agent counter\n  table counter/Acknowledged with 1 keys"), "{dump}");
    assert!(dump.lines().filter(|line| line.starts_with("thread ")).count() >= 3, "{dump}");
    zedbox.logs(r#"{"level":"warning","msg":"agent counter""#);

    // SIGUSR2, twice: one server.
    until(|| TcpStream::connect(ADDRESS).is_err());
    zedbox.signal("USR2");
    zedbox.logs("the debug server listens on 127.0.0.1:6543\"");
    zedbox.signal("USR2");
    zedbox.logs("the debug server listens on 127.0.0.1:6543 already");

    assert!(ask("GET /").1.contains("/dump/stacks"));
    assert!(ask("GET /dump/stacks?x=1").1.contains("agent counter\n"));
    assert!(ask("GET /dump/memory").1.contains("VmRSS:"));
    assert!(device.text("persist/agentdebug/zedbox/sigusr2").contains("VmRSS:"));
    assert_eq!(ask("GET /debug/info/arch").1, std::env::consts::ARCH);
    assert_eq!(ask("GET /debug/info/linuxkit.yml").0, "HTTP/1.1 404 Not Found");
    assert_eq!(ask("GET /stop").0, "HTTP/1.1 405 Method Not Allowed");
    assert_eq!(ask("GET /../etc/passwd").0, "HTTP/1.1 404 Not Found");

    // Who sends too much, or nothing, gets little, and others are served.
    let mut connection = TcpStream::connect(ADDRESS).unwrap();
    let _ = connection.write_all(&vec![b'x'; 100_000]);
    drop(connection);
    assert_eq!(ask("POST /stop"), ("HTTP/1.1 200 OK".to_owned(), "stopped\n".to_owned()));
    zedbox.logs("the debug server has ended");
    assert!(TcpStream::connect(ADDRESS).is_err());
    zedbox.signal("USR2");
    until(|| TcpStream::connect(ADDRESS).is_ok());
    assert!(zedbox.end().success());
}
