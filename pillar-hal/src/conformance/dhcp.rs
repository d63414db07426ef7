//! [`Dhcp`], on a link whose segment has a server that hands out addresses of 192.0.2.0/24 with the gateway
//! 192.0.2.1, the DNS servers 192.0.2.53 and 192.0.2.54, the NTP server 192.0.2.7 and the domain `d.example`.

use std::net::IpAddr;
use std::time::Duration;

use pillar_core::hal::{
    AddressFrom, Cidr, Clock, Dhcp, DhcpConfig, DhcpError, DhcpLease, GatewayFrom, IpVersions, LinkError,
    LinkSettings, Links, MAIN_TABLE, Scope,
};

/// How long a lease may take.
const SOON: Duration = Duration::from_secs(15);
const LOOK: Duration = Duration::from_millis(100);

/// What the suite stands on.
pub struct DhcpGround<'a> {
    /// The links.
    pub links: &'a dyn Links,
    /// Time.
    pub clock: &'a dyn Clock,
    /// The link, switched off.
    pub link: &'a str,
    /// Kills the link's client, as when it crashes.
    pub kill: &'a dyn Fn(),
}

/// Runs the suite; it takes some seconds by the clock.
pub fn dhcp(subject: &dyn Dhcp, ground: &DhcpGround<'_>) {
    let suite = Suite { subject, ground, scope: Scope::unbounded() };
    suite.refuses_names_that_are_none();
    suite.gets_a_lease();
    suite.leaves_alone_what_is_as_asked();
    suite.starts_anew_what_died();
    suite.gives_back();
    suite.keeps_a_fixed_address();
}

struct Suite<'a> {
    subject: &'a dyn Dhcp,
    ground: &'a DhcpGround<'a>,
    scope: Scope,
}

impl Suite<'_> {
    fn refuses_names_that_are_none(&self) {
        for bad in ["", "../x", "-U", "a b"] {
            let refused = DhcpError::Link(LinkError::BadName(bad.into()));
            assert_eq!(self.subject.keep(&self.scope, bad, &client()), Err(refused.clone()));
            assert_eq!(self.subject.lease(&self.scope, bad), Err(refused.clone()));
            assert_eq!(self.subject.release(&self.scope, bad), Err(refused));
        }
        assert_eq!(self.subject.lease(&self.scope, self.ground.link), Ok(None), "nothing keeps it");
        self.subject.release(&self.scope, self.ground.link).expect("nothing to give back");
        let missing = DhcpError::Link(LinkError::NotFound("none".into()));
        assert_eq!(self.subject.keep(&self.scope, "none", &client()), Err(missing));
    }

    fn gets_a_lease(&self) {
        self.keep(&client());
        assert_eq!(self.lease(), None, "the link is off");
        self.switch(true);
        let lease = self.lease_soon();
        let address = lease.address_v4.expect("an address");
        assert!(cidr("192.0.2.0/24").contains(address.address) && address.prefix == 24);
        assert_eq!(lease.dns_servers, [ip("192.0.2.53"), ip("192.0.2.54")]);
        assert_eq!(lease.ntp_servers, ["192.0.2.7"]);
        assert_eq!(lease.domain_names[0], "d.example");
        self.until("the address is on the link", || self.addresses().contains(&address));
        self.until("the gateway is used", || self.gateway() == Some((ip("192.0.2.1"), 5000)));
    }

    fn leaves_alone_what_is_as_asked(&self) {
        let before = self.lease_soon();
        self.keep(&client());
        assert_eq!(self.lease(), Some(before), "the same lease");
    }

    fn starts_anew_what_died(&self) {
        (self.ground.kill)();
        self.until("it is gone", || self.lease().is_none());
        self.keep(&client());
        self.lease_soon();
    }

    fn gives_back(&self) {
        self.subject.release(&self.scope, self.ground.link).unwrap();
        assert_eq!(self.lease(), None);
        self.until("the address is gone", || !self.addresses().iter().any(|cidr| cidr.address.is_ipv4()));
        self.until("and the route", || self.gateway().is_none());
        self.subject.release(&self.scope, self.ground.link).unwrap();
    }

    fn keeps_a_fixed_address(&self) {
        let mut config = client();
        config.address = AddressFrom::Fixed {
            address: cidr("192.0.2.10/24"),
            domain_name: "other.example".into(),
            dns_servers: vec![ip("192.0.2.99")],
            ntp_servers: vec![],
        };
        config.gateway = GatewayFrom::Fixed(ip("192.0.2.2"));
        self.keep(&config);
        let lease = self.lease_soon();
        assert_eq!(lease.address_v4, Some(cidr("192.0.2.10/24")));
        assert_eq!((lease.dns_servers, &*lease.domain_names[0]), (vec![ip("192.0.2.99")], "other.example"));
        self.until("the gateway is the given one", || self.gateway() == Some((ip("192.0.2.2"), 5000)));
        // Something else in its place.
        self.keep(&client());
        self.until("the gateway is the server's", || self.gateway() == Some((ip("192.0.2.1"), 5000)));
        self.until("the fixed address is gone", || !self.addresses().contains(&cidr("192.0.2.10/24")));
        self.subject.release(&self.scope, self.ground.link).unwrap();
    }

    fn keep(&self, config: &DhcpConfig) {
        self.subject.keep(&self.scope, self.ground.link, config).unwrap();
    }

    fn lease(&self) -> Option<DhcpLease> {
        self.subject.lease(&self.scope, self.ground.link).unwrap()
    }

    fn lease_soon(&self) -> DhcpLease {
        self.until("there is a lease", || self.lease().is_some());
        self.lease().expect("it was there just now")
    }

    fn until(&self, what: &str, holds: impl Fn() -> bool) {
        let end = self.ground.clock.now().mono + SOON;
        while !holds() {
            assert!(self.ground.clock.now().mono < end, "not so: {what}");
            self.ground.clock.sleep(&self.scope, LOOK);
        }
    }

    fn switch(&self, up: bool) {
        let settings = LinkSettings { up: Some(up), ..LinkSettings::default() };
        self.ground.links.set(&self.scope, self.ground.link, &settings).unwrap();
    }

    fn addresses(&self) -> Vec<Cidr> {
        let links = self.ground.links.list(&self.scope).unwrap();
        links
            .into_iter()
            .find(|link| link.name == self.ground.link)
            .map(|link| link.addresses)
            .unwrap_or_default()
    }

    /// The gateway to everywhere by IPv4 through the link, and the route's metric.
    fn gateway(&self) -> Option<(IpAddr, u32)> {
        let routes = self.ground.links.routes(&self.scope, MAIN_TABLE).unwrap();
        let mut defaults = routes.iter().filter(|route| route.destination == cidr("0.0.0.0/0"));
        let route = defaults.find(|route| route.link == self.ground.link)?;
        Some((route.gateway?, route.metric))
    }
}

fn client() -> DhcpConfig {
    DhcpConfig {
        address: AddressFrom::Server { vendor_class: true },
        gateway: GatewayFrom::Server,
        metric: 5000,
        versions: IpVersions::V4,
    }
}

fn cidr(text: &str) -> Cidr {
    text.parse().unwrap()
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}
