//! ledmanager in the simulator: events shuffled, power cut, agent killed. The model comes from the firmware.

use std::time::Duration;

use pillar_core::agents::ledmanager::LedManager;
use pillar_core::agents::{NIM, ZEDAGENT};
use pillar_core::hal::{Exit, Led};
use pillar_core::node::{Agent, AgentName, GLOBAL};
use pillar_core::time::Mono;
use pillar_hal::sim::leds::LedBoard;
use pillar_hal::sim::process::Scripted;
use pillar_hal::sim::{Config, Device, Scenario, World, run_seeds};
use pillar_types::config_item::ConfigItemValueMap;
use pillar_types::device_network::DeviceNetworkStatus;
use pillar_types::led::LedBlinkCounter;

use crate::board::reached;

const CODE: u8 = 4;

/// An APU board that reaches its controller; it looks at the LED at the end.
#[derive(Default)]
struct Apu;

fn led() -> Led {
    Led::Class("apu2:green:led3".into())
}

impl Scenario for Apu {
    fn agents(&self) -> Vec<AgentName> {
        vec![LedManager::NAME]
    }

    fn prepare(&mut self, world: &World) {
        *world.leds() = LedBoard::new([led()]);
        world.programs().install("dmidecode", |command| {
            let says = if command.args[1] == "system-manufacturer" { "PC Engines\n" } else { "apu2\n" };
            Scripted::ends(Exit::Code(0), says)
        });
    }

    fn start(&mut self, device: &mut Device<'_>) {
        *device.world.leds() = LedBoard::new([led()]);
        let node = &mut *device.node;
        node.add(LedManager::default);
        let (settings, counter) = (ConfigItemValueMap::default(), LedBlinkCounter { blink_counter: CODE });
        node.put(ZEDAGENT, ConfigItemValueMap::KEY, Some(settings.into())).expect("a good key");
        node.put(GLOBAL, LedBlinkCounter::KEY, Some(counter.into())).expect("a good key");
        node.put(NIM, DeviceNetworkStatus::KEY, Some(reached().into())).expect("a good key");
    }

    fn check_end(&mut self, device: &mut Device<'_>) -> Result<(), String> {
        let board = device.world.leds();
        let edges: Vec<(Mono, bool)> = board.changes().iter().map(|(at, _, on)| (*at, *on)).collect();
        // The last three periods, from a first flash on: inputs and restarts are long past.
        let long = Duration::from_millis(1_400);
        let starts = edges.windows(2).enumerate().filter(|(_, pair)| pair[1].0.since(pair[0].0) == long);
        let starts: Vec<usize> = starts.map(|(index, _)| index + 1).collect();
        let [.., first, _, _, last] = starts[..] else { return Err(format!("{} edges", edges.len())) };
        let times: Vec<u64> = edges[first..=last]
            .windows(2)
            .map(|pair| pair[1].0.since(pair[0].0).as_nanos() as u64 / 1_000)
            .collect();
        let mut period = vec![200_000; usize::from(CODE) * 2 - 1];
        period.push(1_400_000);
        let wanted = period.repeat(3);
        if times == wanted && edges[first].1 {
            Ok(())
        } else {
            Err(format!("flashes and gaps in µs: {times:?}"))
        }
    }
}

#[test]
fn the_pattern_is_exact_in_every_order_and_after_every_cut_and_kill() {
    for faults in ["none", "cut/300,kill/300"] {
        let config =
            Config { faults: faults.parse().expect("names of faults"), steps: 2_000, ..Config::default() };
        let summary = run_seeds(1..=50, &config, |_| Apu).expect("no trace, no file");
        assert!(summary.failed.is_none(), "{}", summary.failed.expect("it failed"));
        assert_eq!(summary.cuts > 0, faults != "none");
    }
}
