//! Paths of a sweep: the forms in which they and their values are written.

use super::super::overrides::{steps, written};
use super::super::tree::{Entry, Mark, Node, Scalar, Value};
use super::Complaint;
use super::label::label;
use super::range;
use std::collections::BTreeSet;

/// What stands for paths that change together, in a map of paths that are crossed.
pub(crate) const ZIP: &str = "zip";

const WANTS_VALUES: &str =
    "wants a list of values, or a range such as { from: 1, to: 10, step: 1 }";

/// A path, and the values that it takes.
#[derive(Clone, Debug)]
pub(super) struct Path {
    pub(super) mark: Mark,
    /// As a path from the root: `sweep.market.scheme`, `sweep[0].market.scheme`.
    pub(super) whole: String,
    pub(super) steps: Vec<String>,
    pub(super) values: Vec<Node>,
}

impl Path {
    /// A field of the map at `under`; nothing if that is wrong.
    fn read(entry: &Entry, under: &str, complaints: &mut Vec<Complaint>) -> Option<Self> {
        let steps = steps(&entry.key);
        let field = written(&steps);
        let dot = if field.starts_with('[') { "" } else { "." };
        let whole = format!("{under}{dot}{field}");
        let mut path = Self { mark: entry.mark, whole, steps, values: Vec::new() };
        if entry.key == ZIP {
            complaints.push(path.complaint("is not accepted: these paths change together already"));
            return None;
        }
        match path.read_values(&entry.node) {
            Ok(values) => path.values = values,
            Err(wrong) => {
                complaints.extend(wrong);
                return None;
            }
        }
        Some(path)
    }

    fn read_values(&self, node: &Node) -> Result<Vec<Node>, Vec<Complaint>> {
        let refused = |message: &str| Err(vec![self.complaint(message)]);
        let values = match &node.value {
            Value::List(items) => items.iter().map(|(_, item)| item.clone()).collect(),
            Value::Map(entries) if range::is_range(entries) => {
                range::values(entries, node.mark, &self.whole, self.mark)?
            }
            Value::Map(_) | Value::Scalar { .. } => {
                return refused(&format!("is {}, {WANTS_VALUES}", node.found()));
            }
        };
        if values.is_empty() {
            return refused("is an empty list, wants at least one value");
        }
        if self.steps.is_empty() {
            return refused("is no path, wants one such as market.scheme");
        }
        Ok(values)
    }

    pub(super) fn complaint(&self, message: &str) -> Complaint {
        Complaint { mark: self.mark, path: self.whole.clone(), message: message.to_owned() }
    }
}

/// The axes of a sweep: fields of a map are crossed; so are items of a list, each of which is a
/// map whose fields change together, as those of `zip` in a map do.
pub(super) fn axes(node: &Node, mark: Mark, complaints: &mut Vec<Complaint>) -> Vec<Vec<Path>> {
    match (&node.value, node.meaning()) {
        (_, Some(Scalar::Null | Scalar::Text("off"))) => Vec::new(),
        (Value::Map(entries), _) => {
            let mut axes = Vec::new();
            for entry in entries {
                if entry.key == ZIP {
                    axes.extend(zipped(&entry.node, entry.mark, "sweep.zip", complaints));
                } else {
                    let axis: Vec<Path> =
                        Path::read(entry, "sweep", complaints).into_iter().collect();
                    complaints.extend(repeated(&axis));
                    axes.push(axis);
                }
            }
            axes.retain(|axis| !axis.is_empty());
            axes
        }
        (Value::List(_) | Value::Scalar { .. }, _) => zipped(node, mark, "sweep", complaints),
    }
}

/// The axes of a list of maps, or one such map, whose fields change together.
fn zipped(node: &Node, mark: Mark, at: &str, complaints: &mut Vec<Complaint>) -> Vec<Vec<Path>> {
    let mut axes = Vec::new();
    match &node.value {
        Value::Map(entries) => axes.push(together(entries, at, complaints)),
        Value::List(items) => {
            for (place, item) in items {
                let path = format!("{at}[{place}]");
                let Value::Map(entries) = &item.value else {
                    let message = format!("is {}, wants a map of paths to lists", item.found());
                    complaints.push(Complaint { mark: item.mark, path, message });
                    continue;
                };
                axes.push(together(entries, &path, complaints));
            }
        }
        Value::Scalar { .. } => {
            let wants = "wants a map of paths to lists of values, or a list of such maps";
            let message = format!("is {}, {wants}", node.found());
            complaints.push(Complaint { mark, path: at.to_owned(), message });
        }
    }
    axes.retain(|axis: &Vec<Path>| !axis.is_empty());
    axes
}

/// The fields of a map, which are paths that change together.
fn together(entries: &[Entry], under: &str, complaints: &mut Vec<Complaint>) -> Vec<Path> {
    let read = |entry| Path::read(entry, under, complaints);
    let mut axis: Vec<Path> = entries.iter().filter_map(read).collect();
    let wanted = axis.first().map_or(0, |path| path.values.len());
    axis.retain(|path| {
        let has = path.values.len();
        if has != wanted {
            let message =
                format!("has {has} values, wants {wanted}, as the path that it changes with");
            complaints.push(path.complaint(&message));
        }
        has == wanted
    });
    complaints.extend(repeated(&axis));
    axis
}

/// The first values of paths that change together that were there before.
fn repeated(axis: &[Path]) -> Option<Complaint> {
    let first = axis.first()?;
    let mut seen = BTreeSet::new();
    let labels = |nth: usize| axis.iter().map(|path| label(&path.values[nth])).collect::<Vec<_>>();
    let nth = (0..first.values.len()).find(|&nth| !seen.insert(labels(nth)))?;
    let found = first.values[nth].found();
    let message = match axis.len() {
        1 => format!("is {found}, wants each value once"),
        _ => format!("is {found} with what it was before with it, wants each combination once"),
    };
    let path = format!("{}[{nth}]", first.whole);
    Some(Complaint { mark: first.values[nth].mark, path, message })
}
