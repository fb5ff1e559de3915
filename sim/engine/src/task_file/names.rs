//! Names that are unknown, and the known ones that are meant.

use crate::scenario::nearest;

/// Longer names are not compared with each other.
const NAME_MAX: usize = 64;

/// The rest of the sentence that begins with what has the element or attribute `found`.
pub(super) fn is_unknown(found: &str, known: &[&str]) -> String {
    let name = cut(found);
    if known.is_empty() {
        return format!("{name} is unknown, wants nothing of the kind here");
    }
    match near(found, known) {
        Some(near) => format!("{name} is unknown, did you mean {near}?"),
        None => format!("{name} is unknown, wants one of {}", known.join(", ")),
    }
}

/// A hint at what is meant by `found`, for the end of a message.
pub(super) fn did_you_mean(found: &str, known: &[&str]) -> String {
    near(found, known).map(|near| format!(" (did you mean {near}?)")).unwrap_or_default()
}

/// The known name that is meant by `found`; case does not matter.
fn near<'k>(found: &str, known: &[&'k str]) -> Option<&'k str> {
    if found.len() > NAME_MAX {
        return None;
    }
    let same = known.iter().find(|name| name.eq_ignore_ascii_case(found));
    let short = known.iter().copied().filter(|name| name.len() <= NAME_MAX);
    same.copied().or_else(|| nearest(found, short))
}

/// A name, cut where it is long.
pub(super) fn cut(name: &str) -> &str {
    name.char_indices().nth(NAME_MAX).map_or(name, |(end, _)| &name[..end])
}
