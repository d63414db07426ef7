//! The objects on pillar's bus: what agents say to each other, with EVE's names and JSON forms.
//!
//! Every object is declared once, by [`object!`], which makes the struct and the table of its fields. One
//! codec over those tables reads and writes JSON (files, EVE's sockets) and postcard (our own sockets).

#![forbid(unsafe_code)]

pub mod topic;
pub mod value;
