//! Names and MAC addresses of what zedrouter makes (spec/04, Naming and MAC addresses). Pure.

use pillar_types::app_network::MacGenerator;
use pillar_types::base64;
use pillar_types::network_instance::NetworkInstanceType;
use pillar_types::{Mac, Uuid};

use super::sha256::sha256;

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
pub fn bridge_mac(node: &Uuid, number: u8) -> Mac {
    let (high, low) = if node.is_nil() {
        (0x06, 0x00)
    } else {
        let hash = sha256(&node.0);
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
    pub fn mac(self, kind: NetworkInstanceType, generator: MacGenerator) -> Mac {
        if kind != NetworkInstanceType::Switch && generator == MacGenerator::NodeScoped {
            return Mac::from([0x00, 0x16, 0x3e, 0x00, self.position, self.app_number]);
        }
        // The same on all nodes of a cluster: without a number that differs between them.
        let number = if generator == MacGenerator::ClusterDeterministic { 0 } else { self.app_number };
        let hash = sha256(&[&self.app.0[..], &self.network.0, &[self.position, number]].concat());
        let [first, rest @ ..] = hash;
        if kind == NetworkInstanceType::Switch {
            return Mac::from([0x02, 0x16, 0x3e, first, rest[0], rest[1]]);
        }
        // Locally administered, and of one receiver.
        Mac::from([first & !1 | 2, rest[0], rest[1], rest[2], rest[3], rest[4]])
    }
}

/// The set of the packet filter for the addresses of a host: the name itself, or its last labels after a hash.
pub fn host_set(host: &str) -> String {
    if host.len() <= SET_NAME {
        return format!("ipv4.{host}");
    }
    // As many labels from the end as leave room for a hash and a separator.
    let labels = host.match_indices('.').map(|(at, _)| &host[at + 1..]);
    let kept = labels.into_iter().find(|rest| rest.len() + 1 + SET_HASH <= SET_NAME).unwrap_or_default();
    let hash = base64::encode(&sha256(host.as_bytes())).replace('+', "-").replace('/', "_");
    let room = SET_NAME - kept.len() - 1;
    // dnsmasq separates by `#` what EVE puts here.
    format!("ipv4.{}_{kept}", &hash[..room])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uuid(text: &str) -> Uuid {
        text.parse().unwrap()
    }

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

    #[test]
    fn ac04_10_the_bridge_has_the_nodes_mac_address() {
        let node = uuid("6c6cb828-b0be-4166-9daf-ab353430dbc1");
        assert_eq!(bridge_mac(&node, 1).to_string(), "00:16:3e:85:bc:01");
        assert_eq!(bridge_mac(&Uuid::NIL, 2).to_string(), "00:16:3e:06:00:02");
    }

    #[test]
    fn ac04_08_interfaces_have_the_mac_addresses_of_the_vector() {
        let app = uuid("6f47a423-e41c-48db-8339-acc3e1f7dad5");
        let network = uuid("3b75c981-f1d5-4b83-8135-8194a3808ff2");
        let interface = Interface { app: &app, network: &network, position: 1, app_number: 1 };
        let (local, switch) = (NetworkInstanceType::Local, NetworkInstanceType::Switch);
        let cases = [
            (local, MacGenerator::NodeScoped, "00:16:3e:00:01:01"),
            (local, MacGenerator::GloballyScoped, "4a:9c:1a:f1:c8:6a"),
            (local, MacGenerator::ClusterDeterministic, "76:13:23:f8:b5:91"),
            (switch, MacGenerator::GloballyScoped, "02:16:3e:4a:9c:1a"),
            (switch, MacGenerator::NodeScoped, "02:16:3e:4a:9c:1a"),
        ];
        for (kind, generator, mac) in cases {
            assert_eq!(interface.mac(kind, generator).to_string(), mac, "{kind:?} {generator:?}");
        }
    }

    #[test]
    fn long_hosts_keep_their_last_labels() {
        assert_eq!(host_set("www.example.com"), "ipv4.www.example.com");
        let set = host_set("a.very.long.subdomain.of.example.com");
        assert_eq!(set, "ipv4.rHW7zCRPhXx_of.example.com");
        let one = host_set(&"a".repeat(63));
        assert_eq!(one.len(), "ipv4.".len() + SET_NAME);
    }
}
