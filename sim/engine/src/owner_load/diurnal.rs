//! Load by day and night [ours]: a cosine with one peak a day, and a normal error on top.

use super::share;
use crate::network::complaint::Complaint;
use compup2p_protocol::policy::DAY;
use compup2p_protocol::time::{Span, Time};
use core::f64::consts::TAU;

/// When owners are busiest, where a scenario says nothing [ours].
pub const PEAK: Span = Span::secs(14 * 3600);

/// The longest way of a node's peak from the mean one: half a day, to either side.
const PHASE_MAX: Span = Span(DAY.0 / 2);

/// A load that rises and falls once a day.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Diurnal {
    /// The load at the quietest time, 0 to 1.
    pub night: f64,
    /// The load at the busiest time, 0 to 1.
    pub day: f64,
    /// The busiest time of day; the run begins at midnight.
    pub peak: Span,
    /// The standard deviation of the error on top.
    pub noise: f64,
    /// How far a node's peak is from `peak` at most, before or after.
    pub phase: Span,
}

impl Diurnal {
    /// Everything that is wrong with it.
    pub fn check(&self) -> Vec<Complaint> {
        let mut wrong = Vec::new();
        share(&mut wrong, "night", self.night);
        share(&mut wrong, "day", self.day);
        if self.peak >= DAY {
            wrong.push(Complaint::new("peak", self.peak, "a time of day before 24h"));
        }
        share(&mut wrong, "noise", self.noise);
        if self.phase > PHASE_MAX {
            wrong.push(Complaint::new("phase", self.phase, "at most 12h"));
        }
        wrong
    }

    /// The load at `now`, as a share, without the error; `place`, from 0 to 1, says where in
    /// [`Diurnal::phase`] the node has its peak.
    pub fn mean(&self, now: Time, place: f64) -> f64 {
        let late = (2.0 * place - 1.0) * self.phase.as_secs();
        let secs = Span(now.0 % DAY.0).as_secs() - self.peak.as_secs() - late;
        let height = (1.0 + libm::cos(TAU * secs / DAY.as_secs())) / 2.0;
        self.night + (self.day - self.night) * height
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hour(hour: u64) -> Span {
        Span::secs(hour * 3600)
    }

    const DIURNAL: Diurnal =
        Diurnal { night: 0.1, day: 0.8, peak: PEAK, noise: 0.1, phase: Span::secs(2 * 3600) };

    #[test]
    fn it_is_busiest_at_the_peak_and_quietest_half_a_day_later_every_day() {
        for day in [0, 24, 240] {
            for (at, load) in [(14, 0.8), (2, 0.1), (8, 0.45), (20, 0.45)] {
                let mean = DIURNAL.mean(Time::ZERO + hour(day + at), 0.5);
                assert!((mean - load).abs() < 1e-12, "{at}h: {mean}, wants {load}");
            }
        }
    }

    #[test]
    fn a_phase_moves_the_peak_either_way() {
        for (place, peak) in [(0.0, 12), (0.5, 14), (1.0, 16)] {
            let mean = DIURNAL.mean(Time::ZERO + hour(peak), place);
            assert!((mean - 0.8).abs() < 1e-12, "{place}: {mean}");
        }
    }

    #[test]
    fn everything_wrong_is_told_at_once() {
        assert_eq!(DIURNAL.check(), []);
        let wrong = Diurnal { night: -0.1, day: 1.1, peak: DAY, noise: 2.0, phase: hour(13) };
        let told: Vec<_> = wrong.check().iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "night is \"-0.1\", wants a share from 0 to 1",
                "day is \"1.1\", wants a share from 0 to 1",
                "peak is \"1d\", wants a time of day before 24h",
                "noise is \"2\", wants a share from 0 to 1",
                "phase is \"13h\", wants at most 12h",
            ]
        );
    }
}
