//! Signals as descriptors: for threads that must hear of a signal although the loop hangs.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use rustix::event::{EventfdFlags, eventfd};
use rustix::process::Signal;

/// A descriptor that can be read once the signal has come: eight bytes that count how often. The signal does nothing
/// else from now on.
pub fn descriptor(signal: Signal) -> io::Result<Arc<OwnedFd>> {
    let told = Arc::new(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?);
    let tell = told.clone();
    let action = move || {
        // Can only fail when it is told already.
        let _ = rustix::io::write(&*tell, &1u64.to_ne_bytes());
    };
    // SAFETY: the action may run between any two instructions of any thread. It makes one write(2), which
    // signal-safety(7) allows, and neither takes a lock nor memory; the descriptor lives as long as the action does.
    unsafe { signal_hook_registry::register(signal.as_raw(), action) }?;
    Ok(told)
}
