//! What happens around CompuP2P nodes: order, chance, network, churn, workload, judges.
//!
//! [`run`] takes a checked [`trial::Trial`] to its end and shows rows to an observer. There is no
//! input or output here. The contract of order:
//!
//!  1. Time is whole nanoseconds and never goes back.
//!  2. At equal times, first what the engine does (hosts come and go, users ask, faults, samples),
//!     then messages and timers, then timeouts of requests.
//!  3. Within each of these, first in, first out; timeouts in the order of their requests.
//!  4. Nothing else has a say: no hashing order, pointer, thread or machine.
#![deny(unsafe_code)]

pub mod agenda;
pub mod audit;
pub mod calls;
pub mod chance;
pub mod churn;
pub mod distribution;
pub mod faults;
pub mod load;
pub mod metric;
pub mod network;
pub mod observer;
pub mod oracle;
pub mod population;
pub mod prefetch;
pub mod purchases;
pub mod quiet;
pub mod scenario;
pub mod simulation;
pub mod surroundings;
pub mod tally;
pub mod trade;
pub mod trial;
pub mod warm;
pub mod workload;

use observer::{Observer, Outcome, Stop};
use simulation::Simulation;
use trial::Trial;

/// Runs `trial` to its end.
pub fn run(trial: &Trial, observer: &mut dyn Observer) -> Result<Outcome, Stop> {
    let mut simulation = Simulation::new(trial);
    simulation.run(observer)?;
    Ok(simulation.outcome())
}
