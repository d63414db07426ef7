//! The clerk: for every order a stored receipt, and an entry, not stored, for every product.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use pillar_core::node::{Agent, AgentName, Change, Context, Event};

use super::model::{ENTRIES, RECEIPTS, Shared};
use super::{CUSTOMER, Entry, Flaw, Order, Product, Receipt, maker, text_of};

pub(super) const NAME: AgentName = AgentName("clerk");

/// How often the clerk notes that it is there.
const TICK: Duration = Duration::from_secs(20);

/// The agent.
pub struct Clerk {
    model: Shared,
    flaw: Flaw,
    /// Receipts that were published and not acknowledged yet, by key, in order.
    pending: BTreeMap<String, VecDeque<Option<u64>>>,
}

impl Agent for Clerk {
    const NAME: AgentName = NAME;

    fn start(&mut self, cx: &mut Context<'_, Self>) {
        cx.declare::<Receipt>();
        cx.declare::<Entry>();
        let receipts =
            cx.all_own::<Receipt>().into_iter().map(|(key, value)| (key.to_string(), value.serial));
        self.model.given(RECEIPTS, receipts.collect());
        let entries = cx.all_own::<Entry>().into_iter().map(|(key, value)| (key.to_string(), value.serial));
        self.model.given(ENTRIES, entries.collect());
        cx.subscribe(CUSTOMER, Self::on_order);
        cx.subscribe(maker::NAME, Self::on_product);
        cx.after(TICK, TICK, Self::on_tick);
    }
}

impl Clerk {
    pub(super) fn new(model: Shared, flaw: Flaw) -> Self {
        Clerk { model, flaw, pending: BTreeMap::new() }
    }

    fn on_order(&mut self, change: Change<'_, Order>, cx: &mut Context<'_, Self>) {
        if let Event::Synced = change.event {
            for key in cx.keys::<Receipt>() {
                self.update_receipt(&key, cx);
            }
        } else {
            self.update_receipt(change.key, cx);
        }
    }

    fn on_product(&mut self, change: Change<'_, Product>, cx: &mut Context<'_, Self>) {
        match change.event {
            Event::Synced => {
                let products = cx.all::<Product>(maker::NAME);
                let wanted =
                    |key: &str| key == "tick" || products.iter().any(|(product, _)| **product == *key);
                for key in cx.keys::<Entry>().into_iter().filter(|key| !wanted(key)) {
                    self.remove_entry(&key, cx);
                }
            }
            Event::Created(_) | Event::Modified { .. } => self.write_entry(change.key, cx),
            Event::Deleted(_) => self.remove_entry(change.key, cx),
            Event::Restarted(_) | Event::Resync => {}
        }
    }

    fn on_tick(&mut self, cx: &mut Context<'_, Self>) {
        self.write_entry("tick", cx);
        cx.after(TICK, TICK, Self::on_tick);
    }

    /// Brings the receipt of a key in line with its order.
    fn update_receipt(&mut self, key: &str, cx: &mut Context<'_, Self>) {
        let wanted = cx.get::<Order>(CUSTOMER, key).map(|order| order.serial);
        let have = cx.own::<Receipt>(key).map(|receipt| receipt.serial);
        if wanted == have || (wanted.is_none() && !cx.synced::<Order>(CUSTOMER)) {
            return;
        }
        self.model.began(RECEIPTS, key, wanted);
        if self.flaw == Flaw::EarlyReceipt {
            self.model.acknowledged(RECEIPTS, key, wanted);
        }
        self.pending.entry(key.into()).or_default().push_back(wanted);
        match wanted {
            Some(serial) => {
                let receipt = Receipt { serial, text: text_of(serial), ..Receipt::default() };
                cx.publish_stored(key, receipt, Self::on_stored);
            }
            None => cx.unpublish_stored::<Receipt>(key, Self::on_stored),
        }
    }

    /// The oldest receipt that waits, or a later one, is stored.
    fn on_stored(&mut self, key: &str, _: &mut Context<'_, Self>) {
        let oldest = self.pending.get_mut(key).and_then(VecDeque::pop_front);
        let stored = oldest.expect("one call for each receipt");
        self.model.acknowledged(RECEIPTS, key, stored);
    }

    fn write_entry(&mut self, key: &str, cx: &mut Context<'_, Self>) {
        let serial = self.model.next_serial();
        self.model.began(ENTRIES, key, Some(serial));
        cx.publish(key, Entry { serial, text: text_of(serial), ..Entry::default() });
    }

    fn remove_entry(&mut self, key: &str, cx: &mut Context<'_, Self>) {
        self.model.began(ENTRIES, key, None);
        cx.unpublish::<Entry>(key);
    }
}
