//! The `compup2p` command.
fn main() {}
