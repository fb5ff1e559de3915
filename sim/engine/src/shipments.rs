//! Shipments: messages with bulk data behind them, and how each of them ends: delivered, or broken
//! off; exactly one of these [ours].
//!
//! A shipment is asked for, moves (a transfer shares the links of its two hosts with others:
//! `network/transfer.rs`), lands (its last byte is under way, for one drawn latency), and is read
//! as a post. It breaks off if one of its ends goes down or a partition cuts the two apart before
//! it is read, or if that is so when it begins. Each end that is still in the same stay then reads
//! `Arrival::Broken`, after the silence that its transport takes for a break: `overlay.rpc_timeout`.
//!
//! Loss breaks nothing off and slows nothing down: the transport sends again what the network
//! loses. Faults of latency concern the last byte only. Messages take nothing of the bandwidth.
//!
//! Who is up, and who is cut off from whom, the simulation knows (`simulation/shipping.rs`). What
//! waits here for its turn is the first of its moment: so what ends at a time has ended before
//! anything else of that time can start or stop another.

use crate::network::Bandwidth;
use crate::network::transfer::{Ended, TransferId, Transfers};
use compup2p_protocol::id::Addr;
use compup2p_protocol::node::Message;
use compup2p_protocol::time::Time;
use std::collections::{BTreeMap, VecDeque};

/// One end of a shipment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct End {
    /// The node.
    pub addr: Addr,
    /// Its host.
    pub host: u32,
    /// The stay of the host in which the shipment concerns it: for the receiver, the one in which
    /// it begins.
    pub stay: u32,
}

/// A shipment, until nothing names it any more.
#[derive(Clone, Debug)]
struct Shipment {
    from: End,
    to: End,
    bytes: u64,
    message: Message,
    /// How many were asked for before.
    nth: u64,
    stage: Stage,
    /// Events in the agenda that name it: its place is not used anew before they are read.
    unread: u8,
}

/// How far a shipment has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    /// It has not begun.
    Asked,
    /// Its bytes move, or wait for a link.
    Moves(TransferId),
    /// All bytes have moved, and the last has not arrived.
    Lands,
    /// It was delivered or broke off.
    Over,
}

/// Whose turn it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Turn {
    /// A shipment begins.
    Begins(u32),
    /// All bytes of a shipment have moved.
    HasMoved(u32),
}

/// Counts of shipments. What was asked for is delivered, broken off or under way.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// Asked for.
    pub asked: u64,
    /// Delivered.
    pub delivered: u64,
    /// Broken off.
    pub broken: u64,
    /// Bytes that moved, without those of transfers that have not ended; of what broke off, too.
    pub moved_bytes: u64,
}

impl Counts {
    /// Leaves what was counted since it was `before`.
    pub fn forget(&mut self, before: &Self) {
        let Self { asked, delivered, broken, moved_bytes } = before;
        self.asked -= asked;
        self.delivered -= delivered;
        self.broken -= broken;
        self.moved_bytes -= moved_bytes;
    }
}

/// The shipments under way.
#[derive(Debug)]
pub struct Shipments {
    transfers: Transfers,
    rows: Vec<Option<Shipment>>,
    free: Vec<u32>,
    /// By place of the transfer: whose it is.
    of_transfer: Vec<u32>,
    /// Those that have not begun, in order.
    asked: VecDeque<u32>,
    /// Those that land, in the order in which they were asked for: few, as a latency is short.
    landing: BTreeMap<u64, u32>,
    next: Time,
    /// What became of all so far.
    pub counts: Counts,
}

impl Shipments {
    /// No shipments, between hosts whose links are of this bandwidth.
    pub fn new(bandwidth: Bandwidth) -> Self {
        Self {
            transfers: Transfers::new(bandwidth),
            rows: Vec::new(),
            free: Vec::new(),
            of_transfer: Vec::new(),
            asked: VecDeque::new(),
            landing: BTreeMap::new(),
            next: Time::NEVER,
            counts: Counts::default(),
        }
    }

    /// A node asks for a shipment. It begins in this very moment, when the node has done.
    /// Gives its place.
    pub fn ask(&mut self, now: Time, from: End, to: End, bytes: u64, message: Message) -> u32 {
        let (nth, stage, unread) = (self.counts.asked, Stage::Asked, 0);
        self.counts.asked += 1;
        let row = Some(Shipment { from, to, bytes, message, nth, stage, unread });
        let shipment = match self.free.pop() {
            Some(free) => {
                self.rows[free as usize] = row;
                free
            }
            None => {
                self.rows.push(row);
                u32::try_from(self.rows.len() - 1).expect("fewer than 2^32 shipments at a time")
            }
        };
        self.asked.push_back(shipment);
        self.next = now;
        shipment
    }

    /// When the next turn is; [`Time::NEVER`] if nothing waits for one.
    #[inline]
    pub fn next(&self) -> Time {
        self.next
    }

    /// Whose turn it is now: first those whose bytes have moved, by the order of their beginnings;
    /// then those that begin, as they were asked for.
    pub fn turn(&mut self, now: Time) -> Option<Turn> {
        let turn = match self.transfers.ended(now) {
            Some(ended) => {
                let shipment = self.ended(&ended);
                let row = self.row_mut(shipment);
                (row.stage, row.unread) = (Stage::Lands, 1);
                let nth = row.nth;
                self.landing.insert(nth, shipment);
                Some(Turn::HasMoved(shipment))
            }
            None => self.asked.pop_front().map(Turn::Begins),
        };
        self.settle(now);
        turn
    }

    /// A shipment begins, to the receiver in its present stay.
    pub fn begin(&mut self, now: Time, shipment: u32, stay: u32) {
        let row = self.row_mut(shipment);
        row.to.stay = stay;
        let (from, to, bytes) = (row.from.host, row.to.host, row.bytes);
        let transfer = self.transfers.start(now, from, to, bytes);
        self.row_mut(shipment).stage = Stage::Moves(transfer);
        if self.of_transfer.len() <= transfer.place() {
            self.of_transfer.resize(transfer.place() + 1, 0);
        }
        self.of_transfer[transfer.place()] = shipment;
        self.settle(now);
    }

    /// The last byte has arrived, and the event that tells so is read: the sender, if the shipment
    /// has not broken off.
    pub fn deliver(&mut self, shipment: u32) -> Option<Addr> {
        let row = self.row_mut(shipment);
        let (from, nth) = (row.from.addr, row.nth);
        let is_delivered = row.stage == Stage::Lands;
        row.stage = Stage::Over;
        self.counts.delivered += u64::from(is_delivered);
        if is_delivered {
            self.landing.remove(&nth);
            // Its sender hears of it.
            self.row_mut(shipment).unread += 1;
        }
        self.forget(shipment);
        is_delivered.then_some(from)
    }

    /// A shipment that was to begin breaks off: its ends, the receiver in its present stay, cannot
    /// reach each other.
    pub fn refuse(&mut self, shipment: u32, stay: u32) {
        let row = self.row_mut(shipment);
        debug_assert_eq!(row.stage, Stage::Asked);
        row.to.stay = stay;
        self.break_off(shipment);
    }

    /// All that goes from and to a host breaks off, and is told in the order of asking.
    pub fn fail_host(&mut self, now: Time, host: u32) -> Vec<u32> {
        let failed = self.transfers.fail_node(now, host);
        self.break_all(now, &failed, |from, to| from == host || to == host)
    }

    /// All between hosts that are cut apart breaks off, and is told in the order of asking.
    pub fn fail_between(&mut self, now: Time, cut: impl Fn(u32, u32) -> bool) -> Vec<u32> {
        let failed = self.transfers.fail_between(now, &cut);
        self.break_all(now, &failed, cut)
    }

    /// Breaks off those whose transfers failed, and those that land where `fails(from, to)`.
    fn break_all(
        &mut self,
        now: Time,
        failed: &[Ended],
        fails: impl Fn(u32, u32) -> bool,
    ) -> Vec<u32> {
        let mut broken: Vec<u32> = failed.iter().map(|ended| self.ended(ended)).collect();
        let lands = self.landing.values().copied().filter(|&shipment| {
            let row = self.row(shipment);
            fails(row.from.host, row.to.host)
        });
        broken.extend(lands);
        broken.sort_unstable_by_key(|&shipment| self.row(shipment).nth);
        for &shipment in &broken {
            self.break_off(shipment);
        }
        self.settle(now);
        broken
    }

    fn break_off(&mut self, shipment: u32) {
        let row = self.row_mut(shipment);
        debug_assert_ne!(row.stage, Stage::Over, "a shipment ends once");
        row.stage = Stage::Over;
        // Each end has its event.
        row.unread += 2;
        let nth = row.nth;
        self.landing.remove(&nth);
        self.counts.broken += 1;
    }

    /// One end hears of the break, or the sender of the delivery: the stay that it concerns, and the other end.
    pub fn hear(&mut self, shipment: u32, at: Addr) -> (u32, Addr) {
        let Shipment { from, to, .. } = *self.row(shipment);
        self.forget(shipment);
        match at == from.addr {
            true => (from.stay, to.addr),
            false => (to.stay, from.addr),
        }
    }

    /// One event less names it.
    fn forget(&mut self, shipment: u32) {
        let row = self.row_mut(shipment);
        row.unread -= 1;
        if row.unread == 0 && row.stage == Stage::Over {
            self.rows[shipment as usize] = None;
            self.free.push(shipment);
        }
    }

    /// A transfer is over: counts it, and tells whose it was.
    fn ended(&mut self, ended: &Ended) -> u32 {
        self.counts.moved_bytes += ended.moved;
        self.of_transfer[ended.id.place()]
    }

    fn settle(&mut self, now: Time) {
        self.next = match self.asked.is_empty() {
            true => self.transfers.next_end().unwrap_or(Time::NEVER),
            false => now,
        };
    }

    fn row(&self, shipment: u32) -> &Shipment {
        self.rows[shipment as usize].as_ref().expect("what is named is kept")
    }

    fn row_mut(&mut self, shipment: u32) -> &mut Shipment {
        self.rows[shipment as usize].as_mut().expect("what is named is kept")
    }

    /// The ends of a shipment: the sender, the receiver.
    pub fn ends(&self, shipment: u32) -> [End; 2] {
        let row = self.row(shipment);
        [row.from, row.to]
    }

    /// What is shipped.
    pub fn message(&self, shipment: u32) -> &Message {
        &self.row(shipment).message
    }

    /// The ends of those that have begun and are not over, for judges.
    pub fn begun(&self) -> impl Iterator<Item = [End; 2]> + '_ {
        let rows = self.rows.iter().flatten();
        let begun = rows.filter(|row| matches!(row.stage, Stage::Moves(_) | Stage::Lands));
        begun.map(|row| [row.from, row.to])
    }

    /// How many are not over, looked for one by one, for judges.
    pub fn under_way(&self) -> u64 {
        self.rows.iter().flatten().filter(|row| row.stage != Stage::Over).count() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::rate::Rate;
    use compup2p_protocol::node::Timer;

    const CARGO: Message = Message::Timer(Timer::Join);
    const S: u64 = 1_000_000_000;

    fn end(host: u32) -> End {
        End { addr: Addr(host), host, stay: 1 }
    }

    /// Links of 100 bytes a second, and these shipments, which have begun.
    fn shipments(ways: &[(u32, u32)]) -> Shipments {
        let rate = Rate(100);
        let mut shipments = Shipments::new(Bandwidth { up: rate, down: rate });
        begin(&mut shipments, Time(0), ways);
        shipments
    }

    fn begin(shipments: &mut Shipments, now: Time, ways: &[(u32, u32)]) {
        for &(from, to) in ways {
            shipments.ask(now, end(from), end(to), 100, CARGO);
        }
        for _ in ways {
            assert_eq!(shipments.next(), now);
            let Some(Turn::Begins(shipment)) = shipments.turn(now) else { panic!("one begins") };
            shipments.begin(now, shipment, 1);
        }
    }

    #[test]
    fn who_asks_first_has_the_first_turn() {
        let mut shipments = shipments(&[(0, 1), (2, 3)]);
        assert_eq!(shipments.next(), Time(S));
        // One that begins when others have moved is after them.
        shipments.ask(Time(S), end(4), end(5), 100, CARGO);
        let turns = [Turn::HasMoved(0), Turn::HasMoved(1), Turn::Begins(2)];
        assert_eq!(turns.map(|_| shipments.turn(Time(S)).unwrap()), turns);
    }

    #[test]
    fn what_breaks_off_is_told_in_the_order_of_asking() {
        let mut shipments = shipments(&[(0, 1), (2, 1), (1, 3), (4, 5)]);
        for moved in [2, 3] {
            assert_eq!(shipments.turn(Time(S)), Some(Turn::HasMoved(moved)));
        }
        begin(&mut shipments, Time(S), &[(6, 4)]);
        assert_eq!(shipments.fail_between(Time(S), |from, _| from == 0 || from >= 4), [0, 3, 4]);
        assert_eq!(shipments.fail_host(Time(S), 1), [1, 2]);
        assert_eq!(
            shipments.counts,
            Counts { asked: 5, broken: 5, moved_bytes: 300, delivered: 0 }
        );
        assert_eq!((shipments.under_way(), shipments.next()), (0, Time::NEVER));
    }

    #[test]
    fn a_place_is_used_anew_when_nothing_names_it() {
        let mut shipments = shipments(&[(0, 1)]);
        assert_eq!(shipments.turn(Time(S)), Some(Turn::HasMoved(0)));
        assert_eq!(shipments.fail_host(Time(S), 1), [0]);
        let is_free = |shipments: &Shipments| shipments.free == [0];
        assert_eq!(shipments.hear(0, Addr(0)), (1, Addr(1)));
        assert_eq!(shipments.hear(0, Addr(1)), (1, Addr(0)));
        assert!(!is_free(&shipments), "it landed when it broke off");
        assert_eq!(shipments.deliver(0), None);
        assert!(is_free(&shipments));
        begin(&mut shipments, Time(S), &[(0, 1)]);
        assert_eq!(shipments.turn(Time(2 * S)), Some(Turn::HasMoved(0)));
        assert_eq!(shipments.deliver(0), Some(Addr(0)));
        assert!(!is_free(&shipments), "its sender has not heard of it");
        assert_eq!(shipments.hear(0, Addr(0)), (1, Addr(1)));
        assert!(is_free(&shipments));
    }
}
