//! What zedbox answers to whoever calls it, right or wrong.

use std::process::{Command, Output};

use crate::device::{Device, ZEDBOX};

fn zedbox(args: &[&str]) -> Output {
    Command::new(ZEDBOX).args(args).output().unwrap()
}

fn said(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn ac02_37_an_unknown_name_is_an_unknown_package() {
    let device = Device::new();
    let output = Command::new(device.link("foo")).output().unwrap();
    assert_eq!(said(&output), (Some(1), String::new(), "zedbox: Unknown package: foo\n".to_owned()));
}

#[test]
fn help_is_given_on_standard_output() {
    for args in [["help"].as_slice(), &["--help"], &["run", "--help"], &["install", "-h"]] {
        let (status, out, err) = said(&zedbox(args));
        assert_eq!((status, err.as_str()), (Some(0), ""), "{args:?}");
        assert!(out.contains("usage: zedbox"), "{out}");
    }
    let device = Device::new();
    let (status, out, _) = said(&device.call("counter", &["-h"]));
    assert_eq!(status, Some(0));
    assert!(
        out.contains("usage: counter [-d] [--root DIR] [-n N] [-s STATUS] [-F] [-H] [-P] [here]"),
        "{out}"
    );
}

#[test]
fn wrong_calls_name_what_is_wrong_and_end_with_2() {
    let cases: [(&[&str], &str); 8] = [
        (&["nothing"], "zedbox: unknown command 'nothing'"),
        (&["run", "--x"], "zedbox run: unknown option '--x'"),
        (&["run", "nothing"], "zedbox run: unknown agent 'nothing'; there are: "),
        (&["run", "--root"], "zedbox run: --root needs a value"),
        (&["run", "--on-request", "counter"], "zedbox run: either agents or --on-request"),
        (&["install"], "zedbox install: which directory?"),
        (&["install", "a", "b"], "zedbox install: unknown argument 'b'"),
        (&["install", "-x"], "zedbox install: unknown option '-x'"),
    ];
    for (args, why) in cases {
        let (status, out, err) = said(&zedbox(args));
        assert_eq!((status, out.as_str()), (Some(2), ""), "{args:?}");
        assert!(err.starts_with(why), "{err}");
    }
    let device = Device::new();
    for (args, why) in [
        (["-n", "x"].as_slice(), "counter: -n x: invalid digit"),
        (&["-n"], "counter: -n needs a value"),
        (&["-q"], "counter: unknown option '-q'"),
        (&["word"], "counter: unknown argument 'word'"),
    ] {
        let (status, _, err) = said(&device.call("counter", args));
        assert_eq!(status, Some(2), "{args:?}");
        assert!(err.starts_with(why), "{err}");
    }
}

#[test]
fn a_reader_that_has_left_is_no_reason_to_panic() {
    for args in [
        ["help"].as_slice(),
        &["sim", "--seeds", "1"],
        &["sim", "--help"],
        &["demo"],
        &["ipcmonitor", "decode"],
        &["pbuf", "--help"],
        &["hardwaremodel", "--help"],
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = Command::new(ZEDBOX).args(args).stdout(writer).output().unwrap();
        let (_, _, err) = said(&output);
        assert!(!err.contains("panic"), "{args:?}: {err}");
    }
}
