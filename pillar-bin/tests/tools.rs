//! The decoders as a developer calls them: over all golden files, by command and by link, and with bad input.
#![cfg(feature = "tools")]

use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::{env, fs, process};

fn golden(folder: &str, extension: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/golden").join(folder);
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder).expect("fixtures").map(|entry| entry.expect("entry").path()).collect();
    files.retain(|file| file.extension().is_some_and(|found| found == extension));
    files.sort();
    assert!(files.len() >= 45, "fixtures are missing");
    files
}

/// Runs a program with something on its standard input.
fn call(program: &Path, args: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(program)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("zedbox starts");
    let mut stdin = child.stdin.take().expect("piped");
    // Who finds its call wrong does not read.
    let _ = stdin.write_all(input);
    drop(stdin);
    child.wait_with_output().expect("zedbox ends")
}

fn zedbox(args: &[&str], input: &[u8]) -> Output {
    call(Path::new(env!("CARGO_BIN_EXE_zedbox")), args, input)
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("text")
}

fn good(output: Output) -> Vec<u8> {
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
    output.stdout
}

/// The type's or message's name: the first part of a file's name, or the first two.
fn name_of(file: &Path, parts: usize) -> String {
    let stem = file.file_name().expect("a name").to_str().expect("text");
    stem.split('.').take(parts).collect::<Vec<_>>().join(".")
}

#[test]
fn every_golden_object_is_printed_as_go_writes_it() {
    for file in golden("types", "json") {
        let path = file.to_str().expect("text");
        let printed = good(zedbox(&["ipcmonitor", "decode", &name_of(&file, 1), path], b""));
        assert_eq!(
            text(&printed).trim_end(),
            fs::read_to_string(&file).expect("fixture").trim_end(),
            "{path}"
        );
    }
}

#[test]
fn every_golden_message_is_printed_as_the_reference_does_and_made_again() {
    for file in golden("eve-api", "pb") {
        let path = file.to_str().expect("text");
        // The files use the name of the package's source folder.
        let name = name_of(&file, 2).replace("eveuuid.", "uuid.");
        let json = fs::read(file.with_extension("json")).expect("fixture");

        let printed = good(zedbox(&["pbuf", "-t", &name, path], b""));
        assert_eq!(text(&printed).trim_end(), text(&json), "{path}");
        let made = good(zedbox(&["pbuf", "-t", &name, "--encode"], &json));
        assert_eq!(made, fs::read(&file).expect("fixture"), "{path}");
    }
}

#[test]
fn links_are_the_commands() {
    let folder = env::temp_dir().join(format!("pillar-tools-{}", process::id()));
    fs::create_dir_all(&folder).expect("a temporary folder");
    for name in ["ipcmonitor", "pbuf"] {
        symlink(env!("CARGO_BIN_EXE_zedbox"), folder.join(name)).expect("a link");
    }

    let printed =
        good(call(&folder.join("ipcmonitor"), &["decode", "LOCConfig", "-"], br#"{"locurl": "x"}"#));
    // What the default type is, and that a message is read from standard input.
    let shown = good(call(&folder.join("pbuf"), &[], &[0x1a, 1, 7]));

    fs::remove_dir_all(&folder).expect("our folder");
    assert!(text(&printed).contains(r#""LocURL":"x""#), "{}", text(&printed));
    assert_eq!(text(&shown), "{\n  \"senderCertHash\": \"Bw==\"\n}\n");
}

#[test]
fn types_are_listed() {
    let objects = good(zedbox(&["ipcmonitor", "decode", "--list"], b""));
    let objects: Vec<&str> = text(&objects).lines().collect();
    for file in golden("types", "json") {
        assert!(objects.contains(&name_of(&file, 1).as_str()), "{}", file.display());
    }
    let messages = good(zedbox(&["pbuf", "--list"], b""));
    let messages: Vec<&str> = text(&messages).lines().collect();
    assert!(messages.contains(&"config.EdgeDevConfig") && messages.contains(&"auth.AuthContainer"));
}

#[test]
fn a_bare_name_is_enough_where_one_package_has_it() {
    assert_eq!(good(zedbox(&["pbuf", "-t", "EdgeDevConfig"], b"")), b"{}\n");
    assert_eq!(good(zedbox(&["pbuf", "-t", "org.lfedge.eve.config.EdgeDevConfig"], b"")), b"{}\n");
}

#[test]
fn bad_input_names_the_place() {
    let cases: [(&[&str], &[u8], &str); 12] = [
        (&["pbuf", "-t", "config.EdgeDevConfig"], &[0x22, 5, 1], "standard input: "),
        (&["pbuf", "-t", "config.EdgeDevConfig"], &[0x08, 0], "offset 0: wrong kind of record for field id"),
        (
            &["pbuf", "-t", "config.EdgeDevConfig", "--encode"],
            br#"{"apps": [{"nosuch": 1}]}"#,
            "apps[0].nosuch",
        ),
        (&["pbuf", "--encode"], b"{\n \"algo\":", "line 2"),
        (&["pbuf", "--encode"], b"{\"algo\": \"\xff\"}", "not UTF-8 at byte 10"),
        (&["pbuf", "/no/such/file"], b"", "/no/such/file: No such file"),
        (&["ipcmonitor", "decode", "LOCConfig", "/no/such/file"], b"", "/no/such/file: No such file"),
        (&["ipcmonitor", "decode", "LOCConfig", "-"], br#"{"LocURL": 1}"#, "LocURL: expected"),
        (&["ipcmonitor", "decode", "LOCConfig", "-"], b"{", "line 1, column 1"),
        (&["ipcmonitor", "decode", "LOCConfig", "-"], b"", "standard input: "),
        (
            &["ipcmonitor", "decode", "DeviceNetworkStatus", "-"],
            br#"{"Ports":[{},{"Cost":300}]}"#,
            "Ports[1].Cost",
        ),
        (&["ipcmonitor", "decode", "DeviceNetworkStatus", "-"], &[b'['; 10_000], "expected"),
    ];
    for (args, input, place) in cases {
        let output = zedbox(args, input);
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), ""), "{args:?}");
        assert!(text(&output.stderr).contains(place), "{args:?}: {}", text(&output.stderr));
    }
}

#[test]
fn wrong_calls_say_what_there_is() {
    let cases: [(&[&str], &str); 9] = [
        (&["pbuf", "-t", "config.EdgeDev"], "\n  config.EdgeDevConfig"),
        (&["pbuf", "-t", "nonsense"], "\n  info.ZInfoMsg"),
        (&["pbuf", "-x"], "unknown option '-x'"),
        (&["pbuf", "a", "b"], "unknown argument 'b'"),
        (&["ipcmonitor", "decode", "networkstatus", "-"], "\n  DeviceNetworkStatus"),
        (&["ipcmonitor", "decode", "nonsense"], "\n  AppInstanceConfig"),
        (&["ipcmonitor", "decode", "LOCConfig"], "a type and a file"),
        (&["ipcmonitor", "decode", "--list", "LOCConfig"], "a type and a file"),
        (&["ipcmonitor", "watch"], "unknown argument 'watch'"),
    ];
    for (args, answer) in cases {
        let output = zedbox(args, b"");
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(2), ""), "{args:?}");
        assert!(text(&output.stderr).contains(answer), "{args:?}: {}", text(&output.stderr));
    }
}
