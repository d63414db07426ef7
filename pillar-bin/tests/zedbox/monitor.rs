//! `ipcmonitor` at a table's socket and in its files.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::symlink;
use std::process::{Child, Command, Stdio};
use std::thread;

use rustix::net::RecvFlags;
use rustix::net::{
    AddressFamily, SendFlags, SocketAddrUnix, SocketType, accept, bind, listen, recv, send, socket,
};

use crate::device::{Device, ZEDBOX};

/// An `ipcmonitor` on a device, with its lines.
struct Monitor(Child, BufReader<std::process::ChildStdout>);

impl Monitor {
    fn start(device: &Device, args: &[&str]) -> Self {
        let mut monitor = Command::new(ZEDBOX)
            .arg("ipcmonitor")
            .args(["--root", device.root()])
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(monitor.stdout.take().unwrap());
        Monitor(monitor, lines)
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.1.read_line(&mut line).unwrap();
        line.trim_end_matches('\n').to_owned()
    }

    /// How it ended, and why.
    fn end(self) -> (Option<i32>, String) {
        let output = self.0.wait_with_output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    }

    fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// Serves a table once, by hand, and then goes.
fn serve(
    device: &Device,
    table: &str,
    wanted: &'static str,
    messages: &'static [&'static str],
) -> thread::JoinHandle<()> {
    let path = device.path(&format!("run/{table}.sock"));
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let listener = socket(AddressFamily::UNIX, SocketType::SEQPACKET, None).unwrap();
    bind(&listener, &SocketAddrUnix::new(&path).unwrap()).unwrap();
    listen(&listener, 1).unwrap();
    thread::spawn(move || {
        let peer = accept(&listener).unwrap();
        let mut request = [0; 256];
        let (_, length) = recv(&peer, &mut request[..], RecvFlags::empty()).unwrap();
        assert_eq!(&request[..length], wanted.as_bytes());
        for message in messages {
            send(&peer, message.as_bytes(), SendFlags::NOSIGNAL).unwrap();
        }
    })
}

#[test]
fn ac02_49_a_table_is_shown_until_its_agent_closes() {
    let device = Device::new();
    // Z2xvYmFs is "global"; the values are {"Testing":false,"Ports":[]} and {"Testing":true}.
    let nim = serve(
        &device,
        "nim/DeviceNetworkStatus",
        "request DeviceNetworkStatus",
        &[
            "hello DeviceNetworkStatus false",
            "update DeviceNetworkStatus Z2xvYmFs eyJUZXN0aW5nIjpmYWxzZSwiUG9ydHMiOltdfQ==",
            "complete DeviceNetworkStatus",
            "update DeviceNetworkStatus Z2xvYmFs eyJUZXN0aW5nIjp0cnVlfQ==",
            "delete DeviceNetworkStatus Z2xvYmFs",
            "restarted DeviceNetworkStatus 2",
        ],
    );
    let mut monitor =
        Monitor::start(&device, &["-d", "-a", "nim", "-t", "DeviceNetworkStatus", "-f", "json"]);
    for line in [
        "hello type DeviceNetworkStatus not persistent",
        "update type DeviceNetworkStatus key \"global\" val",
        "{",
        "\t\"Testing\": false,",
        "\t\"Ports\": []",
        "}",
        "complete type DeviceNetworkStatus",
        "update type DeviceNetworkStatus key \"global\" val",
        "{",
        "\t\"Testing\": true",
        "}",
        "delete type DeviceNetworkStatus key \"global\"",
        "restarted type DeviceNetworkStatus count 2",
        "",
    ] {
        assert_eq!(monitor.line(), line);
    }
    nim.join().unwrap();
    let (status, why) = monitor.end();
    assert_eq!(status, Some(1));
    assert!(why.contains("closed by its agent"), "{why}");
}

/// Reference weakness: without `-d` nothing is shown.
#[test]
fn a_real_table_is_shown_without_debugging() {
    let device = Device::new();
    let mut zedbox = device.run(&["counter"]);
    let mut monitor = Monitor::start(&device, &["-a", "counter", "-t", "Count"]);
    assert_eq!(monitor.line(), "hello type Count persistent");
    let update = monitor.line();
    assert!(update.starts_with("update type Count key \"total\" val {\"Number\":"), "{update}");
    assert_eq!(monitor.line(), "complete type Count");
    assert!(zedbox.end().success());
    assert_eq!(monitor.end().0, Some(1));
}

#[test]
fn nonsense_and_nobody_are_errors() {
    let device = Device::new();
    let (status, why) = Monitor::start(&device, &[]).end();
    assert_eq!(status, Some(1));
    assert!(why.contains("run/zedrouter/DeviceNetworkStatus.sock: connect: "), "{why}");
    for (message, what) in [("update Item a2V5 e30", "makes no sense"), ("update Item a2V5 e3t9", "no JSON")]
    {
        let device = Device::new();
        let messages: &'static [&'static str] = Box::leak(Box::new([message]));
        let agent = serve(&device, "a1/Item", "request Item", messages);
        let monitor = Monitor::start(&device, &["-a", "a1", "-t", "Item"]);
        agent.join().unwrap();
        let (status, why) = monitor.end();
        assert_eq!(status, Some(1));
        assert!(why.contains(what), "{why}");
    }
}

#[test]
fn a_large_field_is_put_back() {
    let device = Device::new();
    let folder = "persist/pubsub-large/a1/Item";
    device.put(&format!("{folder}/pubsub-file-Data1"), r#"{"pubsub-large-Data":"much"}"#);
    let path = device.path(&format!("{folder}/pubsub-file-Data1"));
    let json = format!(r#"{{"pubsub-file-Data":"\"{}\""}}"#, path.display());
    let message = format!("update Item a2V5 {}", pillar_types::base64::encode(json.as_bytes()));
    let messages: &'static [&'static str] = Box::leak(Box::new([&*message.leak()]));
    let agent = serve(&device, "a1/Item", "request Item", messages);
    let mut monitor = Monitor::start(&device, &["-a", "a1", "-t", "Item"]);
    assert_eq!(monitor.line(), "update type Item key \"key\" val {\"pubsub-large-Data\":\"much\"}");
    agent.join().unwrap();
    assert_eq!(monitor.end().0, Some(1));
    assert!(!path.exists(), "it was ours");
}

#[test]
fn tables_in_files_are_followed() {
    let device = Device::new();
    device.put("run/global/LedBlinkCounter/ledconfig.json", r#"{"BlinkCounter":1}"#);
    let mut monitor = Monitor::start(&device, &["-a", "", "-t", "LedBlinkCounter"]);
    assert_eq!(monitor.line(), "hello type LedBlinkCounter");
    assert_eq!(monitor.line(), "update type LedBlinkCounter key \"ledconfig\" val {\"BlinkCounter\":1}");
    assert_eq!(monitor.line(), "complete type LedBlinkCounter");
    device.put("run/global/LedBlinkCounter/other.json", "{}");
    assert_eq!(monitor.line(), "update type LedBlinkCounter key \"other\" val {}");
    fs::remove_file(device.path("run/global/LedBlinkCounter/ledconfig.json")).unwrap();
    assert_eq!(monitor.line(), "delete type LedBlinkCounter key \"ledconfig\"");
    monitor.kill();
}

#[test]
fn stored_port_configurations_are_printed() {
    let device = Device::new();
    device.put(
        "persist/status/nim/DevicePortConfigList/global.json",
        r#"{"CurrentIndex":0,"PortConfigList":[]}"#,
    );
    device.put("persist/status/nim/DevicePortConfigList/global.json.bak", "old");
    symlink("/nowhere", device.path("persist/status/nim/DevicePortConfigList/x.json")).unwrap();
    let mut monitor = Monitor::start(&device, &["-P", "-a", "nim"]);
    assert_eq!(monitor.line(), r#"{"CurrentIndex":0,"PortConfigList":[]}"#);
    assert_eq!(monitor.end(), (Some(0), String::new()));
    let (status, why) = Monitor::start(&device, &["-P"]).end();
    assert_eq!(status, Some(1));
    assert!(why.contains("status/zedrouter/DevicePortConfigList: there is no such table"), "{why}");
}
