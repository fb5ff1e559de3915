//! Printing for people. Who stops reading has seen enough: a broken pipe is success.

use std::io::{ErrorKind, Write};

/// Prints to the standard output.
pub(crate) fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    if let Err(error) = written
        && error.kind() != ErrorKind::BrokenPipe
    {
        tell(&format!("error: cannot print: {error}"));
    }
}

/// Prints a line to the standard error. Nobody may listen there, which is no reason to stop.
pub(crate) fn tell(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}
