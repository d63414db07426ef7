//! Maps that may be nil.

use std::cmp::Ordering;
use std::{fmt, mem, slice};

use crate::value::{Data, Entries, Slot, View};

/// What may be a key: strings, integers, UUIDs, addresses, and enums that are numbers or text.
pub trait Key: Data + Default + Ord {}

impl<T: Data + Default + Ord> Key for T {}

/// Go's map: null by default; null and empty are different values.
///
/// A sorted vector, as EVE's maps are small, and a tree would cost some kilobytes of code for each type.
#[derive(Clone, PartialEq)]
pub struct Map<K, V>(Option<Vec<(K, V)>>);

impl<K: Ord, V> Map<K, V> {
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

    /// How many entries it has.
    pub fn len(&self) -> usize {
        self.entries().len()
    }

    /// Whether it has no entries.
    pub fn is_empty(&self) -> bool {
        self.entries().is_empty()
    }

    /// The value of a key.
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: std::borrow::Borrow<Q>,
    {
        Some(&self.entries()[self.find(key).ok()?].1)
    }

    /// The value of a key, to be changed.
    pub fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: std::borrow::Borrow<Q>,
    {
        let at = self.find(key).ok()?;
        Some(&mut self.vec()[at].1)
    }

    /// Whether the key has a value.
    pub fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: std::borrow::Borrow<Q>,
    {
        self.find(key).is_ok()
    }

    /// Gives the key a value and returns the one it had.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.find(&key) {
            Ok(at) => Some(mem::replace(&mut self.vec()[at].1, value)),
            Err(at) => {
                self.vec().insert(at, (key, value));
                None
            }
        }
    }

    /// The value of a key, which gets a zero value if it has none.
    pub fn get_or_default(&mut self, key: K) -> &mut V
    where
        V: Default,
    {
        let at = self.find(&key).unwrap_or_else(|at| {
            self.vec().insert(at, (key, V::default()));
            at
        });
        &mut self.vec()[at].1
    }

    /// Removes the key and returns its value.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: std::borrow::Borrow<Q>,
    {
        let at = self.find(key).ok()?;
        Some(self.vec().remove(at).1)
    }

    /// Keeps the entries that `keep` says; null stays null.
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &mut V) -> bool) {
        if let Some(entries) = &mut self.0 {
            entries.retain_mut(|(key, value)| keep(key, value));
        }
    }

    /// Removes all entries; what was null becomes empty.
    pub fn clear(&mut self) {
        self.vec().clear();
    }

    /// Keys and values in the order of keys.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&K, &V)> {
        self.entries().iter().map(|(key, value)| (key, value))
    }

    /// Keys and values in the order of keys, the values to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&K, &mut V)> {
        self.0.iter_mut().flatten().map(|(key, value)| (&*key, value))
    }

    /// Keys in order.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &K> {
        self.entries().iter().map(|(key, _)| key)
    }

    /// Values in the order of keys.
    pub fn values(&self) -> impl ExactSizeIterator<Item = &V> {
        self.entries().iter().map(|(_, value)| value)
    }

    fn find<Q: Ord + ?Sized>(&self, key: &Q) -> Result<usize, usize>
    where
        K: std::borrow::Borrow<Q>,
    {
        self.entries().binary_search_by(|(other, _)| other.borrow().cmp(key))
    }

    fn entries(&self) -> &[(K, V)] {
        self.0.as_deref().unwrap_or_default()
    }

    fn vec(&mut self) -> &mut Vec<(K, V)> {
        self.0.get_or_insert_default()
    }
}

impl<K, V> Default for Map<K, V> {
    fn default() -> Self {
        Self(None)
    }
}

/// Not null, even of nothing. Of several values for one key, the last one wins.
impl<K: Ord, V> FromIterator<(K, V)> for Map<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut map = Self::new();
        for (key, value) in entries {
            map.insert(key, value);
        }
        map
    }
}

impl<'a, K, V> IntoIterator for &'a Map<K, V> {
    type Item = &'a (K, V);
    type IntoIter = slice::Iter<'a, (K, V)>;

    fn into_iter(self) -> slice::Iter<'a, (K, V)> {
        self.0.as_deref().unwrap_or_default().iter()
    }
}

impl<K: Key, V: Data + Default> fmt::Debug for Map<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        crate::walk::debug(self, f)
    }
}

impl<K: Key, V: Data + Default> Entries for Map<K, V> {
    fn count(&self) -> usize {
        self.len()
    }
    fn entry(&self, index: usize) -> Option<(&dyn Data, &dyn Data)> {
        let (key, value) = self.entries().get(index)?;
        Some((key, value))
    }
    fn reset(&mut self, present: bool) {
        self.0 = present.then(Vec::new);
    }
    fn push(&mut self) -> (&mut dyn Data, &mut dyn Data) {
        let entries = self.vec();
        entries.push((K::default(), V::default()));
        let last = entries.len() - 1;
        let (key, value) = &mut entries[last];
        (key, value)
    }
    fn compare(&self, left: usize, right: usize) -> Ordering {
        self.entries()[left].0.cmp(&self.entries()[right].0)
    }
    fn arrange(&mut self, order: &[usize]) {
        let entries = self.vec();
        *entries = order.iter().map(|&index| mem::take(&mut entries[index])).collect();
    }
}

impl<K: Key, V: Data + Default> Data for Map<K, V> {
    fn view(&self) -> View<'_> {
        View::Map(self.0.as_ref().map(|_| self as &dyn Entries))
    }
    fn slot(&mut self) -> Slot<'_> {
        Slot::Map(self)
    }
}
