//! Values that people must not see.

use std::fmt;
use std::hint::black_box;

use crate::base::Bytes;
use crate::value::{Data, Slot, View};

/// Something whose memory can be overwritten.
pub trait Wipe {
    /// Overwrites the memory it owns with zeros and leaves the zero value.
    fn wipe(&mut self);
}

impl Wipe for Vec<u8> {
    fn wipe(&mut self) {
        self.resize(self.capacity(), 0); // what an earlier value left behind its end
        self.fill(0);
        black_box(&*self); // or the compiler would leave out a write that nobody reads
        self.clear();
    }
}

impl Wipe for String {
    fn wipe(&mut self) {
        std::mem::take(self).into_bytes().wipe();
    }
}

impl Wipe for Bytes {
    fn wipe(&mut self) {
        if let Some(bytes) = &mut self.0 {
            bytes.wipe();
        }
        self.0 = None;
    }
}

/// A value that is zeroed when dropped and shows as `***` in Debug, logs, traces and redacted JSON. The codec
/// writes it as it is: only where EVE's format has it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret<T: Wipe>(T);

impl<T: Wipe> Secret<T> {
    /// Takes a value in.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value, for its one proper use.
    pub const fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: Wipe> From<T> for Secret<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T: Wipe> Drop for Secret<T> {
    fn drop(&mut self) {
        self.0.wipe();
    }
}

impl<T: Wipe> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl<T: Wipe + Data> Data for Secret<T> {
    fn view(&self) -> View<'_> {
        View::Secret(&self.0)
    }
    fn slot(&mut self) -> Slot<'_> {
        self.0.wipe();
        self.0.slot()
    }
}
