//! Loads that were measured: a CSV file, plain or compressed by gzip.
//!
//! A line a machine, `name,percent,percent,...`: its name, then its load, 0 to 100, at moments
//! that are equally far apart. There is no header; lines may be of different lengths.

use crate::churn::trace::{Fault, Faults, plain_text, shown};
use crate::gzip::unpacked;
use compup2p_protocol::idle::OwnerLoad;
use std::collections::BTreeMap;

/// The most bytes that a file may unpack to: a quarter of a gigabyte.
const UNPACKED_MAX: u64 = 1 << 28;

/// The loads of some machines, each from the start of the run. A series that is over begins
/// again.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LoadTrace {
    /// Machine after machine.
    loads: Vec<OwnerLoad>,
    /// Where in `loads` each machine ends; none is empty.
    ends: Vec<usize>,
}

impl LoadTrace {
    /// Reads the file called `name`, in which are `bytes`. Refused with all faults at once (the
    /// first [`FAULTS_MAX`](crate::churn::trace::FAULTS_MAX)).
    pub fn parse(name: &str, bytes: &[u8]) -> Result<Self, Vec<Fault>> {
        let bytes = unpacked(name, bytes, UNPACKED_MAX)?;
        read(name, plain_text(name, &bytes, "a trace of loads in plain text, or gzip")?)
    }

    /// How many series there are, at least one.
    pub fn series(&self) -> usize {
        self.ends.len()
    }

    /// The `nth` load of a series.
    pub fn load(&self, series: usize, nth: u64) -> OwnerLoad {
        let start = series.checked_sub(1).map_or(0, |before| self.ends[before]);
        let loads = &self.loads[start..self.ends[series]];
        loads[(nth % loads.len() as u64) as usize]
    }
}

fn read(name: &str, text: &str) -> Result<LoadTrace, Vec<Fault>> {
    let mut faults = Faults::of(name);
    let mut trace = LoadTrace { loads: Vec::new(), ends: Vec::new() };
    let mut lines_of = BTreeMap::new();
    for (line, row) in (1..).zip(text.lines()) {
        faults.on_line(line, row);
        if row.trim().is_empty() {
            continue;
        }
        let mut fields = row.split(',').map(str::trim);
        let machine = fields.next().unwrap_or_default();
        let found = shown(machine);
        if machine.is_empty() {
            faults.add(machine, "the machine's name is \"\", wants a name".to_owned());
        } else if let Some(first) = lines_of.insert(machine, line) {
            let wants = "wants one line a machine";
            faults.add(machine, format!("machine {found} is on line {first} too, {wants}"));
        }
        let before = trace.loads.len();
        for field in fields {
            trace.loads.push(load(&mut faults, field));
        }
        if trace.loads.len() == before {
            let after = &row[row.len()..];
            let wants = "wants a comma and its loads in percent";
            faults.add(after, format!("machine {found} ends here, {wants}"));
        }
        trace.ends.push(trace.loads.len());
        if faults.too_many() {
            break;
        }
    }
    if faults.are_none() && trace.ends.is_empty() {
        faults.on_line(1, text);
        let message = "there is no machine, wants at least one line: name,percent,percent,...";
        faults.add(text, message.to_owned());
    }
    if faults.are_none() { Ok(trace) } else { Err(faults.into_vec()) }
}

/// A load in percent.
fn load(faults: &mut Faults<'_>, text: &str) -> OwnerLoad {
    let percent = text.parse().ok().filter(|percent| (0.0..=100.0).contains(percent));
    if percent.is_none() {
        let found = shown(text);
        faults.add(text, format!("load is {found}, wants a percentage from 0 to 100"));
    }
    super::nearest(percent.unwrap_or(0.0) / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gzip::packed;

    fn told(name: &str, bytes: &[u8]) -> Vec<String> {
        LoadTrace::parse(name, bytes).unwrap_err().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn each_line_is_a_series_of_its_own_length() {
        let trace = LoadTrace::parse("x.csv", b"a, 0 ,100\r\n\nb,12.34\n").unwrap();
        assert_eq!(trace.series(), 2);
        let loads = |series| [0, 1, 2, 3].map(|nth| trace.load(series, nth).parts());
        assert_eq!((loads(0), loads(1)), ([0, 10_000, 0, 10_000], [1234; 4]));
    }

    #[test]
    fn a_file_may_be_packed_whatever_its_name() {
        let text = b"a,1,2\nb,3\n";
        let plain = LoadTrace::parse("x.csv", text).unwrap();
        let packed = packed(text);
        for name in ["x.csv.gz", "x.csv", "X.GZ"] {
            assert_eq!(LoadTrace::parse(name, &packed).as_ref(), Ok(&plain), "{name}");
        }
        assert!(told("x.gz", b"a,1\n")[0].starts_with("x.gz:1:1: gzip cannot be unpacked ("));
    }

    #[test]
    fn every_fault_is_told_with_its_place() {
        assert_eq!(
            told("x.csv", b"a,5,-1, x\n,3\nb\na,1,100.5,,nan\n"),
            [
                "x.csv:1:5: load is \"-1\", wants a percentage from 0 to 100",
                "x.csv:1:9: load is \"x\", wants a percentage from 0 to 100",
                "x.csv:2:1: the machine's name is \"\", wants a name",
                "x.csv:3:2: machine \"b\" ends here, wants a comma and its loads in percent",
                "x.csv:4:1: machine \"a\" is on line 1 too, wants one line a machine",
                "x.csv:4:5: load is \"100.5\", wants a percentage from 0 to 100",
                "x.csv:4:11: load is \"\", wants a percentage from 0 to 100",
                "x.csv:4:12: load is \"nan\", wants a percentage from 0 to 100",
            ]
        );
        assert_eq!(
            told("x.csv", b"\n \n"),
            ["x.csv:1:1: there is no machine, wants at least one line: name,percent,percent,..."]
        );
        assert_eq!(
            told("x.csv", b"a,1\n\xff"),
            [
                "x.csv:2:1: what follows is not UTF-8 text, wants a trace of loads in plain text, or gzip"
            ]
        );
    }
}
