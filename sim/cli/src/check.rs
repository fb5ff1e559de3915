//! `compup2p check`: says whether a scenario is fit to run.

use crate::args::Check;
use crate::failure::Failure;
use crate::load;
use crate::say::say;

/// Checks a scenario; prints a line that says what it would do.
pub(crate) fn check(check: &Check) -> Result<(), Failure> {
    let trials = load::load(&check.input)?;
    if let Some(trial) = trials.first() {
        load::warn(trial);
        let scenario = &trial.scenario;
        let inputs: String =
            trial.inputs.files.iter().map(|file| format!(", {}", file.path)).collect();
        let runs = if scenario.replicates == 1 { "run" } else { "runs" };
        say(&format!(
            "ok: {}: {} nodes for {}, {} {runs} from seed {}{inputs}\n",
            scenario.name, scenario.nodes, scenario.duration, scenario.replicates, scenario.seed
        ));
    }
    Ok(())
}
