//! The characters of XML: which are white space, and which are none at all.

use std::borrow::Cow;

/// White space, in XML.
pub(super) const BLANK: [char; 4] = [' ', '\t', '\r', '\n'];
/// The same as bytes.
const BYTES: &[u8] = b" \t\r\n";

pub(super) fn is_blank(text: &str) -> bool {
    trimmed(text).is_empty()
}

pub(super) fn trimmed(text: &str) -> &str {
    text.trim_matches(BLANK)
}

pub(super) fn trim(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(trimmed(text)),
        Cow::Owned(text) => Cow::Owned(trimmed(&text).to_owned()),
    }
}

/// XML reads every end of a line as one character.
pub(super) fn lines_as_one(text: Cow<'_, str>) -> Cow<'_, str> {
    if trimmed(&text).contains('\r') {
        return Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"));
    }
    text
}

/// Whether XML allows this character.
pub(super) fn is_allowed(character: char) -> bool {
    !matches!(character, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}')
        && !matches!(character, '\u{fffe}' | '\u{ffff}')
}

/// Where the first character is that XML does not allow.
pub(super) fn refused(text: &str) -> Option<usize> {
    // Nearly all of them are below the space, and found quickly as bytes.
    let control = text.bytes().position(|byte| byte < b' ' && !BYTES.contains(&byte));
    control.or_else(|| text.find(['\u{fffe}', '\u{ffff}']))
}
