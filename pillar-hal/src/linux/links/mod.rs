//! Links, addresses and routes over rtnetlink, in the network namespace of the calling thread.
//!
//! Each call has a socket of its own: there is no state between calls, and no lock. What a call changes goes to
//! the kernel in as few messages and calls as may be, and only what differs from what is there.

pub(super) mod rtnetlink;
mod tap;
mod watch;

use std::collections::BTreeMap;
use std::fs;
use std::io;

use pillar_core::hal::{
    Cidr, Link, LinkError, LinkKind, LinkSettings, Links, NewLink, Route, Scope, is_link_name,
};
use rustix::io::Errno;

pub use watch::LinuxLinkNotices;

use super::netlink::socket::{Failure, ROUTE, Socket};
use super::netlink::{Message, Received};
use rtnetlink::{
    DEL_ADDRESS, DEL_LINK, DEL_ROUTE, GET_LINK, NEW_ADDRESS, NEW_LINK, NEW_ROUTE, RawLink, RawRoute,
};

/// The metric of a route of IPv6 that was given none (`IP6_RT_PRIO_USER`).
const DEFAULT_METRIC_V6: u32 = 1024;

/// How often addresses are compared and changed: taking an IPv4 address may take others of its network along,
/// which are then given again.
const ADDRESS_ROUNDS: u32 = 2;

/// Where the kernel says, of the network namespace of the reader, whether it passes packets on.
const IP_FORWARD: &str = "/proc/sys/net/ipv4/ip_forward";

/// The links of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct LinuxLinks;

/// One call: a socket, and whom it is for.
struct Call<'a> {
    socket: Socket,
    scope: &'a Scope,
    what: &'a str,
}

impl Links for LinuxLinks {
    fn list(&self, scope: &Scope) -> Result<Vec<Link>, LinkError> {
        let mut call = Call::begin(scope, "interfaces")?;
        let raw = call.dump("RTM_GETLINK", rtnetlink::link_request(GET_LINK, 0), rtnetlink::link)?;
        let addresses = call.addresses()?;
        let names: BTreeMap<u32, String> = raw.iter().map(|link| (link.index, link.name.clone())).collect();
        let mut links: Vec<Link> = raw.into_iter().map(|link| whole(link, &names, &addresses)).collect();
        links.sort_by(|left, right| left.name.cmp(&right.name));
        Ok(links)
    }

    fn add(&self, scope: &Scope, name: &str, link: &NewLink) -> Result<(), LinkError> {
        let mut call = Call::begin_for(scope, name)?;
        let (kind, request) = match link {
            NewLink::Bridge { mac } => {
                (LinkKind::Bridge, Some(rtnetlink::set_mac(rtnetlink::new_link(name, "bridge"), *mac)))
            }
            NewLink::Dummy => (LinkKind::Dummy, Some(rtnetlink::new_link(name, "dummy"))),
            NewLink::Tap => (LinkKind::Tap, None),
        };
        match (call.find(name)?, request) {
            (Some(there), _) if there.kind == kind => match link {
                NewLink::Bridge { mac } => call.change(&there, &settings_of_mac(*mac)),
                NewLink::Tap | NewLink::Dummy => Ok(()),
            },
            (Some(_), _) => Err(LinkError::Exists(name.into())),
            (None, Some(request)) => call.apply("RTM_NEWLINK", vec![request], &[]),
            (None, None) => tap::create(name).map_err(|errno| call.error("TUNSETIFF", errno)),
        }
    }

    fn set(&self, scope: &Scope, name: &str, settings: &LinkSettings) -> Result<(), LinkError> {
        let mut call = Call::begin_for(scope, name)?;
        let link = call.existing(name)?;
        call.change(&link, settings)
    }

    fn remove(&self, scope: &Scope, name: &str) -> Result<(), LinkError> {
        let mut call = Call::begin_for(scope, name)?;
        match call.find(name)? {
            Some(link) => {
                let request = rtnetlink::link_request(DEL_LINK, link.index);
                call.apply("RTM_DELLINK", vec![request], &[Errno::NODEV])
            }
            None => Ok(()),
        }
    }

    fn set_addresses(&self, scope: &Scope, name: &str, addresses: &[Cidr]) -> Result<(), LinkError> {
        let mut call = Call::begin_for(scope, name)?;
        let link = call.existing(name)?.index;
        for _ in 0..ADDRESS_ROUNDS {
            let all = call.addresses()?;
            let have = all.iter().filter(|(index, _, _)| *index == link).map(|(_, cidr, _)| *cidr);
            let have: Vec<Cidr> = have.filter(|cidr| !stays(*cidr)).collect();
            let take: Vec<Cidr> = have.iter().copied().filter(|cidr| !addresses.contains(cidr)).collect();
            let give: Vec<Cidr> = addresses.iter().copied().filter(|cidr| !have.contains(cidr)).collect();
            let request = |kind| move |cidr: &Cidr| rtnetlink::address_request(kind, link, *cidr);
            call.apply(
                "RTM_DELADDR",
                take.iter().map(request(DEL_ADDRESS)).collect(),
                &[Errno::ADDRNOTAVAIL],
            )?;
            call.apply("RTM_NEWADDR", give.iter().map(request(NEW_ADDRESS)).collect(), &[Errno::EXIST])?;
            if take.is_empty() {
                break;
            }
        }
        Ok(())
    }

    fn routes(&self, scope: &Scope, table: u32) -> Result<Vec<Route>, LinkError> {
        let mut call = Call::begin(scope, "routes")?;
        let links = call.dump("RTM_GETLINK", rtnetlink::link_request(GET_LINK, 0), rtnetlink::link)?;
        let names: BTreeMap<u32, String> = links.into_iter().map(|link| (link.index, link.name)).collect();
        let raw = call.routes(table)?;
        let mut routes: Vec<Route> = raw.into_iter().filter_map(|route| named(route, &names)).collect();
        routes.sort();
        Ok(routes)
    }

    fn set_routes(&self, scope: &Scope, table: u32, link: &str, routes: &[Route]) -> Result<(), LinkError> {
        let mut call = Call::begin_for(scope, link)?;
        let index = call.existing(link)?.index;
        let have: Vec<RawRoute> =
            call.routes(table)?.into_iter().filter(|route| route.link == index).collect();
        let mut want: Vec<RawRoute> = routes.iter().map(|route| raw(route, table, index)).collect();
        // A gateway can be used once its network is there.
        want.sort_by_key(|route| route.gateway.is_some());
        let gone = have.iter().filter(|route| !want.contains(route));
        let mut requests: Vec<Message> =
            gone.map(|route| rtnetlink::route_request(DEL_ROUTE, route)).collect();
        let removed = requests.len();
        let new = want.iter().filter(|route| !have.contains(route));
        requests.extend(new.map(|route| rtnetlink::route_request(NEW_ROUTE, route)));
        let failed = call.run("RTM_NEWROUTE", requests, &[Errno::SRCH, Errno::EXIST])?;
        match failed.first() {
            Some((number, errno)) if *number < removed => Err(call.error("RTM_DELROUTE", *errno)),
            Some((_, errno)) => Err(call.error("RTM_NEWROUTE", *errno)),
            None => Ok(()),
        }
    }

    fn forwards(&self, scope: &Scope) -> Result<bool, LinkError> {
        if scope.cancelled() {
            return Err(LinkError::Cancelled);
        }
        let text = fs::read_to_string(IP_FORWARD).map_err(|why| of_file("read", &why))?;
        Ok(text.trim() != "0")
    }

    fn set_forwarding(&self, scope: &Scope, on: bool) -> Result<(), LinkError> {
        if self.forwards(scope)? == on {
            return Ok(());
        }
        fs::write(IP_FORWARD, if on { "1" } else { "0" }).map_err(|why| of_file("write", &why))
    }
}

fn of_file(call: &'static str, why: &io::Error) -> LinkError {
    LinkError::Io { what: IP_FORWARD.into(), call, errno: why.raw_os_error().unwrap_or(0) }
}

impl<'a> Call<'a> {
    fn begin(scope: &'a Scope, what: &'a str) -> Result<Self, LinkError> {
        let open = |errno: Errno| LinkError::Io {
            what: what.to_owned(),
            call: "socket",
            errno: errno.raw_os_error(),
        };
        Ok(Call { socket: Socket::new(ROUTE).map_err(open)?, scope, what })
    }

    fn begin_for(scope: &'a Scope, link: &'a str) -> Result<Self, LinkError> {
        if is_link_name(link) { Self::begin(scope, link) } else { Err(LinkError::BadName(link.into())) }
    }

    fn error(&self, call: &'static str, errno: Errno) -> LinkError {
        LinkError::Io { what: self.what.to_owned(), call, errno: errno.raw_os_error() }
    }

    fn failed(&self, call: &'static str, failure: Failure) -> LinkError {
        match failure {
            Failure::Cancelled => LinkError::Cancelled,
            Failure::Refused(errno) => self.error(call, errno),
        }
    }

    fn dump<R>(
        &mut self,
        name: &'static str,
        request: Message,
        take: fn(Received<'_>) -> Option<R>,
    ) -> Result<Vec<R>, LinkError> {
        let all = self.socket.dump(self.scope, &request, take);
        all.map_err(|failure| self.failed(name, failure))
    }

    fn addresses(&mut self) -> Result<Vec<(u32, Cidr, bool)>, LinkError> {
        self.dump("RTM_GETADDR", rtnetlink::get_addresses(), rtnetlink::address)
    }

    /// The routes of a table that the kernel did not make itself.
    fn routes(&mut self, table: u32) -> Result<Vec<RawRoute>, LinkError> {
        let take = |message: Received<'_>| Some(rtnetlink::routes(message));
        let all = self.dump("RTM_GETROUTE", rtnetlink::get_routes(), take)?;
        Ok(all.into_iter().flatten().filter(|route| route.table == table && !route.by_kernel).collect())
    }

    fn find(&mut self, name: &str) -> Result<Option<RawLink>, LinkError> {
        match self.socket.get(self.scope, rtnetlink::get_link(name), rtnetlink::link) {
            Ok(link) => Ok(link.filter(|link| link.name == name)),
            Err(Failure::Refused(Errno::NODEV)) => Ok(None),
            Err(failure) => Err(self.failed("RTM_GETLINK", failure)),
        }
    }

    fn existing(&mut self, name: &str) -> Result<RawLink, LinkError> {
        self.find(name)?.ok_or_else(|| LinkError::NotFound(name.into()))
    }

    fn run(
        &mut self,
        name: &'static str,
        requests: Vec<Message>,
        tolerate: &[Errno],
    ) -> Result<Vec<(usize, Errno)>, LinkError> {
        let done = self.socket.apply(self.scope, requests, tolerate);
        done.map_err(|failure| self.failed(name, failure))
    }

    /// Does all, and says what failed first.
    fn apply(
        &mut self,
        name: &'static str,
        requests: Vec<Message>,
        tolerate: &[Errno],
    ) -> Result<(), LinkError> {
        match self.run(name, requests, tolerate)?.first() {
            Some((_, errno)) => Err(self.error(name, *errno)),
            None => Ok(()),
        }
    }

    /// Changes what differs: off first, on last, as some of it can only be changed while the link is off.
    fn change(&mut self, link: &RawLink, settings: &LinkSettings) -> Result<(), LinkError> {
        let index = link.index;
        let mut requests = Vec::new();
        if settings.up == Some(false) && link.admin_up {
            requests.push(rtnetlink::switch(index, false));
        }
        if let Some(name) = settings.name.as_ref().filter(|name| **name != link.name) {
            if !is_link_name(name) {
                return Err(LinkError::BadName(name.clone()));
            }
            if self.find(name)?.is_some() {
                return Err(LinkError::Exists(name.clone()));
            }
            requests.push(rtnetlink::set_name(index, name));
        }
        if let Some(mac) = settings.mac.filter(|mac| *mac != link.mac) {
            requests.push(rtnetlink::set_mac(rtnetlink::link_request(NEW_LINK, index), mac));
        }
        if let Some(mtu) = settings.mtu.filter(|mtu| *mtu != link.mtu) {
            requests.push(rtnetlink::set_mtu(index, mtu));
        }
        if let Some(master) = &settings.master {
            let master = match master {
                Some(name) => Some(self.existing(name)?.index),
                None => None,
            };
            if master != link.master {
                requests.push(rtnetlink::set_master(index, master.unwrap_or(0)));
            }
        }
        if settings.up == Some(true) && !link.admin_up {
            requests.push(rtnetlink::switch(index, true));
        }
        self.apply("RTM_NEWLINK", requests, &[])
    }
}

fn settings_of_mac(mac: [u8; 6]) -> LinkSettings {
    LinkSettings { mac: Some(mac), ..LinkSettings::default() }
}

/// Whether an address is not ours to take: the kernel gives link-local ones of IPv6 itself.
fn stays(cidr: Cidr) -> bool {
    matches!(cidr.address, std::net::IpAddr::V6(address) if address.is_unicast_link_local())
}

fn whole(link: RawLink, names: &BTreeMap<u32, String>, addresses: &[(u32, Cidr, bool)]) -> Link {
    let of_link = addresses.iter().filter(|(index, _, in_use)| *index == link.index && *in_use);
    Link {
        addresses: of_link.map(|(_, cidr, _)| *cidr).collect(),
        master: link.master.and_then(|index| names.get(&index).cloned()),
        name: link.name,
        index: link.index,
        kind: link.kind,
        mac: link.mac,
        mtu: link.mtu,
        admin_up: link.admin_up,
        lower_up: link.lower_up,
        counters: link.counters,
    }
}

/// A route with its link's name; `None` if that link is gone by now.
fn named(route: RawRoute, names: &BTreeMap<u32, String>) -> Option<Route> {
    Some(Route {
        destination: route.destination,
        gateway: route.gateway,
        link: names.get(&route.link)?.clone(),
        source: route.source,
        metric: route.metric,
    })
}

fn raw(route: &Route, table: u32, link: u32) -> RawRoute {
    let v6_default = route.metric == 0 && route.destination.address.is_ipv6();
    RawRoute {
        table,
        destination: route.destination.network(),
        gateway: route.gateway,
        link,
        source: route.source,
        metric: if v6_default { DEFAULT_METRIC_V6 } else { route.metric },
        by_kernel: false,
    }
}
