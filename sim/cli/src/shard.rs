//! Shards: the runs of a sweep, dealt out to several processes, perhaps on as many machines, that
//! share a folder of kept runs. `compup2p sweep` runs one shard or all; `compup2p merge` puts together
//! what all have kept.

use crate::args::{Merge, Sweep};
use crate::assembly::Assembly;
use crate::failure::Failure;
use crate::interrupt;
use crate::key::Key;
use crate::manifest::{self, Effort, Failed};
use crate::progress::Progress;
use crate::replication::{End, all};
use crate::results::{Results, beside};
use crate::run::{self, POINTS};
use crate::runs::{Engine, Runner};
use crate::say::say;
use crate::store::Store;
use crate::trace;
use compup2p_engine::observer::Stop;
use compup2p_engine::trial::Trial;
use std::collections::{BTreeMap, BTreeSet};

/// Where Slurm says which task of an array this is.
const TASK: &str = "SLURM_ARRAY_TASK_ID";

/// `compup2p sweep`: all, or a shard of it.
pub(crate) fn sweep(sweep: &Sweep) -> Result<(), Failure> {
    let Some(shards) = sweep.shards else { return run::run(&sweep.run) };
    trace::refuse(&sweep.run.options)?;
    let bad = |why: String| Failure::BadInput(vec![why]);
    let said = sweep.shard.map(|shard| shard.to_string());
    let said = said.or_else(|| std::env::var(TASK).ok());
    let said = said.ok_or_else(|| {
        bad(format!("--shards {shards}: wants --shard too, or {TASK}: which of them to run"))
    })?;
    let shard = said.parse().ok().filter(|&shard: &u32| shard < u32::from(shards));
    let shard = shard.ok_or_else(|| {
        bad(format!("shard {said}: wants a whole number from 0 to {}", shards - 1))
    })?;
    let trials = run::trials(&sweep.run)?;
    let share = deal(&trials, shards.into());
    let mine = trials.iter().zip(&share).filter(|(_, of)| **of == shard);
    let mine: Vec<Trial> = mine.map(|(trial, _)| trial.clone()).collect();
    run_shard(sweep, &mine, &format!("shard {shard} of {shards}"))
}

/// Runs a shard: what comes out is kept, and put together by [`merge`].
fn run_shard(sweep: &Sweep, mine: &[Trial], name: &str) -> Result<(), Failure> {
    let (run, Some(first)) = (&sweep.run, mine.first()) else {
        if !sweep.run.options.quiet {
            say(&format!("{name}: nothing to run\n"));
        }
        return Ok(());
    };
    let effort = Effort::began();
    interrupt::listen();
    let target = run::target(run, first);
    let points = beside(&target, POINTS);
    let store = Store::open(&points, false).map_err(Failure::Failed)?;
    let progress = Progress::new(mine, run.options.quiet);
    let engine = compup2p_engine::run;
    let jobs = run::jobs(run, mine);
    let ends =
        all(&Runner { engine, store: &store, progress: &progress, jobs, assembly: None }, mine);
    progress.close();
    let ends = ends.map_err(|failure| match failure {
        Failure::Interrupted => Failure::Stopped(points.display().to_string()),
        failure => failure,
    })?;
    let kept = ends.iter().filter(|(_, end)| end.as_ref().is_ok_and(|ran| ran.was_kept)).count();
    if !run.options.quiet {
        let (runs, wall_s) = (ends.len(), effort.wall_s());
        say(&format!(
            "{name}: {runs} runs, {kept} of them kept from before, in {wall_s:.1} s: {}\n",
            points.display()
        ));
    }
    let failed = ends.into_iter().filter_map(|(trial, end)| {
        let replay = run.input.replay(&trial, run.options.check, &target);
        Some(Failed { reason: end.err()?, replay })
    });
    let failed: Vec<Failed> = failed.collect();
    if failed.is_empty() { Ok(()) } else { Err(run::failure(&failed, mine.len(), Some(&points))) }
}

/// Why a run that is not kept does not end, where none is to be run.
const MISSING: &str = "missing";

/// `compup2p merge`: results of what all shards have kept; or says which are missing.
pub(crate) fn merge(merge: &Merge) -> Result<(), Failure> {
    let effort = Effort::began();
    let run = &merge.run;
    if run.options.fresh {
        let why = "--fresh: merge runs nothing, so there is nothing to run anew".to_owned();
        return Err(Failure::BadInput(vec![why]));
    }
    trace::refuse(&run.options)?;
    let trials = run::trials(run)?;
    let target = run::target(run, &trials[0]);
    let points = beside(&target, POINTS);
    if !points.exists() && !merge.missing {
        let points = points.display();
        return Err(Failure::Failed(format!("{points} does not exist: no shard has run yet")));
    }
    let store = Store::open(&points, false).map_err(Failure::Failed)?;
    let progress = Progress::new(&trials, true);
    let engine: Engine = |_, _| Err(Stop(MISSING.to_owned()));
    let jobs = manifest::cpus();
    let ends =
        all(&Runner { engine, store: &store, progress: &progress, jobs, assembly: None }, &trials)?;
    let missing = missing(&trials, &ends, merge.shards.map_or(1, u32::from));
    if merge.missing {
        say(&format!("{}\n", ranges(&missing)));
        return Ok(());
    }
    if !missing.is_empty() && !merge.incomplete {
        let mut text = absent(&ends, &missing, merge.shards);
        let found = ends.iter().filter(|(_, end)| end.is_ok()).count();
        let others = store.count().map_err(Failure::Failed)?.saturating_sub(found);
        if others > 0 {
            let points = points.display();
            text +=
                &format!("; {others} more in {points} are of other settings or another program");
        }
        return Err(Failure::Failed(text));
    }
    let results = Results::aside(&target, &trials[0].scenario.name).map_err(Failure::Failed)?;
    let assembly = Assembly::begin(results, &trials[0].scenario.sweep).map_err(Failure::Failed)?;
    let done = run::finish(run, ends, assembly, store, effort)?;
    if !run.options.quiet {
        say(&run::told(&done, effort));
    }
    done.failure.map_or(Ok(()), Err)
}

/// The shards of which a run is missing.
fn missing(trials: &[Trial], ends: &[End], shards: u32) -> BTreeSet<u32> {
    let place = |trial: &Trial| (trial.point, trial.replicate);
    let dealt: BTreeMap<_, _> = trials.iter().map(place).zip(deal(trials, shards)).collect();
    // A replicate that a stop rule added is in the shard of its point.
    let shard = |of: &Trial| dealt.get(&place(of)).unwrap_or_else(|| &dealt[&(of.point, 0)]);
    ends.iter().filter(|(_, end)| end.is_err()).map(|(trial, _)| *shard(trial)).collect()
}

/// What is said of them.
fn absent(ends: &[End], missing: &BTreeSet<u32>, shards: Option<u16>) -> String {
    let gaps: Vec<&Trial> =
        ends.iter().filter(|(_, end)| end.is_err()).map(|(trial, _)| trial).collect();
    let mut text = format!("{} of {} runs are missing", gaps.len(), ends.len());
    if let Some(shards) = shards {
        let which = if missing.len() == 1 { "shard" } else { "shards" };
        text += &format!(", of {which} {} of {shards}", ranges(missing));
    }
    let settings = gaps[0].settings.iter().map(|(path, value)| format!("{path}={value}, "));
    text + &format!("; the first: {}seed {}", settings.collect::<String>(), gaps[0].seed)
}

/// Numbers as Slurm takes them: `0-2,5`.
fn ranges(numbers: &BTreeSet<u32>) -> String {
    let all: Vec<u32> = numbers.iter().copied().collect();
    let runs = all.chunk_by(|one, next| one + 1 == *next).map(|run| match run {
        [one] => one.to_string(),
        run => format!("{}-{}", run[0], run[run.len() - 1]),
    });
    runs.collect::<Vec<_>>().join(",")
}

/// Deals runs out: says of each which shard it is in. They are shuffled by their keys, so that no
/// shard has all that take long, and as even as can be; the same sweep is dealt out the same way
/// whenever and wherever it is asked. A stop rule looks at all replicates of a point: they stay
/// together.
fn deal(trials: &[Trial], shards: u32) -> Vec<u32> {
    let stays = |one: &Trial, next: &Trial| one.point == next.point && one.scenario.until.is_some();
    let hands: Vec<&[Trial]> = trials.chunk_by(stays).collect();
    let mut order: Vec<(Key, usize)> =
        hands.iter().map(|hand| Key::of(&hand[0])).zip(0..).collect();
    order.sort();
    let mut shard = vec![0; hands.len()];
    for ((_, place), nth) in order.into_iter().zip(0..) {
        shard[place] = nth % shards;
    }
    hands.iter().zip(shard).flat_map(|(hand, shard)| hand.iter().map(move |_| shard)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use compup2p_engine::scenario::Source;
    use compup2p_engine::trial::check;

    fn trials(text: &str) -> Vec<Trial> {
        let source = Source { text: text.to_owned(), ..Source::default() };
        check(&source, &|_| Err(String::new())).expect("a good scenario")
    }

    #[test]
    fn every_run_is_in_one_shard_and_shards_are_even() {
        let trials = trials("replicates: 3\nsweep: { nodes: [10, 20, 30, 40, 50] }\n");
        let dealt = deal(&trials, 4);
        let mut sizes = [0; 4];
        dealt.iter().for_each(|&shard| sizes[shard as usize] += 1);
        sizes.sort_unstable();
        assert_eq!(sizes, [3, 4, 4, 4]);
        assert_eq!(dealt, deal(&trials, 4));
        assert_eq!(deal(&trials, 1), [0; 15]);
    }

    #[test]
    fn a_point_with_a_stop_rule_stays_together() {
        let until = "until: { ci_relative: 0.1, metrics: [joins] }";
        let trials = trials(&format!("replicates: 5\n{until}\nsweep: {{ nodes: [10, 20, 30] }}\n"));
        let dealt = deal(&trials, 3);
        assert!(dealt.chunks(5).all(|point| point.iter().all(|shard| *shard == point[0])));
        let mut shards = [dealt[0], dealt[5], dealt[10]];
        shards.sort_unstable();
        assert_eq!(shards, [0, 1, 2]);
    }

    #[test]
    fn numbers_are_written_as_slurm_takes_them() {
        let text = |numbers: &[u32]| ranges(&numbers.iter().copied().collect());
        assert_eq!(text(&[0, 1, 2, 5, 8, 9]), "0-2,5,8-9");
        assert_eq!(text(&[3]), "3");
        assert_eq!(text(&[]), "");
    }

    #[test]
    fn runs_of_a_point_are_not_all_in_one_shard() {
        let trials = trials("replicates: 40\n");
        let dealt = deal(&trials, 2);
        assert!(dealt[..20].contains(&0) && dealt[..20].contains(&1));
        let alternate: Vec<u32> = (0..40).map(|nth| nth % 2).collect();
        assert_ne!(dealt, alternate, "shuffled");
    }
}
