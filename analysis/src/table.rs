//! A CSV file with one header, read a row at a time and by column name: files may have tens of
//! millions of rows.

use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::error::Error;

/// An open CSV file.
pub struct Table {
    path: PathBuf,
    reader: csv::Reader<File>,
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
        let failed = |source| Error::Read { path: path.to_owned(), source };
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error.into())),
        };
        let mut reader = csv::ReaderBuilder::new().buffer_capacity(1 << 16).from_reader(file);
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

impl Table {
    /// Reads those of the rows that are left that are `wanted` by their number, from 0, and says how
    /// many rows there are. The others are only counted, ten times as fast as they would be read: a
    /// line is a row, as in all that we write.
    pub fn some(
        self,
        mut wanted: impl FnMut(usize) -> bool,
        mut read: impl FnMut(Row<'_>) -> Result<(), Error>,
    ) -> Result<usize, Error> {
        let Self { path, reader, header } = self;
        let failed = |error: io::Error| Error::Read { path: path.clone(), source: error.into() };
        let begin = reader.position().byte();
        let mut file = reader.into_inner();
        file.seek(SeekFrom::Start(begin)).map_err(failed)?;
        let mut lines = BufReader::with_capacity(1 << 16, file);
        let (mut line, mut rows) = (Vec::new(), 0);
        while lines.read_until(b'\n', &mut line).map_err(failed)? > 0 {
            if wanted(rows) {
                let mut record = csv::ByteRecord::new();
                let mut one = csv::ReaderBuilder::new().has_headers(false).from_reader(&line[..]);
                let source = one.read_byte_record(&mut record);
                source.map_err(|source| Error::Read { path: path.clone(), source })?;
                read(Row { path: &path, header: &header, record: &record })?;
            }
            rows += 1;
            line.clear();
        }
        Ok(rows)
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
    fn rows_that_are_not_wanted_are_counted() {
        let scratch = Scratch::new("table-some");
        let text: String = (0..1000).map(|n| format!("{n},\"a, {n}\"\n")).collect();
        let path = scratch.file("a.csv", &format!("n,note\n{text}1000,last"));
        let table = Table::open(&path).unwrap().unwrap();
        let [n, note] = table.columns(["n", "note"]).unwrap();
        let mut rows = Vec::new();
        let seen = table.some(
            |nth| nth % 250 == 0,
            |row| {
                rows.push((row.count(n)?, row.text(note).to_owned()));
                Ok(())
            },
        );
        assert_eq!(seen.unwrap(), 1001);
        let expected = [0, 250, 500, 750].map(|n| (n, format!("a, {n}")));
        assert_eq!(rows, [&expected[..], &[(1000, "last".to_owned())]].concat());
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
