//! Which LED is taken, and what happens where there is none.

use std::time::Duration;

use crate::board::{Board, Root};

const SECOND: Duration = Duration::from_secs(1);

/// Everything it shows in a while, first value first.
fn values(board: &mut Board, attribute: &str) -> Vec<String> {
    board.watch(attribute, 5 * SECOND).into_iter().map(|(value, _)| value).collect()
}

#[test]
fn the_first_led_that_is_there_is_taken() {
    // Given a Raspberry Pi whose kernel has the older name of the LED only …
    let mut board = Board::with("RaspberryPi.RPi4", &["led0", "led1"]);

    // … then that one shows the code, and no other is touched.
    assert_eq!(board.root.get("class/leds/led0/trigger"), "none");
    assert_eq!(board.root.get("class/leds/led1/trigger"), "[mmc0] none");
    assert_eq!(values(&mut board, "class/leds/led0/brightness")[..3], ["255", "0", "255"]);
}

/// Weakness 19 of the reference: after a restart of its agent the pin is there already, and was given up.
#[test]
fn a_pin_that_is_there_already_is_no_obstacle() {
    // Given a gateway whose pin was made ours before: the kernel refuses to do that twice.
    let root = Root::new(
        "Dell Inc..Edge Gateway 3002",
        &[("class/gpio/gpio346/direction", "in"), ("class/gpio/gpio346/value", "0")],
    );
    root.put("sys/class/gpio/export/refuses", "");
    let mut board = Board::on(root);

    board.settings();

    assert_eq!(board.root.get("class/gpio/gpio346/direction"), "out");
    assert_eq!(values(&mut board, "class/gpio/gpio346/value")[..3], ["1", "0", "1"]);
}

#[test]
fn without_a_led_the_device_runs_on_and_sleeps() {
    for (model, leds) in [
        ("Supermicro.Super Server", ["led0"]),
        ("QEMU.Standard PC (Q35 + ICH9, 2009)", ["led0"]),
        ("Acme.Anvil", ["led0"]),
        // The LED of another board.
        ("PC Engines.apu2", ["led0"]),
        ("Dell Inc..Edge Gateway 3001", ["led0"]),
    ] {
        // Given a device without a LED for us …
        let mut board = Board::with(model, &leds);
        board.counter(4);

        // … then no LED is touched, nothing wakes the device, nothing is reported.
        assert_eq!(board.watch("class/leds/led0/brightness", 200 * SECOND), [("0".to_owned(), 200_000)]);
        assert_eq!(board.root.get("class/leds/led0/trigger"), "[mmc0] none", "{model}");
        assert_eq!(board.test.node.next(), None, "{model}");
        assert_eq!(board.test.node.reports().total(), 0, "{model}");
    }
}

#[test]
fn a_led_that_goes_does_not_end_the_agent() {
    let mut board = Board::with("PC Engines.apu2", &["apu2:green:led3"]);
    let led = board.root.path().join("sys/class/leds/apu2:green:led3");
    std::fs::remove_dir_all(&led).expect("it is there");
    board.test.pass(10 * SECOND);
    assert_eq!(board.test.node.reports().total(), 0);
    std::fs::create_dir(&led).expect("a directory of our own");
    board.root.put("sys/class/leds/apu2:green:led3/brightness", "0");
    assert!(values(&mut board, "class/leds/apu2:green:led3/brightness").contains(&"255".to_owned()));
}
