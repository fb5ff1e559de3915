//! What figures say about the run that no CSV file knows, as `manifest.json` tells it.

use std::fmt;
use std::fs;
use std::path::Path;

use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};

use crate::error::Error;
use crate::sweep;

/// The file that says what was run.
const MANIFEST: &str = "manifest.json";

/// What figures say about the run that no CSV file knows. Of a sweep, what its first point says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Context {
    /// The scenario's name.
    pub scenario: String,
    /// Nodes on the ring, N.
    pub nodes: u64,
    /// How much time was simulated, in seconds.
    pub duration_s: f64,
    /// How much of it is not counted, from the beginning, in seconds.
    pub warmup_s: f64,
    /// `chord` or `can`; theory is drawn for Chord.
    pub overlay: String,
    /// Places that a node has on the ring.
    pub virtual_nodes: u64,
    /// How many successors a node knows.
    pub successors: u64,
    /// The market scheme's name.
    pub market_scheme: String,
    /// For how long a listing stands, in seconds.
    pub listing_ttl_s: f64,
    /// How often sellers list themselves again, in seconds.
    pub relist_s: f64,
    /// The pricing rule's name.
    pub pricing_rule: String,
    /// δ of equation 1.
    pub delta_credits: f64,
    /// Whether prices are for a sale, whatever its size.
    pub prices_are_per_sale: bool,
    /// The share of departures that are told.
    pub graceful_fraction: f64,
    /// The seed.
    pub seed: u64,
    /// What the service layer does about failures.
    pub failures: Failures,
    /// The paths of a sweep, in order: the columns that its files begin with.
    pub swept: Vec<String>,
    /// Whether each of them changes together with the one before it.
    pub follows: Vec<bool>,
}

/// What is done about failures of compute nodes, where nothing of it is swept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Failures {
    /// `fixed`, `young` or `daly`.
    pub rule: String,
    /// The time between two checkpoints, if it is fixed, in seconds.
    pub interval_s: f64,
    /// How long it takes on average until a failure is noticed, in seconds.
    pub detection_s: f64,
}

impl Context {
    /// Reads the manifest of a folder of results.
    ///
    /// # Errors
    /// There is none, or it is not what a run writes.
    pub fn read(folder: &Path) -> Result<Self, Error> {
        let path = folder.join(MANIFEST);
        let text = fs::read_to_string(&path)
            .map_err(|source| Error::Open { path: path.clone(), source })?;
        let manifest: Manifest = serde_json::from_str(&text).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            let said = error.to_string();
            let place = format!(" at line {line} column {column}");
            let why = said.strip_suffix(&place).unwrap_or(&said).to_owned();
            Error::Manifest { path, line, column, why }
        })?;
        Ok(Self::of(manifest.scenario))
    }

    /// The place of a path among those that are swept.
    pub(crate) fn place(&self, path: &str) -> Option<usize> {
        self.swept.iter().position(|swept| swept == path)
    }

    /// The swept paths that change together with the one at `place`, itself included.
    pub(crate) fn together(&self, place: usize) -> std::ops::Range<usize> {
        let follows = |nth: usize| self.follows.get(nth).copied().unwrap_or(false);
        let from = (0..=place).rev().find(|&nth| !follows(nth)).unwrap_or(0);
        let to = (place + 1..self.swept.len()).find(|&nth| !follows(nth));
        from..to.unwrap_or(self.swept.len())
    }

    /// Whether the path at `place`, or one that changes together with it, says which values idle
    /// capacities have.
    pub(crate) fn is_of_idle_values(&self, place: usize) -> bool {
        const IDLE: [&str; 2] = ["capacity", "market.width"];
        self.together(place).any(|nth| IDLE.iter().any(|idle| is_within(&self.swept[nth], idle)))
    }

    fn of(scenario: Scenario) -> Self {
        let Scenario { overlay, market, pricing, service, .. } = scenario;
        let axes = || scenario.sweep.iter();
        // A node fails in the middle between two heartbeats, on average; then it is asked in vain.
        let silence = overlay.rpc_timeout.0 * f64::from(overlay.attempts);
        Self {
            nodes: scenario.nodes,
            duration_s: scenario.duration.0,
            warmup_s: scenario.warmup.0,
            overlay: overlay.kind,
            virtual_nodes: overlay.virtual_nodes,
            successors: overlay.successors,
            market_scheme: market.scheme,
            listing_ttl_s: market.listing_ttl.0,
            relist_s: market.relist_interval.0,
            pricing_rule: pricing.rule,
            delta_credits: pricing.delta,
            prices_are_per_sale: pricing.basis == "per_transaction",
            graceful_fraction: scenario.churn.graceful_fraction,
            seed: scenario.seed,
            failures: Failures {
                rule: service.checkpoint.rule,
                interval_s: service.checkpoint.interval.0,
                detection_s: service.heartbeat.0 / 2.0 + silence,
            },
            follows: axes().flat_map(|axis| (0..axis.0.len()).map(|nth| nth > 0)).collect(),
            swept: axes().flat_map(|axis| axis.0.clone()).collect(),
            scenario: scenario.name,
        }
    }
}

/// Whether a dotted path is another one, or leads to a part of what is there.
pub(crate) fn is_within(path: &str, whole: &str) -> bool {
    path.strip_prefix(whole).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Of `manifest.json`, what figures want to know; its other fields are for other readers.
#[derive(serde::Deserialize)]
struct Manifest {
    scenario: Scenario,
}

#[derive(serde::Deserialize)]
struct Scenario {
    name: String,
    seed: u64,
    nodes: u64,
    duration: Seconds,
    #[serde(default)]
    warmup: Seconds,
    overlay: Overlay,
    market: Market,
    pricing: Pricing,
    service: Service,
    churn: Churn,
    #[serde(default)]
    sweep: Vec<Axis>,
}

#[derive(serde::Deserialize)]
struct Overlay {
    kind: String,
    virtual_nodes: u64,
    successors: u64,
    rpc_timeout: Seconds,
    attempts: u32,
}

#[derive(serde::Deserialize)]
struct Market {
    scheme: String,
    relist_interval: Seconds,
    listing_ttl: Seconds,
}

#[derive(serde::Deserialize)]
struct Pricing {
    rule: String,
    delta: f64,
    basis: String,
}

#[derive(serde::Deserialize)]
struct Service {
    heartbeat: Seconds,
    checkpoint: Checkpoint,
}

#[derive(serde::Deserialize)]
struct Checkpoint {
    rule: String,
    interval: Seconds,
}

#[derive(serde::Deserialize)]
struct Churn {
    graceful_fraction: f64,
}

/// A duration, written as in a scenario.
#[derive(Default)]
struct Seconds(f64);

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let wants = || D::Error::custom(format!("\"{text}\", wants a duration such as 30s"));
        sweep::seconds(&text).map(Self).ok_or_else(wants)
    }
}

/// Paths that are swept together, in the order in which they are written.
struct Axis(Vec<String>);

impl<'de> Deserialize<'de> for Axis {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Paths;
        impl<'de> Visitor<'de> for Paths {
            type Value = Axis;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("swept paths with their values")
            }
            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Axis, M::Error> {
                let mut paths = Vec::new();
                while let Some((path, _)) = map.next_entry::<String, IgnoredAny>()? {
                    paths.push(path);
                }
                Ok(Axis(paths))
            }
        }
        deserializer.deserialize_map(Paths)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::scratch::Scratch;

    /// The part of a manifest that is read, with this sweep.
    pub(crate) fn manifest(sweep: &str) -> String {
        format!(
            r#"{{
  "name": "small",
  "scenario": {{
    "name": "small",
    "seed": 1,
    "nodes": 4096,
    "duration": "1h30min",
    "overlay": {{ "kind": "chord", "virtual_nodes": 1, "successors": 24,
                  "rpc_timeout": "500ms", "attempts": 3 }},
    "market": {{ "scheme": "single_overlay", "relist_interval": "1min", "listing_ttl": "2min" }},
    "pricing": {{ "rule": "max_min", "delta": 1, "basis": "per_transaction" }},
    "service": {{ "heartbeat": "5s", "checkpoint": {{ "rule": "fixed", "interval": "10min" }} }},
    "churn": {{ "sessions": "none", "graceful_fraction": 0.5 }},
    "sweep": {sweep}
  }}
}}"#
        )
    }

    fn read(name: &str, text: &str) -> Result<Context, String> {
        let scratch = Scratch::new(name);
        scratch.file(MANIFEST, text);
        let folder = scratch.folder().display().to_string();
        Context::read(scratch.folder()).map_err(|error| error.to_string().replace(&folder, "x"))
    }

    #[test]
    fn a_manifest_says_what_no_csv_knows() {
        let sweep = r#"[{"nodes": ["5", "6"], "market.width": ["1", "2"]}, {"cost": ["5"]}]"#;
        let context = read("context-read", &manifest(sweep)).unwrap();
        let Context { scenario, nodes, duration_s, market_scheme, .. } = &context;
        assert_eq!((&**scenario, *nodes, *duration_s), ("small", 4096, 5400.0));
        assert_eq!((&**market_scheme, context.prices_are_per_sale), ("single_overlay", true));
        assert_eq!((context.failures.interval_s, context.failures.detection_s), (600.0, 4.0));
        assert_eq!(context.swept, ["nodes", "market.width", "cost"]);
        assert_eq!(context.follows, [false, true, false]);
        assert_eq!((context.together(0), context.together(1)), (0..2, 0..2));
        assert_eq!(context.together(2), 2..3);
        assert_eq!((context.successors, context.warmup_s), (24, 0.0));
        assert!(context.is_of_idle_values(0), "the width changes with it");
        assert!(!context.is_of_idle_values(2));
    }

    #[test]
    fn what_is_no_manifest_is_an_error_with_its_place() {
        let wrong = manifest("[]").replace("\"1min\"", "\"soon\"");
        assert_eq!(
            read("context-duration", &wrong).unwrap_err(),
            "x/manifest.json:10:69: \"soon\", wants a duration such as 30s"
        );
        let wrong = manifest("[]").replace("\"nodes\": 4096,", "");
        assert_eq!(
            read("context-missing", &wrong).unwrap_err(),
            "x/manifest.json:15:3: missing field `nodes`"
        );
        let wrong = manifest("{}");
        let error = read("context-sweep", &wrong).unwrap_err();
        assert_eq!(error, "x/manifest.json:14:13: invalid type: map, expected a sequence");
    }

    #[test]
    fn a_folder_without_a_manifest_is_an_error_that_names_it() {
        let scratch = Scratch::new("context-none");
        let error = Context::read(scratch.folder()).unwrap_err().to_string();
        assert!(error.contains("manifest.json: "), "{error}");
    }
}
