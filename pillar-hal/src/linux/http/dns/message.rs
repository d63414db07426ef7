//! The messages of DNS (RFC 1035, section 4) as far as looking up addresses needs them. Pure; made for hostile input.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The longest name on the wire.
const MAX_NAME: usize = 255;
const MAX_LABEL: usize = 63;
const HEADER: usize = 12;
const CLASS_INTERNET: u16 = 1;

/// Which addresses are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    V4,
    V6,
}

impl Family {
    pub(super) fn has(self, address: IpAddr) -> bool {
        (self == Family::V4) == address.is_ipv4()
    }

    /// The type of its records.
    fn record(self) -> u16 {
        match self {
            Family::V4 => 1,
            Family::V6 => 28,
        }
    }
}

/// What a server says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// These, or none of this family.
    Addresses(Vec<IpAddr>),
    /// The name does not exist.
    NoSuchName,
    /// There is more than fits.
    Truncated,
    /// The server could not or would not say.
    Failed,
}

/// A question for the addresses of a name; `None` if it cannot be a name.
pub(super) fn query(id: u16, host: &str, family: Family) -> Option<Vec<u8>> {
    const RECURSION_DESIRED: u16 = 0x0100;
    let mut message = Vec::with_capacity(HEADER + host.len() + 6);
    for word in [id, RECURSION_DESIRED, 1, 0, 0, 0] {
        message.extend(word.to_be_bytes());
    }
    for label in host.trim_end_matches('.').split('.') {
        if label.is_empty() || label.len() > MAX_LABEL || !label.is_ascii() {
            return None;
        }
        message.push(label.len() as u8);
        message.extend(label.bytes());
    }
    message.push(0);
    if message.len() - HEADER > MAX_NAME {
        return None;
    }
    message.extend(family.record().to_be_bytes());
    message.extend(CLASS_INTERNET.to_be_bytes());
    Some(message)
}

/// What a message says to a question; `None` if it is not an answer to it.
pub(super) fn parse(question: &[u8], message: &[u8]) -> Option<Answer> {
    const IS_ANSWER: u16 = 0x8000;
    const TRUNCATED: u16 = 0x0200;
    const CODE: u16 = 0x000f;
    const NO_SUCH_NAME: u16 = 3;
    let word = |at: usize| Some(u16::from_be_bytes(message.get(at..at + 2)?.try_into().ok()?));
    let flags = word(2)?;
    let asked = question.get(HEADER..)?;
    let same = message.get(..2) == question.get(..2)
        && message.get(HEADER..HEADER + asked.len())?.eq_ignore_ascii_case(asked);
    if !same || flags & IS_ANSWER == 0 || word(4)? != 1 {
        return None;
    }
    if flags & TRUNCATED != 0 {
        return Some(Answer::Truncated);
    }
    match flags & CODE {
        0 => {}
        NO_SUCH_NAME => return Some(Answer::NoSuchName),
        _ => return Some(Answer::Failed),
    }
    let wanted = asked.get(asked.len() - 4..asked.len() - 2)?;
    let records = message.get(HEADER + asked.len()..)?;
    Some(addresses(records, word(6)?, wanted).map_or(Answer::Failed, Answer::Addresses))
}

/// The addresses among the records. Aliases stand before what they lead to, so the owner's name says nothing new.
fn addresses(mut records: &[u8], count: u16, wanted: &[u8]) -> Option<Vec<IpAddr>> {
    let mut found = Vec::new();
    for _ in 0..count {
        records = after_name(records)?;
        let (fixed, rest) = records.split_at_checked(10)?;
        let length = usize::from(u16::from_be_bytes([fixed[8], fixed[9]]));
        let (data, rest) = rest.split_at_checked(length)?;
        records = rest;
        if fixed[..2] == *wanted && fixed[2..4] == CLASS_INTERNET.to_be_bytes() {
            found.extend(address(data));
        }
    }
    Some(found)
}

fn address(data: &[u8]) -> Option<IpAddr> {
    match data.len() {
        4 => <[u8; 4]>::try_from(data).ok().map(|octets| Ipv4Addr::from(octets).into()),
        16 => <[u8; 16]>::try_from(data).ok().map(|octets| Ipv6Addr::from(octets).into()),
        _ => None,
    }
}

/// What follows a name; where it points to does not matter.
fn after_name(mut rest: &[u8]) -> Option<&[u8]> {
    const POINTER: u8 = 0xc0;
    loop {
        let (length, after) = rest.split_first()?;
        match *length {
            0 => return Some(after),
            pointer if pointer & POINTER == POINTER => return after.get(1..),
            label if label & POINTER == 0 => rest = after.get(usize::from(label)..)?,
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An answer to `question` with these records: type and data, each owned by a pointer to the name.
    fn answer(question: &[u8], flags: u16, records: &[(u16, &[u8])]) -> Vec<u8> {
        let mut message = question.to_vec();
        message[2..4].copy_from_slice(&(0x8180 | flags).to_be_bytes());
        message[6..8].copy_from_slice(&(records.len() as u16).to_be_bytes());
        for (kind, data) in records {
            message.extend([0xc0, 12]);
            message.extend(kind.to_be_bytes());
            message.extend([0, 1, 0, 0, 0, 60]);
            message.extend((data.len() as u16).to_be_bytes());
            message.extend(*data);
        }
        message
    }

    #[test]
    fn addresses_behind_an_alias_are_found_and_other_records_are_not() {
        let question = query(7, "ctl.example.", Family::V4).unwrap();
        let records: &[(u16, &[u8])] =
            &[(5, b"\x01a\xc0\x10"), (1, &[10, 0, 0, 1]), (28, &[0; 16]), (1, &[10, 0, 0, 2])];
        let found = parse(&question, &answer(&question, 0, records));
        let wanted = ["10.0.0.1", "10.0.0.2"].map(|text| text.parse().unwrap());
        assert_eq!(found, Some(Answer::Addresses(wanted.to_vec())));
    }

    #[test]
    fn what_the_server_says_is_told_apart() {
        let question = query(7, "ctl.example", Family::V6).unwrap();
        let said = |flags| parse(&question, &answer(&question, flags, &[]));
        assert_eq!(said(0), Some(Answer::Addresses(Vec::new())));
        assert_eq!(said(3), Some(Answer::NoSuchName));
        assert_eq!(said(2), Some(Answer::Failed));
        assert_eq!(said(0x200), Some(Answer::Truncated));
    }

    #[test]
    fn an_answer_to_another_question_is_none() {
        let question = query(7, "ctl.example", Family::V4).unwrap();
        let others = [
            query(8, "ctl.example", Family::V4).unwrap(),
            query(7, "ctm.example", Family::V4).unwrap(),
            query(7, "ctl.example", Family::V6).unwrap(),
        ];
        for other in others {
            assert_eq!(parse(&question, &answer(&other, 0, &[])), None);
        }
        assert_eq!(parse(&question, &question), None, "the question itself");
    }

    #[test]
    fn broken_answers_end_nowhere() {
        let question = query(7, "ctl.example", Family::V4).unwrap();
        let whole = answer(&question, 0, &[(1, &[10, 0, 0, 1])]);
        for end in 0..whole.len() {
            let part = parse(&question, &whole[..end]);
            assert!(matches!(part, None | Some(Answer::Failed)), "{end}: {part:?}");
        }
    }

    #[test]
    fn names_that_cannot_be_are_refused() {
        for host in ["", ".", "a..b", &"x".repeat(64), &"abc.".repeat(70), "ä.example"] {
            assert_eq!(query(1, host, Family::V4), None, "{host}");
        }
    }
}
