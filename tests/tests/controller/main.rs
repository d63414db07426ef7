//! The protocol between device and controller, with real and with simulated cryptography.

mod envelope;
