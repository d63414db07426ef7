//! `nft_1000`: 1,000 access rules in force on the real kernel, in one transaction, in a network namespace of its own;
//! and the same with one rule changed. Prints `name value unit` lines, or on standard error why it cannot measure.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use pillar_core::hal::{
    Action, Chain, Cidr, FilterTable, Hook, Layer, Match, PacketFilter, Rule, Scope, TCP,
};
use pillar_hal::linux::LinuxPacketFilter;

const RULES: u16 = 1_000;
const RUNS: usize = 21;
const TABLE: &str = "pillar-bench";

/// Says to the bench that it runs in its namespace.
const INSIDE: &str = "PILLAR_BENCH_INSIDE";

/// A table with that many access rules about ports of a network, the first of them about this one.
fn table(first: u16) -> FilterTable {
    let jump = Rule::new(Action::Jump("from-nbu1x1".into())).when(Match::InLink("nbu1x1".into()));
    let network = Cidr { address: [203, 0, 113, 0].into(), prefix: 24 };
    let rule = |port| {
        let rule = Rule::new(Action::Accept).when(Match::Destination(network)).when(Match::Protocol(TCP));
        rule.when(Match::DestinationPort(port))
    };
    let rules = [first].into_iter().chain(2..=RULES).map(rule).collect();
    let chain = |name: &str, hook, rules| Chain { layer: Layer::Bridge, name: name.into(), hook, rules };
    FilterTable {
        chains: vec![chain("in", Some(Hook::In), vec![jump]), chain("from-nbu1x1", None, rules)],
        ..FilterTable::default()
    }
}

fn timed(filter: LinuxPacketFilter, table: &FilterTable) -> Duration {
    let start = Instant::now();
    filter.replace(&Scope::unbounded(), TABLE, table).expect("the kernel takes it");
    start.elapsed()
}

fn median(mut all: Vec<Duration>) -> f64 {
    all.sort();
    all[all.len() / 2].as_secs_f64() * 1e3
}

fn main() {
    if std::env::var_os(INSIDE).is_none() {
        let mut own = Command::new("unshare");
        own.arg("--net").arg(std::env::current_exe().expect("a program")).env(INSIDE, "1");
        if !own.stderr(Stdio::null()).status().is_ok_and(|status| status.success()) {
            eprintln!("nft_1000: no network namespace, or no nf_tables, to be had here");
        }
        return;
    }
    let filter = LinuxPacketFilter;
    let (one, other) = (table(1), table(60_000));
    let mut fresh = Vec::new();
    let mut changed = Vec::new();
    for _ in 0..RUNS {
        fresh.push(timed(filter, &one));
        changed.push(timed(filter, &other));
        filter.remove(&Scope::unbounded(), TABLE).expect("it was there");
    }
    println!("nft_1000 {:.2} ms", median(fresh));
    println!("nft_1000_changed {:.2} ms", median(changed));
}
