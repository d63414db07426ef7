//! EVE's wire: one datagram, one message, fields separated by exactly one space (spec/02, Wire protocol).
//!
//! Text that Go's agents read and write as well, so it is taken literally: a key or a value may be empty, so
//! two spaces in a row count. Nothing here allocates more than the datagram's own size.

use std::fmt;

use pillar_types::base64;

/// The longest message, in bytes.
pub const MAX_MESSAGE: usize = 65_534;

/// What a receiver reads into; a read that fills it was cut off and is dropped.
pub const RECEIVE_BUFFER: usize = 65_536;

/// The longest request, in bytes.
pub const MAX_REQUEST: usize = 255;

/// What a publisher says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message<'m> {
    /// The first message. Publishers of 2024 do not say whether the table is persistent.
    Hello {
        /// The table's topic.
        topic: &'m str,
        /// Whether it outlives a reboot.
        persistent: Option<bool>,
    },
    /// A key's value.
    Update {
        /// The table's topic.
        topic: &'m str,
        /// The key; may be empty.
        key: String,
        /// Its JSON.
        json: Vec<u8>,
    },
    /// A key is gone.
    Delete {
        /// The table's topic.
        topic: &'m str,
        /// The key.
        key: String,
    },
    /// All that was there when the subscriber asked has been told.
    Complete {
        /// The table's topic.
        topic: &'m str,
    },
    /// The publisher has caught up for the n-th time; 0 when it takes that back.
    Restarted {
        /// The table's topic.
        topic: &'m str,
        /// How often.
        count: u32,
    },
}

impl<'m> Message<'m> {
    /// The topic that the sender names.
    pub fn topic(&self) -> &'m str {
        match self {
            Message::Hello { topic, .. }
            | Message::Update { topic, .. }
            | Message::Delete { topic, .. }
            | Message::Complete { topic }
            | Message::Restarted { topic, .. } => topic,
        }
    }
}

/// Why a datagram is no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadMessage {
    /// It filled the buffer.
    CutOff,
    /// The first word is none of EVE's.
    UnknownVerb,
    /// Fields are missing, or there are too many.
    WrongFields,
    /// The topic or the key is no UTF-8.
    NotText,
    /// The key or the value is no base64.
    NotBase64,
    /// The value is empty.
    Empty,
}

impl fmt::Display for BadMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            BadMessage::CutOff => "it is longer than 65535 bytes",
            BadMessage::UnknownVerb => "its first word is unknown",
            BadMessage::WrongFields => "it has too few or too many fields",
            BadMessage::NotText => "its topic or key is not UTF-8",
            BadMessage::NotBase64 => "its key or value is not base64",
            BadMessage::Empty => "its value is empty",
        })
    }
}

impl std::error::Error for BadMessage {}

/// Reads what a publisher sent.
pub fn parse(datagram: &[u8]) -> Result<Message<'_>, BadMessage> {
    if datagram.len() >= RECEIVE_BUFFER {
        return Err(BadMessage::CutOff);
    }
    let mut fields = datagram.split(|byte| *byte == b' ');
    let verb = fields.next().unwrap_or_default();
    let mut next = || fields.next().ok_or(BadMessage::WrongFields);
    let message = match verb {
        b"hello" => {
            let topic = text(next()?)?;
            let persistent = next().ok().map(|flag| flag == b"true");
            return Ok(Message::Hello { topic, persistent });
        }
        b"update" => {
            let (topic, key, json) = (text(next()?)?, decode_key(next()?)?, next()?);
            let json = base64::decode(json).map_err(|_| BadMessage::NotBase64)?;
            if json.is_empty() {
                return Err(BadMessage::Empty);
            }
            Message::Update { topic, key, json }
        }
        // More fields than they need are let pass, as Go does.
        b"delete" => return Ok(Message::Delete { topic: text(next()?)?, key: decode_key(next()?)? }),
        b"complete" => return Ok(Message::Complete { topic: text(next()?)? }),
        b"restarted" => {
            return Ok(Message::Restarted { topic: text(next()?)?, count: decimal(next()?) });
        }
        _ => return Err(BadMessage::UnknownVerb),
    };
    if next().is_ok() { Err(BadMessage::WrongFields) } else { Ok(message) }
}

fn text(field: &[u8]) -> Result<&str, BadMessage> {
    std::str::from_utf8(field).map_err(|_| BadMessage::NotText)
}

fn decode_key(field: &[u8]) -> Result<String, BadMessage> {
    let key = base64::decode(field).map_err(|_| BadMessage::NotBase64)?;
    String::from_utf8(key).map_err(|_| BadMessage::NotText)
}

/// What is no number counts as zero, as for Go.
fn decimal(field: &[u8]) -> u32 {
    std::str::from_utf8(field).ok().and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// What a subscriber sends first, and once.
pub fn request(topic: &str) -> Vec<u8> {
    format!("request {topic}").into_bytes()
}

/// The topic that a subscriber asks for; `None` if it is no request of EVE's.
pub fn parse_request(datagram: &[u8]) -> Option<&str> {
    if datagram.len() > MAX_REQUEST {
        return None;
    }
    let topic = std::str::from_utf8(datagram).ok()?.strip_prefix("request ")?;
    (!topic.is_empty() && !topic.contains(' ')).then_some(topic)
}

/// Appends the first message of a publisher.
pub fn hello(out: &mut Vec<u8>, topic: &str, persistent: bool) {
    fields(out, &["hello", topic, if persistent { "true" } else { "false" }]);
}

/// Appends a key's value, or tells how long the message would be if it is too long.
pub fn update(out: &mut Vec<u8>, topic: &str, key: &str, json: &[u8]) -> Result<(), TooLong> {
    check_size(topic, key, json.len())?;
    fields(out, &["update", topic, ""]);
    base64::append(out, key.as_bytes());
    out.push(b' ');
    base64::append(out, json);
    Ok(())
}

/// Appends the removal of a key.
pub fn delete(out: &mut Vec<u8>, topic: &str, key: &str) {
    fields(out, &["delete", topic, ""]);
    base64::append(out, key.as_bytes());
}

/// Appends the end of the snapshot.
pub fn complete(out: &mut Vec<u8>, topic: &str) {
    fields(out, &["complete", topic]);
}

/// Appends the restart count.
pub fn restarted(out: &mut Vec<u8>, topic: &str, count: u32) {
    fields(out, &["restarted", topic, &count.to_string()]);
}

fn fields(out: &mut Vec<u8>, fields: &[&str]) {
    for (index, field) in fields.iter().enumerate() {
        if index > 0 {
            out.push(b' ');
        }
        out.extend_from_slice(field.as_bytes());
    }
}

/// A value is too large for one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong {
    /// How long the message would be, in bytes.
    pub bytes: usize,
}

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let limit = MAX_MESSAGE + 1;
        write!(f, "the message would have {} bytes, and must have fewer than {limit}", self.bytes)
    }
}

impl std::error::Error for TooLong {}

/// Whether a value of so many bytes of JSON fits a message.
pub fn check_size(topic: &str, key: &str, json: usize) -> Result<(), TooLong> {
    let words = "update".len() + topic.len() + 3;
    let bytes = words + base64::encoded_len(key.len()) + base64::encoded_len(json);
    if bytes > MAX_MESSAGE { Err(TooLong { bytes }) } else { Ok(()) }
}
