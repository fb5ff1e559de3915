//! Host: the two ends of one host's link, and the pool of those hosts that are at work.

use super::line::Line;
use super::{Bandwidth, Rate, SLOTS};

const CLOSED: u32 = u32::MAX;

/// Who uses and who awaits the link of one host.
#[derive(Clone, Debug)]
pub(super) struct Host {
    pub(super) bandwidth: Bandwidth,
    /// Who holds an uplink slot, moving or not.
    pub(super) up: Slots,
    /// How many of those move.
    pub(super) moving_up: u64,
    /// Who holds a downlink slot; all of them move.
    pub(super) down: Slots,
    /// What each direction grants a transfer, as those that move were last told.
    pub(super) granted_up: Rate,
    pub(super) granted_down: Rate,
    /// Who waits for an uplink slot.
    pub(super) up_line: Line,
    /// Who waits for a downlink slot.
    pub(super) down_line: Line,
    /// Who waits for an uplink slot elsewhere and wants to come here.
    pub(super) bound: Line,
}

/// The transfers that hold the slots of one direction.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slots {
    held: [u32; SLOTS],
    count: usize,
}

impl Slots {
    const EMPTY: Self = Self { held: [0; SLOTS], count: 0 };

    pub(super) fn held(&self) -> &[u32] {
        &self.held[..self.count]
    }

    pub(super) fn is_full(&self) -> bool {
        self.count == SLOTS
    }

    pub(super) fn add(&mut self, transfer: u32) {
        self.held[self.count] = transfer;
        self.count += 1;
    }

    pub(super) fn remove(&mut self, transfer: u32) {
        let held = self.held().iter().position(|t| *t == transfer);
        let place = held.expect("only what holds a slot gives it back");
        self.count -= 1;
        self.held[place] = self.held[self.count];
    }
}

impl Host {
    fn new(bandwidth: Bandwidth) -> Self {
        Self {
            bandwidth,
            up: Slots::EMPTY,
            moving_up: 0,
            down: Slots::EMPTY,
            granted_up: Rate(0),
            granted_down: Rate(0),
            up_line: Line::EMPTY,
            down_line: Line::EMPTY,
            bound: Line::EMPTY,
        }
    }

    /// What the uplink grants each transfer that moves, now.
    pub(super) fn upward(&self) -> Rate {
        Rate(self.bandwidth.up.0 / self.moving_up.max(1))
    }

    /// What the downlink grants each transfer that moves, now.
    pub(super) fn downward(&self) -> Rate {
        Rate(self.bandwidth.down.0 / (self.down.count as u64).max(1))
    }

    fn is_idle(&self) -> bool {
        // Lines wait only behind full slots, but whoever is bound for here waits elsewhere.
        self.up.count + self.down.count == 0 && self.bound.is_empty()
    }
}

/// The hosts at work.
#[derive(Clone, Debug, Default)]
pub(super) struct Hosts {
    /// By host: its place in the pool.
    places: Vec<u32>,
    pool: Vec<Host>,
    free: Vec<u32>,
}

impl Hosts {
    pub(super) fn find(&self, host: u32) -> Option<&Host> {
        self.places.get(host as usize).filter(|p| **p != CLOSED).map(|p| &self.pool[*p as usize])
    }

    pub(super) fn find_mut(&mut self, host: u32) -> Option<&mut Host> {
        let place = *self.places.get(host as usize).filter(|place| **place != CLOSED)?;
        self.pool.get_mut(place as usize)
    }

    /// A host that is at work.
    pub(super) fn at(&self, host: u32) -> &Host {
        self.find(host).expect("a transfer keeps both of its hosts open")
    }

    /// A host that is at work.
    pub(super) fn at_mut(&mut self, host: u32) -> &mut Host {
        self.find_mut(host).expect("a transfer keeps both of its hosts open")
    }

    /// Sees to it that a host is in the pool.
    pub(super) fn open(&mut self, host: u32, bandwidth: Bandwidth) {
        if self.places.len() <= host as usize {
            self.places.resize(host as usize + 1, CLOSED);
        }
        if self.places[host as usize] != CLOSED {
            return;
        }
        let place = self.free.pop().unwrap_or(self.pool.len() as u32);
        match self.pool.get_mut(place as usize) {
            Some(old) => *old = Host::new(bandwidth),
            None => self.pool.push(Host::new(bandwidth)),
        }
        self.places[host as usize] = place;
    }

    /// Gives back the place of a host that nothing uses or awaits.
    pub(super) fn shut_if_idle(&mut self, host: u32) {
        if self.at(host).is_idle() {
            self.free.push(self.places[host as usize]);
            self.places[host as usize] = CLOSED;
        }
    }

    /// How many hosts are at work.
    #[cfg(test)]
    pub(super) fn at_work(&self) -> usize {
        self.pool.len() - self.free.len()
    }
}
