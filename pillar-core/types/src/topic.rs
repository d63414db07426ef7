//! What a type needs to be published on the bus.

use std::fmt;

use crate::value::{Data, Slot, View};
use crate::walk;

/// A type that has tables on the bus.
pub trait Topic: Data + Default + Clone + PartialEq + fmt::Debug {
    /// EVE's topic: the bare type name (`spec/02`, Identity of a table).
    const NAME: &'static str;

    /// Whether its tables outlive a reboot, unless the publisher says otherwise.
    const PERSISTENT: bool = false;

    /// Whether the difference to `before` is worth telling subscribers: fields marked `volatile` do not count.
    fn changed(&self, before: &Self) -> bool {
        walk::changed(self, before)
    }

    /// Takes over the members of `older` that this type does not declare and this value does not have, so
    /// that a value built afresh keeps what a newer vintage stored. Looks at the object itself only, not at
    /// objects inside it.
    fn adopt_unknown(&mut self, older: &Self) {
        let View::Object(table, from) = older.view() else { return };
        let Slot::Object(_, to) = self.slot() else { return };
        for index in 0..table.len() {
            let Some(View::Unknown(theirs)) = from.field(index).map(Data::view) else { continue };
            if theirs.is_empty() {
                continue;
            }
            if let Some(Slot::Unknown(ours)) = to.field_mut(index).map(Data::slot) {
                ours.adopt(theirs);
            }
        }
    }
}
