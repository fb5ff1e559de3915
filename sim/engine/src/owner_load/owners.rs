//! The owners of all machines of one run, and what they use at any time, computed on demand.

use super::trace::LoadTrace;
use super::{LoadModel, OwnerLoads, diurnal::Diurnal, nearest};
use crate::chance::{Chance, Draws, Purpose};
use crate::distribution::normal;
use compup2p_protocol::idle::OwnerLoad;
use compup2p_protocol::time::{Span, Time};
use std::sync::Arc;

/// The owners of a run. A node looks at its owner's load every `interval`, at moments of its own.
#[derive(Clone, Debug)]
pub struct Owners {
    chance: Chance,
    interval: Span,
    source: Source,
}

#[derive(Clone, Debug)]
enum Source {
    Constant(OwnerLoad),
    Diurnal(Diurnal),
    Traced { trace: Arc<LoadTrace>, step: Span },
}

impl Owners {
    /// The owners of a run whose scenario has passed its check; `trace` is what the file that it
    /// names holds, if it names one.
    pub fn new(loads: &OwnerLoads, trace: Option<Arc<LoadTrace>>, chance: Chance) -> Self {
        let source = match &loads.load {
            LoadModel::Constant { load } => Source::Constant(nearest(*load)),
            LoadModel::Diurnal(diurnal) => Source::Diurnal(*diurnal),
            LoadModel::Trace { step, .. } => {
                let trace = trace.expect("a checked trial has the files that its scenario names");
                Source::Traced { trace, step: *step }
            }
        };
        Self { chance, interval: loads.interval, source }
    }

    /// Whether no owner ever uses anything.
    pub fn are_away(&self) -> bool {
        matches!(self.source, Source::Constant(OwnerLoad::NONE))
    }

    /// How much of `host` its owner uses at `now`. The error of a diurnal load stays the same from
    /// one look to the next.
    pub fn load(&self, host: u32, now: Time) -> OwnerLoad {
        match &self.source {
            Source::Constant(load) => *load,
            Source::Diurnal(diurnal) => {
                let mut draws = self.lasting(host);
                let looks = self.looks(&mut draws, now);
                let place = draws.next_unit();
                let error = self.draws(host, 1 + looks).next_unit();
                nearest(diurnal.mean(now, place) + diurnal.noise * normal::inverse(error))
            }
            Source::Traced { trace, step } => {
                let mut draws = self.lasting(host);
                draws.next_u64();
                draws.next_u64();
                let series = draws.below(trace.series() as u64) as usize;
                trace.load(series, now.0 / step.0)
            }
        }
    }

    /// When `host` next looks, after `now`; never if there is nothing new to see.
    pub fn next_look(&self, host: u32, now: Time) -> Time {
        match self.source {
            Source::Constant(_) => Time::NEVER,
            Source::Diurnal(_) | Source::Traced { .. } => {
                let mut draws = self.lasting(host);
                let phase = self.interval.fraction(draws.clone().next_u64());
                Time::ZERO + phase + self.interval * self.looks(&mut draws, now)
            }
        }
    }

    /// How many moments to look there have been up to `now`: the first is a phase after the
    /// start, and each other an interval after the one before.
    fn looks(&self, draws: &mut Draws, now: Time) -> u64 {
        let phase = self.interval.fraction(draws.next_u64());
        (now + (self.interval - phase)).0 / self.interval.0
    }

    /// What stays with a host: the phase of its looks, of its peak, its series in a trace.
    fn lasting(&self, host: u32) -> Draws {
        self.draws(host, 0)
    }

    fn draws(&self, host: u32, nth: u64) -> Draws {
        self.chance.pure(Purpose::Owners, u64::from(host), nth)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Span = Span::secs(60);

    fn owners(load: &str, trace: Option<&str>) -> Owners {
        let loads: OwnerLoads = serde_yaml::from_str(&format!("{{load: {load}}}")).unwrap();
        let trace = trace.map(|text| LoadTrace::parse("x.csv", text.as_bytes()).unwrap());
        Owners::new(&loads, trace.map(Arc::new), Chance::new(7))
    }

    fn minute(minute: u64) -> Time {
        Time::ZERO + MINUTE * minute
    }

    #[test]
    fn a_constant_load_is_looked_at_once() {
        let owners = owners("0.3", None);
        assert_eq!(owners.load(5, minute(1000)), OwnerLoad::new(3000));
        assert_eq!(owners.next_look(5, Time::ZERO), Time::NEVER);
        assert!(!owners.are_away());
        assert!(self::owners("0", None).are_away());
    }

    #[test]
    fn looks_are_an_interval_apart_wherever_one_asks_from() {
        let owners = owners("{model: diurnal, night: 0, day: 1}", None);
        let firsts: Vec<_> = (0..50).map(|host| owners.next_look(host, Time::ZERO)).collect();
        assert!(firsts.iter().all(|&first| first > Time::ZERO && first <= minute(5)));
        assert!(firsts.windows(2).all(|two| two[0] != two[1]), "nodes do not look together");
        let first = firsts[3];
        assert_eq!(owners.next_look(3, Time(first.0 - 1)), first);
        for nth in 0..100 {
            let look = first + MINUTE * 5 * nth;
            assert_eq!(owners.next_look(3, look), look + MINUTE * 5);
            assert_eq!(owners.next_look(3, look + MINUTE), look + MINUTE * 5);
        }
    }

    #[test]
    fn a_diurnal_load_follows_its_mean_with_the_noise_that_it_says() {
        let owners = owners("{model: diurnal, night: 0.3, day: 0.7, noise: 0.05}", None);
        let Source::Diurnal(diurnal) = owners.source else { panic!("it is diurnal") };
        let errors: Vec<f64> = (0..20)
            .flat_map(|host| (0..1000).map(move |nth| (host, minute(5 * nth))))
            .map(|(host, now)| {
                let share = f64::from(owners.load(host, now).parts()) / 1e4;
                share - diurnal.mean(now, 0.5)
            })
            .collect();
        let count = errors.len() as f64;
        let mean = errors.iter().sum::<f64>() / count;
        let variance = errors.iter().map(|e| (e - mean) * (e - mean)).sum::<f64>() / count;
        assert!(mean.abs() < 4.0 * 0.05 / count.sqrt(), "{mean}");
        assert!((variance.sqrt() / 0.05 - 1.0).abs() < 0.03, "{variance}");
    }

    #[test]
    fn loads_stay_between_nothing_and_all() {
        let owners = owners("{model: diurnal, night: 0, day: 1, noise: 1}", None);
        let loads: Vec<_> = (0..1000).map(|nth| owners.load(0, minute(5 * nth))).collect();
        assert!(loads.contains(&OwnerLoad::NONE) && loads.contains(&OwnerLoad::FULL));
        // From one look to the next nothing but the time of day changes.
        let look = owners.next_look(0, Time::ZERO);
        let [a, b] = [look, Time(look.0 + 1)].map(|at| owners.load(0, at).parts());
        assert!(a.abs_diff(b) <= 1);
    }

    #[test]
    fn a_trace_is_followed_by_a_series_a_node_and_repeats() {
        let owners = owners("{model: trace, file: x.csv, step: 1min}", Some("a,1,2,3\nb,40,50\n"));
        let loads =
            |host| -> Vec<_> { (0..6).map(|nth| owners.load(host, minute(nth)).parts()).collect() };
        let (mut first, mut second) = (0, 0);
        for host in 0..1000 {
            match loads(host)[..] {
                [100, 200, 300, 100, 200, 300] => first += 1,
                [4000, 5000, 4000, 5000, 4000, 5000] => second += 1,
                ref other => panic!("{host} follows no series: {other:?}"),
            }
        }
        assert!(first > 430 && second > 430, "{first}, {second}");
        assert_eq!(owners.load(0, Time(MINUTE.0 - 1)), owners.load(0, Time::ZERO));
    }
}
