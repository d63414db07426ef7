//! Names and MAC addresses of what zedrouter makes (spec/04, Naming and MAC addresses). Pure.

use pillar_types::app_network::MacGenerator;
use pillar_types::base64;
use pillar_types::network_instance::NetworkInstanceType;
use pillar_types::{Mac, Uuid};

use crate::hal::Crypto;

/// What names of bridges and of applications' interfaces begin with.
const BRIDGE: &str = "bn";
const VIF: &str = "nbu";

/// The longest name of a host that is used as it is (spec/04, ipset base name).
const SET_NAME: usize = 26;

/// How many characters of a hash stand at least for what is left out of a longer one.
const SET_HASH: usize = 8;

/// The bridge with this number.
pub fn bridge(number: u8) -> String {
    format!("{BRIDGE}{number}")
}

/// The number of a bridge of ours.
pub fn bridge_number(name: &str) -> Option<u8> {
    let digits = name.strip_prefix(BRIDGE)?;
    let number = digits.parse().ok()?;
    (bridge(number) == name && number > 0).then_some(number)
}

/// The interface of the application with this number that is at this position among its interfaces, from 1.
pub fn vif(position: u8, app: u8) -> String {
    format!("{VIF}{position}x{app}")
}

/// Whether a link is an application's interface.
pub fn is_vif(name: &str) -> bool {
    let parts = name.strip_prefix(VIF).and_then(|rest| rest.split_once('x'));
    let number = |text: &str| text.parse::<u8>().is_ok();
    parts.is_some_and(|(position, app)| number(position) && number(app))
}

/// The MAC address of the bridge with this number, on this node.
pub fn bridge_mac(node: &Uuid, number: u8, crypto: &dyn Crypto) -> Mac {
    let (high, low) = if node.is_nil() {
        (0x06, 0x00)
    } else {
        let hash = crypto.sha256(&node.0);
        (hash[0], hash[1])
    };
    Mac::from([0x00, 0x16, 0x3e, high, low, number])
}

/// What an interface's MAC address is made from.
#[derive(Clone, Copy, Debug)]
pub struct Interface<'a> {
    /// The application.
    pub app: &'a Uuid,
    /// The network instance.
    pub network: &'a Uuid,
    /// The position among the application's interfaces, from 1.
    pub position: u8,
    /// The application's number.
    pub app_number: u8,
}

impl Interface<'_> {
    /// The MAC address on a network instance of this kind.
    pub fn mac(self, kind: NetworkInstanceType, generator: MacGenerator, crypto: &dyn Crypto) -> Mac {
        if kind != NetworkInstanceType::Switch && generator == MacGenerator::NodeScoped {
            return Mac::from([0x00, 0x16, 0x3e, 0x00, self.position, self.app_number]);
        }
        // The same on all nodes of a cluster: without a number that differs between them.
        let number = if generator == MacGenerator::ClusterDeterministic { 0 } else { self.app_number };
        let hash = crypto.sha256(&[&self.app.0[..], &self.network.0, &[self.position, number]].concat());
        let [first, rest @ ..] = hash;
        if kind == NetworkInstanceType::Switch {
            return Mac::from([0x02, 0x16, 0x3e, first, rest[0], rest[1]]);
        }
        // Locally administered, and of one receiver.
        Mac::from([first & !1 | 2, rest[0], rest[1], rest[2], rest[3], rest[4]])
    }
}

/// The set of the packet filter for the addresses of a host: the name itself, or its last labels after a hash.
pub fn host_set(host: &str, crypto: &dyn Crypto) -> String {
    if host.len() <= SET_NAME {
        return format!("ipv4.{host}");
    }
    // As many labels from the end as leave room for a hash and a separator.
    let labels = host.match_indices('.').map(|(at, _)| &host[at + 1..]);
    let kept = labels.into_iter().find(|rest| rest.len() + 1 + SET_HASH <= SET_NAME).unwrap_or_default();
    let hash = base64::encode(&crypto.sha256(host.as_bytes())).replace('+', "-").replace('/', "_");
    let room = SET_NAME - kept.len() - 1;
    // dnsmasq separates by `#` what EVE puts here.
    format!("ipv4.{}_{kept}", &hash[..room])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        assert_eq!((bridge(3), vif(1, 10)), ("bn3".into(), "nbu1x10".into()));
        assert_eq!(bridge_number("bn255"), Some(255));
        for other in ["bn", "bn0", "bn256", "bn01", "bn1x", "eth0", "bridge1"] {
            assert_eq!(bridge_number(other), None, "{other}");
        }
        assert!(is_vif("nbu1x10"));
        for other in ["nbu1", "nbux1", "nbu1x", "nbu1x256", "eth0"] {
            assert!(!is_vif(other), "{other}");
        }
    }
}
