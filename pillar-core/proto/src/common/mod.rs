//! Types that several packages share.

mod cipher;
mod device;
mod network;

pub use cipher::*;
pub use device::*;
pub use network::*;
