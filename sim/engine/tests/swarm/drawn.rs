//! A scenario, drawn: trouble for a few minutes, and then quiet for as long as rings may take to
//! heal. All follows from one number.

mod jobs;

use compup2p_engine::chance::{Chance, Purpose, Stream};
use jobs::Jobs;
use std::fmt;

/// A drawn scenario.
#[derive(Clone, Debug)]
pub(crate) struct Drawn {
    pub(crate) seed: u64,
    pub(crate) yaml: String,
    /// When rings must be well.
    pub(crate) healed_s: u64,
    /// Whether messages are lost all the time.
    pub(crate) is_lossy: bool,
    /// Whether users go on asking to the end, or listings lapse, or what owners leave idle changes:
    /// markets come and go all the time.
    pub(crate) is_restless: bool,
    /// Whether something that rings need is missing: a mechanism, or hops.
    pub(crate) is_lame: bool,
    /// The task file that is submitted, if one is.
    pub(crate) file: String,
}

impl fmt::Display for Drawn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}", self.yaml, self.file)
    }
}

/// After the last ring must be well, this long is watched.
pub(crate) const WATCH_S: u64 = 600;

/// Sales end, markets are dissolved, money is returned.
const SETTLE_S: u64 = 900;

/// What draws.
struct Dice(Stream);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0.below(n)
    }

    /// A whole number, both ends included.
    fn from(&mut self, least: u64, most: u64) -> u64 {
        least + self.below(most - least + 1)
    }

    /// Whether something happens that does so in `percent` of cases.
    fn is(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn one_of<T: Copy>(&mut self, these: &[T]) -> T {
        these[self.below(these.len() as u64) as usize]
    }
}

impl Drawn {
    /// The scenario of this number.
    pub(crate) fn new(seed: u64) -> Self {
        let mut dice = Dice(Chance::new(seed).stream(Purpose::Behaviour));
        let dice = &mut dice;
        let virtual_nodes = if dice.is(70) { 1 } else { dice.from(2, 3) };
        let nodes = dice.from(5, 80 / virtual_nodes);
        let over_s = dice.from(120, 360);
        let is_lossy = dice.is(20);
        let (market, lapses) = market(dice);
        let is_busy = dice.is(12);
        let (off, is_off) = off(dice);
        let is_short_of_hops = dice.is(5);
        let overlay = overlay(dice, nodes, virtual_nodes, is_short_of_hops);
        let healing = 10.0 * libm::log2((nodes * virtual_nodes) as f64);
        let healed_s = over_s + SETTLE_S + (healing * overlay.round_s as f64) as u64;
        let stop = if is_busy { String::new() } else { format!("stop_at: {over_s}s, ") };
        let sellers = dice.one_of(&["1.0", "0.7", "0.3"]);
        let (admin, network) = (admin(dice), network(dice, is_lossy));
        let (churn, mut faults) = (churn(dice, over_s), faults(dice, over_s));
        let lookups_s = dice.from(20, 90);
        let (purchases, budget) = purchases(dice);
        let (owners, is_unsteady) = owners(dice);
        // What was added later is drawn last: the rest of a scenario stays what it was.
        let pricing = pricing(dice, market.contains("allocation: whole"));
        let mut behaviour = behaviour(dice);
        let (mut storage, storage_purchases) = storage(dice);
        let (platforms, on) = platforms(dice);
        let budget = budgets(dice, budget);
        let income = income(dice);
        let without_receipts = dice.is(4) && !off.contains("receipt");
        let off = match (off.as_str(), without_receipts) {
            ("", true) => "receipt".to_owned(),
            (off, true) => format!("{off}, receipt"),
            (off, false) => off.to_owned(),
        };
        let names_platforms = !platforms.is_empty();
        let jobs =
            if dice.is(50) { Jobs::new(dice, nodes, names_platforms) } else { Jobs::default() };
        if !jobs.tasks.is_empty() {
            behaviour = behaviour.replace("buyer: {", &format!("{}, buyer: {{", jobs.compute));
            if storage.is_empty() && dice.is(70) {
                storage = "storage: { model: uniform, min: 0, max: 2e9 }\n".to_owned();
            }
            if dice.is(20) {
                let (at_s, comma) =
                    (dice.from(30, over_s), if faults.is_empty() { "" } else { ", " });
                let share = dice.from(1, 6);
                faults.push_str(&format!(
                    "{comma}{{ at: {at_s}s, kind: malicious, share: 0.{share} }}"
                ));
            }
        }
        let Jobs { tasks, mut service, file, .. } = jobs;
        // Whoever backs data up keeps places for it, and buys others for those that are lost.
        let (data, backs_up) = jobs::data(dice);
        if backs_up && storage.is_empty() {
            storage = "storage: { model: uniform, min: 0, max: 2e9 }\n".to_owned();
        }
        if backs_up && service.is_empty() {
            service = jobs::service(dice, nodes);
        }
        let warmup = match dice.is(40) {
            true => format!("warmup: {}s\n", dice.from(10, over_s + SETTLE_S)),
            false => String::new(),
        };
        let yaml = format!(
            "name: drawn_{seed}\nseed: {seed}\nnodes: {nodes}\nduration: {}s\nsellers: {sellers}\n\
             overlay: {}\nmarket: {market}\nadmin: {{ {admin}{income} }}\nnetwork: {network}\n\
             churn: {churn}\nfaults: [{faults}]\n\
             workload: {{ {stop}lookups: {{ interval: {lookups_s}s }}, \
             purchases: {{ {purchases}, budget: {budget}{on} }}{storage_purchases}{tasks}{data} }}\n\
             off: [{off}]\n{warmup}{owners}{pricing}{behaviour}{storage}{platforms}{service}",
            healed_s + WATCH_S,
            overlay.yaml,
        );
        let is_lame = is_off || is_short_of_hops;
        let is_restless = is_busy || lapses || is_unsteady || backs_up;
        Self { seed, yaml, healed_s, is_lossy, is_restless, is_lame, file }
    }
}

struct Overlay {
    yaml: String,
    round_s: u64,
}

fn overlay(dice: &mut Dice, nodes: u64, virtual_nodes: u64, is_short_of_hops: bool) -> Overlay {
    let (routing, acknowledge) = dice.one_of(&[
        ("iterative", true),
        ("iterative", true),
        ("recursive", true),
        ("recursive", false),
    ]);
    let (start, confirm) = (dice.one_of(&["ideal", "ideal", "join"]), !dice.is(10));
    let min_s = dice.from(4, 15);
    let max_s = min_s + dice.below(15);
    let rejoin_s = dice.from(15, 40);
    let mut yaml = format!(
        "{{ virtual_nodes: {virtual_nodes}, routing: {routing}, acknowledge: {acknowledge}, \
         start: {start}, confirm: {confirm}, rejoin_interval: {rejoin_s}s, \
         stabilize: {{ min: {min_s}s, max: {max_s}s }}"
    );
    if dice.is(40) {
        let successors = dice.from(2, 10).min(nodes - 1);
        yaml.push_str(&format!(", successors: {successors}"));
    }
    if dice.is(20) {
        yaml.push_str(&format!(", fix_fingers: {{ min: 5s, max: {}s }}", dice.from(5, 20)));
    }
    if dice.is(20) {
        yaml.push_str(&format!(", check_predecessor: {{ min: 5s, max: {}s }}", dice.from(5, 20)));
    }
    if is_short_of_hops {
        yaml.push_str(&format!(", hops_max: {}", dice.from(1, 3)));
    }
    yaml.push_str(" }");
    Overlay { yaml, round_s: rejoin_s.max(max_s) }
}

/// A market, and whether its listings lapse before they are repeated.
fn market(dice: &mut Dice) -> (String, bool) {
    let relist_s = dice.from(20, 60);
    let times = dice.one_of(&[1, 2, 2, 2, 2, 3, 3, 4]);
    let market = format!(
        "{{ scheme: {}, width: {}, relist_interval: {relist_s}s, listing_ttl: {}s, \
         hold_time: {}s, max_attempts: {}, pings_max: {}, handoff: {}, allocation: {} }}",
        dice.one_of(&["single_overlay", "processor_overlay", "processor_overlay", "naive"]),
        dice.one_of(&[50_000_000, 100_000_000, 300_000_000]),
        relist_s * times,
        dice.from(0, 10),
        dice.from(1, 16),
        dice.from(1, 8),
        dice.one_of(&["none", "transfer"]),
        dice.one_of(&["requested", "whole"]),
    );
    (market, times == 1)
}

fn admin(dice: &mut Dice) -> String {
    format!(
        "keepalive: {}s, initial_balance: {}, reservation: {}s",
        dice.from(30, 120),
        dice.one_of(&[10_000, 1_000, 150]),
        dice.one_of(&[60, 300, 600, 7200]),
    )
}

fn network(dice: &mut Dice, is_lossy: bool) -> String {
    let latency = match dice.below(4) {
        0 => format!("{{ model: constant, delay: {}ms }}", dice.from(1, 100)),
        1 => format!("{{ model: uniform, min: {}ms, max: 100ms }}", dice.from(1, 99)),
        2 => format!("{{ model: exponential, mean: {}ms }}", dice.from(10, 50)),
        _ => format!("{{ model: coordinates, side: {}ms, access: 4ms }}", dice.from(10, 100)),
    };
    let jitter = match dice.below(3) {
        0 => "none".to_owned(),
        1 => format!("{{ model: relative, fraction: 0.{} }}", dice.from(1, 9)),
        _ => format!("{{ model: exponential, mean: {}ms }}", dice.from(1, 10)),
    };
    let loss = if is_lossy { dice.from(1, 20) } else { 0 };
    format!("{{ latency: {latency}, jitter: {jitter}, loss: 0.{loss:03} }}")
}

fn churn(dice: &mut Dice, over_s: u64) -> String {
    let period = |dice: &mut Dice, least: u64, most: u64| {
        let s = dice.from(least, most);
        match dice.below(4) {
            0 => format!("{s}s"),
            1 => format!("{{ model: weibull, shape: 0.7, scale: {s}s }}"),
            2 => format!("{{ model: lognormal, median: {s}s, sigma: 1 }}"),
            _ => format!("{{ model: exponential, mean: {s}s }}"),
        }
    };
    let sessions = match dice.below(4) {
        0 => return "{}".to_owned(),
        1 => format!("{{ joins_per_s: 0.{:02} }}", dice.from(1, 20)),
        _ => format!("{{ up: {}, down: {} }}", period(dice, 60, 600), period(dice, 20, 200)),
    };
    let graceful = dice.one_of(&["0", "0.3", "0.5", "1"]);
    format!("{{ stop_at: {over_s}s, graceful_fraction: {graceful}, sessions: {sessions} }}")
}

fn faults(dice: &mut Dice, over_s: u64) -> String {
    let mut faults = Vec::new();
    for _ in 0..dice.below(4) {
        let at_s = dice.from(30, over_s - 60);
        let lasts_s = dice.from(5, over_s - at_s);
        let what = match dice.below(6) {
            0 => format!("kind: crash, share: 0.{}", dice.from(1, 6)),
            1 => format!("kind: crash_busiest, count: {}", dice.from(1, 4)),
            2 => format!("for: {lasts_s}s, kind: partition, share: 0.{}", dice.from(1, 5)),
            3 => format!("for: {lasts_s}s, kind: loss, probability: 0.{}", dice.from(1, 6)),
            4 => format!("for: {lasts_s}s, kind: latency, factor: {}", dice.from(2, 20)),
            _ => format!("for: {lasts_s}s, kind: admin_down"),
        };
        faults.push(format!("{{ at: {at_s}s, {what} }}"));
    }
    faults.join(", ")
}

/// Purchases, and the budget of all.
fn purchases(dice: &mut Dice) -> (String, u64) {
    let interval_s = dice.from(15, 90);
    let hold = match dice.below(3) {
        0 => format!("{}s", dice.from(5, 60)),
        1 => format!("{{ model: exponential, mean: {}s }}", dice.from(5, 60)),
        _ => format!("{{ model: uniform, min: 1s, max: {}s }}", dice.from(2, 120)),
    };
    let budget = dice.one_of(&[200, 100, 50, 20]);
    (format!("interval: {interval_s}s, hold: {hold}"), budget)
}

/// Owners and policies, and whether what is offered goes on changing.
fn owners(dice: &mut Dice) -> (String, bool) {
    if dice.is(40) {
        return (String::new(), false);
    }
    let (load, varies) = match dice.below(3) {
        0 => (format!("0.{}", dice.below(10)), false),
        1 => (format!("{{ model: constant, load: 0.{:02} }}", dice.below(100)), false),
        _ => {
            let (night, day) = (dice.below(10), dice.below(10));
            let peak_s = dice.below(86_400);
            let (noise, phase_h) = (dice.below(6), dice.below(13));
            let load = format!(
                "{{ model: diurnal, night: 0.{night}, day: 0.{day}, peak: {peak_s}s, \
                 noise: 0.{noise}, phase: {phase_h}h }}"
            );
            (load, true)
        }
    };
    let (interval_s, horizon_s) = (dice.from(10, 120), dice.from(10, 1200));
    let mut yaml = format!(
        "owner_load: {{ load: {load}, interval: {interval_s}s, horizon: {horizon_s}s }}\n\
         capacity_error: 0.{}\npolicies: [",
        dice.below(5),
    );
    let mut has_hours = false;
    for nth in 0..dice.below(4) {
        let comma = if nth > 0 { ", " } else { "" };
        yaml.push_str(&format!("{comma}{{ share: 0.{}", dice.below(4)));
        if dice.is(40) {
            yaml.push_str(&format!(", max_load: 0.{}", dice.from(1, 9)));
        }
        if dice.is(60) {
            // Runs take less than an hour after midnight, so that is where hours change.
            let from_s = dice.below(1800);
            let to_s = (from_s + dice.from(60, 1700)) % 1800;
            yaml.push_str(&format!(", hours: {{ from: {from_s}s, to: {to_s}s }}"));
            has_hours = true;
        }
        if dice.is(30) {
            yaml.push_str(&format!(", max_run_time: {}s", dice.from(5, 120)));
        }
        if dice.is(20) {
            yaml.push_str(&format!(", refused: [10.0.0.{}/30, 10.0.0.1]", dice.below(16) * 4));
        }
        if dice.is(10) {
            yaml.push_str(", cpu: false");
        }
        yaml.push_str(" }");
    }
    yaml.push_str("]\n");
    (yaml, varies || has_hours)
}

/// The pricing rule and its parameters. Who sells all that it has does so for one price.
fn pricing(dice: &mut Dice, sells_all: bool) -> String {
    let rule = dice.one_of(&[
        "vickrey",
        "vickrey",
        "commission",
        "vickrey_commission",
        "max_min",
        "posted_prices",
    ]);
    let is_by_amount = dice.is(15) && !sells_all;
    let basis = if is_by_amount { "per_gigacycle" } else { "per_transaction" };
    format!(
        "pricing: {{ rule: {rule}, basis: {basis}, tick: {}, listing_fee: {}, commission: {}, \
         delta: {}, price_cap: {} }}\n",
        dice.one_of(&["1", "1", "0.5", "0.01"]),
        dice.below(6),
        dice.one_of(&["0.1", "0", "0.35", "0.9"]),
        dice.below(4),
        dice.from(20, 250),
    )
}

/// How many are not honest, in each role.
fn behaviour(dice: &mut Dice) -> String {
    let share = |dice: &mut Dice| format!("0.{}", if dice.is(50) { dice.below(4) } else { 0 });
    format!(
        "behaviour: {{ mo: {{ selfish: {}, withholding: {}, lying: {} }}, \
         seller: {{ underbid: {}, overbid: {}, colluding: {} }}, buyer: {{ denying: {} }}, \
         cartel_price: {} }}\n",
        share(dice),
        share(dice),
        share(dice),
        share(dice),
        share(dice),
        share(dice),
        share(dice),
        dice.from(20, 200),
    )
}

/// What there is of storage, and who buys it.
fn storage(dice: &mut Dice) -> (String, String) {
    if dice.is(50) {
        return (String::new(), String::new());
    }
    let (most_gb, hold_s) = (dice.from(2, 40), dice.from(5, 120));
    let (interval_s, budget) = (dice.from(15, 90), dice.one_of(&[50, 20, 5]));
    let purchases = format!(
        ", storage: {{ interval: {interval_s}s, amount: {{ model: uniform, min: 1, max: {}e9 }}, \
         budget: {budget}, hold: {{ model: exponential, mean: {hold_s}s }} }}",
        dice.from(1, most_gb),
    );
    let storage = format!("storage: {{ model: uniform, min: 0, max: {most_gb}e9 }}\n");
    (storage, purchases)
}

/// Machines, and those on which the code of buyers runs.
fn platforms(dice: &mut Dice) -> (String, String) {
    if dice.is(60) {
        return (String::new(), String::new());
    }
    let names = ["one", "two", "three"];
    let shares: Vec<String> = names
        .iter()
        .map(|name| format!("{{ name: {name}, share: {} }}", dice.from(1, 9)))
        .collect();
    let on = dice.one_of(&["", ", platforms: [one]", ", platforms: [two, three]"]);
    (format!("platforms: [{}]\n", shares.join(", ")), on.to_owned())
}

/// The budget of all, or budgets around it.
fn budgets(dice: &mut Dice, budget: u64) -> String {
    match dice.below(4) {
        0 => format!("{{ model: uniform, min: 1, max: {} }}", 2 * budget),
        1 => format!("{{ model: lognormal, median: {budget}, sigma: 0.5 }}"),
        _ => budget.to_string(),
    }
}

fn income(dice: &mut Dice) -> String {
    if dice.is(60) {
        return String::new();
    }
    format!(", income: {}, income_period: {}s", dice.from(10, 300), dice.from(30, 600))
}

/// Mechanisms that are off, and whether any is.
fn off(dice: &mut Dice) -> (String, bool) {
    const ALL: [&str; 9] = [
        "stabilize",
        "fix_fingers",
        "notify",
        "check_predecessor",
        "rejoin",
        "relist",
        "purge",
        "ping",
        "claim",
    ];
    match dice.below(100) {
        0..8 => (dice.one_of(&ALL).to_owned(), true),
        8..14 => ("purge, ping".to_owned(), true),
        14..17 => ("relist".to_owned(), true),
        _ => (String::new(), false),
    }
}
