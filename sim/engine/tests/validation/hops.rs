//! Path lengths: the Chord paper's Fig. 10. Settings as there: one successor each, exponential
//! delays of mean 50 ms, timeout 500 ms, no churn. Each observation is the mean of one random
//! ring, so that the interval covers rings as well as keys.

use crate::scene::{keys, members_of_ring, run, trial_with};
use compup2p_analysis::published::{PATH_LENGTH_PDF, PATH_LENGTH_PDF_NODES, path_length};
use compup2p_analysis::stats::{Estimate, estimate};
use compup2p_engine::tally::HOPS_MAX;

/// What was measured over several rings.
struct Hops {
    mean: Estimate,
    p1: u32,
    p99: u32,
    /// The share of lookups by hops.
    pdf: Vec<f64>,
    lookups: u64,
}

/// Lookups on `rings` rings of `nodes`; the longest are awaited, the run outlasts the workload.
fn measure(nodes: u32, rings: u64, seconds: u32, overlay: &str) -> Hops {
    let mut means = Vec::new();
    let mut counts = vec![0; HOPS_MAX + 1];
    for ring in 1..=rings {
        let yaml = format!(
            "{{nodes: {}, seed: {ring}, duration: {}s, sellers: 0, overlay: {{{overlay}}},
               churn: {{trace: members.csv}}, record: {{lookups: off}},
               workload: {{stop_at: {seconds}s, lookups: {{interval: 5s}},
                           purchases: {{interval: off}}}}}}",
            2 * nodes,
            seconds + 30,
        );
        let run = run(&trial_with(&yaml, &members_of_ring(nodes, ring)));
        assert_eq!(run.oracle().members(), nodes as usize);
        let keys = keys(&run);
        assert_eq!((keys.found, keys.correct), (keys.ended, keys.ended));
        means.push(keys.mean_hops());
        counts.iter_mut().zip(keys.hops).for_each(|(sum, count)| *sum += count);
    }
    let lookups: u64 = counts.iter().sum();
    let share = |count: &u64| *count as f64 / lookups as f64;
    let percentile = |q: f64| {
        let rank = (q * lookups as f64).ceil() as u64;
        let reached = |seen: &mut u64, count: &u64| {
            *seen += count;
            Some(*seen)
        };
        counts.iter().scan(0, reached).take_while(|&seen| seen < rank).count() as u32
    };
    Hops {
        mean: estimate(&means).expect("there are rings"),
        p1: percentile(0.01),
        p99: percentile(0.99),
        pdf: counts.iter().map(share).collect(),
        lookups,
    }
}

fn print(what: &str, nodes: u32, hops: &Hops) {
    let Estimate { mean, low, high, n } = hops.mean;
    println!(
        "{what:<28} N {nodes:>5}: {mean:.3} ({low:.3}..{high:.3}), percentiles {}..{}; \
         {n} rings, {} lookups",
        hops.p1, hops.p99, hops.lookups
    );
}

/// Compares one size with the figure.
fn meets_the_figure(nodes: u32, rings: u64, seconds: u32) {
    let published = path_length(u64::from(nodes)).expect("the figure has this size");
    println!(
        "published, Fig. 10(a)        N {nodes:>5}: {:.3}, percentiles {}..{}",
        published.mean, published.p1, published.p99
    );
    let mut measured = Vec::new();
    for routing in ["iterative", "recursive"] {
        let overlay = format!("successors: 1, routing: {routing}");
        let hops = measure(nodes, rings, seconds, &overlay);
        print(&format!("r = 1, {routing}"), nodes, &hops);
        assert!((hops.mean.mean - published.mean).abs() <= 0.1, "{routing}: {:?}", hops.mean);
        assert!(hops.mean.high - hops.mean.mean <= 0.03, "{routing}: {:?}", hops.mean);
        assert!((f64::from(hops.p1) - published.p1).abs() <= 1.0, "{routing}: {}", hops.p1);
        assert!((f64::from(hops.p99) - published.p99).abs() <= 1.0, "{routing}: {}", hops.p99);
        measured.push(hops);
    }
    // The same rings and keys: what is left is the few hops that a late answer costs.
    let apart = measured[0].mean.mean - measured[1].mean.mean;
    assert!(apart.abs() <= 0.03, "iterative and recursive are {apart} hops apart");
    if u64::from(nodes) == PATH_LENGTH_PDF_NODES {
        println!("hops, share measured, share published in Fig. 10(b)");
        for (hops, share) in PATH_LENGTH_PDF {
            let found = measured[0].pdf[hops as usize];
            println!("{hops:>4} {found:>8.4} {share:>8.4}");
            assert!((found - share).abs() <= 0.02, "{hops} hops: {found}, published {share}");
        }
    }
    let hops = measure(nodes, 3, seconds.min(30), "");
    print("default successor list", nodes, &hops);
    assert!(hops.mean.mean < measured[0].mean.mean, "a longer list shortens paths");
}

#[test]
fn paths_on_a_ring_of_1024_are_as_long_as_published() {
    meets_the_figure(1024, 16, 60);
}

#[test]
fn paths_on_a_ring_of_4096_are_as_long_as_published() {
    meets_the_figure(4096, 8, 30);
}

#[test]
fn paths_on_a_ring_of_16384_are_as_long_as_published() {
    meets_the_figure(16_384, 6, 15);
}
