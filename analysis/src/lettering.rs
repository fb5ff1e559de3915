//! Letters: as the SVG backend wants them named, and as pixels of a font that is in the program.

use std::convert::Infallible;

use ab_glyph::{Font as _, FontRef, PxScale, ScaleFont as _, point};
use plotters_backend::text_anchor::{HPos, Pos, VPos};
use plotters_backend::{BackendColor, BackendCoord, BackendTextStyle, FontFamily, FontTransform};

use crate::sheet::Turn;
use crate::theme::FONTS;

/// A text's look; the size in units of the sheet.
pub(crate) struct Lettering {
    pub(crate) color: BackendColor,
    pub(crate) size: f64,
    pub(crate) across: HPos,
    pub(crate) down: VPos,
    pub(crate) turn: Turn,
}

impl BackendTextStyle for Lettering {
    type FontError = Infallible;

    fn color(&self) -> BackendColor {
        self.color
    }

    fn size(&self) -> f64 {
        self.size * 1.24 // the SVG backend divides by this
    }

    fn transform(&self) -> FontTransform {
        match self.turn {
            Turn::Level => FontTransform::None,
            Turn::Upwards => FontTransform::Rotate270,
        }
    }

    fn anchor(&self) -> Pos {
        Pos::new(self.across, self.down)
    }

    fn family(&self) -> FontFamily<'_> {
        FontFamily::Name(FONTS)
    }

    // The SVG backend leaves layout to the viewer, and bitmaps are lettered by `Font`.
    fn layout_box(&self, _: &str) -> Result<((i32, i32), (i32, i32)), Infallible> {
        Ok(((0, 0), (0, 0)))
    }

    fn draw<E, D: FnMut(i32, i32, BackendColor) -> Result<(), E>>(
        &self,
        _: &str,
        _: BackendCoord,
        _: D,
    ) -> Result<Result<(), E>, Infallible> {
        Ok(Ok(()))
    }
}

/// The font that is in the program.
pub(crate) struct Font(FontRef<'static>);

impl Font {
    pub(crate) fn embedded() -> Self {
        let font = FontRef::try_from_slice(ttf_noto_sans::REGULAR);
        Self(font.expect("the font in the program is a font"))
    }

    /// How wide a text is at a size.
    pub(crate) fn width(&self, text: &str, size: f64) -> f64 {
        f64::from(self.layout(text, size).0)
    }

    /// Draws a text pixel by pixel, placed as an SVG viewer would.
    pub(crate) fn draw(
        &self,
        text: &str,
        look: &Lettering,
        place: BackendCoord,
        mut draw: impl FnMut(BackendCoord, BackendColor) -> Result<(), String>,
    ) -> Result<(), String> {
        let (width, starts) = self.layout(text, look.size);
        let shift = match look.across {
            HPos::Left => 0.0,
            HPos::Center => width / 2.0,
            HPos::Right => width,
        };
        // What the SVG backend writes: 0.76em, 0.5ex, -0.5ex; an ex is 0.536 em here.
        let baseline = look.size as f32
            * match look.down {
                VPos::Top => 0.76,
                VPos::Center => 0.268,
                VPos::Bottom => -0.268,
            };
        let transform = look.transform();
        let mut result = Ok(());
        for (letter, start) in text.chars().zip(starts) {
            let at = point(start - shift, baseline);
            let glyph = self.0.glyph_id(letter).with_scale_and_position(self.scale(look.size), at);
            let Some(outline) = self.0.outline_glyph(glyph) else { continue };
            let corner = outline.px_bounds().min;
            outline.draw(|x, y, cover| {
                let x = x as i32 + corner.x as i32;
                let y = y as i32 + corner.y as i32;
                let (x, y) = transform.transform(x, y);
                let color = look.color.mix(f64::from(cover.clamp(0.0, 1.0)));
                if result.is_ok() && color.alpha > 0.0 {
                    result = draw((place.0 + x, place.1 + y), color);
                }
            });
        }
        result
    }

    /// The width and where each letter starts.
    fn layout(&self, text: &str, size: f64) -> (f32, Vec<f32>) {
        let font = self.0.as_scaled(self.scale(size));
        let mut x = 0.0;
        let mut before = None;
        let mut starts = Vec::new();
        for letter in text.chars() {
            let glyph = font.glyph_id(letter);
            x += before.map_or(0.0, |before| font.kern(before, glyph));
            starts.push(x);
            x += font.h_advance(glyph);
            before = Some(glyph);
        }
        (x, starts)
    }

    /// The scale at which an em is `size`.
    fn scale(&self, size: f64) -> PxScale {
        let em = self.0.units_per_em().unwrap_or(1000.0);
        PxScale::from(size as f32 * self.0.height_unscaled() / em)
    }
}
