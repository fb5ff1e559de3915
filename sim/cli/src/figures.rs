//! `compup2p figures`: runs the scenarios behind the figures and draws them, with a table of what each
//! shows and where its numbers come from.

use crate::args::{Figures, Options, Run};
use crate::failure::Failure;
use crate::results::cannot;
use crate::run::perform;
use crate::say::say;
use crate::shipped;
use std::collections::BTreeSet;
use std::fs;
use std::time::Instant;

/// A scenario, and the figures that are drawn of its results.
struct Experiment {
    scenario: &'static str,
    /// What is made smaller for a quick look.
    quick: &'static [&'static str],
    figures: &'static [(&'static str, &'static str)],
}

/// All figures, in the order of the paper.
const EXPERIMENTS: &[Experiment] = &[
    Experiment {
        scenario: "lookup_hops",
        quick: &["duration=5min"],
        figures: &[(
            "lookup_hops",
            "Hops of a lookup in a ring of 1,024 nodes, beside the law and Stoica et al. 2003",
        )],
    },
    Experiment {
        scenario: "narrow_capacities",
        quick: &["nodes=300", "duration=10min", "replicates=3"],
        figures: &[(
            "mo_load_by_range",
            "How unevenly market owners are asked in both schemes, as idle values narrow (IV-A)",
        )],
    },
    Experiment {
        scenario: "mo_load",
        quick: &["duration=20min"],
        figures: &[
            ("mo_load", "How the requests to market owners fall on nodes"),
            ("mo_state", "What a market owner keeps against its listings, beside equation 2 (V-D)"),
            ("attempts", "Markets asked until there is a seller (IV-A)"),
        ],
    },
    Experiment {
        scenario: "pricing_vickrey",
        quick: &["nodes=300", "replicates=4"],
        figures: &[(
            "misreport",
            "What sellers gain by bidding less or more than their marginal costs (IV-B.1)",
        )],
    },
    Experiment {
        scenario: "selfish_mo",
        quick: &["nodes=300", "duration=15min", "replicates=4"],
        figures: &[(
            "selfish_mo",
            "Whom honest and selfish market owners name, and what buyers pay, by rule (IV-B.2)",
        )],
    },
    Experiment {
        scenario: "pricing_max_min",
        quick: &["nodes=300", "replicates=2"],
        figures: &[(
            "max_min",
            "Buyers' totals beside the bound of Lemma 1, and market owners' payoffs (IV-B.2)",
        )],
    },
    Experiment {
        scenario: "speedup",
        quick: &["replicates=2"],
        figures: &[("speedup", "Total time, speedup and efficiency on ten computers (Fig. 8)")],
    },
    Experiment {
        scenario: "checkpointing",
        quick: &["nodes=31", "replicates=2", "workload.tasks.sub_tasks=10"],
        figures: &[(
            "checkpointing",
            "Time to compute a sub-task with checkpoints and without, beside theory (V-C)",
        )],
    },
    Experiment {
        scenario: "redundancy",
        quick: &["replicates=3", "sweep.workload.tasks.sub_tasks=[4]"],
        figures: &[(
            "redundancy",
            "Wrong results by the share of malicious nodes and the replicas, beside theory (V-C)",
        )],
    },
    Experiment {
        scenario: "backup",
        quick: &["replicates=2"],
        figures: &[("backup", "Backups within reach by the number of copies, beside theory (V)")],
    },
];

/// Runs and draws.
pub(crate) fn figures(figures: &Figures) -> Result<(), Failure> {
    let wanted = wanted(&figures.names)?;
    let began = Instant::now();
    let (mut rows, mut failed) = (Vec::new(), Vec::new());
    for experiment in EXPERIMENTS {
        let drawn = experiment.figures.iter().filter(|(name, _)| wanted.contains(name));
        let drawn: Vec<_> = drawn.copied().collect();
        if drawn.is_empty() {
            continue;
        }
        match one(experiment, &drawn, figures) {
            Ok(row) => rows.push(row),
            Err(Failure::Interrupted) => return Err(Failure::Interrupted),
            Err(failure) => failed.push(format!("{}: {failure}", experiment.scenario)),
        }
        if !figures.quiet {
            let names: Vec<_> = drawn.iter().map(|(name, _)| *name).collect();
            let wall_s = began.elapsed().as_secs_f64();
            say(&format!("{}: {wall_s:.0} s after the start\n", names.join(", ")));
        }
    }
    let index = figures.out.join(INDEX);
    let text = HEAD.to_owned() + &rows.concat();
    fs::create_dir_all(&figures.out)
        .and_then(|()| fs::write(&index, text))
        .map_err(|error| Failure::Failed(cannot("write", &index, &error)))?;
    if !figures.quiet {
        say(&format!("{}\n", index.display()));
    }
    if failed.is_empty() { Ok(()) } else { Err(Failure::Failed(failed.join("\n"))) }
}

/// The page that lists them.
const INDEX: &str = "README.md";

const HEAD: &str = "\
# Figures

Written by `compup2p figures`. `data/` has the results behind each; means have 95 % intervals.

| figure | shows | data | scenario | runs | seeds | version |
|---|---|---|---|---|---|---|
";

/// The figures that are wanted.
fn wanted(names: &[String]) -> Result<BTreeSet<&'static str>, Failure> {
    let all: Vec<&'static str> =
        EXPERIMENTS.iter().flat_map(|of| of.figures).map(|(name, _)| *name).collect();
    let unknown = |name: &String| {
        let known = all.iter().any(|known| known == name);
        let near = compup2p_engine::scenario::nearest(name, all.iter().copied());
        let near = near.map(|near| format!("did you mean {near}?"));
        let near = near.unwrap_or_else(|| format!("there are {}", all.join(", ")));
        (!known).then(|| format!("{name} is no figure; {near}"))
    };
    let unknown: Vec<String> = names.iter().filter_map(unknown).collect();
    if !unknown.is_empty() {
        return Err(Failure::BadInput(unknown));
    }
    let is_wanted = |name: &&str| names.is_empty() || names.iter().any(|wanted| wanted == name);
    Ok(all.into_iter().filter(|name| is_wanted(name)).collect())
}

/// Runs a scenario and takes its figures; returns their rows of the table.
fn one(
    experiment: &Experiment,
    drawn: &[(&str, &str)],
    figures: &Figures,
) -> Result<String, Failure> {
    let data = figures.out.join("data").join(experiment.scenario);
    let options = Options {
        out: Some(data.clone()),
        jobs: figures.jobs,
        quiet: figures.quiet,
        png: figures.png,
        ..Options::default()
    };
    let changes = if figures.quick { experiment.quick } else { &[] };
    let run = shipped::run(experiment.scenario, changes, options);
    let done = perform(compup2p_engine::run, &run)?;
    if let Some(failure) = done.failure {
        return Err(failure);
    }
    for (name, _) in drawn {
        for kind in if figures.png { &["svg", "png"][..] } else { &["svg"] } {
            let file = format!("{name}.{kind}");
            let (from, to) = (done.target.join("plots").join(&file), figures.out.join(&file));
            fs::copy(&from, &to).map_err(|error| Failure::Failed(cannot("copy", &from, &error)))?;
        }
    }
    let seeds: BTreeSet<u64> = done.ran.iter().map(|one| one.seed).collect();
    let (first, last) = (seeds.first().unwrap_or(&0), seeds.last().unwrap_or(&0));
    let row = |(name, caption): &(&str, &str)| {
        let (scenario, runs) = (command(&run), done.ran.len());
        let version = env!("CARGO_PKG_VERSION");
        format!(
            "| [{name}]({name}.svg) | {caption} | [data/{folder}](data/{folder}) | `{scenario}` | \
             {runs} | {first}..{last} | {version} |\n",
            folder = experiment.scenario
        )
    };
    Ok(drawn.iter().map(row).collect())
}

/// What is said to have it alone.
fn command(run: &Run) -> String {
    run.input.words().join(" ").replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load;

    #[test]
    fn every_figure_is_known_to_the_analysis_and_every_scenario_is_good_quick_or_not() {
        for experiment in EXPERIMENTS {
            for changes in [&[][..], experiment.quick] {
                let run = shipped::run(experiment.scenario, changes, Options::default());
                let good = load::load(&run.input).map(|trials| trials.len());
                assert!(good.is_ok(), "{}: {good:?}", experiment.scenario);
            }
            for (name, _) in experiment.figures {
                let known = compup2p_analysis::FIGURES.iter().any(|figure| figure.name == *name);
                assert!(known, "{name}");
            }
        }
    }

    #[test]
    fn a_name_that_is_none_is_told_with_the_nearest() {
        let names = ["sped_up".to_owned(), "speedup".to_owned(), "qqqqqqqqqqqq".to_owned()];
        let Err(Failure::BadInput(lines)) = wanted(&names) else { panic!("it is refused") };
        assert_eq!(lines[0], "sped_up is no figure; did you mean speedup?");
        assert!(lines[1].starts_with("qqqqqqqqqqqq is no figure; there are lookup_hops, "));
        assert_eq!(wanted(&names[1..2]).expect("one").len(), 1);
    }
}
