//! `reconcile_10k` and `reconcile_change`: 10,000 items of 100 network instances from nothing to all up, answers
//! included, and then one change of one of them. Prints `name value unit` lines.

use std::time::{Duration, Instant};

use pillar_core::reconcile::{Graph, Item, Key, Need, Update};
use pillar_core::time::Mono;

const INSTANCES: usize = 100;
const APPS: usize = 33;
const BATCH: usize = 256;
const RUNS: usize = 21;

/// A network instance's bridge, and for each app a port, a host entry and a rule.
#[derive(Clone, PartialEq)]
struct Sample {
    kind: &'static str,
    name: String,
    needs: Vec<(&'static str, String)>,
    content: u32,
}

impl Item for Sample {
    type Must = ();
    type Error = ();

    fn key(&self) -> Key {
        Key::new(self.kind, self.name.as_str())
    }

    fn needs(&self) -> Vec<Need<()>> {
        self.needs.iter().map(|(kind, name)| Need::of(Key::new(kind, name.as_str()))).collect()
    }

    fn meets(&self, (): &()) -> bool {
        true
    }

    fn update_to(&self, _: &Self) -> Update {
        Update::InPlace
    }
}

fn instance(n: usize, content: u32) -> Vec<Sample> {
    let sample = |kind, name: String, needs| Sample { kind, name, needs, content: 0 };
    let bridge = format!("bn{n}");
    let mut items = vec![sample("Bridge", bridge.clone(), vec![])];
    for app in 0..APPS {
        let port = format!("nbu{app}x{n}");
        items.push(sample("Port", port.clone(), vec![("Bridge", bridge.clone())]));
        items.push(sample("Host", port.clone(), vec![("Port", port.clone()), ("Bridge", bridge.clone())]));
        items.push(sample("Rule", port.clone(), vec![("Port", port)]));
    }
    items[3].content = content;
    items
}

fn settle(graph: &mut Graph<Sample>) -> usize {
    let mut count = 0;
    loop {
        let plan = graph.plan(Mono(0), BATCH);
        if plan.is_empty() {
            return count;
        }
        count += plan.len();
        for op in plan {
            graph.done(Mono(0), op.id, Ok(()));
        }
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn main() {
    let mut from_nothing = Vec::new();
    let mut change = Vec::new();
    for run in 0..RUNS {
        let items: Vec<_> = (0..INSTANCES).map(|n| (format!("NI-{n}"), instance(n, 0))).collect();
        let total: usize = items.iter().map(|(_, items)| items.len()).sum();
        let mut graph = Graph::new();
        let start = Instant::now();
        for (group, items) in items {
            graph.set_group(&group, items);
        }
        assert_eq!(settle(&mut graph), total);
        from_nothing.push(start.elapsed());
        // The whole instance is stated again, as an agent does that rebuilds what a change may concern.
        let again = instance(run, 1);
        let start = Instant::now();
        graph.set_group(&format!("NI-{run}"), again);
        assert_eq!(settle(&mut graph), 1);
        change.push(start.elapsed());
    }
    println!("reconcile_10k {:.2} ms", median(from_nothing).as_secs_f64() * 1e3);
    println!("reconcile_change {:.4} ms", median(change).as_secs_f64() * 1e3);
}
