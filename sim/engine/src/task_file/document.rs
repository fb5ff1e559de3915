//! An XML document as elements, one after another, each with its place in the text.
//!
//! Of XML that is left out what a task file has no use for, and what can do harm: document types,
//! and with them entities other than the five that XML itself has.

use super::TEXT_MAX;
use super::characters::{BLANK, is_allowed, is_blank, lines_as_one, refused, trim, trimmed};
use super::names::{cut, did_you_mean, is_unknown};
use crate::churn::trace::{FAULTS_MAX, Fault, Faults, shown};
use quick_xml::Reader;
use quick_xml::errors::{Error, IllFormedError};
use quick_xml::escape::{resolve_xml_entity, unescape};
use quick_xml::events::attributes::Attributes;
use quick_xml::events::{BytesDecl, BytesRef, Event};
use std::borrow::Cow;

/// How deep elements may stand in one another; a task file needs four.
const DEPTH_MAX: usize = 32;

/// A document, as it is read, and what is wrong in it.
pub(super) struct Document<'t> {
    text: &'t str,
    reader: Reader<&'t [u8]>,
    faults: Faults<'t>,
    /// How many elements are open.
    depth: usize,
    /// The line on which this byte is.
    line: (usize, usize),
}

/// An element that has begun.
pub(super) struct Element<'t> {
    /// Its name.
    pub(super) name: &'t str,
    /// Its start tag, a part of the document's text.
    pub(super) tag: &'t str,
    /// What follows the tag.
    behind: &'t str,
}

/// The text of an element or attribute.
pub(super) struct Text<'t> {
    /// Without white space around it, references resolved.
    pub(super) text: Cow<'t, str>,
    /// Where it begins in the document's text.
    pub(super) place: &'t str,
}

/// Reading cannot go on. The fault is told.
#[derive(Debug)]
pub(super) struct Stop;

/// What comes next in a document.
enum Part<'t> {
    Start(Element<'t>),
    End,
    /// Text, and its place.
    Text(Cow<'t, str>, &'t str),
    /// The end of the file, and its place.
    Eof(&'t str),
}

impl<'t> Document<'t> {
    pub(super) fn of(name: &'t str, text: &'t str) -> Self {
        let mut reader = Reader::from_str(text);
        let config = reader.config_mut();
        config.enable_all_checks(true);
        config.expand_empty_elements = true;
        Self { text, reader, faults: Faults::of(name), depth: 0, line: (0, 1) }
    }

    /// The faults, in their order in the file.
    pub(super) fn into_faults(self) -> Vec<Fault> {
        let mut faults = self.faults.into_vec();
        // The one after the last that is told says so, and stays behind.
        let told = faults.len().min(FAULTS_MAX);
        faults[..told].sort_by_key(|fault| (fault.line, fault.column));
        faults
    }

    /// Notes a fault at `place`, a part of the document's text.
    pub(super) fn fault(&mut self, place: &'t str, message: String) {
        if self.faults.too_many() {
            return;
        }
        let before = &self.text[..self.offset(place)];
        let start = before.rfind('\n').map_or(0, |end| end + 1);
        self.faults.on_line(newlines(before) + 1, &self.text[start..]);
        self.faults.add(place, message);
    }

    /// Whether more faults would be told.
    pub(super) fn go_on(&self) -> Result<(), Stop> {
        if self.faults.too_many() { Err(Stop) } else { Ok(()) }
    }

    /// Begins with the root, which must have this name.
    pub(super) fn root(&mut self, name: &str) -> Result<Element<'t>, Stop> {
        self.check_characters()?;
        loop {
            match self.next()? {
                Part::Start(root) if root.name == name => return Ok(root),
                Part::Start(root) => {
                    let found = shown(root.name);
                    let hint = did_you_mean(root.name, &[name]);
                    self.fault(root.tag, format!("the root is {found}, wants <{name}>{hint}"));
                    return Err(Stop);
                }
                Part::Text(text, _) if is_blank(&text) => {}
                Part::Text(text, place) => {
                    let found = shown(trimmed(&text));
                    self.fault(place, format!("{found} begins the file, wants <{name}>"));
                    return Err(Stop);
                }
                Part::End => {}
                Part::Eof(end) => {
                    self.fault(end, format!("there is no element, wants <{name}>"));
                    return Err(Stop);
                }
            }
        }
    }

    /// The next element in `parent`, if there is one before its end.
    pub(super) fn child(&mut self, parent: &Element<'t>) -> Result<Option<Element<'t>>, Stop> {
        loop {
            match self.next()? {
                Part::Start(child) => return Ok(Some(child)),
                Part::End => return Ok(None),
                Part::Text(text, _) if is_blank(&text) => {}
                Part::Text(text, place) => {
                    let (found, name) = (shown(trimmed(&text)), parent.name);
                    self.fault(place, format!("{found} stands in {name}, wants elements only"));
                }
                Part::Eof(end) => return self.cut(end, parent),
            }
        }
    }

    /// The text of `element`, up to its end; nothing if it is at fault.
    pub(super) fn text(&mut self, element: &Element<'t>) -> Result<Option<Text<'t>>, Stop> {
        let (mut text, mut place) = (Cow::Borrowed(""), element.behind);
        let (mut text_only, mut blank) = (true, true);
        loop {
            match self.next()? {
                Part::Start(child) => {
                    let (found, name) = (shown(child.name), element.name);
                    self.fault(child.tag, format!("{found} stands in {name}, wants text only"));
                    self.skip(&child)?;
                    text_only = false;
                }
                Part::End => break,
                Part::Text(more, at) => {
                    if blank {
                        place = at;
                    }
                    blank &= is_blank(&more);
                    if text.is_empty() {
                        text = more;
                    } else {
                        text.to_mut().push_str(&more);
                    }
                }
                Part::Eof(end) => return self.cut(end, element),
            }
        }
        let text = Some(Text { text: trim(text), place }).filter(|_| text_only);
        Ok(text.and_then(|text| self.checked(element.name, text)))
    }

    /// Passes over what is in `element`, up to its end.
    pub(super) fn skip(&mut self, element: &Element<'t>) -> Result<(), Stop> {
        let outside = self.depth - 1;
        while self.depth > outside {
            if let Part::Eof(end) = self.next()? {
                return self.cut(end, element);
            }
        }
        Ok(())
    }

    /// Refuses `element`, which `parent` does not have, and passes over it.
    pub(super) fn unknown(
        &mut self,
        parent: &Element<'t>,
        element: &Element<'t>,
        known: &[&str],
    ) -> Result<(), Stop> {
        let message = is_unknown(element.name, known);
        self.fault(element.tag, format!("{}.{message}", parent.name));
        self.skip(element)
    }

    /// Nothing but white space and comments may follow the root.
    pub(super) fn end(&mut self) -> Result<(), Stop> {
        loop {
            let (found, place) = match self.next()? {
                Part::Eof(_) => return Ok(()),
                Part::Text(text, _) if is_blank(&text) => continue,
                Part::Text(text, place) => (shown(trimmed(&text)), place),
                Part::Start(element) => (shown(element.name), element.tag),
                Part::End => continue,
            };
            self.fault(place, format!("{found} follows the root, wants the end of the file"));
            return Err(Stop);
        }
    }

    /// The attributes of `element`, each of which must be `known`, with their texts; nothing
    /// for a text that is at fault.
    pub(super) fn attributes<'k>(
        &mut self,
        element: &Element<'t>,
        known: &[&'k str],
    ) -> Vec<(&'k str, Option<Text<'t>>)> {
        let mut texts: Vec<(&'k str, Option<Text<'t>>)> = Vec::new();
        let tag = &element.tag[1..element.tag.len() - 1];
        let tag = tag.strip_suffix('/').unwrap_or(tag);
        let mut attributes = Attributes::new(tag, element.name.len());
        // Checking names against each other would take long for many.
        for attribute in attributes.with_checks(false) {
            let (key, value) = match attribute {
                Ok(attribute) => (attribute.key.0, attribute.value),
                Err(_) => {
                    let found = shown(trimmed(&tag[element.name.len()..]));
                    let message = format!("{found} are no attributes, wants name=\"text\"");
                    self.fault(element.tag, message);
                    break;
                }
            };
            // The place of the value; a borrowed one is a part of the document.
            let place = match value {
                Cow::Borrowed(value) => value,
                Cow::Owned(_) => key,
            };
            match known.iter().find(|name| **name == key) {
                None => {
                    let message = is_unknown(key, known);
                    self.fault(key, format!("{}.{message}", element.name));
                }
                Some(name) if texts.iter().any(|(other, _)| other == name) => {
                    self.fault(key, format!("{}.{key} is there twice, wants one", element.name));
                }
                Some(name) => texts.push((name, self.value(name, place))),
            }
            if self.faults.too_many() {
                break;
            }
        }
        texts
    }

    /// The line on which `place` is, from 1. Quick if places come in order.
    pub(super) fn line(&mut self, place: &'t str) -> usize {
        let offset = self.offset(place);
        let (from, line) = if self.line.0 <= offset { self.line } else { (0, 1) };
        self.line = (offset, line + newlines(&self.text[from..offset]));
        self.line.1
    }

    /// What comes next.
    fn next(&mut self) -> Result<Part<'t>, Stop> {
        loop {
            self.go_on()?;
            let place = self.behind();
            match self.reader.read_event() {
                // An empty element is told as a start and an end, as it was asked for above.
                Ok(Event::Start(start) | Event::Empty(start)) => {
                    return self.start(place, start.name().as_ref().len()).map(Part::Start);
                }
                Ok(Event::End(_)) => {
                    self.depth -= 1;
                    return Ok(Part::End);
                }
                Ok(Event::Text(text)) => {
                    let text = text.into_inner();
                    if text.contains("]]>") {
                        self.fault(place, "text has \"]]>\" in it, wants ]]&gt;".to_owned());
                    }
                    let blank = text.len() - text.trim_start_matches(BLANK).len();
                    return Ok(Part::Text(lines_as_one(text), &place[blank..]));
                }
                Ok(Event::CData(text)) => {
                    return Ok(Part::Text(lines_as_one(text.into_inner()), place));
                }
                Ok(Event::GeneralRef(name)) => {
                    return Ok(Part::Text(Cow::Owned(self.reference(place, &name)), place));
                }
                Ok(Event::Decl(declaration)) => self.declaration(place, &declaration)?,
                Ok(Event::DocType(_)) => return self.refuse_document_type(place),
                Ok(Event::Comment(_) | Event::PI(_)) => {}
                Ok(Event::Eof) => return Ok(Part::Eof(place)),
                Err(_) if is_document_type(place) => return self.refuse_document_type(place),
                Err(error) => {
                    let place = self.at(self.reader.error_position());
                    self.fault(place, malformed(&error));
                    return Err(Stop);
                }
            }
        }
    }

    /// The element whose start tag, at `place`, was just read.
    fn start(&mut self, place: &'t str, name: usize) -> Result<Element<'t>, Stop> {
        let behind = self.behind();
        let tag = &place[..place.len() - behind.len()];
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            let message = format!("elements stand deeper in one another than {DEPTH_MAX}");
            self.fault(tag, format!("{message}, wants SubTask in TaskFile"));
            return Err(Stop);
        }
        Ok(Element { name: &tag[1..1 + name], tag, behind })
    }

    /// The document ends before `element` does.
    fn cut<T>(&mut self, end: &'t str, element: &Element<'t>) -> Result<T, Stop> {
        let line = self.line(element.tag);
        let name = shown(element.name);
        self.fault(end, format!("the file ends in {name} of line {line}, wants its end tag"));
        Err(Stop)
    }

    /// A declaration is the first thing in a file, but for white space, which is often pasted
    /// with it; nothing else than UTF-8 can be declared.
    fn declaration(&mut self, place: &'t str, declaration: &BytesDecl<'_>) -> Result<(), Stop> {
        if self.depth > 0 || !is_blank(&self.text[..self.offset(place)]) {
            let wants = "wants it once, before everything else";
            self.fault(place, format!("an XML declaration stands here, {wants}"));
            return Err(Stop);
        }
        match declaration.version() {
            Ok(version) if matches!(&*version, "1.0" | "1.1") => {}
            Ok(version) => {
                let found = shown(&version);
                self.fault(place, format!("the version of XML is {found}, wants 1.0"));
            }
            Err(_) => self.fault(place, "the version of XML is missing, wants 1.0".to_owned()),
        }
        let encoding = match declaration.encoding() {
            None => return Ok(()),
            Some(encoding) => encoding.unwrap_or_default(),
        };
        if !["utf-8", "utf8", "us-ascii"].contains(&encoding.to_ascii_lowercase().as_str()) {
            let found = shown(&encoding);
            self.fault(place, format!("the encoding is {found}, wants UTF-8"));
        }
        Ok(())
    }

    fn refuse_document_type<T>(&mut self, place: &'t str) -> Result<T, Stop> {
        let message = "a DOCTYPE stands here, wants a file without it: its entities could grow \
                       beyond all bounds";
        self.fault(place, message.to_owned());
        Err(Stop)
    }

    /// What a reference in a text stands for.
    fn reference(&mut self, place: &'t str, name: &BytesRef<'_>) -> String {
        let character = match name.resolve_char_ref() {
            Ok(Some(character)) => Some(character).filter(|&character| is_allowed(character)),
            Ok(None) => return self.entity(place, name),
            Err(_) => None,
        };
        if character.is_none() {
            let wants = "wants one that XML allows, such as &#65;";
            self.fault(place, format!("&{name}; is no character, {wants}", name = cut(name)));
        }
        character.map(String::from).unwrap_or_default()
    }

    fn entity(&mut self, place: &'t str, name: &str) -> String {
        let entity = resolve_xml_entity(name);
        if entity.is_none() {
            let wants = "wants &lt; &gt; &amp; &apos; &quot; or a character such as &#65;";
            self.fault(place, format!("&{}; is unknown, {wants}", cut(name)));
        }
        entity.unwrap_or_default().to_owned()
    }

    /// The text of the attribute `name`, which reads `raw` in the document.
    fn value(&mut self, name: &str, raw: &'t str) -> Option<Text<'t>> {
        let wants = "wants &lt; &gt; &amp; &apos; &quot; or a character such as &#65;";
        let message = match unescape(raw) {
            Ok(_) if raw.contains('<') => format!("{name} has \"<\" in it, wants &lt;"),
            Ok(text) if text.chars().all(is_allowed) => {
                return self.checked(name, Text { text: trim(text), place: raw });
            }
            Ok(_) => format!("{name} has a character in it that XML does not allow, {wants}"),
            Err(_) => format!("{name} has an unknown or unfinished reference in it, {wants}"),
        };
        self.fault(raw, message);
        None
    }

    /// The text, if it is not too long.
    fn checked(&mut self, name: &str, text: Text<'t>) -> Option<Text<'t>> {
        let found = text.text.len();
        if found <= TEXT_MAX {
            return Some(text);
        }
        let message = format!("{name} has {found} bytes of text, wants at most {TEXT_MAX}");
        self.fault(text.place, message);
        None
    }

    /// Refuses what no XML document has.
    fn check_characters(&mut self) -> Result<(), Stop> {
        // A second mark of the byte order; the first is gone.
        let marked = self.text.starts_with('\u{feff}').then_some(0);
        let found = marked.or_else(|| refused(self.text));
        let Some(offset) = found else { return Ok(()) };
        let place = &self.text[offset..];
        let code = place.chars().next().map_or(0, u32::from);
        self.fault(
            place,
            format!("the character U+{code:04X} stands here, wants none such in XML"),
        );
        Err(Stop)
    }

    /// What has not been read yet.
    fn behind(&self) -> &'t str {
        self.at(self.reader.buffer_position())
    }

    fn at(&self, offset: u64) -> &'t str {
        self.text.get(offset as usize..).unwrap_or(&self.text[self.text.len()..])
    }

    /// Where `place`, a part of the text, begins.
    fn offset(&self, place: &str) -> usize {
        let offset = (place.as_ptr() as usize).wrapping_sub(self.text.as_ptr() as usize);
        debug_assert!(self.text.is_char_boundary(offset), "the place is a part of the text");
        if self.text.is_char_boundary(offset) { offset } else { 0 }
    }
}

fn newlines(text: &str) -> usize {
    text.bytes().filter(|&byte| byte == b'\n').count()
}

fn is_document_type(text: &str) -> bool {
    const START: &[u8] = b"<!DOCTYPE";
    text.as_bytes().get(..START.len()).is_some_and(|start| start.eq_ignore_ascii_case(START))
}

/// What is wrong with the XML, and what is wanted.
fn malformed(error: &Error) -> String {
    match error {
        Error::IllFormed(IllFormedError::MismatchedEndTag { expected, found }) => {
            format!("the end tag is {}, wants {}", shown(found), shown(expected))
        }
        Error::IllFormed(IllFormedError::UnmatchedEndTag(found)) => {
            format!("the end tag is {}, wants a start tag before it", shown(found))
        }
        Error::IllFormed(IllFormedError::UnclosedReference) => {
            "\"&\" is followed by no name and \";\", wants &amp; for the sign itself".to_owned()
        }
        Error::Syntax(error) => format!("{error}, wants well-formed XML"),
        Error::IllFormed(error) => format!("{error}, wants well-formed XML"),
        other => format!("{other}, wants well-formed XML"),
    }
}
