//! A panel: two axes and what is drawn between them.

use plotters_backend::text_anchor::{HPos, VPos};

use crate::axis::Axis;
use crate::sheet::{Place, Sheet, Text, Turn};
use crate::stats::Estimate;
use crate::theme::{Color, Frame, GREY, GRID, INK, Marker, SOLID, Stroke, TICK};

/// Where data are drawn.
pub(crate) struct Panel {
    pub(crate) frame: Frame,
    pub(crate) x: Axis,
    pub(crate) y: Axis,
}

impl Panel {
    /// Where a pair of values is on the sheet, kept within the frame.
    pub(crate) fn at(&self, x: f64, y: f64) -> Place {
        let Frame { left, top, right, bottom } = self.frame;
        let across = self.x.place(x).clamp(0.0, 1.0);
        let up = self.y.place(y).clamp(0.0, 1.0);
        (left + across * (right - left), bottom - up * (bottom - top))
    }

    /// As [`Panel::at`], for many.
    pub(crate) fn all(&self, values: &[(f64, f64)]) -> Vec<Place> {
        values.iter().map(|(x, y)| self.at(*x, *y)).collect()
    }

    /// A line through values, each marked.
    pub(crate) fn curve(
        &self,
        sheet: &mut Sheet<'_>,
        values: &[(f64, f64)],
        stroke: Stroke,
        marker: Marker,
    ) {
        let places = self.all(values);
        sheet.line(&places, stroke);
        for place in places {
            sheet.marker(place, marker, stroke.color);
        }
    }

    /// An interval as a bar with ends, if it has ends.
    pub(crate) fn interval(&self, sheet: &mut Sheet<'_>, x: f64, of: Estimate, color: Color) {
        if !of.low.is_finite() || !of.high.is_finite() {
            return;
        }
        const END: f64 = 4.0;
        let stroke = Stroke::new(color, 1.25, SOLID);
        // A logarithmic axis has no place for what is not positive.
        let low = self.at(x, of.low.max(self.y.from()));
        let high = self.at(x, of.high);
        sheet.line(&[low, high], stroke);
        for (x, y) in [low, high] {
            sheet.line(&[(x - END, y), (x + END, y)], stroke);
        }
    }

    /// Draws grid, ticks and labels; data go on top.
    pub(crate) fn draw(&self, sheet: &mut Sheet<'_>) {
        let Frame { left, top, right, bottom } = self.frame;
        let grid = Stroke::new(GRID, 1.0, SOLID);
        let edge = Stroke::new(GREY, 1.0, SOLID);
        let tick = Text { size: TICK, ..Text::LEFT };
        for (value, text) in self.x.ticks() {
            let (x, _) = self.at(*value, self.y.from());
            sheet.line(&[(x, top), (x, bottom)], grid);
            let look = Text { across: HPos::Center, down: VPos::Top, ..tick };
            sheet.text(text, (x, bottom + 7.0), look);
        }
        for (value, text) in self.y.ticks() {
            let (_, y) = self.at(self.x.from(), *value);
            sheet.line(&[(left, y), (right, y)], grid);
            sheet.text(text, (left - 7.0, y), Text { across: HPos::Right, ..tick });
        }
        sheet.line(&[(left, top), (left, bottom), (right, bottom)], edge);
        let label = Text { color: INK, across: HPos::Center, down: VPos::Top, ..Text::LEFT };
        sheet.text(&self.x.label, ((left + right) / 2.0, bottom + 27.0), label);
        let label = Text { turn: Turn::Upwards, down: VPos::Center, ..label };
        sheet.text(&self.y.label, (left - 58.0, (top + bottom) / 2.0), label);
    }
}
