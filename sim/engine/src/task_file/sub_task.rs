//! One `SubTask` of a task file.

use super::dependencies::Dependencies;
use super::document::{Document, Element, Stop, Text};
use super::names::did_you_mean;
use super::{InputFile, Interval, SubTaskElement, Verify};
use crate::churn::trace::shown;
use compup2p_protocol::time::Span;

/// The elements of a sub-task, in the order of [`FIELDS`].
#[derive(Clone, Copy, PartialEq, Eq)]
enum Field {
    CpuCycles,
    CheckPointDataSize,
    Price,
    File,
    InputParameters,
    OutputFiles,
    Id,
    DependsOn,
    Deadline,
    Replicas,
    Verify,
    Platform,
    CheckpointInterval,
    InputFile,
    CodeBytes,
    OutputBytes,
}

/// As the file names them: those of the paper, then ours.
const FIELDS: [(&str, Field); 16] = [
    ("CpuCycles", Field::CpuCycles),
    ("CheckPointDataSize", Field::CheckPointDataSize),
    ("Price", Field::Price),
    ("File", Field::File),
    ("InputParameters", Field::InputParameters),
    ("OutputFiles", Field::OutputFiles),
    ("Id", Field::Id),
    ("DependsOn", Field::DependsOn),
    ("Deadline", Field::Deadline),
    ("Replicas", Field::Replicas),
    ("Verify", Field::Verify),
    ("Platform", Field::Platform),
    ("CheckpointInterval", Field::CheckpointInterval),
    ("InputFile", Field::InputFile),
    ("CodeBytes", Field::CodeBytes),
    ("OutputBytes", Field::OutputBytes),
];

/// Without these there is no task.
const MANDATORY: [Field; 3] = [Field::CpuCycles, Field::Price, Field::File];
/// These may be there more than once.
const REPEATABLE: [Field; 3] = [Field::DependsOn, Field::Platform, Field::InputFile];

/// The most cycles of a sub-task.
const CYCLES_MAX: f64 = 1e18;
/// The highest price of a sub-task, in credits.
const PRICE_MAX: f64 = 4e9;
/// The most bytes of anything: a petabyte.
const SIZE_MAX: u64 = 1_000_000_000_000_000;
/// The most replicas of a sub-task.
const REPLICAS_MAX: u8 = 99;

/// Reads `element`, the sub-task at `place` in the file. What is at fault is told, and left as it
/// is not said.
pub(super) fn read<'t>(
    document: &mut Document<'t>,
    element: &Element<'t>,
    place: u32,
    dependencies: &mut Dependencies<'t>,
) -> Result<SubTaskElement, Stop> {
    document.attributes(element, &[]);
    let mut read = SubTaskElement::empty(document.line(element.tag));
    let mut seen: [Option<&'t str>; FIELDS.len()] = [None; FIELDS.len()];
    while let Some(child) = document.child(element)? {
        let Some(&(name, field)) = FIELDS.iter().find(|(name, _)| *name == child.name) else {
            document.unknown(element, &child, &FIELDS.map(|(name, _)| name))?;
            continue;
        };
        if let Some(first) = seen[field as usize].replace(child.tag)
            && !REPEATABLE.contains(&field)
        {
            let line = document.line(first);
            let message = format!("{name} is on line {line} too, wants one a SubTask");
            document.fault(child.tag, message);
            document.skip(&child)?;
            continue;
        }
        if field != Field::InputFile {
            document.attributes(&child, &[]);
        }
        match field {
            Field::CpuCycles => {
                read.cycles = number(document, &child, CYCLES_MAX, "cycles")?.unwrap_or_default();
            }
            Field::CheckPointDataSize => {
                read.checkpoint_bytes = size(document, &child)?.unwrap_or_default();
            }
            Field::Price => {
                read.price = number(document, &child, PRICE_MAX, "credits")?.unwrap_or_default();
            }
            Field::File => read.code = name_of(document, &child)?.unwrap_or_default(),
            Field::InputParameters => read.params = list(document, &child, "Param")?,
            Field::OutputFiles => read.outputs = list(document, &child, "OutputFile")?,
            Field::Id => {
                if let Some(id) = document.text(&child)? {
                    let line = read.line;
                    read.id = dependencies.name(document, place, line, id);
                }
            }
            Field::DependsOn => {
                if let Some(ids) = document.text(&child)? {
                    dependencies.add(document, place, ids);
                }
            }
            Field::Deadline => {
                read.deadline = parsed(document, &child, "a duration such as 30min", duration)?;
            }
            Field::Replicas => {
                let wants = format!("a whole number from 1 to {REPLICAS_MAX}");
                let fits = |number: &u8| (1..=REPLICAS_MAX).contains(number);
                read.replicas =
                    parsed(document, &child, &wants, |text| text.parse().ok().filter(fits))?;
            }
            Field::Verify => read.verify = verify(document, &child)?,
            Field::Platform => read.platforms.extend(name_of(document, &child)?),
            Field::CheckpointInterval => {
                let wants = "a duration such as 30min, young or daly";
                read.checkpoint_interval = parsed(document, &child, wants, |text| match text {
                    "young" => Some(Interval::Young),
                    "daly" => Some(Interval::Daly),
                    other => duration(other).map(Interval::Fixed),
                })?;
            }
            Field::InputFile => read.inputs.extend(input_file(document, &child)?),
            Field::CodeBytes => read.code_bytes = size(document, &child)?,
            Field::OutputBytes => read.output_bytes = size(document, &child)?,
        }
    }
    for (name, field) in FIELDS {
        if MANDATORY.contains(&field) && seen[field as usize].is_none() {
            document.fault(element.tag, format!("SubTask has no {name}, wants it"));
        }
    }
    Ok(read)
}

impl SubTaskElement {
    /// Of which nothing is said.
    fn empty(line: usize) -> Self {
        Self {
            line,
            id: None,
            after: Vec::new(),
            cycles: 0.0,
            checkpoint_bytes: 0,
            price: 0.0,
            code: String::new(),
            params: Vec::new(),
            outputs: Vec::new(),
            deadline: None,
            replicas: None,
            verify: None,
            platforms: Vec::new(),
            checkpoint_interval: None,
            inputs: Vec::new(),
            code_bytes: None,
            output_bytes: None,
        }
    }
}

/// The value of `element`; nothing if it is at fault.
fn parsed<'t, T>(
    document: &mut Document<'t>,
    element: &Element<'t>,
    wants: &str,
    read: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, Stop> {
    let Some(text) = document.text(element)? else { return Ok(None) };
    Ok(value(document, element.name, text, wants, read))
}

/// The value of the element or attribute `name`, which reads `text`; nothing if it is at fault.
fn value<'t, T>(
    document: &mut Document<'t>,
    name: &str,
    text: Text<'t>,
    wants: &str,
    read: impl Fn(&str) -> Option<T>,
) -> Option<T> {
    let value = read(&text.text);
    if value.is_none() {
        document.fault(text.place, format!("{name} is {}, wants {wants}", shown(&text.text)));
    }
    value
}

/// A number of `units`, more than zero.
fn number<'t>(
    document: &mut Document<'t>,
    element: &Element<'t>,
    most: f64,
    units: &str,
) -> Result<Option<f64>, Stop> {
    let wants = format!("a number of {units}, more than 0, up to {most:e}");
    let fits = |number: &f64| *number > 0.0 && *number <= most;
    parsed(document, element, &wants, |text| text.parse().ok().filter(fits))
}

/// A size in bytes.
fn size<'t>(document: &mut Document<'t>, element: &Element<'t>) -> Result<Option<u64>, Stop> {
    parsed(document, element, &wanted_size(), bytes)
}

fn wanted_size() -> String {
    format!("a whole number of bytes up to {SIZE_MAX}")
}

fn bytes(text: &str) -> Option<u64> {
    text.parse().ok().filter(|&bytes| bytes <= SIZE_MAX)
}

fn duration(text: &str) -> Option<Span> {
    text.parse().ok().filter(|&span| span > Span::ZERO)
}

/// A text that is not empty.
fn name_of<'t>(document: &mut Document<'t>, element: &Element<'t>) -> Result<Option<String>, Stop> {
    parsed(document, element, "a name", nonempty)
}

fn nonempty(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn verify<'t>(document: &mut Document<'t>, element: &Element<'t>) -> Result<Option<Verify>, Stop> {
    const KNOWN: [(&str, Verify); 3] =
        [("none", Verify::None), ("known", Verify::Known), ("verifiable", Verify::Verifiable)];
    let Some(text) = document.text(element)? else { return Ok(None) };
    let hint = did_you_mean(&text.text, &KNOWN.map(|(name, _)| name));
    let wants = format!("none, known or verifiable{hint}");
    Ok(value(document, element.name, text, &wants, |text| {
        KNOWN.iter().find(|(name, _)| *name == text).map(|&(_, verify)| verify)
    }))
}

/// A list, each of whose items is a `name`. If it says their `Count`, it must be right.
fn list<'t>(
    document: &mut Document<'t>,
    element: &Element<'t>,
    name: &str,
) -> Result<Vec<String>, Stop> {
    let mut items = Vec::new();
    let mut found: usize = 0;
    let mut count: Option<(&'t str, Option<Text<'t>>)> = None;
    while let Some(child) = document.child(element)? {
        if child.name == name {
            document.attributes(&child, &[]);
            found += 1;
            // A parameter may be an empty text, a file has a name.
            items.extend(match name {
                "Param" => document.text(&child)?.map(|text| text.text.into_owned()),
                _ => name_of(document, &child)?,
            });
        } else if child.name != "Count" {
            document.unknown(element, &child, &["Count", name])?;
        } else if let Some((first, _)) = count {
            let line = document.line(first);
            document.fault(child.tag, format!("Count is on line {line} too, wants one"));
            document.skip(&child)?;
        } else {
            document.attributes(&child, &[]);
            count = Some((child.tag, document.text(&child)?));
        }
    }
    if let Some((_, Some(count))) = count {
        let wants = format!("{found}, the number of {name} beside it");
        let fits = |text: &str| text.parse().ok().filter(|&count: &usize| count == found);
        value(document, "Count", count, &wants, fits);
    }
    Ok(items)
}

/// An `InputFile`, whose name and size are attributes or elements.
fn input_file<'t>(
    document: &mut Document<'t>,
    element: &Element<'t>,
) -> Result<Option<InputFile>, Stop> {
    let [mut name, mut size]: [Option<Text<'t>>; 2] = [None, None];
    // Whether it was said, if not rightly.
    let [mut named, mut sized] = [false; 2];
    for (key, text) in document.attributes(element, &["name", "bytes"]) {
        let (slot, said) =
            if key == "name" { (&mut name, &mut named) } else { (&mut size, &mut sized) };
        (*slot, *said) = (text, true);
    }
    while let Some(child) = document.child(element)? {
        let (slot, said) = match child.name {
            "Name" => (&mut name, &mut named),
            "Bytes" => (&mut size, &mut sized),
            _ => {
                document.unknown(element, &child, &["Name", "Bytes"])?;
                continue;
            }
        };
        if std::mem::replace(said, true) {
            document.fault(child.tag, format!("{} is there twice, wants one", child.name));
            document.skip(&child)?;
            continue;
        }
        document.attributes(&child, &[]);
        *slot = document.text(&child)?;
    }
    for (said, what) in [(named, "Name"), (sized, "Bytes")] {
        if !said {
            document.fault(element.tag, format!("InputFile has no {what}, wants it"));
        }
    }
    let name = name.and_then(|text| value(document, "Name", text, "a name", nonempty));
    let bytes = size.and_then(|text| value(document, "Bytes", text, &wanted_size(), bytes));
    Ok(name.zip(bytes).map(|(name, bytes)| InputFile { name, bytes }))
}
