//! The protocol between device and controller: envelopes with real and with simulated cryptography, and the agents
//! that speak it on simulated devices.

mod agent;
mod attestation;
mod certs;
mod config;
mod envelope;
mod exchange;
mod onboarding;
mod parsing;
mod queue;
mod reports;

use pillar_tests::served as bench;
