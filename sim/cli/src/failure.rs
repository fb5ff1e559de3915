//! How the command ends when it does not end well.

use std::fmt;

/// Why the command did not do what it was asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Failure {
    /// The input was refused: these lines say why.
    BadInput(Vec<String>),
    /// A run failed, or its results could not be written.
    Failed(String),
    /// Judges found something wrong: their verdicts, and how to see it again.
    Convicted(Vec<String>),
    /// The user stopped it.
    Interrupted,
    /// The user stopped it; finished runs are kept there.
    Stopped(String),
}

impl Failure {
    /// The same, and what went wrong besides.
    pub(crate) fn and(self, besides: String) -> Self {
        match self {
            Self::Failed(reason) => Self::Failed(format!("{reason}\n{besides}")),
            Self::Convicted(mut lines) => {
                lines.push(besides);
                Self::Convicted(lines)
            }
            Self::BadInput(_) | Self::Interrupted | Self::Stopped(_) => self,
        }
    }

    /// The exit code.
    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::BadInput(_) => 2,
            Self::Failed(_) | Self::Convicted(_) => 1,
            Self::Interrupted | Self::Stopped(_) => 130,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadInput(lines) | Self::Convicted(lines) => f.write_str(&lines.join("\n")),
            Self::Failed(reason) => write!(f, "error: {reason}"),
            Self::Interrupted => f.write_str("interrupted; nothing was written"),
            Self::Stopped(kept) => write!(
                f,
                "interrupted; finished runs are kept in {kept}: the same command goes on from there"
            ),
        }
    }
}
