//! Bulk data between hosts, to the nanosecond.

use super::*;
use crate::churn::sessions::Exit;
use crate::surroundings::Present;
use compup2p_protocol::node::{Message, Timer};
use compup2p_protocol::world::World;

/// What is shipped: nothing that a node would act upon.
const CARGO: Message = Message::Timer(Timer::Join);

/// What a node heard of a shipment: when, who, what, and of which other end.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Heard {
    Cargo { ms: f64, at: u32, from: u32 },
    Broken { ms: f64, at: u32, peer: u32 },
}

use Heard::{Broken, Cargo};

/// Nodes with nothing to do; a message takes 20 ms, a link carries 1 MB/s.
fn hosts(more: &str) -> String {
    format!(
        "{{nodes: 8, duration: 1h, workload: {{lookups: {{interval: ~}}, purchases: {{interval: ~}}}},
           network: {{latency: {{model: constant, delay: 20ms}}, bandwidth: {{up: 1MB, down: 1MB}}}},
           {more}}}"
    )
}

fn start(more: &str) -> Simulation {
    let mut run = Simulation::new(&judged(&hosts(more)));
    run.heard = Some(Vec::new());
    run
}

fn go(run: &mut Simulation, until_ms: u64) {
    run.run_until(Time::ZERO + Span::millis(until_ms), &mut Blind).unwrap();
    run.judge();
}

fn ship(run: &mut Simulation, from: u32, to: u32, bytes: u64) {
    let stay = run.incarnation(Addr(from));
    Present::new(&mut run.around, Addr(from), stay).ship(Addr(to), bytes, CARGO);
}

fn crash(run: &mut Simulation, host: u32) {
    run.fall(host, Exit::Crash, &mut Blind).unwrap();
}

/// Lets a minute pass, and tells what was heard; no judge has anything to say.
fn heard(mut run: Simulation) -> Vec<Heard> {
    let until = run.now() + Span::secs(60);
    run.run_until(until, &mut Blind).unwrap();
    run.judge();
    let counts = run.shipments().counts;
    assert_eq!(counts.asked, counts.delivered + counts.broken, "all are over");
    assert_eq!(run.shipments().under_way(), 0);
    let heard = cargo(&mut run);
    assert_eq!(run.outcome().verdicts, [""; 0]);
    heard
}

fn cargo(run: &mut Simulation) -> Vec<Heard> {
    let heard = run.heard.take().unwrap();
    let heard = heard.into_iter().filter_map(|(at, Addr(reader), arrival)| {
        let ms = at.0 as f64 / 1e6;
        match arrival {
            Arrival::Post { from, message: CARGO } => Some(Cargo { ms, at: reader, from: from.0 }),
            Arrival::Broken { peer, .. } => Some(Broken { ms, at: reader, peer: peer.0 }),
            _ => None,
        }
    });
    heard.collect()
}

#[test]
fn bulk_data_takes_its_bytes_by_the_rate_and_one_latency() {
    let mut run = start("");
    go(&mut run, 1_000);
    ship(&mut run, 0, 1, 500_000);
    go(&mut run, 1_510);
    let counts = run.shipments().counts;
    assert_eq!((counts.asked, counts.delivered, counts.moved_bytes), (1, 0, 500_000));
    assert_eq!(run.shipments().under_way(), 1);
    let sent = crate::tally::messages(run.traffic());
    let row = sent.iter().find(|row| row.kind == "node.timer").unwrap();
    assert_eq!((row.count, row.bytes), (1, 500_000));
    assert_eq!(heard(run), [Cargo { ms: 1_520.0, at: 1, from: 0 }]);
}

#[test]
fn two_shipments_share_a_link() {
    let mut run = start("");
    go(&mut run, 1_000);
    ship(&mut run, 0, 2, 500_000);
    ship(&mut run, 0, 1, 500_000);
    let (first, second) =
        (Cargo { ms: 2_020.0, at: 2, from: 0 }, Cargo { ms: 2_020.0, at: 1, from: 0 });
    assert_eq!(heard(run), [first, second], "in the order of their beginnings");
}

#[test]
fn the_network_loses_no_bulk_data_and_delays_its_last_byte() {
    let mut run = start(
        "faults: [{at: 1s, for: 10s, kind: loss, probability: 1},
                  {at: 1s, for: 10s, kind: latency, factor: 3}]",
    );
    go(&mut run, 1_000);
    ship(&mut run, 0, 1, 500_000);
    assert_eq!(heard(run), [Cargo { ms: 1_560.0, at: 1, from: 0 }]);
}

#[test]
fn within_a_host_bulk_data_takes_two_nanoseconds() {
    let mut run = start("overlay: {virtual_nodes: 2}");
    go(&mut run, 1_000);
    ship(&mut run, 4, 5, u64::MAX / 2);
    ship(&mut run, 4, 6, 1_000_000);
    assert_eq!(
        heard(run),
        [Cargo { ms: 1_000.000_002, at: 5, from: 4 }, Cargo { ms: 2_020.0, at: 6, from: 4 }]
    );
    let mut run = start("overlay: {virtual_nodes: 2}");
    go(&mut run, 1_000);
    ship(&mut run, 4, 5, 1);
    run.ship_next();
    crash(&mut run, 2);
    assert_eq!(heard(run), []);
}

#[test]
fn a_sender_hears_that_its_receiver_crashed() {
    let mut run = start("");
    go(&mut run, 1_000);
    ship(&mut run, 0, 1, 1_000_000);
    go(&mut run, 1_300);
    crash(&mut run, 1);
    assert_eq!(run.shipments().counts.moved_bytes, 300_000);
    assert_eq!(heard(run), [Broken { ms: 1_800.0, at: 0, peer: 1 }]);
}

#[test]
fn a_receiver_hears_that_its_sender_crashed() {
    let mut run = start("");
    go(&mut run, 1_000);
    ship(&mut run, 0, 1, 1_000_000);
    go(&mut run, 1_300);
    crash(&mut run, 0);
    assert_eq!(heard(run), [Broken { ms: 1_800.0, at: 1, peer: 0 }]);
}

#[test]
fn when_both_ends_crash_nobody_hears() {
    let mut run = start("");
    go(&mut run, 1_000);
    ship(&mut run, 0, 1, 1_000_000);
    go(&mut run, 1_300);
    crash(&mut run, 1);
    go(&mut run, 1_500);
    crash(&mut run, 0);
    assert_eq!(run.shipments().counts.broken, 1);
    assert_eq!(heard(run), []);
}

#[test]
fn a_host_that_comes_up_again_hears_nothing_of_an_earlier_stay() {
    for (down, up, peer) in [(0, 1, 0), (1, 0, 1)] {
        let mut run = start("");
        go(&mut run, 1_000);
        ship(&mut run, 0, 1, 1_000_000);
        go(&mut run, 1_300);
        crash(&mut run, down);
        run.rise(down);
        assert_eq!(heard(run), [Broken { ms: 1_800.0, at: up, peer }]);
    }
}

#[test]
fn a_shipment_to_who_is_down_breaks_off_at_once() {
    let mut run = start("");
    go(&mut run, 1_000);
    crash(&mut run, 1);
    ship(&mut run, 0, 1, 1_000_000);
    go(&mut run, 1_200);
    assert_eq!((run.shipments().counts.broken, run.shipments().counts.moved_bytes), (1, 0));
    run.rise(1);
    assert_eq!(heard(run), [Broken { ms: 1_500.0, at: 0, peer: 1 }]);
}

#[test]
fn who_leaves_while_it_ships_breaks_it_off() {
    let mut run = start("");
    go(&mut run, 1_000);
    ship(&mut run, 0, 1, 1_000_000);
    // It has not begun when the sender is gone.
    run.fall(0, Exit::Leave, &mut Blind).unwrap();
    assert_eq!(heard(run), [Broken { ms: 1_500.0, at: 1, peer: 0 }]);
}

/// Two hosts on two sides of a partition that begins after 2 s, and one with the first.
fn sides() -> [u32; 3] {
    let mut run = start(PARTITION);
    go(&mut run, 3_000);
    let cut = |other: &u32| run.around.conditions.cut(0, *other);
    [0, (1..8).find(cut).unwrap(), (1..8).find(|other| !cut(other)).unwrap()]
}

const PARTITION: &str = "faults: [{at: 2s, for: 10s, kind: partition, share: 0.5}]";

#[test]
fn a_partition_breaks_off_what_crosses_it_and_both_ends_hear() {
    let [one, other, near] = sides();
    let mut run = start(PARTITION);
    go(&mut run, 1_000);
    ship(&mut run, one, other, 2_000_000);
    ship(&mut run, near, one, 1_500_000);
    assert_eq!(
        heard(run),
        [
            Broken { ms: 2_500.0, at: one, peer: other },
            Broken { ms: 2_500.0, at: other, peer: one },
            Cargo { ms: 2_520.0, at: one, from: near },
        ]
    );
    // While it lasts nothing begins.
    let mut run = start(PARTITION);
    go(&mut run, 3_000);
    ship(&mut run, one, other, 1);
    assert_eq!(
        heard(run),
        [
            Broken { ms: 3_500.0, at: one, peer: other },
            Broken { ms: 3_500.0, at: other, peer: one },
        ]
    );
}

#[test]
fn what_lands_breaks_off_too() {
    let [one, other, _] = sides();
    // All bytes have moved at 1.99 s.
    let mut run = start(PARTITION);
    go(&mut run, 1_000);
    ship(&mut run, one, other, 990_000);
    let both = [(one, other), (other, one)].map(|(at, peer)| Broken { ms: 2_500.0, at, peer });
    assert_eq!(heard(run), both);
    let mut run = start("");
    go(&mut run, 1_000);
    ship(&mut run, 0, 1, 500_000);
    go(&mut run, 1_510);
    crash(&mut run, 1);
    run.rise(1);
    assert_eq!(heard(run), [Broken { ms: 2_010.0, at: 0, peer: 1 }]);
}

#[test]
fn at_equal_times_bytes_have_moved_before_a_host_falls_and_it_falls_before_they_arrive() {
    for (at, moved) in [("1499ms", 499_000), ("1500ms", 500_000), ("1520ms", 500_000)] {
        let mut run = start(&format!("faults: [{{at: {at}, kind: crash, share: 1}}]"));
        go(&mut run, 1_000);
        ship(&mut run, 0, 1, 500_000);
        go(&mut run, 1_520);
        let counts = run.shipments().counts;
        assert_eq!((counts.broken, counts.moved_bytes), (1, moved), "{at}");
        assert_eq!(heard(run), []);
    }
    let mut run = start("faults: [{at: 1521ms, kind: crash, share: 1}]");
    go(&mut run, 1_000);
    ship(&mut run, 0, 1, 500_000);
    assert_eq!(heard(run), [Cargo { ms: 1_520.0, at: 1, from: 0 }]);
}

/// Hosts that come and go, faults, and a shipment every 100 ms.
fn busy(timers: Timers) -> Simulation {
    let yaml = "{nodes: 60, duration: 20min, overlay: {virtual_nodes: 2}, network: {loss: 0.05},
        churn: {sessions: {up: {model: exponential, mean: 2min}, down: 1min}},
        workload: {purchases: {interval: 1min}}, faults: [
          {at: 5min, for: 1min, kind: partition, share: 0.5}, {at: 8min, kind: crash, share: 0.3},
          {at: 330s, for: 2min, kind: partition, share: 0.3}]}";
    let mut run = Simulation::with_timers(&judged(yaml), timers);
    run.heard = Some(Vec::new());
    for step in 0..11_000u64 {
        run.run_until(Time::ZERO + Span::millis(100 * step), &mut Blind).unwrap();
        let bits = step.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let (from, to) = ((bits >> 40) as u32 % 120, (bits >> 20) as u32 % 120);
        if run.is_listening(Addr(from)) {
            ship(&mut run, from, to, (bits >> 8) % 4_000_000);
        }
    }
    run.run(&mut Blind).unwrap();
    run
}

#[test]
fn every_shipment_is_delivered_or_breaks_off_once_whatever_happens() {
    let mut run = busy(Timers::Needed);
    let counts = run.shipments().counts;
    assert!(counts.delivered > 1_000 && counts.broken > 1_000, "{counts:?}");
    let heard = cargo(&mut run);
    let arrived = heard.iter().filter(|one| matches!(one, Cargo { .. })).count() as u64;
    let broken = heard.len() as u64 - arrived;
    assert_eq!(arrived, counts.delivered);
    assert!(broken <= 2 * counts.broken && broken > counts.broken / 2, "{broken} {counts:?}");
    let all = busy(Timers::All).outcome();
    let again = run.outcome();
    assert_eq!(again.verdicts, [""; 0]);
    assert_same(&again, &all);
}

#[test]
fn judges_convict_a_planted_bug_where_bulk_data_is_shipped() {
    let convicted = |plant: fn(&mut Simulation)| {
        convicted_in(&hosts("market: {scheme: single_overlay}"), 60, |run| {
            ship(run, 0, 1, 10_000_000);
            run.run_until(run.now() + Span::secs(1), &mut Blind).unwrap();
            plant(run);
        })
    };
    assert_eq!(convicted(|_| {}), [""; 0]);
    // One is delivered twice, or breaks off and goes on.
    assert_eq!(convicted(|run| run.around.shipments.counts.delivered += 1), ["shipments"]);
    assert_eq!(convicted(|run| run.around.shipments.counts.broken += 1), ["shipments"]);
    // One goes on to a host that has stopped meanwhile.
    assert_eq!(convicted(|run| run.population.host_mut(1).incarnation += 1), ["shipments"]);
}

#[test]
fn purchases_of_users_and_of_nodes_have_one_row_of_numbers() {
    let mut run = Simulation::new(&trial(MARKET));
    run.run_until(Time::ZERO + Span::secs(60), &mut Blind).unwrap();
    let asked = run.purchases().asked();
    assert!(asked > 10);
    assert_eq!(Present::new(&mut run.around, Addr(0), 1).number(), asked);
    run.run_until(Time::ZERO + Span::secs(120), &mut Blind).unwrap();
    let more = run.purchases().asked() - asked;
    assert!(more > 10);
    assert_eq!(Present::new(&mut run.around, Addr(0), 1).number(), asked + 1 + more);
}
