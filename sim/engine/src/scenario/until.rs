//! The stop rule: as many replicates of a point as its numbers need.

use super::nearest;
use crate::metric::METRICS;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Fewest replicates from whose scatter an interval is judged [ours].
pub const LEAST: u32 = 5;

/// Most replicates that a stop rule may ask for.
const MOST: u32 = 10_000;

/// Replicates are run until these metrics are known well enough: section `until:`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Until {
    /// So much of its mean may a 95 % interval reach to either side: 0.02 is two per cent.
    pub ci_relative: f64,
    /// Of which metrics of `summary.csv`.
    pub metrics: Vec<String>,
    /// So many replicates are enough in any case.
    #[serde(default = "hundred")]
    pub replicates_max: u32,
}

fn hundred() -> u32 {
    100
}

impl Until {
    /// What is refused: the field, and what is wanted.
    pub(super) fn check(&self, replicates: u32) -> Vec<(String, String)> {
        let mut refused = Vec::new();
        let mut want = |ok: bool, field: &str, wants: String| {
            if !ok {
                refused.push((field.to_owned(), wants));
            }
        };
        let share = self.ci_relative > 0.0 && self.ci_relative < 1.0;
        want(share, "ci_relative", "a share above 0 and below 1, such as 0.02".to_owned());
        want(!self.metrics.is_empty(), "metrics", "at least one metric".to_owned());
        for (nth, metric) in self.metrics.iter().enumerate() {
            let known = METRICS.iter().any(|known| known.name == metric);
            let names = || METRICS.iter().map(|known| known.name);
            // A part of names says more than a name that is spelt alike.
            let has_it = |name: &&str| metric.len() > 2 && name.contains(metric.as_str());
            let mut near: Vec<&str> = names().filter(has_it).collect();
            near.sort_by_key(|name| !name.ends_with("_mean"));
            near.truncate(3);
            if near.is_empty() {
                near.extend(nearest(metric, names()));
            }
            let mean = match &near[..] {
                [] => String::new(),
                near => format!("; did you mean {}?", near.join(" or ")),
            };
            let wants = format!("a metric of summary.csv{mean}");
            want(known, &format!("metrics[{nth}]"), wants);
        }
        let least = replicates.max(LEAST);
        let enough = (least..=MOST).contains(&self.replicates_max);
        want(enough, "replicates_max", format!("a whole number from {least} to {MOST}"));
        refused
    }
}
