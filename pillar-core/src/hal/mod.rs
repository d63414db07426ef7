//! What the logic needs from a device: one small trait a file, blocking, object-safe, in terms of the domain.
//!
//! Only jobs get the [`Hal`]; handlers get [`Quick`], which cannot block. Every trait has a real and a
//! simulated implementation and [`Unsupported`] for a device without it, so that an integrator brings the
//! few traits that the device has.

mod clock;
mod random;
mod scope;
mod storage;

use std::any::Any;
use std::sync::Arc;

pub use clock::Clock;
pub use random::{NoRandom, Random};
pub use scope::{Progress, Scope};
pub use storage::{DirEntry, FileOp, MAX_DIR_ENTRIES, Space, Storage, StorageError, backup_of, is_temp_name};

/// A device that lacks the capability: every call says so.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unsupported;

/// All capabilities of a device, as jobs see them.
#[derive(Clone)]
pub struct Hal {
    /// Durable files.
    pub storage: Arc<dyn Storage>,
    /// Clocks.
    pub clock: Arc<dyn Clock>,
    /// Random bytes.
    pub random: Arc<dyn Random>,
}

impl Default for Hal {
    /// A device that can do nothing.
    fn default() -> Self {
        let nothing = Arc::new(Unsupported);
        Hal { storage: nothing.clone(), clock: nothing.clone(), random: nothing }
    }
}

/// The payload of a panic by which the simulator ends a machine at a power cut. Whoever catches panics passes
/// it on: nothing runs after the power is gone.
#[derive(Clone, Copy, Debug)]
pub struct PowerCut;

impl PowerCut {
    /// Whether a caught panic is one.
    pub fn is(payload: &(dyn Any + Send)) -> bool {
        payload.is::<PowerCut>()
    }
}
