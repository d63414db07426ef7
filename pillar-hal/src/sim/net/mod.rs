//! The simulated network: interfaces with addresses and routes, and the segments (cables, switches) that they are
//! plugged into. A part of the world; the software reaches it through [`SimLinks`], scenarios and tests directly.
//!
//! What the kernel does by itself happens here too: carriers, link-local addresses, and what goes when a link is
//! switched off or removed.

mod dhcp;
mod links;
mod notices;
mod resolver;
mod table;

pub use dhcp::{DhcpServer, SimDhcp};
pub use links::SimLinks;
pub use notices::SimLinkNotices;
pub use resolver::SimResolver;
pub use table::Network;
