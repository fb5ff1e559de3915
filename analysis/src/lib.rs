//! CSV to statistics to figures, and to a page. Knows column names and nothing of the simulator.
//!
//! ```text
//!  results/<scenario>/*.csv -> table -> histogram, history, sample, sweep -> stats, law, published
//!                                              |
//!                           plots/*.svg <- sheet <- panel, axis, legend <- figure/*
//! ```
//!
//! - [`draw_all`] draws the figures that a results folder has data for; what no CSV knows it reads
//!   from `manifest.json` ([`Context`]). A missing or an empty file
//!   means no figure, with the reason; a file that lacks a column or has a bad field is an
//!   [`Error`] that names file, line and column.
//! - [`write_report`] puts a results folder into one page, `report.html`: `report.rs`, `report/`.
//! - [`table`] reads CSV by column name, row by row. [`stats`], [`histogram`], [`sample`]:
//!   estimates with their 95 % intervals, percentiles, inequality.
//! - [`law`]: what theory says of hops and of keys at a node; [`published`]: what the Chord paper
//!   measured.
//! - [`sweep`]: the points of a sweep, with the metrics of each.
//! - [`TELLING`]: the metrics that tell most. `curves`: curves over what one path of a sweep is set to,
//!   and panels that show them.
//! - `history`: the time series; `special`: the functions that intervals and laws need.
//! - `figure/`: one file a figure. `sheet` is what it is drawn on, `panel`, `axis`, `legend`,
//!   `lettering` and `theme` are its parts.
//! - A new figure is one file in `figure/` and a line in [`FIGURES`].
//!
//! The same files give the same bytes: transcendental functions are `libm`'s, nothing is hashed,
//! the font of a PNG is in the program.

mod axis;
pub mod checkpoint;
mod context;
mod curves;
mod error;
mod figure;
pub mod histogram;
mod history;
pub mod law;
mod legend;
mod lettering;
mod panel;
pub mod published;
mod report;
pub mod sample;
#[cfg(test)]
mod scratch;
mod sheet;
mod special;
pub mod stats;
pub mod sweep;
pub mod table;
mod tasks;
mod telling;
mod theme;
pub mod voting;

pub use context::{Context, Failures};
pub use error::Error;
pub use figure::{FIGURES, Figure, Options, Outcome, draw_all};
pub use report::{Term, write as write_report};
pub use telling::{TELLING, Telling};
