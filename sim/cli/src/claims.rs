//! `compup2p claims`: what the paper claims, the scenario that tests it, the number, the verdict; and
//! published figures beside ours. Printed as `docs/claims.md`.

mod evidence;
mod markets;
mod pricing;
mod published;
mod service;

use crate::args::{Claims, Options, Run};
use crate::failure::Failure;
use crate::run::perform;
use crate::say::{say, tell};
use crate::shipped;
use evidence::Evidence;
use std::collections::BTreeMap;
use std::fmt;

/// A claim of the paper, and how it is tested.
struct Claim {
    /// Where it stands.
    section: &'static str,
    /// What it says, in our words.
    says: &'static str,
    /// The shipped scenario that tests it.
    scenario: &'static str,
    /// What is changed in that.
    changes: &'static [&'static str],
    /// What `judge` wants, in words.
    holds_if: &'static str,
    /// What the numbers say of it.
    judge: fn(&Evidence) -> Result<Finding, String>,
}

/// What the numbers say.
struct Finding {
    number: String,
    verdict: Verdict,
}

/// Whether a claim holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Verdict {
    /// It does.
    Holds,
    /// In a part of it, or with more said than the paper says.
    Partly(&'static str),
    /// It does not.
    Fails,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Holds => f.write_str("holds"),
            Self::Partly(how) => write!(f, "in part: {how}"),
            Self::Fails => f.write_str("**fails**"),
        }
    }
}

impl Finding {
    /// It holds if `holds`.
    fn of(number: String, holds: bool) -> Self {
        Self { number, verdict: if holds { Verdict::Holds } else { Verdict::Fails } }
    }
}

/// All, in the order of the paper.
fn all() -> impl Iterator<Item = &'static Claim> {
    [markets::CLAIMS, pricing::CLAIMS, service::CLAIMS].into_iter().flatten()
}

const HEAD: &str = "\
# The paper's claims

Printed by `compup2p claims` (`just claims`); do not edit. Each row is computed from runs of a shipped
scenario with some changes; means have 95 % intervals over replicates. How each is tested, and what it takes
to hold, is [below](#how-each-is-tested); the rules are code in `sim/cli/src/claims/`. More of what was
measured: [validation.md](validation.md).

| | section | claim | number | verdict |
|---|---|---|---|---|
";

const TESTED: &str = "
## How each is tested

";

const UNTESTED: &str = "
Not tested yet: that everything works on CAN too (III-A), and the comparison with Condor, Entropia,
SETI@home and POPCORN (VI).
";

/// Runs what tests the claims, and prints the page.
pub(crate) fn claims(claims: &Claims) -> Result<(), Failure> {
    let (mut rows, mut tested, mut fail) = (String::new(), TESTED.to_owned(), Vec::new());
    let mut known: BTreeMap<String, Evidence> = BTreeMap::new();
    let many = all().count();
    for (claim, nth) in all().zip(1..) {
        if !claims.quiet {
            tell(&format!("claim {nth} of {many}: {}", claim.says));
        }
        let evidence = evidence(claim.scenario, claim.changes, claims, &mut known)?;
        let found = (claim.judge)(evidence).map_err(Failure::Failed)?;
        let Finding { number, verdict } = found;
        if verdict == Verdict::Fails {
            fail.push(format!("the claim fails: {}: {number}", claim.says));
        }
        let Claim { section, says, holds_if, .. } = claim;
        rows += &format!("| {nth} | {section} | {says} | {number} | {verdict} |\n");
        let command = command(claim.scenario, claim.changes);
        tested += &format!("{nth}. Holds if {holds_if}. {command}\n");
    }
    let page = published::page(&mut |scenario, changes| {
        evidence(scenario, changes, claims, &mut known).cloned()
    })?;
    say(&format!("{HEAD}{rows}{tested}{UNTESTED}{page}"));
    if fail.is_empty() { Ok(()) } else { Err(Failure::Failed(fail.join("\n"))) }
}

/// What a scenario gives with these changes; what tests several claims is run once.
fn evidence<'k>(
    scenario: &str,
    changes: &[&str],
    claims: &Claims,
    known: &'k mut BTreeMap<String, Evidence>,
) -> Result<&'k Evidence, Failure> {
    let command = command(scenario, changes);
    if !known.contains_key(&command) {
        let nth = known.len();
        let options = Options {
            out: Some(claims.out.join(format!("{nth:02}-{scenario}"))),
            jobs: claims.jobs,
            quiet: claims.quiet,
            no_plots: true,
            no_report: true,
            ..Options::default()
        };
        let input = shipped::write(scenario, &claims.out, changes);
        let run = Run { input: input.map_err(Failure::Failed)?, options };
        let done = perform(compup2p_engine::run, &run)?;
        if let Some(failure) = done.failure {
            return Err(failure);
        }
        known.insert(command.clone(), Evidence::of(done));
    }
    Ok(&known[&command])
}

/// How a scenario is run with these changes.
fn command(scenario: &str, changes: &[&str]) -> String {
    let input = shipped::named(scenario, changes).expect("changes are path=value");
    format!("`{}`", input.words().join(" ").replace('|', "\\|"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load;

    #[test]
    fn every_claim_is_tested_by_a_good_scenario() {
        let desk = tempfile::tempdir().expect("a folder");
        for claim in all() {
            let input = shipped::write(claim.scenario, desk.path(), claim.changes);
            let good = load::load(&input.expect("path=value")).map(|trials| trials.len());
            assert!(good.is_ok(), "{}: {good:?}", claim.says);
        }
    }

    #[test]
    fn the_page_in_the_docs_has_these_claims_in_this_order() {
        let page = include_str!("../../../docs/claims.md");
        assert!(page.starts_with(HEAD), "just claims");
        let rows = page[HEAD.len()..].lines();
        for ((row, claim), nth) in rows.zip(all()).zip(1..) {
            let begins = format!("| {nth} | {} | {} | ", claim.section, claim.says);
            assert!(row.starts_with(&begins), "{row}\n{begins}");
            let command = command(claim.scenario, claim.changes);
            let tested = format!("\n{nth}. Holds if {}. {command}\n", claim.holds_if);
            assert!(page.contains(&tested), "{tested}");
        }
    }
}
