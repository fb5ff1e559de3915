//! What happens around CompuP2P nodes.

pub mod faults;
pub mod network;
