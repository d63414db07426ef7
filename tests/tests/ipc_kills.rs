//! Two real processes, one killed with SIGKILL at random points: the subscriber comes to have the publisher's
//! table, deletes included.
//!
//! `PILLAR_KILLS` says how often it is killed; 200 times unless told.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use pillar_core::bus::wire::Wire;
use pillar_core::node::Rng;
use pillar_tests::churn::{Churn, Follow, sum, tell};
use pillar_tests::site::{Dir, Site};

/// How long a process lives at most: long enough to start, connect, and change a good deal.
const LIFE: u64 = 30_000;

/// Each time so many were killed, the tables are compared.
const COMPARE: u32 = 10;

fn kills() -> u32 {
    std::env::var("PILLAR_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(200)
}

/// The process at the other end.
struct Other {
    child: Child,
    commands: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Other {
    fn start(role: &str, dir: &Dir, wire: Wire, seed: u32) -> Other {
        let wire = if wire == Wire::Native { "native" } else { "eve" };
        let mut child = Command::new(env!("CARGO_BIN_EXE_bus_peer"))
            .arg(role)
            .arg(dir.path())
            .args([wire, &seed.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("our own binary");
        let commands = child.stdin.take().expect("piped");
        let answers = BufReader::new(child.stdout.take().expect("piped"));
        Other { child, commands, answers }
    }

    /// What its table is.
    fn sum(&mut self, command: &str) -> String {
        writeln!(self.commands, "{command}").expect("it runs");
        let mut answer = String::new();
        self.answers.read_line(&mut answer).expect("an answer");
        answer.trim_end().to_owned()
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn publisher_is_killed(wire: Wire) {
    let dir = Dir::new();
    let mut rng = Rng::new(1);
    let mut site = Site::new(dir.path(), wire, |node| node.add(Follow::default));
    for round in 1..=kills() {
        let mut other = Other::start("churn", &dir, wire, round);
        site.run(Duration::from_micros(rng.below(LIFE)));
        if round % COMPARE == 0 {
            let theirs = other.sum("stop");
            site.until(&format!("round {round}: {theirs}"), |node| sum(node) == theirs);
        }
    }
}

fn subscriber_is_killed(wire: Wire) {
    let dir = Dir::new();
    let mut rng = Rng::new(2);
    let mut site = Site::new(dir.path(), wire, |node| node.add(|| Churn::new(3)));
    for round in 1..=kills() {
        let mut other = Other::start("follow", &dir, wire, round);
        site.run(Duration::from_micros(rng.below(LIFE)));
        if round % COMPARE == 0 {
            tell(&mut site.node, "stop");
            site.until(&format!("round {round}"), |node| other.sum("sum") == sum(node));
            tell(&mut site.node, "go");
        }
    }
    site.run(Duration::from_millis(20));
    assert_eq!(site.connections().len(), 0, "those that were killed are forgotten");
}

#[test]
fn a_killed_publisher_loses_nobody_on_the_native_wire() {
    publisher_is_killed(Wire::Native);
}

#[test]
fn a_killed_publisher_loses_nobody_on_eves_wire() {
    publisher_is_killed(Wire::Eve);
}

#[test]
fn a_killed_subscriber_costs_nothing_on_the_native_wire() {
    subscriber_is_killed(Wire::Native);
}

#[test]
fn a_killed_subscriber_costs_nothing_on_eves_wire() {
    subscriber_is_killed(Wire::Eve);
}
