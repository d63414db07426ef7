//! Both wires without sockets: a publisher's and a subscriber's side, and what lies between as a queue.

mod codecs;
mod folder;
mod large;
mod pair;

use pillar_types::object;

object! {
    /// The topic of the acceptance cases.
    pub struct Item topic "Item" {
        /// A field.
        pub field_a: String = "FieldA",
        /// A number that must stay exact.
        pub number: u64 = "Number" [omitempty],
        /// A large field.
        pub data: String = "pubsub-large-Data" [omitempty],
    }
}
