//! Members of a JSON object that its declaration does not have.

use std::fmt;

use serde_json::value::RawValue;

use crate::value::{Data, Slot, View};

/// What a newer vintage stored in an object and we do not know: kept as it stands and written back, so that
/// nothing is lost when a device goes forth and back between vintages. Takes one word when there is none.
#[derive(Clone, Default)]
pub struct Unknown(Option<Box<Members>>);

/// Names, and values as JSON text, in the order in which they came.
type Members = Vec<(Box<str>, Box<RawValue>)>;

impl Unknown {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Names and values as JSON text.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.raw().map(|(name, value)| (name, value.get()))
    }

    /// The value of a member, as JSON text.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(other, _)| *other == name).map(|(_, value)| value)
    }

    /// Adds the members of `older` that are not there yet.
    pub fn adopt(&mut self, older: &Self) {
        for (name, value) in older.raw() {
            if self.get(name).is_none() {
                self.0.get_or_insert_default().push((name.into(), value.to_owned()));
            }
        }
    }

    pub(crate) fn raw(&self) -> impl Iterator<Item = (&str, &RawValue)> {
        self.0.iter().flat_map(|members| members.iter()).map(|(name, value)| (&**name, &**value))
    }

    /// Of several values for one name, the last one wins.
    pub(crate) fn insert(&mut self, name: &str, value: Box<RawValue>) {
        let members = self.0.get_or_insert_default();
        members.retain(|(other, _)| **other != *name);
        members.push((name.into(), value));
    }

    pub(crate) fn retain(&mut self, keep: impl Fn(&str) -> bool) {
        if let Some(members) = &mut self.0 {
            members.retain(|(name, _)| keep(name));
        }
        if self.iter().next().is_none() {
            self.clear();
        }
    }

    pub(crate) fn clear(&mut self) {
        self.0 = None;
    }
}

/// In any order, by the text of the values.
impl PartialEq for Unknown {
    fn eq(&self, other: &Self) -> bool {
        self.raw().count() == other.raw().count()
            && self.iter().all(|(name, value)| other.get(name) == Some(value))
    }
}

/// Names alone: a value may be a secret.
impl fmt::Debug for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter().map(|(name, _)| name)).finish()
    }
}

impl Data for Unknown {
    fn view(&self) -> View<'_> {
        View::Unknown(self)
    }
    fn slot(&mut self) -> Slot<'_> {
        Slot::Unknown(self)
    }
}
