//! How places for copies are bought, filled, and renewed before their time is over.

use super::super::Wish;
use super::super::driver::Bought;
use super::super::message::{Message, Timer};
use super::record::{Place, PlaceStage, Placing, Record, Source};
use super::{Backups, GROUP, Hands, RENEWED};
use crate::commodity::{Platforms, ResourceKind};
use crate::credit::Credits;
use crate::fact::{BackupFailure, CopyReason, Fact, Loss, PurchaseOutcome};
use crate::market::{Order, Verdict};
use crate::pricing::{self, Volume};
use crate::time::Time;
use alloc::vec::Vec;

impl Backups {
    /// Goes on with a backup: places whose time is over are none, what is missing is bought, what is
    /// empty is filled.
    pub(super) fn advance(&mut self, number: u32, hands: &mut Hands<'_>) {
        let Some(record) = self.records.get(&number) else { return };
        let now = hands.world.now();
        let over = record.places.iter().filter(|place| place.ends <= now);
        let over: Vec<u32> = over.map(|place| place.purchase).collect();
        for purchase in over {
            self.lose(number, purchase, Loss::Over, Some(Verdict::Enough), hands);
        }
        self.buy_missing(number, hands);
        self.fill(number, hands);
    }

    /// Buys as many places as are missing. Those whose time ends soon count for none.
    fn buy_missing(&mut self, number: u32, hands: &mut Hands<'_>) {
        let Some(record) = self.records.get_mut(&number) else { return };
        let now = hands.world.now();
        let former_is_over = |place: &Place| place.ends <= now;
        record.former.retain(|place| !former_is_over(place));
        if record.waits || !record.has_source() {
            return;
        }
        let is_staying = |place: &&Place| !record.is_leaving(place, now, hands.rules);
        let staying = record.places.iter().filter(is_staying).count();
        let there_or_coming = staying + record.orders.len();
        for _ in there_or_coming..record.wanted() {
            self.buy(number, hands);
        }
    }

    /// Buys one place. Half of what is left to spend is kept for those to come [ours]: repairs and
    /// renewals, of which nobody knows how many there will be.
    fn buy(&mut self, number: u32, hands: &mut Hands<'_>) {
        let Some(record) = self.records.get_mut(&number) else { return };
        let (rules, now, kind) = (hands.rules, hands.world.now(), ResourceKind::Storage);
        let leaving = || record.places.iter().filter(|p| record.is_leaving(p, now, rules));
        let reason = match record.losses.len() > record.under_way(CopyReason::Repair) {
            true => CopyReason::Repair,
            false if leaving().count() > record.under_way(CopyReason::Renewal) => {
                CopyReason::Renewal
            }
            false => CopyReason::First,
        };
        // The market names nobody twice for the same, but is to name those whose time ends.
        let is_renewed = leaving().find(|place| !place.is_former).map(|place| !place.is_renewed);
        record.is_renewed = is_renewed.unwrap_or(record.is_renewed);
        let (backup, is_renewed) = (record.backup, record.is_renewed);
        let rest = backup.budget.checked_sub(record.committed()).unwrap_or(Credits::ZERO);
        let share = Credits(rest.0 / (2 * record.wanted() as u64));
        let amount = backup.stored_bytes(rules);
        let volume = Volume::of(rules.rounded_up(kind, amount), backup.hold, rules);
        let purchase = hands.world.number();
        let order = Order {
            purchase,
            kind,
            amount,
            budget: pricing::affordable(share, volume, rules),
            hold: backup.hold,
            platforms: Platforms::ANY,
            service: Some(GROUP | if is_renewed { RENEWED } else { 0 } | number),
        };
        record.orders.push(Placing { purchase, reason, is_renewed });
        self.purchases.insert(purchase, number);
        hands.world.note(Fact::Ordered(order));
        hands.wishes.push_back(Wish::Buy(order));
    }

    /// A seller sold. One that has a copy already, or is the user's own node, is of no use: its place
    /// is kept until another sells, so that the market does not name it again [ours].
    pub(in super::super) fn on_bought(&mut self, bought: Bought, hands: &mut Hands<'_>) {
        let now = hands.world.now();
        let Bought { purchase, seller, total, fee } = bought;
        let Some((number, record)) = self.record_of(purchase) else { return };
        let Some(at) = record.orders.iter().position(|order| order.purchase == purchase) else {
            return;
        };
        let Placing { reason, is_renewed, .. } = record.orders.remove(at);
        let place = Place {
            purchase,
            node: seller,
            stage: PlaceStage::Empty,
            reason,
            is_renewed,
            since: now,
            ends: now + record.backup.hold,
            heard: now,
            denials: 0,
            moved: 0,
            total,
            fee,
            is_former: false,
        };
        let has_one =
            |place: &&Place| place.node == seller && !record.is_leaving(place, now, hands.rules);
        if seller == hands.world.me() || record.places.iter().find(has_one).is_some() {
            record.spares.push(place);
        } else {
            record.places.push(place);
            record.vain_since = None;
            self.drop_spares(number, hands);
        }
        self.advance(number, hands);
    }

    fn drop_spares(&mut self, number: u32, hands: &mut Hands<'_>) {
        let Some(mut record) = self.records.remove(&number) else { return };
        for spare in core::mem::take(&mut record.spares) {
            self.give_back(&mut record, &spare, Some(Verdict::Enough), hands);
        }
        self.records.insert(number, record);
    }

    /// A purchase ended, not by this node's word: nobody sold, or a place is no more.
    pub(in super::super) fn on_ended(
        &mut self,
        purchase: u32,
        outcome: PurchaseOutcome,
        hands: &mut Hands<'_>,
    ) {
        let Some((number, record)) = self.record_of(purchase) else { return };
        if let Some(at) = record.orders.iter().position(|order| order.purchase == purchase) {
            record.orders.swap_remove(at);
            self.purchases.remove(&purchase);
            self.on_unsold(number, outcome, hands);
            return;
        }
        let why = match outcome {
            PurchaseOutcome::SellerFailed => Loss::Left,
            _ => Loss::Over,
        };
        if let Some(at) = record.spares.iter().position(|spare| spare.purchase == purchase) {
            let spare = record.spares.swap_remove(at);
            record.spent = record.spent.plus(spare.worth(hands.world.now()));
            self.purchases.remove(&purchase);
            return;
        }
        self.lose(number, purchase, why, None, hands);
        self.advance(number, hands);
    }

    /// Nobody sold storage: tries again later. It has `patience` as long as there was no copy; with
    /// one it goes on for ever, but not as often.
    fn on_unsold(&mut self, number: u32, outcome: PurchaseOutcome, hands: &mut Hands<'_>) {
        self.drop_spares(number, hands);
        let Some(record) = self.records.get_mut(&number) else { return };
        let now = hands.world.now();
        let vainly = now.since(*record.vain_since.get_or_insert(now));
        let is_patient = vainly < hands.rules.service.patience;
        if !is_patient && !record.was_stored && record.places.is_empty() {
            let why = match outcome {
                PurchaseOutcome::OverBudget => BackupFailure::OverBudget,
                PurchaseOutcome::InsufficientFunds => BackupFailure::InsufficientFunds,
                PurchaseOutcome::BankUnreachable => BackupFailure::BankUnreachable,
                _ => BackupFailure::NoSeller,
            };
            self.fail(number, why, hands);
            return;
        }
        if !record.waits {
            record.waits = true;
            let pause = match is_patient {
                true => hands.rules.service.retry_pause,
                false => hands.rules.service.backup.repair_after,
            };
            hands.world.wake(pause, Message::Timer(Timer::Place { backup: number }));
        }
    }

    /// Another try to buy.
    pub(in super::super) fn on_place(&mut self, number: u32, hands: &mut Hands<'_>) {
        if let Some(record) = self.records.get_mut(&number) {
            record.waits = false;
            self.advance(number, hands);
        }
    }

    /// Has copies sent to the places that have none: from the user's own disk, if it has the data;
    /// else from another storage node. A place that replaces another at its node is filled there.
    /// With nothing to send, they are given back.
    fn fill(&mut self, number: u32, hands: &mut Hands<'_>) {
        let Some(record) = self.records.get_mut(&number) else { return };
        let empty = record.places.iter().filter(|place| place.stage == PlaceStage::Empty);
        let empty: Vec<u32> = empty.map(|place| place.purchase).collect();
        if !record.has_source() {
            for purchase in empty {
                self.give_up(number, purchase, hands);
            }
            self.fail_if_in_vain(number, hands);
            return;
        }
        let bytes = record.backup.stored_bytes(hands.rules);
        for purchase in empty {
            let to = *record.place(purchase).expect("it was just there");
            let here = record.stored().find(|place| place.node == to.node);
            let heard_last = || record.stored().max_by_key(|place| place.heard);
            let other = match record.has_data {
                true => here,
                false => here.or_else(heard_last),
            };
            let (source, from, moved) = match other.copied() {
                Some(from) => {
                    send_from(&from, &to, hands);
                    let moved = if from.node == to.node { 0 } else { bytes };
                    (Source::Place(from.purchase), from.node, moved)
                }
                None if record.is_sealed => {
                    let copy = Message::Copy { place: purchase, backup: number, bytes };
                    hands.world.ship(to.node, bytes, copy);
                    (Source::Own, hands.world.me(), bytes)
                }
                None => continue,
            };
            let place = record.place(purchase).expect("it was just there");
            place.stage = PlaceStage::Sending(source);
            place.moved = moved;
            if place.reason == CopyReason::Repair {
                hands.world.note(Fact::RepairBegan { backup: number, place: purchase, from });
            }
        }
    }

    /// Gives a place back that is not needed.
    fn give_up(&mut self, number: u32, purchase: u32, hands: &mut Hands<'_>) {
        let Some(mut record) = self.records.remove(&number) else { return };
        if let Some(place) = record.take(purchase) {
            self.give_back(&mut record, &place, Some(Verdict::Enough), hands);
        }
        self.records.insert(number, record);
    }

    /// A copy is stored whole.
    pub(in super::super) fn on_stored(&mut self, purchase: u32, hands: &mut Hands<'_>) {
        let now = hands.world.now();
        let Some((number, record)) = self.record_of(purchase) else { return };
        let Some(place) = record.place(purchase) else { return };
        place.heard = now;
        place.denials = 0;
        if place.stage == PlaceStage::Stored {
            return;
        }
        place.stage = PlaceStage::Stored;
        let Place { node, moved: bytes, reason, .. } = *place;
        record.was_stored = true;
        let backup = number;
        hands.world.note(Fact::CopyStored { backup, place: purchase, node, bytes, reason });
        if reason == CopyReason::Repair
            && let Some(since) = record.losses.pop_front()
        {
            let took = now.since(since);
            hands.world.note(Fact::CopyRepaired { backup, place: purchase, bytes, took });
        }
        if record.stored().count() >= record.wanted() && !record.was_backed_up {
            record.was_backed_up = true;
            let (replicas, took) = (record.wanted() as u8, now.since(record.began));
            hands.world.note(Fact::BackedUp { backup, replicas, took });
        }
        while let Some(purchase) = self.records.get(&number).and_then(|r| r.surplus(now, hands)) {
            self.give_up(number, purchase, hands);
        }
        self.advance(number, hands);
    }

    /// A shipment of this node's to a place broke off, or the storage node that should send there
    /// does not answer. The next look at the place tells whether a copy is to be sent again.
    pub(in super::super) fn on_not_sent(&mut self, purchase: u32) {
        let Some((_, record)) = self.record_of(purchase) else { return };
        if let Some(place) = record.place(purchase)
            && matches!(place.stage, PlaceStage::Sending(_))
        {
            place.stage = PlaceStage::Unknown;
        }
    }
}

impl Record {
    /// A place that was replaced, and that no copy is being made from.
    fn surplus(&self, now: Time, hands: &Hands<'_>) -> Option<u32> {
        let is_source = |place: &Place| {
            let source = PlaceStage::Sending(Source::Place(place.purchase));
            self.places.iter().any(|other| other.stage == source)
        };
        let leaving = |place: &&Place| self.is_leaving(place, now, hands.rules);
        let staying = self.stored().filter(|place| !leaving(place)).count();
        let free = self.places.iter().filter(leaving).filter(|place| !is_source(place));
        let is_replaced = |place: &&Place| {
            let is_at = |other: &Place| other.node == place.node && !leaving(&other);
            (place.is_former && staying > 0) || self.stored().any(is_at)
        };
        let leavers = self.places.iter().filter(leaving).count();
        let is_one_too_many = staying + leavers > self.wanted();
        let first = free.clone().find(is_replaced);
        let oldest = || free.min_by_key(|place| place.ends).filter(|_| is_one_too_many);
        first.or_else(oldest).map(|place| place.purchase)
    }
}

/// Has a storage node send its copy to a place, perhaps another of its own.
pub(super) fn send_from(from: &Place, to: &Place, hands: &mut Hands<'_>) {
    let request = Message::CopyTo { from: from.purchase, to: to.purchase, node: to.node };
    hands.world.call(from.node, request, hands.rules.overlay.rpc_timeout);
}
