//! A setting that was not taken, and why: goes to whoever asked for it.

use std::fmt;

use super::kinds::Problem;

/// A setting that was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Its name as it came, cut to [`SHOWN`] bytes.
    pub key: String,
    /// Its value as it came, cut to [`SHOWN`] bytes.
    pub value: String,
    /// Why.
    pub problem: Problem,
}

/// The most of a name or a value that is repeated, in bytes: both may be as long as a message.
pub const SHOWN: usize = 128;

impl Refused {
    /// Says that `value` was not taken.
    pub fn new(key: &str, value: &str, problem: Problem) -> Self {
        Self { key: cut(key).to_owned(), value: cut(value).to_owned(), problem }
    }

    /// Whether there is no such setting, and not just no such value of it.
    pub fn is_unknown(&self) -> bool {
        self.problem == Problem::UnknownKey
    }
}

/// What is repeated of a text.
pub(super) fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(SHOWN)]
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:?} is not taken: {}", self.key, self.value, self.problem)
    }
}
