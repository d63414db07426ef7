use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use pillar_core::canbus::{self, CanError};
use pillar_core::hal::{CanLink, CanLinks, CanMode, CanState, Hal, LinkError, Scope};
use pillar_hal::conformance;
use pillar_hal::linux::LinuxCanLinks;
use pillar_hal::sim::can::{CanBoard, SimCanLinks};
use pillar_hal::sim::gate::Open;
use rustix::io::Errno;

use crate::device::skipped;
use crate::namespace::in_namespace;

type Board = Arc<Mutex<CanBoard>>;

fn device() -> (Hal, Board) {
    let board = Arc::new(Mutex::new(CanBoard::new(["can0"])));
    let can_links = Arc::new(SimCanLinks::new(board.clone(), Arc::new(Open)));
    (Hal { can_links, ..Hal::default() }, board)
}

fn set_up(hal: &Hal, properties: &[(&str, &str)]) -> Result<(), CanError> {
    let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let properties: BTreeMap<String, String> = properties.iter().map(pair).collect();
    canbus::set_up(hal, &Scope::unbounded(), "can0", &properties)
}

fn can0(board: &Board) -> CanLink {
    board.lock().unwrap().get("can0").unwrap().clone()
}

#[test]
fn real_virtual_can_conforms() {
    in_namespace("virtual CAN", || {
        let scope = Scope::unbounded();
        assert_eq!(LinuxCanLinks.list(&scope), Ok(Vec::new()), "a new namespace has none");
        match LinuxCanLinks.add_virtual(&scope, "vcan0") {
            Ok(()) => LinuxCanLinks.remove(&scope, "vcan0").unwrap(),
            Err(LinkError::Io { errno, .. }) if errno == Errno::OPNOTSUPP.raw_os_error() => {
                return skipped("virtual CAN: not in this kernel");
            }
            Err(why) => panic!("{why}"),
        }
        conformance::can_links(&LinuxCanLinks);
    });
}

#[test]
fn simulated_can_conforms() {
    conformance::can_links(&SimCanLinks::new(Arc::default(), Arc::new(Open)));
}

#[test]
fn properties_make_a_controller_and_keep_it_when_they_come_again() {
    let (hal, board) = device();
    let properties =
        [("bitrate", "500000"), ("sample-point", "0.8"), ("berr-reporting", "on"), ("restart-ms", "100")];
    set_up(&hal, &properties).unwrap();
    let link = can0(&board);
    let controller = link.controller.as_ref().unwrap();
    assert!(link.up && controller.has(CanMode::BerrReporting));
    assert_eq!((controller.timing.bitrate, controller.timing.sample_point), (500_000, 800));
    assert_eq!((controller.restart_ms, controller.state), (100, CanState::ErrorActive));

    board.lock().unwrap().bus_off("can0");
    set_up(&hal, &properties).unwrap();
    let state = can0(&board).controller.unwrap().state;
    assert_eq!(state, CanState::BusOff, "nothing to change: it was not switched off and on");

    set_up(&hal, &[("berr-reporting", "off")]).unwrap();
    let link = can0(&board);
    assert!(link.up && !link.controller.unwrap().has(CanMode::BerrReporting));
}

#[test]
fn can_fd_is_switched_on_with_both_timings_and_compensation() {
    let (hal, board) = device();
    set_up(&hal, &[("bitrate", "500000")]).unwrap();
    set_up(
        &hal,
        &[("dbitrate", "2000000"), ("fd", "on"), ("tdc-mode", "manual"), ("tdcv", "7"), ("tdco", "16")],
    )
    .unwrap();
    let controller = can0(&board).controller.unwrap();
    assert!(controller.has(CanMode::Fd) && controller.has(CanMode::TdcManual));
    assert_eq!((controller.timing.bitrate, controller.data_timing.bitrate), (500_000, 2_000_000));
    assert_eq!((controller.tdc.value, controller.tdc.offset), (7, 16));

    set_up(&hal, &[("dphase_seg1", "14"), ("dphase_seg2", "5")]).unwrap();
    let controller = can0(&board).controller.unwrap();
    assert_eq!((controller.data_timing.phase_seg1, controller.data_timing.phase_seg2), (14, 5));
    assert!(controller.has(CanMode::Fd) && controller.has(CanMode::TdcManual));
    set_up(&hal, &[("fd", "off"), ("tdc-mode", "off")]).unwrap();
    assert!(!can0(&board).controller.unwrap().has(CanMode::Fd));
}

#[test]
fn a_controller_that_left_the_bus_is_told_to_come_back() {
    let (hal, board) = device();
    set_up(&hal, &[("bitrate", "125000")]).unwrap();
    set_up(&hal, &[("restart", "1")]).expect("one that is on its bus is left alone");
    board.lock().unwrap().bus_off("can0");
    set_up(&hal, &[("restart", "1")]).unwrap();
    assert_eq!(can0(&board).controller.unwrap().state, CanState::ErrorActive);
}

#[test]
fn what_is_wrong_changes_nothing() {
    let (hal, board) = device();
    let error = set_up(&hal, &[("bitrate", "125000"), ("speed", "1")]).unwrap_err();
    assert_eq!(error.to_string(), "Invalid property: speed");
    assert_eq!(can0(&board), CanBoard::new(["can0"]).get("can0").unwrap().clone());
    let scope = Scope::unbounded();
    canbus::set_up_virtual(&hal, &scope, "vcan0").unwrap();
    let bitrate = BTreeMap::from([("bitrate".to_owned(), "1".to_owned())]);
    let refused = canbus::set_up(&hal, &scope, "vcan0", &bitrate);
    assert_eq!(refused, Err(CanError::NoController("vcan0".into())));
    let refused = canbus::set_up(&hal, &scope, "can7", &bitrate);
    assert_eq!(refused, Err(CanError::Link(LinkError::NotFound("can7".into()))));
    assert_eq!(
        canbus::set_up(&Hal::default(), &scope, "can0", &bitrate).unwrap_err().to_string(),
        "this device has no network"
    );
}
