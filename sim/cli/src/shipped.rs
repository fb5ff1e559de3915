//! Scenarios that come with the program: those behind the figures and the claims, so that these can
//! be made again wherever the program is.

use crate::args::Input;
use crate::results::cannot;
use compup2p_engine::scenario::Override;
use std::fs;
use std::path::{Path, PathBuf};

/// Scenarios of `scenarios/`, by their names.
macro_rules! shipped {
    ($($name:literal)*) => {
        const SHIPPED: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../../../scenarios/", $name, ".yaml")))),*];
    };
}

shipped! {
    "attempts_by_sellers" "backup" "checkpointing" "churn" "diurnal" "hops_by_nodes" "lookup_hops"
    "mo_load" "narrow_capacities" "overhead" "policies" "pricing_max_min" "pricing_vickrey"
    "redundancy" "selfish_mo" "session_length" "speedup" "storage_market"
}

/// What is in a shipped scenario.
///
/// # Panics
/// If there is none of that name.
pub(crate) fn text(name: &str) -> &'static str {
    let known = SHIPPED.iter().find(|(known, _)| *known == name);
    known.unwrap_or_else(|| panic!("{name} is not shipped")).1
}

/// Writes a shipped scenario into a folder, to be run with some fields changed (`path=value`).
pub(crate) fn write(name: &str, folder: &Path, changes: &[&str]) -> Result<Input, String> {
    let path = folder.join(name).with_extension("yaml");
    fs::create_dir_all(folder).map_err(|error| cannot("make", folder, &error))?;
    fs::write(&path, text(name)).map_err(|error| cannot("write", &path, &error))?;
    input(path, changes)
}

/// A shipped scenario as it stands in the repository.
pub(crate) fn named(name: &str, changes: &[&str]) -> Result<Input, String> {
    input(PathBuf::from(format!("scenarios/{name}.yaml")), changes)
}

fn input(scenario: PathBuf, changes: &[&str]) -> Result<Input, String> {
    let set = changes.iter().map(|change| Override::parse(change)).collect::<Result<_, _>>()?;
    Ok(Input { scenario, set, ..Input::default() })
}
