//! CSV to statistics to figures.
mod error;
pub mod histogram;
pub mod law;
pub mod published;
#[cfg(test)]
mod scratch;
mod special;
pub mod stats;
pub mod table;
pub use error::Error;
