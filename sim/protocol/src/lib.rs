//! What one CompuP2P node does.
#![no_std]
#![forbid(unsafe_code)]
extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod admin;
pub mod commodity;
pub mod credit;
pub mod fact;
pub mod id;
pub mod kind;
pub mod market;
pub mod node;
pub mod overlay;
pub mod pricing;
pub mod rules;
#[cfg(test)]
mod testing;
pub mod time;
pub mod world;
