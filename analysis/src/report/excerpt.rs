//! Excerpts of the CSV files that a page can hold: whole if they are short, else their greatest
//! rows by some column, or rows evenly spaced.

use super::Term;
use crate::error::Error;
use crate::table::{Column, Row, Table};
use serde_json::{Value, json};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A file that has a table on the page.
struct File {
    name: &'static str,
    title: &'static str,
    /// Most rows that are kept.
    rows: usize,
    /// The column by which the greatest rows are kept; rows evenly spaced if there is none.
    greatest: Option<&'static str>,
}

const fn file(name: &'static str, title: &'static str, rows: usize) -> File {
    File { name, title, rows, greatest: None }
}

/// In the order of their tables.
const FILES: [File; 9] = [
    file("summary.csv", "Metrics", 6000),
    file("differences.csv", "Differences", 2000),
    File { greatest: Some("requests"), ..file("mo_load.csv", "Market owners", 1000) },
    File { greatest: Some("seller_income_credits"), ..file("incomes.csv", "Incomes", 1000) },
    file("transactions.csv", "Purchases", 600),
    file("tasks.csv", "Sub-tasks", 600),
    file("lookups.csv", "Lookups", 600),
    file("messages.csv", "Messages", 2000),
    file("timeseries.csv", "Time series", 1000),
];

/// A table of each file that is there and has rows.
pub(super) fn all(folder: &Path, glossary: &[Term]) -> Result<Vec<Value>, Error> {
    let meanings: BTreeMap<&str, &str> =
        glossary.iter().map(|term| (term.metric, term.meaning)).collect();
    let tables = FILES.iter().map(|file| file.excerpt(folder, &meanings));
    Ok(tables.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}

/// The rows of a file that are kept, as text.
struct Excerpt {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
    /// Of how many they are.
    of: usize,
    /// Which they are, if not all.
    kept: String,
}

/// How the rows of a table are read: each field, and what a metric says.
struct Reader<'m> {
    columns: Vec<String>,
    fields: Vec<Column>,
    /// Where a metric's name stands, if it does.
    metric: Option<usize>,
    meanings: &'m BTreeMap<&'m str, &'m str>,
}

impl<'m> Reader<'m> {
    fn new(table: &Table, meanings: &'m BTreeMap<&'m str, &'m str>) -> Result<Self, Error> {
        let mut columns = table.header().to_vec();
        let fields = table.named(&columns)?;
        let metric = columns.iter().position(|column| column == "metric");
        if metric.is_some() {
            columns.push("meaning".to_owned());
        }
        Ok(Self { columns, fields, metric, meanings })
    }

    fn texts(&self, row: &Row<'_>) -> Vec<String> {
        let mut texts: Vec<String> =
            self.fields.iter().map(|field| row.text(*field).to_owned()).collect();
        if let Some(metric) = self.metric {
            let meaning = self.meanings.get(texts[metric].as_str()).copied();
            texts.push(meaning.unwrap_or_default().to_owned());
        }
        texts
    }
}

impl File {
    fn excerpt(
        &self,
        folder: &Path,
        meanings: &BTreeMap<&str, &str>,
    ) -> Result<Option<Value>, Error> {
        let path = folder.join(self.name);
        let excerpt = match self.greatest {
            Some(by) => self.greatest(&path, by, meanings)?,
            None => self.spaced(&path, meanings)?,
        };
        let Some(Excerpt { columns, rows, of, kept }) = excerpt.filter(|excerpt| excerpt.of > 0)
        else {
            return Ok(None);
        };
        let kept = if rows.len() == of { String::new() } else { kept };
        let (file, title) = (self.name, self.title);
        Ok(Some(json!({
            "file": file, "title": title, "columns": columns, "rows": rows, "of": of, "kept": kept,
        })))
    }

    fn greatest(
        &self,
        path: &Path,
        by: &str,
        meanings: &BTreeMap<&str, &str>,
    ) -> Result<Option<Excerpt>, Error> {
        let Some(table) = Table::open(path)? else { return Ok(None) };
        let reader = Reader::new(&table, meanings)?;
        let [column] = table.columns([by])?;
        let mut greatest = Greatest::new(self.rows);
        table.each(|row| {
            greatest.offer(row.number(column)?, || reader.texts(&row));
            Ok(())
        })?;
        let kept = format!("the {} rows with most {by}", self.rows);
        let (rows, of) = (greatest.rows.into_values().collect(), greatest.seen);
        Ok(Some(Excerpt { columns: reader.columns, rows, of, kept }))
    }

    fn spaced(
        &self,
        path: &Path,
        meanings: &BTreeMap<&str, &str>,
    ) -> Result<Option<Excerpt>, Error> {
        let Some((table, of, step)) = Table::spaced(path, self.rows)? else { return Ok(None) };
        let reader = Reader::new(&table, meanings)?;
        let mut rows = Vec::new();
        table.each(|row| {
            rows.push(reader.texts(&row));
            Ok(())
        })?;
        let kept = format!("every {step}th row");
        Ok(Some(Excerpt { columns: reader.columns, rows, of, kept }))
    }
}

/// The greatest rows, in the order in which they came; of equal ones, the first.
struct Greatest {
    most: usize,
    seen: usize,
    order: BTreeSet<(u64, Reverse<usize>)>,
    rows: BTreeMap<usize, Vec<String>>,
}

impl Greatest {
    fn new(most: usize) -> Self {
        Self { most, seen: 0, order: BTreeSet::new(), rows: BTreeMap::new() }
    }

    /// A row of a finite value from 0, whose bits are ordered as it is.
    fn offer(&mut self, value: f64, read: impl FnOnce() -> Vec<String>) {
        let rank = (value.max(0.0).to_bits(), Reverse(self.seen));
        self.seen += 1;
        if self.rows.len() == self.most {
            if self.order.first().is_some_and(|least| *least > rank) {
                return;
            }
            if let Some((_, Reverse(nth))) = self.order.pop_first() {
                self.rows.remove(&nth);
            }
        }
        self.order.insert(rank);
        self.rows.insert(self.seen - 1, read());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    #[test]
    fn the_greatest_rows_stay_in_their_order() {
        let mut greatest = Greatest::new(3);
        for (nth, value) in [2.0, 0.0, 7.0, 2.0, 1.5, 9.0].into_iter().enumerate() {
            greatest.offer(value, || vec![nth.to_string()]);
        }
        assert_eq!(greatest.rows.into_keys().collect::<Vec<_>>(), [0, 2, 5]);
        assert_eq!(greatest.seen, 6);
    }

    #[test]
    fn tables_say_of_how_many_rows_they_are_an_excerpt() {
        let scratch = Scratch::new("report-excerpt");
        scratch.file("summary.csv", "metric,value,unit\nhops,4,hops\n");
        scratch.file("tasks.csv", "replicate,task\n");
        let loads: String = (0..1500).map(|n| format!("0,n{n},{}\n", n % 7)).collect();
        scratch.file("mo_load.csv", &format!("replicate,node,requests\n{loads}"));
        let glossary = [Term { metric: "hops", meaning: "Hops, on average." }];
        let tables = all(scratch.folder(), &glossary).unwrap();
        assert_eq!(tables.len(), 2, "without rows there is no table");
        assert_eq!(tables[0]["rows"], json!([["hops", "4", "hops", "Hops, on average."]]));
        assert_eq!(tables[0]["kept"], "");
        assert_eq!(tables[1]["of"], 1500);
        assert_eq!(tables[1]["rows"].as_array().unwrap().len(), 1000);
        assert_eq!(tables[1]["kept"], "the 1000 rows with most requests");
    }
}
