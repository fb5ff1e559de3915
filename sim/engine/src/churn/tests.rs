use super::*;

fn read(yaml: &str) -> Churn {
    serde_yaml::from_str(yaml).unwrap_or_else(|error| panic!("{yaml}: {error}"))
}

#[test]
fn churn_reads_as_people_write_it_and_is_written_as_it_is_read() {
    let skype = |family| SessionModel::Preset { preset: Preset::Skype06, family };
    for (yaml, want) in [
        ("{}", Churn::default()),
        ("sessions: none", Churn::default()),
        ("sessions: skype06", Churn { sessions: skype(Family::Weibull), ..Churn::default() }),
        (
            "sessions: { preset: skype06, family: lognormal }",
            Churn { sessions: skype(Family::Lognormal), ..Churn::default() },
        ),
        (
            "sessions:\n  up: { model: exponential, mean: 2h }\n  down: 20min\n",
            Churn {
                sessions: SessionModel::UpDown {
                    up: Distribution::Exponential { mean: Span::secs(7200) },
                    down: Distribution::Constant { value: Span::secs(1200) },
                },
                ..Churn::default()
            },
        ),
        (
            "{ sessions: { joins_per_s: 0.05 }, graceful_fraction: 1, stop_at: 2h }",
            Churn {
                sessions: SessionModel::Turnover { joins_per_s: 0.05 },
                graceful_fraction: 1.0,
                stop_at: Some(Span::secs(7200)),
                ..Churn::default()
            },
        ),
        (
            "{ trace: data/skype.avt, trace_repeats: true, time_scale: 0.5, start_at: 10min }",
            Churn {
                trace: Some("data/skype.avt".into()),
                trace_repeats: true,
                time_scale: 0.5,
                start_at: Span::secs(600),
                ..Churn::default()
            },
        ),
    ] {
        let churn = read(yaml);
        assert_eq!(churn, want, "{yaml}");
        assert_eq!(churn.check(), [], "{yaml}");
        assert_eq!(read(&serde_yaml::to_string(&churn).unwrap()), want, "{yaml}");
    }
}

#[test]
fn what_cannot_be_read_is_refused_with_what_could() {
    for (yaml, part) in [
        ("session: none", "unknown field `session`, expected one of `sessions`, `trace`"),
        ("sessions: skype07", "\"skype07\", wants none or a preset: g5k06, lanl05,"),
        ("sessions: { preset: skype07 }", "unknown variant `skype07`, expected one of `g5k06`"),
        ("sessions: { up: 1h }", "missing field `down`: sessions wants none, a preset"),
        ("sessions: { up: 1h, down: 1h, preset: pl05 }", "these fields do not go together"),
        ("sessions: { family: weibull }", "these fields do not go together"),
        ("sessions: { joins: 1 }", "unknown field `joins`, expected one of `preset`, `family`"),
        ("sessions: 5", "expected sessions wants none"),
        ("stop_at: 5", "expected a duration such as 30s"),
    ] {
        let error = serde_yaml::from_str::<Churn>(yaml).unwrap_err().to_string();
        assert!(error.contains(part), "{yaml}: {error}");
    }
}

#[test]
fn all_that_cannot_be_is_refused_at_once_with_its_field() {
    let churn = read(
        "{ sessions: { up: { model: exponential, mean: 0s }, down: 0s }, graceful_fraction: 1.5, \
         time_scale: .nan, start_at: 2h, stop_at: 1h, trace_repeats: true }",
    );
    let told: Vec<String> = churn
        .check()
        .iter()
        .map(|refusal| format!("{} {}", refusal.field, refusal.message))
        .collect();
    assert_eq!(
        told,
        [
            "sessions.up.mean is \"0s\", wants a positive duration such as 30min",
            "sessions.down is \"0s\", wants a positive duration such as 30min",
            "graceful_fraction is \"1.5\", wants a share, 0 to 1",
            "time_scale is \"NaN\", wants a positive factor, 0.000001 to 1000000",
            "stop_at is \"1h\", wants a time not before start_at, 2h",
            "trace_repeats is \"true\", wants a trace to repeat: set trace, or leave this out",
        ]
    );
    let churn = read("sessions: { joins_per_s: -1 }");
    assert_eq!(churn.check()[0].field, "sessions.joins_per_s");
}
