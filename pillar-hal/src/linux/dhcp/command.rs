//! The command lines of dhcpcd, exactly as EVE's scripts and tests know them (spec/03, dhcpcd). Pure.

use std::net::IpAddr;

use pillar_core::hal::{AddressFrom, DhcpConfig, GatewayFrom, IpVersions, VENDOR_CLASS};

/// The arguments that keep a link like this, by a configuration file. Their order matters to dhcpcd.
pub fn arguments(link: &str, config: &DhcpConfig, file: &str) -> Vec<String> {
    let mut args: Vec<String> = Vec::new();
    let mut put = |words: &[&str]| args.extend(words.iter().map(|word| (*word).to_owned()));
    match &config.address {
        AddressFrom::Server { vendor_class } => {
            put(&["--request"]);
            if *vendor_class {
                put(&["-i", VENDOR_CLASS]);
            }
        }
        AddressFrom::Fixed { address, .. } => put(&["--static", &format!("ip_address={address}")]),
    }
    match (config.gateway, &config.address) {
        (GatewayFrom::Fixed(gateway), _) => put(&["--static", &format!("routers={gateway}")]),
        (GatewayFrom::Nowhere, _) | (GatewayFrom::Server, AddressFrom::Fixed { .. }) => put(&["--nogateway"]),
        (GatewayFrom::Server, AddressFrom::Server { .. }) => {}
    }
    if let AddressFrom::Fixed { domain_name, dns_servers, ntp_servers, .. } = &config.address {
        if !domain_name.is_empty() {
            put(&["--static", &format!("domain_name={domain_name}")]);
        }
        if !dns_servers.is_empty() {
            let servers: Vec<String> = dns_servers.iter().map(IpAddr::to_string).collect();
            put(&["--static", &format!("domain_name_servers={}", servers.join(" "))]);
        }
        for server in ntp_servers {
            put(&["--static", &format!("ntp_servers={server}")]);
        }
    }
    if config.metric != 0 {
        put(&["--metric", &config.metric.to_string()]);
    }
    // In the background at once, and never giving up.
    put(&["-f", file, "-b", "-t", "0"]);
    put(match config.versions {
        IpVersions::Both => &["--noipv4ll"],
        IpVersions::V4 => &["--noipv4ll", "--ipv4only"],
        IpVersions::V6 => &["--ipv6only"],
    });
    put(&[link]);
    args
}

/// The part of a client's arguments that says which of a link's clients is meant: it decides how the client's
/// pid file is called.
pub(super) fn versions_of(args: &[String]) -> Vec<String> {
    args.iter().filter(|arg| matches!(arg.as_str(), "--ipv4only" | "--ipv6only")).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client() -> DhcpConfig {
        DhcpConfig {
            address: AddressFrom::Server { vendor_class: true },
            gateway: GatewayFrom::Server,
            metric: 5000,
            versions: IpVersions::V4,
        }
    }

    fn fixed() -> DhcpConfig {
        let address = AddressFrom::Fixed {
            address: "192.0.2.10/24".parse().unwrap(),
            domain_name: "d.example".into(),
            dns_servers: vec![[192, 0, 2, 53].into()],
            ntp_servers: vec![],
        };
        let gateway = GatewayFrom::Fixed([192, 0, 2, 1].into());
        DhcpConfig { address, gateway, ..client() }
    }

    fn line(config: &DhcpConfig) -> String {
        arguments("eth0", config, "/etc/dhcpcd.conf").join(" ")
    }

    #[test]
    fn ac03_29_the_client_is_called_exactly_like_this() {
        let whole =
            "--request -i LFEDGE-EVE --metric 5000 -f /etc/dhcpcd.conf -b -t 0 --noipv4ll --ipv4only eth0";
        assert_eq!(line(&client()), whole);
    }

    #[test]
    fn ac03_30_a_fixed_address_is_given_like_this() {
        let begin = [
            "--static",
            "ip_address=192.0.2.10/24",
            "--static",
            "routers=192.0.2.1",
            "--static",
            "domain_name=d.example",
            "--static",
            "domain_name_servers=192.0.2.53",
            "--metric",
            "5000",
        ];
        assert_eq!(arguments("eth0", &fixed(), "/etc/dhcpcd.conf")[..10], begin);
        let mut two = fixed();
        if let AddressFrom::Fixed { dns_servers, .. } = &mut two.address {
            dns_servers.push([192, 0, 2, 54].into());
        }
        let args = arguments("eth0", &two, "/etc/dhcpcd.conf");
        assert!(args.contains(&"domain_name_servers=192.0.2.53 192.0.2.54".to_owned()), "one argument");
        let none = DhcpConfig { gateway: GatewayFrom::Nowhere, ..fixed() };
        assert!(
            line(&none).starts_with("--static ip_address=192.0.2.10/24 --nogateway --static domain_name")
        );
    }

    #[test]
    fn what_is_not_said_is_left_out() {
        let plain = DhcpConfig {
            address: AddressFrom::Server { vendor_class: false },
            metric: 0,
            versions: IpVersions::Both,
            ..client()
        };
        assert_eq!(line(&plain), "--request -f /etc/dhcpcd.conf -b -t 0 --noipv4ll eth0");
        let six = DhcpConfig { versions: IpVersions::V6, gateway: GatewayFrom::Nowhere, ..plain.clone() };
        assert_eq!(line(&six), "--request --nogateway -f /etc/dhcpcd.conf -b -t 0 --ipv6only eth0");
        let other = DhcpConfig { gateway: GatewayFrom::Fixed([192, 0, 2, 9].into()), ..plain };
        assert!(line(&other).starts_with("--request --static routers=192.0.2.9 -f"));
        let mut bare = fixed();
        bare.gateway = GatewayFrom::Server;
        if let AddressFrom::Fixed { domain_name, dns_servers, ntp_servers, .. } = &mut bare.address {
            domain_name.clear();
            dns_servers.clear();
            *ntp_servers = vec!["a".into(), "b".into()];
        }
        let wanted =
            "--static ip_address=192.0.2.10/24 --nogateway --static ntp_servers=a --static ntp_servers=b";
        assert!(line(&bare).starts_with(wanted), "{}", line(&bare));
    }
}
