//! Ctrl-C: the first asks runs to stop, so that they clean up; the second does not wait.

use std::sync::atomic::{AtomicBool, Ordering};

static ASKED: AtomicBool = AtomicBool::new(false);

/// Listens from now on.
pub(crate) fn listen() {
    // Where there are no signals, Ctrl-C ends the program at once, which leaves nothing that looks
    // complete either.
    let _ = ctrlc::set_handler(|| {
        if ASKED.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    });
}

/// Whether the user wants it to stop.
pub(crate) fn asked() -> bool {
    ASKED.load(Ordering::Relaxed)
}
