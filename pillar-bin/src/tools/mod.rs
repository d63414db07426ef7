//! Commands for developers: they show what is on the bus and what the controller says. Not in a device build.
//!
//! Exit status: 0, 1 for an input that is bad or cannot be read, 2 for a wrong call.

pub mod decode;
mod input;
pub mod pbuf;

use crate::args::Stop;

/// The lines of a list.
fn lines<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.fold(String::new(), |text, name| text + name + "\n")
}

/// The answer to a type that nobody knows: the names that look like it, or else all of them.
fn unknown_type<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Stop {
    let known: Vec<&str> = known.collect();
    let wanted = name.to_lowercase();
    let alike = |known: &&&str| !wanted.is_empty() && known.to_lowercase().contains(&wanted);
    let near: Vec<&str> = known.iter().filter(alike).copied().collect();
    let shown = if near.is_empty() { known } else { near };
    Stop::Wrong(format!("unknown type '{name}'; there are\n  {}", shown.join("\n  ")))
}
