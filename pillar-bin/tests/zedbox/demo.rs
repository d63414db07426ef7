//! `zedbox demo`: the life it shows to machines.

use std::process::Command;

use serde_json::Value;

use crate::device::ZEDBOX;

fn demo(args: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(ZEDBOX).arg("demo").args(args).output().unwrap();
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

#[test]
fn every_line_of_the_demo_is_an_object_and_nothing_is_lost() {
    let (status, text) = demo(&["--json"]);
    assert_eq!(status, Some(0));
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let events = |event: &str| lines.iter().filter(|line| line["event"] == event).count();
    assert_eq!((events("begin"), events("power on"), events("power cut"), events("crash")), (1, 4, 3, 1));
    assert!(events("publish") > 50 && events("load") >= 2);

    // ledmanager shows codes 2, 3 and 4, in this order in each boot.
    let codes = lines.iter().filter(|line| line["event"] == "led code");
    let codes: Vec<&str> = codes.map(|line| line["text"].as_str().unwrap()).collect();
    assert!(codes[0].starts_with("code 2:") && codes[1].starts_with("code 3:"), "{codes:?}");
    assert!(codes[2].starts_with("code 4:"), "{codes:?}");
    let flashes = lines.iter().filter(|line| line["event"] == "led" && line["value"] == true).count();
    let summary = lines.last().unwrap();
    assert_eq!((&summary["lost"], &summary["acknowledged"]), (&Value::from(""), &Value::from(25)));
    assert_eq!(summary["flashes"], flashes);
    assert!(flashes > 50, "{flashes}");
}

#[test]
fn a_seed_is_a_life_and_people_get_lines_without_a_terminal() {
    let life = |args: &[&str]| {
        let (status, text) = demo(args);
        assert_eq!(status, Some(0));
        // The last lines tell how long it took.
        text.lines().filter(|line| !line.contains(" s lived in ")).map(str::to_owned).collect::<Vec<_>>()
    };
    let first = life(&["--seed", "7"]);
    assert_eq!(first, life(&["--seed", "7", "--lines"]));
    assert_ne!(first, life(&["--seed", "8"]));
    assert!(first.last().unwrap().ends_with("nothing lost"), "{first:?}");
    assert_eq!(demo(&["--speed", "-1"]).0, Some(2));
}
