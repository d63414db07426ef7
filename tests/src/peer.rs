//! The peer in Python: told what to do and asked what it saw, line by line.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use pillar_types::base64;
use serde_json::{Value, json};

/// A peer in a process of its own. It ends with its test.
pub struct Peer {
    child: Child,
    commands: Option<ChildStdin>,
    events: Receiver<Value>,
}

/// What a raw peer received.
#[derive(Debug, PartialEq, Eq)]
pub enum Got {
    /// A datagram.
    Datagram(String),
    /// The end of the connection.
    Closed,
}

impl Peer {
    /// A publisher of a table as EVE's, listening.
    pub fn publisher(root: &Path, agent: &str, topic: &str, options: &[&str]) -> Peer {
        let root = root.to_str().expect("our own path");
        let mut peer = Peer::start(&[&["publisher", root, agent, topic], options].concat());
        assert_eq!(peer.event()["event"], "listening");
        peer
    }

    /// A subscriber to a table as EVE's.
    pub fn subscriber(root: &Path, agent: &str, topic: &str) -> Peer {
        Peer::start(&["subscriber", root.to_str().expect("our own path"), agent, topic])
    }

    /// Sockets for whatever the test likes.
    pub fn raw() -> Peer {
        Peer::start(&["raw"])
    }

    fn start(args: &[&str]) -> Peer {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/peer/eve.py");
        let mut child = Command::new("python3")
            .arg(script)
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Python, which ci/setup.sh installs");
        let output = BufReader::new(child.stdout.take().expect("piped"));
        let (send, events) = channel();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                let event = serde_json::from_str(&line).expect("a line of JSON");
                if send.send(event).is_err() {
                    return;
                }
            }
        });
        let commands = child.stdin.take();
        Peer { child, commands, events }
    }

    /// Tells it something.
    pub fn tell(&mut self, command: &Value) {
        let commands = self.commands.as_mut().expect("open until dropped");
        writeln!(commands, "{command}").expect("a peer that runs");
    }

    /// Has it do something, and waits until it has.
    pub fn run(&mut self, command: &Value) -> Value {
        self.tell(command);
        loop {
            let event = self.event();
            if event["event"] != "request" {
                return event;
            }
        }
    }

    /// The next event.
    pub fn event(&mut self) -> Value {
        self.events.recv_timeout(Duration::from_secs(20)).expect("an event")
    }

    /// The next event, if there is one yet.
    pub fn poll(&mut self) -> Option<Value> {
        self.events.try_recv().ok()
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

/// What raw peers do.
impl Peer {
    /// Connects a socket.
    pub fn connect(&mut self, name: &str, path: &Path) -> Value {
        self.run(&json!({"op": "connect", "name": name, "path": path}))
    }

    /// Sends datagrams, all alike.
    pub fn send(&mut self, name: &str, datagram: &[u8], count: u32) -> Value {
        self.run(&json!({"op": "send", "name": name, "text": base64::encode(datagram), "count": count}))
    }

    /// Begins to wait for a datagram; [`got`](Self::got) has it.
    pub fn ask(&mut self, name: &str) {
        self.tell(&json!({"op": "recv", "name": name}));
    }

    /// Whether nothing comes for a while.
    pub fn is_quiet(&mut self, name: &str) -> bool {
        self.run(&json!({"op": "quiet", "name": name}))["event"] == "done"
    }

    /// What was received, if it was yet.
    pub fn got(&mut self) -> Option<Got> {
        let event = self.poll()?;
        let text = event["text"].as_str().unwrap_or_default();
        Some(match event["event"].as_str() {
            Some("got") => {
                let bytes = base64::decode(text.as_bytes()).expect("the peer's own base64");
                Got::Datagram(String::from_utf8_lossy(&bytes).into_owned())
            }
            Some("closed") => Got::Closed,
            _ => panic!("the peer says {event}"),
        })
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
