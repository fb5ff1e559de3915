//! Transfers: bulk data under way between hosts, and how they share the hosts' links [ours].
//!
//! A link carries at most [`SLOTS`] transfers at a time in each direction; the rest wait in order.
//! A transfer takes a slot of the sender's uplink first and keeps it while it waits for one of the
//! receiver's downlink; only what holds both moves, and only what moves counts for the rates. The
//! rate is min(up / moving up, down / moving down), in whole bytes per second, rounded down; it
//! changes when another at either end starts, ends or fails. What a slower other end leaves unused
//! is not redistributed: so an event changes the rates at its own ends only. A slot that comes free
//! goes at once to the first in its line; a freed downlink is served before a freed uplink. Where
//! a host fails, those in line leave before those that hold slots, each in the order of starts.
//!
//! Progress is counted in whole billionths of a byte, so no byte is made or lost by rounding. A
//! transfer ends in the first nanosecond in which all its bytes have moved. The latency of the last
//! byte, and faults of loss or latency, are no matter of transfers; a partition that should stop
//! them is told by [`Transfers::fail_between`].
//!
//! A start, an end or a failure of one transfer frees at most two slots, so touches at most four
//! ends of at most 16 transfers, each with the work of a heap's depth. Nothing is done for each
//! host. Use: after each call ask [`Transfers::next_end`], see to it that something happens at that
//! time at the latest, and then take what has [`Transfers::ended`]. Asking when nothing has ended
//! is harmless, so there need be only one standing event for all transfers.

use std::collections::BTreeMap;

use compup2p_protocol::time::{Span, Time};

use super::rate::Rate;
use super::{Bandwidth, SLOTS};

mod due;
mod host;
mod line;
#[cfg(test)]
mod tests;

use due::Due;
use host::Hosts;
use line::Neighbours;

/// Progress is counted in this part of a byte, so that a rate in bytes per second is one in parts
/// per nanosecond.
const PARTS_PER_BYTE: u128 = 1_000_000_000;

/// Names a transfer until it ends; never used again for another within 2^32 uses of its slot.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TransferId {
    slot: u32,
    use_of_slot: u32,
}

/// A transfer that is over, well or not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ended {
    /// Its name.
    pub id: TransferId,
    /// The host that sent.
    pub from: u32,
    /// The host that received.
    pub to: u32,
    /// The size, in bytes.
    pub bytes: u64,
    /// The bytes that arrived; all of them unless it failed.
    pub moved: u64,
    /// When it ended.
    pub at: Time,
}

/// All transfers of a run that have not ended.
#[derive(Clone, Debug)]
pub struct Transfers {
    usual: Bandwidth,
    /// Hosts whose bandwidth is not the usual one.
    unusual: BTreeMap<u32, Bandwidth>,
    rows: Vec<Row>,
    free: Vec<u32>,
    hosts: Hosts,
    /// The lines at uplinks and downlinks.
    queues: Neighbours,
    /// The lines of those bound for a host but still without an uplink.
    bound: Neighbours,
    /// Those within one host, of the last nanosecond: few.
    near: Vec<u32>,
    due: Due,
    started: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    /// The row is free.
    Over,
    /// Waits for the sender's uplink.
    Uplink,
    /// Holds an uplink slot, waits for the receiver's downlink.
    Downlink,
    /// Holds both.
    Moves,
    /// Between two nodes of one host: no link is needed.
    Near,
}

#[derive(Clone, Debug)]
struct Row {
    from: u32,
    to: u32,
    bytes: u64,
    /// How many transfers were started before.
    nth: u64,
    use_of_slot: u32,
    stage: Stage,
    /// Parts of bytes that had not moved at `since`.
    left: u128,
    rate: Rate,
    since: Time,
}

impl Row {
    /// Counts what moved until `now`.
    fn settle(&mut self, now: Time) {
        let moved = u128::from(self.rate.0) * u128::from(now.since(self.since).0);
        self.left = self.left.saturating_sub(moved);
        self.since = now;
    }

    /// When everything has moved at the present rate.
    fn end(&self) -> Time {
        let rate = self.rate.0.max(1);
        let ns = match u64::try_from(self.left) {
            Ok(left) => left.div_ceil(rate),
            Err(_) => u64::try_from(self.left.div_ceil(rate.into())).unwrap_or(u64::MAX),
        };
        self.since + Span(ns)
    }
}

impl TransferId {
    /// Its place among the transfers that have not ended: a small number, another's afterwards.
    pub fn place(self) -> usize {
        self.slot as usize
    }
}

impl Transfers {
    /// No transfers, between hosts that all have links of this bandwidth.
    pub fn new(bandwidth: Bandwidth) -> Self {
        Self {
            usual: bandwidth,
            unusual: BTreeMap::new(),
            rows: Vec::new(),
            free: Vec::new(),
            hosts: Hosts::default(),
            queues: Neighbours::default(),
            bound: Neighbours::default(),
            near: Vec::new(),
            due: Due::default(),
            started: 0,
        }
    }

    /// Gives one host another bandwidth from now on.
    pub fn widen(&mut self, now: Time, host: u32, bandwidth: Bandwidth) {
        self.assert_nothing_overdue(now);
        self.unusual.insert(host, bandwidth);
        if let Some(found) = self.hosts.find_mut(host) {
            found.bandwidth = bandwidth;
            self.pace_uplink(now, host);
            self.pace_downlink(now, host);
        }
    }

    /// Starts a transfer, or puts it in line. Within one host it takes 1 ns.
    pub fn start(&mut self, now: Time, from: u32, to: u32, bytes: u64) -> TransferId {
        self.assert_nothing_overdue(now);
        let slot = self.row(now, from, to, bytes);
        if from == to {
            // Everything is there at once; only the news takes its time.
            self.rows[slot as usize].stage = Stage::Near;
            self.rows[slot as usize].left = 0;
            self.near.push(slot);
            self.due.add(slot, now + Span(1), self.started);
        } else {
            self.hosts.open(from, self.bandwidth(from));
            self.hosts.open(to, self.bandwidth(to));
            if self.hosts.at(from).up.is_full() {
                self.queues.append(&mut self.hosts.at_mut(from).up_line, slot);
                self.bound.append(&mut self.hosts.at_mut(to).bound, slot);
            } else {
                self.take_uplink(now, slot);
            }
        }
        self.started += 1;
        TransferId { slot, use_of_slot: self.rows[slot as usize].use_of_slot }
    }

    /// When the next transfer ends if nothing else happens. Between calls nothing ends earlier.
    pub fn next_end(&self) -> Option<Time> {
        self.due.first().map(|(time, _)| time)
    }

    /// The next transfer that has ended by `now`: by time, then in the order of their starts.
    pub fn ended(&mut self, now: Time) -> Option<Ended> {
        let (time, slot) = self.due.first()?;
        (time <= now).then(|| self.close(time, slot))
    }

    /// Stops one transfer; `None` if it has ended before.
    pub fn cancel(&mut self, now: Time, id: TransferId) -> Option<Ended> {
        self.assert_nothing_overdue(now);
        self.find(id)?;
        Some(self.close(now, id.slot))
    }

    /// Stops all transfers from, to and within a host, and tells them in the order of their starts.
    /// What ends at this very `now` and was not taken yet has failed, too.
    pub fn fail_node(&mut self, now: Time, host: u32) -> Vec<Ended> {
        let near = self.near.iter().copied().filter(|slot| self.rows[*slot as usize].from == host);
        let mut victims: Vec<u32> = near.collect();
        if let Some(at) = self.hosts.find(host) {
            victims.extend(at.up.held().iter().chain(at.down.held()));
            victims.extend(self.queues.walk(&at.up_line));
            victims.extend(self.queues.walk(&at.down_line));
            victims.extend(self.bound.walk(&at.bound));
        }
        self.close_all(now, victims)
    }

    /// Stops all transfers between hosts of which `cut(from, to)` says so: for a partition. Looks
    /// at every transfer.
    pub fn fail_between(&mut self, now: Time, cut: impl Fn(u32, u32) -> bool) -> Vec<Ended> {
        let open = self.rows.iter().zip(0u32..).filter(|(row, _)| row.stage != Stage::Over);
        let victims = open.filter(|(row, _)| cut(row.from, row.to)).map(|(_, slot)| slot).collect();
        self.close_all(now, victims)
    }

    /// The rate at which a transfer moves now, zero while it waits; `None` if it has ended.
    pub fn rate(&self, id: TransferId) -> Option<Rate> {
        self.find(id).map(|row| row.rate)
    }

    /// How many transfers wait or move.
    pub fn len(&self) -> usize {
        self.rows.len() - self.free.len()
    }

    /// Whether no transfer waits or moves.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn find(&self, id: TransferId) -> Option<&Row> {
        let row = self.rows.get(id.slot as usize)?;
        (row.use_of_slot == id.use_of_slot && row.stage != Stage::Over).then_some(row)
    }

    fn bandwidth(&self, host: u32) -> Bandwidth {
        self.unusual.get(&host).copied().unwrap_or(self.usual)
    }

    /// A fresh row that waits for its uplink.
    fn row(&mut self, now: Time, from: u32, to: u32, bytes: u64) -> u32 {
        let row = |use_of_slot| Row {
            from,
            to,
            bytes,
            nth: self.started,
            use_of_slot,
            stage: Stage::Uplink,
            left: u128::from(bytes) * PARTS_PER_BYTE,
            rate: Rate(0),
            since: now,
        };
        if let Some(slot) = self.free.pop() {
            let old = &mut self.rows[slot as usize];
            *old = row(old.use_of_slot.wrapping_add(1));
            return slot;
        }
        self.rows.push(row(0));
        u32::try_from(self.rows.len() - 1).expect("fewer than 2^32 transfers at a time")
    }

    /// Takes a free slot of the sender's uplink; then one of the receiver's downlink, or waits.
    fn take_uplink(&mut self, now: Time, slot: u32) {
        let Row { from, to, .. } = self.rows[slot as usize];
        self.hosts.at_mut(from).up.add(slot);
        if self.hosts.at(to).down.is_full() {
            self.rows[slot as usize].stage = Stage::Downlink;
            self.queues.append(&mut self.hosts.at_mut(to).down_line, slot);
        } else {
            self.take_downlink(now, slot);
        }
    }

    /// Takes a free slot of the receiver's downlink, and moves.
    fn take_downlink(&mut self, now: Time, slot: u32) {
        let row = &mut self.rows[slot as usize];
        let Row { from, to, nth, .. } = *row;
        row.stage = Stage::Moves;
        row.since = now;
        self.due.add(slot, Time::NEVER, nth);
        self.hosts.at_mut(from).moving_up += 1;
        self.hosts.at_mut(to).down.add(slot);
        self.pace_uplink(now, from);
        self.pace_downlink(now, to);
        self.pace(now, slot);
    }

    /// Ends a transfer in whatever stage, and lets those move up who waited for its slots.
    fn close(&mut self, now: Time, slot: u32) -> Ended {
        let row = &mut self.rows[slot as usize];
        let Row { from, to, stage, .. } = *row;
        row.settle(now);
        row.stage = Stage::Over;
        row.rate = Rate(0);
        let moved = (u128::from(row.bytes) * PARTS_PER_BYTE - row.left) / PARTS_PER_BYTE;
        let id = TransferId { slot, use_of_slot: row.use_of_slot };
        let ended = Ended { id, from, to, bytes: row.bytes, moved: moved as u64, at: now };
        self.free.push(slot);
        match stage {
            Stage::Over => unreachable!("what is over is not closed again"),
            Stage::Near => {
                self.due.remove(slot);
                self.near.retain(|near| *near != slot);
            }
            Stage::Uplink => {
                self.queues.unlink(&mut self.hosts.at_mut(from).up_line, slot);
                self.bound.unlink(&mut self.hosts.at_mut(to).bound, slot);
            }
            Stage::Downlink => {
                self.queues.unlink(&mut self.hosts.at_mut(to).down_line, slot);
                self.hosts.at_mut(from).up.remove(slot);
                self.serve_uplink(now, from);
            }
            Stage::Moves => {
                self.due.remove(slot);
                self.hosts.at_mut(from).up.remove(slot);
                self.hosts.at_mut(from).moving_up -= 1;
                self.hosts.at_mut(to).down.remove(slot);
                // The downlink's line first: who waits there has waited longer.
                self.serve_downlink(now, to);
                self.serve_uplink(now, from);
                self.pace_uplink(now, from);
                self.pace_downlink(now, to);
            }
        }
        if stage != Stage::Near {
            self.hosts.shut_if_idle(from);
            self.hosts.shut_if_idle(to);
        }
        ended
    }

    /// Closes those in line before those that hold slots, so that none gets a slot only to lose it.
    fn close_all(&mut self, now: Time, mut victims: Vec<u32>) -> Vec<Ended> {
        self.assert_nothing_overdue(now);
        victims.sort_unstable_by_key(|slot| {
            let row = &self.rows[*slot as usize];
            (matches!(row.stage, Stage::Downlink | Stage::Moves), row.nth)
        });
        let close = |slot: u32| (self.rows[slot as usize].nth, self.close(now, slot));
        let mut ended: Vec<_> = victims.into_iter().map(close).collect();
        ended.sort_unstable_by_key(|(nth, _)| *nth);
        ended.into_iter().map(|(_, ended)| ended).collect()
    }

    fn assert_nothing_overdue(&self, now: Time) {
        debug_assert!(self.next_end().is_none_or(|end| end >= now), "take what has ended first");
    }

    fn serve_uplink(&mut self, now: Time, host: u32) {
        let at = self.hosts.at_mut(host);
        if let Some(slot) = at.up_line.first() {
            self.queues.unlink(&mut at.up_line, slot);
            let to = self.rows[slot as usize].to;
            self.bound.unlink(&mut self.hosts.at_mut(to).bound, slot);
            self.take_uplink(now, slot);
        }
    }

    fn serve_downlink(&mut self, now: Time, host: u32) {
        let at = self.hosts.at_mut(host);
        if let Some(slot) = at.down_line.first() {
            self.queues.unlink(&mut at.down_line, slot);
            self.take_downlink(now, slot);
        }
    }

    /// Tells all who move up from a host what its uplink grants now, if that is news.
    fn pace_uplink(&mut self, now: Time, host: u32) {
        let at = self.hosts.at_mut(host);
        if at.granted_up != at.upward() {
            at.granted_up = at.upward();
            let up = at.up;
            up.held().iter().for_each(|slot| self.pace(now, *slot));
        }
    }

    /// Tells all who move down to a host what its downlink grants now, if that is news.
    fn pace_downlink(&mut self, now: Time, host: u32) {
        let at = self.hosts.at_mut(host);
        if at.granted_down != at.downward() {
            at.granted_down = at.downward();
            let down = at.down;
            down.held().iter().for_each(|slot| self.pace(now, *slot));
        }
    }

    /// Gives one transfer the rate that its two ends grant now.
    fn pace(&mut self, now: Time, slot: u32) {
        let row = &mut self.rows[slot as usize];
        if row.stage != Stage::Moves {
            return;
        }
        let (from, to) = (self.hosts.at(row.from), self.hosts.at(row.to));
        let granted = from.granted_up.min(to.granted_down);
        if granted != row.rate {
            row.settle(now);
            row.rate = granted;
            self.due.shift(slot, row.end());
        }
    }
}
