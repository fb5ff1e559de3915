//! What happens around CompuP2P nodes.
#![deny(unsafe_code)]

pub mod agenda;
pub mod chance;
pub mod churn;
pub mod distribution;
pub mod faults;
pub mod network;
pub mod observer;
pub mod prefetch;
pub mod scenario;
mod stub;
pub mod trial;

pub use stub::run;
