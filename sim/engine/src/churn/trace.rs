//! Sessions that were measured: for each row of a trace, when its node is up.

mod avt;
mod fault;
mod sessions_csv;

use compup2p_protocol::time::Span;

pub use avt::parse_avt;
pub use fault::{FAULTS_MAX, Fault};
pub(crate) use fault::{Faults, plain_text, shown};
pub use sessions_csv::parse_sessions_csv;

/// When every node of a trace is up. Node i follows row i modulo the number of rows: with more
/// nodes than rows, several nodes go up and down together.
///
/// Sessions are sorted, those that touch or overlap are one, those of no length are none.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Trace {
    /// Start and stop of each session, row after row, in nanoseconds, strictly rising in a row.
    bounds: Vec<u64>,
    /// Where in `bounds` each row ends.
    ends: Vec<usize>,
    /// The last stop of any row.
    end: u64,
}

impl Trace {
    /// Reads the trace that `bytes` hold, in the format that the file's `name` ends in: `.avt`
    /// or `.csv`. Refused with all faults at once (the first [`FAULTS_MAX`]).
    pub fn parse(name: &str, bytes: &[u8]) -> Result<Self, Vec<Fault>> {
        let text = plain_text(name, bytes, "a trace in plain text")?;
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        match ending.to_ascii_lowercase().as_str() {
            "avt" => parse_avt(name, text),
            "csv" => parse_sessions_csv(name, text),
            other => {
                let message = format!(
                    "the name ends in \".{other}\", wants .avt (id n start stop ...) or .csv \
                     (node,start_s,stop_s)"
                );
                Err(vec![Fault::new(name, 1, 1, message)])
            }
        }
    }

    /// How many rows it has, at least one.
    pub fn rows(&self) -> usize {
        self.ends.len()
    }

    /// How many sessions it has in all, at least one.
    pub fn sessions(&self) -> usize {
        self.bounds.len() / 2
    }

    /// When its last session ends.
    pub fn length(&self) -> Span {
        Span(self.end)
    }

    /// The sessions of `who`: start and stop, each from the beginning of the trace.
    pub fn sessions_of(&self, who: u32) -> impl Iterator<Item = (Span, Span)> {
        self.row(who).chunks_exact(2).map(|pair| (Span(pair[0]), Span(pair[1])))
    }

    /// Whether `who` is up when the trace begins.
    pub fn starts_up(&self, who: u32) -> bool {
        self.row(who).first() == Some(&0)
    }

    /// When the `nth` period of `who` ends, from the beginning of the trace, if it ends.
    ///
    /// A trace that `repeats` begins again where its last session ends; else all stay down then.
    pub fn change(&self, who: u32, nth: u64, repeats: bool) -> Option<Span> {
        let row = self.row(who);
        let starts_up = self.starts_up(who);
        if !repeats {
            return row.get(nth as usize + usize::from(starts_up)).copied().map(Span);
        }
        let (round, first) = if starts_up && row.last() == Some(&self.end) {
            // Up at the seam: no change there.
            (&row[1..row.len() - 1], 0)
        } else {
            (row, u64::from(starts_up))
        };
        let length = round.len() as u64;
        let (rounds, place) =
            ((nth + first).checked_div(length)?, (nth + first).checked_rem(length)?);
        self.end.checked_mul(rounds)?.checked_add(round[place as usize]).map(Span)
    }

    fn row(&self, who: u32) -> &[u64] {
        let row = who as usize % self.ends.len();
        let start = row.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bounds[start..self.ends[row]]
    }

    fn empty() -> Self {
        Self { bounds: Vec::new(), ends: Vec::new(), end: 0 }
    }

    /// Adds a row with these sessions, which come in any order.
    fn push_row(&mut self, sessions: &mut [(u64, u64)]) {
        sessions.sort_unstable();
        let row = self.bounds.len();
        for &mut (start, stop) in sessions.iter_mut().filter(|session| session.0 < session.1) {
            match self.bounds[row..].last_mut() {
                Some(last) if start <= *last => *last = stop.max(*last),
                Some(_) | None => self.bounds.extend([start, stop]),
            }
        }
        self.end = self.end.max(self.bounds[row..].last().copied().unwrap_or(0));
        self.ends.push(self.bounds.len());
    }
}

#[cfg(test)]
mod tests;
