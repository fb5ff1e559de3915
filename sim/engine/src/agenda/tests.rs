//! The agenda against a plain heap ordered by (time, sequence).

use core::cmp::Reverse;
use std::collections::BinaryHeap;
use std::rc::Rc;

use compup2p_protocol::time::Time;
use proptest::prelude::*;

use super::{Agenda, BUCKET_BITS};

const BUCKET: u64 = 1 << BUCKET_BITS;
const WINDOW: u64 = BUCKET << 12;
const EPOCH: u64 = WINDOW << 12;

/// Runs the same operations on both; events are boxed sequence numbers.
#[derive(Default)]
struct Pair {
    agenda: Agenda<Box<u64>>,
    heap: BinaryHeap<Reverse<(u64, u64)>>,
    sequence: u64,
    now: u64,
}

impl Pair {
    fn push(&mut self, after: u64) {
        let at = self.now.saturating_add(after);
        self.agenda.push(Time(at), Box::new(self.sequence));
        self.heap.push(Reverse((at, self.sequence)));
        self.sequence += 1;
    }

    fn pop(&mut self) -> bool {
        let expected = self.heap.pop().map(|Reverse(event)| event);
        let found = self.agenda.pop().map(|(at, event)| (at.0, *event));
        assert_eq!(found, expected);
        assert_eq!(self.agenda.len(), self.heap.len());
        assert_eq!(self.agenda.is_empty(), self.heap.is_empty());
        self.now = found.map_or(self.now, |(at, _)| at);
        found.is_some()
    }

    fn look(&mut self) {
        let expected = self.heap.peek().map(|&Reverse((at, _))| Time(at));
        assert_eq!(self.agenda.next_at(), expected);
    }

    fn drain(&mut self) {
        while self.pop() {}
    }
}

#[derive(Clone, Debug)]
enum Step {
    Push(u64),
    Burst(u16, u64),
    Scatter(u16, u64),
    Pop(u8),
    Look,
}

/// How long after now: nothing, within the bucket, on edges of buckets and windows, days, the end of
/// time.
fn after() -> impl Strategy<Value = u64> {
    prop_oneof![
        3 => Just(0),
        3 => 0..4u64,
        3 => 0..BUCKET,
        3 => 0..100 * BUCKET,
        1 => (0..3u64).prop_map(|k| BUCKET - 1 + k),
        1 => (0..3u64).prop_map(|k| WINDOW - 1 + k),
        1 => (0..3u64).prop_map(|k| EPOCH - 1 + k),
        2 => 0..3 * WINDOW,
        1 => 0..3 * EPOCH,
        1 => Just(u64::MAX),
        1 => any::<u64>().prop_map(|bits| bits >> 3),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => after().prop_map(Step::Push),
        1 => (0..600u16, after()).prop_map(|(count, after)| Step::Burst(count, after)),
        1 => (0..600u16, after()).prop_map(|(count, within)| Step::Scatter(count, within)),
        6 => any::<u8>().prop_map(|count| Step::Pop(count / 8)),
        1 => Just(Step::Look),
    ]
}

/// Few and small cases where an interpreter runs them.
const CASES: u32 = if cfg!(miri) { 3 } else { 500 };

proptest! {
    #![proptest_config(ProptestConfig {
        cases: CASES,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn events_come_by_time_and_equal_times_in_the_order_of_pushing(
        steps in proptest::collection::vec(step(), 1..120),
    ) {
        let mut pair = Pair::default();
        for step in steps {
            match step {
                Step::Push(after) => pair.push(after),
                Step::Burst(count, after) => (0..count).for_each(|_| pair.push(after)),
                Step::Scatter(count, within) => (0..u64::from(count))
                    .for_each(|k| pair.push(k.wrapping_mul(0x9e37_79b9_7f4a_7c15) % (within | 1))),
                Step::Pop(count) => (0..count).for_each(|_| { pair.pop(); }),
                Step::Look => pair.look(),
            }
        }
        pair.drain();
    }
}

#[test]
fn a_window_pushed_into_before_and_after_it_cascades_keeps_its_order() {
    let mut pair = Pair::default();
    let at = WINDOW + 5 * BUCKET + 3;
    for _ in 0..100 {
        pair.push(at);
    }
    pair.push(WINDOW + 1);
    pair.pop();
    for _ in 0..100 {
        pair.push(at - pair.now);
    }
    pair.drain();
}

#[test]
fn what_is_pushed_for_now_comes_after_all_pending_for_now() {
    let mut pair = Pair::default();
    for _ in 0..40 {
        pair.push(7);
    }
    for _ in 0..20 {
        pair.pop();
        pair.push(0);
    }
    pair.drain();
}

#[test]
fn looking_far_ahead_does_not_forbid_earlier_events() {
    let mut pair = Pair::default();
    pair.push(30 * EPOCH);
    pair.look();
    for after in [30 * EPOCH, 3 * WINDOW, 0, BUCKET, 3 * WINDOW, 31 * EPOCH] {
        pair.push(after);
        pair.look();
    }
    pair.drain();
}

#[test]
fn the_last_instants_of_time_can_be_reached() {
    let mut pair = Pair::default();
    for after in [u64::MAX, u64::MAX - 1, u64::MAX - BUCKET, u64::MAX, 0] {
        pair.push(after);
    }
    pair.drain();
    pair.push(0);
    pair.drain();
    assert_eq!(pair.now, u64::MAX);
}

#[test]
#[should_panic(expected = "an event was scheduled in the past")]
fn the_past_is_refused() {
    let mut agenda = Agenda::new();
    agenda.push(Time(10), ());
    agenda.pop();
    agenda.push(Time(9), ());
}

#[test]
fn the_events_ahead_are_those_that_come() {
    let mut agenda = Agenda::new();
    for k in 0..50u64 {
        agenda.push(Time(BUCKET + k * 7 % 50), k);
    }
    agenda.next_at();
    for left in (0..50).rev() {
        let ahead: Vec<u64> = (0..).map_while(|k| agenda.ahead(k)).copied().collect();
        assert_eq!(ahead.len(), left + 1);
        assert_eq!(agenda.pop().map(|(_, event)| event), Some(ahead[0]));
    }
    assert_eq!(agenda.ahead(0), None);
}

#[test]
fn events_that_never_happen_are_dropped_once() {
    let token = Rc::new(());
    let mut agenda = Agenda::new();
    for k in 0..200u64 {
        agenda.push(Time(k * BUCKET / 90), Rc::clone(&token));
        agenda.push(Time(k * WINDOW), Rc::clone(&token));
    }
    for _ in 0..95 {
        let (now, _) = agenda.pop().expect("there are more");
        agenda.push(now, Rc::clone(&token));
    }
    assert_eq!(Rc::strong_count(&token), 1 + agenda.len());
    drop(agenda);
    assert_eq!(Rc::strong_count(&token), 1);
}

#[test]
fn the_steady_state_takes_no_more_memory() {
    let mut agenda = Agenda::new();
    let mut draw = 1u64;
    let mut increment = || {
        draw = draw.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (draw >> 33) % (200 * BUCKET)
    };
    let rounds = if cfg!(miri) { 20 } else { 4_000 };
    for _ in 0..100 {
        agenda.push(Time(increment()), 0u64);
    }
    let mut run = |count: usize| {
        for _ in 0..count {
            let (at, event) = agenda.pop().expect("one comes for one that goes");
            agenda.push(Time(at.0 + increment()), event);
        }
        agenda.bytes()
    };
    run(50 * rounds);
    let before = run(50 * rounds);
    assert!(run(100 * rounds) <= before + before / 10);
}
