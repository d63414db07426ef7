//! The protocol between device and controller: envelopes with real and with simulated cryptography, and the agents
//! that speak it on simulated devices.

mod bench;
mod certs;
mod envelope;
mod exchange;
mod onboarding;
mod queue;
