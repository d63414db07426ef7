//! `zedbox install`.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Output};

use crate::device::{Device, ZEDBOX};

fn install(zedbox: &Path, dir: &Path) -> Output {
    Command::new(zedbox).arg("install").arg(dir).output().unwrap()
}

#[test]
fn links_say_where_zedbox_is_and_are_made_once() {
    let device = Device::new();
    let dir = device.path("bin");
    for _ in 0..2 {
        let output = install(Path::new(ZEDBOX), &dir);
        assert!(output.status.success(), "{output:?}");
        assert_eq!(fs::read_link(dir.join("counter")).unwrap(), Path::new(ZEDBOX));
        assert!(String::from_utf8(output.stdout).unwrap().contains("/bin/counter -> "));
    }
}

#[test]
fn links_beside_zedbox_have_its_bare_name_and_take_the_place_of_others() {
    let device = Device::new();
    let dir = device.path("bin");
    let zedbox = dir.join("zedbox");
    fs::copy(ZEDBOX, &zedbox).unwrap();
    symlink("/somewhere/else", dir.join("counter")).unwrap();
    symlink("zedbox", dir.join("others")).unwrap();

    assert!(install(&zedbox, &dir).status.success());

    assert_eq!(fs::read_link(dir.join("counter")).unwrap(), Path::new("zedbox"));
    assert_eq!(fs::read_link(dir.join("others")).unwrap(), Path::new("zedbox"));
    assert!(!device.has("bin/counter.new"));
}

#[test]
fn what_is_no_link_is_left_alone() {
    let device = Device::new();
    device.put("bin/counter", "a program of somebody else's");

    let output = install(Path::new(ZEDBOX), &device.path("bin"));

    assert_eq!(output.status.code(), Some(1));
    assert!(
        String::from_utf8(output.stderr).unwrap().contains("/bin/counter: there is a file that is no link")
    );
    assert_eq!(device.text("bin/counter"), "a program of somebody else's");
    assert_eq!(install(Path::new(ZEDBOX), &device.path("nowhere")).status.code(), Some(1));
}
