//! What happens around CompuP2P nodes.

pub mod observer;
pub mod faults;
pub mod network;
