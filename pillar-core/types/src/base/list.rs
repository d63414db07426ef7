//! Lists that may be nil.

use std::ops::{Deref, DerefMut};
use std::{fmt, slice, vec};

use crate::value::{Data, Items, Slot, View};

/// Go's slice: null by default; null and empty are different values. A `Vec` makes one that is not null.
#[derive(Clone, PartialEq)]
pub struct List<T>(Option<Vec<T>>);

impl<T> List<T> {
    /// Null, which is also the default.
    pub const NULL: Self = Self(None);

    /// Empty, but not null.
    pub const fn new() -> Self {
        Self(Some(Vec::new()))
    }

    /// Whether it is null and not just empty.
    pub fn is_null(&self) -> bool {
        self.0.is_none()
    }

    /// Appends an item.
    pub fn push(&mut self, item: T) {
        self.vec().push(item);
    }

    /// Keeps the items that `keep` says; null stays null.
    pub fn retain(&mut self, keep: impl FnMut(&T) -> bool) {
        if let Some(items) = &mut self.0 {
            items.retain(keep);
        }
    }

    /// Removes all items; what was null becomes empty.
    pub fn clear(&mut self) {
        self.vec().clear();
    }

    /// The items as a vector to change at will, after which it is not null.
    pub fn vec(&mut self) -> &mut Vec<T> {
        self.0.get_or_insert_default()
    }

    /// The items, none for null.
    pub fn into_vec(self) -> Vec<T> {
        self.0.unwrap_or_default()
    }
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self::NULL
    }
}

impl<T> Deref for List<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        self.0.as_deref().unwrap_or_default()
    }
}

impl<T> DerefMut for List<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        self.0.as_deref_mut().unwrap_or_default()
    }
}

impl<T> From<Vec<T>> for List<T> {
    fn from(items: Vec<T>) -> Self {
        Self(Some(items))
    }
}

impl<T, const N: usize> From<[T; N]> for List<T> {
    fn from(items: [T; N]) -> Self {
        Self(Some(items.into()))
    }
}

/// Not null, even of nothing.
impl<T> FromIterator<T> for List<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self(Some(items.into_iter().collect()))
    }
}

impl<T> Extend<T> for List<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, items: I) {
        self.vec().extend(items);
    }
}

impl<T> IntoIterator for List<T> {
    type Item = T;
    type IntoIter = vec::IntoIter<T>;

    fn into_iter(self) -> vec::IntoIter<T> {
        self.into_vec().into_iter()
    }
}

impl<'a, T> IntoIterator for &'a List<T> {
    type Item = &'a T;
    type IntoIter = slice::Iter<'a, T>;

    fn into_iter(self) -> slice::Iter<'a, T> {
        self.iter()
    }
}

impl<'a, T> IntoIterator for &'a mut List<T> {
    type Item = &'a mut T;
    type IntoIter = slice::IterMut<'a, T>;

    fn into_iter(self) -> slice::IterMut<'a, T> {
        self.iter_mut()
    }
}

impl<T: Data + Default> fmt::Debug for List<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        crate::walk::debug(self, f)
    }
}

impl<T: Data + Default> Items for List<T> {
    fn count(&self) -> usize {
        self.len()
    }
    fn item(&self, index: usize) -> Option<&dyn Data> {
        Some(self.get(index)?)
    }
    fn reset(&mut self, present: bool) {
        self.0 = present.then(Vec::new);
    }
    fn item_mut(&mut self, index: usize) -> Option<&mut dyn Data> {
        let items = self.vec();
        if index == items.len() {
            items.push(T::default());
        }
        Some(items.get_mut(index)?)
    }
}

impl<T: Data + Default> Data for List<T> {
    fn view(&self) -> View<'_> {
        View::List(self.0.as_ref().map(|_| self as &dyn Items))
    }
    fn slot(&mut self) -> Slot<'_> {
        Slot::List(self)
    }
}
