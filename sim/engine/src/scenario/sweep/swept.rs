//! Swept: a sweep as it was written, every value at its place.

use super::super::Scenario;
use super::super::overrides::{Override, place, steps, written};
use super::super::read::{self, Wrong, at};
use super::super::tree::{Mark, Node};
use super::label::label;
use super::path::{Path, axes};
use super::{Axis, Complaint, POINTS_MAX, Setting, Sweep};

/// What cannot be swept, and why not.
const FIXED: [(&str, &str); 5] = [
    ("name", "all points go to one folder of results"),
    ("sweep", "a sweep has no other in it"),
    ("replicates", "every point runs as often as every other"),
    ("until", "every point stops by the same rule"),
    ("seed", "every point runs with the same seeds; replicates are more of them"),
];

/// A sweep as it was written, every value at its place.
#[derive(Clone, Debug, Default)]
pub(crate) struct Swept {
    /// Where it is written.
    pub(crate) mark: Mark,
    /// Paths that change together, all with the same number of values.
    axes: Vec<Vec<Path>>,
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

#[cfg(test)]
mod tests {
    use super::super::super::tree;
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
    fn what_is_zipped_changes_together_and_is_crossed_with_the_rest() {
        let (swept, wrong) = swept(
            "sweep: { nodes: { from: 5, to: 6, step: 1 }, \
             zip: [{ sellers: [0.5, 1], market.width: { from: 1, to: 2, values: 2 } }, { off: [[]] }], \
             duration: [1h] }",
        );
        assert!(wrong.is_empty(), "{wrong:?}");
        let rest = |nodes: &str, sellers: &str, width: &str| {
            [nodes, sellers, width, "off=[]", "duration=1h"].map(str::to_owned)
        };
        assert_eq!(
            settings(&swept),
            [
                rest("nodes=5", "sellers=0.5", "market.width=1"),
                rest("nodes=5", "sellers=1", "market.width=2"),
                rest("nodes=6", "sellers=0.5", "market.width=1"),
                rest("nodes=6", "sellers=1", "market.width=2"),
            ]
        );
        let follows = [false, false, true, false, false];
        assert_eq!(swept.labels().follows().collect::<Vec<_>>(), follows);
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
        let forms = super::super::super::forms();
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
        assert_eq!(points, [1, 4, 4, 3, 4, 3, 4, 4]);
    }
}
