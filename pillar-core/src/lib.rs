//! The logic of pillar.
#![forbid(unsafe_code)]

pub mod hal;
pub mod time;
