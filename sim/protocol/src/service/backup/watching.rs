//! How copies are watched: each storage node is asked from time to time. One that is silent for too
//! long, or says that it has nothing, is replaced; one that comes back is told to drop what it has,
//! unless that is all that is left.

use super::super::message::{Message, Timer};
use super::placing::send_from;
use super::record::{Place, PlaceStage, Source};
use super::{Backups, Hands};
use crate::fact::{CopyReason, Fact, Loss};
use crate::id::Addr;
use crate::market::Verdict;
use alloc::vec::Vec;

/// How often in a row a node has to deny that a place has something: its answer and a copy may cross.
const DENIALS: u8 = 2;

impl Backups {
    /// Begins to watch a backup.
    pub(super) fn watch(&mut self, number: u32, hands: &mut Hands<'_>) {
        let Some(record) = self.records.get_mut(&number) else { return };
        record.generation = record.generation.wrapping_add(1);
        let generation = record.generation;
        self.on_check(number, generation, hands);
    }

    /// It is time to ask the storage nodes of a backup.
    pub(in super::super) fn on_check(
        &mut self,
        number: u32,
        generation: u32,
        hands: &mut Hands<'_>,
    ) {
        let Some(record) = self.records.get(&number).filter(|r| r.generation == generation) else {
            return;
        };
        for place in &record.places {
            place.check(hands);
        }
        let timer = Timer::Check { backup: number, generation };
        hands.world.wake(hands.rules.service.backup.check_interval, Message::Timer(timer));
        self.advance(number, hands);
    }

    /// A storage node has nothing at a place. A copy may be on its way: if another storage node is to
    /// send it, that one is told again.
    pub(in super::super) fn on_empty(&mut self, purchase: u32, hands: &mut Hands<'_>) {
        let now = hands.world.now();
        let Some((number, record)) = self.record_of(purchase) else { return };
        let Some(place) = record.place(purchase) else { return };
        place.heard = now;
        let to = *place;
        match to.stage {
            PlaceStage::Stored if to.denials + 1 < DENIALS => {
                place.denials += 1;
                place.check(hands);
            }
            PlaceStage::Stored => {
                self.lose(number, purchase, Loss::Denied, Some(Verdict::Failed), hands);
                self.advance(number, hands);
            }
            PlaceStage::Sending(Source::Place(from)) => {
                if let Some(&mut from) = record.place(from) {
                    send_from(&from, &to, hands);
                }
            }
            PlaceStage::Sending(Source::Own) => {}
            PlaceStage::Unknown | PlaceStage::Empty => {
                place.stage = PlaceStage::Empty;
                self.advance(number, hands);
            }
        }
    }

    /// A storage node knows nothing of a place, or not any more.
    pub(in super::super) fn on_gone(&mut self, purchase: u32, hands: &mut Hands<'_>) {
        let Some((number, _)) = self.record_of(purchase) else { return };
        self.lose(number, purchase, Loss::Denied, Some(Verdict::Failed), hands);
        self.advance(number, hands);
    }

    /// A storage node does not answer. After a while its copy is lost.
    pub(in super::super) fn on_silent(&mut self, purchase: u32, hands: &mut Hands<'_>) {
        let now = hands.world.now();
        let Some((number, record)) = self.record_of(purchase) else { return };
        let Some(place) = record.place(purchase) else { return };
        if now.since(place.heard) >= hands.rules.service.backup.repair_after {
            self.lose(number, purchase, Loss::Silent, Some(Verdict::Failed), hands);
            self.advance(number, hands);
        }
    }

    /// A place is lost, with what is there. Without a verdict, its purchase is over already.
    pub(super) fn lose(
        &mut self,
        number: u32,
        purchase: u32,
        why: Loss,
        verdict: Option<Verdict>,
        hands: &mut Hands<'_>,
    ) {
        let Some(mut record) = self.records.remove(&number) else { return };
        if let Some(place) = record.take(purchase) {
            if place.stage == PlaceStage::Stored {
                let (node, left) = (place.node, record.stored().count() as u8);
                let backup = number;
                hands.world.note(Fact::CopyLost { backup, place: purchase, node, why, left });
                if !place.is_former {
                    record.on_loss(hands.world.now());
                }
            }
            self.give_back(&mut record, &place, verdict, hands);
            if why == Loss::Silent {
                record.former.push(Place { is_former: true, ..place });
            }
        }
        self.records.insert(number, record);
        self.fail_if_in_vain(number, hands);
    }

    /// A storage node is back, and has a place yet. Says whether that is needed: it is if it was not
    /// taken for lost, or if no other copy is left.
    pub(in super::super) fn on_kept(
        &mut self,
        from: Addr,
        purchase: u32,
        hands: &mut Hands<'_>,
    ) -> bool {
        let now = hands.world.now();
        if let Some((_, record)) = self.record_of(purchase) {
            if let Some(place) = record.place(purchase) {
                place.heard = now;
                place.check(hands);
            }
            return true;
        }
        let is_it = |place: &Place| place.purchase == purchase && place.node == from;
        let holds = self.records.iter().find(|(_, record)| record.former.iter().any(is_it));
        let Some((&number, _)) = holds else { return false };
        let record = self.records.get_mut(&number).expect("it was just there");
        let at = record.former.iter().position(is_it).expect("it was just there");
        let former = record.former.swap_remove(at);
        if record.has_source() || former.stage != PlaceStage::Stored || former.ends <= now {
            return false;
        }
        record.places.push(Place { heard: now, ..former });
        self.purchases.insert(purchase, number);
        self.advance(number, hands);
        true
    }

    /// The places that may have a copy, those heard of last first; then those that had one.
    pub(super) fn whom_to_ask(&self, number: u32) -> Vec<Place> {
        let Some(record) = self.records.get(&number) else { return Vec::new() };
        let mut places: Vec<Place> = record.stored().copied().collect();
        places.sort_by_key(|place| core::cmp::Reverse(place.heard));
        let had = record.former.iter().filter(|place| place.stage == PlaceStage::Stored);
        places.extend(had);
        places
    }
}

impl super::record::Record {
    /// A copy is lost. If another is made to replace it anyway, because its time was to end, that is
    /// the repair.
    fn on_loss(&mut self, now: crate::time::Time) {
        self.losses.push_back(now);
        if self.losses.len() <= self.under_way(CopyReason::Repair) {
            return;
        }
        let renewal = CopyReason::Renewal;
        let order = self.orders.iter_mut().find(|order| order.reason == renewal);
        let open =
            |place: &&mut Place| place.reason == renewal && place.stage != PlaceStage::Stored;
        if let Some(order) = order {
            order.reason = CopyReason::Repair;
        } else if let Some(place) = self.places.iter_mut().find(open) {
            place.reason = CopyReason::Repair;
        }
    }
}
