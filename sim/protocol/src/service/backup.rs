//! A user's node that backs data up: "allows a user to back up its local data on multiple remote
//! machines", "replicated at multiple remote nodes", "stored in either plain-text or encrypted
//! format" (CompuP2P, V). How that is done in messages, and how lost copies are made again, is ours.
//!
//! `backup/record.rs` is what it keeps of one backup, `backup/placing.rs` how places are bought and
//! filled, `backup/watching.rs` how copies are watched and lost, `backup/restoring.rs` how data comes
//! back. What a user's node keeps here, with the list of who has copies, survives a crash and
//! the loss of the data: it is on a stick, say.

mod placing;
mod record;
mod restoring;
mod watching;

use super::Wish;
use super::driver::Hands;
use super::message::{Message, Timer};
use crate::credit::Credits;
use crate::fact::{BackupFailure, Fact, RestoreFailure};
use crate::id::Addr;
use crate::market::Verdict;
use crate::rules::Rules;
use crate::time::Span;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use record::{Place, PlaceStage, Record};

/// What sets the numbers by which the market tells backups apart from sub-tasks: those have fewer
/// than 2^31.
const GROUP: u32 = 1 << 31;
/// Tells the places that replace others whose time ends from those.
const RENEWED: u32 = 1 << 30;

/// What a user wants backed up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Backup {
    /// Its number, the only one of its kind in the run, below 2^30.
    pub number: u32,
    /// The size of the data.
    pub bytes: u64,
    /// On how many storage nodes, at least 1.
    pub replicas: u8,
    /// Whether it is encrypted before it is sent.
    pub encrypted: bool,
    /// The most that its user pays for it in all.
    pub budget: Credits,
    /// For how long places are bought at a time.
    pub hold: Span,
}

impl Backup {
    /// The size of a copy: what is encrypted is larger.
    pub fn stored_bytes(&self, rules: &Rules) -> u64 {
        match self.encrypted {
            true => {
                let more = self.bytes as f64 * rules.service.backup.encryption_overhead + 0.5;
                self.bytes.saturating_add(more as u64)
            }
            false => self.bytes,
        }
    }

    /// How long it takes to encrypt it, or to decrypt it.
    pub fn encryption_time(&self, rules: &Rules) -> Span {
        if !self.encrypted {
            return Span::ZERO;
        }
        let rate = u128::from(rules.service.backup.encryption_rate.max(1));
        let nanoseconds = u128::from(self.bytes) * 1_000_000_000 / rate;
        Span(u64::try_from(nanoseconds).unwrap_or(u64::MAX))
    }

    /// The backup that a purchase for the service layer was made for, if it was for one: by
    /// [`crate::market::Order::service`].
    pub fn of_group(service: u32) -> Option<u32> {
        (service & GROUP != 0).then_some(service & !(GROUP | RENEWED))
    }
}

/// A user's node's backups.
#[derive(Clone, Debug, Default)]
pub struct Backups {
    records: BTreeMap<u32, Record>,
    /// Which backup a purchase is for, made or under way.
    purchases: BTreeMap<u32, u32>,
}

impl Backups {
    /// The backups that are kept up, by number.
    pub fn numbers(&self) -> impl Iterator<Item = u32> {
        self.records.keys().copied()
    }

    /// What was wanted.
    pub fn backup(&self, number: u32) -> Option<&Backup> {
        self.records.get(&number).map(|record| &record.backup)
    }

    /// Who holds copies of a backup, and in which place, as the user's node believes.
    pub fn copies(&self, number: u32) -> impl Iterator<Item = (Addr, u32)> {
        let places = self.records.get(&number).map_or(&[][..], |record| &record.places);
        let stored = places.iter().filter(|place| place.stage == PlaceStage::Stored);
        stored.map(|place| (place.node, place.purchase))
    }

    /// Whether the user has the data itself.
    pub fn has_data(&self, number: u32) -> bool {
        self.records.get(&number).is_some_and(|record| record.has_data)
    }

    /// The most that was paid or is put aside for a backup.
    pub fn committed(&self, number: u32) -> Credits {
        self.records.get(&number).map_or(Credits::ZERO, Record::committed)
    }

    /// Whether it has a purchase under way, or a place that it bought.
    pub(super) fn knows(&self, purchase: u32) -> bool {
        self.purchases.contains_key(&purchase)
    }

    /// Backs data up. What it backs up already changes nothing.
    pub(super) fn accept(&mut self, backup: &Backup, hands: &mut Hands<'_>) {
        let number = backup.number;
        assert!(number < RENEWED, "backups have numbers below 2^30");
        if self.records.contains_key(&number) {
            return;
        }
        self.records.insert(number, Record::new(*backup, hands.world.now()));
        self.seal(number, hands);
        self.watch(number, hands);
        self.advance(number, hands);
    }

    /// Encrypts the data, if it is to be: once, the result is kept beside it [ours].
    fn seal(&mut self, number: u32, hands: &mut Hands<'_>) {
        let Some(record) = self.records.get_mut(&number) else { return };
        record.is_sealed = !record.backup.encrypted;
        if !record.is_sealed {
            let takes = record.backup.encryption_time(hands.rules);
            hands.world.wake(takes, Message::Timer(Timer::Sealed { backup: number }));
        }
    }

    /// It is encrypted.
    pub(super) fn on_sealed(&mut self, number: u32, hands: &mut Hands<'_>) {
        let Some(record) = self.records.get_mut(&number) else { return };
        record.is_sealed |= record.has_data;
        self.advance(number, hands);
    }

    /// The user's disk is lost. What is on its way is seen through.
    pub(super) fn lose_data(&mut self, number: u32, hands: &mut Hands<'_>) {
        let Some(record) = self.records.get_mut(&number) else { return };
        record.has_data = false;
        record.is_sealed = false;
        self.fail_if_in_vain(number, hands);
        self.advance(number, hands);
    }

    /// A backup that never had a copy, and will not have any, is given up.
    fn fail_if_in_vain(&mut self, number: u32, hands: &mut Hands<'_>) {
        let Some(record) = self.records.get(&number) else { return };
        let may_come =
            |place: &Place| matches!(place.stage, PlaceStage::Sending(_) | PlaceStage::Unknown);
        let is_sending = record.places.iter().any(may_come);
        if !record.has_data && !record.was_stored && !is_sending {
            self.fail(number, BackupFailure::DataLost, hands);
        }
    }

    fn fail(&mut self, number: u32, why: BackupFailure, hands: &mut Hands<'_>) {
        hands.world.note(Fact::BackupFailed { backup: number, why });
        self.release(number, hands);
    }

    /// The user needs a backup no more: its places are given back, and paid for their time.
    pub(super) fn release(&mut self, number: u32, hands: &mut Hands<'_>) {
        let Some(mut record) = self.records.remove(&number) else { return };
        if record.restoring.is_some() {
            let why = RestoreFailure::Released;
            hands.world.note(Fact::RestoreFailed { backup: number, why });
        }
        for order in record.orders.drain(..) {
            self.purchases.remove(&order.purchase);
            hands.wishes.push_back(Wish::Finish {
                purchase: order.purchase,
                seller: None,
                verdict: Verdict::Enough,
            });
        }
        let places: Vec<Place> = record.places.drain(..).chain(record.spares.drain(..)).collect();
        for place in places {
            self.give_back(&mut record, &place, Some(Verdict::Enough), hands);
        }
    }

    /// Gives a place back that was taken out of its record: it is paid for its time. Without a
    /// verdict, its purchase is over already.
    fn give_back(
        &mut self,
        record: &mut Record,
        place: &Place,
        verdict: Option<Verdict>,
        hands: &mut Hands<'_>,
    ) {
        let Place { purchase, node, .. } = *place;
        self.purchases.remove(&purchase);
        if let Some(verdict) = verdict {
            hands.wishes.push_back(Wish::Finish { purchase, seller: Some(node), verdict });
        }
        if !place.is_former {
            record.spent = record.spent.plus(place.worth(hands.world.now()));
        }
    }

    /// Comes back after a crash, and goes on from what is on disk: what was being bought is bought
    /// anew, those who have copies are asked.
    pub(super) fn begin(&mut self, hands: &mut Hands<'_>) {
        let now = hands.world.now();
        let numbers: Vec<u32> = self.records.keys().copied().collect();
        for number in numbers {
            let record = self.records.get_mut(&number).expect("it is listed");
            for order in core::mem::take(&mut record.orders) {
                self.purchases.remove(&order.purchase);
            }
            record.waits = false;
            record.vain_since = None;
            for place in record.places.iter_mut().chain(&mut record.spares) {
                place.heard = now;
                if place.stage != PlaceStage::Stored {
                    place.stage = PlaceStage::Unknown;
                }
            }
            if record.has_data && !record.is_sealed {
                self.seal(number, hands);
            }
            self.watch(number, hands);
            self.advance(number, hands);
            self.resume_restoring(number, hands);
        }
    }

    /// A purchase that it knows, or that of a place that it lost, and what it is for.
    fn record_of(&mut self, purchase: u32) -> Option<(u32, &mut Record)> {
        let number = *self.purchases.get(&purchase)?;
        Some((number, self.records.get_mut(&number)?))
    }
}
