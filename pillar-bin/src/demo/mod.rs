//! `zedbox demo`: a simulated device lives a minute, its LED and its bus shown. ledmanager works the LED, some small
//! agents do small things; one falls, the power goes twice, and what was acknowledged is still there.

mod acrobat;
mod counter;
mod life;
mod onboarder;
mod screen;
mod scribe;
mod show;

use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use pillar_core::node::Rng;
use pillar_hal::sim::faults::{At, Fault};
use pillar_hal::sim::{self, Config, Faults, TraceTo};

use crate::agents::{Flag, Hosted};
use crate::args::{Args, FAILED, OK, Stop, unknown};
use life::Life;
use show::Show;

const USAGE: &str = "\
Shows a minute in the life of a simulated device: its LED, worked by ledmanager, and what its agents publish, with a
crash and two power cuts on the way. On a terminal it is shown live, elsewhere as lines and as fast as it goes.
Exit status 1 if anything was lost that had been acknowledged.

usage: zedbox demo [--lines] [--json] [--speed N] [--seed N]

  --lines    as lines on a terminal, too
  --json     one JSON object a line
  --speed N  on a terminal, how many times faster than a real device (default 4); 0 for as fast as it goes
  --seed N   another life: the same number gives the same life (default 1)
";

/// A minute in a quarter of it: the flashes of the LED can still be counted.
const SPEED: f64 = 4.0;
const MAX_SPEED: f64 = 1_000.0;

/// An agent of the demo that a real device can host, too.
pub const COUNTER: Hosted = Hosted {
    with_device: false,
    inline: |given| !given.words.is_empty(),
    flags: &[
        Flag { name: "n", value: Some("N"), help: "count to N; without it the counter goes on for ever" },
        Flag { name: "s", value: Some("STATUS"), help: "then end with this exit status" },
        Flag { name: "F", value: None, help: "then end the whole process, as one that cannot go on" },
        Flag { name: "H", value: None, help: "then hang, and the process with it" },
        Flag { name: "P", value: None, help: "then panic, which is the agent's affair alone" },
    ],
    words: "[here]",
    add: counter::host,
    ..Hosted::PLAIN.named("counter")
};

/// After about how many calls of the device the power goes: a third and two thirds into its life.
const CUTS: [u64; 2] = [300, 560];

/// How many calls sooner or later: a number is stored within some 30, so that a cut may hit any moment of it.
const CUT_SPREAD: u64 = 60;

/// More than the device needs: it ends by itself when it has nothing to do.
const MAX_STEPS: u64 = 1_000_000;

/// Runs the subcommand.
pub fn main(args: &[String]) -> i32 {
    match read(args) {
        Ok((show, seed)) => live(show, seed),
        Err(stop) => stop.exit("zedbox demo", USAGE),
    }
}

fn read(args: &[String]) -> Result<(Show, u64), Stop> {
    let (mut json, mut lines, mut speed, mut seed) = (false, false, SPEED, 1);
    let mut args = Args::new(args);
    while let Some(arg) = args.next()? {
        match arg {
            "--json" => json = true,
            "--lines" => lines = true,
            "--speed" => speed = args.value("--speed")?,
            "--seed" => seed = args.value("--seed")?,
            other => return Err(unknown(other)),
        }
    }
    if !(0.0..=MAX_SPEED).contains(&speed) {
        return Err(Stop::Wrong(format!("--speed {speed}: 0 to {MAX_SPEED}")));
    }
    let live = io::stdout().is_terminal() && !json && !lines;
    Ok((if live { Show::live(speed) } else { Show::lines(json) }, seed))
}

fn live(mut show: Show, seed: u64) -> i32 {
    let start = Instant::now();
    show.begin(seed);
    let config = Config {
        faults: cuts(seed),
        steps: MAX_STEPS,
        settle: Duration::ZERO,
        input_every: 1,
        trace: TraceTo::Memory,
        ..Config::default()
    };
    let mut life = Life::new(show);
    match sim::run(seed, &config, &mut life) {
        Ok(outcome) if life.end(&outcome, start.elapsed().as_secs_f64()) => OK,
        Ok(_) => FAILED,
        Err(why) => {
            eprintln!("zedbox demo: {why}");
            FAILED
        }
    }
}

fn cuts(seed: u64) -> Faults {
    let mut rng = Rng::new(seed);
    let cut = |number: u64| At { number: number + rng.below(CUT_SPREAD), fault: Fault::Cut };
    Faults::list(CUTS.map(cut).into())
}
