//! Resolves names by the servers of one port: DNS over UDP, and over TCP for long answers (RFC 1035). The system's own
//! resolver cannot be bound to a port and cannot be cancelled. Without servers, those of `/etc/resolv.conf` are asked;
//! `/etc/hosts` counts before any server.

mod message;

use std::fs;
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use pillar_core::hal::{HttpError, Random, Via};
use rustix::event::PollFlags;
use rustix::io::Errno;
use rustix::net::SocketType;

use self::message::{Answer, Family, query};
use super::socket::{Limits, Socket, broken, open};
use crate::linux::LinuxRandom;
use crate::linux::clock::mono;

const DNS_PORT: u16 = 53;

/// How long a server has for an answer, and how often all are asked.
const PATIENCE: Duration = Duration::from_secs(3);
const ROUNDS: usize = 2;

/// The most servers that are asked, and the most addresses that are used.
const MAX_SERVERS: usize = 8;
const MAX_ADDRESSES: usize = 16;

/// The longest answer: over UDP without extensions, and over TCP.
const MAX_DATAGRAM: usize = 512;
const MAX_LONG: usize = 65_535;

/// The addresses of a name, those of IPv4 first.
pub(super) fn resolve(host: &str, via: &Via, limits: &Arc<Limits>) -> Result<Vec<IpAddr>, HttpError> {
    let fits = |address: &IpAddr| via.source.is_none_or(|source| source.is_ipv4() == address.is_ipv4());
    let known: Vec<IpAddr> = hosts(&read("/etc/hosts"), host).into_iter().filter(fits).collect();
    if !known.is_empty() {
        return Ok(known);
    }
    let servers = if via.dns_servers.is_empty() {
        name_servers(&read("/etc/resolv.conf"))
    } else {
        via.dns_servers.clone()
    };
    let mut all = Vec::new();
    let mut missing = 0;
    let families = [Family::V4, Family::V6];
    let wanted = families.iter().filter(|family| via.source.is_none_or(|source| family.has(source)));
    for family in wanted.clone() {
        match ask_all(host, *family, &servers, via, limits)? {
            Some(addresses) => all.extend(addresses),
            None => missing += 1,
        }
    }
    all.truncate(MAX_ADDRESSES);
    if all.is_empty() {
        // Nobody said that the name does not exist, or not for all that was asked.
        return Err(HttpError::Dns { host: host.into(), temporary: missing > 0 });
    }
    Ok(all)
}

/// The addresses of one family, none if the name has none; `None` if no server knew.
fn ask_all(
    host: &str,
    family: Family,
    servers: &[IpAddr],
    via: &Via,
    limits: &Arc<Limits>,
) -> Result<Option<Vec<IpAddr>>, HttpError> {
    for _ in 0..ROUNDS {
        for server in servers.iter().take(MAX_SERVERS) {
            match ask(host, family, *server, via, limits)? {
                Answer::Addresses(addresses) => return Ok(Some(addresses)),
                Answer::NoSuchName => return Ok(Some(Vec::new())),
                Answer::Truncated | Answer::Failed => {}
            }
        }
    }
    Ok(None)
}

fn ask(
    host: &str,
    family: Family,
    server: IpAddr,
    via: &Via,
    limits: &Arc<Limits>,
) -> Result<Answer, HttpError> {
    let mut id = [0; 2];
    LinuxRandom.fill(&mut id).map_err(|_| HttpError::Broken("no random numbers".into()))?;
    let question = query(u16::from_be_bytes(id), host, family)
        .ok_or_else(|| HttpError::Dns { host: host.into(), temporary: false })?;
    match over_udp(&question, server, via, limits)? {
        Answer::Truncated => over_tcp(&question, server, via, limits),
        answer => Ok(answer),
    }
}

fn over_udp(question: &[u8], server: IpAddr, via: &Via, limits: &Arc<Limits>) -> Result<Answer, HttpError> {
    let Some(fd) = open(via, server, SocketType::DGRAM)? else { return Ok(Answer::Failed) };
    // Connected, so that only this server's answers arrive.
    let connected = rustix::net::connect(&fd, &SocketAddr::new(server, DNS_PORT));
    if connected.is_err() || rustix::net::send(&fd, question, rustix::net::SendFlags::NOSIGNAL).is_err() {
        return Ok(Answer::Failed);
    }
    let until = mono() + PATIENCE;
    let mut buffer = [0; MAX_DATAGRAM];
    while limits.wait(&fd, PollFlags::IN, until)? {
        match rustix::io::read(&fd, &mut buffer) {
            Ok(length) => {
                // Of what is not the answer to this question, nothing follows.
                if let Some(answer) = message::parse(question, &buffer[..length]) {
                    return Ok(answer);
                }
            }
            Err(Errno::AGAIN | Errno::INTR) => {}
            Err(_) => return Ok(Answer::Failed), // nobody listens there
        }
    }
    Ok(Answer::Failed)
}

fn over_tcp(question: &[u8], server: IpAddr, via: &Via, limits: &Arc<Limits>) -> Result<Answer, HttpError> {
    let mut socket = match Socket::connect(via, &[server], DNS_PORT, PATIENCE, limits) {
        Err(HttpError::Refused | HttpError::Unreachable) => return Ok(Answer::Failed),
        other => other?,
    };
    let length = u16::try_from(question.len()).map_err(|_| broken(Errno::MSGSIZE))?;
    let mut exchange = || {
        socket.write_all(&[&length.to_be_bytes()[..], question].concat())?;
        let mut length = [0; 2];
        socket.read_exact(&mut length)?;
        let mut answer = vec![0; usize::from(u16::from_be_bytes(length)).min(MAX_LONG)];
        socket.read_exact(&mut answer)?;
        Ok(answer)
    };
    match exchange().map_err(super::io_error) {
        Ok(answer) => Ok(message::parse(question, &answer).unwrap_or(Answer::Failed)),
        Err(HttpError::Broken(_)) => Ok(Answer::Failed),
        Err(why) => Err(why),
    }
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

/// The addresses that `/etc/hosts` has for a name. `localhost` needs no line.
fn hosts(text: &str, host: &str) -> Vec<IpAddr> {
    let host = host.trim_end_matches('.');
    let mut found: Vec<IpAddr> = Vec::new();
    for line in text.lines() {
        let mut words = line.split('#').next().unwrap_or_default().split_whitespace();
        let Some(Ok(address)) = words.next().map(str::parse) else { continue };
        if words.any(|name| name.eq_ignore_ascii_case(host)) {
            found.push(address);
        }
    }
    if found.is_empty() && host.eq_ignore_ascii_case("localhost") {
        found.push(Ipv4Addr::LOCALHOST.into());
    }
    found.sort_by_key(|address| !address.is_ipv4());
    found.truncate(MAX_ADDRESSES);
    found
}

fn name_servers(text: &str) -> Vec<IpAddr> {
    let server = |line: &str| line.trim().strip_prefix("nameserver")?.trim().parse().ok();
    text.lines().filter_map(server).take(MAX_SERVERS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hosts_file_counts_name_by_name() {
        let text = "# comment\n10.0.0.1 a A.example # b\n::1 localhost a\nnonsense a\n10.0.0.2\ta\n";
        let addresses = |host| hosts(text, host).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(addresses("a"), ["10.0.0.1", "10.0.0.2", "::1"]);
        assert_eq!(addresses("a.EXAMPLE."), ["10.0.0.1"]);
        assert_eq!(addresses("b"), Vec::<String>::new());
        assert_eq!(addresses("localhost"), ["::1"]);
        assert_eq!(hosts("", "localhost"), [IpAddr::V4(Ipv4Addr::LOCALHOST)]);
    }

    #[test]
    fn name_servers_are_those_of_the_file() {
        let text = "search example\nnameserver 10.0.0.1\n nameserver\t2001:db8::1 \nnameserver x\n";
        let servers: Vec<String> = name_servers(text).iter().map(ToString::to_string).collect();
        assert_eq!(servers, ["10.0.0.1", "2001:db8::1"]);
    }
}
