//! Names and MAC addresses that hang on a hash.

use pillar_core::agents::zedrouter::names::{self, Interface};
use pillar_hal::linux::RingCrypto;
use pillar_types::Uuid;
use pillar_types::app_network::MacGenerator;
use pillar_types::network_instance::NetworkInstanceType;

fn uuid(text: &str) -> Uuid {
    text.parse().expect("a UUID")
}

#[test]
fn ac04_10_the_bridge_has_the_nodes_mac_address() {
    let node = uuid("6c6cb828-b0be-4166-9daf-ab353430dbc1");
    assert_eq!(names::bridge_mac(&node, 1, &RingCrypto).to_string(), "00:16:3e:85:bc:01");
    assert_eq!(names::bridge_mac(&Uuid::NIL, 2, &RingCrypto).to_string(), "00:16:3e:06:00:02");
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
        assert_eq!(interface.mac(kind, generator, &RingCrypto).to_string(), mac, "{kind:?} {generator:?}");
    }
}

#[test]
fn long_hosts_keep_their_last_labels() {
    assert_eq!(names::host_set("www.example.com", &RingCrypto), "ipv4.www.example.com");
    let set = names::host_set("a.very.long.subdomain.of.example.com", &RingCrypto);
    assert_eq!(set, "ipv4.rHW7zCRPhXx_of.example.com");
    let one = names::host_set(&"a".repeat(63), &RingCrypto);
    assert_eq!(one.len(), "ipv4.".len() + 26);
}
