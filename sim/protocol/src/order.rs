//! What is ordered of the markets.

use crate::commodity::{Platforms, ResourceKind};
use crate::time::Span;

/// What a user orders.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Order {
    /// The purchase's number, the only one of its kind in the run.
    pub purchase: u32,
    /// Of what.
    pub kind: ResourceKind,
    /// How much, in the kind's unit (cycles a second, bytes).
    pub amount: u64,
    /// What the user would pay, in ticks.
    pub budget: u32,
    /// For how long.
    pub hold: Span,
    /// Where the user's code runs.
    pub platforms: Platforms,
    /// What of the service layer it is for, if it is for that: then the service layer says when it
    /// is over, and nobody is bought from twice for the same [ours].
    pub service: Option<u32>,
}
