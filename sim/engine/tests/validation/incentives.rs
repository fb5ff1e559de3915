//! What it brings not to be honest: to market owners, by pricing rule; to sellers that misreport
//! or collude, under Vickrey. Cells differ in nothing else: nodes, costs, buyers, moments are the
//! same, seed by seed.

use crate::scene::{metrics, run, run_seen, told, trial};
use compup2p_analysis::stats::{Estimate, estimate, paired_difference};
use compup2p_engine::observer::TransactionRow;
use compup2p_engine::simulation::Simulation;
use compup2p_protocol::behaviour::SellerBehaviour;
use std::collections::BTreeMap;
use std::sync::LazyLock;

const SEEDS: u64 = 6;

pub(crate) const RULES: [&str; 5] =
    ["vickrey", "commission", "vickrey_commission", "max_min", "posted_prices"];

const DISHONEST: [&str; 3] = ["selfish", "withholding", "lying"];

/// Markets in which there is mostly a choice, and not for every buyer.
const SCENE: &str = "nodes: 150, duration: 40min,
    capacity: {model: uniform, min: 400000000, max: 1000000000}, market: {width: 100000000},
    workload: {lookups: {interval: off}, purchases: {interval: 4min, hold: 3min,
      amount: {model: uniform, min: 100000000, max: 600000000},
      budget: {model: uniform, min: 20, max: 200}}}";

fn simulate(seed: u64, more: &str) -> Simulation {
    run(&trial(&format!("{{seed: {seed}, {SCENE}, {more}}}")))
}

/// One run.
#[derive(Clone, Copy)]
pub(crate) struct Run {
    /// Surplus of buyers, of sellers, of market owners; allocative efficiency; share completed.
    pub(crate) welfare: [f64; 5],
    /// Of a completed purchase: what the owner got, what the buyer paid, what the seller gained.
    a_purchase: [f64; 3],
}

/// Runs of one rule with all market owners of one behaviour, seed by seed.
type Cell = Vec<Run>;

fn cell(rule: &str, mo: &str) -> Cell {
    let behaviour = match mo {
        "honest" => String::new(),
        mo => format!("behaviour: {{mo: {{{mo}: 1}}}}, "),
    };
    let of_seed = |seed| {
        let run = simulate(seed, &format!("{behaviour}pricing: {{rule: {rule}}}"));
        let [buyers, sellers, owners, efficiency, completed, mo, price, seller] = metrics(
            run,
            [
                "buyer_surplus",
                "seller_surplus",
                "mo_surplus",
                "allocative_efficiency",
                "purchases_completed",
                "mo_surplus_mean",
                "price_mean",
                "seller_surplus_mean",
            ],
        );
        let welfare = [buyers, sellers, owners, efficiency, completed];
        Run { welfare, a_purchase: [mo, price, seller] }
    };
    (1..=SEEDS).map(of_seed).collect()
}

static HONEST: LazyLock<Vec<Cell>> =
    LazyLock::new(|| RULES.iter().map(|rule| cell(rule, "honest")).collect());

/// Runs of a rule in which all are honest.
pub(crate) fn honest(rule: &str) -> &'static Cell {
    let place = RULES.iter().position(|&other| other == rule).expect("it is a rule");
    &HONEST[place]
}

fn column(cell: &[Run], of: impl Fn(&Run) -> f64) -> Vec<f64> {
    cell.iter().map(of).collect()
}

fn mean(values: &[f64]) -> Estimate {
    estimate(values).expect("there are seeds")
}

/// What dishonest owners change: of their payoff, the price and the seller's gain a purchase, of
/// the share completed, and of allocative efficiency.
struct Change {
    owner: Estimate,
    price: Estimate,
    seller: Estimate,
    completed: Estimate,
    efficiency: Estimate,
}

fn change(rule: &str, mo: &str) -> Change {
    let (honest, dishonest) = (honest(rule), cell(rule, mo));
    let by = |of: &dyn Fn(&Run) -> f64| {
        let apart = paired_difference(&column(&dishonest, of), &column(honest, of));
        apart.expect("there are seeds")
    };
    let change = Change {
        owner: by(&|run| run.a_purchase[0]),
        price: by(&|run| run.a_purchase[1]),
        seller: by(&|run| run.a_purchase[2]),
        completed: by(&|run| run.welfare[4]),
        efficiency: by(&|run| run.welfare[3]),
    };
    println!(
        "{rule:<18} {mo:<12} owner {}, price {}, seller {}, completed {}, efficiency {}",
        told(change.owner, 4),
        told(change.price, 2),
        told(change.seller, 2),
        told(change.completed, 4),
        told(change.efficiency, 4)
    );
    change
}

#[test]
fn owners_that_are_not_honest_gain_by_commissions_and_lose_under_max_min_but_for_the_selfish() {
    for rule in RULES {
        let honest = honest(rule);
        let told =
            |of: usize, decimals| told(mean(&column(honest, |run| run.a_purchase[of])), decimals);
        let completed = mean(&column(honest, |run| run.welfare[4]));
        println!(
            "{rule:<18} honest       owner {}, price {}, seller {}, completed {}",
            told(0, 4),
            told(1, 2),
            told(2, 2),
            crate::scene::told(completed, 4)
        );
        for mo in DISHONEST {
            let change = change(rule, mo);
            match (rule, mo) {
                // A share of a higher price.
                ("commission" | "vickrey_commission", _) => {
                    assert!(change.owner.low > 0.0 && change.price.low > 0.0);
                }
                ("max_min", "selfish") => assert!(change.owner.low > 0.0),
                ("max_min", _) => assert!(change.owner.high < 0.0),
                // The fee is the same whatever the price.
                ("vickrey", "selfish") | ("posted_prices", "selfish") => {
                    assert_eq!((change.owner.mean, change.price.mean), (0.0, 0.0));
                }
                ("vickrey", _) => assert!(change.price.low > 0.0),
                _ => {}
            }
        }
    }
}

/// Profits by seller, summed over all that it sold, of those in the same class; those that sold
/// nothing made none.
fn profits<C: Ord>(
    run: &Simulation,
    rows: &[TransactionRow],
    class: impl Fn(u32) -> Option<C>,
) -> BTreeMap<C, Vec<f64>> {
    let hosts = run.population().len();
    let mut by_host = vec![0.0; hosts as usize];
    for row in rows.iter().filter(|row| row.total > 0) {
        let seller = row.seller.expect("who is paid sold").0 as usize;
        by_host[seller] += (row.seller_payoff as f64 - row.seller_cost as f64) / 1e6;
    }
    let mut by_class: BTreeMap<C, Vec<f64>> = BTreeMap::new();
    for host in 0..hosts {
        if let Some(class) = class(host) {
            by_class.entry(class).or_default().push(by_host[host as usize]);
        }
    }
    by_class
}

fn average(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// How a seller behaves, and by how many fifths of its marginal cost, rounded down, it is off.
type Class = (SellerBehaviour, u16);

const TRUTHFUL: Class = (SellerBehaviour::Truthful, 0);

fn class(run: &Simulation, host: u32) -> Class {
    let character = run.endowments().of(host).character;
    match character.seller {
        SellerBehaviour::Truthful => TRUTHFUL,
        other => (other, character.misreport / 2000),
    }
}

fn name((behaviour, fifths): Class) -> String {
    match behaviour {
        SellerBehaviour::Truthful => "truthful".to_owned(),
        other => format!("{} by {}..{} %", other.name(), 20 * fifths, 20 * fifths + 20),
    }
}

/// A run in which such a share of sellers bids too little, and as many bid too much.
fn misreporting(seed: u64, share: f64) -> (Simulation, Vec<TransactionRow>) {
    let more = format!(
        "behaviour: {{seller: {{underbid: {share}, overbid: {share}}},
           misreport: {{model: uniform, min: 0, max: 0.6}}}}"
    );
    run_seen(&trial(&format!("{{seed: {seed}, {SCENE}, {more}}}")))
}

/// Seeds of what sellers gain: one seller's profit varies much.
const SELLER_SEEDS: u64 = 24;

#[test]
fn in_markets_that_go_on_underbidding_costs_most_where_a_third_each_bid_otherwise() {
    let mut classes: BTreeMap<Class, Vec<f64>> = BTreeMap::new();
    for seed in 1..=SELLER_SEEDS {
        let (run, rows) = misreporting(seed, 1.0 / 3.0);
        for (class, profits) in profits(&run, &rows, |host| Some(class(&run, host))) {
            classes.entry(class).or_default().push(average(&profits));
        }
    }
    let truthful = classes[&TRUTHFUL].clone();
    for (&class, profits) in &classes {
        assert_eq!(profits.len() as u64, SELLER_SEEDS);
        let apart = paired_difference(profits, &truthful).expect("there are seeds");
        println!(
            "vickrey, thirds, {}: {} credits a seller, less the truthful {}",
            name(class),
            told(mean(profits), 1),
            told(apart, 1)
        );
        if class == (SellerBehaviour::Underbid, 2) {
            assert!(apart.high < 0.0, "it sells below its cost");
        }
    }
}

#[test]
fn in_markets_that_go_on_a_few_that_underbid_lose_beside_their_own_truth() {
    let mut gains: BTreeMap<Class, Vec<f64>> = BTreeMap::new();
    let mut together: BTreeMap<SellerBehaviour, Vec<f64>> = BTreeMap::new();
    for seed in 1..=SELLER_SEEDS {
        let ((few, rows), (all, rows_of_truth)) =
            (misreporting(seed, 0.05), misreporting(seed, 0.0));
        let by_host = |run, rows| profits(run, rows, Some);
        let (lying, truth) = (by_host(&few, &rows), by_host(&all, &rows_of_truth));
        let mut of_seed: BTreeMap<Class, Vec<f64>> = BTreeMap::new();
        for (host, profit) in &lying {
            let gain = profit[0] - truth[host][0];
            of_seed.entry(class(&few, *host)).or_default().push(gain);
        }
        let mut of_behaviour: BTreeMap<SellerBehaviour, Vec<f64>> = BTreeMap::new();
        for (class, gained) in of_seed {
            gains.entry(class).or_default().push(average(&gained));
            of_behaviour.entry(class.0).or_default().extend(gained);
        }
        for (behaviour, gained) in of_behaviour {
            together.entry(behaviour).or_default().push(average(&gained));
        }
    }
    for (&class, gained) in &gains {
        let told = told(mean(gained), 1);
        println!(
            "vickrey, one in ten, {}: {told} credits a seller less its own truth",
            name(class)
        );
    }
    for (&behaviour, gained) in &together {
        let told = told(mean(gained), 1);
        println!("vickrey, one in ten, all that are {}: {told}", behaviour.name());
    }
    let underbid = mean(&together[&SellerBehaviour::Underbid]);
    assert!(underbid.high < 0.0, "{underbid:?}");
}

#[test]
fn colluding_sellers_make_buyers_pay_more() {
    let mut prices = Vec::new();
    let mut alone: Vec<f64> = Vec::new();
    for share in [0.0, 0.25, 0.5, 1.0] {
        let (mut colluders, mut others, mut price) = (Vec::new(), Vec::new(), Vec::new());
        let mut completed = Vec::new();
        for seed in 1..=SEEDS {
            let more = format!("behaviour: {{seller: {{colluding: {share}}}}}");
            let (run, rows) = run_seen(&trial(&format!("{{seed: {seed}, {SCENE}, {more}}}")));
            let behaves = |host| Some(run.endowments().of(host).character.seller);
            let mut profits = profits(&run, &rows, behaves);
            let mut average = |behaviour| profits.remove(&behaviour).map(|all| average(&all));
            colluders.extend(average(SellerBehaviour::Colluding));
            others.extend(average(SellerBehaviour::Truthful));
            let [paid, share] = metrics(run, ["price_mean", "purchases_completed"]);
            price.push(paid);
            completed.push(share);
        }
        let of = |values: &[f64]| estimate(values).map_or("-".to_owned(), |all| told(all, 1));
        println!(
            "vickrey, {share} collude: colluders {}, others {} credits a seller; price {}, \
             completed {}",
            of(&colluders),
            of(&others),
            of(&price),
            told(mean(&completed), 4)
        );
        if share == 0.0 {
            alone = others;
        } else {
            let by = paired_difference(&colluders, &alone).expect("there are seeds");
            println!("    colluders less all truthful: {}", told(by, 1));
        }
        prices.push(price);
    }
    for two in prices.windows(2) {
        let by = paired_difference(&two[1], &two[0]).expect("there are seeds");
        assert!(by.low > 0.0, "{by:?}");
    }
}
