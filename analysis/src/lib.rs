//! CSV to statistics to figures.
