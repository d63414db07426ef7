//! What the engine asks of an item: who it is, what it needs, and how it gets from one form to another.

use std::fmt;
use std::sync::Arc;

/// Names an item: what kind of thing, and which one.
///
/// The name says which resource the item occupies, so that two users of one resource are one item: a bridge
/// port is named by the port alone, with the bridge as a field, and moving it is then a change of one item
/// instead of a race of two.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The kind, such as `Bridge`.
    pub kind: &'static str,
    /// Unique within the kind, such as `bn1`.
    pub name: Arc<str>,
}

impl Key {
    /// The item `name` of a kind.
    pub fn new(kind: &'static str, name: impl Into<Arc<str>>) -> Self {
        Key { kind, name: name.into() }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.name)
    }
}

/// How an item gets from the form that it has to the one that is intended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Update {
    /// By one modify operation; what depends on it stays.
    InPlace,
    /// By delete and create, with all that depends on it taken down before and put back after.
    Recreate,
}

/// What an item needs in order to exist: another item, in a state that suits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need<M> {
    /// The other item.
    pub item: Key,
    /// What must be true of it; `None`: that it exists.
    pub must: Option<M>,
    /// The needing item is recreated when the needed one is modified in place.
    pub recreated_with: bool,
    /// The system removes the needing item together with the needed one, where that one is observed: no delete
    /// is planned for it then.
    pub gone_with: bool,
}

impl<M> Need<M> {
    /// That `item` exists.
    pub fn of(item: Key) -> Self {
        Need { item, must: None, recreated_with: false, gone_with: false }
    }

    /// And that this is true of it.
    #[must_use]
    pub fn that(mut self, must: M) -> Self {
        self.must = Some(must);
        self
    }

    /// And recreate me when it is modified.
    #[must_use]
    pub fn recreated_with(mut self) -> Self {
        self.recreated_with = true;
        self
    }

    /// And the system removes me when it goes.
    #[must_use]
    pub fn gone_with(mut self) -> Self {
        self.gone_with = true;
        self
    }
}

/// A piece of the system that can be there or not: plain data, all of it that matters compared by `==`.
pub trait Item: PartialEq {
    /// What others may demand of it besides that it exists; `()` if nothing.
    type Must: Clone + PartialEq;
    /// Why an operation on it failed.
    type Error;

    /// Who it is. Never changes during the life of the value.
    fn key(&self) -> Key;

    /// What must be there for it to exist. Must follow from the value alone, and never lead back to itself.
    fn needs(&self) -> Vec<Need<Self::Must>>;

    /// Whether `must` is true of it.
    fn meets(&self, must: &Self::Must) -> bool;

    /// How it becomes `new`, which has the same key and is not equal. For an observed item: whether `new` is
    /// the same thing changed or another one in its place.
    fn update_to(&self, new: &Self) -> Update;

    /// A line for people, in the Graphviz output.
    fn label(&self) -> String {
        self.key().to_string()
    }
}
