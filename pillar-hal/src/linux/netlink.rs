//! Netlink messages as bytes: made, and taken apart (kernel, netlink/intro; linux/netlink.h). All numbers are in
//! the machine's byte order. Pure; [`socket`] sends and receives them.
//!
//! Whatever bytes come, taking them apart ends and does not panic: what does not fit is left out.

pub(super) mod notices;
pub(super) mod socket;

/// The length of a message's header (`NLMSG_HDRLEN`).
const HEADER: usize = 16;

/// The length of an attribute's header (`NLA_HDRLEN`).
const ATTR_HEADER: usize = 4;

/// Messages and attributes begin at multiples of this (`NLMSG_ALIGNTO`).
const ALIGN: usize = 4;

/// Bits of an attribute's number that say what it holds, not which it is.
const ATTR_FLAGS: u16 = 0xc000;

/// The bit of an attribute's number by which it says that it holds others (`NLA_F_NESTED`).
const NESTED: u16 = 0x8000;

/// What a request asks for besides its kind.
pub(super) const REQUEST: u16 = 0x1;
pub(super) const ACK: u16 = 0x4;
pub(super) const DUMP: u16 = 0x300;
pub(super) const EXCL: u16 = 0x200;
pub(super) const CREATE: u16 = 0x400;
pub(super) const APPEND: u16 = 0x800;

/// Set in a part of a dump that was disturbed by a change.
pub(super) const DUMP_INTERRUPTED: u16 = 0x10;

/// Kinds that every protocol of netlink has.
pub(super) const ERROR: u16 = 2;
pub(super) const DONE: u16 = 3;

/// A request in the making.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Message(Vec<u8>);

impl Message {
    /// A request of a kind, with the fixed part that its kind begins with.
    pub(super) fn new(kind: u16, flags: u16, fixed: &[u8]) -> Self {
        let mut bytes = vec![0; 4];
        bytes.extend(kind.to_ne_bytes());
        bytes.extend((flags | REQUEST).to_ne_bytes());
        bytes.resize(HEADER, 0);
        bytes.extend(fixed);
        let mut message = Message(bytes);
        message.pad();
        message
    }

    /// With more flags.
    #[must_use]
    pub(super) fn flags(mut self, flags: u16) -> Self {
        let all = u16_at(&self.0, 6).unwrap_or_default() | flags;
        self.0[6..8].copy_from_slice(&all.to_ne_bytes());
        self
    }

    /// With an attribute.
    #[must_use]
    pub(super) fn attr(mut self, number: u16, value: &[u8]) -> Self {
        self.put(number, value);
        self
    }

    /// With an attribute that is a name: text with its NUL.
    #[must_use]
    pub(super) fn text(self, number: u16, text: &str) -> Self {
        let value: Vec<u8> = text.bytes().chain([0]).collect();
        self.attr(number, &value)
    }

    /// With an attribute that holds others.
    #[must_use]
    pub(super) fn nest(self, number: u16, inner: Attrs) -> Self {
        self.attr(number | NESTED, &inner.0.0)
    }

    /// With an attribute that holds one text attribute.
    #[must_use]
    pub(super) fn nested_text(self, number: u16, inner: u16, text: &str) -> Self {
        self.nest(number, Attrs::default().text(inner, text))
    }

    /// The bytes to send.
    pub(super) fn finish(mut self, sequence: u32) -> Vec<u8> {
        let length = self.0.len() as u32;
        self.0[..4].copy_from_slice(&length.to_ne_bytes());
        self.0[8..12].copy_from_slice(&sequence.to_ne_bytes());
        self.0
    }

    fn put(&mut self, number: u16, value: &[u8]) {
        self.0.extend(((ATTR_HEADER + value.len()) as u16).to_ne_bytes());
        self.0.extend(number.to_ne_bytes());
        self.0.extend(value);
        self.pad();
    }

    fn pad(&mut self) {
        self.0.resize(self.0.len().next_multiple_of(ALIGN), 0);
    }
}

/// Attributes that one attribute holds, in the making.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Attrs(Message);

impl Default for Attrs {
    fn default() -> Self {
        Attrs(Message(Vec::new()))
    }
}

impl Attrs {
    /// With an attribute.
    #[must_use]
    pub(super) fn attr(self, number: u16, value: &[u8]) -> Self {
        Attrs(self.0.attr(number, value))
    }

    /// With an attribute that is a name.
    #[must_use]
    pub(super) fn text(self, number: u16, text: &str) -> Self {
        Attrs(self.0.text(number, text))
    }

    /// With an attribute that holds others.
    #[must_use]
    pub(super) fn nest(self, number: u16, inner: Attrs) -> Self {
        Attrs(self.0.nest(number, inner))
    }
}

/// A message that came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Received<'a> {
    pub(super) kind: u16,
    pub(super) flags: u16,
    pub(super) sequence: u32,
    pub(super) payload: &'a [u8],
}

/// The messages of what was received with one call.
pub(super) fn messages(mut rest: &[u8]) -> impl Iterator<Item = Received<'_>> {
    std::iter::from_fn(move || {
        let length = u32_at(rest, 0)? as usize;
        let payload = rest.get(HEADER..length)?;
        let message =
            Received { kind: u16_at(rest, 4)?, flags: u16_at(rest, 6)?, sequence: u32_at(rest, 8)?, payload };
        rest = rest.get(length.next_multiple_of(ALIGN)..).unwrap_or_default();
        Some(message)
    })
}

/// The attributes of a message behind a fixed part of this length, or those of an attribute (0).
pub(super) fn attrs(payload: &[u8], fixed: usize) -> impl Iterator<Item = (u16, &[u8])> {
    let mut rest = payload.get(fixed..).unwrap_or_default();
    std::iter::from_fn(move || {
        let length = usize::from(u16_at(rest, 0)?);
        let attr = (u16_at(rest, 2)? & !ATTR_FLAGS, rest.get(ATTR_HEADER..length)?);
        rest = rest.get(length.next_multiple_of(ALIGN)..).unwrap_or_default();
        Some(attr)
    })
}

/// The text of an attribute, up to its NUL; `None` if it is no UTF-8.
pub(super) fn text(value: &[u8]) -> Option<&str> {
    std::str::from_utf8(value.split(|byte| *byte == 0).next()?).ok()
}

pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_ne_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

pub(super) fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_ne_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_made_is_taken_apart_again() {
        let message = Message::new(16, ACK, &[7; 6]).text(3, "eth0").nested_text(18, 1, "bridge");
        let bytes = message.finish(9);
        let found: Vec<_> = messages(&bytes).collect();
        assert_eq!((found.len(), found[0].kind, found[0].flags, found[0].sequence), (1, 16, 5, 9));
        let outer: Vec<_> = attrs(found[0].payload, 8).collect();
        assert_eq!(outer[0], (3, b"eth0\0".as_slice()));
        let inner: Vec<_> = attrs(outer[1].1, 0).collect();
        assert_eq!((outer.len(), inner), (2, vec![(1, b"bridge\0".as_slice())]));
        assert_eq!(text(b"eth0\0"), Some("eth0"));
    }

    proptest! {
        #[test]
        fn any_bytes_end(bytes in prop::collection::vec(any::<u8>(), 0..300), fixed in 0usize..40) {
            let total: usize = messages(&bytes).map(|message| {
                message.payload.len() + attrs(message.payload, fixed).map(|(_, value)| value.len()).sum::<usize>()
            }).sum();
            prop_assert!(total <= 2 * bytes.len());
            prop_assert!(attrs(&bytes, fixed).count() <= bytes.len());
        }
    }
}
