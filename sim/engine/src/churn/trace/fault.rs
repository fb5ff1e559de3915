//! What is wrong in a file, and where.

use std::fmt;

/// What is wrong at one place of a file.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Fault {
    /// The file, as it was named.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What was found, and what would be accepted.
    pub message: String,
}

/// So many faults of one file are told; then reading stops.
pub const FAULTS_MAX: usize = 20;

/// The longest time a trace may name: 100 years of 365.25 days, in seconds.
const SECONDS_MAX: u64 = 3_155_760_000;
/// So much of what was found is shown.
const SHOWN_MAX: usize = 40;

impl Fault {
    pub(crate) fn new(file: &str, line: usize, column: usize, message: impl Into<String>) -> Self {
        Self { file: file.to_string(), line, column, message: message.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.message)
    }
}

/// The faults of one file, as it is read line by line.
pub(crate) struct Faults<'a> {
    file: &'a str,
    line: usize,
    text: &'a str,
    found: Vec<Fault>,
}

impl<'a> Faults<'a> {
    pub(crate) fn of(file: &'a str) -> Self {
        Self { file, line: 1, text: "", found: Vec::new() }
    }

    /// From now on faults are on this line (from 1), which reads `text`.
    pub(crate) fn on_line(&mut self, line: usize, text: &'a str) {
        self.line = line;
        self.text = text;
    }

    /// Notes a fault at `place`, a part of the line's text.
    pub(crate) fn add(&mut self, place: &str, message: String) {
        if self.too_many() {
            return;
        }
        // `place` points into `text`: their distance is the column.
        let bytes = (place.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        let column = self.text.get(..bytes).map_or(0, |before| before.chars().count()) + 1;
        self.found.push(Fault::new(self.file, self.line, column, message));
        if self.found.len() == FAULTS_MAX {
            let message = format!("{FAULTS_MAX} faults so far; what follows was not read");
            self.found.push(Fault::new(self.file, self.line, column, message));
        }
    }

    pub(crate) fn too_many(&self) -> bool {
        self.found.len() > FAULTS_MAX
    }

    pub(crate) fn are_none(&self) -> bool {
        self.found.is_empty()
    }

    pub(crate) fn into_vec(self) -> Vec<Fault> {
        self.found
    }

    /// The start and stop of a session, in nanoseconds, if they are one.
    pub(crate) fn session(&mut self, start: &str, stop: &str) -> Option<(u64, u64)> {
        let times = (self.seconds("start", start), self.seconds("stop", stop));
        let (Some(from), Some(to)) = times else { return None };
        if to < from {
            let message =
                format!("stop is {}, wants a time not before start, {}", shown(stop), shown(start));
            self.add(stop, message);
            return None;
        }
        Some((from, to))
    }

    fn seconds(&mut self, field: &str, text: &str) -> Option<u64> {
        let ns = nanoseconds(text);
        if ns.is_none() {
            let found = shown(text);
            let wanted = format!("a number of seconds from 0 to {SECONDS_MAX} (100 years)");
            self.add(text, format!("{field} is {found}, wants {wanted}"));
        }
        ns
    }
}

/// The text that is in the file `name`, without a byte order mark; `wanted` is what is wanted if
/// it is none.
pub(crate) fn plain_text<'b>(
    name: &str,
    bytes: &'b [u8],
    wanted: &str,
) -> Result<&'b str, Vec<Fault>> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let good = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
        let line = good.rsplit('\n').next().unwrap_or_default();
        let message = format!("what follows is not UTF-8 text, wants {wanted}");
        let number = good.matches('\n').count() + 1;
        vec![Fault::new(name, number, line.chars().count() + 1, message)]
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// What was found, in quotes, cut where it is long.
pub(crate) fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN_MAX) {
        Some((cut, _)) => format!("\"{}...\"", &text[..cut]),
        None => format!("\"{text}\""),
    }
}

/// Seconds, whole or not, as nanoseconds; nothing if no number, negative, not finite, too large.
fn nanoseconds(text: &str) -> Option<u64> {
    const NS_PER_S: u64 = 1_000_000_000;
    if let Ok(whole) = text.parse::<u64>() {
        return (whole <= SECONDS_MAX).then(|| whole * NS_PER_S);
    }
    let number: f64 = text.parse().ok()?;
    let accepted = (0.0..=SECONDS_MAX as f64).contains(&number);
    accepted.then(|| libm::round(number * NS_PER_S as f64) as u64)
}
