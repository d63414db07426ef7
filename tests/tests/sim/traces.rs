//! The same seed gives the same trace: byte for byte, on either executor, and next to other runs.

use std::thread;

use pillar_hal::sim::workload::Shop;
use pillar_hal::sim::{Config, Executor, Faults, TraceTo, run};

fn config(executor: Executor, trace: TraceTo) -> Config {
    Config { executor, faults: Faults::all(), steps: 3_000, trace, ..Config::default() }
}

fn hash(seed: u64, executor: Executor) -> u64 {
    let outcome = run(seed, &config(executor, TraceTo::Hash), &mut Shop::new()).expect("no file");
    outcome.trace_hash.expect("a trace was asked for")
}

#[test]
fn a_seed_gives_one_trace_on_both_executors_and_twice_in_one_process() {
    for seed in 1..=30 {
        let first = hash(seed, Executor::Coroutines);
        assert_eq!(hash(seed, Executor::Baton), first, "seed {seed}: threads");
        assert_eq!(hash(seed, Executor::Coroutines), first, "seed {seed}: once more");
        assert_ne!(hash(seed + 1, Executor::Coroutines), first, "seed {seed}: another seed");
    }
}

#[test]
fn a_seed_gives_one_trace_while_others_run() {
    let alone = hash(1, Executor::Coroutines);
    thread::scope(|scope| {
        let others = [1, 2, 1, 3].map(|seed| scope.spawn(move || (seed, hash(seed, Executor::Coroutines))));
        for other in others {
            let (seed, hash) = other.join().expect("it does not panic");
            assert_eq!(hash == alone, seed == 1, "seed {seed}");
        }
    });
}

#[test]
fn the_faults_that_came_give_the_same_trace_without_drawing() {
    let drawn = run(7, &config(Executor::Coroutines, TraceTo::Memory), &mut Shop::new()).expect("no file");
    let listed = Config { faults: drawn.faults.clone(), ..config(Executor::Coroutines, TraceTo::Memory) };
    let again = run(7, &listed, &mut Shop::new()).expect("no file");
    // The first line names the faults.
    let events = |trace: &str| trace.split_once('\n').map(|(_, events)| events.to_owned());
    assert!(drawn.trace.lines().count() > 3_000);
    assert_eq!(events(&again.trace), events(&drawn.trace));
}
