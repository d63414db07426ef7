//! What every implementation of a hardware trait must do: one suite a trait, run against the device's and the
//! simulator's, so that the simulator cannot drift from the device. Integrators run them against their own.
//!
//! A suite panics at the first thing that is not as it should be. It sees its subject through the trait alone;
//! what else it needs (an empty directory, what a LED shows) it is given.

mod address_server;
mod can;
mod clock;
mod content;
mod dhcp;
mod http;
mod hypervisor;
mod images;
mod keys;
mod leds;
mod links;
mod packet_filter;
mod power;
mod process;
mod storage;
mod system;
mod transfer;
mod uevents;
mod watchdog;

pub use address_server::{address_server, sample_host, sample_server};
pub use can::can_links;
pub use clock::{clock, random};
pub use content::content;
pub use dhcp::{DhcpGround, dhcp};
pub use http::{Servers, http, respond};
pub use hypervisor::{bare_domain, hypervisor};
pub use images::images;
pub use keys::{Certificates, crypto, keys};
pub use leds::leds;
pub use links::{link_notices, links};
pub use packet_filter::packet_filter;
pub use power::power;
pub use process::process;
pub use storage::{storage, storage_dates, storage_full};
pub use system::system;
pub use transfer::{Sources, TransferGround, sample_object, transfer};
pub use uevents::uevents;
pub use watchdog::{Sight, watchdog};
