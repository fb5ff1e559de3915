//! What one CompuP2P node does.
#![no_std]
#![forbid(unsafe_code)]
extern crate alloc;

pub mod admin;
pub mod commodity;
pub mod fact;
pub mod id;
pub mod node;
pub mod overlay;
pub mod rules;
pub mod time;
pub mod world;
