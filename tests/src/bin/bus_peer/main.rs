//! A process at one end of the bus, for tests that kill it and benches that measure it.
//!
//! usage: bus_peer ROLE ROOT WIRE [ARG…]    WIRE is `native` or `eve`
//!
//! It hosts one agent on plain threads below ROOT. Commands come as lines on stdin; it ends when that does.

mod bench;
mod churn;

use std::io::BufRead;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, channel};

use pillar_core::bus::wire::Wire;

/// What a role is given.
struct Args {
    root: PathBuf,
    wire: Wire,
    rest: Vec<String>,
}

impl Args {
    /// A number among the arguments.
    fn number(&self, index: usize) -> u64 {
        self.rest.get(index).and_then(|text| text.parse().ok()).expect("a number")
    }
}

fn main() {
    let mut args = std::env::args().skip(1);
    let mut next = || args.next().expect("usage: bus_peer ROLE ROOT WIRE [ARG…]");
    let (role, root, wire) = (next(), next().into(), next());
    let wire = if wire == "native" { Wire::Native } else { Wire::Eve };
    let args = Args { root, wire, rest: args.collect() };
    match &*role {
        "churn" => churn::publish(&args),
        "follow" => churn::follow(&args),
        "bare" => bench::bare(&args),
        "echo" => bench::echo(&args),
        "count" => bench::count(&args),
        "sync" => bench::sync(&args),
        "hold" => bench::hold(&args),
        other => panic!("no role {other}"),
    }
}

/// Lines of stdin. When it ends the process does.
fn commands() -> Receiver<String> {
    let (send, commands) = channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if send.send(line).is_err() {
                break;
            }
        }
        std::process::exit(0);
    });
    commands
}
