//! Titles above the panels, the legend beside them.

use plotters_backend::text_anchor::VPos;

use crate::sheet::{Sheet, Text};
use crate::theme::{Color, GREY, Marker, PANELS, SIZE, Stroke, TICK, TITLE};

const LEFT: f64 = PANELS.right + 22.0;
const SAMPLE: f64 = 30.0;
const LINE: f64 = 17.0;
const MARGIN: f64 = 10.0;

/// What stands beside a legend's text.
#[derive(Clone, Copy)]
pub(crate) enum Sample {
    Line(Stroke),
    LineWithMarker(Stroke, Marker),
    Area(Color, f64),
}

/// The legend, written from top to bottom.
pub(crate) struct Legend<'a, 'b> {
    sheet: &'a mut Sheet<'b>,
    y: f64,
}

impl<'a, 'b> Legend<'a, 'b> {
    pub(crate) fn new(sheet: &'a mut Sheet<'b>) -> Self {
        Self { sheet, y: PANELS.top + 8.0 }
    }

    /// One entry; long texts are broken between words.
    pub(crate) fn entry(&mut self, sample: Sample, text: &str) {
        let middle = (LEFT + SAMPLE / 2.0, self.y);
        let ends = [(LEFT, self.y), (LEFT + SAMPLE, self.y)];
        match sample {
            Sample::Line(stroke) => self.sheet.line(&ends, stroke),
            Sample::LineWithMarker(stroke, marker) => {
                self.sheet.line(&ends, stroke);
                self.sheet.marker(middle, marker, stroke.color);
            }
            Sample::Area(color, opacity) => {
                let (a, b) = ((LEFT, self.y - 5.0), (LEFT + SAMPLE, self.y + 5.0));
                self.sheet.rect(a, b, color, opacity);
            }
        }
        self.lines(text, LEFT + SAMPLE + 8.0, Text::LEFT);
        self.y += 6.0;
    }

    /// One entry with a sample of its own: drawn from a place to a place, at a height.
    pub(crate) fn drawn(&mut self, sample: impl FnOnce(&mut Sheet<'b>, f64, f64, f64), text: &str) {
        sample(self.sheet, LEFT, LEFT + SAMPLE, self.y);
        self.lines(text, LEFT + SAMPLE + 8.0, Text::LEFT);
        self.y += 6.0;
    }

    /// A remark below an entry, over the legend's whole width.
    pub(crate) fn note(&mut self, text: &str) {
        self.lines(text, LEFT, Text { size: TICK, color: GREY, ..Text::LEFT });
        self.y += 3.0;
    }

    /// Some room between groups.
    pub(crate) fn gap(&mut self) {
        self.y += LINE / 2.0;
    }

    fn lines(&mut self, text: &str, left: f64, look: Text) {
        let room = SIZE.0 - MARGIN - left;
        let wide = |line: &str| self.sheet.width(line, look.size) > room;
        for line in wrapped(text, wide) {
            self.sheet.text(&line, (left, self.y), look);
            self.y += LINE;
        }
    }
}

/// The figure's title and, below it, what run it is of.
pub(crate) fn titles(sheet: &mut Sheet<'_>, title: &str, of: &str) {
    let left = 20.0;
    sheet.text(title, (left, 14.0), Text { size: TITLE, down: VPos::Top, ..Text::LEFT });
    sheet.text(of, (left, 38.0), Text { color: GREY, down: VPos::Top, ..Text::LEFT });
}

/// Breaks a text between words, and where it says so, as late as `wide` allows.
fn wrapped(text: &str, wide: impl Fn(&str) -> bool) -> Vec<String> {
    let mut lines = Vec::new();
    for part in text.split('\n') {
        let mut line = String::new();
        for word in part.split(' ') {
            let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
            if !line.is_empty() && wide(&longer) {
                lines.push(std::mem::replace(&mut line, word.to_owned()));
            } else {
                line = longer;
            }
        }
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_broken_between_words() {
        let lines = wrapped("one two three\nfour incomprehensible", |line| line.len() > 8);
        assert_eq!(lines, ["one two", "three", "four", "incomprehensible"]);
    }
}
