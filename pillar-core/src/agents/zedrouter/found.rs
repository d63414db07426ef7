//! What links there are. At the start: what an earlier life of zedbox left behind, for bridges and tables outlive
//! it and guests go on using them; what is wanted again is kept as it is, the rest goes once zedmanager has said
//! what it wants. Later: which applications' interfaces the hypervisor has made or taken away, and what is gone.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::time::Duration;

use log::Level;
use pillar_types::Uuid;
use pillar_types::app_network::AppNetworkConfig;
use pillar_types::network_instance::NetworkInstanceConfig;

use super::acl::Place;
use super::items::{NetError, NetItem};
use super::{SLACK, Zedrouter, names};
use crate::agents::{ZEDAGENT, ZEDMANAGER};
use crate::hal::{Chain, Cidr, FilterTable, Hal, Layer, Link, LinkError, LinkKind, Scope, TABLE_PREFIX};
use crate::node::{Context, Failed, Lane};
use crate::reconcile::{Key, State};
use crate::time::Mono;

/// The job that looks at the links.
const LOOK: &str = "look";

/// How long until it is tried again when it failed.
const LOOK_AGAIN: Duration = Duration::from_secs(10);

/// How long zedmanager may take to say what it wants, while something of an earlier life is there.
const MAX_HOLD: Duration = Duration::from_mins(2);

/// The group of items that nobody has asked for.
const GROUP: &str = "Found";

/// The group of what the hypervisor makes.
const VIFS: &str = "VIFs";

/// What was there at the start, as far as nobody has asked for it yet.
#[derive(Debug, Default)]
pub(super) struct Found {
    links: BTreeMap<String, Link>,
    /// Bridges that have a table of the packet filter.
    tables: BTreeSet<String>,
    since: Mono,
}

/// What the device has.
struct Seen {
    links: Vec<Link>,
    tables: Vec<String>,
}

impl Zedrouter {
    /// Looks at the links; once more if what is being seen may be old.
    pub(super) fn look(&mut self, cx: &mut Context<'_, Self>) {
        self.look_again = self.looking;
        if !self.looking {
            self.looking = true;
            let up = |key: &&Key| self.graph.state(key) == Some(State::Up);
            self.looked_for = self.graph.keys("").filter(up).cloned().collect();
            cx.job(Lane::Process, LOOK, see, Self::on_seen);
        }
    }

    fn on_seen(&mut self, _: &str, seen: Result<Result<Seen, NetError>, Failed>, cx: &mut Context<'_, Self>) {
        self.looking = false;
        if std::mem::take(&mut self.look_again) {
            self.look(cx);
        }
        let Ok(Ok(seen)) = seen else {
            cx.after_key(LOOK_AGAIN, SLACK, LOOK, |agent: &mut Self, _, cx| agent.look(cx));
            return;
        };
        let vifs = seen.links.iter().filter(|link| names::is_vif(&link.name));
        let vifs = vifs.map(|link| NetItem::Vif { name: link.name.clone(), index: link.index });
        self.graph.observe_group(VIFS, vifs);
        if self.found.is_none() {
            let is_port = |link: &Link| names::is_vif(&link.name) && link.master.is_some();
            let ours = |link: &Link| names::bridge_number(&link.name).is_some() || is_port(link);
            let links = seen.links.into_iter().filter(ours).map(|link| (link.name.clone(), link)).collect();
            let bridge = |table: &String| table.strip_prefix(TABLE_PREFIX).map(str::to_owned);
            let tables = seen.tables.iter().filter_map(bridge).collect();
            self.found = Some(Found { links, tables, since: cx.now().mono });
            cx.after_key(MAX_HOLD, SLACK, GROUP, |agent: &mut Self, _, cx| {
                agent.claim_no_more(cx);
                agent.work(cx);
            });
        } else {
            self.notice_losses(&seen.links, cx);
        }
        self.work(cx);
    }

    /// Items whose link is gone, or is somebody else's, are to be made again. Those that were made while the links
    /// were being looked at need not be among them.
    fn notice_losses(&mut self, links: &[Link], cx: &mut Context<'_, Self>) {
        let link = |name: &str| links.iter().find(|link| link.name == *name);
        let now = cx.now().mono;
        for key in std::mem::take(&mut self.looked_for) {
            if self.graph.state(&key) != Some(State::Up) {
                continue;
            }
            let lost = match self.graph.current(&key).map(|item| &**item) {
                Some(NetItem::Bridge { name, .. }) => link(name).is_none().then_some(name),
                Some(NetItem::BridgePort { vif, bridge, .. }) => {
                    let belongs = |link: &Link| link.master.as_deref() == Some(bridge);
                    link(vif).is_some_and(|link| !belongs(link)).then_some(vif)
                }
                _ => None,
            };
            if let Some(name) = lost.cloned() {
                cx.log(Level::Warn, format_args!("{key} is gone"));
                self.graph.lost(now, &key, LinkError::NotFound(name).into());
            }
        }
    }

    /// Whether the reconciler may plan. While something is there that may be wanted, nothing is done before
    /// zedmanager has said what it wants: a guest's interface would be let loose or cut off for a moment.
    pub(super) fn may_plan(&mut self, cx: &mut Context<'_, Self>) -> bool {
        let Some(found) = &self.found else { return false };
        if found.links.is_empty() && found.tables.is_empty() {
            return true;
        }
        let held_long = cx.now().mono.since(found.since) >= MAX_HOLD;
        let storing = self.numbered.values().any(|stored| !stored);
        let said = cx.restarted::<AppNetworkConfig>(ZEDMANAGER) > 0 && !storing && networks_are_known(cx);
        if !said && !held_long {
            return false;
        }
        self.adopt_rest();
        true
    }

    /// What nobody has asked for is known to be there, and so it goes.
    fn adopt_rest(&mut self) {
        let Some(found) = self.found.as_mut() else { return };
        let (links, tables) = (std::mem::take(&mut found.links), std::mem::take(&mut found.tables));
        for bridge in tables {
            self.graph.adopt(GROUP, NetItem::Filter { bridge, table: FilterTable::default() });
        }
        for link in links.into_values() {
            if let Some(bridge) = bridge_item(&link) {
                self.adopt_bridge_item(bridge);
            } else if let Some(bridge) = link.master {
                self.graph.adopt(GROUP, NetItem::BridgePort { vif: link.name, bridge, mtu: link.mtu });
            }
        }
    }

    /// A network instance is going to have this bridge: what is there of it is kept.
    pub(super) fn adopt_bridge(&mut self, bridge: &str) {
        let Some(found) = self.found.as_mut() else { return };
        let Some(link) = found.links.remove(bridge) else { return };
        let vifs = found.links.values().filter(|link| link.master.as_deref() == Some(bridge));
        // Which rules are in force cannot be seen; that there are some is enough for the interfaces to stay.
        let chain = |link: &Link| Chain {
            layer: Layer::Bridge,
            name: acl_chain(&link.name),
            hook: None,
            rules: vec![],
        };
        let table = FilterTable { chains: vifs.map(chain).collect(), ..FilterTable::default() };
        if found.tables.remove(bridge) {
            self.graph.adopt(GROUP, NetItem::Filter { bridge: bridge.into(), table });
        }
        if let Some(item) = bridge_item(&link) {
            self.adopt_bridge_item(item);
        }
    }

    fn adopt_bridge_item(&mut self, item: NetItem) {
        if let NetItem::Bridge { name, address, .. } = &item {
            let reserve = NetItem::Reserve { address: address.address, bridge: name.clone() };
            self.graph.adopt(GROUP, reserve);
        }
        self.graph.adopt(GROUP, item);
    }

    /// An application is going to have this interface: what is there of it is kept.
    pub(super) fn adopt_vif(&mut self, vif: &str) {
        let Some(link) = self.found.as_mut().and_then(|found| found.links.remove(vif)) else { return };
        if let Some(bridge) = link.master.filter(|_| link.admin_up) {
            self.graph.adopt(GROUP, NetItem::BridgePort { vif: link.name, bridge, mtu: link.mtu });
        }
    }
}

/// Whether the network instances of all applications are configured.
fn networks_are_known(cx: &Context<'_, Zedrouter>) -> bool {
    let known = |network: &Uuid| cx.get::<NetworkInstanceConfig>(ZEDAGENT, &network.to_string()).is_some();
    let all = cx.all::<AppNetworkConfig>(ZEDMANAGER);
    all.iter().flat_map(|(_, app)| &*app.app_net_adapter_list).all(|adapter| known(&adapter.network))
}

fn see(hal: &Hal, scope: &Scope) -> Result<Seen, NetError> {
    Ok(Seen { links: hal.links.list(scope)?, tables: hal.packet_filter.tables(scope)? })
}

/// The item of a bridge that is there; `None` if it is in no state that we make.
fn bridge_item(link: &Link) -> Option<NetItem> {
    let address = link.addresses.iter().copied().find(|address| address.address.is_ipv4());
    // One without address was half made: with none it differs from any that is wanted, and is made anew.
    let nowhere = Cidr { address: Ipv4Addr::UNSPECIFIED.into(), prefix: 0 };
    (link.kind == LinkKind::Bridge).then(|| NetItem::Bridge {
        name: link.name.clone(),
        mac: link.mac,
        mtu: link.mtu,
        address: address.unwrap_or(nowhere),
    })
}

fn acl_chain(vif: &str) -> String {
    Place { vif, bridge: Ipv4Addr::UNSPECIFIED }.chain(true)
}
