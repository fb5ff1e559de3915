//! What nodes offer under an owner's load that goes up and down by day, beside what the filter that
//! they follow does to a cosine: an average over about T lags behind, and flattens.

use crate::scene::trial;
use compup2p_engine::observer::{Observer, SampleRow, Stop};
use compup2p_engine::simulation::Simulation;
use std::f64::consts::PI;

const DAY_S: f64 = 86_400.0;

/// The share of compute power that is offered, sample by sample.
#[derive(Default)]
struct Offered(Vec<(f64, f64)>);

impl Observer for Offered {
    fn sample(&mut self, row: &SampleRow) -> Result<(), Stop> {
        self.0.push((row.at.as_secs(), row.offered));
        Ok(())
    }
}

/// A wave of one day: its mean, half its height, and when its peak is, in seconds after midnight.
#[derive(Debug)]
struct Wave {
    mean: f64,
    amplitude: f64,
    peak_s: f64,
}

/// The least-squares wave through samples of whole days, evenly spaced.
fn wave(samples: &[(f64, f64)]) -> Wave {
    let n = samples.len() as f64;
    let angle = |at: f64| 2.0 * PI * at / DAY_S;
    let sum = |of: &dyn Fn(f64, f64) -> f64| samples.iter().map(|&(t, y)| of(t, y)).sum::<f64>();
    let cosine = 2.0 / n * sum(&|t, y| y * libm::cos(angle(t)));
    let sine = 2.0 / n * sum(&|t, y| y * libm::sin(angle(t)));
    let peak = sine.atan2(cosine).rem_euclid(2.0 * PI);
    Wave {
        mean: sum(&|_, y| y) / n,
        amplitude: cosine.hypot(sine),
        peak_s: peak / (2.0 * PI) * DAY_S,
    }
}

#[test]
fn what_is_offered_follows_the_owners_load_as_the_average_over_t_does() {
    for (horizon_s, interval_s) in [(900.0, 300.0), (3600.0, 300.0), (4.0 * 3600.0, 600.0)] {
        let yaml = format!(
            "{{nodes: 200, duration: 4d, capacity: 1e9, record: {{timeseries: 10min}},
               overlay: {{rejoin_interval: 1h, stabilize: {{min: 1h, max: 1h}}}},
               admin: {{keepalive: 1h}}, market: {{relist_interval: 1h, listing_ttl: 2h}},
               workload: {{lookups: {{interval: off}}, purchases: {{interval: off}}}},
               owner_load: {{interval: {interval_s}s, horizon: {horizon_s}s,
                 load: {{model: diurnal, night: 0.1, day: 0.7, peak: 14h}}}}}}"
        );
        let mut offered = Offered::default();
        Simulation::new(&trial(&yaml)).run(&mut offered).expect("nothing is refused");
        // The first day has a beginning that no wave has.
        let settled: Vec<_> = offered.0.into_iter().filter(|&(at, _)| at > DAY_S).collect();
        assert_eq!(settled.len(), 3 * 144);
        let measured = wave(&settled);
        // A new sample weighs w = dt / (T + dt): the transfer function at one turn a day is
        // w / (1 - (1 - w) exp(-i omega dt)). A node holds its last sample for up to dt.
        let (omega, weight) = (2.0 * PI / DAY_S, interval_s / (horizon_s + interval_s));
        let step = omega * interval_s;
        let (re, im) = (1.0 - (1.0 - weight) * libm::cos(step), (1.0 - weight) * libm::sin(step));
        let held = libm::sin(step / 2.0) / (step / 2.0);
        let gain = weight / re.hypot(im) * held;
        let lag_s = im.atan2(re) / omega + interval_s / 2.0;
        let law = Wave {
            mean: 1.0 - 0.4,
            amplitude: 0.3 * gain,
            peak_s: (2.0 * 3600.0 + lag_s).rem_euclid(DAY_S), // Most is idle at 2 at night.
        };
        println!(
            "T = {horizon_s} s, a look each {interval_s} s: offered {:.4} +- {:.4}, most {:.0} s \
             after the owners' least; law {:.4} +- {:.4}, {lag_s:.0} s",
            measured.mean,
            measured.amplitude,
            measured.peak_s - 7200.0,
            law.mean,
            law.amplitude,
        );
        assert!((measured.mean - law.mean).abs() < 0.001, "{measured:?}");
        assert!((measured.amplitude - law.amplitude).abs() < 0.002, "{measured:?}");
        assert!((measured.peak_s - law.peak_s).abs() < 60.0, "{measured:?}");
    }
}
