use super::super::preset::{Family, Preset};
use super::super::trace::parse_avt;
use super::*;

const CHANCE: Chance = Chance::new(11);

fn sessions(yaml: &str, nodes: u32) -> Sessions {
    let churn: Churn = serde_yaml::from_str(yaml).unwrap();
    assert_eq!(churn.check(), []);
    Sessions::new(&churn, None, CHANCE, nodes)
}

/// The changes of `who` before `until`: when, and to what.
fn life(sessions: &Sessions, who: u32, until: Time) -> Vec<(Time, State)> {
    let (mut state, mut time) = sessions.initial(who);
    let mut changes = Vec::new();
    while time < until {
        state = state.flipped();
        changes.push((time, state));
        time = sessions.next(who, changes.len() as u64, state, time);
        assert!(time > changes[changes.len() - 1].0, "time goes on");
    }
    changes
}

fn at(seconds: u64) -> Time {
    Time::ZERO + Span::secs(seconds)
}

/// The share of nodes that are up at each of `times`.
fn shares_up(sessions: &Sessions, nodes: u32, times: &[Time]) -> Vec<f64> {
    let mut up = vec![0u32; times.len()];
    for who in 0..nodes {
        let changes = life(sessions, who, times[times.len() - 1] + Span(1));
        for (count, &time) in up.iter_mut().zip(times) {
            let last = changes.iter().rev().find(|change| change.0 <= time);
            let state = last.map_or(sessions.initial(who).0, |change| change.1);
            *count += u32::from(state == State::Up);
        }
    }
    up.into_iter().map(|count| f64::from(count) / f64::from(nodes)).collect()
}

#[test]
fn the_share_of_nodes_up_is_steady_from_the_start() {
    let nodes = 20_000;
    let times = [0, 60, 600, 3_600, 14_400, 43_200].map(at);
    for (yaml, share) in [
        (
            "{ up: { model: exponential, mean: 1h }, down: { model: exponential, mean: 20min } }",
            0.75,
        ),
        ("{ up: { model: pareto, shape: 3, min: 1h }, down: 30min }", 0.75),
        ("{ up: 1h, down: { model: uniform, min: 0s, max: 6h } }", 0.25),
        (
            "{ up: { model: lognormal, median: 1h, sigma: 1 }, \
             down: { model: lognormal, median: 1h, sigma: 1 } }",
            0.5,
        ),
        (
            "{ up: { model: weibull, shape: 0.5, scale: 1h }, \
             down: { model: list, values: [1h, 3h] } }",
            0.5,
        ),
        (
            "{ up: { model: weibull, shape: 2, scale: 1h }, \
             down: { model: weibull, shape: 2, scale: 1h } }",
            0.5,
        ),
    ] {
        let sessions = sessions(&format!("sessions: {yaml}"), nodes);
        let deviation = libm::sqrt(share * (1.0 - share) / f64::from(nodes));
        for (got, time) in shares_up(&sessions, nodes, &times).into_iter().zip(times) {
            let off = (got - share) / deviation;
            assert!(off.abs() < 4.0, "{yaml} at {time:?}: {got}, {off} deviations from {share}");
        }
    }
}

#[test]
fn presets_are_up_as_much_as_their_means_say() {
    let nodes = 20_000;
    for preset in Preset::ALL {
        for family in [Family::Exponential, Family::Weibull, Family::Lognormal] {
            let (up, down) = preset.up_down(family);
            let share = up.mean() / (up.mean() + down.mean());
            let churn =
                Churn { sessions: SessionModel::Preset { preset, family }, ..Churn::default() };
            let sessions = Sessions::new(&churn, None, CHANCE, nodes);
            let deviation = libm::sqrt(share * (1.0 - share) / f64::from(nodes));
            for got in shares_up(&sessions, nodes, &[0, 3_600].map(at)) {
                let off = (got - share) / deviation;
                assert!(off.abs() < 4.0, "{preset:?} {family:?}: {got}, not {share}");
            }
        }
    }
}

#[test]
fn sessions_last_as_long_as_their_means_say() {
    let sessions = sessions(
        "sessions: { up: { model: weibull, shape: 0.64, scale: 1h }, \
         down: { model: pareto, shape: 4, min: 1h } }",
        1,
    );
    let changes = life(&sessions, 0, at(10_000 * 3_600));
    let (mut sums, mut counts) = ([0.0; 2], [0.0; 2]);
    for pair in changes.windows(2) {
        let which = usize::from(pair[0].1 == State::Down);
        sums[which] += pair[1].0.since(pair[0].0).as_secs();
        counts[which] += 1.0;
    }
    let means_h = [0, 1].map(|which| sums[which] / counts[which] / 3_600.0);
    // 1 / 0.64 -> gamma(2.5625) = 1.3915; 4 / 3.
    assert!((means_h[0] - 1.3915).abs() < 0.13, "up {} h", means_h[0]);
    assert!((means_h[1] - 4.0 / 3.0).abs() < 0.04, "down {} h", means_h[1]);
}

#[test]
fn whoever_asks_first_or_often_hears_the_same() {
    let one = sessions("sessions: skype06", 100);
    let forwards: Vec<_> = (0..100).map(|who| life(&one, who, at(100_000))).collect();
    let other = sessions("{ sessions: skype06, graceful_fraction: 0.9 }", 200);
    for who in (0..100).rev() {
        other.exit(who, 1);
        let known = life(&other, who, at(100_000));
        assert_eq!(known, forwards[who as usize], "neither nodes nor exits move a session");
    }
}

#[test]
fn the_graceful_fraction_says_how_many_leave() {
    for (fraction, least, most) in [(0.0, 0, 0), (0.3, 2_800, 3_200), (1.0, 10_000, 10_000)] {
        let sessions = sessions(&format!("graceful_fraction: {fraction}"), 1);
        let leaves = (0..10_000).filter(|&nth| sessions.exit(3, nth) == Exit::Leave).count();
        assert!((least..=most).contains(&leaves), "{leaves} of 10000 at {fraction}");
    }
    // Who leaves at 0.3 leaves at 0.6 as well.
    let [few, many] = [0.3, 0.6].map(|f| sessions(&format!("graceful_fraction: {f}"), 1));
    assert!((0..1000).all(|n| few.exit(1, n) == Exit::Crash || many.exit(1, n) == Exit::Leave));
}

#[test]
fn churn_keeps_to_its_window() {
    let free = sessions("sessions: { up: 10min, down: 10min }", 50);
    let held = sessions("{ sessions: { up: 10min, down: 10min }, start_at: 1h, stop_at: 3h }", 50);
    for who in 0..50 {
        let shifted: Vec<_> = life(&free, who, at(7_200))
            .into_iter()
            .map(|(time, state)| (time + Span::secs(3_600), state))
            .collect();
        assert_eq!(life(&held, who, Time::NEVER), shifted);
    }
}

#[test]
fn the_time_scale_multiplies_every_period() {
    let plain = sessions("sessions: { up: 10min, down: 20min }", 50);
    let slow = sessions("{ sessions: { up: 10min, down: 20min }, time_scale: 3 }", 50);
    for who in 0..50 {
        let (once, thrice) = (life(&plain, who, at(50_000)), life(&slow, who, at(150_000)));
        assert_eq!(once.len(), thrice.len());
        for (a, b) in once.into_iter().zip(thrice) {
            assert_eq!(a.1, b.1);
            assert!((b.0.as_secs() - 3.0 * a.0.as_secs()).abs() < 1e-6);
        }
    }
}

#[test]
fn without_churn_all_stay() {
    let sessions = sessions("{}", 10);
    assert_eq!(sessions.population(), 10);
    assert!((0..10).all(|who| sessions.initial(who) == (State::Up, Time::NEVER)));
}

#[test]
fn turnover_has_its_nodes_up_and_a_reserve_down() {
    let sessions = sessions("sessions: { joins_per_s: 0.5 }", 100);
    assert_eq!(sessions.population(), 141);
    assert_eq!(sessions.initial(99), (State::Up, Time::NEVER));
    assert_eq!(sessions.initial(100), (State::Down, Time::NEVER));
    assert!(sessions.turnover().unwrap().first() < Time::NEVER);
}

#[test]
fn a_trace_is_followed_whatever_the_sessions_say() {
    let trace = Arc::new(parse_avt("t.avt", "a 2 0 10 20 30\nb 1 5 25").unwrap());
    let yaml = "{ sessions: skype06, trace: t.avt, start_at: 100s, time_scale: 2, stop_at: 155s }";
    let churn: Churn = serde_yaml::from_str(yaml).unwrap();
    let sessions = Sessions::new(&churn, Some(trace.clone()), CHANCE, 3);
    let (up, down) = (State::Up, State::Down);
    assert_eq!(life(&sessions, 0, Time::NEVER), [(at(120), down), (at(140), up)]);
    assert_eq!(life(&sessions, 1, Time::NEVER), [(at(110), up), (at(150), down)]);
    assert_eq!(life(&sessions, 2, Time::NEVER), life(&sessions, 0, Time::NEVER));

    let churn = Churn { trace_repeats: true, ..Churn::default() };
    let sessions = Sessions::new(&churn, Some(trace), CHANCE, 1);
    assert_eq!(
        life(&sessions, 0, at(45)),
        // 30 is the trace's end, where the node is up on both sides.
        [(at(10), down), (at(20), up), (at(40), down)]
    );
}

#[test]
fn sessions_are_the_same_on_every_machine_and_in_every_profile() {
    let sessions = sessions("sessions: skype06", 10);
    let lives: Vec<(bool, u64, u64)> = (4..10)
        .map(|who| {
            let (state, first) = sessions.initial(who);
            let second = sessions.next(who, 1, state.flipped(), first);
            (state == State::Up, first.0, second.0)
        })
        .collect();
    assert_eq!(
        lives,
        [
            (true, 14_728_592_644_207, 101_036_430_300_667),
            (true, 121_824_726_553_409, 123_871_716_366_523),
            (false, 188_771_904_328_482, 239_853_205_196_494),
            (false, 150_467_409_208_866, 179_526_637_155_681),
            (true, 136_145_998_484_656, 265_172_647_284_700),
            (true, 8_578_003_142_823, 17_775_423_128_673),
        ]
    );
}
