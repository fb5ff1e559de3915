//! A complaint about one field of a scenario: what was found, what would be accepted.

use core::fmt;

/// What is wrong with one field. Shown as `latency.mean is "0s", wants a positive duration`.
/// Who knows where the field stands in which file puts that in front.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Complaint {
    /// The field's path, relative to what was checked, such as `latency.mean` or `[3].share`.
    pub field: String,
    /// What was found and what is wanted: `is "0s", wants a positive duration such as 50ms`.
    pub message: String,
}

impl Complaint {
    /// `field` is `found`, but should be what `wanted` says.
    pub fn new(field: &str, found: impl fmt::Display, wanted: &str) -> Self {
        Self { field: field.to_string(), message: format!("is \"{found}\", wants {wanted}") }
    }

    /// The same complaint, its path seen from the owner of `parent`.
    pub fn within(mut self, parent: &str) -> Self {
        let dot = if self.field.is_empty() || self.field.starts_with('[') { "" } else { "." };
        self.field = format!("{parent}{dot}{}", self.field);
        self
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.field, self.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_complaint_grows_its_path_upwards() {
        let inner = Complaint::new("share", 2, "a number above 0 and at most 1");
        assert_eq!(
            inner.within("[3]").within("faults").to_string(),
            "faults[3].share is \"2\", wants a number above 0 and at most 1"
        );
    }
}
