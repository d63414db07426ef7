//! Byte strings that may be nil, and MAC addresses.

use std::fmt;
use std::ops::Deref;

use crate::value::{Data, Slot, View};

/// Go's `[]byte`: base64 in JSON, null by default. Null and empty are different values.
#[derive(Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Bytes(pub(super) Option<Vec<u8>>);

impl Bytes {
    /// Null, which is also the default.
    pub const NULL: Self = Self(None);

    /// Whether it is null and not just empty.
    pub fn is_null(&self) -> bool {
        self.0.is_none()
    }

    /// The bytes, without those of null.
    pub fn into_vec(self) -> Vec<u8> {
        self.0.unwrap_or_default()
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.0.as_deref().unwrap_or_default()
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Some(bytes))
    }
}

impl From<&[u8]> for Bytes {
    fn from(bytes: &[u8]) -> Self {
        Self(Some(bytes.to_vec()))
    }
}

impl<const N: usize> From<[u8; N]> for Bytes {
    fn from(bytes: [u8; N]) -> Self {
        Self(Some(bytes.to_vec()))
    }
}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        crate::walk::debug(self, f)
    }
}

impl Data for Bytes {
    fn view(&self) -> View<'_> {
        View::Bytes(self.0.as_deref())
    }
    fn slot(&mut self) -> Slot<'_> {
        Slot::Bytes(&mut self.0)
    }
}

/// Go's `net.HardwareAddr`: bytes of any length (6 for Ethernet), base64 in JSON, null by default.
#[derive(Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Mac(pub Bytes);

impl Mac {
    /// Reads `aa:bb:cc:dd:ee:ff` or `aa-bb-…`; the empty text is null.
    pub fn parse(text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(Self::default());
        }
        let separator = if text.contains('-') { '-' } else { ':' };
        let byte = |part: &str| {
            let two_digits = part.len() == 2 && part.bytes().all(|digit| digit.is_ascii_hexdigit());
            two_digits.then(|| u8::from_str_radix(part, 16).ok()).flatten()
        };
        let bytes: Option<Vec<u8>> = text.split(separator).map(byte).collect();
        bytes.filter(|bytes| matches!(bytes.len(), 6 | 8 | 20)).map(|bytes| Self(bytes.into()))
    }

    /// Whether there is no address.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<[u8; 6]> for Mac {
    fn from(bytes: [u8; 6]) -> Self {
        Self(bytes.into())
    }
}

impl Deref for Mac {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

/// `aa:bb:cc:dd:ee:ff`.
impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, byte) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { ":" };
            write!(f, "{separator}{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Data for Mac {
    fn view(&self) -> View<'_> {
        self.0.view()
    }
    fn slot(&mut self) -> Slot<'_> {
        self.0.slot()
    }
}
