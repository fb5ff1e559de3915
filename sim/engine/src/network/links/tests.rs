//! The latency models against their means, quantiles and distances.

use std::sync::Arc;

use compup2p_protocol::time::Span;

use super::super::delay::Delay;
use super::super::jitter::Jitter;
use super::super::latency::{Kind, Latency, Unit};
use super::super::matrix::parse_matrix;
use super::super::{Network, Verdict};
use super::Links;
use crate::faults::{self, Conditions, Fault};

const DRAWS: usize = 200_000;
const MS: f64 = 1e6;

/// SplitMix64 (Steele, Lea, Flood, 2014): bits for these tests.
fn bits(n: u64) -> u64 {
    let mut z = n.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn links(network: &Network, matrix: Option<&str>, hosts: u64) -> Links {
    let matrix = matrix.map(|text| parse_matrix("m", text, Unit::Ms, Kind::Rtt).unwrap());
    let mut links = Links::new(network, matrix.map(Arc::new));
    for host in 0..hosts {
        links.place(|nth| bits(1_000_000_000 + 10 * host + u64::from(nth)));
    }
    links
}

/// The verdicts on many messages, each between two different hosts.
fn verdicts(links: &Links, now: &Conditions, hosts: u64) -> Vec<Option<f64>> {
    let verdict = |n: u64| {
        let from = bits(4 * n) % hosts;
        let to = (from + 1 + bits(4 * n + 1) % (hosts - 1)) % hosts;
        let bits = [bits(4 * n + 2), bits(4 * n + 3)];
        match links.verdict(now, from as u32, to as u32, bits) {
            Verdict::Deliver(after) => Some(after.0 as f64),
            Verdict::Lose => None,
        }
    };
    (0..DRAWS as u64).map(verdict).collect()
}

/// The delays of many messages in ascending order, where none is lost.
fn delays(network: &Network, matrix: Option<&str>, hosts: u64) -> Vec<f64> {
    assert_eq!(network.check(), []);
    let verdicts = verdicts(&links(network, matrix, hosts), &Conditions::new(), hosts);
    let mut delays: Vec<_> = verdicts.into_iter().map(Option::unwrap).collect();
    delays.sort_by(f64::total_cmp);
    delays
}

fn mean(delays: &[f64]) -> f64 {
    delays.iter().sum::<f64>() / delays.len() as f64
}

/// That a mean lies within 4 standard errors of what it should be.
fn assert_mean(delays: &[f64], wanted: f64) {
    let got = mean(delays);
    let squares: f64 = delays.iter().map(|d| (d - got) * (d - got)).sum();
    let error = squares.sqrt() / delays.len() as f64;
    assert!((got - wanted).abs() <= 4.0 * error + 1.0, "{got}, wants {wanted} +- {error}");
}

/// That as many lie below `wanted` as the quantile says, within 4 standard errors.
fn assert_quantile(delays: &[f64], q: f64, wanted: f64) {
    let below = delays.partition_point(|d| *d < wanted) as f64 / delays.len() as f64;
    let error = (q * (1.0 - q) / delays.len() as f64).sqrt();
    assert!((below - q).abs() <= 4.0 * error, "{below} below {wanted}, wants {q} +- {error}");
}

fn with(latency: Latency) -> Network {
    Network { latency, ..Network::default() }
}

#[test]
fn a_constant_latency_is_constant() {
    let delays = delays(&with(Latency::Constant { delay: Span::millis(20) }), None, 5);
    assert!(delays.iter().all(|d| *d == 20.0 * MS));
}

#[test]
fn a_uniform_latency_is_uniform() {
    let latency = Latency::Uniform { min: Span::millis(10), max: Span::millis(30) };
    let delays = delays(&with(latency), None, 5);
    assert_mean(&delays, 20.0 * MS);
    assert_quantile(&delays, 0.1, 12.0 * MS);
    assert_quantile(&delays, 0.75, 25.0 * MS);
    assert!(delays[0] >= 10.0 * MS && delays[DRAWS - 1] < 30.0 * MS);
}

#[test]
fn an_exponential_latency_is_exponential() {
    let delays = delays(&Network::default(), None, 5);
    assert_mean(&delays, 50.0 * MS);
    for q in [0.01, 0.1, 0.5, 0.9, 0.99] {
        assert_quantile(&delays, q, -libm::log(1.0 - q) * 50.0 * MS);
    }
    assert!(delays[0] >= 1.0);
}

#[test]
fn on_a_plane_the_mean_distance_is_that_of_random_points_in_a_square() {
    let access = Delay::Constant(Span::millis(4));
    let plane = with(Latency::Coordinates { side: Span::millis(80), access });
    // Messages between the same hosts are no independent draws: 5 % for 2,000 hosts are generous.
    let delays = delays(&plane, None, 2_000);
    let wanted = (0.521_405_433 * 80.0 + 8.0) * MS;
    assert!((mean(&delays) / wanted - 1.0).abs() < 0.05, "{}", mean(&delays));
    assert!(delays[0] >= 8.0 * MS && delays[DRAWS - 1] < (80.0 * 2f64.sqrt() + 8.0) * MS);
}

#[test]
fn on_a_plane_ways_are_the_same_in_both_directions_and_no_detour_is_shorter() {
    let access = Delay::Exponential { mean: Span::millis(5) };
    let plane = with(Latency::Coordinates { side: Span::millis(80), access });
    let links = links(&plane, None, 20);
    let now = Conditions::new();
    let delay = |a: u32, b: u32| match links.verdict(&now, a, b, [0, 0]) {
        Verdict::Deliver(after) => after.0,
        Verdict::Lose => panic!("nothing is lost here"),
    };
    for (a, b, c) in (0..20 * 20 * 20).map(|n| (n / 400, n / 20 % 20, n % 20)) {
        assert_eq!(delay(a, b), delay(b, a));
        assert!(a == b || delay(a, b) <= delay(a, c) + delay(c, b) + 2);
    }
}

#[test]
fn measured_ways_are_those_of_the_hosts_rows() {
    let latency = Latency::Matrix { file: "m".into(), unit: Unit::Ms, kind: Kind::Rtt };
    let delays = delays(&with(latency), Some("0 40\n80 0"), 400);
    // Half of the pairs share a row: 10 ms; a quarter each go one way and the other.
    assert!(delays.iter().all(|d| [10.0 * MS, 20.0 * MS, 40.0 * MS].contains(d)));
    let share = |ms| delays.iter().filter(|d| **d == ms * MS).count() as f64 / DRAWS as f64;
    assert!((share(10.0) - 0.5).abs() < 0.05 && (share(20.0) - 0.25).abs() < 0.05);
}

#[test]
fn relative_jitter_keeps_the_mean_and_exponential_jitter_adds_to_it() {
    let constant = with(Latency::Constant { delay: Span::millis(100) });
    let jitter = Jitter::Relative { fraction: 0.2 };
    let got = delays(&Network { jitter, ..constant.clone() }, None, 5);
    assert_mean(&got, 100.0 * MS);
    assert_quantile(&got, 0.25, 90.0 * MS);
    let jitter = Jitter::Exponential { mean: Span::millis(10) };
    let got = delays(&Network { jitter, ..constant }, None, 5);
    assert_mean(&got, 110.0 * MS);
    assert_quantile(&got, 0.5, (100.0 + 10.0 * libm::log(2.0)) * MS);
}

#[test]
fn loss_is_as_frequent_as_it_should_be_and_does_not_choose_by_latency() {
    let network = Network { loss: 0.1, ..Network::default() };
    let verdicts = verdicts(&links(&network, None, 5), &Conditions::new(), 5);
    let kept: Vec<_> = verdicts.into_iter().flatten().collect();
    let share = kept.len() as f64 / DRAWS as f64;
    assert!((share - 0.9).abs() < 4.0 * (0.09 / DRAWS as f64).sqrt(), "{share}");
    assert_mean(&kept, 50.0 * MS);
}

#[test]
fn faults_cut_lose_and_slow_down() {
    let links = links(&with(Latency::Constant { delay: Span::millis(20) }), None, 4);
    let fault = |kind| Fault { at: Span::ZERO, kind };
    let lasts = Span::secs(1);
    let mut now = Conditions::new();
    now.begin(0, &fault(faults::Kind::Latency { lasts, factor: 2.5 }), 4, bits_of_host);
    assert!(verdicts(&links, &now, 4).iter().all(|after| *after == Some(50.0 * MS)));
    now.begin(1, &fault(faults::Kind::Loss { lasts, probability: 0.3 }), 4, bits_of_host);
    let lost = verdicts(&links, &now, 4).iter().filter(|after| after.is_none()).count() as f64;
    assert!((lost / DRAWS as f64 - 0.3).abs() < 0.005, "{lost}");
    now.begin(2, &fault(faults::Kind::Loss { lasts, probability: 1.0 }), 4, bits_of_host);
    assert!(verdicts(&links, &now, 4).iter().all(Option::is_none));
    now.end(1);
    now.end(2);
    now.begin(3, &fault(faults::Kind::Partition { lasts, share: 0.5 }), 4, |host| {
        if host == 0 { 0 } else { u64::MAX }
    });
    assert_eq!(links.verdict(&now, 0, 1, [0, 0]), Verdict::Lose);
    assert_eq!(links.verdict(&now, 1, 2, [0, 0]), Verdict::Deliver(Span::millis(50)));
    now.end(0);
    now.end(3);
    assert_eq!(links.verdict(&now, 0, 1, [0, 0]), Verdict::Deliver(Span::millis(20)));
}

fn bits_of_host(host: u32) -> u64 {
    bits(host.into())
}

#[test]
fn nothing_takes_no_time_and_one_host_hears_itself() {
    let network = Network { loss: 0.999, ..Network::default() };
    let links = links(&network, None, 4);
    let now = Conditions::new();
    assert_eq!(links.verdict(&now, 2, 2, [0, 0]), Verdict::Deliver(Span(1)));
    let slowest_loss = [u64::MAX, u64::MAX];
    assert_eq!(links.verdict(&now, 1, 2, slowest_loss), Verdict::Deliver(Span(1)));
    assert_eq!(links.verdict(&now, 1, 2, [0, 0]), Verdict::Lose);
}

/// Prints what a verdict costs: `cargo test -p compup2p-engine --release cost -- --ignored
/// --nocapture`.
#[test]
#[ignore = "a measurement"]
fn the_cost_of_a_verdict() {
    let access = Delay::Constant(Span::millis(4));
    let rows = "1 2 3\n4 5 6\n7 8 9";
    for (latency, hosts) in [
        (Latency::Constant { delay: Span(1) }, 1_000),
        (Latency::default(), 1_000),
        (Latency::Coordinates { side: Span::millis(80), access }, 1_000),
        (Latency::Matrix { file: "m".into(), unit: Unit::Ms, kind: Kind::Rtt }, 1_000),
    ] {
        let network = with(latency);
        let links = links(&network, Some(rows), hosts);
        let now = Conditions::new();
        let (mut sum, mut draw) = (0, 1u64);
        let start = std::time::Instant::now();
        for n in 0..20_000_000u32 {
            draw = draw.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(n.into());
            let (from, to) = (n % 1_000, (n + 1 + (draw >> 60) as u32) % 1_000);
            if let Verdict::Deliver(after) = links.verdict(&now, from, to, [draw, draw]) {
                sum += after.0 & 1;
            }
        }
        let ns = start.elapsed().as_nanos() as f64 / 2e7;
        println!("{ns:5.1} ns {:?} ({sum})", network.latency);
    }
}

#[test]
fn the_last_byte_of_bulk_data_takes_what_a_message_takes_and_is_never_lost() {
    let lossless = links(&Network::default(), None, 2);
    let lossy = links(&Network { loss: 0.5, ..Network::default() }, None, 2);
    let slow =
        Fault { at: Span::ZERO, kind: faults::Kind::Latency { lasts: Span(1), factor: 3.0 } };
    let gone = faults::Kind::Loss { lasts: Span(1), probability: 1.0 };
    let mut faulty = Conditions::new();
    faulty.begin(0, &slow, 2, |_| 0);
    let slowed = faulty.clone();
    faulty.begin(1, &Fault { at: Span::ZERO, kind: gone }, 2, |_| 0);
    for n in 0..100 {
        let bits = [bits(2 * n), bits(2 * n + 1)];
        for (lossy_now, lossless_now) in
            [(&Conditions::new(), &Conditions::new()), (&faulty, &slowed)]
        {
            let message = lossless.verdict(lossless_now, 0, 1, bits);
            assert_eq!(message, Verdict::Deliver(lossy.delay(lossy_now, 0, 1, bits)));
        }
    }
    assert_eq!(lossy.delay(&faulty, 1, 1, [0, 0]), Span(1));
}
