//! The simulator against theory and against what others measured. `docs/validation.md` tells what
//! came out. `cargo test -p compup2p-engine --test validation -- --nocapture` prints the tables.
//!
//! - `checkpoints.rs`: how long sub-tasks take whose compute nodes fail, and how often to checkpoint
//! - `hops.rs`, `keys.rs`: the Chord paper's figures, and the laws behind them
//! - `quiet.rs`, `churn.rs`, `healing.rs`: lookups are correct without churn, wrong as often as a
//!   law says while it lasts, and correct again after it
//! - `market_healing.rs`: the ring of markets heals, and so do two claims to one market
//! - `denial.rs`: what sellers of results lose to buyers that deny them
//! - `handoff.rs`: what it is good for that an owner hands its listings over
//! - `market_hops.rs`, `load.rs`: the schemes: how long the way to a market is, and how markets'
//!   requests spread over nodes
//! - `idle.rs`: what nodes offer while their owners work by day
//! - `market_size.rs`: what 10,000 sellers in one market are to its owner, in bytes and in time
//! - `narrow.rs`: the same as idle values lie closer and closer together
//! - `mechanisms.rs`: each mechanism is good for something that is measured
//! - `nothing_lost.rs`: sub-tasks and their money where everything goes wrong
//! - `pricing.rs`: Lemma 1, Bertrand's prices and who gains what, from purchases
//! - `incentives.rs`: what it brings not to be honest, as a seller or as a market owner
//! - `redundancy.rs`: how often replicas and checks are wrong, and what they cost
//! - `speedup.rs`: how much faster ten nodes are, by how much there is to send
//! - `scene.rs`: how a test sets up a run and looks at it

#[path = "../../benches/clock/mod.rs"]
mod clock;

mod checkpoints;
mod churn;
mod denial;
mod handoff;
mod healing;
mod hops;
mod idle;
mod incentives;
mod keys;
mod load;
mod market_healing;
mod market_hops;
mod market_size;
mod mechanisms;
mod narrow;
mod nothing_lost;
mod pricing;
mod quiet;
mod redundancy;
mod scene;
mod speedup;
