//! Sweeps that are wrong, and what is said about them; and what good ones are.

use super::{Case, checked, said};

pub(super) const SWEEPS: &[Case] = &[
    (
        "sweep: 5",
        &[
            "s.yaml:1:1: sweep is 5, wants a map of paths to lists of values, or a list of such maps",
        ],
    ),
    ("sweep: [5]", &["s.yaml:1:9: sweep[0] is 5, wants a map of paths to lists"]),
    (
        "sweep:\n  market.scheme: naive",
        &[
            "s.yaml:2:3: sweep.market.scheme is \"naive\", wants a list of values, or a range such as { from: 1, to: 10, step: 1 }",
        ],
    ),
    (
        "sweep:\n  nodes: []",
        &["s.yaml:2:3: sweep.nodes is an empty list, wants at least one value"],
    ),
    (
        "sweep:\n  nodes: [10, 20, 10]",
        &["s.yaml:2:19: sweep.nodes[2] is 10, wants each value once"],
    ),
    (
        "sweep:\n  zip: { nodes: [10, 10, 20, 10], sellers: [0.5, 1, 1, 1] }",
        &[
            "s.yaml:2:30: sweep.zip.nodes[3] is 10 with what it was before with it, wants each combination once",
        ],
    ),
    (
        "sweep:\n  market.schem: [naive]\n  nod: [1, 2]\n  faults[0].at: [1s]",
        &[
            "s.yaml:2:3: sweep.market.schem is unknown, did you mean scheme?",
            "s.yaml:3:3: sweep.nod is unknown, did you mean nodes?",
            "s.yaml:4:18: faults[0] is a map without kind, wants it",
        ],
    ),
    (
        "sweep:\n  market.scheme: [naive, singel_overlay]\n  nodes: [10, many]\n  market.width: [0]",
        &[
            "s.yaml:2:26: market.scheme is \"singel_overlay\", wants single_overlay, processor_overlay or naive (did you mean single_overlay?)",
            "s.yaml:3:15: nodes is \"many\", wants a whole number from 0 to 4294967295",
            "s.yaml:4:18: market.width is 0, wants at least 1 cycle a second",
        ],
    ),
    (
        "sweep:\n  capacity:\n    - { model: uniform, min: 1, max: 2 }\n    - { model: uniform, min: 1, max: -2 }",
        &["s.yaml:4:33: capacity.max is \"-2\", wants zero or a positive number"],
    ),
    (
        "overlay: { bits: 8 }\nsweep:\n  nodes: [100, 1000]",
        &[
            "s.yaml:1:12: overlay.bits is 8, wants at least 10, for 1000 nodes with identifiers of their own",
        ],
    ),
    (
        "sweep: { seed: [1, 2], name: [a], replicates: [1], sweep.x: [1] }",
        &[
            "s.yaml:1:10: sweep.seed is not accepted: every point runs with the same seeds; replicates are more of them",
            "s.yaml:1:24: sweep.name is not accepted: all points go to one folder of results",
            "s.yaml:1:35: sweep.replicates is not accepted: every point runs as often as every other",
            "s.yaml:1:52: sweep.sweep.x is not accepted: a sweep has no other in it",
        ],
    ),
    (
        "sweep: { capacity: [1, 2], capacity.sigma: [0.5] }",
        &[
            "s.yaml:1:28: sweep.capacity.sigma is not accepted: capacity is swept too, wants one of the two",
        ],
    ),
    (
        "sweep: [{ nodes: [1, 2], sellers: [0.5] }]",
        &["s.yaml:1:26: sweep[0].sellers has 1 values, wants 2, as the path that it changes with"],
    ),
    (
        "replicates: 60000\nsweep: { nodes: [10, 20] }",
        &["s.yaml:2:1: sweep has 2 points of 60000 replicates each, wants at most 100000 runs"],
    ),
    (
        "sweep:\n  churn.trace: [bad.avt, nowhere.avt]",
        &[
            "bad.avt:2:8: stop is \"10\", wants a time not before start, \"50\"",
            "s.yaml:2:26: churn.trace is \"nowhere.avt\", wants a file: it does not exist",
        ],
    ),
    (
        "sweep:\n  capacity: { model: constant, value: 5 }",
        &[
            "s.yaml:2:3: sweep.capacity is a map, wants a list of values, or a range such as { from: 1, to: 10, step: 1 }",
        ],
    ),
];

pub(super) const RANGES: &[Case] = &[
    (
        "sweep:\n  nodes: { from: 1, too: 10, stepp: 1, other: 2 }",
        &[
            "s.yaml:2:21: sweep.nodes.too is unknown, did you mean to?",
            "s.yaml:2:30: sweep.nodes.stepp is unknown, did you mean step?",
            "s.yaml:2:40: sweep.nodes.other is unknown, wants one of from, to, step, factor, values, scale",
        ],
    ),
    (
        "sweep:\n  nodes: { to: 10 }",
        &[
            "s.yaml:2:3: sweep.nodes is a range without from, wants it",
            "s.yaml:2:3: sweep.nodes is a range without step, factor or values, wants one of them",
        ],
    ),
    (
        "sweep:\n  nodes: { from: 1, to: 10, step: 1, factor: 2, values: 3 }",
        &[
            "s.yaml:2:38: sweep.nodes.factor is not accepted beside step, wants one of step, factor and values",
            "s.yaml:2:49: sweep.nodes.values is not accepted beside step, wants one of step, factor and values",
        ],
    ),
    (
        "sweep:\n  nodes: { from: 1, to: 10, step: 1, scale: log }",
        &["s.yaml:2:38: sweep.nodes.scale is not accepted beside step, wants values there"],
    ),
    (
        "sweep:\n  nodes: { from: few, to: 10, step: 1 }",
        &[
            "s.yaml:2:12: sweep.nodes.from is \"few\", wants a number such as 100, 0.5 or 10min, of at most 18 digits before and behind the point",
        ],
    ),
    (
        "sweep:\n  nodes: { from: 1, to: [10], step: 1 }",
        &[
            "s.yaml:2:21: sweep.nodes.to is a list, wants a number such as 100, 0.5 or 10min, of at most 18 digits before and behind the point",
        ],
    ),
    (
        "sweep:\n  nodes: { from: 1, to: 1e30, step: 1 }",
        &[
            "s.yaml:2:21: sweep.nodes.to is 1e30, wants a number such as 100, 0.5 or 10min, of at most 18 digits before and behind the point",
        ],
    ),
    (
        "sweep:\n  nodes: { from: 10, to: 10, step: 1 }",
        &["s.yaml:2:22: sweep.nodes.to is 10, wants more than from, 10"],
    ),
    (
        "sweep:\n  duration: { from: 2h, to: 90min, step: 1min }",
        &["s.yaml:2:25: sweep.duration.to is \"90min\", wants more than from, \"2h\""],
    ),
    (
        "sweep:\n  nodes: { from: 1, to: 10, step: 0 }",
        &["s.yaml:2:29: sweep.nodes.step is 0, wants more than 0"],
    ),
    (
        "sweep:\n  nodes: { from: 1, to: 10, step: -1 }",
        &["s.yaml:2:29: sweep.nodes.step is -1, wants more than 0"],
    ),
    (
        "sweep:\n  nodes: { from: 1, to: 10, factor: 1 }",
        &["s.yaml:2:29: sweep.nodes.factor is 1, wants a number above 1 such as 2"],
    ),
    (
        "sweep:\n  duration: { from: 1h, to: 8h, factor: 2h }",
        &["s.yaml:2:33: sweep.duration.factor is \"2h\", wants a number above 1 such as 2"],
    ),
    (
        "sweep:\n  network.loss: { from: 0, to: 0.5, factor: 2 }",
        &["s.yaml:2:19: sweep.network.loss.from is 0, wants more than 0 beside factor"],
    ),
    (
        "sweep:\n  network.loss: { from: 0, to: 0.5, values: 5, scale: log }",
        &["s.yaml:2:19: sweep.network.loss.from is 0, wants more than 0 beside scale: log"],
    ),
    (
        "sweep:\n  sellers: { from: 0, to: 1, values: 5, scale: logarithmic }",
        &["s.yaml:2:41: sweep.sellers.scale is \"logarithmic\", wants linear or log"],
    ),
    (
        "sweep:\n  sellers: { from: 0, to: 1, values: 1 }",
        &["s.yaml:2:30: sweep.sellers.values is 1, wants a whole number from 2 to 10000"],
    ),
    (
        "sweep:\n  sellers: { from: 0, to: 1, values: 2.5 }",
        &["s.yaml:2:30: sweep.sellers.values is 2.5, wants a whole number from 2 to 10000"],
    ),
    (
        "sweep:\n  nodes: { from: 1, to: 20000, step: 1 }",
        &["s.yaml:2:3: sweep.nodes is a range of 20000 values, wants at most 10000"],
    ),
    (
        "sweep:\n  duration: { from: 1h, to: 120, step: 1h }",
        &["s.yaml:2:25: sweep.duration.to is 120, wants a duration, as from is"],
    ),
    (
        "sweep:\n  nodes: { from: 10, to: 2h, step: 1 }",
        &["s.yaml:2:22: sweep.nodes.to is \"2h\", wants a number without a unit, as from is"],
    ),
    (
        "sweep:\n  network.bandwidth.up: { from: 0, to: 8Mbit, step: 1MB }",
        &[
            "s.yaml:2:47: sweep.network.bandwidth.up.step is \"1MB\", wants a number with Mbit behind it, as to is",
        ],
    ),
    (
        "sweep:\n  nodes: { from: 100, to: 200, values: 4 }",
        &[
            "s.yaml:2:10: nodes is 133.333333333, wants a whole number from 0 to 4294967295",
            "s.yaml:2:10: nodes is 166.666666667, wants a whole number from 0 to 4294967295",
        ],
    ),
];

pub(super) const ZIPS: &[Case] = &[
    (
        "sweep:\n  zip: 5",
        &[
            "s.yaml:2:3: sweep.zip is 5, wants a map of paths to lists of values, or a list of such maps",
        ],
    ),
    (
        "sweep:\n  zip: [{ nodes: [1, 2] }, 5]",
        &["s.yaml:2:28: sweep.zip[1] is 5, wants a map of paths to lists"],
    ),
    (
        "sweep:\n  zip: { nodes: [1, 2], sellers: { from: 0, to: 1, step: 0.5 } }",
        &["s.yaml:2:25: sweep.zip.sellers has 3 values, wants 2, as the path that it changes with"],
    ),
    (
        "sweep:\n  zip: [{ nod: [1] }, { nodes: [1, many], seed: [1, 2] }]",
        &[
            "s.yaml:2:11: sweep.zip[0].nod is unknown, did you mean nodes?",
            "s.yaml:2:36: nodes is \"many\", wants a whole number from 0 to 4294967295",
            "s.yaml:2:43: sweep.zip[1].seed is not accepted: every point runs with the same seeds; replicates are more of them",
        ],
    ),
    (
        "sweep:\n  zip: { zip: { nodes: [1] } }",
        &["s.yaml:2:10: sweep.zip.zip is not accepted: these paths change together already"],
    ),
    (
        "sweep: [{ zip: { nodes: [1] } }]",
        &["s.yaml:1:11: sweep[0].zip is not accepted: these paths change together already"],
    ),
    (
        "sweep:\n  nodes: [1]\n  zip: { nodes: [2] }",
        &["s.yaml:3:10: sweep.zip.nodes is not accepted: nodes is swept too, wants one of the two"],
    ),
];

#[test]
fn a_sweep_has_all_its_points_with_all_their_replicates() {
    let text = "replicates: 2\nseed: 7\nsweep:\n  market.scheme: [naive, single_overlay]\n  \
                capacity: [{ model: uniform, min: 1, max: 2 }, 5]\n";
    let trials = checked(text, &[]).expect("a good scenario");
    let told: Vec<_> = trials
        .iter()
        .map(|trial| {
            let settings: Vec<_> =
                trial.settings.iter().map(|(path, value)| format!("{path}={value}")).collect();
            (trial.point, trial.replicate, trial.seed, settings.join(" "))
        })
        .collect();
    let at = |scheme: &str, capacity: &str| format!("market.scheme={scheme} capacity={capacity}");
    let uniform = "{model: uniform, min: 1, max: 2}";
    assert_eq!(
        told,
        [
            (0, 0, 7, at("naive", uniform)),
            (0, 1, 8, at("naive", uniform)),
            (1, 0, 7, at("naive", "5")),
            (1, 1, 8, at("naive", "5")),
            (2, 0, 7, at("single_overlay", uniform)),
            (2, 1, 8, at("single_overlay", uniform)),
            (3, 0, 7, at("single_overlay", "5")),
            (3, 1, 8, at("single_overlay", "5")),
        ]
    );
    let (first, last) = (&trials[0].scenario, &trials[7].scenario);
    assert_ne!(first.market.scheme, last.market.scheme);
    assert_eq!(last.sweep.points(), 4);
    // The settings of a point make it again.
    let mut set: Vec<String> =
        trials[0].settings.iter().map(|(path, value)| format!("{path}={value}")).collect();
    set.push("sweep=off".to_owned());
    let set: Vec<&str> = set.iter().map(String::as_str).collect();
    let again = checked(text, &set).expect("a good scenario");
    assert_eq!(again.len(), 2);
    let alike = compup2p_engine::scenario::Scenario {
        sweep: first.sweep.clone(),
        ..(*again[0].scenario).clone()
    };
    assert_eq!(alike, **first);
}

#[test]
fn a_sweep_is_changed_on_the_command_line() {
    let text = "sweep:\n  nodes: [10, 20]\n";
    let points = |set: &[&str]| checked(text, set).expect("a good scenario").len();
    assert_eq!(points(&["sweep.nodes=[10, 20, 30]"]), 3);
    assert_eq!(points(&["sweep.market.scheme=[naive, single_overlay]"]), 4);
    assert_eq!(points(&["sweep=off"]), 1);
    let text_of_list = "sweep: [{ nodes: [10, 20] }]";
    let points = |set: &[&str]| checked(text_of_list, set).expect("a good scenario").len();
    assert_eq!(points(&["sweep[0].nodes=[10, 20, 30]"]), 3);
    assert_eq!(points(&["sweep[1].market.scheme=[naive, single_overlay]"]), 4);
    assert_eq!(points(&["sweep[0]={market.scheme: [naive]}"]), 1);
    assert_eq!(
        said(text_of_list, &["nodes=5"]),
        "--set nodes=5: nodes is swept, wants --set sweep[0].nodes=[..] or --set sweep=off"
    );
    assert_eq!(
        said(text, &["nodes=5", "sweep.market.scheme=[nave]"]),
        "--set nodes=5: nodes is swept, wants --set sweep.nodes=[..] or --set sweep=off\n\
         --set sweep.market.scheme=[nave]: market.scheme is \"nave\", wants single_overlay, \
         processor_overlay or naive (did you mean naive?)"
    );
}

#[test]
fn ranges_and_zips_are_changed_on_the_command_line() {
    let text = "sweep: { nodes: [10, 20], zip: { sellers: [0.5, 1], market.width: [1, 2] } }";
    let points = |set: &[&str]| checked(text, set).expect("a good scenario").len();
    assert_eq!(points(&[]), 4);
    assert_eq!(points(&["sweep.nodes={from: 10, to: 50, step: 10}"]), 10);
    assert_eq!(points(&["sweep.zip.market.width={from: 3, to: 4, step: 1}"]), 4);
    assert_eq!(points(&["sweep.zip={sellers: [1]}"]), 2);
    assert_eq!(points(&["sweep.zip=[{sellers: [1, 0]}, {market.width: [5, 6, 7]}]"]), 12);
    let text_of_list = "sweep: { zip: [{ nodes: [10, 20] }] }";
    let points = |set: &[&str]| checked(text_of_list, set).expect("a good scenario").len();
    assert_eq!(points(&["sweep.zip[0].nodes=[10, 20, 30]"]), 3);
    assert_eq!(points(&["sweep.zip[1].market.scheme=[naive, single_overlay]"]), 4);
    assert_eq!(
        said(text, &["sellers=1", "sweep.nodes.to=30"]),
        "--set sellers=1: sellers is swept, wants --set sweep.zip.sellers=[..] or --set sweep=off\n\
         --set sweep.nodes.to=30: sweep.nodes.to is 30, wants a list of values, or a range such as \
         { from: 1, to: 10, step: 1 }"
    );
    assert_eq!(
        said(text, &["sweep.nodes={from: 10, to: 5, step: 1}"]),
        "--set sweep.nodes={from: 10, to: 5, step: 1}: sweep.nodes.to is 5, wants more than from, 10"
    );
}

#[test]
fn a_sweep_has_a_largest_size() {
    let values: Vec<String> = (1..=101).map(|value| value.to_string()).collect();
    let values = values.join(", ");
    let text = format!("sweep: {{ nodes: [{values}], market.width: [{values}] }}");
    assert_eq!(said(&text, &[]), "s.yaml:1:1: sweep has 10201 points, wants at most 10000");
}
