//! Why an input was refused, in words that a person on site can use.

use std::fmt;

/// An input was refused. Says where and why; never shows the value that stood there, as it may be a secret.
#[derive(Clone, Debug, PartialEq)]
pub struct DecodeError {
    /// The field, such as `Ports[3].Proxies[0].port`; empty for the value as a whole.
    pub path: String,
    /// What is wrong with it.
    pub problem: Problem,
    /// How far the input was read.
    pub position: Position,
}

/// What is wrong with an input.
#[derive(Clone, Debug, PartialEq)]
pub enum Problem {
    /// Longer than this many bytes.
    TooLong {
        /// The limit.
        limit: usize,
    },
    /// More levels than this.
    TooDeep {
        /// The limit.
        limit: usize,
    },
    /// Would take more memory than this many bytes, or has too many unknown members.
    TooMuch {
        /// The limit.
        limit: usize,
    },
    /// Something else was expected here.
    Expected {
        /// What.
        expected: &'static str,
        /// What was there.
        found: Found,
    },
    /// A number that does not fit.
    OutOfRange {
        /// The smallest that does.
        least: i128,
        /// The largest that does.
        most: i128,
    },
    /// Not well-formed, or with something after its end.
    Malformed(Box<str>),
}

/// The kind of value that stood where another was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// `true` or `false`.
    Bool,
    /// An integer.
    Number,
    /// A number with a fraction, or larger than any integer.
    Float,
    /// Text.
    Text,
    /// Bytes.
    Bytes,
    /// A list.
    List,
    /// An object.
    Object,
    /// Null.
    Null,
}

/// How far an input was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// Line and column of a text, both from 1.
    Text {
        /// The line.
        line: usize,
        /// The column, in bytes.
        column: usize,
    },
    /// Bytes of a binary input.
    Byte(usize),
    /// Not at all.
    Start,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        write!(f, "{}{}", self.problem, self.position)
    }
}

impl std::error::Error for DecodeError {}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { limit } => write!(f, "longer than {limit} bytes"),
            Self::TooDeep { limit } => write!(f, "more than {limit} levels deep"),
            Self::TooMuch { limit } => write!(f, "too many items (limit {limit})"),
            Self::Expected { expected, found } => write!(f, "expected {expected}, found {found}"),
            Self::OutOfRange { least, most } => write!(f, "expected a number from {least} to {most}"),
            Self::Malformed(what) => f.write_str(what),
        }
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bool => "true or false",
            Self::Number => "a number",
            Self::Float => "a number with a fraction or exponent",
            Self::Text => "other text",
            Self::Bytes => "other bytes",
            Self::List => "a list",
            Self::Object => "an object",
            Self::Null => "nothing",
        })
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text { line, column } => write!(f, " (line {line}, column {column})"),
            Self::Byte(offset) => write!(f, " (byte {offset})"),
            Self::Start => Ok(()),
        }
    }
}
