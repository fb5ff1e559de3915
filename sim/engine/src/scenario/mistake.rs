//! Located mistakes: where a scenario is wrong, what was found, what would be accepted.

use std::fmt;

/// Where a piece of a scenario was written.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Place {
    /// In a file; lines and columns count from 1.
    File {
        /// The file as the user named it.
        file: String,
        /// The line.
        line: usize,
        /// The column, in characters.
        column: usize,
    },
    /// On the command line, as the user wrote it: `--set market.width=0`.
    Option(String),
}

/// Something wrong with a scenario. Its text is `place: path is found, wants this`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Mistake {
    /// Where.
    pub place: Place,
    /// The path of the field (`churn.session.mean`, `faults[0].at`); empty for the whole file.
    pub path: String,
    /// The rest of the sentence: what was found, and what would be accepted.
    pub message: String,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { file, line, column } => write!(f, "{file}:{line}:{column}"),
            Self::Option(option) => f.write_str(option),
        }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let space = if self.path.is_empty() { "" } else { " " };
        write!(f, "{}: {}{space}{}", self.place, self.path, self.message)
    }
}

/// The name among `known` that a person who wrote `found` may have meant.
pub fn nearest<'a>(found: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(found, name), name))
        .filter(|&(distance, name)| distance <= 1 + found.len().min(name.len()) / 3)
        .min()
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_near() {
        let known = ["nodes", "name", "duration"];
        assert_eq!(nearest("node", known), Some("nodes"));
        assert_eq!(nearest("druation", known), Some("duration"));
        assert_eq!(nearest("latency", known), None);
    }
}
