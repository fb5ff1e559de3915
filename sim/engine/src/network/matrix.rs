//! Matrix: measured delays between hosts, n by n, from a text of numbers.
//!
//! One row a line, numbers apart by white space; the number in row i, column j is the delay from
//! host i to host j, so it may be asymmetric. A delay of zero (the diagonal, and what a coarse
//! clock rounded away) becomes half of the smallest positive delay in the matrix: so two nodes on
//! the same row are near each other, but not in the same place [ours].

use core::fmt;

use compup2p_protocol::time::Span;

use super::latency::{Kind, Unit};

/// The most rows that are read: 5,000 take 200 MB.
pub const ROWS_MAX: usize = 5_000;
/// The most misprints that are told about one file.
pub const MISPRINTS_MAX: usize = 20;
/// The longest delay that is believed, in seconds: a larger number speaks for a wrong unit.
const LONGEST_S: f64 = 3_600.0;

/// One-way delays between `rows` hosts. No delay is zero.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Matrix {
    rows: usize,
    /// Row by row.
    delays: Vec<Span>,
}

/// What is wrong at one place of a matrix file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Misprint {
    /// The file's name, as the user wrote it.
    pub file: String,
    /// Counted from 1.
    pub line: usize,
    /// Counted from 1, in characters.
    pub column: usize,
    /// What was found, what is wanted.
    pub message: String,
}

impl fmt::Display for Misprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.message)
    }
}

impl Matrix {
    /// How many hosts were measured.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The share of ordered pairs of different rows whose round trip takes longer than `limit`.
    pub fn slower_than(&self, limit: Span) -> f64 {
        let rows = self.rows();
        let pairs = (0..rows).flat_map(|a| (0..rows).map(move |b| (a, b))).filter(|(a, b)| a != b);
        let slow = |(a, b): &(usize, usize)| self.delay(*a, *b) + self.delay(*b, *a) > limit;
        pairs.filter(slow).count() as f64 / (rows * rows.saturating_sub(1)).max(1) as f64
    }

    /// From a host of row `from` to one of row `to`, one way.
    #[inline]
    pub fn delay(&self, from: usize, to: usize) -> Span {
        self.delays[from * self.rows + to]
    }
}

/// Reads the `text` of the file called `name`; blank lines are skipped. Tells everything that is
/// wrong, at most [`MISPRINTS_MAX`] things.
pub fn parse_matrix(
    name: &str,
    text: &str,
    unit: Unit,
    kind: Kind,
) -> Result<Matrix, Vec<Misprint>> {
    let mut reading = Reading { name, unit, kind, delays: Vec::new(), wrong: Vec::new() };
    let mut width = None;
    let mut rows = 0;
    let mut last = 1;
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        rows += 1;
        last = index + 1;
        if rows > ROWS_MAX {
            reading.tell(last, 1, format!("more than {ROWS_MAX} rows, wants at most {ROWS_MAX}"));
            break;
        }
        let numbers = reading.row(last, line);
        let wanted = *width.get_or_insert(numbers);
        if numbers != wanted {
            let message = format!("{numbers} numbers, wants {wanted} as in the first row");
            reading.tell(last, 1, message);
        }
        if reading.wrong.len() >= MISPRINTS_MAX {
            break;
        }
    }
    let width = width.unwrap_or(0);
    if reading.wrong.is_empty() && rows == 0 {
        reading.tell(1, 1, "nothing, wants rows of round-trip times".to_string());
    } else if reading.wrong.is_empty() && rows != width {
        reading.tell(last, 1, format!("{rows} rows of {width} numbers, wants as many rows"));
    }
    reading.end(rows)
}

struct Reading<'a> {
    name: &'a str,
    unit: Unit,
    kind: Kind,
    delays: Vec<Span>,
    wrong: Vec<Misprint>,
}

impl Reading<'_> {
    fn tell(&mut self, line: usize, column: usize, message: String) {
        if self.wrong.len() < MISPRINTS_MAX {
            self.wrong.push(Misprint { file: self.name.to_string(), line, column, message });
        }
    }

    /// Reads one row and answers how many numbers stand in it. Numbers beyond the bound on rows
    /// are counted but not kept.
    fn row(&mut self, line: usize, text: &str) -> usize {
        let mut numbers = 0;
        for word in text.split_whitespace() {
            numbers += 1;
            if numbers > ROWS_MAX {
                continue;
            }
            match self.span(word) {
                Ok(span) => self.delays.push(span),
                Err(message) => {
                    let start = word.as_ptr() as usize - text.as_ptr() as usize;
                    self.tell(line, text[..start].chars().count() + 1, message);
                }
            }
        }
        numbers
    }

    fn span(&self, word: &str) -> Result<Span, String> {
        let ns_per_unit = match self.unit {
            Unit::S => 1e9,
            Unit::Ms => 1e6,
            Unit::Us => 1e3,
        };
        let ways = match self.kind {
            Kind::Rtt => 2.0,
            Kind::OneWay => 1.0,
        };
        let wanted = "wants a number that is not negative";
        let number: f64 = word.parse().map_err(|_| format!("\"{}\", {wanted}", shortened(word)))?;
        if !number.is_finite() || number < 0.0 {
            return Err(format!("{}, {wanted}", shortened(word)));
        }
        if number * ns_per_unit > LONGEST_S * 1e9 {
            return Err(format!("{}, wants at most an hour: is the unit right?", shortened(word)));
        }
        Ok(Span((number * ns_per_unit / ways) as u64))
    }

    fn end(mut self, rows: usize) -> Result<Matrix, Vec<Misprint>> {
        let least = self.delays.iter().copied().filter(|delay| *delay > Span::ZERO).min();
        if least.is_none() && self.wrong.is_empty() {
            self.tell(1, 1, "no delay above zero, wants some".to_string());
        }
        if !self.wrong.is_empty() {
            return Err(self.wrong);
        }
        let near = Span(least.map_or(1, |least| (least.0 / 2).max(1)));
        for delay in self.delays.iter_mut().filter(|delay| **delay == Span::ZERO) {
            *delay = near;
        }
        Ok(Matrix { rows, delays: self.delays })
    }
}

/// The beginning of a word that may be very long.
fn shortened(word: &str) -> String {
    if word.chars().count() > 24 {
        word.chars().take(24).chain("...".chars()).collect()
    } else {
        word.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<String> {
        let wrong = parse_matrix("m.txt", text, Unit::Ms, Kind::Rtt).unwrap_err();
        wrong.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn one_way_is_half_of_a_round_trip_and_may_be_asymmetric() {
        let matrix = parse_matrix("m", "0 10\n\n30.5\t0\n", Unit::Ms, Kind::Rtt).unwrap();
        assert_eq!(matrix.rows(), 2);
        assert_eq!(matrix.delay(0, 1), Span::millis(5));
        assert_eq!(matrix.delay(1, 0), Span(15_250_000));
        let matrix = parse_matrix("m", "0 1e1\n30 0", Unit::Us, Kind::OneWay).unwrap();
        assert_eq!(matrix.delay(0, 1), Span(10_000));
    }

    #[test]
    fn two_nodes_of_one_row_are_half_the_smallest_delay_apart() {
        let matrix = parse_matrix("m", "0 1 0\n2 0 4\n2 2 0", Unit::S, Kind::Rtt).unwrap();
        assert_eq!(matrix.delay(1, 1), Span::millis(250));
        assert_eq!(matrix.delay(0, 2), Span::millis(250));
    }

    #[test]
    fn every_misprint_is_told_with_its_place() {
        assert_eq!(
            told("0 x 3\n-1  inf 2\n1 2\n1 2 7200001"),
            [
                "m.txt:1:3: \"x\", wants a number that is not negative",
                "m.txt:2:1: -1, wants a number that is not negative",
                "m.txt:2:5: inf, wants a number that is not negative",
                "m.txt:3:1: 2 numbers, wants 3 as in the first row",
                "m.txt:4:5: 7200001, wants at most an hour: is the unit right?",
            ]
        );
    }

    #[test]
    fn what_is_not_square_or_empty_is_refused() {
        assert_eq!(told("0 1\n"), ["m.txt:1:1: 1 rows of 2 numbers, wants as many rows"]);
        assert_eq!(told(" \n"), ["m.txt:1:1: nothing, wants rows of round-trip times"]);
        assert_eq!(told("0 0\n0 0"), ["m.txt:1:1: no delay above zero, wants some"]);
    }

    #[test]
    fn at_most_twenty_misprints_are_told_and_nothing_huge_is_kept() {
        assert_eq!(told(&"x ".repeat(1_000)).len(), MISPRINTS_MAX);
        assert_eq!(told(&"1\n".repeat(ROWS_MAX + 1)).len(), 1);
        assert_eq!(told(&"1 ".repeat(ROWS_MAX + 1)).len(), 1);
        assert!(told(&"9".repeat(1_000_000))[0].len() < 100);
    }
}
