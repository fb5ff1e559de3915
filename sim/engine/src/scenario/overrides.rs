//! What the command line changes in a scenario: `--set path=value`, `--seed`, `--replicates`.

use super::sweep::ZIP;
use super::tree::{self, Entry, Flaw, Mark, Node, Value};

/// A change of one field of a scenario, and how the user wrote it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Override {
    /// As the user wrote it, for messages: `--set market.width=0`.
    pub option: String,
    /// The field's path: `market.width`, `faults[0].at`.
    pub path: String,
    /// The new value, in YAML.
    pub value: String,
}

impl Override {
    /// Reads what follows `--set`: `path=value`.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((path, value)) if !path.trim().is_empty() => Ok(Self {
                option: format!("--set {text}"),
                path: path.trim().to_owned(),
                value: value.to_owned(),
            }),
            _ => Err(format!("\"{text}\", wants path=value such as market.width=50000000")),
        }
    }

    /// Changes `root`; `number` is this change's place among the options.
    pub(crate) fn apply(&self, number: usize, root: &mut Node) -> Vec<Flaw> {
        let mark = Mark { option: Some(number), line: 1, column: 1 };
        let (value, mut flaws) = tree::parse(&self.value, Some(number));
        let value = if self.value.trim().is_empty() { Node::scalar("", mark) } else { value };
        for flaw in &mut flaws {
            flaw.mark = mark;
        }
        if flaws.is_empty()
            && let Err(message) = place(root, &self.steps(), remark(value, mark), mark)
        {
            flaws.push(Flaw { mark, message });
        }
        flaws
    }

    /// The way to what is changed. In a sweep, in its `zip`, or in an item of a list there, are
    /// whole paths.
    fn steps(&self) -> Vec<String> {
        let mut steps = steps(&self.path);
        let number = |step: &String| step.bytes().all(|b| b.is_ascii_digit());
        let zip = 1 + usize::from(steps.get(1).is_some_and(|step| step == ZIP));
        let within = zip + usize::from(steps.get(zip).is_some_and(number));
        if steps.first().is_some_and(|first| first == "sweep") && steps.len() > within {
            let path = written(&steps.split_off(within));
            steps.push(path);
        }
        steps
    }
}

/// The steps of a path: `faults[0].at` is `faults`, `0`, `at`.
pub(crate) fn steps(path: &str) -> Vec<String> {
    path.split(['.', '[', ']']).filter(|step| !step.is_empty()).map(str::to_owned).collect()
}

/// The steps as people write them: numbers in brackets.
pub(crate) fn written(steps: &[String]) -> String {
    let mut path = String::new();
    for step in steps {
        if step.bytes().all(|b| b.is_ascii_digit()) && !step.is_empty() {
            path.push_str(&format!("[{step}]"));
        } else {
            let dot = if path.is_empty() { "" } else { "." };
            path.push_str(&format!("{dot}{step}"));
        }
    }
    path
}

/// All of a value is where the option is.
fn remark(mut node: Node, mark: Mark) -> Node {
    node.mark = mark;
    match &mut node.value {
        Value::Scalar { .. } => {}
        Value::List(items) => {
            for (_, item) in items {
                *item = remark(std::mem::replace(item, Node::map(mark)), mark);
            }
        }
        Value::Map(entries) => {
            for entry in entries {
                entry.mark = mark;
                entry.node = remark(std::mem::replace(&mut entry.node, Node::map(mark)), mark);
            }
        }
    }
    node
}

/// Puts `value` at the path, making the maps and lists on the way.
pub(crate) fn place(
    node: &mut Node,
    path: &[String],
    value: Node,
    mark: Mark,
) -> Result<(), String> {
    let Some((step, rest)) = path.split_first() else {
        *node = value;
        return Ok(());
    };
    if let Value::List(items) = &mut node.value {
        let at = step.parse().ok().filter(|&at: &usize| at <= items.len());
        let at = at.ok_or_else(|| {
            format!("the list has {} items, wants the number of one instead of {step}", items.len())
        })?;
        if at == items.len() {
            items.push((at, Node::map(mark)));
        }
        return place(&mut items[at].1, rest, value, mark);
    }
    if let Value::Scalar { .. } = &node.value {
        node.value = Value::Map(Vec::new());
    }
    let Value::Map(entries) = &mut node.value else { return Ok(()) };
    if let Some(entry) = entries.iter_mut().find(|entry| entry.key == *step) {
        if rest.is_empty() {
            entry.mark = mark;
        }
        return place(&mut entry.node, rest, value, mark);
    }
    let mut child = Node::map(mark);
    if rest.first().is_some_and(|step| step == "0") {
        child.value = Value::List(Vec::new());
    }
    place(&mut child, rest, value, mark)?;
    entries.push(Entry { key: step.clone(), mark, node: child });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_written_as_it_is_read() {
        for path in ["nodes", "market.width", "faults[0].at", "a.b[2][3].c"] {
            assert_eq!(written(&steps(path)), path);
        }
    }

    #[test]
    fn an_override_makes_the_maps_on_its_way() {
        let (mut root, _) = tree::parse("nodes: 5\n", None);
        let change = Override::parse("churn.session.mean=30min").expect("well formed");
        assert_eq!(change.apply(0, &mut root), []);
        let mean = ["churn", "session", "mean"].map(str::to_owned);
        let node = super::super::read::at(&root, &mean).expect("placed");
        assert_eq!(node.found(), "\"30min\"");
        assert_eq!(node.mark.option, Some(0));
    }
}
