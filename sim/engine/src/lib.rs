//! What happens around CompuP2P nodes.
#![deny(unsafe_code)]

pub mod agenda;
pub mod prefetch;
