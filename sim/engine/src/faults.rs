//! Faults: what goes wrong at set times, as a scenario says it; and the conditions that they make.
//!
//! A fault is either a stroke (a crash) or lasts for a time (partition,
//! loss, latency, AdminServer down). The engine posts its beginning and its end; strokes it carries
//! out itself, what lasts it tells to [`Conditions`].

use compup2p_protocol::time::{Span, Time};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::network::choice::Choice;
use crate::network::complaint::Complaint;

mod conditions;
pub use conditions::Conditions;

/// The most partitions at one time.
pub const PARTITIONS_MAX: usize = 64;

/// One scheduled fault.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(try_from = "Flat", into = "Flat")]
pub struct Fault {
    /// When it begins, from the start of the run.
    pub at: Span,
    /// What it is.
    pub kind: Kind,
}

/// What a fault is.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Kind {
    /// Each node that is up crashes with probability `share`, all at once.
    Crash {
        /// Above 0, at most 1.
        share: f64,
    },
    /// The busiest market owners crash, all at once.
    CrashBusiest {
        /// How many.
        count: u32,
    },
    /// No message passes between two sides; a host is on the smaller side with probability `share`.
    Partition {
        /// How long.
        lasts: Span,
        /// Above 0, below 1.
        share: f64,
    },
    /// Every message is lost with this probability, besides what the network loses anyway.
    Loss {
        /// How long.
        lasts: Span,
        /// Above 0, at most 1.
        probability: f64,
    },
    /// Every latency is multiplied.
    Latency {
        /// How long.
        lasts: Span,
        /// Above 0.
        factor: f64,
    },
    /// The AdminServer answers nobody.
    AdminDown {
        /// How long.
        lasts: Span,
    },
    /// Each node, up or down, turns malicious with probability `share`, for good: it gives the same
    /// wrong results as others of its kind.
    Malicious {
        /// Above 0, at most 1.
        share: f64,
    },
}

impl Fault {
    /// When it begins.
    pub fn begins(&self) -> Time {
        Time::ZERO + self.at
    }

    /// When it ends; a stroke never does.
    pub fn ends(&self) -> Option<Time> {
        self.lasts().map(|lasts| self.begins() + lasts)
    }

    /// How long it lasts; `None` for a stroke.
    pub fn lasts(&self) -> Option<Span> {
        match self.kind {
            Kind::Crash { .. } | Kind::CrashBusiest { .. } | Kind::Malicious { .. } => None,
            Kind::Partition { lasts, .. }
            | Kind::Loss { lasts, .. }
            | Kind::Latency { lasts, .. }
            | Kind::AdminDown { lasts } => Some(lasts),
        }
    }

    /// Everything that is wrong with it.
    pub fn check(&self) -> Vec<Complaint> {
        let mut wrong = Vec::new();
        match self.kind {
            Kind::Crash { share } | Kind::Malicious { share } => {
                if !(share > 0.0 && share <= 1.0) {
                    let wanted = "a number above 0 and at most 1 such as 0.2";
                    wrong.push(Complaint::new("share", share, wanted));
                }
            }
            Kind::CrashBusiest { count } => {
                if count == 0 {
                    wrong.push(Complaint::new("count", count, "a whole number from 1 on"));
                }
            }
            Kind::Partition { share, .. } => {
                if !(share > 0.0 && share < 1.0) {
                    let wanted = "a number above 0 and below 1 such as 0.5";
                    wrong.push(Complaint::new("share", share, wanted));
                }
            }
            Kind::Loss { probability, .. } => {
                if !(probability > 0.0 && probability <= 1.0) {
                    let wanted = "a number above 0 and at most 1 such as 0.1";
                    wrong.push(Complaint::new("probability", probability, wanted));
                }
            }
            Kind::Latency { factor, .. } => {
                if !(factor > 0.0 && factor.is_finite()) {
                    wrong.push(Complaint::new("factor", factor, "a positive number such as 3"));
                }
            }
            Kind::AdminDown { .. } => {}
        }
        if self.lasts() == Some(Span::ZERO) {
            wrong.push(Complaint::new("for", "0s", "a positive duration such as 5min"));
        }
        wrong
    }
}

/// Everything that is wrong with a list of faults; paths begin with the place in the list.
pub fn check(faults: &[Fault]) -> Vec<Complaint> {
    let mut wrong = Vec::new();
    let mut ends: Vec<Time> = Vec::new();
    let mut order: Vec<usize> = (0..faults.len()).collect();
    order.sort_by_key(|nth| faults[*nth].at);
    for (nth, fault) in faults.iter().enumerate() {
        wrong.extend(fault.check().into_iter().map(|c| c.within(&format!("[{nth}]"))));
    }
    for nth in order {
        let (Kind::Partition { .. }, Some(end)) = (faults[nth].kind, faults[nth].ends()) else {
            continue;
        };
        ends.retain(|end| *end > faults[nth].begins());
        ends.push(end);
        if ends.len() > PARTITIONS_MAX {
            let wanted = format!("at most {PARTITIONS_MAX} partitions at one time");
            let at = Complaint::new("at", faults[nth].at, &wanted);
            wrong.push(at.within(&format!("[{nth}]")));
        }
    }
    wrong
}

/// Whether a pure draw of `bits` falls among a `share`: who crashes, who is on the smaller side.
pub fn falls_in(share: f64, bits: u64) -> bool {
    ((bits >> 11) as f64) < share * (1u64 << 53) as f64
}

#[derive(Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
enum Name {
    Crash,
    CrashBusiest,
    Partition,
    Loss,
    Latency,
    AdminDown,
    Malicious,
}

/// [`Fault`] as YAML shows it.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct Flat {
    at: Span,
    kind: Name,
    #[serde(rename = "for", default, skip_serializing_if = "Option::is_none")]
    lasts: Option<Span>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    share: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    count: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    probability: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    factor: Option<f64>,
}

impl TryFrom<Flat> for Fault {
    type Error = String;

    fn try_from(mut flat: Flat) -> Result<Self, String> {
        let name = match flat.kind {
            Name::Crash => "crash",
            Name::CrashBusiest => "crash_busiest",
            Name::Partition => "partition",
            Name::Loss => "loss",
            Name::Latency => "latency",
            Name::AdminDown => "admin_down",
            Name::Malicious => "malicious",
        };
        let mut choice = Choice::new("kind", name);
        let mut lasts = |choice: &mut Choice| choice.wants("for", &mut flat.lasts, Span::ZERO);
        let kind = match flat.kind {
            Name::Crash => Kind::Crash { share: choice.wants("share", &mut flat.share, 0.0) },
            Name::CrashBusiest => {
                Kind::CrashBusiest { count: choice.wants("count", &mut flat.count, 0) }
            }
            Name::Partition => Kind::Partition {
                lasts: lasts(&mut choice),
                share: choice.wants("share", &mut flat.share, 0.0),
            },
            Name::Loss => Kind::Loss {
                lasts: lasts(&mut choice),
                probability: choice.wants("probability", &mut flat.probability, 0.0),
            },
            Name::Latency => Kind::Latency {
                lasts: lasts(&mut choice),
                factor: choice.wants("factor", &mut flat.factor, 0.0),
            },
            Name::AdminDown => Kind::AdminDown { lasts: lasts(&mut choice) },
            Name::Malicious => {
                Kind::Malicious { share: choice.wants("share", &mut flat.share, 0.0) }
            }
        };
        let left = [
            ("for", flat.lasts.is_some()),
            ("share", flat.share.is_some()),
            ("count", flat.count.is_some()),
            ("probability", flat.probability.is_some()),
            ("factor", flat.factor.is_some()),
        ];
        choice.end(Self { at: flat.at, kind }, &left)
    }
}

impl From<Fault> for Flat {
    fn from(fault: Fault) -> Self {
        let flat = |kind| Self {
            at: fault.at,
            kind,
            lasts: fault.lasts(),
            share: None,
            count: None,
            probability: None,
            factor: None,
        };
        match fault.kind {
            Kind::Crash { share } => Self { share: Some(share), ..flat(Name::Crash) },
            Kind::CrashBusiest { count } => Self { count: Some(count), ..flat(Name::CrashBusiest) },
            Kind::Partition { share, .. } => Self { share: Some(share), ..flat(Name::Partition) },
            Kind::Loss { probability, .. } => {
                Self { probability: Some(probability), ..flat(Name::Loss) }
            }
            Kind::Latency { factor, .. } => Self { factor: Some(factor), ..flat(Name::Latency) },
            Kind::AdminDown { .. } => flat(Name::AdminDown),
            Kind::Malicious { share } => Self { share: Some(share), ..flat(Name::Malicious) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const YAML: &str = "
- {at: 10min, kind: crash, share: 0.2}
- {at: 10min, kind: crash_busiest, count: 3}
- {at: 1h, for: 5min, kind: partition, share: 0.5}
- {at: 1h, for: 5min, kind: loss, probability: 1}
- {at: 1h, for: 5min, kind: latency, factor: 3}
- {at: 2h, for: 5min, kind: admin_down}
";

    #[test]
    fn faults_are_written_as_they_are_read() {
        let faults: Vec<Fault> = serde_yaml::from_str(YAML).unwrap();
        assert_eq!(check(&faults), []);
        assert_eq!(faults.len(), 6);
        let partition = Kind::Partition { lasts: Span::secs(300), share: 0.5 };
        assert_eq!(faults[2], Fault { at: Span::secs(3_600), kind: partition });
        assert_eq!(faults[2].ends(), Some(Time::ZERO + Span::secs(3_900)));
        let again = serde_yaml::to_string(&faults).unwrap();
        assert_eq!(serde_yaml::from_str::<Vec<Fault>>(&again).unwrap(), faults);
    }

    #[test]
    fn a_field_too_many_or_too_few_is_told() {
        for (yaml, told) in [
            ("{at: 1s, kind: crash}", "kind crash wants the field share"),
            ("{at: 1s, kind: crash, share: 0.1, for: 2s}", "kind crash has no field for"),
            ("{at: 1s, kind: admin_down, count: 1}", "wants the field for; kind admin_down has"),
            ("{at: 1s, kind: crash, shar: 0.1}", "unknown field `shar`"),
            ("{at: 1s, kind: flood}", "unknown variant `flood`"),
            ("{at: 1, kind: crash, share: 0.1}", "at"),
        ] {
            let error = serde_yaml::from_str::<Fault>(yaml).unwrap_err().to_string();
            assert!(error.contains(told), "{yaml}: {error}");
        }
    }

    #[test]
    fn everything_wrong_is_told_at_once() {
        let yaml = "
- {at: 1s, kind: crash, share: 0}
- {at: 1s, for: 0s, kind: partition, share: 1}
- {at: 1s, for: 1s, kind: loss, probability: .nan}
- {at: 1s, for: 1s, kind: latency, factor: .inf}
- {at: 1s, kind: crash_busiest, count: 0}
";
        let faults: Vec<Fault> = serde_yaml::from_str(yaml).unwrap();
        let told: Vec<_> = check(&faults).iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "[0].share is \"0\", wants a number above 0 and at most 1 such as 0.2",
                "[1].share is \"1\", wants a number above 0 and below 1 such as 0.5",
                "[1].for is \"0s\", wants a positive duration such as 5min",
                "[2].probability is \"NaN\", wants a number above 0 and at most 1 such as 0.1",
                "[3].factor is \"inf\", wants a positive number such as 3",
                "[4].count is \"0\", wants a whole number from 1 on",
            ]
        );
    }

    #[test]
    fn the_sixty_fifth_partition_at_one_time_is_refused() {
        let kind = Kind::Partition { lasts: Span::secs(100), share: 0.5 };
        let fault = |s| Fault { at: Span::secs(s), kind };
        let mut faults: Vec<_> = (1..=64).map(fault).collect();
        faults.push(fault(101));
        assert_eq!(check(&faults), []);
        faults.push(fault(101));
        assert_eq!(check(&faults)[0].field, "[65].at");
    }

    #[test]
    fn a_share_falls_as_often_as_it_says() {
        let draws = (0..1_000u64).map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let fallen = draws.filter(|bits| falls_in(0.2, *bits)).count();
        assert!((190..=210).contains(&fallen), "{fallen}");
        assert!(falls_in(1.0, u64::MAX) && !falls_in(0.0, 0));
    }
}
