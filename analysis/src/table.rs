//! A CSV file with one header, read a row at a time and by column name: files may have tens of
//! millions of rows.

use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::error::Error;

/// An open CSV file.
pub struct Table {
    path: PathBuf,
    reader: csv::Reader<Box<dyn Read>>,
    header: Vec<String>,
}

/// A column that is known to be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column(usize);

/// One row of a [`Table`].
pub struct Row<'a> {
    path: &'a Path,
    header: &'a [String],
    record: &'a csv::ByteRecord,
}

impl Table {
    /// Opens a file and reads its header. A missing file and an empty one are `None`.
    pub fn open(path: &Path) -> Result<Option<Self>, Error> {
        match file(path)? {
            Some(file) => Self::from_reader(path, Box::new(file)),
            None => Ok(None),
        }
    }

    /// As [`Table::open`], with every nth row alone, n a power of two, so that there are at most
    /// `most`. Says how many rows the file has, and n. The others are only counted, many times as
    /// fast as they would be read.
    pub fn spaced(path: &Path, most: usize) -> Result<Option<(Self, usize, usize)>, Error> {
        let Some(counted) = file(path)? else { return Ok(None) };
        let failed = |error: io::Error| Error::Read { path: path.to_owned(), source: error.into() };
        let rows = lines(counted).map_err(failed)?.saturating_sub(1);
        let n = rows.div_ceil(most.max(1)).max(1).next_power_of_two();
        let Some(file) = file(path)? else { return Ok(None) };
        let lines = BufReader::with_capacity(1 << 16, file);
        let every = EveryNth { lines, n, next: 0, line: Vec::new(), read: 0 };
        Ok(Self::from_reader(path, Box::new(every))?.map(|table| (table, rows, n)))
    }

    fn from_reader(path: &Path, reader: Box<dyn Read>) -> Result<Option<Self>, Error> {
        let failed = |source| Error::Read { path: path.to_owned(), source };
        let mut reader = csv::ReaderBuilder::new().buffer_capacity(1 << 16).from_reader(reader);
        let header: Vec<String> =
            reader.headers().map_err(failed)?.iter().map(|name| name.trim().to_owned()).collect();
        if header.is_empty() {
            return Ok(None);
        }
        Ok(Some(Self { path: path.to_owned(), reader, header }))
    }

    /// The names of the columns.
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// Whether there is a column of that name.
    pub fn has(&self, name: &str) -> bool {
        self.header.iter().any(|column| column == name)
    }

    /// Finds columns by name; the error names all that are missing.
    pub fn columns<const N: usize>(&self, names: [&str; N]) -> Result<[Column; N], Error> {
        let place = |name: &str| self.header.iter().position(|column| column == name);
        let missing: Vec<String> = names
            .iter()
            .filter(|name| place(name).is_none())
            .map(|name| format!("\"{name}\""))
            .collect();
        if !missing.is_empty() {
            let found = self.header.clone();
            return Err(Error::Columns { path: self.path.clone(), missing, found });
        }
        Ok(names.map(|name| Column(place(name).expect("none is missing, as just checked"))))
    }

    /// As [`Table::columns`], for names that are known only when the program runs.
    pub fn named(&self, names: &[String]) -> Result<Vec<Column>, Error> {
        names.iter().map(|name| Ok(self.columns([name])?[0])).collect()
    }

    /// Reads the rows that are left, in order, one at a time.
    pub fn each(mut self, mut read: impl FnMut(Row<'_>) -> Result<(), Error>) -> Result<(), Error> {
        let mut record = csv::ByteRecord::new();
        loop {
            match self.reader.read_byte_record(&mut record) {
                Ok(true) => {
                    read(Row { path: &self.path, header: &self.header, record: &record })?;
                }
                Ok(false) => return Ok(()),
                Err(source) => return Err(Error::Read { path: self.path, source }),
            }
        }
    }
}

/// Opens a file, if it is there.
fn file(path: &Path) -> Result<Option<File>, Error> {
    match File::open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::Read { path: path.to_owned(), source: error.into() }),
    }
}

/// The header of a file, and every nth of the rows after it. A line is a row, as in all that we write.
struct EveryNth {
    lines: BufReader<File>,
    n: usize,
    /// Which line comes next, from the header at 0.
    next: usize,
    line: Vec<u8>,
    /// How much of the line was read.
    read: usize,
}

impl Read for EveryNth {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        while self.read == self.line.len() {
            (self.read, self.next) = (0, self.next + 1);
            self.line.clear();
            if self.lines.read_until(b'\n', &mut self.line)? == 0 {
                return Ok(0);
            }
            let row = self.next.checked_sub(2);
            if row.is_some_and(|row| !row.is_multiple_of(self.n)) {
                self.line.clear();
            }
        }
        let bytes = (&self.line[self.read..]).read(to)?;
        self.read += bytes;
        Ok(bytes)
    }
}

/// How many lines a file has.
fn lines(mut file: impl Read) -> io::Result<usize> {
    let (mut lines, mut last) = (0, b'\n');
    let mut block = vec![0; 1 << 18];
    loop {
        match file.read(&mut block)? {
            0 => return Ok(lines + usize::from(last != b'\n')),
            bytes => {
                lines += memchr::memchr_iter(b'\n', &block[..bytes]).count();
                last = block[bytes - 1];
            }
        }
    }
}

impl Row<'_> {
    /// The field as text; text that is not UTF-8 reads as empty.
    pub fn text(&self, column: Column) -> &str {
        self.record.get(column.0).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or("")
    }

    /// The field as a whole number from 0.
    pub fn count(&self, column: Column) -> Result<u64, Error> {
        self.parse(column, "a whole number from 0")
    }

    /// The field as a finite number.
    pub fn number(&self, column: Column) -> Result<f64, Error> {
        let wanted = "a finite number";
        let number: f64 = self.parse(column, wanted)?;
        if number.is_finite() { Ok(number) } else { Err(self.wants(column, wanted)) }
    }

    /// The error for a field that holds something else than `wanted`.
    pub fn wants(&self, column: Column, wanted: &'static str) -> Error {
        Error::Value {
            path: self.path.to_owned(),
            line: self.record.position().map_or(0, csv::Position::line),
            column: self.header[column.0].clone(),
            found: self
                .record
                .get(column.0)
                .map_or(String::new(), |bytes| String::from_utf8_lossy(bytes).into_owned()),
            wanted,
        }
    }

    fn parse<T: FromStr>(&self, column: Column, wanted: &'static str) -> Result<T, Error> {
        self.text(column).trim().parse().map_err(|_| self.wants(column, wanted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    #[test]
    fn columns_are_found_by_name_in_any_order() {
        let scratch = Scratch::new("table-order");
        let path = scratch.file("a.csv", "note,hops,at_s\nx,3,0.5\n\"y, z\",4,1e3\n");
        let table = Table::open(&path).unwrap().unwrap();
        let [at, hops, note] = table.columns(["at_s", "hops", "note"]).unwrap();
        let mut rows = Vec::new();
        table
            .each(|row| {
                rows.push((row.number(at)?, row.count(hops)?, row.text(note).to_owned()));
                Ok(())
            })
            .unwrap();
        assert_eq!(rows, [(0.5, 3, "x".to_owned()), (1000.0, 4, "y, z".to_owned())]);
    }

    #[test]
    fn of_many_rows_some_are_read_evenly_spaced() {
        let scratch = Scratch::new("table-spaced");
        for (rows, n) in [(0, 1), (1, 1), (10, 1), (11, 2), (20, 2), (21, 4), (1000, 128)] {
            let text: String = (0..rows).map(|n| format!("{n},\"a, {n}\"\n")).collect();
            let text = format!("n,note\n{text}");
            // The last line may lack its end.
            for text in [text.as_str(), text.trim_end()] {
                let path = scratch.file("a.csv", text);
                let (table, seen, step) = Table::spaced(&path, 10).unwrap().unwrap();
                assert_eq!((seen, step), (rows as usize, n), "{rows}");
                let [number, note] = table.columns(["n", "note"]).unwrap();
                let mut read = Vec::new();
                let each = table.each(|row| {
                    read.push((row.count(number)?, row.text(note).to_owned()));
                    Ok(())
                });
                each.unwrap();
                let expected = (0..rows).step_by(n).map(|n| (n, format!("a, {n}")));
                assert_eq!(read, expected.collect::<Vec<_>>(), "{rows}");
                assert!(read.len() >= seen.min(5) && read.len() <= 10);
            }
        }
        assert!(Table::spaced(&scratch.path("no.csv"), 10).unwrap().is_none());
    }

    #[test]
    fn a_missing_file_and_an_empty_one_are_no_table() {
        let scratch = Scratch::new("table-none");
        assert!(Table::open(&scratch.path("no.csv")).unwrap().is_none());
        assert!(Table::open(&scratch.file("empty.csv", "")).unwrap().is_none());
    }

    #[test]
    fn all_missing_columns_are_named_at_once() {
        let scratch = Scratch::new("table-missing");
        let path = scratch.file("a.csv", "at_s,node\n");
        let table = Table::open(&path).unwrap().unwrap();
        let error = table.columns(["hops", "node", "outcome"]).unwrap_err().to_string();
        let expected = "a.csv:1: has no column \"hops\", \"outcome\"; it has at_s, node";
        assert!(error.ends_with(expected), "{error}");
    }

    #[test]
    fn a_bad_field_is_located() {
        let scratch = Scratch::new("table-bad");
        let path = scratch.file("a.csv", "node,hops\n1,2\n2,many\n");
        let table = Table::open(&path).unwrap().unwrap();
        let [hops] = table.columns(["hops"]).unwrap();
        let error = table.each(|row| row.count(hops).map(|_| ())).unwrap_err().to_string();
        let expected = "a.csv:3: hops is \"many\", wants a whole number from 0";
        assert!(error.ends_with(expected), "{error}");
    }

    #[test]
    fn a_row_of_another_length_is_an_error_with_its_line() {
        let scratch = Scratch::new("table-ragged");
        let path = scratch.file("a.csv", "node,hops\n1,2\n2\n");
        let table = Table::open(&path).unwrap().unwrap();
        let error = table.each(|_| Ok(())).unwrap_err().to_string();
        assert!(error.contains("line: 3") || error.contains("line 3"), "{error}");
    }
}
