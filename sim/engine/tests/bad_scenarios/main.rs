//! Bad scenarios, and exactly what is said about them.

mod jobs;
mod sweeps;

use compup2p_engine::scenario::{Override, Source};
use compup2p_engine::trial::{Loaded, Trial, check};

/// Files that scenarios here name.
fn load(name: &str) -> Result<Loaded, String> {
    let text = match name {
        "bad.avt" => "1 1 0 60\n2 1 50 10\n",
        "bad.txt" => "0 1\n1 x\n",
        "bad.csv" => "a,50,101\na,x\n",
        _ => jobs::file(name).ok_or_else(|| "a file: it does not exist".to_owned())?,
    };
    Ok(Loaded { path: name.to_owned(), bytes: text.into(), sha256: String::new() })
}

fn checked(text: &str, set: &[&str]) -> Result<Vec<Trial>, Vec<String>> {
    let overrides = set.iter().map(|set| Override::parse(set).expect("path=value")).collect();
    let source = Source { file: "s.yaml".to_owned(), text: text.to_owned(), overrides };
    check(&source, &load).map_err(|mistakes| mistakes.iter().map(ToString::to_string).collect())
}

/// What is said about `text`, a line each.
fn said(text: &str, set: &[&str]) -> String {
    checked(text, set).err().unwrap_or_default().join("\n")
}

/// A scenario, and the lines that are said about it.
type Case = (&'static str, &'static [&'static str]);

const GENERAL: &[Case] = &[
    ("nodes: many", &["s.yaml:1:1: nodes is \"many\", wants a whole number from 0 to 4294967295"]),
    ("nodes: -5", &["s.yaml:1:1: nodes is -5, wants a whole number from 0 to 4294967295"]),
    ("nodes: 1.5", &["s.yaml:1:1: nodes is 1.5, wants a whole number from 0 to 4294967295"]),
    ("nodes: 0", &["s.yaml:1:1: nodes is 0, wants a whole number from 1 to 536870912"]),
    (
        "nodes: 600000000",
        &["s.yaml:1:1: nodes is 600000000, wants a whole number from 1 to 536870912"],
    ),
    ("nodes: .inf", &["s.yaml:1:1: nodes is .inf, wants a finite number"]),
    ("node: 5", &["s.yaml:1:1: node is unknown, did you mean nodes?"]),
    ("nodes: 5\nnodes: 6", &["s.yaml:2:1: nodes is written twice, first in line 1; wants it once"]),
    ("duration: 30", &["s.yaml:1:1: duration is 30, wants a duration such as 30s, 500ms, 1h30min"]),
    (
        "duration: 5 parsecs",
        &["s.yaml:1:1: duration is \"5 parsecs\", wants a duration such as 30s, 500ms, 1h30min"],
    ),
    (
        "duration: -1h",
        &["s.yaml:1:1: duration is \"-1h\", wants a duration such as 30s, 500ms, 1h30min"],
    ),
    ("duration: 0s", &["s.yaml:1:1: duration is \"0s\", wants a positive duration such as 30min"]),
    (
        "duration: 30min\nwarmup: 30min",
        &["s.yaml:2:1: warmup is \"30min\", wants less than the duration, 30min"],
    ),
    (
        "duration: soon\nwarmup: 2h",
        &["s.yaml:1:1: duration is \"soon\", wants a duration such as 30s, 500ms, 1h30min"],
    ),
    ("replicates: 0", &["s.yaml:1:1: replicates is 0, wants a whole number from 1 to 100000"]),
    (
        "replicates: 7\nuntil: { ci_relative: 2, metrics: [lookup_hop_mean, joins], replicates_max: 6 }",
        &[
            "s.yaml:2:10: until.ci_relative is 2, wants a share above 0 and below 1, such as 0.02",
            "s.yaml:2:36: until.metrics[0] is \"lookup_hop_mean\", wants a metric of summary.csv; did \
             you mean lookup_hops_mean?",
            "s.yaml:2:61: until.replicates_max is 6, wants a whole number from 7 to 10000",
        ],
    ),
    (
        "until: { ci_relative: 0.1, metrics: [hops] }",
        &[
            "s.yaml:1:38: until.metrics[0] is \"hops\", wants a metric of summary.csv; did you mean lookup_hops_mean or list_hops_mean or market_hops_mean?",
        ],
    ),
    ("until: { metrics: [] }", &["s.yaml:1:1: until is a map without ci_relative, wants it"]),
    ("until: 0.02", &["s.yaml:1:1: until is 0.02, wants a map of fields"]),
    (
        "sweep: { until.ci_relative: [0.1, 0.2] }",
        &[
            "s.yaml:1:10: sweep.until.ci_relative is not accepted: every point stops by the same rule",
        ],
    ),
    (
        "until: { ci_relative: 0.1, metrics: [joins], replicates_max: 9000 }\n\
         sweep: { nodes: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] }",
        &["s.yaml:2:1: sweep has 12 points of 9000 replicates each, wants at most 100000 runs"],
    ),
    ("sellers: 1.5", &["s.yaml:1:1: sellers is 1.5, wants a share from 0 to 1"]),
    ("sellers: .nan", &["s.yaml:1:1: sellers is .nan, wants a finite number"]),
    (
        "name: ../evil",
        &[
            "s.yaml:1:1: name is \"../evil\", wants at most 100 letters, digits, -, _ and ., not beginning with a .",
        ],
    ),
    ("seed: -1", &["s.yaml:1:1: seed is -1, wants a whole number, not negative"]),
    (
        "nodes: many\nduration: 30\nmarket:\n  widht: 5\n  pings_max: 0",
        &[
            "s.yaml:1:1: nodes is \"many\", wants a whole number from 0 to 4294967295",
            "s.yaml:2:1: duration is 30, wants a duration such as 30s, 500ms, 1h30min",
            "s.yaml:4:3: market.widht is unknown, did you mean width?",
            "s.yaml:5:3: market.pings_max is 0, wants a whole number from 1 to 255",
        ],
    ),
];

const OVERLAY_AND_MARKET: &[Case] = &[
    ("overlay: 5", &["s.yaml:1:1: overlay is 5, wants a map of fields"]),
    ("overlay: [1]", &["s.yaml:1:1: overlay is a list, wants a map of fields"]),
    ("overlay:\n  kind: pastry", &["s.yaml:2:3: overlay.kind is \"pastry\", wants chord"]),
    (
        "overlay:\n  routing: recursiv",
        &[
            "s.yaml:2:3: overlay.routing is \"recursiv\", wants iterative or recursive (did you mean recursive?)",
        ],
    ),
    (
        "overlay:\n  bits: 65",
        &["s.yaml:2:3: overlay.bits is 65, wants a whole number from 1 to 64"],
    ),
    (
        "overlay:\n  bits: 8",
        &[
            "s.yaml:2:3: overlay.bits is 8, wants at least 10, for 1000 nodes with identifiers of their own",
        ],
    ),
    (
        "overlay:\n  successors: 0",
        &["s.yaml:2:3: overlay.successors is 0, wants from 1 to nodes - 1, 999"],
    ),
    (
        "nodes: 10\noverlay:\n  successors: 10",
        &["s.yaml:3:3: overlay.successors is 10, wants from 1 to nodes - 1, 9"],
    ),
    (
        "overlay:\n  stabilize: { min: 45s, max: 15s }",
        &[
            "s.yaml:2:26: overlay.stabilize.max is \"15s\", wants at least overlay.stabilize.min, 45s",
        ],
    ),
    (
        "overlay:\n  stabilize: { min: 15s }",
        &["s.yaml:2:3: overlay.stabilize is a map without max, wants it"],
    ),
    ("overlay:\n  virtual_nodes: 0", &["s.yaml:2:3: overlay.virtual_nodes is 0, wants at least 1"]),
    (
        "overlay:\n  fix_fingers: { min: 0s, max: 1s }",
        &["s.yaml:2:18: overlay.fix_fingers.min is \"0s\", wants a positive duration such as 15s"],
    ),
    (
        "overlay:\n  hops_max: 300",
        &["s.yaml:2:3: overlay.hops_max is 300, wants a whole number from 1 to 255"],
    ),
    (
        "market:\n  listing_ttl: 30s",
        &[
            "s.yaml:2:3: market.listing_ttl is \"30s\", wants at least relist_interval, 1min, or listings lapse",
        ],
    ),
    (
        "market:\n  relist_interval: 5min",
        &[
            "s.yaml:2:3: market.listing_ttl is \"2min\" by default, wants at least relist_interval, 5min, or listings lapse",
        ],
    ),
    ("market:\n  width: 0", &["s.yaml:2:3: market.width is 0, wants at least 1 cycle a second"]),
    (
        "market:\n  value_bits: 64",
        &["s.yaml:2:3: market.value_bits is 64, wants a whole number from 1 to 63"],
    ),
    (
        "market:\n  scheme: single_overlay\n  value_bits: 30\noverlay:\n  bits: 20",
        &["s.yaml:3:3: market.value_bits is 30, wants at most overlay.bits, 20, to be scaled"],
    ),
    (
        "market: { value_bits: 41 }",
        &[
            "s.yaml:1:11: market.value_bits is 41, wants at most 40: the others tell kinds of resources and hosts apart",
        ],
    ),
    (
        "overlay: { attempts: 256, retries: 256 }",
        &[
            "s.yaml:1:12: overlay.attempts is 256, wants a whole number from 1 to 255",
            "s.yaml:1:27: overlay.retries is 256, wants at most 255",
        ],
    ),
    (
        "market:\n  max_attempts: 0",
        &["s.yaml:2:3: market.max_attempts is 0, wants a whole number from 1 to 255"],
    ),
    (
        "market:\n  listing_ttl: soon\n  relist_interval: 1h",
        &[
            "s.yaml:2:3: market.listing_ttl is \"soon\", wants a duration such as 30s, 500ms, 1h30min",
        ],
    ),
];

const CHANCE_AND_NETWORK: &[Case] = &[
    (
        "capacity: { model: lognormal, median: -1, sigma: 0.5 }",
        &["s.yaml:1:31: capacity.median is \"-1\", wants a positive number"],
    ),
    (
        "capacity: { model: lognormal, median: 1e9 }",
        &["s.yaml:1:1: capacity is a map without sigma, wants it"],
    ),
    (
        "capacity: { model: lognormall, median: 1e9, sigma: 1 }",
        &[
            "s.yaml:1:13: capacity.model is \"lognormall\", wants constant, uniform, exponential, weibull, pareto, lognormal or list (did you mean lognormal?)",
        ],
    ),
    (
        "capacity: { model: uniform, min: 1, max: many }",
        &["s.yaml:1:37: capacity.max is \"many\", wants a number"],
    ),
    ("cost: fast", &["s.yaml:1:1: cost is \"fast\", wants a number"]),
    (
        "churn:\n  session:\n    mean: 3s",
        &["s.yaml:2:3: churn.session is unknown, did you mean sessions?"],
    ),
    (
        "churn:\n  sessions:\n    up: { model: exponential, mean: 0s }\n    down: 5min",
        &["s.yaml:3:31: churn.sessions.up.mean is \"0s\", wants a positive duration such as 30min"],
    ),
    (
        "churn:\n  sessions:\n    up: 5min",
        &[
            "s.yaml:2:3: churn.sessions is not accepted: missing field `down`: sessions wants none, a preset such as skype06, { preset: .., family: .. }, { up: .., down: .. }, or { joins_per_s: .. }",
        ],
    ),
    (
        "churn:\n  sessions: skype07",
        &[
            "s.yaml:2:3: churn.sessions is \"skype07\", wants none or a preset: g5k06, lanl05, ldns04, microsoft99, nd07cpu, overnet03, pl05, skype06, websites02",
        ],
    ),
    (
        "churn:\n  graceful_fraction: 2",
        &["s.yaml:2:3: churn.graceful_fraction is \"2\", wants a share, 0 to 1"],
    ),
    (
        "churn:\n  trace: nowhere.avt",
        &["s.yaml:2:3: churn.trace is \"nowhere.avt\", wants a file: it does not exist"],
    ),
    (
        "churn:\n  trace: bad.avt",
        &["bad.avt:2:8: stop is \"10\", wants a time not before start, \"50\""],
    ),
    (
        "network:\n  latency: { model: matrix }",
        &[
            "s.yaml:2:3: network.latency is not accepted: model matrix wants the field file; model matrix wants the field unit",
        ],
    ),
    (
        "network:\n  latency: { model: matrix, file: bad.txt, unit: ms }",
        &["bad.txt:2:3: \"x\", wants a number that is not negative"],
    ),
    (
        "network:\n  loss: 1",
        &["s.yaml:2:3: network.loss is \"1\", wants a number from 0 to below 1"],
    ),
    (
        "network:\n  bandwidth: { up: 10Mb }",
        &[
            "s.yaml:2:16: network.bandwidth.up is \"10Mb\", wants a rate such as 10Mbit, 1MB, 56kbit/s, 125000",
        ],
    ),
    (
        "network:\n  jitter: much",
        &["s.yaml:2:3: network.jitter is \"much\", wants none, or a map with a model"],
    ),
];

const OWNERS_AND_POLICIES: &[Case] = &[
    ("capacity_error: 11", &["s.yaml:1:1: capacity_error is 11, wants a number from 0 to 10"]),
    ("owner_load: 0.3", &["s.yaml:1:1: owner_load is 0.3, wants a map of fields"]),
    (
        "owner_load: { load: 1.5, interval: 0s }",
        &[
            "s.yaml:1:15: owner_load.load.load is \"1.5\", wants a share from 0 to 1",
            "s.yaml:1:26: owner_load.interval is \"0s\", wants a positive duration such as 5min",
        ],
    ),
    (
        "owner_load: { load: much }",
        &[
            "s.yaml:1:15: owner_load.load is \"much\", wants a share from 0 to 1, or a map with a model",
        ],
    ),
    (
        "owner_load:\n  load: { model: diurnal, night: 2, day: 0.5, peak: 24h, step: 5min }",
        &["s.yaml:2:3: owner_load.load is not accepted: model diurnal has no field step"],
    ),
    (
        "owner_load:\n  load: { model: diurnal, night: 2, day: 0.5, peak: 24h }",
        &[
            "s.yaml:2:27: owner_load.load.night is \"2\", wants a share from 0 to 1",
            "s.yaml:2:47: owner_load.load.peak is \"1d\", wants a time of day before 24h",
        ],
    ),
    (
        "owner_load:\n  load: { model: weekly }",
        &["s.yaml:2:11: owner_load.load.model is \"weekly\", wants constant, diurnal or trace"],
    ),
    (
        "owner_load:\n  load: { model: trace, file: nowhere.csv }",
        &["s.yaml:2:25: owner_load.load.file is \"nowhere.csv\", wants a file: it does not exist"],
    ),
    (
        "owner_load:\n  load: { model: trace, file: bad.csv }",
        &[
            "bad.csv:1:6: load is \"101\", wants a percentage from 0 to 100",
            "bad.csv:2:1: machine \"a\" is on line 1 too, wants one line a machine",
            "bad.csv:2:3: load is \"x\", wants a percentage from 0 to 100",
        ],
    ),
    (
        "policies:\n  - { share: 0.7 }\n  - { share: 0.4, max_lod: 1 }",
        &["s.yaml:3:19: policies[1].max_lod is unknown, did you mean max_load?"],
    ),
    ("policies: {}", &["s.yaml:1:1: policies is a map, wants a list"]),
    (
        "policies:\n  - { share: 0.7 }\n  - { share: 0.4 }\n  - { share: 2 }",
        &[
            "s.yaml:3:7: policies[1].share is 0.4, wants at most 0.3: all classes together are at most all nodes",
            "s.yaml:4:7: policies[2].share is 2, wants a share from 0 to 1",
        ],
    ),
    (
        "policies: [{ share: 0.5 }, { cpu: false }]",
        &[
            "s.yaml:1:1: policies[1].share is 1.0 by default, wants at most 0.5: all classes together are at most all nodes",
        ],
    ),
    (
        "policies:\n  - hours: { from: 24h, to: 25h }\n    max_run_time: 0s\n    max_load: -1",
        &[
            "s.yaml:2:14: policies[0].hours.from is \"24h\", wants a time of day before 24h",
            "s.yaml:2:25: policies[0].hours.to is \"25h\", wants a time of day, at most 24h",
            "s.yaml:3:5: policies[0].max_run_time is \"0s\", wants a positive duration such as 1h, or off",
            "s.yaml:4:5: policies[0].max_load is -1, wants a share from 0 to 1",
        ],
    ),
    (
        "policies:\n  - hours: { from: 8h, to: 8h }\n  - hours: { from: 8h }\n    share: 0",
        &[
            "s.yaml:2:24: policies[0].hours.to is \"8h\", wants another time than from, or leave hours out",
            "s.yaml:3:5: policies[1].hours is a map without to, wants it",
        ],
    ),
    (
        "policies:\n  - refused: [10.0.3.0/24, 10.0.3.7/24, 10.0.3.0/33, all]",
        &[
            "s.yaml:2:28: policies[0].refused[1] is \"10.0.3.7/24\", wants a block of addresses such as 10.0.3.0/24, or one address (did you mean 10.0.3.0/24?)",
            "s.yaml:2:41: policies[0].refused[2] is \"10.0.3.0/33\", wants a block of addresses such as 10.0.3.0/24, or one address",
            "s.yaml:2:54: policies[0].refused[3] is \"all\", wants a block of addresses such as 10.0.3.0/24, or one address",
        ],
    ),
];

const TRADING: &[Case] = &[
    (
        "pricing: { rule: first_price }",
        &[
            "s.yaml:1:12: pricing.rule is \"first_price\", wants vickrey, commission, vickrey_commission, max_min or posted_prices",
        ],
    ),
    (
        "pricing: { tick: 0.3 }",
        &["s.yaml:1:12: pricing.tick is 0.3, wants 1 or a part of it such as 0.5, 0.01, 0.000001"],
    ),
    (
        "pricing: { tick: 2 }",
        &["s.yaml:1:12: pricing.tick is 2, wants 1 or a part of it such as 0.5, 0.01, 0.000001"],
    ),
    (
        "pricing: { tick: 0 }",
        &["s.yaml:1:12: pricing.tick is 0, wants 1 or a part of it such as 0.5, 0.01, 0.000001"],
    ),
    (
        "pricing: { commission: 0.9999999 }",
        &["s.yaml:1:12: pricing.commission is 0.9999999, wants a share from 0 to 0.999999"],
    ),
    (
        "pricing: { commission: 1 }",
        &["s.yaml:1:12: pricing.commission is 1, wants a share from 0 to 0.999999"],
    ),
    (
        "pricing: { tick: 0.000001, price_cap: 5000 }",
        &[
            "s.yaml:1:28: pricing.price_cap is 5000, wants at most 4294 credits, or a coarser pricing.tick",
        ],
    ),
    (
        "pricing: { basis: per_cycle }",
        &[
            "s.yaml:1:12: pricing.basis is \"per_cycle\", wants per_transaction or per_gigacycle (did you mean per_gigacycle?)",
        ],
    ),
    (
        "behaviour: { mo: { selfish: 0.7, lying: 0.4 } }",
        &[
            "s.yaml:1:20: behaviour.mo.selfish is 0.7, wants shares of behaviour.mo that add up to 1 at most",
        ],
    ),
    (
        "behaviour: { seller: { underbid: 1.5 } }",
        &["s.yaml:1:24: behaviour.seller.underbid is 1.5, wants a share from 0 to 1"],
    ),
    (
        "behaviour: { buyer: { denyng: 0.1 } }",
        &["s.yaml:1:23: behaviour.buyer.denyng is unknown, did you mean denying?"],
    ),
    (
        "behaviour: { misreport: -1 }",
        &["s.yaml:1:14: behaviour.misreport.value is \"-1\", wants zero or a positive number"],
    ),
    (
        "behaviour: { misreport: { model: uniform, min: 0, max: 2 } }",
        &[
            "s.yaml:1:14: behaviour.misreport is a map, wants at most 1: no more than a whole marginal cost",
        ],
    ),
    (
        "platforms: [{ name: a, share: 1 }, { name: a, share: 0 }]",
        &[
            "s.yaml:1:38: platforms[1].name is \"a\", wants a name of its own",
            "s.yaml:1:47: platforms[1].share is 0, wants a number above 0",
        ],
    ),
    (
        "workload: { purchases: { platforms: [linux] } }",
        &[
            "s.yaml:1:38: workload.purchases.platforms[0] is \"linux\", wants a platform that platforms: names, which names none",
        ],
    ),
    (
        "workload: { purchases: { budget: -5 } }",
        &[
            "s.yaml:1:26: workload.purchases.budget.value is \"-5\", wants zero or a positive number",
        ],
    ),
    (
        "workload: { storage: { interval: 0s, amount: -1 } }",
        &[
            "s.yaml:1:24: workload.storage.interval is \"0s\", wants a positive duration such as 10min, or off",
            "s.yaml:1:38: workload.storage.amount.value is \"-1\", wants zero or a positive number",
        ],
    ),
    ("storage: -1", &["s.yaml:1:1: storage.value is \"-1\", wants zero or a positive number"]),
    (
        "market: { storage_width: 0 }",
        &["s.yaml:1:11: market.storage_width is 0, wants at least 1 byte"],
    ),
    (
        "market: { storage_width: 2000000000000 }",
        &[
            "s.yaml:1:11: market.storage_width is 2000000000000, wants less than 2^value_bits, 1099511627776",
        ],
    ),
    (
        "admin: { income_period: 0s }",
        &["s.yaml:1:10: admin.income_period is \"0s\", wants a positive duration such as 1h"],
    ),
    (
        "admin: { income: -1 }",
        &["s.yaml:1:10: admin.income is -1, wants a whole number from 0 to 4294967295"],
    ),
];

const MONEY: &[Case] = &[
    (
        "pricing: { tick: 0.000001 }\ncost: 5000",
        &["s.yaml:2:1: cost is 5000, wants at most 4294 credits, or a coarser pricing.tick"],
    ),
    (
        "pricing: { basis: per_gigacycle }\nmarket: { allocation: whole }",
        &[
            "s.yaml:2:11: market.allocation is \"whole\", wants requested with pricing.basis: per_gigacycle, as a buyer knows what it pays for",
        ],
    ),
    (
        "admin: { income: 0, income_period: 100ns }\nduration: 1h",
        &["s.yaml:1:21: admin.income_period is \"100ns\", wants less than 2^32 periods"],
    ),
    (
        "admin: { income: 4000000000, income_period: 1ms }",
        &[
            "s.yaml:1:10: admin.income is 4000000000, wants less: all accounts together hold at most 9e12 credits",
        ],
    ),
    (
        "nodes: 1000000\nadmin: { initial_balance: 4000000000 }",
        &[
            "s.yaml:2:10: admin.initial_balance is 4000000000, wants less: all accounts together hold at most 9e12 credits",
        ],
    ),
];

const WORKLOAD_AND_FAULTS: &[Case] = &[
    (
        "workload:\n  lookups: { interval: 0s }",
        &[
            "s.yaml:2:14: workload.lookups.interval is \"0s\", wants a positive duration such as 60s, or off",
        ],
    ),
    (
        "workload:\n  purchases: { hold: 10 }",
        &[
            "s.yaml:2:16: workload.purchases.hold is 10, wants a duration such as 30s, 500ms, 1h30min",
        ],
    ),
    (
        "workload:\n  stop_at: 2h",
        &["s.yaml:2:3: workload.stop_at is \"2h\", wants at most the duration, 1h"],
    ),
    (
        "record:\n  lookups: 1.5",
        &["s.yaml:2:3: record.lookups is 1.5, wants all, off, or a share above 0 and below 1"],
    ),
    (
        "record:\n  lookups: some",
        &["s.yaml:2:3: record.lookups is \"some\", wants all, off, or a share above 0 and below 1"],
    ),
    (
        "faults:\n  - { at: 2h, kind: crash, share: 0.1 }",
        &["s.yaml:2:7: faults[0].at is \"2h\", wants a time before the end of the run, 1h"],
    ),
    (
        "faults:\n  - { kind: crash, share: 0.1 }\n  - { at: 5min, kind: crash, share: 3 }",
        &[
            "s.yaml:2:5: faults[0] is a map without at, wants it",
            "s.yaml:3:30: faults[1].share is \"3\", wants a number above 0 and at most 1 such as 0.2",
        ],
    ),
    (
        "faults:\n  - { at: 5min, kind: crash, share: 0.1, shar: 3 }",
        &["s.yaml:2:42: faults[0].shar is unknown, did you mean share?"],
    ),
    ("faults: { at: 5min }", &["s.yaml:1:1: faults is a map, wants a list"]),
    ("off: [relist, relist]", &["s.yaml:1:15: off[1] is \"relist\", wants each mechanism once"]),
    (
        "off: [sleep]",
        &[
            "s.yaml:1:7: off[0] is \"sleep\", wants stabilize, fix_fingers, notify, check_predecessor, rejoin, relist, purge, ping, claim or receipt",
        ],
    ),
    ("off: relist", &["s.yaml:1:1: off is \"relist\", wants a list"]),
];

const YAML: &[Case] = &[
    (
        "a: &x 5\nb: *x",
        &[
            "s.yaml:1:1: a is unknown, wants one of name, about, seed, nodes, duration, warmup, replicates, until, sellers, dedicated_users, capacity, capacity_error, cost, storage, storage_cost, platforms, behaviour, owner_load, policies, overlay, market, pricing, service, admin, network, churn, workload, faults, off, record, sweep",
            "s.yaml:2:4: an alias stands here, wants the value written out",
        ],
    ),
    ("nodes: !!int 5", &["s.yaml:1:8: a YAML tag stands here, wants a value without one"]),
    (
        "nodes: [1",
        &["s.yaml:2:1: the YAML is malformed: while parsing a flow sequence, expected ',' or ']'"],
    ),
    ("nodes: 5\n---\nnodes: 6", &["s.yaml:2:1: a second document begins here, wants one document"]),
    ("? [a, b]\n: 5", &["s.yaml:1:3: a list or map stands as a field's name, wants a word"]),
    (
        "nodes: 5\n\tseed: 1",
        &["s.yaml:1:8: the YAML is malformed: while scanning a plain scalar, found a tab"],
    ),
    ("just words", &["s.yaml:1:1: is \"just words\", wants a map of fields"]),
];

#[test]
fn a_bad_scenario_is_told_all_its_mistakes_each_at_its_place() {
    for cases in [
        GENERAL,
        OVERLAY_AND_MARKET,
        CHANCE_AND_NETWORK,
        OWNERS_AND_POLICIES,
        TRADING,
        MONEY,
        WORKLOAD_AND_FAULTS,
        jobs::JOBS,
        sweeps::SWEEPS,
        sweeps::RANGES,
        sweeps::ZIPS,
        YAML,
    ] {
        for (text, lines) in cases {
            assert_eq!(said(text, &[]), lines.join("\n"), "{text}");
        }
    }
}

#[test]
fn what_the_command_line_got_wrong_is_told_as_it_was_written() {
    assert_eq!(
        said("nodes: 5\n", &["nodes=0", "market.widht=5", "faults[0].at=1s", "duration=[1"]),
        [
            "--set duration=[1: the YAML is malformed: while parsing a flow sequence, expected \
             ',' or ']'",
            "--set faults[0].at=1s: faults[0] is a map without kind, wants it",
            "--set market.widht=5: market.widht is unknown, did you mean width?",
            "--set nodes=0: nodes is 0, wants a whole number from 1 to 536870912",
        ]
        .join("\n")
    );
}

#[test]
fn a_change_that_makes_another_field_wrong_is_named() {
    assert_eq!(
        said("nodes: 500\n", &["market.relist_interval=1h"]),
        "--set market.relist_interval=1h: market.listing_ttl is \"2min\" by default, \
         wants at least relist_interval, 1h, or listings lapse"
    );
}

#[test]
fn a_file_that_is_too_large_is_not_read() {
    let text = format!("about: {}\n", "x".repeat(1 << 20));
    assert_eq!(said(&text, &[]), "s.yaml:1:1: the file has 1048584 bytes, wants at most 1048576");
}

#[test]
fn deep_nesting_is_refused() {
    let lines = said(&format!("faults: {}{}", "[".repeat(99), "]".repeat(99)), &[]);
    assert_eq!(lines, "s.yaml:1:41: the nesting is too deep, wants at most 32 levels");
}

#[test]
fn an_empty_file_is_a_scenario_of_defaults() {
    let trials = checked("", &[]).expect("all defaults");
    assert_eq!(trials.len(), 1);
    assert_eq!(trials[0].scenario.name, "s");
    assert_eq!(trials[0].scenario.overlay.successors, Some(20));
    assert_eq!(trials[0].seed, 1);
}

#[test]
fn replicates_have_the_seeds_that_follow() {
    let trials = checked("replicates: 3\nseed: 40\n", &["workload.lookups.interval=off"]);
    let trials = trials.expect("a good scenario");
    assert_eq!(trials.iter().map(|trial| trial.seed).collect::<Vec<_>>(), [40, 41, 42]);
    assert_eq!(trials[0].scenario.workload.lookups.interval, None);
}

#[test]
fn a_section_without_fields_has_its_defaults() {
    assert_eq!(said("overlay:\nmarket: {}\nnodes: 1e3\n", &[]), "");
}
