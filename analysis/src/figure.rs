//! The one list of figures, and how they are drawn.

mod live_nodes;
mod lookup_hops;
mod mo_load;
mod success;

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::sheet::{self, Sheet};

/// A figure that a results folder may have data for.
pub struct Figure {
    /// Its name, and its files'.
    pub name: &'static str,
    /// What it shows, in a sentence.
    pub shows: &'static str,
    read: fn(&Path, &Context) -> Result<Reading, Error>,
}

/// All figures of a single scenario.
pub const FIGURES: [Figure; 4] =
    [lookup_hops::FIGURE, mo_load::FIGURE, live_nodes::FIGURE, success::FIGURE];

/// What figures say about the run that no CSV file knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// The scenario's name.
    pub scenario: String,
    /// Nodes on the ring, N.
    pub nodes: u64,
    /// `chord` or `can`; theory is drawn for Chord.
    pub overlay: String,
    /// The market scheme's name.
    pub market_scheme: String,
    /// The seed.
    pub seed: u64,
}

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
        let Self { scenario, nodes, overlay, seed, .. } = self;
        let nodes = crate::axis::grouped(*nodes as f64, 0);
        format!("{scenario} · N = {nodes} · {overlay} · seed {seed}")
    }
}

/// Draws every figure that the folder has data for into its `plots/`. A file is there whole or not
/// at all; the same data give the same bytes.
///
/// # Errors
/// The first file that is there and is not what it should be, or cannot be written.
pub fn draw_all(folder: &Path, context: &Context, options: Options) -> Result<Vec<Outcome>, Error> {
    FIGURES.iter().map(|figure| figure.draw(folder, context, options)).collect()
}

impl Figure {
    /// Draws this figure, as [`draw_all`] does.
    ///
    /// # Errors
    /// As [`draw_all`].
    pub fn draw(
        &self,
        folder: &Path,
        context: &Context,
        options: Options,
    ) -> Result<Outcome, Error> {
        let figure = self.name;
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
fn write(folder: &Path, name: &str, bytes: &[u8]) -> Result<PathBuf, Error> {
    let path = folder.join(name);
    let aside = folder.join(format!(".{name}.part"));
    fs::write(&aside, bytes).map_err(Error::write(&aside))?;
    fs::rename(&aside, &path).map_err(Error::write(&path))?;
    Ok(path)
}
