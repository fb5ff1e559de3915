//! A scenario's text as a tree in which every piece knows where it was written. YAML 1.2 without
//! anchors, aliases and tags: a scenario needs none, and an alias can blow a short file up.

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span};

/// Most bytes of a scenario.
pub const BYTES_MAX: usize = 1 << 20;
/// Deepest nesting of a scenario.
const DEPTH_MAX: usize = 32;

/// Where something was written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Mark {
    /// The option of the command line, by its number; nothing for the file.
    pub(crate) option: Option<usize>,
    /// From 1.
    pub(crate) line: usize,
    /// From 1, in characters.
    pub(crate) column: usize,
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) mark: Mark,
    pub(crate) value: Value,
}

/// What stands there.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    /// A scalar; `plain` if it had no quotes, and so may be a number.
    Scalar { text: String, plain: bool },
    /// A list: its items, each with the place at which it was written.
    List(Vec<(usize, Node)>),
    /// A map, in the order of writing.
    Map(Vec<Entry>),
}

/// A field of a map.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) mark: Mark,
    pub(crate) node: Node,
}

/// Text that is no tree, or not quite.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Flaw {
    pub(crate) mark: Mark,
    pub(crate) message: String,
}

/// What a plain scalar means.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Scalar<'a> {
    Null,
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    Text(&'a str),
}

impl Node {
    pub(crate) fn scalar(text: &str, mark: Mark) -> Self {
        Self { mark, value: Value::Scalar { text: text.to_owned(), plain: true } }
    }

    pub(crate) fn map(mark: Mark) -> Self {
        Self { mark, value: Value::Map(Vec::new()) }
    }

    /// What a scalar means by the core schema of YAML 1.2; nothing for lists and maps.
    pub(crate) fn meaning(&self) -> Option<Scalar<'_>> {
        match &self.value {
            Value::Scalar { text, plain: true } => Some(resolve(text)),
            Value::Scalar { text, plain: false } => Some(Scalar::Text(text)),
            Value::List(_) | Value::Map(_) => None,
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        self.meaning() == Some(Scalar::Null)
    }

    /// How the value is called in a message.
    pub(crate) fn found(&self) -> String {
        match (&self.value, self.meaning()) {
            (Value::List(items), _) if items.is_empty() => "an empty list".to_owned(),
            (Value::List(_), _) => "a list".to_owned(),
            (Value::Map(_), _) => "a map".to_owned(),
            (_, Some(Scalar::Null)) => "empty".to_owned(),
            (Value::Scalar { text, .. }, Some(Scalar::Text(_))) => format!("\"{}\"", brief(text)),
            (Value::Scalar { text, .. }, _) => brief(text),
        }
    }

    /// The child at one step of a path: a field's name, or the number of a list's item.
    pub(crate) fn child(&self, step: &str) -> Option<&Node> {
        match &self.value {
            Value::Map(entries) => entries.iter().find(|e| e.key == step).map(|e| &e.node),
            Value::List(items) => {
                let at: usize = step.parse().ok()?;
                items.iter().find(|(place, _)| *place == at).map(|(_, item)| item)
            }
            Value::Scalar { .. } => None,
        }
    }

    /// Where the child at one step is written: the field's name, or the item itself.
    pub(crate) fn child_mark(&self, step: &str) -> Option<Mark> {
        match &self.value {
            Value::Map(entries) => entries.iter().find(|e| e.key == step).map(|e| e.mark),
            Value::List(_) => self.child(step).map(|item| item.mark),
            Value::Scalar { .. } => None,
        }
    }

    /// The path as written, of one that counts what is left of lists.
    pub(crate) fn as_written(&self, path: &[String]) -> Vec<String> {
        let mut node = Some(self);
        let mut written = Vec::new();
        for step in path {
            let items = node.and_then(|node| match &node.value {
                Value::List(items) => Some(items),
                Value::Map(_) | Value::Scalar { .. } => None,
            });
            let place = items.zip(step.parse::<usize>().ok()).and_then(|(all, at)| all.get(at));
            let step = place.map_or_else(|| step.clone(), |(place, _)| place.to_string());
            node = node.and_then(|node| node.child(&step));
            written.push(step);
        }
        written
    }

    /// Drops what is at `path`; returns whether there was something.
    pub(crate) fn remove(&mut self, path: &[String]) -> bool {
        let Some((step, rest)) = path.split_first() else { return false };
        match &mut self.value {
            Value::Map(entries) => {
                let Some(at) = entries.iter().position(|e| e.key == *step) else { return false };
                if rest.is_empty() {
                    entries.remove(at);
                    return true;
                }
                entries[at].node.remove(rest)
            }
            Value::List(items) => {
                let Ok(place) = step.parse::<usize>() else { return false };
                let Some(at) = items.iter().position(|(at, _)| *at == place) else { return false };
                if rest.is_empty() {
                    items.remove(at);
                    return true;
                }
                items[at].1.remove(rest)
            }
            Value::Scalar { .. } => false,
        }
    }
}

/// At most 60 characters of a text, on one line.
fn brief(text: &str) -> String {
    let mut short: String =
        text.chars().take(60).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(60).is_some() {
        short.push('…');
    }
    short
}

/// What a plain scalar means.
pub(crate) fn resolve(text: &str) -> Scalar<'_> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Scalar::Null,
        "true" | "True" | "TRUE" => return Scalar::Bool(true),
        "false" | "False" | "FALSE" => return Scalar::Bool(false),
        ".nan" | ".NaN" | ".NAN" => return Scalar::Float(f64::NAN),
        _ => {}
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") {
        let infinity = if text.starts_with('-') { f64::NEG_INFINITY } else { f64::INFINITY };
        return Scalar::Float(infinity);
    }
    if !unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return Scalar::Text(text);
    }
    let hexadecimal = text.strip_prefix("0x").and_then(|hex| u64::from_str_radix(hex, 16).ok());
    if let Some(number) = hexadecimal.or_else(|| text.parse().ok()) {
        return Scalar::Unsigned(number);
    }
    if let Ok(number) = text.parse() {
        return Scalar::Signed(number);
    }
    text.parse().map_or(Scalar::Text(text), Scalar::Float)
}

/// Reads a text. What can be read in spite of flaws is returned beside them; an empty text is an
/// empty map.
pub(crate) fn parse(text: &str, option: Option<usize>) -> (Node, Vec<Flaw>) {
    let start = Mark { option, line: 1, column: 1 };
    if text.len() > BYTES_MAX {
        let message = format!("the file has {} bytes, wants at most {BYTES_MAX}", text.len());
        return (Node::map(start), vec![Flaw { mark: start, message }]);
    }
    let mut builder = Builder { option, parser: Parser::new_from_str(text), flaws: Vec::new() };
    let root = builder.document().unwrap_or_else(|flaw| {
        builder.flaws.push(flaw);
        None
    });
    let root = root.filter(|node| !node.is_null()).unwrap_or_else(|| Node::map(start));
    (root, builder.flaws)
}

struct Builder<'a> {
    option: Option<usize>,
    parser: Parser<'a, saphyr_parser::StrInput<'a>>,
    flaws: Vec<Flaw>,
}

impl<'a> Builder<'a> {
    fn mark(&self, span: Span) -> Mark {
        Mark { option: self.option, line: span.start.line(), column: span.start.col() + 1 }
    }

    fn next(&mut self) -> Result<Option<(Event<'a>, Mark)>, Flaw> {
        match self.parser.next_event() {
            None => Ok(None),
            Some(Ok((event, span))) => Ok(Some((event, self.mark(span)))),
            Some(Err(error)) => Err(self.malformed(&error)),
        }
    }

    fn malformed(&self, error: &ScanError) -> Flaw {
        let at = error.marker();
        let mark = Mark { option: self.option, line: at.line(), column: at.col() + 1 };
        Flaw { mark, message: format!("the YAML is malformed: {}", error.info()) }
    }

    fn flaw(&mut self, mark: Mark, message: &str) {
        self.flaws.push(Flaw { mark, message: message.to_owned() });
    }

    fn document(&mut self) -> Result<Option<Node>, Flaw> {
        let mut root = None;
        while let Some((event, mark)) = self.next()? {
            match event {
                Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
                Event::DocumentStart(_) if root.is_some() => {
                    self.flaw(mark, "a second document begins here, wants one document");
                    return Ok(root);
                }
                Event::DocumentStart(_) => {}
                Event::Alias(_)
                | Event::Scalar(..)
                | Event::SequenceStart(..)
                | Event::SequenceEnd
                | Event::MappingStart(..)
                | Event::MappingEnd => root = self.node(event, mark, 0)?,
            }
        }
        Ok(root)
    }

    /// The node that begins with `event`; nothing if it was refused.
    fn node(&mut self, event: Event<'a>, mark: Mark, depth: usize) -> Result<Option<Node>, Flaw> {
        if depth > DEPTH_MAX {
            let message = format!("the nesting is too deep, wants at most {DEPTH_MAX} levels");
            return Err(Flaw { mark, message });
        }
        let (tagged, value) = match event {
            Event::Alias(_) => {
                self.flaw(mark, "an alias stands here, wants the value written out");
                return Ok(None);
            }
            Event::Scalar(text, style, _, tag) => {
                let plain = style == ScalarStyle::Plain;
                (tag.is_some(), Value::Scalar { text: text.into_owned(), plain })
            }
            Event::SequenceStart(_, tag) => (tag.is_some(), self.list(depth)?),
            Event::MappingStart(_, tag) => (tag.is_some(), self.map(mark, depth)?),
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd
            | Event::SequenceEnd
            | Event::MappingEnd => return Ok(None),
        };
        if tagged {
            self.flaw(mark, "a YAML tag stands here, wants a value without one");
            return Ok(None);
        }
        Ok(Some(Node { mark, value }))
    }

    fn list(&mut self, depth: usize) -> Result<Value, Flaw> {
        let mut items = Vec::new();
        while let Some((event, mark)) = self.next()? {
            if event == Event::SequenceEnd {
                break;
            }
            if let Some(item) = self.node(event, mark, depth + 1)? {
                items.push((items.len(), item));
            }
        }
        Ok(Value::List(items))
    }

    fn map(&mut self, _mark: Mark, depth: usize) -> Result<Value, Flaw> {
        let mut entries: Vec<Entry> = Vec::new();
        while let Some((event, mark)) = self.next()? {
            if event == Event::MappingEnd {
                break;
            }
            let key = match self.node(event, mark, depth + 1)? {
                Some(Node { value: Value::Scalar { text, .. }, .. }) => Some(text),
                Some(_) => {
                    self.flaw(mark, "a list or map stands as a field's name, wants a word");
                    None
                }
                None => None,
            };
            let Some((event, at)) = self.next()? else { break };
            let node = self.node(event, at, depth + 1)?;
            let (Some(key), Some(node)) = (key, node) else { continue };
            if let Some(first) = entries.iter().find(|e| e.key == key) {
                let message = format!(
                    "{key} is written twice, first in line {}; wants it once",
                    first.mark.line
                );
                self.flaw(mark, &message);
                continue;
            }
            entries.push(Entry { key, mark, node });
        }
        Ok(Value::Map(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_piece_knows_its_line_and_column() {
        let (root, flaws) = parse("a: 1\nb:\n  - c: x\n    d: [1, 2]\n", None);
        assert_eq!(flaws, []);
        let item = root.child("b").and_then(|b| b.child("0")).expect("b[0]");
        let mark = item.child_mark("d").expect("d");
        assert_eq!((mark.line, mark.column), (4, 5));
        let two = item.child("d").and_then(|d| d.child("1")).expect("d[1]");
        assert_eq!((two.mark.line, two.mark.column), (4, 12));
        assert_eq!(two.meaning(), Some(Scalar::Unsigned(2)));
    }

    #[test]
    fn plain_scalars_mean_what_yaml_1_2_says() {
        for (text, scalar) in [
            ("~", Scalar::Null),
            ("true", Scalar::Bool(true)),
            ("yes", Scalar::Text("yes")),
            ("off", Scalar::Text("off")),
            ("0x10", Scalar::Unsigned(16)),
            ("-3", Scalar::Signed(-3)),
            ("1e9", Scalar::Float(1e9)),
            ("-.inf", Scalar::Float(f64::NEG_INFINITY)),
            ("10min", Scalar::Text("10min")),
            ("infinity", Scalar::Text("infinity")),
        ] {
            assert_eq!(resolve(text), scalar, "{text}");
        }
    }

    #[test]
    fn a_bomb_of_brackets_is_refused() {
        let (_, flaws) = parse(&"[".repeat(100_000), None);
        assert_eq!(flaws.len(), 1);
    }
}
