//! Links: what becomes of a message from one host to another.
//!
//! A verdict is made of two draws of the sequential latency stream, always two, whatever the model:
//! so a change of model, loss or faults shifts nobody's draws. Where a host lies (its coordinates,
//! its row in the matrix) is made of pure draws that the caller gives. Two nodes on one host are
//! 1 ns apart and always hear each other.

use std::sync::Arc;

use compup2p_protocol::time::Span;

use super::delay::Delay;
use super::jitter::Jitter;
use super::latency::Latency;
use super::matrix::Matrix;
use super::{Network, Verdict};
use crate::faults::Conditions;

/// The least time that anything takes.
const LEAST: Span = Span(1);

/// The ways between the hosts of one run.
#[derive(Clone, Debug)]
pub struct Links {
    ways: Ways,
    jitter: Jitter,
    loss: f64,
    /// [`Links::loss`] of 2^32.
    threshold: u64,
}

#[derive(Clone, Debug)]
enum Ways {
    Drawn(Delay),
    Plane { side: f64, access: Delay, spots: Vec<Spot> },
    Measured { matrix: Arc<Matrix>, rows: Vec<u16> },
}

/// Where a host lies on the plane, in 2^-32 of its side, and its own access delay.
#[derive(Clone, Copy, Debug)]
struct Spot {
    x: u32,
    y: u32,
    access: Span,
}

impl Links {
    /// The ways of a checked `network`, with no host placed yet. `matrix` is what stands in the
    /// file that the model names.
    ///
    /// # Panics
    /// If the model is a matrix and none is given.
    pub fn new(network: &Network, matrix: Option<Arc<Matrix>>) -> Self {
        let ways = match network.latency {
            Latency::Constant { delay } => Ways::Drawn(Delay::Constant(delay)),
            Latency::Uniform { min, max } => Ways::Drawn(Delay::Uniform { min, max }),
            Latency::Exponential { mean } => Ways::Drawn(Delay::Exponential { mean }),
            Latency::Coordinates { side, access } => {
                Ways::Plane { side: side.0 as f64, access, spots: Vec::new() }
            }
            Latency::Matrix { .. } => {
                let matrix = matrix.expect("a checked trial brings the matrix that it names");
                Ways::Measured { matrix, rows: Vec::new() }
            }
        };
        let loss = network.loss;
        Self { ways, jitter: network.jitter, loss, threshold: threshold(loss) }
    }

    /// Places the next host (0, 1, 2, ...). `draw(nth)` gives its pure draws: on a plane 0 and 1
    /// are its place and 2 its access delay; in a matrix 0 is its row; else none is taken.
    pub fn place(&mut self, mut draw: impl FnMut(u32) -> u64) {
        match &mut self.ways {
            Ways::Drawn(_) => {}
            Ways::Plane { access, spots, .. } => spots.push(Spot {
                x: (draw(0) >> 32) as u32,
                y: (draw(1) >> 32) as u32,
                access: access.draw(draw(2)),
            }),
            Ways::Measured { matrix, rows } => {
                let row = (u128::from(draw(0)) * matrix.rows() as u128) >> 64;
                rows.push(row as u16);
            }
        }
    }

    /// What becomes of a message. `bits` are the next two draws of the latency stream.
    #[inline]
    pub fn verdict(&self, now: &Conditions, from: u32, to: u32, bits: [u64; 2]) -> Verdict {
        if from == to {
            return Verdict::Deliver(LEAST);
        }
        let luck = bits[1] >> 32;
        if now.any() {
            return self.verdict_under(now, from, to, bits);
        }
        if luck < self.threshold {
            return Verdict::Lose;
        }
        Verdict::Deliver(self.under_way(from, to, bits).max(LEAST))
    }

    /// The same while faults are on.
    #[cold]
    fn verdict_under(&self, now: &Conditions, from: u32, to: u32, bits: [u64; 2]) -> Verdict {
        let luck = bits[1] >> 32;
        if now.cut(from, to) || luck < threshold(now.loss(self.loss)) {
            return Verdict::Lose;
        }
        Verdict::Deliver(self.delay(now, from, to, bits))
    }

    /// How long the last byte of bulk data is under way, by the same draws as a message. The
    /// network loses none of it for good: what is lost, the transport sends again, in no time that
    /// is counted [ours].
    pub fn delay(&self, now: &Conditions, from: u32, to: u32, bits: [u64; 2]) -> Span {
        if from == to {
            return LEAST;
        }
        let span = self.under_way(from, to, bits);
        match now.any() {
            true => Span((span.0 as f64 * now.latency_factor()) as u64).max(LEAST),
            false => span.max(LEAST),
        }
    }

    #[inline]
    fn under_way(&self, from: u32, to: u32, bits: [u64; 2]) -> Span {
        let latency = match &self.ways {
            Ways::Drawn(delay) => delay.draw(bits[0]),
            Ways::Plane { side, spots, .. } => {
                let (a, b) = (spots[from as usize], spots[to as usize]);
                let (x, y) = (f64::from(a.x.abs_diff(b.x)), f64::from(a.y.abs_diff(b.y)));
                let distance = (x * x + y * y).sqrt() * (1.0 / 4_294_967_296.0);
                Span((distance * side) as u64) + a.access + b.access
            }
            Ways::Measured { matrix, rows } => {
                matrix.delay(rows[from as usize].into(), rows[to as usize].into())
            }
        };
        self.jitter.applied(latency, bits[1] as u32)
    }
}

/// A probability as a part of 2^32: a draw of 32 bits below it hits.
fn threshold(probability: f64) -> u64 {
    (probability * 4_294_967_296.0) as u64
}

#[cfg(test)]
mod tests;
