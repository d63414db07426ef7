//! IP addresses and networks.

use std::fmt;
use std::net;
use std::str::FromStr;

use crate::base::Bytes;
use crate::object;
use crate::value::{Data, Slot, View};

/// Go's `net.IP`: text in JSON, `""` when there is none, which is the default. An IPv4 address written as
/// IPv6 (`::ffff:10.0.0.1`) is the IPv4 address.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IpAddr(Option<net::IpAddr>);

/// A text is not an IP address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotIpAddr;

impl IpAddr {
    /// No address.
    pub const NONE: Self = Self(None);

    /// The address, if there is one.
    pub fn get(self) -> Option<net::IpAddr> {
        self.0
    }

    /// Whether there is no address.
    pub fn is_none(self) -> bool {
        self.0.is_none()
    }

    /// From the bytes of the binary form: none, 4 or 16.
    pub(crate) fn unpack(bytes: &[u8]) -> Option<Self> {
        match bytes.len() {
            0 => Some(Self::NONE),
            4 => Some(<[u8; 4]>::try_from(bytes).ok()?.into()),
            _ => Some(net::IpAddr::from(<[u8; 16]>::try_from(bytes).ok()?).into()),
        }
    }

    /// Hands out the bytes of the binary form.
    pub(crate) fn pack<R>(self, take: impl FnOnce(&[u8]) -> R) -> R {
        match self.0 {
            None => take(&[]),
            Some(net::IpAddr::V4(address)) => take(&address.octets()),
            Some(net::IpAddr::V6(address)) => take(&address.octets()),
        }
    }
}

impl From<net::IpAddr> for IpAddr {
    fn from(address: net::IpAddr) -> Self {
        Self(Some(address.to_canonical()))
    }
}

impl From<net::Ipv4Addr> for IpAddr {
    fn from(address: net::Ipv4Addr) -> Self {
        Self(Some(address.into()))
    }
}

impl From<[u8; 4]> for IpAddr {
    fn from(octets: [u8; 4]) -> Self {
        net::Ipv4Addr::from(octets).into()
    }
}

impl FromStr for IpAddr {
    type Err = NotIpAddr;

    fn from_str(text: &str) -> Result<Self, NotIpAddr> {
        if text.is_empty() {
            return Ok(Self::NONE);
        }
        text.parse::<net::IpAddr>().map(Self::from).map_err(|_| NotIpAddr)
    }
}

impl fmt::Display for IpAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |address| fmt::Display::fmt(&address, f))
    }
}

impl fmt::Debug for IpAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for NotIpAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an IP address")
    }
}

impl std::error::Error for NotIpAddr {}

impl Data for IpAddr {
    fn view(&self) -> View<'_> {
        View::Ip(*self)
    }
    fn slot(&mut self) -> Slot<'_> {
        Slot::Ip(self)
    }
}

object! {
    /// Go's `net.IPNet`. Where Go has a pointer to one, use `Option<IpNet>`.
    pub struct IpNet {
        /// The address of the network, or of a host in it.
        pub ip: IpAddr = "IP",
        /// The mask, of as many bytes as the address.
        pub mask: Bytes = "Mask",
    }
}

impl IpNet {
    /// `address` within the network of its first `length` bits; `None` when it does not have as many.
    pub fn new(address: net::IpAddr, length: u8) -> Option<Self> {
        let size = if address.is_ipv4() { 4 } else { 16 };
        let length = usize::from(length);
        if length > size * 8 {
            return None;
        }
        let bits = |index: usize| length.saturating_sub(index * 8).min(8);
        let mask: Vec<u8> = (0..size).map(|index| !(0xff_u16 >> bits(index)) as u8).collect();
        Some(Self { ip: address.into(), mask: mask.into() })
    }

    /// The length of the prefix, if the mask is one and fits the address.
    pub fn prefix(&self) -> Option<u8> {
        let size = if self.ip.get()?.is_ipv4() { 4 } else { 16 };
        let ones: u32 = self.mask.iter().map(|byte| byte.leading_ones()).sum();
        let whole = Self::new(self.ip.get()?, u8::try_from(ones).ok()?)?;
        (self.mask.len() == size && whole.mask == self.mask).then_some(ones as u8)
    }

    /// Whether `address` is in the network; never when the mask does not fit.
    pub fn contains(&self, address: net::IpAddr) -> bool {
        let (Some(ours), Some(length)) = (self.ip.get(), self.prefix()) else { return false };
        match (ours, address.to_canonical()) {
            (net::IpAddr::V4(ours), net::IpAddr::V4(theirs)) => {
                (ours.to_bits() ^ theirs.to_bits()).leading_zeros() >= u32::from(length)
            }
            (net::IpAddr::V6(ours), net::IpAddr::V6(theirs)) => {
                (ours.to_bits() ^ theirs.to_bits()).leading_zeros() >= u32::from(length)
            }
            _ => false,
        }
    }
}

/// `10.1.0.0/16`, or the address alone when the mask is no prefix.
impl fmt::Display for IpNet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.prefix() {
            Some(length) => write!(f, "{}/{length}", self.ip),
            None => fmt::Display::fmt(&self.ip, f),
        }
    }
}

/// `10.1.2.3/16`; the address is kept as it stands.
impl FromStr for IpNet {
    type Err = NotIpAddr;

    fn from_str(text: &str) -> Result<Self, NotIpAddr> {
        let (address, length) = text.split_once('/').ok_or(NotIpAddr)?;
        let address = address.parse::<net::IpAddr>().map_err(|_| NotIpAddr)?.to_canonical();
        let length = length.parse().map_err(|_| NotIpAddr)?;
        Self::new(address, length).ok_or(NotIpAddr)
    }
}
