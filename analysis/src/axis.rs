//! One axis: its range, where its ticks are and what they say.

use libm::{floor, log2, log10, pow};

/// An axis of a panel.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Axis {
    /// What it shows, with the unit.
    pub(crate) label: String,
    from: f64,
    to: f64,
    scale: Scale,
    ticks: Vec<(f64, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scale {
    Linear,
    Log,
}

impl Axis {
    /// A linear axis with at most about `most` ticks, at round numbers.
    pub(crate) fn linear(label: impl Into<String>, from: f64, to: f64, most: usize) -> Self {
        let to = if to > from { to } else { from + 1.0 };
        Self::stepped(label, from, to, round_step((to - from) / most as f64))
    }

    /// As [`Axis::linear`], for whole numbers: no tick between them.
    pub(crate) fn whole(label: impl Into<String>, from: f64, to: f64, most: usize) -> Self {
        let to = if to > from { to } else { from + 1.0 };
        Self::stepped(label, from, to, round_step((to - from) / most as f64).max(1.0))
    }

    /// From 0 to a round number not below `to`.
    pub(crate) fn from_zero(label: impl Into<String>, to: f64, most: usize) -> Self {
        let to = if to > 0.0 { to } else { 1.0 };
        let step = round_step(to / most as f64);
        Self::stepped(label, 0.0, (to / step - 1e-9).ceil() * step, step)
    }

    /// A logarithmic axis with a tick a decade, or more when there are few. It has no zero: where
    /// there is one, the axis is linear.
    pub(crate) fn log(label: impl Into<String>, from: f64, to: f64) -> Self {
        if from <= 0.0 || !from.is_finite() {
            return Self::from_zero(label, to, 4);
        }
        let to = if to > from { to } else { from * 10.0 };
        let (first, last) = (floor(log10(from)) as i32, log10(to).ceil() as i32);
        let parts: &[f64] = if to / from <= 100.0 { &[1.0, 2.0, 5.0] } else { &[1.0] };
        let ticks = (first..=last)
            .flat_map(|decade| parts.iter().map(move |part| part * pow(10.0, f64::from(decade))))
            .filter(|tick| (from * 0.999..=to * 1.001).contains(tick))
            .map(|tick| (tick, said(tick, tick)))
            .collect();
        Self { label: label.into(), from, to, scale: Scale::Log, ticks }
    }

    /// A logarithmic axis with its ticks at powers of two, or a linear one as of [`Axis::log`].
    pub(crate) fn powers_of_two(label: impl Into<String>, from: f64, to: f64) -> Self {
        if from <= 0.0 || !from.is_finite() {
            return Self::from_zero(label, to, 4);
        }
        let to = if to > from { to } else { from * 2.0 };
        const MOST: i32 = 8;
        let (first, last) = (log2(from).ceil() as i32, floor(log2(to)) as i32);
        let steps = (0..).map(|doublings| 1 << doublings);
        let mut steps = steps.skip_while(|step| (last - first) / step >= MOST);
        let step: i32 = steps.next().expect("a step is long enough");
        // Multiples of the step, so that ticks are the same whatever the ends.
        let ticks = (first..=last)
            .filter(|power| power % step == 0)
            .map(|power| pow(2.0, f64::from(power)))
            .map(|tick| (tick, grouped(tick, decimals(tick.min(1.0)))))
            .collect();
        Self { label: label.into(), from, to, scale: Scale::Log, ticks }
    }

    /// An axis of things that have names: the nth is at n, from 0.
    pub(crate) fn named(label: impl Into<String>, names: &[&str]) -> Self {
        let ticks = names.iter().enumerate().map(|(nth, name)| (nth as f64, (*name).to_owned()));
        let to = names.len() as f64 - 0.5;
        Self { label: label.into(), from: -0.5, to, scale: Scale::Linear, ticks: ticks.collect() }
    }

    /// The same axis with ticks at these values.
    pub(crate) fn ticked(self, ticks: impl IntoIterator<Item = (f64, String)>) -> Self {
        Self { ticks: ticks.into_iter().collect(), ..self }
    }

    /// The same axis without what the ticks say, for a panel that stands on another.
    pub(crate) fn unlabelled(&self) -> Self {
        let ticks = self.ticks.iter().map(|(tick, _)| (*tick, String::new())).collect();
        Self { label: String::new(), ticks, ..self.clone() }
    }

    /// The same axis without ticks, for rows that have names.
    pub(crate) fn bare(self) -> Self {
        Self { ticks: Vec::new(), ..self }
    }

    /// The same axis with per cents of what the ticks are.
    pub(crate) fn per_cent(mut self) -> Self {
        for (tick, text) in &mut self.ticks {
            let hundredth = (*tick * 1e4).round() / 1e2;
            *text = format!("{hundredth} %").replace('-', "−");
        }
        self
    }

    /// Where a value is: 0 at the axis' beginning, 1 at its end; beyond that if it is beyond.
    pub(crate) fn place(&self, value: f64) -> f64 {
        match self.scale {
            Scale::Linear => (value - self.from) / (self.to - self.from),
            Scale::Log => log10(value / self.from) / log10(self.to / self.from),
        }
    }

    pub(crate) fn from(&self) -> f64 {
        self.from
    }

    pub(crate) fn to(&self) -> f64 {
        self.to
    }

    pub(crate) fn ticks(&self) -> &[(f64, String)] {
        &self.ticks
    }

    fn stepped(label: impl Into<String>, from: f64, to: f64, step: f64) -> Self {
        let first = (from / step - 1e-9).ceil() as i64;
        let last = floor(to / step + 1e-9) as i64;
        let ticks = (first..=last)
            .map(|nth| nth as f64 * step)
            .map(|tick| (tick, said(tick, step)))
            .collect();
        Self { label: label.into(), from, to, scale: Scale::Linear, ticks }
    }
}

/// The least of 1, 2, 5 times a power of ten that is not below `least`.
fn round_step(least: f64) -> f64 {
    let decade = pow(10.0, floor(log10(least)));
    let part = [1.0, 2.0, 5.0].into_iter().find(|part| part * decade >= least * (1.0 - 1e-9));
    part.unwrap_or(10.0) * decade
}

/// What a tick says; long numbers are said in millions, to fit beside the axis.
fn said(tick: f64, step: f64) -> String {
    const MILLION: f64 = 1e6;
    if tick.abs() < MILLION {
        return grouped(tick, decimals(step));
    }
    format!("{}M", grouped(tick / MILLION, decimals(step / MILLION)))
}

/// How many digits after the point tell steps apart.
fn decimals(step: f64) -> usize {
    (-floor(log10(step) + 1e-9)).max(0.0) as usize
}

/// So many letters of a text at most.
pub(crate) fn clipped(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A number with commas between thousands.
pub(crate) fn grouped(number: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", number.abs());
    let whole = text.split('.').next().expect("a split has a first part").len();
    let mut grouped = String::new();
    if number < 0.0 && text.bytes().any(|digit| (b'1'..=b'9').contains(&digit)) {
        grouped.push('−');
    }
    for (i, digit) in text.chars().enumerate() {
        if i > 0 && i < whole && (whole - i) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(axis: &Axis) -> Vec<&str> {
        axis.ticks().iter().map(|(_, text)| text.as_str()).collect()
    }

    #[test]
    fn ticks_are_round_numbers() {
        assert_eq!(
            texts(&Axis::linear("", 0.0, 1.0, 5)),
            ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]
        );
        assert_eq!(texts(&Axis::whole("", -0.5, 3.5, 20)), ["0", "1", "2", "3"]);
        assert_eq!(
            texts(&Axis::from_zero("", 4700.0, 5)),
            ["0", "1,000", "2,000", "3,000", "4,000", "5,000"]
        );
        assert_eq!(texts(&Axis::log("", 1.0, 2000.0)), ["1", "10", "100", "1,000"]);
        assert_eq!(
            texts(&Axis::log("", 1e5, 1e7)),
            ["100,000", "200,000", "500,000", "1M", "2M", "5M", "10M"]
        );
        assert_eq!(texts(&Axis::from_zero("", 1.4e6, 3)), ["0", "500,000", "1.0M", "1.5M"]);
        assert_eq!(texts(&Axis::log("", 1.0, 20.0)), ["1", "2", "5", "10", "20"]);
        assert_eq!(texts(&Axis::log("", 0.9, 11.0)), ["1", "2", "5", "10"]);
        assert_eq!(texts(&Axis::linear("", -0.5, 0.5, 2).per_cent()), ["−50 %", "0 %", "50 %"]);
        assert_eq!(texts(&Axis::linear("", 0.99, 1.0, 3).per_cent()), ["99 %", "99.5 %", "100 %"]);
    }

    #[test]
    fn powers_of_two_are_said_whole() {
        let axis = Axis::powers_of_two("", 10.0, 1.7e6);
        assert_eq!(texts(&axis), ["16", "256", "4,096", "65,536", "1,048,576"]);
        assert_eq!(texts(&Axis::powers_of_two("", 1.0, 9.0)), ["1", "2", "4", "8"]);
    }

    #[test]
    fn names_stand_in_the_middle_of_their_part_of_the_axis() {
        let axis = Axis::named("", &["cpu", "storage"]);
        assert_eq!(texts(&axis), ["cpu", "storage"]);
        assert_eq!((axis.place(0.0), axis.place(1.0)), (0.25, 0.75));
    }

    #[test]
    fn an_axis_without_length_is_given_one() {
        assert_eq!(Axis::linear("", 3.0, 3.0, 5).to(), 4.0);
        assert_eq!(Axis::log("", 3.0, 3.0).to(), 30.0);
        assert_eq!(Axis::from_zero("", 0.0, 5).to(), 1.0);
        assert_eq!(Axis::log("", 0.0, 0.0), Axis::from_zero("", 1.0, 4));
    }

    #[test]
    fn where_there_is_a_zero_an_axis_is_linear() {
        for axis in [Axis::log("", 0.0, 8.0), Axis::powers_of_two("", 0.0, 8.0)] {
            assert_eq!(texts(&axis), ["0", "2", "4", "6", "8"]);
            assert_eq!((axis.place(0.0), axis.place(2.0)), (0.0, 0.25));
        }
    }

    #[test]
    fn values_are_placed_along_the_axis() {
        assert_eq!(Axis::linear("", 10.0, 20.0, 5).place(15.0), 0.5);
        assert!((Axis::log("", 1.0, 100.0).place(10.0) - 0.5).abs() < 1e-12);
    }

    #[test]
    fn thousands_are_grouped() {
        assert_eq!(grouped(1_234_567.0, 0), "1,234,567");
        assert_eq!(grouped(999.5, 1), "999.5");
        assert_eq!(grouped(-1000.25, 2), "−1,000.25");
        assert_eq!(grouped(-0.001, 1), "0.0");
    }
}
