//! Transfers by hand to the nanosecond, and against a plain model that does everything anew.

use compup2p_protocol::time::Time;
use proptest::prelude::*;

use super::super::rate::Rate;
use super::super::{Bandwidth, SLOTS};
use super::{Ended, PARTS_PER_BYTE, TransferId, Transfers};

const S: u64 = 1_000_000_000;

fn links(up: u64, down: u64) -> Transfers {
    Transfers::new(Bandwidth { up: Rate(up), down: Rate(down) })
}

fn all(transfers: &mut Transfers) -> Vec<Ended> {
    std::iter::from_fn(|| transfers.ended(transfers.next_end()?)).collect()
}

fn ends(transfers: &mut Transfers) -> Vec<(TransferId, u64)> {
    all(transfers).iter().map(|e| (e.id, e.at.0)).collect()
}

#[test]
fn one_transfer_takes_its_size_by_the_narrower_link() {
    let mut transfers = links(3, 1_000);
    let id = transfers.start(Time(7), 0, 1, 10);
    assert_eq!(transfers.rate(id), Some(Rate(3)));
    // 10 bytes at 3 bytes a second: 3.333333333(3) s, so the next nanosecond.
    let ended = all(&mut transfers);
    let wanted = Ended { id, from: 0, to: 1, bytes: 10, moved: 10, at: Time(7 + 3_333_333_334) };
    assert_eq!(ended, [wanted]);
    assert!(transfers.is_empty());
    assert_eq!(transfers.rate(id), None);
}

#[test]
fn two_transfers_share_an_uplink_fairly_and_the_longer_then_has_it_alone() {
    let mut transfers = links(100, 100);
    let long = transfers.start(Time(0), 0, 1, 300);
    let short = transfers.start(Time(S), 0, 2, 50);
    assert_eq!(transfers.rate(long), Some(Rate(50)));
    // One second alone: 100 bytes; then one second at half speed: 50 each; then 150 alone.
    assert_eq!(ends(&mut transfers), [(short, 2 * S), (long, 3 * S + S / 2)]);
}

#[test]
fn what_a_slower_other_end_leaves_is_not_redistributed() {
    let mut transfers = links(100, 100);
    let ids: Vec<_> = [(0, 9), (1, 9), (2, 9), (2, 8)]
        .map(|(from, to)| transfers.start(Time(0), from, to, 100))
        .into();
    // Host 9 grants 33 to each of three. Host 2 grants 50 to each of two, though one takes but 33.
    let rates: Vec<_> = ids.iter().map(|id| transfers.rate(*id).unwrap().0).collect();
    assert_eq!(rates, [33, 33, 33, 50]);
}

#[test]
fn the_seventeenth_waits_for_an_uplink_slot_and_the_rest_in_order() {
    let mut transfers = links(1_600, 1_600);
    let ids: Vec<_> = (0..19).map(|n| transfers.start(Time(0), 0, 1 + n, 100)).collect();
    assert!(ids[..16].iter().all(|id| transfers.rate(*id) == Some(Rate(100))));
    assert!(ids[16..].iter().all(|id| transfers.rate(*id) == Some(Rate(0))));
    let got = ends(&mut transfers);
    assert_eq!(got.iter().map(|(id, _)| *id).collect::<Vec<_>>(), ids);
    assert!(got[..16].iter().all(|(_, at)| *at == S));
    // Three are left, each with 533 bytes a second: 100 / 533 s, rounded up.
    assert!(got[16..].iter().all(|(_, at)| *at == S + 187_617_261));
}

#[test]
fn the_seventeenth_at_a_downlink_waits_holding_its_uplink_slot() {
    let mut transfers = links(1_600, 1_600);
    let first: Vec<_> = (1..=16).map(|n| transfers.start(Time(0), n, 0, 100)).collect();
    let waits = transfers.start(Time(0), 17, 0, 100);
    let beside = transfers.start(Time(0), 17, 1, 1_600);
    // Who waits takes nothing from the one beside it.
    assert_eq!((transfers.rate(waits), transfers.rate(beside)), (Some(Rate(0)), Some(Rate(1_600))));
    // Fifteen more fill the uplink of 17, so that the next waits although its receiver is free.
    let filling: Vec<_> = (0..14).map(|n| transfers.start(Time(0), 17, 50 + n, 1_600)).collect();
    let last = transfers.start(Time(0), 17, 99, 1_600);
    assert!(filling.iter().all(|id| transfers.rate(*id) == Some(Rate(1_600 / 15))));
    assert_eq!(transfers.rate(last), Some(Rate(0)));
    transfers.cancel(Time(0), waits).unwrap();
    assert_eq!(transfers.rate(last), Some(Rate(100)));
    assert!(first.iter().all(|id| transfers.rate(*id) == Some(Rate(100))));
}

#[test]
fn a_failure_in_mid_transfer_frees_slots_on_both_sides() {
    let mut transfers = links(100, 100);
    let fails = transfers.start(Time(0), 0, 1, 1_000);
    let up = transfers.start(Time(0), 0, 2, 100);
    let down = transfers.start(Time(0), 3, 1, 100);
    assert_eq!(transfers.fail_node(Time(S), 9), []);
    let ended = transfers.cancel(Time(S), fails).unwrap();
    assert_eq!((ended.moved, ended.bytes, ended.at), (50, 1_000, Time(S)));
    assert_eq!(transfers.cancel(Time(S), fails), None);
    // 50 bytes in the first second, then 100 a second.
    assert_eq!(ends(&mut transfers), [(up, S + S / 2), (down, S + S / 2)]);
}

#[test]
fn a_dead_host_takes_all_its_transfers_with_it_also_those_in_line_elsewhere() {
    let mut transfers = links(1_600, 1_600);
    let to_one: Vec<_> = (0..16).map(|_| transfers.start(Time(0), 0, 1, 1_600)).collect();
    let in_line = transfers.start(Time(0), 0, 1, 5);
    let other = transfers.start(Time(0), 0, 2, 1_600);
    let at_downlink = transfers.start(Time(0), 3, 1, 5);
    let from_one = transfers.start(Time(0), 1, 4, 1_600);
    let gone = transfers.fail_node(Time(S / 2), 1);
    let wanted: Vec<_> = to_one.into_iter().chain([in_line, at_downlink, from_one]).collect();
    assert_eq!(gone.iter().map(|e| e.id).collect::<Vec<_>>(), wanted);
    let moved: Vec<_> = gone.iter().map(|e| e.moved).collect();
    assert_eq!(moved, [&[50; 16][..], &[0, 0, 800]].concat());
    assert_eq!(ends(&mut transfers), [(other, S / 2 + S)]);
}

#[test]
fn a_dead_host_takes_what_goes_between_its_own_nodes_with_it() {
    let mut transfers = links(100, 100);
    let ids: Vec<_> = [(1, 1), (0, 1), (0, 0), (1, 1)]
        .map(|(from, to)| transfers.start(Time(0), from, to, 100))
        .into();
    let gone: Vec<_> = transfers.fail_node(Time(0), 1).iter().map(|e| e.id).collect();
    assert_eq!(gone, [ids[0], ids[1], ids[3]]);
    assert_eq!(ends(&mut transfers), [(ids[2], 1)]);
}

#[test]
fn a_partition_stops_what_it_cuts() {
    let mut transfers = links(100, 100);
    let stays = transfers.start(Time(0), 0, 2, 100);
    let cut = transfers.start(Time(0), 0, 1, 100);
    let gone = transfers.fail_between(Time(S), |from, to| from % 2 != to % 2);
    assert_eq!(gone.iter().map(|e| (e.id, e.moved)).collect::<Vec<_>>(), [(cut, 50)]);
    assert_eq!(ends(&mut transfers), [(stays, S + S / 2)]);
}

#[test]
fn within_one_host_and_of_nothing_takes_no_link() {
    let mut transfers = links(100, 100);
    let near = transfers.start(Time(5), 3, 3, u64::MAX);
    let empty = transfers.start(Time(5), 3, 4, 0);
    assert_eq!(ends(&mut transfers), [(empty, 5), (near, 6)]);
}

#[test]
fn a_wider_link_counts_from_now_on() {
    let mut transfers = links(100, 1_000);
    let id = transfers.start(Time(0), 0, 1, 300);
    transfers.widen(Time(S), 0, Bandwidth { up: Rate(200), down: Rate(200) });
    assert_eq!(ends(&mut transfers), [(id, 2 * S)]);
    let id = transfers.start(Time(2 * S), 0, 1, 300);
    assert_eq!(transfers.rate(id), Some(Rate(200)));
}

#[test]
fn the_largest_size_overflows_nothing() {
    let mut transfers = links(1, 1);
    transfers.start(Time(0), 0, 1, u64::MAX);
    assert_eq!(transfers.next_end(), Some(Time::NEVER));
}

/// The same rules with lists, everything looked at anew after each step.
struct Plain {
    up: u64,
    down: u64,
    now: u64,
    /// In the order of starts.
    open: Vec<One>,
    stamp: u64,
}

#[derive(Clone)]
struct One {
    nth: usize,
    from: u32,
    to: u32,
    bytes: u64,
    moved: u128,
    /// When it took its uplink slot, and whether its downlink slot; in the order of taking.
    uplink: Option<u64>,
    moves: bool,
}

impl One {
    fn new(nth: usize, from: u32, to: u32, bytes: u64) -> Self {
        Self { nth, from, to, bytes, moved: 0, uplink: None, moves: false }
    }
}

impl Plain {
    fn rate(&self, one: &One) -> u64 {
        let up = self.open.iter().filter(|o| o.moves && o.from == one.from).count() as u64;
        let down = self.open.iter().filter(|o| o.moves && o.to == one.to).count() as u64;
        if one.moves { (self.up / up).min(self.down / down) } else { 0 }
    }

    fn serve(&mut self) {
        loop {
            let open = &self.open;
            let free_down = |to| open.iter().filter(|o| o.moves && o.to == to).count() < SLOTS;
            let free_up =
                |from| open.iter().filter(|o| o.uplink.is_some() && o.from == from).count() < SLOTS;
            let waits = open.iter().filter(|o| o.uplink.is_some() && !o.moves && free_down(o.to));
            if let Some(nth) = waits.min_by_key(|o| o.uplink).map(|o| o.nth) {
                self.open.iter_mut().find(|o| o.nth == nth).unwrap().moves = true;
            } else if let Some(one) = open.iter().find(|o| o.uplink.is_none() && free_up(o.from)) {
                let nth = one.nth;
                self.stamp += 1;
                self.open.iter_mut().find(|o| o.nth == nth).unwrap().uplink = Some(self.stamp);
            } else {
                return;
            }
        }
    }

    /// Goes on to `until` and answers what ended, when.
    fn go(&mut self, until: u64) -> Vec<(usize, u64)> {
        let mut ended = Vec::new();
        loop {
            let left = |o: &One| u128::from(o.bytes) * PARTS_PER_BYTE - o.moved;
            let end = |o: &One| self.now + left(o).div_ceil(self.rate(o).into()) as u64;
            let first = self.open.iter().filter(|o| o.moves).map(|o| (end(o), o.nth)).min();
            let next = first.map_or(until, |(end, _)| end.min(until));
            let rates: Vec<_> = self.open.iter().map(|o| self.rate(o)).collect();
            for (one, rate) in self.open.iter_mut().zip(rates) {
                let whole = u128::from(one.bytes) * PARTS_PER_BYTE;
                one.moved = whole.min(one.moved + u128::from(rate) * u128::from(next - self.now));
            }
            self.now = next;
            let Some((_, nth)) = first.filter(|(end, _)| *end <= until) else { return ended };
            ended.push((nth, next));
            self.open.retain(|o| o.nth != nth);
            self.serve();
        }
    }
}

#[derive(Clone, Debug)]
enum Step {
    Start(u32, u32, u64),
    Cancel(usize),
    Fail(u32),
    Wait(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    // Few hosts and many starts: lines form on both sides.
    let step = prop_oneof![
        12 => (0u32..4, 0u32..3, 0u64..5_000)
            .prop_map(|(from, to, bytes)| Step::Start(from, (from + 1 + to) % 4, bytes)),
        1 => (0usize..200).prop_map(Step::Cancel),
        1 => (0u32..4).prop_map(Step::Fail),
        2 => (0u64..3 * S).prop_map(Step::Wait),
    ];
    proptest::collection::vec(step, 1..200)
}

proptest! {
    #[test]
    fn transfers_do_what_the_plain_model_does(
        up in 16u64..2_000, down in 16u64..2_000, steps in steps()
    ) {
        let mut transfers = links(up, down);
        let mut plain = Plain { up, down, now: 0, open: vec![], stamp: 0 };
        let mut ids = Vec::new();
        for step in steps.into_iter().chain([Step::Wait(1_000_000 * S)]) {
            let now = Time(plain.now);
            match step {
                Step::Start(from, to, bytes) => {
                    plain.open.push(One::new(ids.len(), from, to, bytes));
                    plain.serve();
                    ids.push(transfers.start(now, from, to, bytes));
                }
                Step::Cancel(nth) if nth < ids.len() => {
                    let one = plain.open.iter().find(|o| o.nth == nth).cloned();
                    plain.open.retain(|o| o.nth != nth);
                    plain.serve();
                    let ended = transfers.cancel(now, ids[nth]);
                    let moved = one.map(|o| (o.moved / PARTS_PER_BYTE) as u64);
                    prop_assert_eq!(ended.map(|e| e.moved), moved);
                }
                Step::Cancel(_) => {}
                Step::Fail(host) => {
                    let there = |o: &One| o.from == host || o.to == host;
                    let gone: Vec<_> = plain.open.iter().filter(|o| there(o)).cloned().collect();
                    let order = gone.iter().map(|o| (o.uplink.is_some(), o.nth));
                    let mut order: Vec<_> = order.collect();
                    order.sort_unstable();
                    for (_, nth) in order {
                        plain.open.retain(|o| o.nth != nth);
                        plain.serve();
                    }
                    let told = transfers.fail_node(now, host);
                    prop_assert_eq!(told.len(), gone.len());
                    for (ended, one) in told.iter().zip(gone) {
                        prop_assert_eq!(ended.id, ids[one.nth]);
                        prop_assert_eq!(u128::from(ended.moved), one.moved / PARTS_PER_BYTE);
                    }
                }
                Step::Wait(ns) => {
                    let until = plain.now + ns;
                    let wanted = plain.go(until).into_iter().map(|(nth, at)| (ids[nth], at));
                    let wanted: Vec<_> = wanted.collect();
                    let mut told = Vec::new();
                    while let Some(ended) = transfers.ended(Time(until)) {
                        prop_assert_eq!(ended.moved, ended.bytes);
                        told.push((ended.id, ended.at.0));
                    }
                    prop_assert_eq!(told, wanted);
                }
            }
            // What ends in this very nanosecond is taken before the next step.
            let wanted: Vec<_> = plain.go(plain.now).iter().map(|(nth, _)| ids[*nth]).collect();
            let told: Vec<_> = std::iter::from_fn(|| transfers.ended(Time(plain.now))).collect();
            prop_assert_eq!(told.iter().map(|e| e.id).collect::<Vec<_>>(), wanted);
            prop_assert_eq!(transfers.len(), plain.open.len());
            for host in 0..4 {
                let rates = |from: bool| -> u64 {
                    let end = |o: &&One| if from { o.from } else { o.to };
                    let here = plain.open.iter().filter(|o| end(o) == host);
                    here.map(|o| transfers.rate(ids[o.nth]).unwrap().0).sum()
                };
                prop_assert!(rates(true) <= up && rates(false) <= down, "over capacity");
            }
            for one in &plain.open {
                prop_assert_eq!(transfers.rate(ids[one.nth]), Some(Rate(plain.rate(one))));
            }
        }
        prop_assert!(transfers.is_empty());
        prop_assert_eq!(transfers.hosts.at_work(), 0);
    }
}

/// Prints what a transfer costs: `cargo test -p compup2p-engine cost -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement"]
fn the_cost_of_a_transfer() {
    for hosts in [20u32, 1_000, 100_000] {
        let mut transfers = links(1_250_000, 1_250_000);
        let mut draw = 1u64;
        let mut any = |below: u32| {
            draw = draw.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
            ((draw >> 33) % u64::from(below)) as u32
        };
        for _ in 0..10 * hosts {
            transfers.start(Time(0), any(hosts), any(hosts), 1 + u64::from(any(10_000_000)));
        }
        let start = std::time::Instant::now();
        let rounds = 200_000;
        for _ in 0..rounds {
            let now = transfers.next_end().unwrap();
            transfers.ended(now).unwrap();
            transfers.start(now, any(hosts), any(hosts), 1 + u64::from(any(10_000_000)));
        }
        let ns = start.elapsed().as_nanos() / rounds;
        println!("{hosts} hosts, {} transfers: {ns} ns an end and a start", transfers.len());
    }
}
