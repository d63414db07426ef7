//! Random graphs, changes, orders of answers and failures, against the naive model.

use std::time::Duration;

use pillar_core::reconcile::{Key, Need};
use proptest::collection::vec;
use proptest::prelude::*;

use super::model::{Fails, World};
use super::{Part, key, port};

const PARTS: u8 = 8;
const PORTS: u8 = 3;

#[derive(Clone, Debug)]
enum Step {
    Put(Part),
    PutAgain,
    Remove(u8),
    Observe(u8, u8, u8),
    Vanish(u8),
    Lose(u8),
    Plan(usize),
    Answer(usize, Fails),
    Pass(u64),
}

fn name(n: u8) -> String {
    format!("p{n}")
}

fn ground(n: u8) -> Key {
    if n < PARTS { key(&name(n)) } else { key(&format!("eth{}", n - PARTS)) }
}

fn parts(circles: bool) -> impl Strategy<Value = Part> {
    let need = (0..PARTS + PORTS, prop::option::of(0..3_u8), any::<bool>(), any::<bool>());
    (0..PARTS, 0..3_u8, prop::bool::weighted(0.2), vec(need, 0..3)).prop_map(
        move |(n, level, shape, needs)| {
            let below = |to: &u8| circles || *to >= PARTS || *to < n;
            let needs = needs.into_iter().filter(|(to, ..)| below(to)).map(
                |(to, must, recreated_with, gone_with)| {
                    // The system removes things only with what stands outside of our control, and what hangs on that.
                    Need { item: ground(to), must, recreated_with, gone_with: gone_with && to >= PARTS }
                },
            );
            Part { kind: "Part", name: name(n), level, shape: shape.into(), needs: needs.collect() }
        },
    )
}

fn steps(circles: bool) -> impl Strategy<Value = Vec<Step>> {
    let fails = prop_oneof![4 => Just(Fails::No), 1 => Just(Fails::Before), 1 => Just(Fails::After)];
    let step = prop_oneof![
        8 => parts(circles).prop_map(Step::Put),
        1 => Just(Step::PutAgain),
        3 => (0..PARTS).prop_map(Step::Remove),
        3 => (0..PORTS, 0..3_u8, 0..2_u8).prop_map(|(n, level, shape)| Step::Observe(n, level, shape)),
        1 => (0..PORTS).prop_map(Step::Vanish),
        1 => (0..PARTS).prop_map(Step::Lose),
        6 => (1..4_usize).prop_map(Step::Plan),
        8 => (any::<usize>(), fails).prop_map(|(which, fails)| Step::Answer(which, fails)),
        2 => (0..3_000_u64).prop_map(Step::Pass),
    ];
    vec(step, 0..120)
}

fn run(steps: &[Step]) -> World {
    let mut world = World::new();
    let mut last = None;
    for step in steps {
        match step.clone() {
            Step::Put(part) => {
                last = Some(part.clone());
                world.put(if part.level == 0 { "low" } else { "high" }, part);
            }
            Step::PutAgain => last.iter().for_each(|part: &Part| world.put("again", part.clone())),
            Step::Remove(n) => world.remove(&ground(n)),
            Step::Observe(n, level, shape) => {
                world.observe(port(&format!("eth{n}")).level(level).shape(shape));
            }
            Step::Vanish(n) => world.vanish(&ground(PARTS + n)),
            Step::Lose(n) => world.lose(&ground(n)),
            Step::Plan(max) => {
                world.plan(max);
            }
            Step::Answer(which, fails) => world.answer(which, fails),
            Step::Pass(millis) => world.now = world.now + Duration::from_millis(millis),
        }
        world.check();
    }
    world.come_to_rest();
    world
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn current_becomes_what_is_intended_whatever_happens(steps in steps(false)) {
        let mut world = run(&steps);
        let visits = world.graph.visits();
        prop_assert_eq!(world.plan(10), 0, "at rest nothing is planned");
        prop_assert_eq!(world.graph.visits(), visits, "and nothing is visited");
        prop_assert!(!world.graph.busy());
    }

    #[test]
    fn circles_hold_back_themselves_alone(steps in steps(true)) {
        run(&steps);
    }

    #[test]
    fn the_same_calls_give_the_same_plans(steps in steps(true)) {
        prop_assert_eq!(run(&steps).log, run(&steps).log);
    }

    #[test]
    fn once_nothing_is_intended_nothing_is_left(steps in steps(true)) {
        let mut world = run(&steps);
        (0..PARTS).for_each(|n| world.remove(&ground(n)));
        (0..PORTS).for_each(|n| world.vanish(&ground(PARTS + n)));
        world.come_to_rest();
        prop_assert_eq!(world.graph.keys("").count() + world.graph.keys("low").count(), 0);
    }
}
