use super::*;

const FD: u32 = CanMode::Fd as u32;

fn map(properties: &[(&str, &str)]) -> BTreeMap<String, String> {
    properties.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn changed(properties: &[(&str, &str)], there: &CanController) -> Result<CanChange, CanError> {
    change(&read(&map(properties))?, there)
}

#[test]
fn all_names_are_known_and_no_others() {
    let known = "bitrate sample-point tq prop_seg phase_seg1 phase_seg2 sjw dbitrate dsample-point dtq dprop_seg \
                 dphase_seg1 dphase_seg2 dsjw loopback listen-only triple-sampling one-shot berr-reporting fd \
                 fd-non-iso presume-ack cc-len8-dlc termination tdc-mode tdco tdcv tdcf restart restart-ms";
    assert_eq!(known.split_whitespace().count(), NAMES.len() + MODES.len() + 1);
    for name in known.split_whitespace() {
        assert_eq!(property(name), Ok(name));
    }
    for unknown in ["", "Bitrate", "drestart", "dprop_seg1", "dfd", "d", "bitrate "] {
        let error = read(&map(&[("bitrate", "no number"), (unknown, "1")])).unwrap_err();
        assert_eq!(error.to_string(), format!("Invalid property: {unknown}"), "names are looked at first");
    }
}

#[test]
fn numbers_have_bases_and_shares_have_thousandths() {
    for (text, value) in [
        ("0", Some(0)),
        ("500000", Some(500_000)),
        ("0x10", Some(16)),
        ("0X1f", Some(31)),
        ("010", Some(8)),
        ("0o17", Some(15)),
        ("0b101", Some(5)),
        ("4294967295", Some(u32::MAX)),
        ("4294967296", None),
        ("", None),
        ("0x", None),
        ("-1", None),
        ("+1", None),
        ("0x+1", None),
        ("08", None),
        ("1k", None),
        (" 1", None),
    ] {
        assert_eq!(number(text), value, "{text}");
    }
    for (text, value) in [
        ("0.875", Some(875)),
        ("0.8", Some(800)),
        (".75", Some(750)),
        ("0", Some(0)),
        ("0.", Some(0)),
        ("0.8759", Some(875)),
        ("1", None),
        ("1.0", None),
        ("", None),
        (".", None),
        ("-0.5", None),
        ("0.8e1", None),
        ("99999999999", None),
    ] {
        assert_eq!(thousandths(text), value, "{text}");
    }
}

#[test]
fn values_that_cannot_be_are_named() {
    for (property, value) in [
        ("bitrate", "fast"),
        ("sample-point", "87.5%"),
        ("termination", "65536"),
        ("tdc-mode", "on"),
        ("tdco", ""),
        ("restart", "x"),
        ("restart-ms", "-1"),
        ("dphase_seg1", "0x1_0"),
    ] {
        let error = read(&map(&[(property, value)])).unwrap_err();
        assert_eq!(error.to_string(), format!("Invalid value of property {property}: {value:?}"));
    }
    let both = changed(&[("bitrate", "500000"), ("tq", "125")], &CanController::default());
    assert_eq!(both, Err(CanError::RateAndQuantum));
}

#[test]
fn a_rate_or_a_quantum_says_a_timing_whole() {
    // What the kernel tells once a bit rate was set: all of it.
    let worked_out = BitTiming {
        bitrate: 500_000,
        sample_point: 875,
        tq: 125,
        prop_seg: 6,
        phase_seg1: 7,
        phase_seg2: 2,
        sjw: 1,
    };
    let there = CanController { timing: worked_out, ..CanController::default() };
    let timing = |properties: &[(&str, &str)]| changed(properties, &there).unwrap().timing;

    let rate = BitTiming { bitrate: 250_000, ..BitTiming::default() };
    assert_eq!(timing(&[("bitrate", "250000")]), Some(rate), "the kernel works out the rest again");
    let point = BitTiming { sample_point: 800, sjw: 2, ..rate };
    assert_eq!(timing(&[("bitrate", "250000"), ("sample-point", "0.8"), ("sjw", "2")]), Some(point));
    let kept = BitTiming { bitrate: 500_000, sample_point: 750, ..BitTiming::default() };
    assert_eq!(timing(&[("sample-point", "0.75")]), Some(kept));
    let quanta = BitTiming { bitrate: 0, sample_point: 0, phase_seg1: 8, ..worked_out };
    assert_eq!(timing(&[("phase_seg1", "8")]), Some(quanta));
    assert_eq!(timing(&[("loopback", "on")]), None);
}

/// Reference defect: these two are checked, but looked for under other names.
#[test]
fn phases_of_the_data_are_heard() {
    let there = CanController {
        modes: FD,
        timing: BitTiming { bitrate: 500_000, ..BitTiming::default() },
        data_timing: BitTiming {
            tq: 25,
            prop_seg: 1,
            phase_seg1: 2,
            phase_seg2: 3,
            sjw: 1,
            ..BitTiming::default()
        },
        ..CanController::default()
    };
    let change = changed(&[("dphase_seg1", "14"), ("dphase_seg2", "5")], &there).unwrap();
    let data = change.data_timing.unwrap();
    assert_eq!((data.tq, data.prop_seg, data.phase_seg1, data.phase_seg2), (25, 1, 14, 5));
    // The kernel wants all of CAN FD in one message.
    assert_eq!(change.timing, Some(there.timing));
    assert_eq!(change.modes, Some((FD | TDC_MODES, FD)));
}

/// Reference defect: with its bit out of the mask a mode is never switched off.
#[test]
fn a_mode_that_is_off_is_told() {
    let there = CanController { modes: CanMode::Loopback as u32, ..CanController::default() };
    let change = changed(&[("loopback", "off"), ("one-shot", "on")], &there).unwrap();
    let (loopback, one_shot) = (CanMode::Loopback as u32, CanMode::OneShot as u32);
    assert_eq!(change.modes, Some((loopback | one_shot, one_shot)));
    let there = CanController { modes: FD, ..CanController::default() };
    assert_eq!(changed(&[("fd", "no")], &there).unwrap().modes, Some((FD, 0)), "anything but on is off");
}

/// Reference defect: `restart` sets `restart-ms`.
#[test]
fn to_restart_is_no_time() {
    let all = read(&map(&[("restart", "1")])).unwrap();
    assert_eq!((all.restart, all.restart_ms), (true, None));
    let all = read(&map(&[("restart-ms", "100"), ("restart", "0")])).unwrap();
    assert_eq!((all.restart, all.restart_ms), (false, Some(100)));
}

#[test]
fn compensation_keeps_what_is_not_said() {
    let there = CanController {
        modes: FD | CanMode::TdcManual as u32,
        timing: BitTiming { bitrate: 500_000, ..BitTiming::default() },
        data_timing: BitTiming { bitrate: 2_000_000, ..BitTiming::default() },
        tdc: Tdc { value: 1, offset: 2, filter: 3 },
        ..CanController::default()
    };
    let change = changed(&[("tdco", "9")], &there).unwrap();
    assert_eq!(change.tdc, Some(Tdc { value: 1, offset: 9, filter: 3 }));
    let manual = FD | CanMode::TdcManual as u32;
    assert_eq!(change.modes, Some((FD | TDC_MODES, manual)), "as the kernel wants it told with the values");
    let change = changed(&[("tdc-mode", "auto")], &there).unwrap();
    assert_eq!(change.modes, Some((FD | TDC_MODES, FD | CanMode::TdcAuto as u32)));
    assert_eq!(change.tdc, Some(there.tdc), "the mode and the values come together");
    let change = changed(&[("tdc-mode", "off")], &there).unwrap();
    assert_eq!((change.modes, change.tdc), (Some((FD | TDC_MODES, FD)), None));
}

#[test]
fn what_is_so_is_not_changed() {
    let there = CanController {
        modes: FD,
        timing: BitTiming { bitrate: 500_000, sample_point: 875, tq: 125, ..BitTiming::default() },
        restart_ms: 100,
        termination: 120,
        ..CanController::default()
    };
    let same = [
        ("bitrate", "500000"),
        ("sample-point", "0.875"),
        ("fd", "on"),
        ("loopback", "off"),
        ("restart-ms", "0x64"),
        ("termination", "120"),
        ("tdc-mode", "off"),
        ("tdco", "0"),
    ];
    assert!(changed(&same, &there).unwrap().is_empty());
}
