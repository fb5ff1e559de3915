//! What happens around CompuP2P nodes.

pub mod chance;
pub mod distribution;
