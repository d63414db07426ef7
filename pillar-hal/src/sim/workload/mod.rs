//! A scenario that proves node, bus, files and simulator: two made-up agents that publish, store and run jobs for
//! orders from outside, under any faults. Run by the tests, the benchmark and `zedbox sim`.
//!
//! The customer's orders come and go. The clerk keeps a stored receipt for each; the maker makes each by a job,
//! which writes a file, and then stores a product. What must hold is in [`Shop`]'s checks.

mod check;
mod clerk;
mod maker;
mod model;

use std::collections::BTreeMap;
use std::sync::Arc;

use pillar_core::node::AgentName;
use pillar_types::object;

pub use clerk::Clerk;
pub use maker::Maker;
pub use model::Model;

use super::scenario::{Device, Scenario};
use model::Shared;

object! {
    /// What the customer wants.
    pub struct Order topic "Order" {
        /// Grows with every change of any order.
        pub serial: u64 = "Serial",
    }
}

object! {
    /// The clerk's stored answer to an order.
    pub struct Receipt topic "Receipt" persistent {
        /// The order's.
        pub serial: u64 = "Serial",
        /// [`text_of`] the serial: shows whether the file is whole.
        pub text: String = "Text",
    }
}

object! {
    /// What the clerk writes down without waiting until it is stored.
    pub struct Entry topic "Entry" persistent {
        /// Grows with every entry.
        pub serial: u64 = "Serial",
        /// [`text_of`] the serial.
        pub text: String = "Text",
    }
}

object! {
    /// What the maker has made, stored.
    pub struct Product topic "Product" persistent {
        /// The receipt's.
        pub serial: u64 = "Serial",
        /// [`text_of`] the serial.
        pub text: String = "Text",
    }
}

object! {
    /// What the maker works at. Not stored: gone with the power.
    pub struct Bench topic "Bench" {
        /// The receipt's.
        pub serial: u64 = "Serial",
    }
}

/// Publishes orders from outside of the node.
pub const CUSTOMER: AgentName = AgentName("customer");

/// How many orders there are at most.
const KEYS: u64 = 6;

/// What a serial number goes with: most short, some longer than what the disk writes as a whole.
pub fn text_of(serial: u64) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let length = if serial.is_multiple_of(8) { 700 } else { serial % 60 };
    let mut text = String::with_capacity(length as usize);
    for index in 0..length {
        text.push(char::from(DIGITS[(serial.wrapping_mul(index + 7) >> 3) as usize % 16]));
    }
    text
}

/// What is wrong with the agents: to show that the checks find it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Flaw {
    /// Nothing.
    #[default]
    None,
    /// The maker does not look for products that nobody wants any more when it starts.
    NoSweep,
    /// The maker gives every job a key of its own, so that none waits for the one before.
    NoWait,
    /// The clerk gives its customer the receipt before it is stored.
    EarlyReceipt,
}

/// The scenario.
pub struct Shop {
    model: Shared,
    flaw: Flaw,
    orders: BTreeMap<String, u64>,
}

impl Shop {
    /// A shop without orders.
    pub fn new() -> Self {
        Shop::with(Flaw::None)
    }

    /// A shop with a flaw.
    pub fn with(flaw: Flaw) -> Self {
        Shop { model: Shared::default(), flaw, orders: BTreeMap::new() }
    }

    /// Changes an order: what, decides chance. Gives its key.
    fn change_order(&mut self, device: &mut Device<'_>) -> String {
        let key = format!("order{}", device.rng.below(KEYS));
        if device.rng.chance(1, 4) {
            self.orders.remove(&key);
        } else {
            self.orders.insert(key.clone(), self.model.next_serial());
        }
        key
    }

    fn put_order(&self, key: &str, device: &mut Device<'_>) {
        let order = self.orders.get(key).map(|serial| Arc::new(Order { serial: *serial }));
        device.node.put(CUSTOMER, key, order).expect("a table of few keys and one type");
    }
}

impl Default for Shop {
    fn default() -> Self {
        Shop::new()
    }
}

impl Scenario for Shop {
    fn agents(&self) -> Vec<AgentName> {
        vec![clerk::NAME, maker::NAME]
    }

    fn start(&mut self, device: &mut Device<'_>) {
        let (model, flaw) = (self.model.clone(), self.flaw);
        device.node.add(move || Clerk::new(model.clone(), flaw));
        let (model, flaw) = (self.model.clone(), self.flaw);
        device.node.add(move || Maker::new(model.clone(), flaw));
        // Orders come and go also while the device is off.
        for _ in 0..device.rng.below(3) {
            self.change_order(device);
        }
        for key in self.orders.keys() {
            self.put_order(key, device);
        }
        device.node.synced::<Order>(CUSTOMER).expect("a table of one type");
    }

    fn input(&mut self, device: &mut Device<'_>) -> bool {
        let key = self.change_order(device);
        self.put_order(&key, device);
        true
    }

    fn check_boot(&mut self, device: &mut Device<'_>) -> Result<(), String> {
        check::disk(&mut self.model.lock(), device.world)
    }

    fn check_end(&mut self, device: &mut Device<'_>) -> Result<(), String> {
        check::at_rest(&self.orders, device)
    }
}
