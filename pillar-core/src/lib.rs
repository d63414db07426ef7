//! The logic of pillar.
#![forbid(unsafe_code)]
