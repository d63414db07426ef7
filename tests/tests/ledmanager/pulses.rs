//! The LED for the device: what it shows when, on the attributes that the kernel would have.

use std::time::Duration;

use pillar_core::node::GLOBAL;
use pillar_types::led::LedBlinkCounter;

use crate::board::{Board, reached, unreached};

const MODEL: &str = "PC Engines.apu2";
const LED: &str = "apu2:green:led3";
const BRIGHTNESS: &str = "class/leds/apu2:green:led3/brightness";

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn board() -> Board {
    Board::with(MODEL, &[LED])
}

/// One period of a code, as the specification's table has it.
fn period(code: u8) -> Vec<(String, u64)> {
    let mut parts: Vec<(String, u64)> = Vec::new();
    for _ in 0..code {
        parts.push(("255".into(), 200));
        parts.push(("0".into(), 200));
    }
    if let Some((_, dark)) = parts.last_mut() {
        *dark += 1_200;
    }
    parts
}

/// `count` periods.
fn periods(code: u8, count: usize) -> Vec<(String, u64)> {
    (0..count).flat_map(|_| period(code)).collect()
}

fn length(code: u8) -> Duration {
    ms(u64::from(code) * 400 + 1_200)
}

/// Lets what runs come to its end.
fn finish_period(board: &mut Board, code: u8) {
    let seen = board.watch(BRIGHTNESS, length(code));
    assert_eq!(seen, period(code));
}

#[test]
fn ac03_48_four_flashes_of_200_ms_and_1200_ms_dark_every_2800_ms() {
    // Given an address, when the counter is 4 …
    let mut board = board();
    board.counter(4);
    finish_period(&mut board, 2);

    // … then four flashes, over and over.
    assert_eq!(length(4), ms(2_800));
    assert_eq!(board.watch(BRIGHTNESS, 3 * length(4)), periods(4, 3));

    // When the address goes, then one flash.
    board.network(unreached());
    finish_period(&mut board, 4);
    assert_eq!(board.watch(BRIGHTNESS, 2 * length(1)), periods(1, 2));

    // When radio silence is imposed, then five.
    let mut silent = reached();
    silent.radio_silence.imposed = true;
    board.network(silent);
    finish_period(&mut board, 1);
    assert_eq!(board.watch(BRIGHTNESS, 2 * length(5)), periods(5, 2));

    // When the counter is 1 and there is an address, then two.
    board.network(reached());
    board.counter(1);
    finish_period(&mut board, 5);
    assert_eq!(board.watch(BRIGHTNESS, 2 * length(2)), periods(2, 2));
}

#[test]
fn ac03_48_every_code_has_its_pattern() {
    for code in (2..=18).chain([100, 255]) {
        // Given a board that shows the code …
        let mut board = board();
        board.counter(code);
        finish_period(&mut board, 2);

        // … then its pattern is that of the specification, period by period.
        assert_eq!(board.watch(BRIGHTNESS, 3 * length(code)), periods(code, 3), "code {code}");
    }
}

#[test]
fn a_change_waits_for_the_end_of_the_period() {
    // Given a board in the middle of code 4 …
    let mut board = board();
    board.counter(4);
    finish_period(&mut board, 2);
    board.test.pass(ms(500));

    // … when the counter changes twice …
    board.counter(10);
    board.counter(3);

    // … then code 4 is shown to its end, and then the last one.
    let mut rest = period(4).split_off(2);
    rest[0].1 -= 100;
    rest.extend(period(3));
    assert_eq!(board.watch(BRIGHTNESS, ms(2_300) + length(3)), rest);
}

#[test]
fn nothing_is_shown_before_the_first_settings() {
    // Given a board with an address and a counter, but without settings …
    let mut board = Board::bare(MODEL, &[LED]);
    board.network(reached());
    board.counter(4);

    // … then the LED is ours and dark, and nothing wakes the device.
    assert_eq!(board.root.get("class/leds/apu2:green:led3/trigger"), "none");
    assert_eq!(board.watch(BRIGHTNESS, ms(200_000)), [("0".to_owned(), 200_000)]);
    assert_eq!(board.test.node.next(), None);

    // When they come, then it begins at once.
    board.settings();
    finish_period(&mut board, 4);
}

#[test]
fn without_a_counter_the_ports_decide() {
    let mut board = Board::bare(MODEL, &[LED]);
    board.settings();
    finish_period(&mut board, 1);
    board.network(reached());
    finish_period(&mut board, 1);
    finish_period(&mut board, 2);
}

/// Weakness 18 of the reference: when the addresses went in the same update, it took no notice of radio silence.
#[test]
fn radio_silence_and_the_loss_of_the_address_may_come_together() {
    // Given a board that shows code 4 …
    let mut board = board();
    board.counter(4);
    finish_period(&mut board, 2);

    // … when one update imposes silence and takes the address …
    let mut silent = unreached();
    silent.radio_silence.imposed = true;
    board.network(silent);

    // … then silence is shown next; and when it ends with the address still gone, that is.
    finish_period(&mut board, 4);
    finish_period(&mut board, 5);
    board.network(unreached());
    finish_period(&mut board, 5);
    finish_period(&mut board, 1);
}

#[test]
fn a_counter_that_goes_leaves_what_the_ports_say() {
    let mut board = board();
    board.counter(4);
    finish_period(&mut board, 2);
    board.test.remove::<LedBlinkCounter>(GLOBAL, LedBlinkCounter::KEY).expect("it is there");
    finish_period(&mut board, 4);
    finish_period(&mut board, 2);
}
