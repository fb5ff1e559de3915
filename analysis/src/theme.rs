//! How figures look: colours, strokes, markers, sizes. Lengths are pixels of the figure at its
//! nominal size.

use plotters_backend::BackendColor;

/// The fonts an SVG asks for; all about as wide as the first, which PNG uses and which is measured.
pub(crate) const FONTS: &str = "Noto Sans, Helvetica, Arial, sans-serif";
/// Width and height of a figure.
pub(crate) const SIZE: (f64, f64) = (960.0, 560.0);
/// Text sizes.
pub(crate) const TITLE: f64 = 18.0;
pub(crate) const LABEL: f64 = 13.0;
pub(crate) const TICK: f64 = 12.0;

/// The part of a figure where panels are, within margins, titles and the legend.
pub(crate) const PANELS: Frame = Frame { left: 78.0, top: 66.0, right: 690.0, bottom: 504.0 };

/// A rectangle; y grows downwards.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Frame {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) right: f64,
    pub(crate) bottom: f64,
}

/// An opaque colour. The named ones are Okabe and Ito's, which colour-blind readers tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Color(u8, u8, u8);

pub(crate) const BLUE: Color = Color(0, 114, 178);
pub(crate) const VERMILION: Color = Color(213, 94, 0);
pub(crate) const GREEN: Color = Color(0, 158, 115);
pub(crate) const INK: Color = Color(34, 34, 34);
pub(crate) const GREY: Color = Color(102, 102, 102);
pub(crate) const GRID: Color = Color(226, 226, 226);
pub(crate) const PALE: Color = Color(196, 196, 196);
pub(crate) const PAPER: Color = Color(255, 255, 255);

impl Color {
    /// As the backends want it, with opacity from 0 to 1.
    pub(crate) fn at(self, opacity: f64) -> BackendColor {
        BackendColor { alpha: opacity, rgb: (self.0, self.1, self.2) }
    }

    /// Mixed with white: what a share `tint` of the colour looks like.
    pub(crate) fn tint(self, tint: f64) -> Self {
        let mix = |part: u8| (255.0 - (255.0 - f64::from(part)) * tint).round() as u8;
        Self(mix(self.0), mix(self.1), mix(self.2))
    }
}

/// How a line is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Stroke {
    pub(crate) color: Color,
    pub(crate) width: f64,
    /// Lengths of dashes and gaps in turn; empty is solid.
    pub(crate) dashes: &'static [f64],
}

pub(crate) const SOLID: &[f64] = &[];
pub(crate) const DASHED: &[f64] = &[8.0, 5.0];
pub(crate) const DOTTED: &[f64] = &[2.0, 3.0];
const DASH_DOTTED: &[f64] = &[8.0, 4.0, 2.0, 4.0];

impl Stroke {
    pub(crate) const fn new(color: Color, width: f64, dashes: &'static [f64]) -> Self {
        Self { color, width, dashes }
    }
}

/// The shape of a point; discs are hollow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Marker {
    Disc,
    Triangle,
    Diamond,
    Square,
}

/// Curves side by side: told apart by dashes and marks, too.
pub(crate) const LOOKS: [(Stroke, Marker); 4] = [
    (Stroke::new(BLUE, 1.75, SOLID), Marker::Disc),
    (Stroke::new(VERMILION, 1.75, DASHED), Marker::Triangle),
    (Stroke::new(GREEN, 1.75, DOTTED), Marker::Square),
    (Stroke::new(INK, 1.75, DASH_DOTTED), Marker::Diamond),
];
