//! zedbox.
fn main() {}
