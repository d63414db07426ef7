//! The messages of the controller API, as far as a device needs them.
#![forbid(unsafe_code)]
