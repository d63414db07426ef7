//! What a panic said, for the report of whoever catches it. A host installs the hook once and gives the node
//! [`take`]; it must hold that a panic is told to the thread that caught it and to no other.

use std::backtrace::Backtrace;
use std::cell::RefCell;
use std::fmt::{self, Write};
use std::panic::PanicHookInfo;
use std::sync::Once;

use pillar_core::hal::PowerCut;
use pillar_core::node::PanicDetail;

/// The most bytes of a back-trace that are kept.
pub const MAX_BACKTRACE: usize = 16 * 1024;

/// The most bytes of a panic's message that are kept.
pub const MAX_MESSAGE: usize = 4 * 1024;

thread_local! {
    static LAST: RefCell<Option<PanicDetail>> = const { RefCell::new(None) };
}

/// From now on the last panic of each thread is kept for [`take`]. The hook that was there is called as before,
/// but not for a [`PowerCut`], which is no fault.
pub fn install() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if PowerCut::is(info.payload()) {
                return;
            }
            keep(info);
            before(info);
        }));
    });
}

/// The last panic of this thread, once.
pub fn take() -> Option<PanicDetail> {
    LAST.take()
}

fn keep(info: &PanicHookInfo<'_>) {
    let message = info.payload_as_str().unwrap_or("a panic without words");
    let detail = PanicDetail {
        message: bounded(MAX_MESSAGE, format_args!("{message}")),
        location: info.location().map(ToString::to_string).unwrap_or_default(),
        backtrace: bounded(MAX_BACKTRACE, format_args!("{}", Backtrace::force_capture())),
    };
    // A panic while the thread ends has nobody to tell.
    let _ = LAST.try_with(|last| last.replace(Some(detail)));
}

/// The beginning of a text: what does not fit is not even made.
fn bounded(limit: usize, text: fmt::Arguments<'_>) -> String {
    let mut kept = Bounded { text: String::new(), limit };
    // The only error is that it is full.
    let _ = kept.write_fmt(text);
    kept.text
}

struct Bounded {
    text: String,
    limit: usize,
}

impl Write for Bounded {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        let fits = more.floor_char_boundary(self.limit - self.text.len());
        self.text.push_str(&more[..fits]);
        if fits < more.len() { Err(fmt::Error) } else { Ok(()) }
    }
}
