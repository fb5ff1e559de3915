//! Published figures beside ours: the Chord paper's, and fits of measured availability.

use super::evidence::{Evidence, parsed, shown};
use crate::failure::Failure;
use compup2p_analysis::published::{
    KEYS_NODES, KEYS_PER_NODE, KEYS_PER_NODE_VIRTUAL, PATH_LENGTH, PATH_LENGTH_PDF,
    PATH_LENGTH_PDF_NODES, VIRTUAL_NODES_KEYS,
};
use compup2p_analysis::stats::{estimate, percentile};
use compup2p_engine::chance::{Chance, Purpose};
use compup2p_engine::churn::preset::{Family, Preset};
use compup2p_protocol::id::{Addr, Id};
use std::fmt::Write;

/// Runs a shipped scenario with changes.
type Run<'r> =
    &'r mut dyn FnMut(&'static str, &'static [&'static str]) -> Result<Evidence, Failure>;

/// Fig. 10(a)'s numbers of nodes.
const PATHS: &[&str] = &[
    "sweep.nodes=[8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384]",
    "duration=5min",
    "replicates=3",
    "record.lookups=off",
];

/// Fig. 10(b)'s.
const PATHS_PDF: &[&str] = &["nodes=4096"];

/// The page's second part.
pub(super) fn page(run: Run<'_>) -> Result<String, Failure> {
    let mut page = "\n# Published figures beside ours\n".to_owned();
    page += &path_length(&run("lookup_hops", PATHS)?).map_err(Failure::Failed)?;
    page += &path_length_pdf(&run("lookup_hops", PATHS_PDF)?).map_err(Failure::Failed)?;
    page += &keys();
    page += &availability();
    Ok(page)
}

fn path_length(evidence: &Evidence) -> Result<String, String> {
    let mut page = "
## Path length (Stoica et al., ToN 2003, Fig. 10(a))

Hops up to the key's predecessor, one successor each, iterative; 1st and 99th percentile beside the
mean. Who is the predecessor itself needs no hop in ours; in the paper, whose 1st percentile is never
0, that seems not to count, which tells in small rings.

| N | published | ours |
|---|---|---|
"
    .to_owned();
    for point in PATH_LENGTH {
        let nodes = point.x.to_string();
        let of = |metric| evidence.mean(metric, &[("nodes", nodes.as_str())]);
        let (mean, p1, p99) =
            (of("lookup_hops_mean")?, of("lookup_hops_p1")?, of("lookup_hops_p99")?);
        let _ = writeln!(
            page,
            "| {} | {} (1st {}, 99th {}) | {}; 1st {:.1}, 99th {:.1} |",
            nodes,
            point.mean,
            point.p1,
            point.p99,
            shown(mean),
            p1.mean,
            p99.mean
        );
    }
    Ok(page)
}

fn path_length_pdf(evidence: &Evidence) -> Result<String, String> {
    let mut counts = [0u64; 64];
    let columns = ["hops", "outcome"];
    evidence.rows("lookups.csv", columns, |[hops, outcome]| {
        if outcome == "found" {
            counts[(parsed(hops)? as usize).min(63)] += 1;
        }
        Ok(())
    })?;
    let all: u64 = counts.iter().sum();
    let mut page = format!(
        "
## Distribution of path length at N = {PATH_LENGTH_PDF_NODES} (Fig. 10(b))

{all} lookups.

| hops | published share | ours |
|---|---|---|
"
    );
    for (hops, share) in PATH_LENGTH_PDF {
        let ours = counts[hops as usize] as f64 / all as f64;
        let _ = writeln!(page, "| {hops} | {share} | {ours:.4} |");
    }
    Ok(page)
}

/// Keys at each of `nodes` nodes with so many virtual nodes each, of keys numbered from 0.
fn keys_a_node(virtual_nodes: u64, keys: u64) -> Vec<f64> {
    let addrs = (KEYS_NODES * virtual_nodes) as u32;
    let mut ring: Vec<(Id, u32)> =
        (0..addrs).map(|addr| (Id::of_addr(Addr(addr), 0, 64), addr)).collect();
    ring.sort_unstable_by_key(|(id, _)| id.0);
    let mut counts = vec![0.0; KEYS_NODES as usize];
    for key in 0..keys {
        let id = Id::of_key(&key.to_be_bytes(), 64);
        let place = ring.partition_point(|(node, _)| node.0 < id.0) % ring.len();
        counts[(u64::from(ring[place].1) / virtual_nodes) as usize] += 1.0;
    }
    counts.sort_by(f64::total_cmp);
    counts
}

fn keys() -> String {
    let mut page = format!(
        "
## Keys a node, {KEYS_NODES} nodes (Figs. 8(a) and 9)

One ring of ours, as the paper drew one.

| virtual nodes | keys | published mean, 1st, 99th | ours |
|---|---|---|---|
"
    );
    let by_keys = KEYS_PER_NODE.iter().map(|point| (1, point.x, point));
    let by_nodes = KEYS_PER_NODE_VIRTUAL.iter().map(|point| (point.x, VIRTUAL_NODES_KEYS, point));
    for (virtual_nodes, keys, point) in by_keys.chain(by_nodes) {
        let counts = keys_a_node(virtual_nodes, keys);
        let mean = counts.iter().sum::<f64>() / counts.len() as f64;
        let at = |share| percentile(&counts, share).unwrap_or(f64::NAN);
        let _ = writeln!(
            page,
            "| {virtual_nodes} | {keys} | {}, {}, {} | {mean:.1}, {:.0}, {:.0} |",
            point.mean,
            point.p1,
            point.p99,
            at(0.01),
            at(0.99)
        );
    }
    page
}

/// Mean up and down times, in hours, as published: of the exponential fit, which is the measured
/// mean (Javadi et al., JPDC 2013).
const MEANS_H: [(&str, f64, f64); 9] = [
    ("g5k06", 32.41, 7.41),
    ("lanl05", 1779.99, 5.92),
    ("ldns04", 141.06, 8.61),
    ("microsoft99", 67.01, 16.49),
    ("nd07cpu", 13.73, 4.25),
    ("overnet03", 2.29, 12.0),
    ("pl05", 159.49, 49.61),
    ("skype06", 16.27, 14.31),
    ("websites02", 11.85, 1.18),
];

/// How many times are drawn of each.
const DRAWN: u64 = 100_000;

fn availability() -> String {
    let mut page = format!(
        "
## Availability (Javadi et al., JPDC 2013)

Means in hours of {DRAWN} up and down times drawn as `churn.sessions` draws them, by family. The
exponential family has the measured means; the Weibull fit, the default, has the better shape, and
its own mean.

| preset | published mean up, down | exponential | Weibull | Weibull, by scale and shape |
|---|---|---|---|---|
"
    );
    let chance = Chance::new(1);
    for (nth, (name, up, down)) in (0..).zip(MEANS_H) {
        let preset = Preset::named(name).expect("a published fit");
        let drawn = |family: Family, which: u64| {
            let (ups, downs) = preset.up_down(family);
            let of = if which == 0 { ups } else { downs };
            let hours = |draw| {
                let u = chance.pure(Purpose::Churn, nth * 4 + which, draw).next_unit();
                of.sample(u).as_secs() / 3600.0
            };
            let values: Vec<f64> = (0..DRAWN).map(hours).collect();
            estimate(&values).map(shown).unwrap_or_default()
        };
        let (weibull_up, weibull_down) = preset.up_down(Family::Weibull);
        let _ = writeln!(
            page,
            "| {name} | {up}, {down} | {}, {} | {}, {} | {:.3}, {:.3} |",
            drawn(Family::Exponential, 0),
            drawn(Family::Exponential, 1),
            drawn(Family::Weibull, 0),
            drawn(Family::Weibull, 1),
            weibull_up.mean() / 3600.0,
            weibull_down.mean() / 3600.0
        );
    }
    page
}
