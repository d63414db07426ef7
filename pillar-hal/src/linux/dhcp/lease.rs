//! What `dhcpcd -U` prints of a lease: one `key=value` a line (dhcpcd(8), dhcpcd-run-hooks(8)). Pure.
//!
//! Servers of the network choose the values: whatever they are, reading ends, and what makes no sense is left out.

use std::net::IpAddr;

use pillar_core::hal::{Cidr, DhcpLease};

/// How many servers, networks or names of a kind are taken: more is not sensible.
const MAX_ITEMS: usize = 32;

/// The longest name that DNS has.
const MAX_NAME: usize = 253;

/// Reads what was printed for IPv4.
pub(super) fn read_v4(lease: &mut DhcpLease, text: &str) {
    let mut address = None;
    let mut prefix = None;
    for (key, value) in pairs(text) {
        match key {
            "ip_address" => address = value.parse().ok(),
            "subnet_cidr" => prefix = value.parse().ok(),
            "domain_name" => lease.domain_names[0] = name(value),
            "domain_name_servers" => add(&mut lease.dns_servers, addresses(value)),
            "ntp_servers" => add(&mut lease.ntp_servers, names(value)),
            _ => {}
        }
    }
    lease.address_v4 = address.zip(prefix).and_then(|(address, prefix): (IpAddr, u8)| {
        (address.is_ipv4() && prefix <= 32).then_some(Cidr { address, prefix })
    });
}

/// Reads what was printed for IPv6: advertisements of routers, and DHCPv6.
pub(super) fn read_v6(lease: &mut DhcpLease, text: &str) {
    let lengths: Vec<(&str, u8)> = pairs(text)
        .filter_map(|(key, value)| Some((key.strip_suffix("_length")?, value.parse().ok()?)))
        .collect();
    for (key, value) in pairs(text) {
        if key.starts_with("nd") && key.contains("_prefix_information") {
            let length = key
                .strip_suffix("_prefix")
                .and_then(|stem| lengths.iter().find(|(other, _)| *other == stem).map(|(_, length)| *length));
            if let (Some(prefix), Ok(address)) = (length.filter(|prefix| *prefix <= 128), value.parse()) {
                add(&mut lease.networks_v6, [Cidr { address, prefix }].into_iter());
            }
        } else if key == "dhcp6_name_servers" || (key.starts_with("nd") && key.ends_with("_servers")) {
            add(&mut lease.dns_servers, addresses(value));
        } else if key == "dhcp6_ntp_server_addr" {
            add(&mut lease.ntp_servers, names(value));
        } else if key == "dhcp6_domain_search" {
            lease.domain_names[1] = names(value).next().unwrap_or_default();
        }
    }
}

/// Keys and values. Values with blanks are in quotes, as a shell would read them.
fn pairs(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.lines().filter_map(|line| {
        let (key, value) = line.split_once('=')?;
        Some((key.trim(), value.trim().trim_matches(['\'', '"'])))
    })
}

fn addresses(value: &str) -> impl Iterator<Item = IpAddr> {
    value.split_ascii_whitespace().filter_map(|word| word.parse().ok())
}

fn names(value: &str) -> impl Iterator<Item = String> {
    value.split_ascii_whitespace().map(name).filter(|name| !name.is_empty())
}

/// A name of DNS, or an address; empty if it is neither.
fn name(value: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
    let good = value.len() <= MAX_NAME && value.bytes().all(plain);
    if good { value.trim_end_matches('.').to_owned() } else { String::new() }
}

fn add<T: PartialEq>(list: &mut Vec<T>, items: impl Iterator<Item = T>) {
    for item in items {
        if list.len() < MAX_ITEMS && !list.contains(&item) {
            list.push(item);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// As dhcpcd 9.4.1 prints them.
    const V4: &str = "reason=BOUND\ninterface=eth0\nprotocol=dhcp\nip_address=192.0.2.85\nsubnet_cidr=24\n\
        network_number=192.0.2.0\nsubnet_mask=255.255.255.0\nrouters=192.0.2.1\n\
        domain_name_servers=192.0.2.53 192.0.2.54\nhost_name=vm\ndomain_name=d.example\n\
        broadcast_address=192.0.2.255\nntp_servers=192.0.2.7\ndhcp_lease_time=120\n";
    const V6: &str = "reason=ROUTERADVERT\ninterface=eth0\nprotocol=ra\nnd1_from=fe80::97:cdff:fe05:2904\n\
        nd1_prefix_information1_length=64\nnd1_prefix_information1_flags=L\n\
        nd1_prefix_information1_prefix=2001:db8::\nnd1_rdnss1_servers=2001:db8::53\nreason=BOUND6\n\
        protocol=dhcp6\ndhcp6_ia_na1_ia_addr1=2001:db8::19\ndhcp6_name_servers=2001:db8::53 2001:db8::54\n";

    #[test]
    fn a_lease_is_read_as_dhcpcd_prints_it() {
        let mut lease = DhcpLease::default();
        read_v4(&mut lease, V4);
        read_v6(&mut lease, V6);
        assert_eq!(lease.address_v4, "192.0.2.85/24".parse().ok());
        assert_eq!(lease.networks_v6, ["2001:db8::/64".parse().unwrap()]);
        assert_eq!(lease.domain_names, ["d.example".to_owned(), String::new()]);
        let servers: Vec<String> = lease.dns_servers.iter().map(ToString::to_string).collect();
        assert_eq!(servers, ["192.0.2.53", "192.0.2.54", "2001:db8::53", "2001:db8::54"]);
        assert_eq!(lease.ntp_servers, ["192.0.2.7"]);
    }

    #[test]
    fn what_makes_no_sense_is_left_out() {
        let mut lease = DhcpLease::default();
        read_v4(&mut lease, "ip_address=::1\nsubnet_cidr=64\ndomain_name=a b;c\nntp_servers=a $(b)\n=\nx\n");
        let only_ntp = DhcpLease { ntp_servers: vec!["a".into()], ..DhcpLease::default() };
        assert_eq!(lease, only_ntp);
        read_v4(&mut lease, "ip_address=192.0.2.1\nsubnet_cidr=33\n");
        assert_eq!(lease, only_ntp);
    }

    proptest! {
        #[test]
        fn any_text_ends_and_is_bounded(text in "([a-z0-9_]{0,30}(=| )[a-z0-9.: ]{0,40}\n|\\PC{0,40}\n){0,60}") {
            let mut lease = DhcpLease::default();
            read_v4(&mut lease, &text);
            read_v6(&mut lease, &text);
            prop_assert!(lease.dns_servers.len() <= MAX_ITEMS && lease.networks_v6.len() <= MAX_ITEMS);
        }
    }
}
