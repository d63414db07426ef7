//! Numbers and their records: nothing is named by a number before its record would survive a power cut.
//!
//! | State of a number | Event | Next |
//! |---|---|---|
//! | of nobody, or kept in reserve since the last life | asked for | being stored: its owner waits |
//! | being stored | stored | usable |
//! | any | its owner is gone for good | of nobody |
//! | kept in reserve | nobody asks in time | of nobody |

use std::collections::BTreeSet;
use std::sync::Arc;

use pillar_types::Uuid;
use pillar_types::app_network::MacGenerator;
use pillar_types::numbers::{AppInterfaceToNum, AppMacGenerator, UuidToNum};

use super::Zedrouter;
use crate::node::Context;
use crate::objtonum::{Allocator, Interface, NumError, NumberMap, Record, Strategy};
use crate::settings::keys;

/// What records are of (spec/04, Persisted number records).
const APPS: NumberMap<UuidToNum> = NumberMap::new("appNum");
const BRIDGES: NumberMap<UuidToNum> = NumberMap::new("bridgeNum");
const INTERFACES: NumberMap<AppInterfaceToNum> = NumberMap::new("appNumOnUnet");
const GENERATORS: NumberMap<AppMacGenerator> = NumberMap::new("appMACGenerator");

/// What a number is of. An application and a network instance may have the same key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    App,
    Bridge,
    Interface,
    Generator,
}

type Cx<'a> = Context<'a, Zedrouter>;

/// What is called with its key when a record would survive a power cut.
type Then = fn(&mut Zedrouter, &str, &mut Cx<'_>);

impl Zedrouter {
    /// Keeps the numbers of earlier lives in reserve until their owners ask for them.
    pub(super) fn reserve_numbers(&mut self, cx: &mut Cx<'_>) {
        APPS.reserve_all(cx);
        BRIDGES.reserve_all(cx);
        INTERFACES.reserve_all(cx);
        GENERATORS.reserve_all(cx);
        apps().mend(cx);
        bridges().mend(cx);
        for network in networks(cx) {
            interfaces(network).mend(cx);
        }
    }

    /// The number of an application; `None` until its record is stored.
    pub(super) fn app_number(&mut self, app: Uuid, cx: &mut Cx<'_>) -> Result<Option<u8>, NumError> {
        self.number(Kind::App, &apps(), &app, Strategy::Lowest, Self::on_app_stored, cx)
    }

    /// The number of a network instance's bridge; `None` until its record is stored.
    pub(super) fn bridge_number(&mut self, network: Uuid, cx: &mut Cx<'_>) -> Result<Option<u8>, NumError> {
        self.number(Kind::Bridge, &bridges(), &network, Strategy::Lowest, Self::on_bridge_stored, cx)
    }

    /// The number of an interface, one of those that are usable; `None` until its record is stored.
    pub(super) fn interface_number(
        &mut self,
        interface: Interface,
        strategy: Strategy,
        usable: impl Fn(u8) -> bool,
        cx: &mut Cx<'_>,
    ) -> Result<Option<u8>, NumError> {
        let allocator = interfaces(interface.network_instance);
        let unusable = |number: i64| !u8::try_from(number).is_ok_and(&usable);
        let known = INTERFACES.get(cx, &interface).map(|known| known.number);
        if known.is_some_and(unusable) {
            // The range has changed since.
            self.forget_interface(interface, cx);
        }
        let number =
            self.number(Kind::Interface, &allocator, &interface, strategy, Self::on_interface_stored, cx)?;
        let given = INTERFACES.get(cx, &interface).map(|given| given.number);
        if given.is_some_and(unusable) {
            self.forget_interface(interface, cx);
            return Err(NumError::NoneFree);
        }
        Ok(number)
    }

    /// How the MAC addresses of an application are made: decided once; `None` until that is stored.
    pub(super) fn generator(&mut self, app: Uuid, cx: &mut Cx<'_>) -> Result<Option<MacGenerator>, NumError> {
        let key: Arc<str> = app.to_string().into();
        let known = GENERATORS.get(cx, &app).map(|known| known.number);
        if let Some(stored) = self.numbered.get(&(Kind::Generator, key.clone())) {
            return Ok(known.filter(|_| *stored).map(MacGenerator::from));
        }
        let legacy = self.settings.get(keys::NETWORK_LOCAL_LEGACY_MAC_ADDRESS);
        let chosen = if legacy { MacGenerator::NodeScoped } else { MacGenerator::GloballyScoped };
        GENERATORS.assign(cx, &app, known.unwrap_or(chosen.number()), false)?;
        self.store::<AppMacGenerator>(Kind::Generator, key, Self::on_generator_stored, cx);
        Ok(None)
    }

    fn number<T: Record + Clone>(
        &mut self,
        kind: Kind,
        allocator: &Allocator<T>,
        owner: &T::Owner,
        strategy: Strategy,
        then: Then,
        cx: &mut Cx<'_>,
    ) -> Result<Option<u8>, NumError> {
        let key: Arc<str> = T::key_of(owner).into();
        if let Some(stored) = self.numbered.get(&(kind, key.clone())) {
            let number = cx.own::<T>(&key).filter(|_| *stored).map(|record| record.number().number);
            return Ok(number.and_then(|number| number.try_into().ok()));
        }
        allocator.get_or_allocate(cx, owner, strategy)?;
        self.store::<T>(kind, key, then, cx);
        Ok(None)
    }

    /// Has a record stored that is published already.
    fn store<T: Record + Clone>(&mut self, kind: Kind, key: Arc<str>, then: Then, cx: &mut Cx<'_>) {
        if let Some(record) = cx.own::<T>(&key) {
            cx.publish_stored(&key, T::clone(&record), then);
            self.numbered.insert((kind, key), false);
        }
    }

    fn on_app_stored(&mut self, key: &str, cx: &mut Cx<'_>) {
        if self.on_stored(Kind::App, key) {
            self.dirty_apps.insert(key.into());
            self.work(cx);
        }
    }

    fn on_generator_stored(&mut self, key: &str, cx: &mut Cx<'_>) {
        if self.on_stored(Kind::Generator, key) {
            self.dirty_apps.insert(key.into());
            self.work(cx);
        }
    }

    fn on_bridge_stored(&mut self, key: &str, cx: &mut Cx<'_>) {
        if self.on_stored(Kind::Bridge, key) {
            self.dirty_networks.insert(key.into());
            self.work(cx);
        }
    }

    fn on_interface_stored(&mut self, key: &str, cx: &mut Cx<'_>) {
        let Some((_, app, _)) = AppInterfaceToNum::parse_key(key) else { return };
        if self.on_stored(Kind::Interface, key) {
            self.dirty_apps.insert(app.to_string().into());
            self.work(cx);
        }
    }

    /// Notes it; `false` if the number has been given back meanwhile.
    fn on_stored(&mut self, kind: Kind, key: &str) -> bool {
        let stored = self.numbered.get_mut(&(kind, key.into()));
        stored.map(|stored| *stored = true).is_some()
    }

    /// Whether any interface on a network instance has a number in use.
    pub(super) fn has_interfaces(network: Uuid, cx: &Cx<'_>) -> bool {
        interfaces(network).all(cx).iter().any(|(_, number)| number.in_use)
    }

    /// An application is gone for good: its numbers are free.
    pub(super) fn forget_app(&mut self, app: Uuid, cx: &mut Cx<'_>) {
        let key: Arc<str> = app.to_string().into();
        APPS.delete(cx, &app);
        GENERATORS.delete(cx, &app);
        self.numbered.remove(&(Kind::App, key.clone()));
        self.numbered.remove(&(Kind::Generator, key));
        self.forget_interfaces(app, &[], cx);
    }

    /// All interfaces of an application but these are gone for good.
    pub(super) fn forget_interfaces(&mut self, app: Uuid, kept: &[Interface], cx: &mut Cx<'_>) {
        for (interface, _) in INTERFACES.all(cx) {
            if interface.app == app && !kept.contains(&interface) {
                self.forget_interface(interface, cx);
            }
        }
    }

    fn forget_interface(&mut self, interface: Interface, cx: &mut Cx<'_>) {
        INTERFACES.delete(cx, &interface);
        self.numbered.remove(&(Kind::Interface, AppInterfaceToNum::key_of(&interface).into()));
        self.dirty_networks.insert(interface.network_instance.to_string().into());
    }

    /// A network instance is gone for good.
    pub(super) fn forget_network(&mut self, network: Uuid, cx: &mut Cx<'_>) {
        BRIDGES.delete(cx, &network);
        self.numbered.remove(&(Kind::Bridge, network.to_string().into()));
    }

    /// Frees the numbers of applications and network instances that have not come back after a restart.
    pub(super) fn forget_numbers(&mut self, _: &str, cx: &mut Cx<'_>) {
        let before = self.started;
        apps().collect(cx, before);
        bridges().collect(cx, before);
        for network in networks(cx) {
            interfaces(network).collect(cx, before);
        }
        for (app, number) in GENERATORS.all(cx) {
            if !number.in_use {
                GENERATORS.delete(cx, &app);
            }
        }
    }
}

fn apps() -> Allocator<UuidToNum> {
    Allocator::new(APPS, (), 1..=u8::MAX)
}

fn bridges() -> Allocator<UuidToNum> {
    Allocator::new(BRIDGES, (), 1..=u8::MAX)
}

fn interfaces(network: Uuid) -> Allocator<AppInterfaceToNum> {
    Allocator::new(INTERFACES, network, 0..=u8::MAX)
}

/// The network instances that have interfaces with numbers.
fn networks(cx: &Cx<'_>) -> BTreeSet<Uuid> {
    INTERFACES.all(cx).into_iter().map(|(interface, _)| interface.network_instance).collect()
}
