//! What happens around CompuP2P nodes.

pub mod chance;
pub mod churn;
pub mod distribution;
pub mod faults;
pub mod network;
pub mod observer;
pub mod scenario;
mod stub;
pub mod trial;

pub use stub::run;
