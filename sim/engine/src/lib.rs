//! What happens around CompuP2P nodes: order, chance, network, churn, workload, judges.
//!
//! [`run`] takes a checked [`trial::Trial`] to its end and shows rows to an observer. There is no
//! input or output here. The contract of order:
//!
//!  1. Time is whole nanoseconds and never goes back.
//!  2. At equal times, first bulk data (all bytes of a shipment have moved, then one begins); then
//!     what the engine does (hosts come and go, users ask, faults, samples); then messages, timers,
//!     shipments that arrive or are noticed to be broken; then timeouts of requests.
//!  3. Within each of these, first in, first out; timeouts in the order of their requests, bulk data
//!     in that of its beginnings.
//!  4. Nothing else has a say: no hashing order, pointer, thread or machine.
//!
//! A run takes what comes next, lets one node read it, and turns what the node reports into rows
//! and counts:
//!
//! ```text
//!  scenario -> trial -> simulation: next shipment, doing, message or timeout
//!                           |  one node reads it, in the world of surroundings
//!                           v
//!                         facts -> rows -> observer
//!                               -> tally -> metric
//! ```
//!
//! - `scenario.rs`, `scenario/`: what a person writes, read with every mistake at its place.
//! - `trial.rs`: a checked scenario with its seed and its files: the unit of a run.
//! - `simulation.rs`, `simulation/`: the run: the loop; hosts that come and go (`hosts`); what they
//!   are told of their owners (`owners`); what is made of reports (`watch`), and does not count
//!   (`warmup`); what stands at its end (`standing`).
//! - `surroundings.rs`: what lies around nodes, and `Present`, the world that a node sees.
//! - `agenda.rs`, `agenda/`: the event queue. `calls.rs`: requests under way, and their timeouts.
//! - `network.rs`, `network/`: latency, jitter and loss of messages (`links`); bandwidth, shared by
//!   bulk transfers (`transfer`). `shipments.rs`: bulk data under way, and how it ends.
//! - `churn.rs`, `churn/`: who is up when: `sessions`, of a `preset`, `turnover` or a `trace`.
//! - `faults.rs`, `faults/`: what goes wrong at set times.
//! - `workload.rs`: what users ask for, and what nodes have to sell.
//! - `chance.rs`: draws by purpose. `distribution.rs`, `distribution/`: on `libm` alone.
//! - `owner_load.rs`, `owner_load/`: how much of their machines `owners` use: by day and night
//!   (`diurnal`), or as measured (`trace`).
//! - `task_file.rs`, `task_file/`: the XML task file of the paper, element by element.
//! - `swf.rs`: logs of parallel computers. `gzip.rs`: files that may be compressed.
//! - `population.rs`: the hosts, and what is due for them. `warm.rs`: a correct ring at t = 0.
//! - `oracle.rs`: the truth, which nodes never see. `audit.rs`: the judges.
//! - `tally.rs`, `trade.rs`, `load.rs`, `profits.rs`: counts. `purchases.rs`: purchases under way.
//! - `activity.rs`: what a few nodes read, over time.
//! - `spread.rs`: how unevenly market owners are asked, beside random places.
//! - `metric.rs`: the table of metrics. `observer.rs`: rows, as they are shown. `witness.rs`: what
//!   nodes read and send, for who wants to see that.
//! - `prefetch.rs`: memory asked for ahead.
//!
//! Start with `simulation.rs`. How to add to any of it: `docs/extending.md`.
#![deny(unsafe_code)]

pub mod activity;
pub mod agenda;
pub mod audit;
pub mod behaviours;
pub mod calls;
pub mod chance;
pub mod churn;
pub mod data;
pub mod distribution;
pub mod endowments;
pub mod faults;
mod gzip;
pub mod incomes;
pub mod jobs;
pub mod load;
pub mod metric;
pub mod network;
pub mod observer;
pub mod optimum;
pub mod oracle;
pub mod owner_load;
pub mod population;
pub mod prefetch;
pub mod profits;
pub mod purchases;
pub mod quiet;
pub mod scenario;
pub mod shipments;
pub mod simulation;
pub mod spread;
pub mod surroundings;
pub mod swf;
pub mod tally;
pub mod task_file;
pub mod tasks;
pub mod trade;
pub mod trial;
pub mod warm;
pub mod witness;
pub mod workload;

use observer::{Observer, Outcome, Stop};
use simulation::Simulation;
use trial::Trial;

/// Runs `trial` to its end.
pub fn run(trial: &Trial, observer: &mut dyn Observer) -> Result<Outcome, Stop> {
    let mut simulation = Simulation::seen_by(trial, observer);
    simulation.run(observer)?;
    Ok(simulation.outcome())
}
