//! The one list of figures, and how they are drawn.

mod attempts;
mod attempts_by_sellers;
mod backup;
mod checkpointing;
mod gantt;
mod hops_by_nodes;
mod idle_capacity;
mod kinds;
mod live_nodes;
mod lookup_hops;
mod lorenz_by_scheme;
mod max_min;
mod misreport;
mod mo_load;
mod mo_load_by_range;
mod mo_state;
mod overhead;
mod points;
mod progress;
mod redundancy;
mod selfish_mo;
mod session_length;
mod speedup;
mod success;
mod suspension;
mod turnaround;

#[cfg(test)]
mod tests;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use crate::context::Context;
use crate::error::Error;
use crate::sheet::{self, Sheet};

/// A figure that a results folder may have data for.
pub struct Figure {
    /// Its name, and its files'.
    pub name: &'static str,
    /// What it shows, in a sentence.
    pub shows: &'static str,
    of: Of,
    read: fn(&Path, &Context) -> Result<Reading, Error>,
}

/// What a figure is of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    /// One scenario; the points of a sweep are not to be mixed in it.
    Scenario,
    /// The points of a sweep, side by side.
    Sweep,
    /// One scenario, or the points of a sweep side by side.
    Either,
}

/// All figures.
pub const FIGURES: [Figure; 26] = [
    points::FIGURE,
    lookup_hops::FIGURE,
    mo_load::FIGURE,
    mo_state::FIGURE,
    live_nodes::FIGURE,
    success::FIGURE,
    attempts::FIGURE,
    kinds::FIGURE,
    idle_capacity::FIGURE,
    misreport::FIGURE,
    max_min::FIGURE,
    hops_by_nodes::FIGURE,
    mo_load_by_range::FIGURE,
    lorenz_by_scheme::FIGURE,
    attempts_by_sellers::FIGURE,
    overhead::FIGURE,
    session_length::FIGURE,
    selfish_mo::FIGURE,
    speedup::FIGURE,
    checkpointing::FIGURE,
    redundancy::FIGURE,
    backup::FIGURE,
    gantt::FIGURE,
    turnaround::FIGURE,
    progress::FIGURE,
    suspension::FIGURE,
];

/// The path of the pricing rule, where it is swept.
const RULE: &str = "pricing.rule";

/// What to write beside SVG.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// PNG too, at twice the size.
    pub png: bool,
}

/// What became of a figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was written.
    Drawn {
        /// The figure's name.
        figure: &'static str,
        /// Its files.
        files: Vec<PathBuf>,
    },
    /// There are no data for it.
    Skipped {
        /// The figure's name.
        figure: &'static str,
        /// Why not.
        why: String,
    },
}

/// Data that are ready to be drawn, or why there are none.
enum Reading {
    Plot(Box<dyn Plot>),
    Nothing(String),
}

trait Plot {
    fn draw(&self, sheet: &mut Sheet<'_>);
}

impl Context {
    /// The line below a figure's title.
    fn line(&self) -> String {
        let Self { scenario, nodes, overlay, seed, swept, .. } = self;
        let nodes = if swept.iter().any(|path| path == "nodes") {
            "swept".to_owned()
        } else {
            crate::axis::grouped(*nodes as f64, 0)
        };
        // A name may be longer than the figure is wide.
        const NAME_MAX: usize = 48;
        let scenario = crate::axis::clipped(scenario, NAME_MAX);
        format!("{scenario} · N = {nodes} · {overlay} · seed {seed}")
    }

    /// The same, with the pricing rule: for figures that depend on it.
    fn line_with_rule(&self) -> String {
        let is_swept = self.swept.iter().any(|path| path == RULE);
        let rule = if is_swept { "swept" } else { &self.pricing_rule };
        format!("{} · pricing rule {rule}", self.line())
    }
}

/// Draws every figure that a folder of results has data for into its `plots/`. A file is there whole
/// or not at all; the same data give the same bytes. One that fails keeps no other from being drawn.
///
/// # Errors
/// There is no manifest; else the first file that is there and is not what it should be, or cannot
/// be written; or a figure breaks off, which is a bug.
pub fn draw_all(folder: &Path, options: Options) -> Result<Vec<Outcome>, Error> {
    let context = Context::read(folder)?;
    let draw = |figure: &Figure| {
        let drawn = catch_unwind(AssertUnwindSafe(|| figure.draw(folder, &context, options)));
        let broken =
            |_| Err(Error::Draw { figure: figure.name, why: "broke off, a bug".to_owned() });
        drawn.unwrap_or_else(broken)
    };
    let all: Vec<Result<Outcome, Error>> = FIGURES.iter().map(draw).collect();
    all.into_iter().collect()
}

impl Figure {
    /// Draws this figure, as [`draw_all`] does.
    ///
    /// # Errors
    /// The first file that is there and is not what it should be, or cannot be written.
    pub fn draw(
        &self,
        folder: &Path,
        context: &Context,
        options: Options,
    ) -> Result<Outcome, Error> {
        let figure = self.name;
        let why = match (self.of, context.swept.is_empty()) {
            (Of::Scenario, true) | (Of::Sweep, false) | (Of::Either, _) => None,
            (Of::Scenario, false) => Some("of a single scenario, and this is a sweep"),
            (Of::Sweep, true) => Some("of a sweep, and nothing is swept"),
        };
        if let Some(why) = why {
            return Ok(Outcome::Skipped { figure, why: why.to_owned() });
        }
        let plot = match (self.read)(folder, context)? {
            Reading::Plot(plot) => plot,
            Reading::Nothing(why) => return Ok(Outcome::Skipped { figure, why }),
        };
        let failed = |why| Error::Draw { figure, why };
        let draw = |sheet: &mut Sheet<'_>| plot.draw(sheet);
        let plots = folder.join("plots");
        fs::create_dir_all(&plots).map_err(Error::write(&plots))?;
        let title = format!("{figure}: {}", context.line());
        let svg = sheet::svg(&title, &draw).map_err(failed)?;
        let mut files = vec![write(&plots, &format!("{figure}.svg"), &svg)?];
        if options.png {
            let png = sheet::png(&draw).map_err(failed)?;
            files.push(write(&plots, &format!("{figure}.png"), &png)?);
        }
        Ok(Outcome::Drawn { figure, files })
    }
}

/// Writes aside, then renames.
pub(crate) fn write(folder: &Path, name: &str, bytes: &[u8]) -> Result<PathBuf, Error> {
    let path = folder.join(name);
    let aside = folder.join(format!(".{name}.part"));
    fs::write(&aside, bytes).map_err(Error::write(&aside))?;
    fs::rename(&aside, &path).map_err(Error::write(&path))?;
    Ok(path)
}
