use super::*;
use crate::node::{AgentName, Rng, TestNode};
use crate::time::Mono;

const SECOND: Duration = Duration::from_secs(1);

fn range(min: Duration, max: Duration) -> Period {
    Period::Range { min, max }
}

fn exponential(min: u32, max: u32, noise: Duration) -> Period {
    Period::Exponential { min: min * SECOND, max: max * SECOND, noise }
}

fn draw(period: Period, count: usize) -> Vec<Next> {
    let mut timer = FlexTimer::new(period).expect("a good period");
    let mut rng = Rng::new(1);
    (0..count).map(|_| timer.next(rng.next_u64())).collect()
}

#[test]
fn a_range_is_spread_evenly_and_its_end_is_never_passed() {
    let times = draw(range(10 * SECOND, 20 * SECOND), 10_000);
    for Next { after, slack } in &times {
        assert!((10 * SECOND..20 * SECOND).contains(after));
        assert!(*after + *slack <= 20 * SECOND && *slack <= SECOND);
    }
    for tenth in 10..20 {
        let here = times.iter().filter(|next| next.after.as_secs() == tenth).count();
        assert!((850..1_150).contains(&here), "{here} of 10000 at {tenth} s");
    }
}

/// The reference ends the process when both bounds are equal.
#[test]
fn a_range_of_one_time_is_that_time() {
    let same = Next { after: SECOND, slack: Duration::ZERO };
    assert_eq!(draw(range(SECOND, SECOND), 3), [same; 3]);
}

#[test]
fn an_exponential_one_doubles_up_to_its_longest() {
    let exact: Vec<u64> =
        draw(exponential(1, 10, Duration::ZERO), 6).iter().map(|next| next.after.as_secs()).collect();
    assert_eq!(exact, [1, 2, 4, 8, 10, 10]);
    // Without an end it stays at the longest and does not overflow.
    let long = draw(exponential(1, u32::MAX, Duration::ZERO), 100);
    assert_eq!(long[99].after, u32::MAX * SECOND);
}

#[test]
fn noise_is_around_the_base_and_never_below_nothing() {
    for (index, base) in [4, 8, 10, 10].into_iter().enumerate() {
        for Next { after, slack } in draw(exponential(4, 10, 2 * SECOND), 4).into_iter().skip(index).take(1) {
            assert!(((base - 1) * SECOND..=(base + 1) * SECOND).contains(&after), "{after:?}");
            assert!(slack <= SECOND / 5);
        }
    }
    // A base below half of the noise is raised to that.
    let times = draw(exponential(1, 1, 10 * SECOND), 1_000);
    assert!(times.iter().all(|next| next.after <= 10 * SECOND));
    assert!(times.iter().any(|next| next.after > 6 * SECOND));
}

#[test]
fn periods_without_sense_are_refused() {
    for bad in [
        range(Duration::ZERO, Duration::ZERO),
        range(2 * SECOND, SECOND),
        exponential(0, 10, SECOND),
        exponential(3, 2, SECOND),
    ] {
        assert_eq!(FlexTimer::new(bad), Err(BadPeriod), "{bad:?}");
    }
    assert!(FlexTimer::new(range(Duration::ZERO, SECOND)).is_ok());
}

/// Counts the seconds at which its timer came.
struct Clockwork {
    timer: FlexTimer,
    came: u32,
}

impl Agent for Clockwork {
    const NAME: AgentName = AgentName("clockwork");

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        self.timer.arm(cx, "tick", Self::on_tick);
    }
}

impl Clockwork {
    fn on_tick(&mut self, key: &str, cx: &mut Context<'_, Self>) {
        self.came += 1;
        if self.came == 3 {
            self.timer.update(range(SECOND, SECOND)).expect("a good period");
        }
        if self.came < 6 {
            self.timer.arm(cx, key, Self::on_tick);
        }
    }
}

#[test]
fn an_agent_arms_it_again_changes_it_and_lets_it_end() {
    let timer = FlexTimer::new(exponential(1, 100, Duration::ZERO)).expect("a good period");
    let mut test = TestNode::start(move || Clockwork { timer, came: 0 });
    let mut times = Vec::new();
    while let Some(at) = test.node.next() {
        times.push(at.since(Mono(1_000_000_000)).as_secs());
        test.pass(at.since(test.now().mono));
    }
    // 1, 2 and 4 seconds, then three times one.
    assert_eq!(times, [1, 3, 7, 8, 9, 10]);
}

#[test]
fn what_is_measured_waits_for_company_until_chance_says_so() {
    for (random, latest) in [(0, 13), (u64::MAX / 2, 16), (u64::MAX, 19)] {
        let Next { after, slack } = measuring(20 * SECOND, random);
        assert_eq!((after, (after + slack).as_secs()), (6 * SECOND, latest));
    }
}
