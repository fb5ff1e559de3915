//! Whole runs of small scenarios.

mod shipping;
mod warmup;

use super::*;
use crate::audit::astray;
use crate::observer::{Blind, TransactionRow};
use crate::scenario::Scenario;
use compup2p_protocol::credit::Credits;
use compup2p_protocol::fact::{LookupPurpose, Ring};
use compup2p_protocol::ledger::Payment;
use compup2p_protocol::overlay::peer::Member;
use compup2p_protocol::rules::{Admin, Market, Overlay, Pricing};
use compup2p_protocol::time::Span;

/// Default rules for nodes with these identifiers.
pub(crate) fn rules(ids: Vec<Id>) -> Rules {
    Rules {
        service: Default::default(),
        error_rate: 1_000_000,
        overlay: Overlay::default(),
        successors: 4,
        market: Market::default(),
        pricing: Pricing::default(),
        admin: Admin::default(),
        cartel_price: 150,
        policies: Box::default(),
        horizon: Span::secs(3600),
        off: Off::default(),
        admin_at: Addr(ids.len() as u32),
        ids: ids.into(),
    }
}

/// A trial of a scenario in YAML.
pub(crate) fn trial(yaml: &str) -> Trial {
    let scenario: Scenario = serde_yaml::from_str(yaml).unwrap();
    Trial {
        seed: scenario.seed,
        scenario: Arc::new(scenario),
        point: 0,
        settings: Vec::new(),
        replicate: 0,
        inputs: Arc::default(),
        judged: false,
    }
}

fn run(yaml: &str) -> Simulation {
    let mut simulation = Simulation::new(&trial(yaml));
    simulation.run(&mut Blind).unwrap();
    simulation
}

#[test]
fn without_churn_every_lookup_is_correct() {
    let run = run("{nodes: 500, duration: 30min, workload: {lookups: {interval: 20s}}}");
    let keys = run.tally().lookups(Ring::Base, LookupPurpose::Key);
    assert!(keys.ended > 40_000, "{}", keys.ended);
    assert_eq!((keys.found, keys.correct), (keys.ended, keys.ended));
    assert_eq!(astray(&run), []);
}

#[test]
fn nodes_that_join_one_by_one_form_the_true_ring() {
    let run = run("{nodes: 200, duration: 1h, overlay: {start: join}}");
    assert_eq!(run.oracle().members(), 200);
    assert_eq!(astray(&run), []);
}

#[test]
fn after_churn_stops_every_ring_heals() {
    for seed in 1..=8 {
        let run = run(&format!(
            "{{nodes: 300, seed: {seed}, duration: 100min, churn: {{stop_at: 60min,
              sessions: {{up: {{model: exponential, mean: 10min}},
                          down: {{model: exponential, mean: 5min}}}}}}}}"
        ));
        assert!(run.tally().moves.crashes > 500, "{:?}", run.tally().moves);
        assert_eq!(astray(&run), [], "seed {seed}");
    }
}

#[test]
fn nodes_of_a_class_that_is_always_up_never_go_whatever_churn_says() {
    for churn in [
        "sessions: {up: {model: exponential, mean: 5min}, down: 2min}",
        "sessions: {joins_per_s: 0.5}",
    ] {
        let mut run = Simulation::new(&trial(&format!(
            "{{nodes: 200, duration: 1h, churn: {{{churn}}},
              policies: [{{share: 0.2, cpu: false, always_up: true}}]}}"
        )));
        run.run(&mut Blind).unwrap();
        let hosts = 0..run.population().len();
        let (stay, go): (Vec<u32>, Vec<u32>) =
            hosts.partition(|&host| run.endowments().class(host) == Some(0));
        let risen = |host: &u32| run.population().host(*host).incarnation;
        assert!(stay.len() > 20 && stay.iter().all(|host| risen(host) == 1), "{churn}");
        assert!(stay.iter().all(|&host| run.population().host(host).is_up));
        assert!(go.iter().filter(|host| risen(host) > 1).count() > 50, "{churn}");
    }
}

#[test]
fn timeouts_that_cannot_fire_need_not_be_posted() {
    let yaml = "{nodes: 200, duration: 30min, network: {loss: 0.02}, churn: {
        sessions: {up: {model: exponential, mean: 10min}, down: 5min}}}";
    let mut needed = Simulation::with_timers(&trial(yaml), Timers::Needed);
    let mut all = Simulation::with_timers(&trial(yaml), Timers::All);
    needed.run(&mut Blind).unwrap();
    all.run(&mut Blind).unwrap();
    assert_same(&needed.outcome(), &all.outcome());
}

const MARKET: &str = "{nodes: 150, duration: 20min, network: {loss: 0.01}, churn: {
    sessions: {up: {model: exponential, mean: 20min}, down: 5min}},
    workload: {purchases: {interval: 2min, hold: 2min}}}";

/// Asserts that two outcomes are the same; what could not be measured is so in both.
fn assert_same(one: &Outcome, other: &Outcome) {
    assert_eq!(one.fingerprint, other.fingerprint);
    assert!(
        format!("{one:?}") == format!("{other:?}"),
        "the fingerprint is the same, not the rest"
    );
}

fn judged(yaml: &str) -> Trial {
    Trial { judged: true, ..trial(yaml) }
}

#[test]
fn judges_find_nothing_in_a_run_and_change_nothing() {
    let mut with = Simulation::new(&judged(MARKET));
    let mut without = Simulation::new(&trial(MARKET));
    with.run(&mut Blind).unwrap();
    without.run(&mut Blind).unwrap();
    assert!(with.tally().trade.all() > 500, "{}", with.tally().trade.all());
    let (with, without) = (with.outcome(), without.outcome());
    assert_eq!(with.verdicts, [""; 0]);
    assert_same(&with, &without);
}

/// Runs `yaml` for a while, plants a bug, and says which judges convict.
fn convicted_in(yaml: &str, secs: u64, plant: impl FnOnce(&mut Simulation)) -> Vec<String> {
    let mut run = Simulation::new(&judged(yaml));
    run.run_until(Time::ZERO + Span::secs(secs), &mut Blind).unwrap();
    plant(&mut run);
    run.judge();
    let verdicts = run.outcome().verdicts;
    verdicts.iter().map(|v| v.split(',').next().unwrap().to_string()).collect()
}

fn convicted(plant: impl FnOnce(&mut Simulation)) -> Vec<String> {
    convicted_in(MARKET, 600, |run| {
        assert!(run.tally().trade.supplies[0].sold > 0 && !run.markets().is_empty());
        plant(run);
    })
}

#[test]
fn every_judge_convicts_a_planted_bug() {
    assert_eq!(convicted(|_| {}), [""; 0]);
    // An account is worth less than it was opened with: somebody minted.
    assert_eq!(convicted(|run| run.rules.admin.initial_balance -= 1), ["money", "accounts"]);
    // Capacity is sold twice: one more is reported sold than is.
    assert_eq!(convicted(|run| run.tally.trade.supplies[0].sold += 1), ["capacity"]);
    // More storage is reported to be offered than is, or less compute power.
    let storage = convicted(|run| run.tally.trade.supplies[1].offered += 1);
    assert_eq!(storage, ["capacity"]);
    assert_eq!(convicted(|run| run.tally.trade.supplies[0].offered -= 1), ["capacity"]);
    // A payment is reported that the ledger knows nothing of, and to nobody.
    let payment = |amount| Payment {
        purchase: 0,
        buyer: Addr(0),
        seller: Addr(1),
        mo: Addr(2),
        seller_payoff: Credits(amount),
        mo_payoff: Credits::ZERO,
        share: compup2p_protocol::ledger::WHOLE,
    };
    assert_eq!(convicted(|run| run.tally.incomes.on_payment(&payment(1))), ["accounts", "paid"]);
    // A row tells of a payment that nobody made.
    assert_eq!(convicted(|run| run.tally.trade.paid_in_all += 1), ["paid"]);
    // A purchase ends a second time.
    let twice = convicted(|run| {
        let end = crate::purchases::cut_off(u32::MAX, crate::observer::PurchaseOutcome::Completed);
        assert_eq!(run.purchases.end(end, run.around.now, &run.endowments, &run.rules), None);
    });
    assert_eq!(twice, ["purchases"]);
    // A listing is lost from the counts.
    let lost = convicted(|run| {
        let owner = run.markets.iter().next().unwrap().host;
        run.tally.loads.set(owner, compup2p_protocol::market::Load::default());
    });
    assert_eq!(lost, ["listings"]);
    // A market is closed and kept.
    let kept = convicted(|run| {
        let member = run.markets.iter().next().unwrap();
        run.markets.exit(member, &run.rules);
    });
    assert_eq!(kept, ["markets"]);
    // A host that is down is held for a member.
    let stranger = convicted(|run| {
        let down = (0..run.population.len()).find(|&h| !run.population.host(h).is_up).unwrap();
        run.oracle.enter(Addr(down));
    });
    assert_eq!(stranger, ["members"]);
}

/// Storage and compute power, and money every minute.
const STORAGE: &str = "{nodes: 100, duration: 20min, storage: 2e10,
    admin: {initial_balance: 300, income: 50, income_period: 1min, reservation: 1min},
    behaviour: {buyer: {denying: 0.5}}, churn: {sessions: {
      up: {model: exponential, mean: 20min}, down: 5min}},
    workload: {purchases: {interval: 2min, hold: 1min}, storage: {interval: 1min, hold: 2min}}}";

#[test]
fn judges_convict_a_planted_bug_where_storage_is_sold_and_incomes_are_paid() {
    let convicted = |plant: fn(&mut Simulation)| {
        convicted_in(STORAGE, 600, |run| {
            assert!(run.tally().trade.supplies[1].sold > 0);
            assert!(run.tally().trade.paid_by_receipt > 0 && run.admin().ledger().incomes() > 0);
            plant(run);
        })
    };
    assert_eq!(convicted(|_| {}), [""; 0]);
    // Storage is sold twice.
    assert_eq!(convicted(|run| run.tally.trade.supplies[1].sold += 1), ["capacity"]);
    // An income is other than it was when it was paid.
    assert_eq!(convicted(|run| run.rules.admin.income += 1), ["money", "accounts"]);
    // Somebody had more incomes than there were periods.
    let early: fn(&mut Simulation) = |run| run.rules.admin.income_period = Span::secs(120);
    assert_eq!(convicted(early), ["accounts"]);
}

/// Sixteen nodes that nothing disturbs, with rounds so short that they are well after 7 minutes.
fn still(scheme: &str) -> String {
    format!(
        "{{nodes: 16, duration: 1h, market: {{scheme: {scheme}}}, record: {{timeseries: 1h}},
           overlay: {{rejoin_interval: 10s, stabilize: {{min: 5s, max: 10s}}}},
           network: {{latency: {{model: constant, delay: 20ms}}}},
           workload: {{lookups: {{interval: 1s}}, purchases: {{interval: ~}}}}}}"
    )
}

/// Another market, that nobody keeps, takes the place of the first.
fn exchange(run: &mut Simulation) {
    let first = run.markets.iter().next().unwrap();
    let Member { host, commodity } = run.markets.iter().nth(3).unwrap();
    run.markets.exit(first, &run.rules);
    run.markets.enter(Member { host: Addr((host.0 + 1) % 16), commodity }, &run.rules);
}

#[test]
fn judges_of_rings_convict_a_planted_bug_after_a_long_quiet() {
    let convicted =
        |secs, plant: fn(&mut Simulation)| convicted_in(&still("processor_overlay"), secs, plant);
    assert_eq!(convicted(1200, |_| {}), [""; 0]);
    // A member is in the ring of which nobody knows.
    let unknown: fn(&mut Simulation) = |run| run.oracle.exit(Addr(3));
    assert_eq!(convicted(1200, unknown), ["rings"]);
    assert_eq!(convicted(300, unknown), [""; 0], "rings need not have healed yet");
    // A market owner that should be in the processor overlay is not; its market is claimed twice.
    let elsewhere: fn(&mut Simulation) = exchange;
    assert_eq!(convicted(1200, elsewhere), ["rings", "claims"]);
    // For a while, lookups of a node's keys end at it, and it was no member then.
    let wrong: fn(&mut Simulation) = |run| {
        run.oracle.exit(Addr(3));
        run.run_until(run.now() + Span::secs(60), &mut Blind).unwrap();
        run.oracle.enter(Addr(3));
    };
    assert_eq!(convicted(1200, wrong), ["lookups"]);
    let claims = convicted_in(&still("single_overlay"), 1200, exchange);
    assert_eq!(claims, ["claims"]);
}

#[test]
fn money_that_is_put_aside_for_nobody_convicts() {
    // All crash at once, buyers among them: what they had put aside is theirs when it expires.
    let crash = "faults: [{at: 10min, kind: crash, share: 1}]";
    let yaml =
        MARKET.replace("nodes: 150, duration: 20min", &format!("nodes: 50, duration: 4h, {crash}"));
    let yaml = yaml.replace("churn: {", "churn: {stop_at: 5min, ");
    assert_eq!(convicted_in(&yaml, 3 * 3600, |_| {}), [""; 0]);
    let kept = convicted_in(&yaml, 1200, |run| {
        assert!(run.admin.ledger().escrow().0 > 0);
        run.rules.admin.reservation = Span::secs(1); // The bank keeps it for longer than it may.
    });
    assert_eq!(kept, ["escrow"]);
}

/// Tells of a run how often owners' loads were looked at.
fn looks(more: &str) -> u64 {
    let yaml = |more| {
        format!(
            "{{nodes: 50, duration: 2d, overlay: {{rejoin_interval: 1h,
               stabilize: {{min: 1h, max: 1h}}}}, admin: {{keepalive: 1h}}, sellers: 0.5,
               workload: {{lookups: {{interval: ~}}, purchases: {{interval: ~}}}}, {more}}}"
        )
    };
    run(&yaml(more)).tally().owner_looks
}

#[test]
fn who_has_nothing_new_to_see_does_not_look() {
    assert_eq!(looks("owner_load: {load: 0.7}"), 0);
    assert_eq!(looks("policies: [{max_load: 0.5}, {share: 0, hours: {from: 1h, to: 2h}}]"), 0);
    assert_eq!(looks("policies: [{hours: {from: 0h, to: 24h}}]"), 0);
}

#[test]
fn hosts_that_come_and_go_look_while_they_are_up_and_never_twice_at_a_time() {
    let mut run = Simulation::new(&trial(
        "{nodes: 100, duration: 4h, owner_load: {load: {model: diurnal, night: 0, day: 1}},
          policies: [{hours: {from: 1h, to: 90min}}], churn: {sessions: {up: 10min, down: 4min}}}",
    ));
    run.run_until(Time::ZERO + Span::secs(3 * 3600), &mut Blind).unwrap();
    assert!(run.tally().moves.joins > 1000);
    let mut due: Vec<u32> = std::iter::from_fn(|| run.doings.pop())
        .filter_map(|(_, doing)| match doing {
            Doing::OwnerLoad(host) => Some(host),
            _ => None,
        })
        .collect();
    let all = due.len();
    assert!(all >= run.population().up() as usize, "{all} for {}", run.population().up());
    due.sort_unstable();
    due.dedup();
    assert_eq!(due.len(), all);
    assert!(due.iter().all(|&host| run.population().host(host).is_watched));
}

#[test]
fn who_sells_looks_every_interval_or_when_hours_change() {
    let diurnal = "load: {model: diurnal, night: 0, day: 1}";
    let sellers = (0..50)
        .filter(|&host| {
            let run = run("{nodes: 50, sellers: 0.5, duration: 1s}");
            run.endowments.of(host).cpu.capacity > 0
        })
        .count() as u64;
    assert!((15..35).contains(&sellers), "{sellers}");
    assert_eq!(looks(&format!("owner_load: {{{diurnal}, interval: 10min}}")), sellers * 6 * 48);
    assert_eq!(looks("policies: [{hours: {from: 8h, to: 18h}}]"), sellers * 4);
    let both = format!(
        "owner_load: {{{diurnal}, interval: 10min}}, policies: [{{hours: {{from: 8h, to: 18h}}}}]"
    );
    assert_eq!(looks(&both), sellers * (6 * 48 + 4));
}

/// Keeps the rows of purchases.
#[derive(Default)]
struct Sales(Vec<TransactionRow>);

impl Observer for Sales {
    fn transaction(&mut self, row: &TransactionRow) -> Result<(), Stop> {
        self.0.push(row.clone());
        Ok(())
    }
}

#[test]
fn a_row_tells_of_the_seller_that_accepted_even_if_another_was_named_later() {
    let yaml = "{nodes: 200, duration: 1h, network: {loss: 0.05},
        workload: {purchases: {interval: 2min, hold: 1min}}}";
    let (mut run, mut sales) = (Simulation::new(&trial(yaml)), Sales::default());
    run.run(&mut sales).unwrap();
    let sold: Vec<_> = sales.0.iter().filter(|row| row.seller.is_some()).collect();
    assert!(sold.len() > 4000, "{}", sold.len());
    for row in sold {
        // All are honest.
        let said = (row.reported_mc, row.reported_other);
        assert_eq!((row.bid, said), (row.true_mc, (row.least_bid, row.other_bid)), "{row:?}");
    }
}

#[test]
fn incomes_are_all_that_buyers_paid() {
    let yaml = "{nodes: 200, duration: 1h, overlay: {virtual_nodes: 2}, storage: 1e10,
        workload: {purchases: {interval: 2min, hold: 1min},
                   storage: {interval: 5min, hold: 5min}}}";
    let (mut run, mut sales) = (Simulation::new(&trial(yaml)), Sales::default());
    run.run(&mut sales).unwrap();
    let incomes = run.outcome().incomes;
    assert_eq!(incomes.len(), 200);
    let sum = |of: fn(&TransactionRow) -> u64| sales.0.iter().map(of).sum::<u64>();
    let earned = incomes.iter().map(|row| row.seller_income + row.mo_income).sum::<u64>();
    assert_eq!(earned, sum(|row| row.total));
    let made = incomes.iter().map(|row| u64::from(row.sales)).sum::<u64>();
    assert_eq!(made, sum(|row| u64::from(row.seller.is_some())));
    let costs = incomes.iter().map(|row| row.costs).sum::<u64>();
    assert_eq!(costs, sum(|row| row.for_delivered(row.seller_cost)));
    assert!(costs > 0 && earned > costs);
}
