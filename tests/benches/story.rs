//! `story_to_running`, `sim_day_ten_apps` and `sim_speed`: how long the simulator takes for the main job, from the
//! first boot to a running application, and for a day of a device with ten; and how many times faster than time that
//! day goes by. Prints `name value unit` lines.

use std::time::{Duration, Instant};

use pillar_hal::sim::{Config, run};
use pillar_tests::story::Story;

/// Of how many runs the middle one counts.
const RUNS: usize = 21;

/// Steps that none of them needs.
const STEPS: u64 = 100_000_000;

const DAY: Duration = Duration::from_hours(24);

fn main() {
    let mut times: Vec<Duration> =
        (1..=RUNS as u64).map(|seed| lived(seed, Story::new(1).settles())).collect();
    times.sort();
    println!("story_to_running {:.2} ms", times[RUNS / 2].as_secs_f64() * 1e3);
    let day = Story::new(10).settles().waits(|_, device| device.world.now().mono.0 >= DAY.as_nanos() as u64);
    let seconds = lived(1, day).as_secs_f64();
    println!("sim_day_ten_apps {seconds:.2} s");
    println!("sim_speed {:.0} ratio", DAY.as_secs_f64() / seconds);
}

/// How long it takes to live a story.
fn lived(seed: u64, mut story: Story) -> Duration {
    let config = Config { steps: STEPS, input_every: 1, settle: Duration::ZERO, ..Config::default() };
    let start = Instant::now();
    let outcome = run(seed, &config, &mut story).expect("no trace, no file");
    let time = start.elapsed();
    assert!(outcome.failure.is_none(), "{}", outcome.failure.expect("it failed"));
    assert!(story.script.is_empty());
    time
}
