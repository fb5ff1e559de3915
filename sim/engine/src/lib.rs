//! What happens around CompuP2P nodes.

pub mod chance;
pub mod churn;
pub mod distribution;
pub mod faults;
pub mod network;
pub mod observer;
pub mod scenario;
pub mod trial;
