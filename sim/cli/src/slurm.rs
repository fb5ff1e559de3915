//! `compup2p slurm`: a script that has Slurm run a sweep in shards, as the tasks of a job array, and
//! put it together when all have ended. Run again, it submits those shards alone that are missing.

use crate::args::{Slurm, quoted};
use crate::failure::Failure;
use crate::results::{beside, cannot};
use crate::run::{self, POINTS};
use crate::say::say;
use crate::trace;
use std::fs;
use std::path::Path;

/// Writes the script beside where the results will be.
pub(crate) fn slurm(slurm: &Slurm) -> Result<(), Failure> {
    trace::refuse(&slurm.run.options)?;
    let trials = run::trials(&slurm.run)?;
    let target = run::target(&slurm.run, &trials[0]);
    let here = std::env::current_dir().map_err(|e| Failure::Failed(format!("cannot tell: {e}")))?;
    let program = std::env::current_exe();
    let program = program.map_err(|error| Failure::Failed(format!("cannot tell: {error}")))?;
    let path = here.join(beside(&target, ".sbatch"));
    let points = here.join(beside(&target, POINTS));
    let write = || {
        fs::create_dir_all(path.parent().unwrap_or(&here))?;
        fs::write(&path, script(slurm, &here, &program, &points, &trials[0].scenario.name))
    };
    write().map_err(|error| Failure::Failed(cannot("write", &path, &error)))?;
    if !slurm.run.options.quiet {
        let (path, runs, shards) = (quoted(&path.to_string_lossy()), trials.len(), slurm.shards);
        say(&format!("{runs} runs in {shards} shards; submit them, or those missing: sh {path}\n"));
    }
    Ok(())
}

fn script(slurm: &Slurm, here: &Path, program: &Path, points: &Path, name: &str) -> String {
    let path = |path: &Path| quoted(&path.to_string_lossy());
    let (shards, jobs) = (slurm.shards, slurm.run.options.jobs.unwrap_or(1));
    let input = &slurm.run.input;
    let mut words = input.words();
    words.extend(slurm.run.options.out.iter().map(|out| format!("--out {}", path(out))));
    words.extend(slurm.run.options.check.then(|| "--check".to_owned()));
    let what = words.join(" ");
    let mut drawing = String::new();
    for (said, option) in [
        (slurm.run.options.png, " --png"),
        (slurm.run.options.no_plots, " --no-plots"),
        (slurm.run.options.no_report, " --no-report"),
    ] {
        drawing += if said { option } else { "" };
    }
    let options: String = slurm.sbatch.iter().map(|option| format!("#SBATCH {option}\n")).collect();
    let (here, program) = (path(here), path(program));
    let job = quoted(&format!("compup2p-{name}"));
    format!(
        "#!/bin/sh
# Written by `compup2p slurm`. Run it with sh: it submits the shards of the sweep that are missing, and
# a job that puts all together when they have ended. Run it again after a failure: it submits the
# rest. Slurm runs the same script for each shard.
#SBATCH --job-name={job}
#SBATCH --cpus-per-task={jobs}
#SBATCH --output={shard_log}
#SBATCH --open-mode=append
#SBATCH --requeue
{options}set -eu
script=$(realpath \"$0\")
cd {here}
program={program}
if [ -n \"${{SLURM_ARRAY_TASK_ID:-}}\" ]; then
    exec \"$program\" sweep {what} --shards {shards} --jobs {jobs}
fi
merge() {{ exec \"$program\" merge {what} --shards {shards}{drawing}; }}
if [ -n \"${{COMPUP2P_MERGE:-}}\" ]; then
    merge
fi
submitted={submitted}
if [ -f \"$submitted\" ]; then
    jobs=$(cat \"$submitted\")
    if [ -n \"$(squeue --noheader --states=PENDING,RUNNING,SUSPENDED --jobs=\"$jobs\" 2>/dev/null)\" ]; then
        echo \"jobs $jobs are under way; wait, or: scancel $(echo \"$jobs\" | tr , ' ')\" >&2
        exit 1
    fi
fi
missing=$(\"$program\" merge {what} --shards {shards} --missing --quiet)
if [ -z \"$missing\" ]; then
    merge
fi
mkdir -p {points}
array=$(sbatch --parsable --array=\"$missing{at_once}\" \"$script\")
array=${{array%%;*}}
echo \"$array\" >\"$submitted\"
echo \"array job $array: shards $missing\"
merge=$(sbatch --parsable --dependency=afterok:\"$array\" --kill-on-invalid-dep=yes \\
    --export=ALL,COMPUP2P_MERGE=1 --output={merge_log} \"$script\")
merge=${{merge%%;*}}
echo \"$array,$merge\" >\"$submitted\"
echo \"job $merge puts them together\"
",
        shard_log = log(points, "shard-%a.log"),
        merge_log = log(points, "merge.log"),
        at_once = slurm.at_once.map(|most| format!("%{most}")).unwrap_or_default(),
        submitted = path(&points.join("submitted")),
        points = path(points),
    )
}

/// The name of a log as sbatch reads it: in a folder's name a `%` is nothing but that.
fn log(folder: &Path, name: &str) -> String {
    quoted(&format!("{}/{name}", folder.to_string_lossy().replace('%', "%%")))
}
