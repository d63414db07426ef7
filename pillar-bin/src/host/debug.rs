//! The debug server that SIGUSR2 starts (spec/02, Signals and debug server): HTTP on the loopback interface, one
//! request a connection, from a thread of its own. There is one at most.
//!
//! Of the reference's endpoints those that profile a Go program have no equal here.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::dump::Onlooker;

/// Where it listens.
pub const PORT: u16 = 6543;

/// How long a peer may take to say what it wants, and to take the answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// The longest request that is read; what comes after its first line is of no interest.
const MAX_REQUEST: u64 = 8 * 1024;

/// The most that is shown of a file.
const MAX_FILE: u64 = 1024 * 1024;

/// The thread's stack.
const STACK_BYTES: usize = 128 * 1024;

/// Whether there is a server.
pub type Slot = Arc<AtomicBool>;

const INDEX: &str = "\
<!DOCTYPE html><title>zedbox</title><pre>
GET  /dump/stacks             what every agent, job and thread is doing; also to agentdebug/zedbox/sigusr1
GET  /dump/memory             where memory is; also to agentdebug/zedbox/sigusr2
GET  /debug/info/arch         the instruction set
GET  /debug/info/linuxkit.yml what the image was made of
POST /stop                    ends this server
</pre>
";

/// Starts the server, unless there is one.
pub fn serve(onlooker: &Onlooker) {
    if onlooker.server.swap(true, Ordering::Relaxed) {
        log::info!("the debug server listens on 127.0.0.1:{PORT} already");
        return;
    }
    let started = TcpListener::bind((Ipv4Addr::LOCALHOST, PORT)).and_then(|listener| {
        let onlooker = onlooker.clone();
        thread::Builder::new().name("debug".into()).stack_size(STACK_BYTES).spawn(move || {
            log::info!("the debug server listens on 127.0.0.1:{PORT}");
            accept(&listener, &onlooker);
            // Free before the next one is asked for.
            drop(listener);
            log::info!("the debug server has ended");
            onlooker.server.store(false, Ordering::Relaxed);
        })
    });
    if let Err(why) = started {
        onlooker.server.store(false, Ordering::Relaxed);
        log::error!("no debug server on 127.0.0.1:{PORT}: {why}");
    }
}

/// One connection after the other, until somebody wants no more.
fn accept(listener: &TcpListener, onlooker: &Onlooker) {
    for connection in listener.incoming() {
        match connection.and_then(|mut connection| answer(&mut connection, onlooker)) {
            Ok(Next::More) => {}
            Ok(Next::Stop) => return,
            Err(why) => log::warn!("a request to the debug server was lost: {why}"),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    More,
    Stop,
}

fn answer(connection: &mut TcpStream, onlooker: &Onlooker) -> io::Result<Next> {
    connection.set_read_timeout(Some(PATIENCE))?;
    connection.set_write_timeout(Some(PATIENCE))?;
    let mut request = String::new();
    BufReader::new(Read::by_ref(connection).take(MAX_REQUEST)).read_line(&mut request)?;
    let (answer, next) = respond(&request, onlooker);
    connection.write_all(&answer)?;
    Ok(next)
}

fn respond(request: &str, onlooker: &Onlooker) -> (Vec<u8>, Next) {
    let mut words = request.split_whitespace();
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let path = target.split('?').next().unwrap_or_default();
    let answer = match (method, path) {
        ("GET", "/" | "/index.html") => http("200 OK", "text/html", INDEX),
        ("POST", "/stop") => return (http("200 OK", TEXT, "stopped\n"), Next::Stop),
        ("GET" | "POST", "/dump/stacks") => {
            let report = onlooker.report();
            onlooker.keep("sigusr1", &report);
            http("200 OK", TEXT, &report)
        }
        ("GET" | "POST", "/dump/memory") => {
            let memory = memory();
            onlooker.keep("sigusr2", &memory);
            http("200 OK", TEXT, &memory)
        }
        ("GET", "/debug/info/arch") => http("200 OK", TEXT, std::env::consts::ARCH),
        ("GET", "/debug/info/linuxkit.yml") => {
            match read(&onlooker.root.join("hostfs/etc/linuxkit-eve-config.yml")) {
                Ok(text) => http("200 OK", TEXT, &text),
                Err(_) => http("404 Not Found", TEXT, "this device does not say\n"),
            }
        }
        (_, "/" | "/index.html" | "/stop" | "/dump/stacks" | "/dump/memory") => {
            http("405 Method Not Allowed", TEXT, "not with this method\n")
        }
        _ => http("404 Not Found", TEXT, "see /\n"),
    };
    (answer, Next::More)
}

const TEXT: &str = "text/plain; charset=utf-8";

fn http(status: &str, kind: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")
        .into_bytes()
}

/// What the kernel knows of this process's memory.
fn memory() -> String {
    let file = |path: &str| read(Path::new(path)).unwrap_or_default();
    format!("{}\n{}", file("/proc/self/status"), file("/proc/self/smaps_rollup"))
}

fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(MAX_FILE).read_to_string(&mut text)?;
    Ok(text)
}
