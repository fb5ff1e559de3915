//! The scenario language for machines: a JSON Schema, from which the reference is made and which
//! editors understand. Values that can be written in more than one way are said here by example, and
//! by their shapes; each example is read by a test.

use super::{Rows, Scenario, Sweep, shape};
use crate::churn::{self, SessionModel, preset::Preset};
use crate::distribution::{Distribution, Unit};
use crate::faults::{self, Fault};
use crate::network::delay::{self, Delay};
use crate::network::jitter::{self, Jitter};
use crate::network::latency::{self, Latency};
use crate::network::rate::Rate;
use crate::owner_load::{self, LoadModel};
use compup2p_protocol::time::Span;
use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;

/// A kind of value, and the ways in which it can be written.
#[derive(Clone, Copy, Debug)]
pub struct Form {
    /// What the reference calls it.
    pub name: &'static str,
    /// Examples of all its forms, with what each means.
    pub examples: &'static [(&'static str, &'static str)],
}

/// A distribution over amounts; those over durations are written alike.
const DISTRIBUTION: Form = Form {
    name: "distribution",
    examples: &[
        ("5", "always the same"),
        ("{ model: constant, value: 5 }", "always the same"),
        ("{ model: uniform, min: 1, max: 100 }", "evenly between two ends"),
        ("{ model: exponential, mean: 10 }", "without memory"),
        ("{ model: weibull, shape: 0.6, scale: 10 }", "below shape 1: the older, the longer yet"),
        ("{ model: pareto, shape: 2, min: 3 }", "a heavy tail above a least value"),
        ("{ model: lognormal, median: 1e9, sigma: 0.5 }", "the exponential of a normal"),
        ("{ model: list, values: [1, 2, 2, 5] }", "one of these, each as likely"),
    ],
};

const DURATIONS: Form = Form {
    name: "distribution of durations",
    examples: &[
        ("30s", "always the same"),
        ("{ model: constant, value: 30s }", "always the same"),
        ("{ model: uniform, min: 10s, max: 1min }", "evenly between two ends"),
        ("{ model: exponential, mean: 10min }", "without memory"),
        (
            "{ model: weibull, shape: 0.64, scale: 10.86h }",
            "below shape 1: the older, the longer yet",
        ),
        ("{ model: pareto, shape: 2, min: 1h }", "a heavy tail above a least value"),
        ("{ model: lognormal, median: 2h, sigma: 1.5 }", "the exponential of a normal"),
        ("{ model: list, values: [1min, 1h] }", "one of these, each as likely"),
    ],
};

const SESSIONS: Form = Form {
    name: "sessions",
    examples: &[
        ("none", "all nodes are up, always"),
        (
            "skype06",
            "a published fit: g5k06, lanl05, ldns04, microsoft99, nd07cpu, overnet03, pl05, skype06, websites02",
        ),
        (
            "{ preset: pl05, family: lognormal }",
            "the same, of a family: exponential, weibull (the default), lognormal",
        ),
        (
            "{ up: { model: exponential, mean: 2h }, down: 20min }",
            "distributions of up and of down times",
        ),
        ("{ joins_per_s: 0.05 }", "one leaves and one joins, so often a second, at a steady size"),
    ],
};

const LATENCY: Form = Form {
    name: "latency",
    examples: &[
        ("{ model: exponential, mean: 50ms }", "drawn for each message"),
        ("{ model: constant, delay: 20ms }", "the same for every message"),
        ("{ model: uniform, min: 10ms, max: 90ms }", "drawn for each message"),
        (
            "{ model: coordinates, side: 80ms, access: 4ms }",
            "hosts on a square plane: distance plus the access delay of each end",
        ),
        (
            "{ model: matrix, file: rtt.txt, unit: ms, kind: rtt }",
            "a file of measured times, n by n; unit s, ms, us; kind rtt, one_way",
        ),
    ],
};

const JITTER: Form = Form {
    name: "jitter",
    examples: &[
        ("none", "nothing"),
        ("{ model: relative, fraction: 0.1 }", "times a factor from 1 - fraction to 1 + fraction"),
        ("{ model: exponential, mean: 5ms }", "an extra delay"),
    ],
};

const RATE: Form = Form {
    name: "rate",
    examples: &[
        ("10Mbit", "megabits a second"),
        ("1MB/s", "bytes a second"),
        ("125000", "bytes a second"),
    ],
};

const FAULT: Form = Form {
    name: "fault",
    examples: &[
        (
            "{ at: 10min, kind: crash, share: 0.2 }",
            "each node that is up crashes with this probability",
        ),
        ("{ at: 10min, kind: crash_busiest, count: 3 }", "the busiest market owners crash"),
        (
            "{ at: 10min, for: 5min, kind: partition, share: 0.5 }",
            "no message passes between two sides; a share of the nodes is on the smaller",
        ),
        (
            "{ at: 10min, for: 5min, kind: loss, probability: 0.3 }",
            "messages are lost, besides what the network loses anyway",
        ),
        ("{ at: 10min, for: 5min, kind: latency, factor: 3 }", "every latency is multiplied"),
        ("{ at: 10min, for: 5min, kind: admin_down }", "the AdminServer answers nobody"),
    ],
};

const LOAD: Form = Form {
    name: "load",
    examples: &[
        ("0.3", "always the same share of a machine"),
        ("{ model: constant, load: 0.3 }", "always the same share of a machine"),
        (
            "{ model: diurnal, night: 0.1, day: 0.8, peak: 14h, noise: 0.1, phase: 2h }",
            "a cosine from `night` at the quietest time of day to `day` at `peak`; plus a normal error with the standard deviation `noise` at each look; each node's peak is moved by up to `phase`, either way (`peak` is 14h and the other two are 0 unless said)",
        ),
        (
            "{ model: trace, file: load.csv.gz, step: 5min }",
            "a file of measured loads, `name,percent,percent,...`, a line a machine, one number each `step` (5min unless said); a node follows one of them, over and over",
        ),
    ],
};

const ROWS: Form = Form {
    name: "rows",
    examples: &[("all", "every row"), ("off", "none"), ("0.01", "each row with this probability")],
};

const SWEEP: Form = Form {
    name: "sweep",
    examples: &[
        ("off", "one point"),
        (
            "{ nodes: [100, 1000], market.scheme: [naive, single_overlay] }",
            "four points: paths and their values, crossed, the last changing first",
        ),
        (
            "{ nodes: { from: 100, to: 1000, step: 300 } }",
            "a range, with its end if a step hits it: 100, 400, 700, 1000",
        ),
        ("{ nodes: { from: 128, to: 1000, factor: 2 } }", "128, 256, 512: each so much more"),
        (
            "{ duration: { from: 30min, to: 2h, values: 4 } }",
            "so many, evenly spaced, both ends counted: 30min, 1h, 1h30min, 2h; all are exact, or rounded to 12 digits",
        ),
        (
            "{ overlay.rpc_timeout: { from: 100ms, to: 10s, values: 3, scale: log } }",
            "evenly in the logarithm: 100ms, 1s, 10s",
        ),
        (
            "{ sellers: [0.5, 1], zip: { nodes: [100, 1000], duration: [2h, 1h] } }",
            "four points: the paths in `zip` change together; it may be a list of such maps, each crossed with the others",
        ),
        (
            "[{ nodes: [100, 1000], duration: [2h, 1h] }, { sellers: [0.5, 1] }]",
            "four points: the items are crossed, the paths of an item change together",
        ),
    ],
};

/// The kinds of value that can be written in more than one way.
pub fn forms() -> [Form; 10] {
    [DISTRIBUTION, DURATIONS, LOAD, SESSIONS, LATENCY, JITTER, RATE, FAULT, ROWS, SWEEP]
}

/// The JSON Schema of a scenario file.
pub fn schema() -> serde_json::Value {
    let settings =
        SchemaSettings::draft2020_12().with_transform(RecursiveTransform(shape::lenient));
    settings.into_generator().into_root_schema_for::<Scenario>().to_value()
}

macro_rules! said_by_example {
    ($($type:ty: $form:expr, $shapes:expr;)*) => {
        $(impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                $form.name.into()
            }
            fn inline_schema() -> bool {
                true
            }
            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                let shapes: fn(&mut SchemaGenerator) -> Vec<Schema> = $shapes;
                shape::any_of($form, &shapes(generator))
            }
        })*
    };
}

said_by_example! {
    LoadModel: LOAD, |to| vec![f64::json_schema(to), owner_load::Flat::json_schema(to)];
    SessionModel: SESSIONS, |to| vec![
        shape::words(&["none"]),
        Preset::json_schema(to),
        json_schema!({ "type": "null" }),
        churn::Written::json_schema(to),
    ];
    Latency: LATENCY, |to| vec![latency::Flat::json_schema(to)];
    Delay: DURATIONS, |to| vec![Span::json_schema(to), delay::Flat::json_schema(to)];
    Jitter: JITTER, |to| vec![shape::words(&["none"]), jitter::Flat::json_schema(to)];
    Rate: RATE, |_| vec![shape::rate(), json_schema!({ "type": "integer", "minimum": 0 })];
    Fault: FAULT, |to| vec![faults::Flat::json_schema(to)];
    Rows: ROWS, |_| vec![shape::words(&["all", "off"]), shape::share()];
    Sweep: SWEEP, |_| shape::sweep();
}

impl<U: Unit + JsonSchema> JsonSchema for Distribution<U> {
    fn schema_name() -> Cow<'static, str> {
        DISTRIBUTION.name.into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let durations = U::WANTED.contains("duration");
        let form = if durations { DURATIONS } else { DISTRIBUTION };
        let value = U::json_schema(generator);
        shape::any_of(form, &[value.clone(), shape::distribution(&value)])
    }
}

#[cfg(test)]
mod tests;
