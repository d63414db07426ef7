//! A table at its socket, on EVE's wire.

use std::sync::Arc;

use pillar_core::bus::wire::eve::{self, Message, RECEIVE_BUFFER};
use pillar_core::bus::wire::large;
use pillar_core::hal::{Hal, Scope};
use pillar_hal::ipc::{Got, NoSocket, Sent, Seqpacket};
use pillar_hal::linux::{LinuxFs, LinuxStorage};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;

use super::Table;
use super::show::Show;

/// What stands before the topic in a request.
pub const REQUEST: &str = "request ";

/// Shows a table until its publisher ends; says why it does not go on.
pub fn follow(table: &Table, show: &mut Show) -> Result<(), String> {
    let path = table.socket();
    let place = path.display();
    let socket = Seqpacket::connect(&path).map_err(|why| match why {
        NoSocket::Io { call, errno } => format!("{place}: {call}: {errno}; does the agent run?"),
        NoSocket::Stranger { uid } => format!("{place}: served by user {uid}"),
        NoSocket::InUse(why) => why.to_string(),
    })?;
    if socket.send(&eve::request(&table.topic)) != Sent::Yes {
        return Err(format!("{place}: refuses to be asked"));
    }
    let mut buffer = vec![0; RECEIVE_BUFFER];
    loop {
        if show.is_over() {
            return Ok(());
        }
        match socket.recv(&mut buffer) {
            Got::Datagram(datagram) => tell(table, datagram, show)?,
            Got::Nothing => wait(&socket)?,
            Got::End => return Err(format!("{place}: closed by its agent")),
        }
    }
}

fn wait(socket: &Seqpacket) -> Result<(), String> {
    match poll(&mut [PollFd::new(socket, PollFlags::IN)], None) {
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(errno) => Err(format!("poll: {errno}")),
    }
}

fn tell(table: &Table, datagram: &[u8], show: &mut Show) -> Result<(), String> {
    let message = eve::parse(datagram).map_err(|why| format!("a message makes no sense: {why}"))?;
    match message {
        Message::Hello { topic, persistent } => {
            let more = persistent.map_or("", |stored| if stored { " persistent" } else { " not persistent" });
            show.line("hello", topic, &more);
        }
        Message::Update { topic, key, json } => show.update(topic, &key, &whole(table, json)?)?,
        Message::Delete { topic, key } => show.line("delete", topic, &format_args!(" key {key:?}")),
        Message::Complete { topic } => show.line("complete", topic, &""),
        Message::Restarted { topic, count } => show.line("restarted", topic, &format_args!(" count {count}")),
    }
    Ok(())
}

/// A value with its large fields: they come in files, which are ours to read and to remove.
fn whole(table: &Table, json: Vec<u8>) -> Result<Vec<u8>, String> {
    if !large::has_files(&json) {
        return Ok(json);
    }
    let hal = Hal { storage: Arc::new(LinuxStorage::new(LinuxFs)), ..Hal::default() };
    large::from_files(&hal, &Scope::unbounded(), &table.large_fields(), &json).map_err(|why| why.to_string())
}
