//! Scenarios that come with the program: those behind the figures and the claims, so that these can
//! be made again wherever the program is.

use crate::args::{Input, Options, Run};
use compup2p_engine::scenario::Override;
use std::path::PathBuf;

/// A scenario of `scenarios/`, by its name.
macro_rules! shipped {
    ($($name:literal)*) => {
        /// Their names and texts.
        const SHIPPED: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../../../scenarios/", $name, ".yaml")))),*];
    };
}

shipped! {
    "backup" "checkpointing" "churn" "diurnal" "lookup_hops" "mo_load" "narrow_capacities" "policies"
    "pricing_max_min" "pricing_vickrey" "redundancy" "selfish_mo" "speedup"
}

/// The run of a shipped scenario with some fields changed (`path=value`).
///
/// # Panics
/// If there is none of that name, or a change is none.
pub(crate) fn run(name: &str, changes: &[&str], options: Options) -> Run {
    let known = SHIPPED.iter().find(|(known, _)| *known == name);
    let (_, text) = known.unwrap_or_else(|| panic!("{name} is not shipped"));
    let set = changes.iter().map(|change| Override::parse(change).expect("path=value"));
    let input = Input {
        scenario: PathBuf::from(format!("scenarios/{name}.yaml")),
        shipped: Some(text),
        set: set.collect(),
        seed: None,
        replicates: None,
        record: Vec::new(),
    };
    Run { input, options }
}
