use std::sync::{Arc, Mutex};

use pillar_core::hal::{Led, LedError, Leds};
use pillar_hal::conformance;
use pillar_hal::linux::LinuxLeds;
use pillar_hal::sim::gate::Open;
use pillar_hal::sim::leds::{LedBoard, SimLeds};

use crate::device::{TempDir, TestClock};

const NAME: &str = "apu2:green:led3";

fn sysfs() -> TempDir {
    let sysfs = TempDir::on_tmpfs();
    sysfs.put("class/leds/apu2:green:led3/trigger", "[mmc0] none");
    sysfs.put("class/leds/apu2:green:led3/max_brightness", "255\n");
    sysfs.put("class/leds/apu2:green:led3/brightness", "0");
    sysfs.put("class/gpio/export", "");
    sysfs.put("class/gpio/gpio346/direction", "in");
    sysfs.put("class/gpio/gpio346/value", "0");
    sysfs
}

fn class(name: &str) -> Led {
    Led::Class(name.into())
}

#[test]
fn leds_in_sysfs_conform() {
    let sysfs = sysfs();
    let leds = LinuxLeds::new(sysfs.path());
    let is_on = |led: &Led| match led {
        Led::Class(name) => sysfs.get(&format!("class/leds/{name}/brightness")) != "0",
        Led::Gpio(pin) => sysfs.get(&format!("class/gpio/gpio{pin}/value")) != "0",
    };
    conformance::leds(&leds, &[class(NAME), Led::Gpio(346)], &is_on);
    assert_eq!(sysfs.get("class/leds/apu2:green:led3/trigger"), "none");
    assert_eq!(sysfs.get("class/gpio/gpio346/direction"), "out");
}

#[test]
fn simulated_leds_conform() {
    let present = [class(NAME), Led::Gpio(346)];
    let board = Arc::new(Mutex::new(LedBoard::new(present.clone())));
    let leds = SimLeds::new(board.clone(), Arc::new(Open), Arc::new(TestClock::default()));
    conformance::leds(&leds, &present, &|led| board.lock().unwrap().is_on(led).unwrap());
    assert!(board.lock().unwrap().changes().len() >= 4);
}

#[test]
fn on_is_the_brightest_that_the_led_says_or_one() {
    let sysfs = sysfs();
    let leds = LinuxLeds::new(sysfs.path());
    let on = |says: &str| {
        sysfs.put("class/leds/apu2:green:led3/max_brightness", says);
        leds.take(&class(NAME)).unwrap();
        leds.set(&class(NAME), true).unwrap();
        sysfs.get("class/leds/apu2:green:led3/brightness")
    };
    assert_eq!(on("255\n"), "255");
    assert_eq!(on("7"), "7");
    assert_eq!(on("bright"), "1");
    assert_eq!(on(""), "1");
    assert_eq!(on("123456789012345678901234567890"), "1");
}

#[test]
fn a_device_without_leds_says_so() {
    let empty = TempDir::on_tmpfs();
    let leds = LinuxLeds::new(empty.path());
    for led in [class("wifi_active"), Led::Gpio(346)] {
        assert_eq!(leds.take(&led), Err(LedError::NotFound));
    }
}
