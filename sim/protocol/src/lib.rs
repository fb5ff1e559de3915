//! What one CompuP2P node does.
#![no_std]
#![forbid(unsafe_code)]
extern crate alloc;

pub mod id;
pub mod time;
