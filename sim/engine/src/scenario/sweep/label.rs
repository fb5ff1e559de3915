//! Labels: values of swept paths as they are written in tables.

use super::super::tree::{Node, Scalar, Value, resolve};

/// A value on one line, as YAML reads it again.
pub(super) fn label(node: &Node) -> String {
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
    use super::super::super::tree;
    use super::*;

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
