//! [`Links`] and its notices, on a device of its own: the loopback interface, and `nic0` and `nic1`, switched off and
//! plugged into each other.

use std::collections::BTreeSet;

use pillar_core::hal::source::{Drained, Source};
use pillar_core::hal::{
    Cidr, Link, LinkError, LinkKind, LinkNotice, LinkSettings, Links, MAIN_TABLE, NewLink, Route, Scope,
};

/// A table that nobody uses.
const TABLE: u32 = 507;

const MAC: [u8; 6] = [0x02, 0x16, 0x3e, 0, 0, 1];
const OTHER_MAC: [u8; 6] = [0x02, 0x16, 0x3e, 0, 0, 2];

/// Runs the suite; it leaves nothing behind but the interfaces, switched on.
pub fn links(subject: &dyn Links) {
    let suite = Suite { subject, scope: Scope::unbounded() };
    suite.lists_by_name();
    suite.refuses_what_is_not_there();
    suite.makes_and_removes_bridges();
    suite.makes_and_removes_taps();
    suite.switches_on_and_off();
    suite.changes_settings();
    suite.gives_names();
    suite.joins_bridges();
    suite.replaces_addresses();
    suite.replaces_routes();
    suite.keeps_routes_of_other_links_and_tables();
    suite.refuses_routes_that_lead_nowhere();
    suite.forwards_or_not();
    suite.honours_a_cancel();
}

/// Runs the suite of notices, on the device that `subject` changes.
pub fn link_notices(subject: &dyn Links, source: &mut dyn Source<LinkNotice>) {
    let scope = Scope::unbounded();
    let mut last_serial = 0;
    let mut told = || {
        let mut names = BTreeSet::new();
        let drained = source.drain(&mut |name, notice| {
            assert!(notice.serial > last_serial, "serials grow");
            last_serial = notice.serial;
            names.insert(name.to_owned());
        });
        assert_eq!(drained, Drained::All);
        names
    };
    told();
    assert_eq!(told(), BTreeSet::new(), "nothing happened");

    subject.add(&scope, "br0", &NewLink::Bridge { mac: MAC }).unwrap();
    assert!(told().contains("br0"));
    subject.set(&scope, "br0", &up(true)).unwrap();
    assert!(told().contains("br0"));
    subject.set_addresses(&scope, "br0", &[cidr("192.0.2.1/24")]).unwrap();
    assert!(told().contains("br0"));
    subject.set_routes(&scope, MAIN_TABLE, "br0", &[route("br0", "198.51.100.0/24", None)]).unwrap();
    assert!(told().contains("br0"));
    subject.set_routes(&scope, MAIN_TABLE, "br0", &[]).unwrap();
    assert!(told().contains("br0"));
    subject.set_addresses(&scope, "br0", &[]).unwrap();
    assert!(told().contains("br0"));
    subject
        .set(&scope, "br0", &LinkSettings { up: Some(false), name: Some("br1".into()), ..nothing() })
        .unwrap();
    assert!(told().is_superset(&["br0".to_owned(), "br1".to_owned()].into()), "both names");
    subject.remove(&scope, "br1").unwrap();
    assert!(told().contains("br1"));
}

/// How often a state is looked at that the kernel reaches by itself.
const LOOKS: u32 = 10_000;

struct Suite<'a> {
    subject: &'a dyn Links,
    scope: Scope,
}

impl Suite<'_> {
    fn lists_by_name(&self) {
        let links = self.subject.list(&self.scope).unwrap();
        let names: Vec<&str> = links.iter().map(|link| &*link.name).collect();
        assert!(
            names.is_sorted() && ["lo", "nic0", "nic1"].iter().all(|name| names.contains(name)),
            "{names:?}"
        );
        assert_eq!(self.link("lo").kind, LinkKind::Loopback);
        let nic = self.link("nic0");
        assert!(matches!(nic.kind, LinkKind::Ethernet | LinkKind::Veth));
        assert!(nic.mac != [0; 6] && nic.mac != self.link("nic1").mac);
        assert_eq!((nic.mtu, nic.admin_up, nic.lower_up, &nic.master), (1500, false, false, &None));
        let numbers: BTreeSet<u32> = links.iter().map(|link| link.index).collect();
        assert!(numbers.len() == links.len() && !numbers.contains(&0));
    }

    fn refuses_what_is_not_there(&self) {
        let missing = LinkError::NotFound("none".into());
        assert_eq!(self.subject.set(&self.scope, "none", &up(true)), Err(missing.clone()));
        assert_eq!(self.subject.set_addresses(&self.scope, "none", &[]), Err(missing.clone()));
        assert_eq!(self.subject.set_routes(&self.scope, TABLE, "none", &[]), Err(missing.clone()));
        let joins = LinkSettings { master: Some(Some("none".into())), ..nothing() };
        assert_eq!(self.subject.set(&self.scope, "nic0", &joins), Err(missing));
        self.subject.remove(&self.scope, "none").expect("gone is gone");
        for bad in ["", "a/b", "-x", "sixteen-letters-", "a b"] {
            let refused = LinkError::BadName(bad.into());
            assert_eq!(self.subject.add(&self.scope, bad, &NewLink::Tap), Err(refused.clone()));
            assert_eq!(self.subject.set(&self.scope, bad, &nothing()), Err(refused.clone()));
            assert_eq!(self.subject.remove(&self.scope, bad), Err(refused.clone()));
            let renamed = LinkSettings { name: Some(bad.into()), ..nothing() };
            assert_eq!(self.subject.set(&self.scope, "nic0", &renamed), Err(refused));
        }
        assert!(matches!(self.subject.remove(&self.scope, "lo"), Err(LinkError::Io { .. })));
    }

    fn makes_and_removes_bridges(&self) {
        self.add("br0", &NewLink::Bridge { mac: MAC });
        let made = self.link("br0");
        assert_eq!((made.kind, made.mac, made.admin_up, made.mtu), (LinkKind::Bridge, MAC, false, 1500));
        self.set("br0", &up(true));
        self.add("br0", &NewLink::Bridge { mac: OTHER_MAC });
        let kept = self.link("br0");
        assert_eq!(
            (kept.index, kept.mac, kept.admin_up),
            (made.index, OTHER_MAC, true),
            "kept, with the address"
        );
        let exists = Err(LinkError::Exists("br0".into()));
        assert_eq!(self.subject.add(&self.scope, "br0", &NewLink::Tap), exists);
        let exists = Err(LinkError::Exists("nic0".into()));
        assert_eq!(self.subject.add(&self.scope, "nic0", &NewLink::Bridge { mac: MAC }), exists);
        let group = NewLink::Bridge { mac: [1; 6] };
        assert!(matches!(self.subject.add(&self.scope, "br1", &group), Err(LinkError::Io { .. })));
        self.subject.remove(&self.scope, "br0").unwrap();
        self.subject.remove(&self.scope, "br0").unwrap();
        assert!(self.find("br0").is_none() && self.find("br1").is_none());
    }

    fn makes_and_removes_taps(&self) {
        self.add("tap0", &NewLink::Tap);
        let made = self.link("tap0");
        assert_eq!((made.kind, made.admin_up), (LinkKind::Tap, false));
        self.add("tap0", &NewLink::Tap);
        assert_eq!(self.link("tap0").index, made.index);
        self.set("tap0", &up(true));
        assert!(!self.link("tap0").lower_up, "no guest holds it");
        self.subject.remove(&self.scope, "tap0").unwrap();
        assert!(self.find("tap0").is_none());
    }

    fn switches_on_and_off(&self) {
        self.set("nic0", &up(true));
        self.set("nic1", &up(true));
        let nic = self.link("nic0");
        assert!(nic.admin_up && nic.lower_up);
        self.set("nic0", &up(true));
        self.set("nic0", &up(false));
        let nic = self.link("nic0");
        assert!(!nic.admin_up && !nic.lower_up);
        self.set("nic0", &up(true));
    }

    fn changes_settings(&self) {
        let before = self.link("nic0");
        let settings = LinkSettings { mtu: Some(1400), mac: Some(MAC), ..nothing() };
        self.set("nic0", &settings);
        self.set("nic0", &settings);
        let nic = self.link("nic0");
        assert_eq!((nic.mtu, nic.mac, nic.admin_up), (1400, MAC, true));
        let too_small = LinkSettings { mtu: Some(1), ..nothing() };
        assert!(matches!(self.subject.set(&self.scope, "nic0", &too_small), Err(LinkError::Io { .. })));
        self.set("nic0", &LinkSettings { mtu: Some(before.mtu), mac: Some(before.mac), ..nothing() });
    }

    fn gives_names(&self) {
        self.set("nic0", &up(false));
        let rename = |name: &str| LinkSettings { name: Some(name.into()), ..nothing() };
        let index = self.link("nic0").index;
        self.set("nic0", &rename("knic0"));
        assert_eq!(self.link("knic0").index, index);
        assert!(self.find("nic0").is_none());
        self.set("knic0", &rename("knic0"));
        let taken = self.subject.set(&self.scope, "knic0", &rename("nic1"));
        assert_eq!(taken, Err(LinkError::Exists("nic1".into())));
        self.set("knic0", &LinkSettings { up: Some(true), ..rename("nic0") });
        assert!(self.link("nic0").admin_up, "named, then switched on");
        self.set("nic0", &LinkSettings { up: Some(false), ..rename("knic0") });
        self.set("knic0", &LinkSettings { up: Some(true), ..rename("nic0") });
    }

    fn joins_bridges(&self) {
        self.add("br0", &NewLink::Bridge { mac: MAC });
        self.set("br0", &up(true));
        let master = |name: Option<&str>| LinkSettings { master: Some(name.map(str::to_owned)), ..nothing() };
        self.set("nic0", &master(Some("br0")));
        self.set("nic0", &master(Some("br0")));
        self.set("nic0", &nothing());
        assert_eq!(self.link("nic0").master.as_deref(), Some("br0"));
        let into_nic = self.subject.set(&self.scope, "br0", &master(Some("nic1")));
        assert!(matches!(into_nic, Err(LinkError::Io { .. })));
        self.set("nic0", &master(None));
        assert_eq!(self.link("nic0").master, None);
        self.set("nic0", &master(Some("br0")));
        self.subject.remove(&self.scope, "br0").unwrap();
        assert_eq!(self.link("nic0").master, None, "the bridge is gone");
    }

    fn replaces_addresses(&self) {
        let set = |link: &str, addresses: &[&str]| {
            let addresses: Vec<Cidr> = addresses.iter().map(|text| cidr(text)).collect();
            self.subject.set_addresses(&self.scope, link, &addresses).unwrap();
        };
        let is = |link: &str, wanted: &[&str]| {
            let have = || {
                let mut have = self.link(link).addresses;
                have.retain(|cidr| !cidr.address.to_string().starts_with("fe80:"));
                have.sort();
                have
            };
            let mut wanted: Vec<Cidr> = wanted.iter().map(|text| cidr(text)).collect();
            wanted.sort();
            // The kernel looks for duplicates first, for a moment even on the loopback.
            (0..LOOKS).find(|_| have() == wanted);
            assert_eq!(have(), wanted);
        };
        for addresses in [
            &["192.0.2.1/24"][..],
            &["192.0.2.1/24"],
            &["192.0.2.1/24", "192.0.2.2/24", "198.51.100.1/30"],
            // The kernel takes the second of a network along with its first.
            &["192.0.2.2/24"],
            &["192.0.2.2/25"],
            &[],
        ] {
            set("nic0", addresses);
            is("nic0", addresses);
        }
        self.set("lo", &up(true));
        let lo = ["127.0.0.1/8", "::1/128", "2001:db8::1/64", "2001:db8::2/128"];
        set("lo", &lo);
        is("lo", &lo);
        set("lo", &lo[..2]);
        is("lo", &lo[..2]);
        // Addresses of IPv4 outlive a link that is switched off, and are given to one.
        set("nic0", &["192.0.2.1/24"]);
        self.set("nic0", &up(false));
        is("nic0", &["192.0.2.1/24"]);
        set("nic0", &["192.0.2.2/24"]);
        self.set("nic0", &up(true));
        is("nic0", &["192.0.2.2/24"]);
        set("nic0", &[]);
    }

    fn replaces_routes(&self) {
        self.subject.set_addresses(&self.scope, "nic0", &[cidr("192.0.2.2/24")]).unwrap();
        let direct = route("nic0", "198.51.100.0/24", None);
        let default = Route { metric: 5000, ..route("nic0", "0.0.0.0/0", Some("192.0.2.1")) };
        let sourced =
            Route { source: Some(ip("192.0.2.2")), ..route("nic0", "203.0.113.0/24", Some("198.51.100.9")) };
        let v6 = route("nic0", "2001:db8::/32", None);
        for routes in [
            &[direct.clone(), default.clone()][..],
            &[direct.clone(), default.clone()],
            // The gateway of one is in the network of another.
            &[sourced, v6, direct.clone()],
            &[Route { gateway: Some(ip("192.0.2.9")), ..default.clone() }, Route { metric: 7, ..default }],
            &[Route { destination: cidr("198.51.100.77/24"), ..direct }],
            &[],
        ] {
            for table in [MAIN_TABLE, TABLE] {
                self.subject.set_routes(&self.scope, table, "nic0", routes).unwrap();
                assert_eq!(self.routes(table), sorted(routes));
            }
        }
        self.subject.set_addresses(&self.scope, "nic0", &[]).unwrap();
    }

    fn keeps_routes_of_other_links_and_tables(&self) {
        let set = |table, link: &str, destination: &str| {
            let routes = [route(link, destination, None)];
            self.subject.set_routes(&self.scope, table, link, &routes).unwrap();
        };
        set(TABLE, "nic0", "198.51.100.0/24");
        set(TABLE, "nic1", "198.51.100.0/24");
        set(MAIN_TABLE, "nic1", "203.0.113.0/24");
        let both = [route("nic0", "198.51.100.0/24", None), route("nic1", "198.51.100.0/24", None)];
        assert_eq!(self.routes(TABLE), both);
        self.set("nic0", &up(false));
        assert_eq!(self.routes(TABLE), both[1..], "routes go with their link");
        let down = self.subject.set_routes(&self.scope, TABLE, "nic0", &both[..1]);
        assert!(matches!(down, Err(LinkError::Io { .. })));
        self.set("nic0", &up(true));
        assert_eq!(self.routes(TABLE), both[1..], "and do not come back with it");
        self.subject.set_routes(&self.scope, TABLE, "nic1", &[]).unwrap();
        assert_eq!(self.routes(TABLE), []);
        assert_eq!(self.routes(MAIN_TABLE), [route("nic1", "203.0.113.0/24", None)]);
        self.subject.set_routes(&self.scope, MAIN_TABLE, "nic1", &[]).unwrap();
    }

    fn refuses_routes_that_lead_nowhere(&self) {
        let good = route("nic0", "198.51.100.0/24", None);
        let nowhere = route("nic0", "0.0.0.0/0", Some("192.0.2.1"));
        let stranger = Route { source: Some(ip("192.0.2.2")), ..route("nic0", "203.0.113.0/24", None) };
        for bad in [nowhere, stranger] {
            let set = self.subject.set_routes(&self.scope, TABLE, "nic0", &[bad, good.clone()]);
            assert!(matches!(set, Err(LinkError::Io { call: "RTM_NEWROUTE", .. })), "{set:?}");
            assert_eq!(self.routes(TABLE), std::slice::from_ref(&good), "the others are there");
        }
        self.subject.set_routes(&self.scope, TABLE, "nic0", &[]).unwrap();
    }

    fn forwards_or_not(&self) {
        for on in [true, true, false, true] {
            self.subject.set_forwarding(&self.scope, on).unwrap();
            assert_eq!(self.subject.forwards(&self.scope), Ok(on));
        }
    }

    fn honours_a_cancel(&self) {
        let cancelled = Scope::unbounded();
        cancelled.cancel();
        assert_eq!(self.subject.list(&cancelled), Err(LinkError::Cancelled));
        assert_eq!(self.subject.set(&cancelled, "nic0", &up(false)), Err(LinkError::Cancelled));
        assert!(self.link("nic0").admin_up);
    }

    fn find(&self, name: &str) -> Option<Link> {
        self.subject.list(&self.scope).unwrap().into_iter().find(|link| link.name == name)
    }

    fn link(&self, name: &str) -> Link {
        self.find(name).unwrap_or_else(|| panic!("{name} is there"))
    }

    fn add(&self, name: &str, link: &NewLink) {
        self.subject.add(&self.scope, name, link).unwrap();
    }

    fn set(&self, name: &str, settings: &LinkSettings) {
        self.subject.set(&self.scope, name, settings).unwrap();
    }

    fn routes(&self, table: u32) -> Vec<Route> {
        self.subject.routes(&self.scope, table).unwrap()
    }
}

fn nothing() -> LinkSettings {
    LinkSettings::default()
}

fn up(up: bool) -> LinkSettings {
    LinkSettings { up: Some(up), ..nothing() }
}

fn cidr(text: &str) -> Cidr {
    text.parse().unwrap()
}

fn ip(text: &str) -> std::net::IpAddr {
    text.parse().unwrap()
}

fn route(link: &str, destination: &str, gateway: Option<&str>) -> Route {
    let gateway = gateway.map(ip);
    Route { destination: cidr(destination), gateway, link: link.into(), source: None, metric: 0 }
}

/// As they are listed: networks without host parts, and the kernel's metric where IPv6 was given none.
fn sorted(routes: &[Route]) -> Vec<Route> {
    let mut routes = routes.to_vec();
    for route in &mut routes {
        route.destination = route.destination.network();
        if route.metric == 0 && route.destination.address.is_ipv6() {
            route.metric = 1024;
        }
    }
    routes.sort();
    routes
}
