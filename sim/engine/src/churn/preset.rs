//! Up and down times of real systems, as fitted by Javadi, Kondo, Iosup and Epema, "The Failure
//! Trace Archive: Enabling the comparison of failure measurements and models of distributed
//! systems", Journal of Parallel and Distributed Computing 73(8), 2013.

use compup2p_protocol::time::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::distribution::Distribution;

/// A system whose up and down times were measured, named as in the Failure Trace Archive.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Preset {
    /// Grid'5000, a grid of clusters in France, 2006.
    G5k06,
    /// Clusters of the Los Alamos National Laboratory, to 2005.
    Lanl05,
    /// Local DNS servers, 2004.
    Ldns04,
    /// Desktop computers at Microsoft, 1999.
    Microsoft99,
    /// Processors of desktop computers at Notre Dame, 2007, when idle.
    Nd07cpu,
    /// The peer-to-peer network Overnet, 2003.
    Overnet03,
    /// PlanetLab, 2005.
    Pl05,
    /// Supernodes of Skype, 2006.
    Skype06,
    /// Web servers, 2002.
    Websites02,
}

/// The family of distributions fitted to up and to down times.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Family {
    /// By the mean alone.
    Exponential,
    /// By shape and scale.
    #[default]
    Weibull,
    /// By mean and deviation of the logarithm.
    Lognormal,
}

/// One fit, times in hours.
struct Fit {
    mean_h: f64,
    shape: f64,
    scale_h: f64,
    mu_ln_h: f64,
    sigma: f64,
}

const fn fit(mean_h: f64, shape: f64, scale_h: f64, mu_ln_h: f64, sigma: f64) -> Fit {
    Fit { mean_h, shape, scale_h, mu_ln_h, sigma }
}

/// Up, then down.
///
/// Columns: exponential mean, Weibull shape and scale, lognormal mu and sigma.
#[rustfmt::skip]
const FITS: [(&str, Fit, Fit); 9] = [
    ("g5k06",       fit(  32.41, 0.48,  14.37, 1.51, 2.42), fit( 7.41, 0.35, 0.47, -2.00, 2.20)),
    ("lanl05",      fit(1779.99, 0.48, 816.60, 5.56, 2.39), fit( 5.92, 0.58, 2.18,  0.05, 1.42)),
    ("ldns04",      fit( 141.06, 0.51,  79.30, 3.25, 2.33), fit( 8.61, 0.63, 5.62,  0.91, 1.64)),
    ("microsoft99", fit(  67.01, 0.55,  35.30, 2.62, 1.84), fit(16.49, 0.60, 9.34,  1.42, 1.54)),
    ("nd07cpu",     fit(  13.73, 0.45,   4.16, 0.30, 2.20), fit( 4.25, 0.51, 0.74, -1.02, 1.27)),
    ("overnet03",   fit(   2.29, 0.85,   2.04, 0.19, 0.98), fit(12.00, 0.44, 2.98,  0.08, 1.80)),
    ("pl05",        fit( 159.49, 0.33,  19.35, 1.44, 2.86), fit(49.61, 0.36, 5.59,  0.40, 2.45)),
    ("skype06",     fit(  16.27, 0.64,  10.86, 1.60, 1.57), fit(14.31, 0.63, 9.48,  1.40, 1.73)),
    ("websites02",  fit(  11.85, 0.46,   3.68, 0.23, 2.02), fit( 1.18, 0.65, 0.61, -1.12, 1.13)),
];

impl Preset {
    /// All of them, in the order of their names.
    pub const ALL: [Self; 9] = [
        Self::G5k06,
        Self::Lanl05,
        Self::Ldns04,
        Self::Microsoft99,
        Self::Nd07cpu,
        Self::Overnet03,
        Self::Pl05,
        Self::Skype06,
        Self::Websites02,
    ];

    /// Its name in a scenario.
    pub const fn name(self) -> &'static str {
        FITS[self as usize].0
    }

    /// The one of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.name() == name)
    }

    /// The distributions of its up and of its down times.
    pub fn up_down(self, family: Family) -> (Distribution<Span>, Distribution<Span>) {
        let (_, up, down) = &FITS[self as usize];
        (up.distribution(family), down.distribution(family))
    }
}

impl Fit {
    fn distribution(&self, family: Family) -> Distribution<Span> {
        let hours = |h: f64| Span::from_secs_f64(h * 3600.0);
        match family {
            Family::Exponential => Distribution::Exponential { mean: hours(self.mean_h) },
            Family::Weibull => {
                Distribution::Weibull { shape: self.shape, scale: hours(self.scale_h) }
            }
            Family::Lognormal => Distribution::Lognormal {
                median: hours(libm::exp(self.mu_ln_h)),
                sigma: self.sigma,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preset_is_written_as_it_is_named() {
        for preset in Preset::ALL {
            assert_eq!(Preset::named(preset.name()), Some(preset));
            let written = serde_yaml::to_string(&preset).unwrap();
            assert_eq!(written.trim(), preset.name());
        }
        assert_eq!(Preset::named("skype07"), None);
    }

    #[test]
    fn the_weibull_of_skype_is_the_published_one() {
        let (up, down) = Preset::Skype06.up_down(Family::Weibull);
        let hours = |text: &str| text.parse().unwrap();
        assert_eq!(up, Distribution::Weibull { shape: 0.64, scale: hours("10.86h") });
        assert_eq!(down, Distribution::Weibull { shape: 0.63, scale: hours("9.48h") });
    }

    #[test]
    fn every_fit_passes_the_check_of_its_distribution() {
        for preset in Preset::ALL {
            for family in [Family::Exponential, Family::Weibull, Family::Lognormal] {
                let (up, down) = preset.up_down(family);
                assert_eq!((up.check(), down.check()), (vec![], vec![]), "{preset:?} {family:?}");
                assert!(up.mean() > 0.0 && down.mean() > 0.0);
            }
        }
    }
}
