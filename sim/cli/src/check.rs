//! `compup2p check`: says whether a scenario is fit to run.

use crate::args::Check;
use crate::failure::Failure;
use crate::load;
use crate::say::say;

/// Checks a scenario; prints a line that says what it would do.
pub(crate) fn check(check: &Check) -> Result<(), Failure> {
    let trials = load::load(&check.input)?;
    if let Some(trial) = trials.first() {
        load::warn(&trials);
        let scenario = &trial.scenario;
        let inputs: String =
            trial.inputs.files.iter().map(|file| format!(", {}", file.path)).collect();
        let runs = if scenario.replicates == 1 { "run" } else { "runs" };
        let does = if scenario.sweep.is_empty() {
            format!("{} nodes for {}", scenario.nodes, scenario.duration)
        } else {
            let paths: Vec<_> = scenario.sweep.paths().collect();
            format!("{} points of {}", scenario.sweep.points(), paths.join(", "))
        };
        let each = if scenario.sweep.is_empty() { "" } else { " each" };
        let most = scenario.until.as_ref().map(|until| until.replicates_max);
        let most = most.map(|most| format!(" to {most}")).unwrap_or_default();
        say(&format!(
            "ok: {}: {does}, {}{most} {runs}{each} from seed {}{inputs}\n",
            scenario.name, scenario.replicates, scenario.seed
        ));
    }
    Ok(())
}
