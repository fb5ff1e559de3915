//! One member between messages that come in an order of ours.

use super::*;
use crate::id::Addr;
use crate::rules::Routing;
use crate::time::{Span, Time};
use crate::world::Ticket;
use alloc::vec;

/// What the member asked, of whom, and what it noted. Nothing arrives by itself.
#[derive(Default)]
struct Silence {
    calls: Vec<(Addr, Message<Addr>)>,
    found: Vec<Option<Addr>>,
}

impl World<Message<Addr>> for Silence {
    fn now(&self) -> Time {
        Time::ZERO
    }
    fn me(&self) -> Addr {
        Addr(0)
    }
    fn draw(&mut self) -> u64 {
        0
    }
    fn send(&mut self, _to: Addr, _message: Message<Addr>) {}
    fn call(&mut self, to: Addr, request: Message<Addr>, _timeout: Span) {
        self.calls.push((to, request));
    }
    fn answer(&mut self, _ticket: Ticket, _answer: Message<Addr>) {}
    fn ship(&mut self, _: Addr, _: u64, _: Message<Addr>) {}
    fn number(&mut self) -> u32 {
        0
    }
    fn wake(&mut self, _after: Span, _timer: Message<Addr>) {}
    fn note(&mut self, fact: crate::fact::Fact) {
        if let crate::fact::Fact::Lookup(end) = fact {
            self.found.push(end.owner);
        }
    }
}

/// A member of a ring of eight, each an eighth of the circle from the next, and a lookup of its
/// that is on its way recursively.
fn asker() -> (Chord<Addr>, Rules, Silence) {
    let mut rules = Rules::for_tests((0..8).map(|n| Id(n << 61)).collect());
    rules.overlay.routing = Routing::Recursive;
    let mut world = Silence::default();
    let mut asker = Chord::new(Addr(0), Ring::Base, 0);
    let successors = [Addr(1), Addr(2)];
    asker.start(Addr(7), &successors, [Addr(4)].into_iter(), &rules, &mut world);
    let told = asker.find(Id((5 << 61) + 1), LookupPurpose::Key, 0, &rules, &mut world);
    assert_eq!(told, Told::Nothing);
    assert!(matches!(world.calls[..], [(Addr(4), Message::Forward { .. })]));
    (asker, rules, world)
}

fn arrived() -> Arrival<Message<Addr>> {
    let peers = [Addr(6), Addr(7)];
    let message = Message::Arrived { lookup: 0, hops: 1, timeouts: 0, count: 2, peers };
    Arrival::Post { from: Addr(5), message }
}

#[test]
fn a_recursive_lookup_that_arrives_twice_counts_once() {
    let (mut asker, rules, mut world) = asker();
    for _ in 0..2 {
        assert_eq!(asker.on_arrival(arrived(), &rules, &mut world), Told::Nothing);
    }
    // One ping is under way, and six that go unanswered are two owners' silence.
    let ping = Message::Ping { lookup: 0 };
    assert_eq!(world.calls.iter().filter(|(_, m)| *m == ping).count(), 1);
    for to in [6, 6, 6, 7, 7, 7].map(Addr) {
        let silent = Arrival::Unanswered { to, message: ping.clone() };
        assert_eq!(asker.on_arrival(silent, &rules, &mut world), Told::Nothing);
    }
    assert_eq!(world.found, vec![]);
}

#[test]
fn who_is_not_asked_any_more_is_not_heard() {
    let (mut asker, rules, mut world) = asker();
    let _nothing = asker.on_arrival(arrived(), &rules, &mut world);
    // Advice, and silence, of the way that the lookup took before.
    let stale = [
        Arrival::Unanswered {
            to: Addr(4),
            message: Message::Next { key: Id((5 << 61) + 1), lookup: 0, skip: 0 },
        },
        Arrival::Unanswered { to: Addr(4), message: Message::Ping { lookup: 0 } },
        Arrival::Answer { from: Addr(4), message: Message::Pong { lookup: 0 } },
        Arrival::Answer {
            from: Addr(6),
            message: Message::Hop {
                lookup: 0,
                kind: HopKind::Owner,
                count: 1,
                peers: [Addr(4), Addr(4)],
            },
        },
    ];
    for arrival in stale {
        assert_eq!(asker.on_arrival(arrival, &rules, &mut world), Told::Nothing);
    }
    assert_eq!(world.found, vec![]);
    let pong = Arrival::Answer { from: Addr(6), message: Message::Pong { lookup: 0 } };
    let told = asker.on_arrival(pong, &rules, &mut world);
    assert!(matches!(told, Told::Found(Found { owner: Addr(6), .. })), "{told:?}");
}

#[test]
fn a_finger_that_is_none_any_more_goes_though_nobody_asks_it() {
    let rules = Rules::for_tests((0..8).map(|n| Id(n << 61)).collect());
    let mut world = Silence::default();
    let mut member = Chord::new(Addr(0), Ring::Base, 0);
    // As far away as the successor, to the bit, and behind it: a finger before the successor came.
    let fingers = [Addr(3), Addr(4)].into_iter();
    member.start(Addr(7), &[Addr(2)], fingers, &rules, &mut world);
    let timer = Message::Timer { timer: Timer::Stabilize, generation: 0 };
    let _nothing = member.on_arrival(Arrival::Timer(timer), &rules, &mut world);
    assert_eq!(member.fingers(), [Addr(2), Addr(4)]);
}

#[test]
fn a_predecessor_whose_one_answer_is_late_stays() {
    let rules = Rules::for_tests((0..3).map(|n| Id(n << 61)).collect());
    let mut world = Silence::default();
    let mut member = Chord::new(Addr(0), Ring::Base, 0);
    let (successors, nobody) = ([Addr(1), Addr(2)], [].into_iter());
    member.start(Addr(2), &successors, nobody, &rules, &mut world);
    let message = Message::Neighbours { index: 1 };
    let silent = Arrival::Unanswered { to: Addr(2), message };
    let _nothing = member.on_arrival(silent, &rules, &mut world);
    assert_eq!((member.predecessor(), member.successors()), (Some(Addr(2)), &[Addr(1)][..]));
    assert_eq!(world.calls, [(Addr(2), Message::Ping { lookup: NO_LOOKUP })]);
}
