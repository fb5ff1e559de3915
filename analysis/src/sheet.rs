//! What a figure is drawn on: an SVG document or a bitmap, with the same verbs. Positions are
//! pixels of the nominal size; what is written is four times as fine.

use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{BackendColor, BackendCoord, BackendStyle, DrawingBackend};
use plotters_bitmap::BitMapBackend;
use plotters_svg::SVGBackend;

use crate::lettering::{Font, Lettering};
use crate::theme::{Color, INK, LABEL, Marker, PAPER, SIZE, Stroke};

/// A position: pixels from the left, pixels from the top.
pub(crate) type Place = (f64, f64);

/// Units a pixel: lines may lie between pixels, and a bitmap has something to smooth.
const FINE: f64 = 4.0;
/// Units of a bitmap that become one of its pixels: PNG has twice the nominal resolution.
const SMOOTH: usize = 2;

/// The paper and the first fault.
pub(crate) struct Sheet<'a> {
    backend: Backend<'a>,
    font: Font,
    fault: Option<String>,
}

enum Backend<'a> {
    Svg(SVGBackend<'a>),
    Bitmap(BitMapBackend<'a>),
}

/// A text's look and which part of it is at the place.
#[derive(Clone, Copy)]
pub(crate) struct Text {
    pub(crate) size: f64,
    pub(crate) color: Color,
    pub(crate) across: HPos,
    pub(crate) down: VPos,
    pub(crate) turn: Turn,
}

/// Which way a text runs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    Level,
    Upwards,
}

impl Text {
    pub(crate) const LEFT: Self =
        Self { size: LABEL, color: INK, across: HPos::Left, down: VPos::Center, turn: Turn::Level };
}

struct Pen {
    color: BackendColor,
    width: u32,
}

impl BackendStyle for Pen {
    fn color(&self) -> BackendColor {
        self.color
    }
    fn stroke_width(&self) -> u32 {
        self.width
    }
}

/// Calls the same verb of whichever backend there is, and keeps the first fault.
macro_rules! ink {
    ($sheet:ident, $backend:ident => $draw:expr) => {{
        let result = match &mut $sheet.backend {
            Backend::Svg($backend) => $draw.map_err(|error| error.to_string()),
            Backend::Bitmap($backend) => $draw.map_err(|error| error.to_string()),
        };
        if let Err(why) = result {
            $sheet.fault.get_or_insert(why);
        }
    }};
}

/// The figure as an SVG document.
pub(crate) fn svg(title: &str, draw: &dyn Fn(&mut Sheet<'_>)) -> Result<Vec<u8>, String> {
    let (width, height) = units();
    let mut document = String::new();
    Sheet::fill(Backend::Svg(SVGBackend::with_string(&mut document, (width, height))), draw)?;
    let fine = format!("width=\"{width}\" height=\"{height}\"");
    let nominal = format!("width=\"{}\" height=\"{}\"", SIZE.0, SIZE.1);
    let document = document.replacen(&fine, &nominal, 1);
    let title = title.replace('&', "&amp;").replace('<', "&lt;");
    Ok(document.replacen('>', &format!(">\n<title>{title}</title>"), 1).into_bytes())
}

/// The figure as a PNG file.
pub(crate) fn png(draw: &dyn Fn(&mut Sheet<'_>)) -> Result<Vec<u8>, String> {
    let (width, height) = units();
    let mut fine = vec![255; (width * height * 3) as usize];
    Sheet::fill(Backend::Bitmap(BitMapBackend::with_buffer(&mut fine, (width, height))), draw)?;
    let pixels = smooth(&fine, width as usize * 3);
    let mut file = Vec::new();
    let side = SMOOTH as u32;
    let mut encoder = png::Encoder::new(&mut file, width / side, height / side);
    encoder.set_color(png::ColorType::Rgb);
    let mut writer = encoder.write_header().map_err(|error| error.to_string())?;
    writer.write_image_data(&pixels).map_err(|error| error.to_string())?;
    writer.finish().map_err(|error| error.to_string())?;
    Ok(file)
}

fn units() -> (u32, u32) {
    ((SIZE.0 * FINE) as u32, (SIZE.1 * FINE) as u32)
}

/// Means of squares of `SMOOTH` by `SMOOTH`.
fn smooth(fine: &[u8], row: usize) -> Vec<u8> {
    let mut pixels = Vec::with_capacity(fine.len() / SMOOTH / SMOOTH);
    for rows in fine.chunks_exact(row * SMOOTH) {
        for x in (0..row).step_by(3 * SMOOTH) {
            for channel in 0..3 {
                let of = |i: usize| (i / SMOOTH) * row + x + (i % SMOOTH) * 3 + channel;
                let sum: usize = (0..SMOOTH * SMOOTH).map(|i| usize::from(rows[of(i)])).sum();
                pixels.push((sum / (SMOOTH * SMOOTH)) as u8);
            }
        }
    }
    pixels
}

impl<'a> Sheet<'a> {
    fn fill(backend: Backend<'a>, draw: &dyn Fn(&mut Sheet<'_>)) -> Result<(), String> {
        let mut sheet = Sheet { backend, font: Font::embedded(), fault: None };
        sheet.rect((0.0, 0.0), SIZE, PAPER, 1.0);
        draw(&mut sheet);
        ink!(sheet, backend => backend.present());
        sheet.fault.map_or(Ok(()), Err)
    }

    /// A line through places, in dashes if the stroke has them.
    pub(crate) fn line(&mut self, places: &[Place], stroke: Stroke) {
        for dash in dashes(places, stroke.dashes) {
            let path: Vec<BackendCoord> = dash.into_iter().map(fine).collect();
            let pen = Pen { color: stroke.color.at(1.0), width: (stroke.width * FINE) as u32 };
            ink!(self, backend => backend.draw_path(path, &pen));
        }
    }

    /// A filled polygon.
    pub(crate) fn area(&mut self, places: &[Place], color: Color, opacity: f64) {
        let corners: Vec<BackendCoord> = places.iter().copied().map(fine).collect();
        let pen = Pen { color: color.at(opacity), width: 1 };
        ink!(self, backend => backend.fill_polygon(corners, &pen));
    }

    /// A filled rectangle.
    pub(crate) fn rect(&mut self, a: Place, b: Place, color: Color, opacity: f64) {
        let pen = Pen { color: color.at(opacity), width: 1 };
        ink!(self, backend => backend.draw_rect(fine(a), fine(b), &pen, true));
    }

    /// A point.
    pub(crate) fn marker(&mut self, (x, y): Place, marker: Marker, color: Color) {
        let r = 4.5;
        match marker {
            Marker::Disc => {
                for (radius, color) in [(r + 0.5, color), (r - 1.25, PAPER)] {
                    let pen = Pen { color: color.at(1.0), width: 1 };
                    let radius = (radius * FINE) as u32;
                    ink!(self, backend => backend.draw_circle(fine((x, y)), radius, &pen, true));
                }
            }
            Marker::Triangle => {
                self.area(&[(x - r, y + r * 0.8), (x + r, y + r * 0.8), (x, y - r)], color, 1.0);
            }
            Marker::Diamond => {
                let r = r + 0.5;
                self.area(&[(x - r, y), (x, y + r), (x + r, y), (x, y - r)], color, 1.0);
            }
            Marker::Square => {
                // Seen within a disc at the same place.
                let r = r - 1.75;
                self.rect((x - r, y - r), (x + r, y + r), color, 1.0);
            }
        }
    }

    /// A text on one line.
    pub(crate) fn text(&mut self, text: &str, place: Place, look: Text) {
        let lettering = Lettering {
            color: look.color.at(1.0),
            size: look.size * FINE,
            across: look.across,
            down: look.down,
            turn: look.turn,
        };
        let place = fine(place);
        let font = &self.font;
        let result = match &mut self.backend {
            Backend::Svg(backend) => {
                backend.draw_text(text, &lettering, place).map_err(|error| error.to_string())
            }
            Backend::Bitmap(backend) => font.draw(text, &lettering, place, |pixel, color| {
                backend.draw_pixel(pixel, color).map_err(|error| error.to_string())
            }),
        };
        if let Err(why) = result {
            self.fault.get_or_insert(why);
        }
    }

    /// How wide a text is in pixels, with room for a viewer whose font is wider than ours.
    pub(crate) fn width(&self, text: &str, size: f64) -> f64 {
        const WIDER: f64 = 1.12;
        self.font.width(text, size) * WIDER
    }
}

fn fine((x, y): Place) -> BackendCoord {
    ((x * FINE).round() as i32, (y * FINE).round() as i32)
}

/// Cuts a line into its dashes; lengths run on around corners.
fn dashes(places: &[Place], lengths: &[f64]) -> Vec<Vec<Place>> {
    if lengths.is_empty() {
        return vec![places.to_vec()];
    }
    let mut cut = Vec::new();
    let (mut nth, mut left) = (0_usize, lengths[0]);
    let mut dash: Vec<Place> = places.first().copied().into_iter().collect();
    for ends in places.windows(2) {
        let (mut from, to) = (ends[0], ends[1]);
        loop {
            let (dx, dy) = (to.0 - from.0, to.1 - from.1);
            let length = (dx * dx + dy * dy).sqrt();
            if length <= left {
                left -= length;
                dash.push(to);
                break;
            }
            from = (from.0 + dx * left / length, from.1 + dy * left / length);
            dash.push(from);
            if nth.is_multiple_of(2) {
                cut.push(std::mem::take(&mut dash));
            }
            dash = vec![from];
            nth += 1;
            left = lengths[nth % lengths.len()];
        }
    }
    if nth.is_multiple_of(2) && dash.len() > 1 {
        cut.push(dash);
    }
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dashes_run_on_around_corners() {
        let cut = dashes(&[(0.0, 0.0), (5.0, 0.0), (5.0, 5.0)], &[4.0, 2.0]);
        assert_eq!(cut, [vec![(0.0, 0.0), (4.0, 0.0)], vec![(5.0, 1.0), (5.0, 5.0)],]);
        assert_eq!(dashes(&[(0.0, 0.0), (9.0, 0.0)], &[]).len(), 1);
    }

    #[test]
    fn an_svg_has_a_title_and_its_nominal_size() {
        let svg = svg("a & b", &|sheet| sheet.text("x < y", (10.0, 10.0), Text::LEFT)).unwrap();
        let svg = String::from_utf8(svg).unwrap();
        assert!(svg.starts_with("<svg width=\"960\" height=\"560\" viewBox=\"0 0 3840 2240\""));
        assert!(svg.contains("<title>a &amp; b</title>"), "{svg}");
        assert!(svg.contains("x &lt; y"), "{svg}");
    }

    #[test]
    fn a_png_has_letters_without_any_font_of_the_system() {
        let blank = png(&|_| ()).unwrap();
        let text = png(&|sheet| sheet.text("hops", (10.0, 10.0), Text::LEFT)).unwrap();
        assert_eq!(&blank[1..4], b"PNG");
        assert_ne!(blank, text);
    }
}
