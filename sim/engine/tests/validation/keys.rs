//! Keys a node: the Chord paper's Figs. 8(a) and 9, and the law behind them. A node's share of the
//! circle is the sum of v of the vN spacings between random points, so that the keys at a node are
//! beta-binomial (nearly gamma-Poisson).

use crate::scene::{Dice, members_of_ring, trial_with};
use compup2p_analysis::law::Law;
use compup2p_analysis::published::{KEYS_PER_NODE, KEYS_PER_NODE_VIRTUAL, Published};
use compup2p_analysis::stats::{estimate, percentile};
use compup2p_engine::simulation::Simulation;
use compup2p_protocol::id::{Addr, Id};

const NODES: u32 = 10_000;

/// A ring of 10^4 hosts.
fn ring(virtual_nodes: u64, ring: u64) -> Simulation {
    let yaml = format!(
        "{{nodes: {}, duration: 1s, overlay: {{virtual_nodes: {virtual_nodes}, successors: 1}},
           churn: {{trace: members.csv}}}}",
        2 * NODES
    );
    let simulation = Simulation::new(&trial_with(&yaml, &members_of_ring(NODES, ring)));
    assert_eq!(simulation.oracle().members() as u64, u64::from(NODES) * virtual_nodes);
    simulation
}

/// The identifier of the nth key: as the paper has it, a hash.
fn key(ring: u64, nth: u64) -> Id {
    let name = [ring.to_be_bytes(), nth.to_be_bytes()].concat();
    Id::of_key(&name, 64)
}

/// How many of `keys` keys each member host of `run` is responsible for.
fn keys_at_hosts(run: &Simulation, number: u64, keys: u64) -> Vec<f64> {
    let host = |addr: Addr| run.rules().host(addr);
    let mut counts = vec![0u32; run.nodes().len()];
    for nth in 0..keys {
        let owner = run.oracle().owner(key(number, nth)).expect("somebody owns every key");
        counts[host(owner).0 as usize] += 1;
    }
    let members = run.oracle().ring().filter(|&addr| host(addr) == addr);
    let mut at: Vec<f64> = members.map(|addr| f64::from(counts[addr.0 as usize])).collect();
    at.sort_by(f64::total_cmp);
    at
}

/// Pearson's chi-squared of sorted counts against a law, in bins as equal as whole numbers allow,
/// as a standard normal deviate (Wilson and Hilferty). The law has no parameter that was fitted.
fn deviate(sorted: &[f64], law: Law) -> f64 {
    const BINS: u32 = 25;
    let total = sorted.len() as f64;
    let (mut bins, mut chi) = (0.0, 0.0);
    let (mut x, mut below, mut from, mut placed) = (0u64, 0.0, 0.0, 0);
    while placed < sorted.len() {
        below += law.pmf(x);
        let is_last = below > 1.0 - 1.0 / f64::from(BINS);
        if is_last || below - from >= 1.0 / f64::from(BINS) {
            let upto = if is_last {
                sorted.len()
            } else {
                sorted.partition_point(|&count| count <= x as f64)
            };
            let expected = total * (if is_last { 1.0 } else { below } - from);
            chi += ((upto - placed) as f64 - expected).powi(2) / expected;
            bins += 1.0;
            (from, placed) = (below, upto);
            if is_last {
                break;
            }
        }
        x += 1;
    }
    let (freedom, ninth) = (bins - 1.0, 2.0 / (9.0 * (bins - 1.0)));
    ((chi / freedom).cbrt() - (1.0 - ninth)) / ninth.sqrt()
}

/// One chance in a thousand that a right simulator fails.
const DEVIATE_MAX: f64 = 3.09;

/// Tests one point of a figure: the whole distribution on one ring, percentiles over several.
fn meets_law(virtual_nodes: u64, keys: u64, published: Published) {
    const RINGS: u64 = 5;
    let law = Law::Keys { nodes: u64::from(NODES), virtual_nodes, keys };
    let (mut low, mut high, mut deviates) = (Vec::new(), Vec::new(), Vec::new());
    for number in 1..=RINGS {
        let run = ring(virtual_nodes, number);
        let at = keys_at_hosts(&run, number, keys);
        assert_eq!(at.len(), NODES as usize);
        assert_eq!(at.iter().sum::<f64>(), keys as f64, "every key has one owner");
        low.push(percentile(&at, 0.01).unwrap());
        high.push(percentile(&at, 0.99).unwrap());
        deviates.push(deviate(&at, law));
    }
    let (p1, p99) = (estimate(&low).unwrap(), estimate(&high).unwrap());
    let (law_p1, law_p99) = (law.quantile(0.01) as f64, law.quantile(0.99) as f64);
    println!(
        "v {virtual_nodes:>2}, {keys:>7} keys: 1st {:.1} (law {law_p1}, published {:.1}), 99th \
         {:.1} ({:.1}..{:.1}; law {law_p99}, published {:.1}), chi-squared as normal deviates \
         {deviates:.2?}",
        p1.mean,
        published.p1.max(0.0),
        p99.mean,
        p99.low,
        p99.high,
        published.p99,
    );
    // The sum of independent deviates is normal too: one test of all the rings.
    let all = deviates.iter().sum::<f64>() / (RINGS as f64).sqrt();
    assert!(all < DEVIATE_MAX, "v = {virtual_nodes}, {keys} keys: {all} deviations");
    // A sample percentile of n values has variance q (1 - q) / (n f^2), with f the density there.
    let spread = |q: f64| {
        let at = law.quantile(q);
        (q * (1.0 - q) / (f64::from(NODES) * RINGS as f64)).sqrt() / law.pmf(at)
    };
    // Whole numbers: the percentile of few keys a node can lie one beside.
    for (measured, theory, q) in [(p1.mean, law_p1, 0.01), (p99.mean, law_p99, 0.99)] {
        let allowed = DEVIATE_MAX * spread(q) + 0.5;
        assert!((measured - theory).abs() <= allowed, "{measured}, law {theory} +- {allowed}");
    }
}

#[test]
fn keys_a_node_follow_the_law_of_a_random_ring() {
    for point in
        KEYS_PER_NODE.into_iter().filter(|point| [100_000, 500_000, 1_000_000].contains(&point.x))
    {
        meets_law(1, point.x, point);
    }
}

#[test]
fn virtual_nodes_even_the_keys_out_as_the_law_says() {
    for point in KEYS_PER_NODE_VIRTUAL {
        meets_law(point.x, 1_000_000, point);
    }
}

#[test]
fn every_node_owns_what_the_oracle_says_and_nobody_else_does() {
    for virtual_nodes in [1, 4] {
        let run = ring(virtual_nodes, 9);
        let owns = |addr: Addr, key| run.nodes()[addr.0 as usize].overlay().owns(key, run.rules());
        let mut dice = Dice::new(9);
        for _ in 0..200_000 {
            let key = Id(dice.next());
            let owner = run.oracle().owner(key).unwrap();
            assert!(owns(owner, key), "{owner} does not own {key:?}");
            assert!(!owns(run.oracle().successor(owner).unwrap(), key));
            assert!(!owns(run.oracle().predecessor(owner).unwrap(), key));
        }
        for _ in 0..100 {
            let key = Id(dice.next());
            let owners = run.oracle().ring().filter(|&addr| owns(addr, key)).count();
            assert_eq!(owners, 1, "{key:?}");
        }
        // On the boundary: a node's own identifier is its own, the next place its successor's.
        for addr in run.oracle().ring() {
            let id = run.rules().id(addr);
            assert!(owns(addr, id) && !owns(addr, id.plus(1)));
            assert_eq!(run.oracle().owner(id), Some(addr));
            assert_eq!(run.oracle().owner(id.plus(1)), run.oracle().successor(addr));
        }
    }
}
