//! What defines a run: all that its results depend on, as one hash. Runs with the same key have the
//! same results to the byte; so what is kept under a key is never another run's.

use crate::load::hex;
use compup2p_engine::scenario::{Scenario, Sweep};
use compup2p_engine::trial::Trial;
use sha2::{Digest, Sha256};
use std::fmt;

/// What the program's results depend on beside its input: its sources, as they were when it was
/// built.
const SOURCES: &str = env!("COMPUP2P_SOURCES");

/// The hash of what defines a run.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Key(String);

impl Key {
    /// Of a run: its parameters as resolved, its seed, what is in the files that it reads, whether
    /// judges watch, and the program. Not of what only names or repeats it: the same run in another
    /// sweep has the same key.
    pub(crate) fn of(trial: &Trial) -> Self {
        let scenario = Scenario {
            name: String::new(),
            about: String::new(),
            seed: trial.seed,
            replicates: 1,
            until: None,
            sweep: Sweep::default(),
            ..Scenario::clone(&trial.scenario)
        };
        let mut hash = Sha256::new();
        // `Debug` is derived: it leaves no field out, and writes numbers in full.
        hash.update(format!("{SOURCES}\n{scenario:?}\njudged: {}\n", trial.judged));
        for file in &trial.inputs.files {
            hash.update(format!("{}: {}\n", file.field, file.sha256));
        }
        Self(hex(&hash.finalize()))
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use compup2p_engine::scenario::Source;
    use compup2p_engine::trial::{Loaded, check};

    fn keys(text: &str) -> Vec<Key> {
        keys_with(text, "1 1 0 60\n")
    }

    fn keys_with(text: &str, trace: &str) -> Vec<Key> {
        let source = Source { text: text.to_owned(), ..Source::default() };
        let load = |name: &str| {
            let sha256 = hex(&Sha256::digest(trace.as_bytes()));
            Ok(Loaded { path: name.to_owned(), bytes: trace.as_bytes().to_vec(), sha256 })
        };
        check(&source, &load).expect("a good scenario").iter().map(Key::of).collect()
    }

    #[test]
    fn the_same_run_has_the_same_key_in_whatever_sweep() {
        let alone = keys("nodes: 50\nseed: 2\n");
        let sweep = keys("replicates: 2\nabout: two\nsweep: { nodes: [20, 50] }\n");
        assert_eq!(sweep.len(), 4);
        assert_eq!(alone[0], sweep[3], "50 nodes, seed 1 + 1");
        let mut all = sweep.clone();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 4, "others differ");
    }

    #[test]
    fn whatever_changes_results_changes_the_key() {
        let plain = keys("nodes: 50\n");
        for other in
            ["nodes: 51\n", "nodes: 50\nrecord: { lookups: off }\n", "seed: 9\nnodes: 50\n"]
        {
            assert_ne!(keys(other), plain, "{other}");
        }
        let traced = "churn: { trace: t.avt }\n";
        assert_ne!(keys_with(traced, "1 1 0 60\n"), keys_with(traced, "1 1 0 61\n"));
        let source = Source { text: "nodes: 50\n".to_owned(), ..Source::default() };
        let mut trials = check(&source, &|_| Err(String::new())).expect("a good scenario");
        trials[0].judged = true;
        assert_ne!(vec![Key::of(&trials[0])], plain, "judges leave verdicts");
    }
}
