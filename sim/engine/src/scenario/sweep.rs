//! Sweep: parameters that take several values in turn, crossed. Each combination is a point: the
//! scenario with these values set, as `--set` sets them, and checked like any scenario.

use super::Scenario;
use super::overrides::{Override, place, steps, written};
use super::read::{self, Wrong, at};
use super::tree::{Entry, Mark, Node, Scalar, Value, resolve};
use serde::de::IgnoredAny;
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::sync::Arc;

/// Most points of a sweep.
pub const POINTS_MAX: usize = 10_000;

/// What cannot be swept, and why not.
const FIXED: [(&str, &str); 5] = [
    ("name", "all points go to one folder of results"),
    ("sweep", "a sweep has no other in it"),
    ("replicates", "every point runs as often as every other"),
    ("until", "every point stops by the same rule"),
    ("seed", "every point runs with the same seeds; replicates are more of them"),
];

/// One swept path at one point: the path, and its value as it is written in tables.
pub type Setting = (String, String);

/// The swept paths with their values, as they are written in tables; empty if nothing is swept.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Sweep(Arc<[Axis]>);

/// Paths that change together, from one value to the next; mostly it is one path.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Axis(Vec<(String, Vec<String>)>);

impl Sweep {
    /// Whether nothing is swept.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The swept paths, in order.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flat_map(|axis| &axis.0).map(|(path, _)| path.as_str())
    }

    /// Whether each path, in order, changes with the one before it.
    pub fn follows(&self) -> impl Iterator<Item = bool> {
        self.0.iter().flat_map(|axis| (0..axis.0.len()).map(|nth| nth > 0))
    }

    /// The paths that change together, axis by axis: the place of each among all paths.
    pub fn axes(&self) -> impl Iterator<Item = Vec<usize>> {
        let mut places = 0..;
        let of = move |Axis(paths): &'_ Axis| -> Vec<usize> {
            paths.iter().zip(places.by_ref()).map(|(_, place)| place).collect()
        };
        self.0.iter().map(of)
    }

    /// The first value of each path, in order.
    pub fn firsts(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flat_map(|axis| &axis.0).map(|(_, labels)| labels[0].as_str())
    }

    /// How many combinations there are.
    pub fn points(&self) -> usize {
        self.0.iter().map(|Axis(paths)| paths[0].1.len()).product()
    }
}

/// As a list of axes, which is one of the forms that are read.
impl Serialize for Sweep {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut axes = serializer.serialize_seq(Some(self.0.len()))?;
        self.0.iter().try_for_each(|axis| axes.serialize_element(axis))?;
        axes.end()
    }
}

impl Serialize for Axis {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut paths = serializer.serialize_map(Some(self.0.len()))?;
        self.0.iter().try_for_each(|(path, labels)| paths.serialize_entry(path, labels))?;
        paths.end()
    }
}

/// A sweep is taken out of the text before the rest of it is read: see [`Swept`].
impl<'de> Deserialize<'de> for Sweep {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Self::default())
    }
}

/// A sweep as it was written, every value at its place.
#[derive(Clone, Debug, Default)]
pub(crate) struct Swept {
    /// Where it is written.
    pub(crate) mark: Mark,
    /// Paths that change together, all with the same number of values.
    axes: Vec<Vec<Path>>,
}

/// A path, and the values that it takes.
#[derive(Clone, Debug)]
struct Path {
    mark: Mark,
    /// As a path from the root: `sweep.market.scheme`, `sweep[0].market.scheme`.
    whole: String,
    steps: Vec<String>,
    values: Vec<Node>,
}

/// Something wrong with a sweep.
pub(crate) struct Complaint {
    pub(crate) mark: Mark,
    pub(crate) path: String,
    pub(crate) message: String,
}

impl Swept {
    /// Takes the sweep out of `root`, with what is wrong in it. What is wrong is left out.
    pub(crate) fn take(root: &mut Node, overrides: &[Override]) -> (Self, Vec<Complaint>) {
        let mut complaints = Vec::new();
        let Some(node) = root.child("sweep").cloned() else { return Default::default() };
        let mark = root.child_mark("sweep").unwrap_or(node.mark);
        root.remove(&["sweep".to_owned()]);
        let axes = axes(&node, mark, &mut complaints);
        let mut swept = Self { mark, axes };
        swept.leave_out_fixed(&mut complaints);
        swept.leave_out_unknown(root, &mut complaints);
        swept.refuse_changes(overrides, &mut complaints);
        if swept.points() > POINTS_MAX {
            let message = format!("has {} points, wants at most {POINTS_MAX}", swept.points());
            complaints.push(Complaint { mark, path: "sweep".to_owned(), message });
            swept.axes.clear();
        }
        (swept, complaints)
    }

    /// How many points there are: one, if nothing is swept.
    pub(crate) fn points(&self) -> usize {
        self.axes.iter().map(|axis| axis[0].values.len()).fold(1, usize::saturating_mul)
    }

    /// Whether a swept path leads to `path`, or beyond it.
    pub(crate) fn touches(&self, path: &str) -> bool {
        let to = steps(path);
        self.paths().any(|path| path.steps.starts_with(&to) || to.starts_with(&path.steps))
    }

    /// Paths and values as they are written in tables.
    pub(crate) fn labels(&self) -> Sweep {
        let labels = |path: &Path| (written(&path.steps), path.values.iter().map(label).collect());
        self.axes.iter().map(|axis| Axis(axis.iter().map(labels).collect())).collect()
    }

    /// Sets the values of a point; the first axis changes last.
    pub(crate) fn set(&self, point: usize, root: &mut Node) -> (Vec<Setting>, Vec<Complaint>) {
        let (mut settings, mut complaints) = (Vec::new(), Vec::new());
        let mut stride = self.points();
        for axis in &self.axes {
            stride /= axis[0].values.len();
            let nth = point / stride % axis[0].values.len();
            for path in axis {
                let value = &path.values[nth];
                settings.push((written(&path.steps), label(value)));
                if let Err(message) = place(root, &path.steps, value.clone(), value.mark) {
                    let path = written(&path.steps);
                    let message = format!("is no place: {message}");
                    complaints.push(Complaint { mark: value.mark, path, message });
                }
            }
        }
        (settings, complaints)
    }

    fn paths(&self) -> impl Iterator<Item = &Path> {
        self.axes.iter().flatten()
    }

    fn retain(&mut self, mut keep: impl FnMut(&Path) -> bool) {
        self.axes.iter_mut().for_each(|axis| axis.retain(&mut keep));
        self.axes.retain(|axis| !axis.is_empty());
    }

    /// What must not be swept, and what is swept already.
    fn leave_out_fixed(&mut self, complaints: &mut Vec<Complaint>) {
        let mut before: Vec<Vec<String>> = Vec::new();
        self.retain(|path| {
            let fixed = FIXED.iter().find(|(field, _)| path.steps[0] == *field);
            let twice = before
                .iter()
                .find(|other| other.starts_with(&path.steps) || path.steps.starts_with(other));
            let why = match (fixed, twice) {
                (Some((_, why)), _) => Some((*why).to_owned()),
                (None, Some(other)) => {
                    Some(format!("{} is swept too, wants one of the two", written(other)))
                }
                (None, None) => None,
            };
            before.push(path.steps.clone());
            let Some(why) = why else { return true };
            complaints.push(path.complaint(&format!("is not accepted: {why}")));
            false
        });
    }

    /// Paths that lead nowhere: the first point is read, and what is unknown there is said of the
    /// path and not of every value.
    fn leave_out_unknown(&mut self, root: &Node, complaints: &mut Vec<Complaint>) {
        let mut tree = root.clone();
        for path in self.paths() {
            // What has no place is said when the point is set.
            let _ = place(&mut tree, &path.steps, path.values[0].clone(), path.mark);
        }
        let mut unknown: Vec<Vec<String>> = Vec::new();
        while let Err(error) = read::read::<Scenario>(&tree) {
            let named = self.paths().find(|path| path.steps.starts_with(&error.path));
            if let (Wrong::UnknownField(..), Some(path)) = (&error.wrong, named) {
                complaints.push(Complaint {
                    mark: path.mark,
                    path: path.whole.clone(),
                    message: error.sentence(at(&tree, &error.path)),
                });
                unknown.push(error.path.clone());
            }
            if !tree.remove(&error.path) {
                break;
            }
        }
        self.retain(|path| !unknown.iter().any(|unknown| path.steps.starts_with(unknown)));
    }

    /// A change on the command line that every point would undo.
    fn refuse_changes(&self, overrides: &[Override], complaints: &mut Vec<Complaint>) {
        for (number, change) in overrides.iter().enumerate() {
            let to = steps(&change.path);
            if let Some(path) = self.paths().find(|path| to.starts_with(&path.steps)) {
                let whole = &path.whole;
                complaints.push(Complaint {
                    mark: Mark { option: Some(number), line: 1, column: 1 },
                    path: written(&to),
                    message: format!("is swept, wants --set {whole}=[..] or --set sweep=off"),
                });
            }
        }
    }
}

impl FromIterator<Axis> for Sweep {
    fn from_iter<I: IntoIterator<Item = Axis>>(axes: I) -> Self {
        Self(axes.into_iter().collect())
    }
}

impl Path {
    /// A field of the map at `under`.
    fn read(entry: &Entry, under: &str) -> Result<Self, Complaint> {
        let steps = steps(&entry.key);
        let whole = format!("{under}.{}", written(&steps));
        let path = Self { mark: entry.mark, whole, steps, values: Vec::new() };
        let Value::List(items) = &entry.node.value else {
            let message = format!("is {}, wants a list of values", entry.node.found());
            return Err(path.complaint(&message));
        };
        let values: Vec<Node> = items.iter().map(|(_, item)| item.clone()).collect();
        if values.is_empty() {
            return Err(path.complaint("is an empty list, wants at least one value"));
        }
        if path.steps.is_empty() {
            return Err(path.complaint("is no path, wants one such as market.scheme"));
        }
        let mut labels: Vec<(String, usize)> = values.iter().map(label).zip(0..).collect();
        labels.sort();
        let again = labels.windows(2).filter(|two| two[0].0 == two[1].0).map(|two| two[1].1).min();
        if let Some(nth) = again {
            return Err(Complaint {
                mark: values[nth].mark,
                path: format!("{}[{nth}]", path.whole),
                message: format!("is {}, wants each value once", values[nth].found()),
            });
        }
        Ok(Self { values, ..path })
    }

    fn complaint(&self, message: &str) -> Complaint {
        Complaint { mark: self.mark, path: self.whole.clone(), message: message.to_owned() }
    }
}

/// The axes of a sweep: fields of a map are crossed; so are items of a list, each of which is a
/// map whose fields change together.
fn axes(node: &Node, mark: Mark, complaints: &mut Vec<Complaint>) -> Vec<Vec<Path>> {
    let wants = "wants a map of paths to lists of values, or a list of such maps";
    let mut axes: Vec<Vec<Path>> = Vec::new();
    match (&node.value, node.meaning()) {
        (_, Some(Scalar::Null | Scalar::Text("off"))) => {}
        (Value::Map(entries), _) => {
            axes = paths(entries, "sweep", complaints).into_iter().map(|path| vec![path]).collect();
        }
        (Value::List(items), _) => {
            for (place, item) in items {
                let path = format!("sweep[{place}]");
                let Value::Map(entries) = &item.value else {
                    let message = format!("is {}, wants a map of paths to lists", item.found());
                    complaints.push(Complaint { mark: item.mark, path, message });
                    continue;
                };
                axes.push(paths(entries, &path, complaints));
            }
        }
        (Value::Scalar { .. }, _) => {
            let message = format!("is {}, {wants}", node.found());
            complaints.push(Complaint { mark, path: "sweep".to_owned(), message });
        }
    }
    for axis in &mut axes {
        let values = axis.first().map_or(0, |path| path.values.len());
        axis.retain(|path| {
            let same = path.values.len() == values;
            if !same {
                let has = path.values.len();
                let message =
                    format!("has {has} values, wants {values}, as the path that it changes with");
                complaints.push(path.complaint(&message));
            }
            same
        });
    }
    axes.retain(|axis| !axis.is_empty());
    axes
}

/// The fields of a map that are paths to lists of values.
fn paths(entries: &[Entry], under: &str, complaints: &mut Vec<Complaint>) -> Vec<Path> {
    let read = |entry| Path::read(entry, under).map_err(|wrong| complaints.push(wrong)).ok();
    entries.iter().filter_map(read).collect()
}

/// A value on one line, as YAML reads it again.
fn label(node: &Node) -> String {
    match &node.value {
        Value::Scalar { .. } if node.is_null() => "~".to_owned(),
        Value::Scalar { text, plain } if is_bare(text, *plain) => text.clone(),
        Value::Scalar { text, .. } => quoted(text),
        Value::List(items) => {
            let items: Vec<_> = items.iter().map(|(_, item)| label(item)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Map(entries) => {
            let key = |key: &String| if is_bare(key, true) { key.clone() } else { quoted(key) };
            let entries = entries.iter().map(|e| format!("{}: {}", key(&e.key), label(&e.node)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
    }
}

/// Whether a scalar means the same without quotes, in a list too.
fn is_bare(text: &str, plain: bool) -> bool {
    let inner = |c: char| c.is_alphanumeric() || "_-./+ ".contains(c);
    let ends = |c: char| c.is_alphanumeric() || "_./+".contains(c);
    let number = text.strip_prefix('-').is_some_and(|rest| rest.starts_with(|c: char| ends(c)));
    text.chars().all(inner)
        && text.ends_with(ends)
        && (text.starts_with(ends) || number)
        && (plain || matches!(resolve(text), Scalar::Text(_)))
}

/// A string in double quotes as JSON, which YAML reads too.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::*;

    fn swept(text: &str) -> (Swept, Vec<String>) {
        let (mut root, flaws) = tree::parse(text, None);
        assert_eq!(flaws, []);
        let (swept, complaints) = Swept::take(&mut root, &[]);
        assert!(root.child("sweep").is_none());
        (swept, complaints.into_iter().map(|c| format!("{} {}", c.path, c.message)).collect())
    }

    fn settings(swept: &Swept) -> Vec<Vec<String>> {
        let point = |nth| {
            let (settings, _) = swept.set(nth, &mut Node::map(Mark::default()));
            settings.into_iter().map(|(path, label)| format!("{path}={label}")).collect()
        };
        (0..swept.points()).map(point).collect()
    }

    #[test]
    fn values_are_crossed_in_the_order_of_writing() {
        let (swept, wrong) = swept("sweep: { nodes: [5, 6], market.width: [1, 2] }");
        assert!(wrong.is_empty(), "{wrong:?}");
        assert_eq!(
            settings(&swept),
            [
                ["nodes=5", "market.width=1"],
                ["nodes=5", "market.width=2"],
                ["nodes=6", "market.width=1"],
                ["nodes=6", "market.width=2"],
            ]
        );
    }

    #[test]
    fn paths_of_one_item_change_together() {
        let (swept, wrong) = swept("sweep: [{nodes: [5, 6], market.width: [1, 2]}, {off: [[]]}]");
        assert!(wrong.is_empty(), "{wrong:?}");
        let points =
            [["nodes=5", "market.width=1", "off=[]"], ["nodes=6", "market.width=2", "off=[]"]];
        assert_eq!(settings(&swept), points);
        assert_eq!(swept.labels().paths().collect::<Vec<_>>(), ["nodes", "market.width", "off"]);
        assert_eq!(swept.labels().follows().collect::<Vec<_>>(), [false, true, false]);
        assert_eq!(
            serde_json::to_string(&swept.labels()).expect("it is a list"),
            r#"[{"nodes":["5","6"],"market.width":["1","2"]},{"off":["[]"]}]"#
        );
    }

    #[test]
    fn no_sweep_is_one_point() {
        for text in ["nodes: 5", "sweep: off", "sweep: {}", "sweep: []", "sweep:"] {
            let (swept, wrong) = swept(text);
            assert_eq!((swept.points(), wrong.len(), swept.labels().is_empty()), (1, 0, true));
        }
    }

    #[test]
    fn every_example_is_a_good_sweep() {
        let forms = super::super::forms();
        let form = forms.iter().find(|form| form.name == "sweep").expect("it has examples");
        let points: Vec<_> = form
            .examples
            .iter()
            .map(|(example, _)| {
                let (swept, wrong) = swept(&format!("sweep: {example}"));
                assert!(wrong.is_empty(), "{example}: {wrong:?}");
                swept.points()
            })
            .collect();
        assert_eq!(points, [1, 4, 4]);
    }

    #[test]
    fn a_label_is_read_as_the_value_that_it_stands_for() {
        for (text, written) in [
            ("5", "5"),
            ("-5", "-5"),
            ("1e3", "1e3"),
            ("10min", "10min"),
            ("'5'", "\"5\""),
            ("'off'", "off"),
            ("'a: b, #c'", "\"a: b, #c\""),
            ("~", "~"),
            ("[1, [relist, ping]]", "[1, [relist, ping]]"),
            ("model: uniform\nmin: 1\nmax:\n  2", "{model: uniform, min: 1, max: 2}"),
        ] {
            let (node, _) = tree::parse(&format!("v: [{{w: {}}}]", label(&parsed(text))), None);
            let inner = node.child("v").and_then(|v| v.child("0")).and_then(|v| v.child("w"));
            assert_eq!(label(&parsed(text)), written);
            assert_eq!(label(inner.expect("it is read")), written);
        }
    }

    fn parsed(text: &str) -> Node {
        let (root, flaws) = tree::parse(&format!("v: {}", text.replace('\n', "\n  ")), None);
        if flaws.is_empty() {
            return root.child("v").expect("a value").clone();
        }
        tree::parse(text, None).0
    }
}
