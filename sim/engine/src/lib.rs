//! What happens around CompuP2P nodes.

pub mod observer;
