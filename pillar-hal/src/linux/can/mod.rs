//! CAN interfaces over rtnetlink, in the network namespace of the calling thread. Each call has a socket of its own.

mod encode;

use pillar_core::hal::{CanChange, CanLink, CanLinks, LinkError, Scope, is_link_name};
use rustix::io::Errno;

use super::links::rtnetlink::{self, DEL_LINK, GET_LINK, NEW_LINK, RawLink};
use super::netlink::socket::{Failure, ROUTE, Socket};
use super::netlink::{Message, Received};

/// The CAN interfaces of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct LinuxCanLinks;

/// One call: a socket, and whom it is for.
struct Call<'a> {
    socket: Socket,
    scope: &'a Scope,
    what: &'a str,
}

impl CanLinks for LinuxCanLinks {
    fn list(&self, scope: &Scope) -> Result<Vec<CanLink>, LinkError> {
        let mut call = Call::begin(scope, "CAN interfaces")?;
        let all = call.socket.dump(scope, &rtnetlink::link_request(GET_LINK, 0), encode::can_link);
        let mut links = all.map_err(|failure| call.failed("RTM_GETLINK", failure))?;
        links.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(links)
    }

    fn add_virtual(&self, scope: &Scope, name: &str) -> Result<(), LinkError> {
        let mut call = Call::begin_for(scope, name)?;
        match call.find(name)? {
            Some((_, Some(CanLink { controller: None, .. }))) => Ok(()),
            Some(_) => Err(LinkError::Exists(name.into())),
            None => call.apply("RTM_NEWLINK", rtnetlink::new_link(name, encode::VIRTUAL)),
        }
    }

    fn remove(&self, scope: &Scope, name: &str) -> Result<(), LinkError> {
        let mut call = Call::begin_for(scope, name)?;
        match call.find(name)? {
            Some((link, Some(CanLink { controller: None, .. }))) => {
                call.apply("RTM_DELLINK", rtnetlink::link_request(DEL_LINK, link.index))
            }
            Some(_) => Err(LinkError::Exists(name.into())),
            None => Ok(()),
        }
    }

    fn switch(&self, scope: &Scope, name: &str, up: bool) -> Result<(), LinkError> {
        let mut call = Call::begin_for(scope, name)?;
        let link = call.existing(name)?;
        if link.admin_up == up {
            return Ok(());
        }
        call.apply("RTM_NEWLINK", rtnetlink::switch(link.index, up))
    }

    fn change(&self, scope: &Scope, name: &str, change: &CanChange) -> Result<(), LinkError> {
        let mut call = Call::begin_for(scope, name)?;
        let link = call.existing(name)?;
        if change.is_empty() {
            return Ok(());
        }
        let request = rtnetlink::link_request(NEW_LINK, link.index);
        call.apply("RTM_NEWLINK", encode::with_change(request, change))
    }

    fn restart(&self, scope: &Scope, name: &str) -> Result<(), LinkError> {
        let mut call = Call::begin_for(scope, name)?;
        let link = call.existing(name)?;
        call.apply("RTM_NEWLINK", encode::with_restart(rtnetlink::link_request(NEW_LINK, link.index)))
    }
}

impl<'a> Call<'a> {
    fn begin(scope: &'a Scope, what: &'a str) -> Result<Self, LinkError> {
        let socket = Socket::new(ROUTE).map_err(|errno| error(what, "socket", errno))?;
        Ok(Call { socket, scope, what })
    }

    fn begin_for(scope: &'a Scope, link: &'a str) -> Result<Self, LinkError> {
        if is_link_name(link) { Self::begin(scope, link) } else { Err(LinkError::BadName(link.into())) }
    }

    /// The link of a name, and what CAN interface it is.
    fn find(&mut self, name: &str) -> Result<Option<(RawLink, Option<CanLink>)>, LinkError> {
        let take = |message: Received<'_>| Some((rtnetlink::link(message)?, encode::can_link(message)));
        match self.socket.get(self.scope, rtnetlink::get_link(name), take) {
            Ok(found) => Ok(found),
            Err(Failure::Refused(Errno::NODEV)) => Ok(None),
            Err(failure) => Err(self.failed("RTM_GETLINK", failure)),
        }
    }

    /// The CAN interface of a name.
    fn existing(&mut self, name: &str) -> Result<RawLink, LinkError> {
        match self.find(name)? {
            Some((link, Some(_))) => Ok(link),
            _ => Err(LinkError::NotFound(name.into())),
        }
    }

    fn apply(&mut self, call: &'static str, request: Message) -> Result<(), LinkError> {
        let failed = self.socket.apply(self.scope, vec![request], &[]);
        match failed.map_err(|failure| self.failed(call, failure))?.first() {
            Some((_, errno)) => Err(error(self.what, call, *errno)),
            None => Ok(()),
        }
    }

    fn failed(&self, call: &'static str, failure: Failure) -> LinkError {
        match failure {
            Failure::Cancelled => LinkError::Cancelled,
            Failure::Refused(errno) => error(self.what, call, errno),
        }
    }
}

fn error(what: &str, call: &'static str, errno: Errno) -> LinkError {
    LinkError::Io { what: what.to_owned(), call, errno: errno.raw_os_error() }
}
