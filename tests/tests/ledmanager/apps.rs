//! The LEDs for applications, on the one model that has them.

use std::time::Duration;

use pillar_core::agents::ZEDMANAGER;
use pillar_types::app_status::AppInstanceSummary;

use crate::board::Board;

const GREEN: &str = "ipc127:green:3";
const RED: &str = "ipc127:red:3";
const PERIOD: Duration = Duration::from_millis(400);

fn board() -> Board {
    let mut board = Board::bare("SIEMENS AG.SIMATIC IPC127E", &["ipc127:green:1", GREEN, RED]);
    board.settings();
    board
}

/// zedmanager says how many have an error, stop, start, run.
fn summary(board: &mut Board, [error, stopping, starting, running]: [u8; 4]) {
    let summary = AppInstanceSummary {
        total_error: error,
        total_stopping: stopping,
        total_starting: starting,
        total_running: running,
        ..AppInstanceSummary::default()
    };
    board.test.put(ZEDMANAGER, AppInstanceSummary::KEY, summary).expect("a good key");
}

/// Whether the green and the red one shine.
fn shine(board: &Board) -> (bool, bool) {
    (board.brightness(GREEN) != "0", board.brightness(RED) != "0")
}

/// The two over one period and a half, each half looked at in its middle.
fn halves(board: &mut Board) -> [(bool, bool); 3] {
    board.test.pass(PERIOD / 4);
    let first = shine(board);
    board.test.pass(PERIOD / 2);
    let second = shine(board);
    board.test.pass(PERIOD / 2);
    let third = shine(board);
    board.test.pass(PERIOD * 3 / 4);
    [first, second, third]
}

#[test]
fn each_state_has_its_colour_and_the_worst_is_shown() {
    let (dark, green, red, orange) = ((false, false), (true, false), (false, true), (true, true));
    for (totals, shown) in [
        ([0, 0, 0, 0], [dark; 3]),
        ([0, 0, 0, 3], [green; 3]),
        ([0, 0, 1, 2], [green, dark, green]),
        ([0, 1, 1, 1], [orange, dark, orange]),
        ([1, 1, 1, 1], [red; 3]),
    ] {
        let mut board = board();
        summary(&mut board, totals);
        assert_eq!(halves(&mut board), shown, "{totals:?}");
        assert_eq!(halves(&mut board), shown, "{totals:?} still");
    }
}

#[test]
fn a_change_is_shown_at_once_and_leaves_nothing_behind() {
    let (dark, green, red) = ((false, false), (true, false), (false, true));
    let mut board = board();
    summary(&mut board, [0, 1, 0, 0]);
    board.test.pass(PERIOD / 4);
    for (totals, shown) in [
        ([1, 0, 0, 0], [red; 3]),
        ([0, 0, 0, 1], [green; 3]),
        ([0, 0, 1, 0], [green, dark, green]),
        ([0, 0, 0, 0], [dark; 3]),
    ] {
        summary(&mut board, totals);
        assert_eq!(halves(&mut board), shown, "{totals:?}");
    }
    board.test.remove::<AppInstanceSummary>(ZEDMANAGER, AppInstanceSummary::KEY).expect("it is there");
    assert_eq!(halves(&mut board), [dark; 3]);
}

#[test]
fn a_summary_that_changes_nothing_to_be_seen_does_not_disturb_the_blinking() {
    let mut board = board();
    summary(&mut board, [0, 0, 1, 0]);
    let green = "class/leds/ipc127:green:3/brightness";
    board.test.pass(PERIOD / 4);
    summary(&mut board, [0, 0, 2, 0]);
    let seen = board.watch(green, 2 * PERIOD);
    let lasts: Vec<u64> = seen.iter().map(|(_, time)| *time).collect();
    assert_eq!(lasts, [100, 200, 200, 200, 100]);
}

#[test]
fn the_led_for_the_device_goes_on_beside_them() {
    let mut board = board();
    summary(&mut board, [0, 0, 1, 0]);
    let seen = board.watch("class/leds/ipc127:green:1/brightness", Duration::from_millis(3_200));
    let lasts: Vec<u64> = seen.iter().map(|(_, time)| *time).collect();
    assert_eq!(lasts, [200, 1_400, 200, 1_400]);
}
