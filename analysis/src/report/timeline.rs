//! What sampled nodes of a run read over time, in as many intervals as can be told apart.

use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Most intervals that are drawn; more are joined.
const INTERVALS_MAX: usize = 240;
/// Most nodes that are drawn.
const NODES_MAX: usize = 64;

/// Events by node, and by interval in its order.
#[derive(Default)]
pub(super) struct Timeline {
    ends: Vec<f64>,
    events: BTreeMap<u32, Vec<u64>>,
}

impl Timeline {
    /// A node read so many events in the interval that ends at `at`; intervals follow each other.
    pub(super) fn add(&mut self, at: f64, node: u32, events: u64) {
        if self.ends.last() != Some(&at) {
            self.ends.push(at);
        }
        let of_node = self.events.entry(node).or_default();
        of_node.resize(self.ends.len(), 0);
        if let Some(last) = of_node.last_mut() {
            *last += events;
        }
    }

    /// For the page: null if there is nothing.
    pub(super) fn json(self) -> Value {
        if self.ends.is_empty() {
            return Value::Null;
        }
        let joined = self.ends.len().div_ceil(INTERVALS_MAX);
        let last = |ends: &[f64]| ends.last().copied().unwrap_or_default();
        let ends: Vec<f64> = self.ends.chunks(joined).map(last).collect();
        let nodes_of = self.events.len();
        let every = nodes_of.div_ceil(NODES_MAX);
        let shown: BTreeSet<u32> = self.events.keys().copied().step_by(every).collect();
        let shown = self.events.into_iter().filter(|(node, _)| shown.contains(node));
        let rows: Vec<Value> = shown
            .map(|(node, mut events)| {
                events.resize(self.ends.len(), 0);
                let events: Vec<u64> =
                    events.chunks(joined).map(|events| events.iter().sum()).collect();
                json!([node, events])
            })
            .collect();
        json!({ "ends": ends, "rows": rows, "nodes_of": nodes_of, "joined": joined })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_joined_and_no_event_is_lost() {
        let mut timeline = Timeline::default();
        for interval in 0..500 {
            for node in [3, 7] {
                timeline.add(30.0 * f64::from(interval + 1), node, u64::from(interval * node));
            }
        }
        let json = timeline.json();
        assert_eq!(json["joined"], 3);
        let ends = json["ends"].as_array().unwrap();
        assert_eq!((ends.len(), &ends[0], &ends[166]), (167, &json!(90.0), &json!(15_000.0)));
        for (row, node) in [(0, 3), (1, 7)] {
            let row = &json["rows"][row];
            assert_eq!(row[0], node);
            let events: u64 = row[1].as_array().unwrap().iter().filter_map(Value::as_u64).sum();
            assert_eq!(events, node * 499 * 500 / 2);
        }
    }

    #[test]
    fn of_many_nodes_some_are_shown() {
        let mut timeline = Timeline::default();
        (0..130).for_each(|node| timeline.add(30.0, node, 1));
        let json = timeline.json();
        let nodes: Vec<_> = json["rows"].as_array().unwrap().iter().map(|row| &row[0]).collect();
        assert_eq!((nodes.len(), nodes[1], &json["nodes_of"]), (44, &json!(3), &json!(130)));
        assert_eq!(Timeline::default().json(), Value::Null);
    }
}
