//! Ranges: values of a swept path that follow from their ends, as exact decimals.

use super::super::mistake::nearest;
use super::super::tree::{Entry, Mark, Node, Scalar, Value};
use super::number::Number;
use super::{Complaint, POINTS_MAX};
use compup2p_protocol::time::Span;

/// The fields of a range.
const FIELDS: [&str; 6] = ["from", "to", "step", "factor", "values", "scale"];
/// Those that say how it goes on from one value to the next; it has one of them.
const WAYS: [&str; 3] = ["step", "factor", "values"];
/// Nanoseconds in a second.
const NS_PER_S: u64 = 1_000_000_000;

const WANTS_NUMBER: &str =
    "a number such as 100, 0.5 or 10min, of at most 18 digits before and behind the point";

/// Whether a map is a range, well written or not.
pub(super) fn is_range(entries: &[Entry]) -> bool {
    entries.iter().any(|entry| FIELDS.contains(&entry.key.as_str()))
}

/// The values of a range, each marked as written at `mark`. The range's path is `path`, and it is
/// named at `named`.
pub(super) fn values(
    entries: &[Entry],
    mark: Mark,
    path: &str,
    named: Mark,
) -> Result<Vec<Node>, Vec<Complaint>> {
    let range = Range { entries, path, named };
    range.check_fields()?;
    let labels = range.labels().map_err(|wrong| vec![wrong])?;
    Ok(labels.iter().map(|label| Node::scalar(label, mark)).collect())
}

/// How numbers of a range are written.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Unit {
    /// With this behind them; plain numbers with nothing.
    Suffix(String),
    /// As durations in mixed units: numbers are seconds.
    Duration,
}

/// A range as it was written.
struct Range<'r> {
    entries: &'r [Entry],
    path: &'r str,
    named: Mark,
}

impl Range<'_> {
    fn field(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key == name)
    }

    fn refuse(&self, entry: &Entry, message: &str) -> Complaint {
        let path = format!("{}.{}", self.path, entry.key);
        Complaint { mark: entry.mark, path, message: message.to_owned() }
    }

    fn wants(&self, entry: &Entry, wants: &str) -> Complaint {
        self.refuse(entry, &format!("is {}, wants {wants}", entry.node.found()))
    }

    fn refuse_all(&self, message: String) -> Complaint {
        Complaint { mark: self.named, path: self.path.to_owned(), message }
    }

    /// Whether it has the fields that it wants, and no other.
    fn check_fields(&self) -> Result<(), Vec<Complaint>> {
        let is_unknown = |entry: &&Entry| !FIELDS.contains(&entry.key.as_str());
        let mut wrong: Vec<Complaint> = Vec::new();
        for entry in self.entries.iter().filter(is_unknown) {
            let message = match nearest(&entry.key, FIELDS) {
                Some(near) => format!("is unknown, did you mean {near}?"),
                None => format!("is unknown, wants one of {}", FIELDS.join(", ")),
            };
            wrong.push(self.refuse(entry, &message));
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        for end in ["from", "to"] {
            if self.field(end).is_none() {
                wrong.push(self.refuse_all(format!("is a range without {end}, wants it")));
            }
        }
        let mut ways = self.entries.iter().filter(|entry| WAYS.contains(&entry.key.as_str()));
        match ways.next() {
            Some(way) => {
                let more = ways.map(|more| {
                    let wants = "wants one of step, factor and values";
                    self.refuse(more, &format!("is not accepted beside {}, {wants}", way.key))
                });
                wrong.extend(more);
                if let Some(scale) = self.field("scale").filter(|_| way.key != "values") {
                    let message = format!("is not accepted beside {}, wants values there", way.key);
                    wrong.push(self.refuse(scale, &message));
                }
            }
            None => {
                let message = "is a range without step, factor or values, wants one of them";
                wrong.push(self.refuse_all(message.to_owned()));
            }
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }

    /// The values as a person would write them. Its fields are those that it wants.
    fn labels(&self) -> Result<Vec<String>, Complaint> {
        let (from, to, step) = (self.field("from"), self.field("to"), self.field("step"));
        let sized: Vec<&Entry> = [from, to, step].into_iter().flatten().collect();
        let (unit, numbers) = self.numbers(&sized)?;
        let (from, to) = (numbers[0], numbers[1]);
        if from >= to {
            let wants = format!("more than from, {}", sized[0].node.found());
            return Err(self.wants(sized[1], &wants));
        }
        let numbers = if let Some(entry) = step {
            self.stepped(from, to, numbers[2], entry)?
        } else if let Some(entry) = self.field("factor") {
            self.multiplied(from, to, entry)?
        } else {
            self.spread(from, to)?
        };
        Ok(numbers.into_iter().map(|number| unit.write(number)).collect())
    }

    /// The numbers in these fields, and the unit that they share. Zero has any unit.
    fn numbers(&self, fields: &[&Entry]) -> Result<(Unit, Vec<Number>), Complaint> {
        let mut quantities = Vec::new();
        for entry in fields {
            let quantity = Quantity::read(&entry.node);
            quantities.push(quantity.ok_or_else(|| self.wants(entry, WANTS_NUMBER))?);
        }
        let first = quantities.iter().position(|quantity| !quantity.is_zero()).unwrap_or(0);
        let unit = quantities[first].plain.map_or("", |(_, unit)| unit);
        let in_unit = |quantity: &Quantity<'_>| {
            let fits = |(_, has): &(Number, &str)| *has == unit || quantity.is_zero();
            quantity.plain.filter(fits).map(|(number, _)| number)
        };
        if let Some(numbers) = quantities.iter().map(in_unit).collect() {
            return Ok((Unit::Suffix(unit.to_owned()), numbers));
        }
        let seconds = |quantity: &Quantity<'_>| quantity.seconds;
        if let Some(numbers) = quantities.iter().map(seconds).collect() {
            return Ok((Unit::Duration, numbers));
        }
        let is_time = quantities[first].seconds.is_some();
        let fits = |quantity: &Quantity<'_>| match is_time {
            true => quantity.seconds.is_some(),
            false => in_unit(quantity).is_some(),
        };
        let other = quantities.iter().position(|quantity| !fits(quantity)).unwrap_or(0);
        let kind = match unit {
            _ if is_time => "a duration".to_owned(),
            "" => "a number without a unit".to_owned(),
            unit => format!("a number with {unit} behind it"),
        };
        let wants = format!("{kind}, as {} is", fields[first].key);
        Err(self.wants(fields[other], &wants))
    }

    fn stepped(
        &self,
        from: Number,
        to: Number,
        step: Number,
        entry: &Entry,
    ) -> Result<Vec<Number>, Complaint> {
        if step <= Number::ZERO {
            return Err(self.wants(entry, "more than 0"));
        }
        let steps = from.steps_to(to, step);
        if steps >= POINTS_MAX as u128 {
            return Err(self.too_many(&(steps + 1).to_string()));
        }
        Ok((0..=steps as usize).map(|nth| from.stepped(step, nth)).collect())
    }

    fn multiplied(
        &self,
        from: Number,
        to: Number,
        entry: &Entry,
    ) -> Result<Vec<Number>, Complaint> {
        let factor = self.plain(entry).filter(|&factor| factor > Number::ONE);
        let factor = factor.ok_or_else(|| self.wants(entry, "a number above 1 such as 2"))?;
        self.wants_positive(from, "factor")?;
        let next = |number: &Number| number.times(factor).filter(|&next| next <= to);
        let all = std::iter::successors(Some(from), next).take(POINTS_MAX + 1);
        let all: Vec<_> = all.map(Number::rounded).collect();
        if all.len() > POINTS_MAX {
            return Err(self.too_many(&format!("more than {POINTS_MAX}")));
        }
        Ok(all)
    }

    fn spread(&self, from: Number, to: Number) -> Result<Vec<Number>, Complaint> {
        let entry = self.field("values").expect("one of three ways, and not the other two");
        let whole = match entry.node.meaning() {
            Some(Scalar::Unsigned(number)) => usize::try_from(number).ok(),
            _ => None,
        };
        let whole = whole.filter(|number| (2..=POINTS_MAX).contains(number));
        let wants = format!("a whole number from 2 to {POINTS_MAX}");
        let parts = whole.ok_or_else(|| self.wants(entry, &wants))? - 1;
        if !self.is_logarithmic()? {
            return Ok((0..=parts).map(|nth| from.part_of_way(to, nth, parts)).collect());
        }
        self.wants_positive(from, "scale: log")?;
        let (low, high) = (libm::log(from.as_f64()), libm::log(to.as_f64()));
        let between = |nth: usize| {
            let number = libm::exp(low + (high - low) * nth as f64 / parts as f64);
            Number::nearest(number).unwrap_or(from)
        };
        let inner = (1..parts).map(between);
        Ok(std::iter::once(from).chain(inner).chain([to]).collect())
    }

    fn is_logarithmic(&self) -> Result<bool, Complaint> {
        let Some(entry) = self.field("scale") else { return Ok(false) };
        match entry.node.meaning() {
            Some(Scalar::Text("log")) => Ok(true),
            Some(Scalar::Text("linear")) => Ok(false),
            _ => Err(self.wants(entry, "linear or log")),
        }
    }

    /// A number without a unit.
    fn plain(&self, entry: &Entry) -> Option<Number> {
        let quantity = Quantity::read(&entry.node)?;
        quantity.plain.filter(|(_, unit)| unit.is_empty()).map(|(number, _)| number)
    }

    fn wants_positive(&self, from: Number, beside: &str) -> Result<(), Complaint> {
        match self.field("from") {
            Some(entry) if from <= Number::ZERO => {
                Err(self.wants(entry, &format!("more than 0 beside {beside}")))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn too_many(&self, has: &str) -> Complaint {
        self.refuse_all(format!("is a range of {has} values, wants at most {POINTS_MAX}"))
    }
}

/// What stands in a field of a range: a number with a unit or without, a duration, or both.
struct Quantity<'q> {
    plain: Option<(Number, &'q str)>,
    seconds: Option<Number>,
}

impl<'q> Quantity<'q> {
    fn read(node: &'q Node) -> Option<Self> {
        let Value::Scalar { text, .. } = &node.value else { return None };
        let is_unit = |unit: &str| unit.chars().all(|c| c.is_ascii_alphabetic() || c == '/');
        let plain = Number::split(text).map(|(number, unit)| (number, unit.trim()));
        let plain = plain.filter(|(_, unit)| is_unit(unit));
        let span = text.parse::<Span>().ok();
        let seconds = span.map(|span| Number::of_parts(span.0, NS_PER_S));
        (plain.is_some() || seconds.is_some()).then_some(Self { plain, seconds })
    }

    /// Whether it is nothing, in whatever unit.
    fn is_zero(&self) -> bool {
        self.plain == Some((Number::ZERO, ""))
    }
}

impl Unit {
    fn write(&self, number: Number) -> String {
        match self {
            Self::Suffix(unit) => format!("{number}{unit}"),
            Self::Duration => Span(number.in_parts(NS_PER_S) as u64).to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::tree;
    use super::*;

    /// The values of a range, as they are written in tables.
    fn labels(text: &str) -> String {
        let (node, flaws) = tree::parse(text, None);
        assert_eq!(flaws, []);
        let Value::Map(entries) = &node.value else { panic!("{text} is no map") };
        assert!(is_range(entries));
        let mark = Mark { option: None, line: 7, column: 3 };
        match values(entries, mark, "sweep.x", Mark::default()) {
            Ok(nodes) => {
                assert!(nodes.iter().all(|node| node.mark == mark));
                nodes.iter().map(super::super::label::label).collect::<Vec<_>>().join(" ")
            }
            Err(wrong) => wrong.into_iter().map(|c| format!("{} {}", c.path, c.message)).collect(),
        }
    }

    #[test]
    fn values_are_exact_decimals_as_a_person_would_write_them() {
        for (range, values) in [
            ("{ from: 100, to: 400, step: 100 }", "100 200 300 400"),
            ("{ from: 0, to: 0.5, step: 0.1 }", "0 0.1 0.2 0.3 0.4 0.5"),
            ("{ from: 0.1, to: 0.5, step: 0.15 }", "0.1 0.25 0.4"),
            ("{ from: -1, to: 1, step: 1 }", "-1 0 1"),
            ("{ from: 1e6, to: 3e6, step: 1e6 }", "1000000 2000000 3000000"),
            ("{ from: 128, to: 1024, factor: 2 }", "128 256 512 1024"),
            ("{ from: 1, to: 1.21, factor: 1.1 }", "1 1.1 1.21"),
            ("{ from: 1, to: 5, factor: 1.5 }", "1 1.5 2.25 3.375"),
            (
                "{ from: 1e9, to: 1e17, factor: 10000 }",
                "1000000000 10000000000000 100000000000000000",
            ),
            ("{ from: 0, to: 1, values: 5 }", "0 0.25 0.5 0.75 1"),
            ("{ from: 0, to: 1, values: 4 }", "0 0.333333333333 0.666666666667 1"),
            ("{ from: 0, to: 1, values: 2, scale: linear }", "0 1"),
            ("{ from: 1, to: 1000, values: 4, scale: log }", "1 10 100 1000"),
            ("{ from: 1, to: 4, values: 4, scale: log }", "1 1.58740105197 2.51984209979 4"),
        ] {
            assert_eq!(labels(range), values, "{range}");
        }
    }

    #[test]
    fn values_have_the_unit_of_their_ends() {
        for (range, values) in [
            ("{ from: 10min, to: 90min, step: 40min }", "10min 50min 90min"),
            ("{ from: 10min, to: 1h, step: 25min }", "10min 35min 1h"),
            ("{ from: 1h30min, to: 3h, step: 45min }", "1h30min 2h15min 3h"),
            ("{ from: 0, to: 1.5s, step: 0.5s }", "0s 0.5s 1s 1.5s"),
            ("{ from: 100ms, to: 10s, factor: 10 }", "100ms 1s 10s"),
            ("{ from: 1s, to: 2s, values: 3 }", "1s 1.5s 2s"),
            ("{ from: 1Mbit/s, to: 100Mbit/s, factor: 10 }", "1Mbit/s 10Mbit/s 100Mbit/s"),
        ] {
            assert_eq!(labels(range), values, "{range}");
        }
    }

    #[test]
    fn a_range_has_at_most_as_many_values_as_a_sweep_has_points() {
        let wrong = "values, wants at most 10000";
        assert_eq!(
            labels("{ from: 1, to: 10001, step: 1 }"),
            format!("sweep.x is a range of 10001 {wrong}")
        );
        assert_eq!(
            labels("{ from: 1, to: 1e9, factor: 1.000001 }"),
            format!("sweep.x is a range of more than 10000 {wrong}")
        );
        assert_eq!(labels("{ from: 1, to: 10000, step: 1 }").split(' ').count(), 10_000);
    }
}
