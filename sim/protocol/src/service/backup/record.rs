//! What a user's node keeps of one backup.

use super::super::message::Message;
use super::restoring::Restoring;
use super::{Backup, Hands};
use crate::credit::Credits;
use crate::fact::CopyReason;
use crate::id::Addr;
use crate::ledger::WHOLE;
use crate::market::share_of;
use crate::rules::Rules;
use crate::time::{Span, Time};
use alloc::collections::VecDeque;
use alloc::vec::Vec;

/// A backup.
#[derive(Clone, Debug)]
pub(super) struct Record {
    pub(super) backup: Backup,
    /// When it was wanted.
    pub(super) began: Time,
    /// Whether the user has the data itself.
    pub(super) has_data: bool,
    /// Whether it is ready to be sent: encrypted, or plain.
    pub(super) is_sealed: bool,
    /// Places that were bought.
    pub(super) places: Vec<Place>,
    /// Places at nodes that have another, until one is bought elsewhere: the market names nobody
    /// twice.
    pub(super) spares: Vec<Place>,
    /// Places that are being bought.
    pub(super) orders: Vec<Placing>,
    /// Places that were lost, perhaps not for ever.
    pub(super) former: Vec<Place>,
    /// When copies were lost that were not made again yet.
    pub(super) losses: VecDeque<Time>,
    /// Whether there ever was a copy, and whether there ever were enough.
    pub(super) was_stored: bool,
    pub(super) was_backed_up: bool,
    /// Whether the next places are bought as [`super::RENEWED`].
    pub(super) is_renewed: bool,
    /// What was paid for places that were given back, at most.
    pub(super) spent: Credits,
    /// Since when places are looked for in vain.
    pub(super) vain_since: Option<Time>,
    /// Whether it waits before it looks again.
    pub(super) waits: bool,
    /// Which of its timers counts.
    pub(super) generation: u32,
    pub(super) restoring: Option<Restoring>,
}

/// A place that is being bought.
#[derive(Clone, Copy, Debug)]
pub(super) struct Placing {
    pub(super) purchase: u32,
    pub(super) reason: CopyReason,
    pub(super) is_renewed: bool,
}

/// A place that was bought.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) purchase: u32,
    pub(super) node: Addr,
    pub(super) stage: PlaceStage,
    pub(super) reason: CopyReason,
    pub(super) is_renewed: bool,
    pub(super) since: Time,
    pub(super) ends: Time,
    /// When its node was last heard of.
    pub(super) heard: Time,
    /// How often it denied in a row that something is there.
    pub(super) denials: u8,
    /// What was sent to fill it.
    pub(super) moved: u64,
    /// What was put aside for it, and what of that is the market owner's in any case.
    pub(super) total: Credits,
    pub(super) fee: Credits,
    /// Whether it was given back as lost, and came back when no other copy was left.
    pub(super) is_former: bool,
}

/// What is at a place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum PlaceStage {
    /// Nothing.
    Empty,
    /// A copy is on its way.
    Sending(Source),
    /// A copy was on its way when its sender, or this node, crashed.
    Unknown,
    /// A copy.
    Stored,
}

/// Where a copy comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Source {
    /// The user's own disk.
    Own,
    /// Another place.
    Place(u32),
}

impl Record {
    pub(super) fn new(backup: Backup, began: Time) -> Self {
        Self {
            backup,
            began,
            has_data: true,
            is_sealed: false,
            places: Vec::new(),
            spares: Vec::new(),
            orders: Vec::new(),
            former: Vec::new(),
            losses: VecDeque::new(),
            was_stored: false,
            was_backed_up: false,
            is_renewed: false,
            spent: Credits::ZERO,
            vain_since: None,
            waits: false,
            generation: 0,
            restoring: None,
        }
    }

    /// The most that was paid, or is put aside.
    pub(super) fn committed(&self) -> Credits {
        let bought = self.places.iter().chain(&self.spares).filter(|place| !place.is_former);
        bought.fold(self.spent, |sum, place| sum.plus(place.total))
    }

    /// How many copies are wanted.
    pub(super) fn wanted(&self) -> usize {
        usize::from(self.backup.replicas.max(1))
    }

    pub(super) fn place(&mut self, purchase: u32) -> Option<&mut Place> {
        self.places.iter_mut().find(|place| place.purchase == purchase)
    }

    /// Takes a place out. What was to be sent from there has to come from elsewhere.
    pub(super) fn take(&mut self, purchase: u32) -> Option<Place> {
        let at = self.places.iter().position(|place| place.purchase == purchase)?;
        let taken = self.places.remove(at);
        for place in &mut self.places {
            if place.stage == PlaceStage::Sending(Source::Place(purchase)) {
                place.stage = PlaceStage::Empty;
            }
        }
        Some(taken)
    }

    pub(super) fn stored(&self) -> impl Iterator<Item = &Place> {
        self.places.iter().filter(|place| place.stage == PlaceStage::Stored)
    }

    /// Whether another place is to replace this one, because its time ends soon.
    pub(super) fn is_leaving(&self, place: &Place, now: Time, rules: &Rules) -> bool {
        let (hold, backup) = (self.backup.hold, &rules.service.backup);
        let share = Span::from_secs_f64(hold.as_secs() * backup.renew_share);
        let ahead = share.max(backup.check_interval * 2).min(Span(hold.0 / 2));
        place.is_former || place.ends.since(now) <= ahead
    }

    /// Whether there is anything to make copies from.
    pub(super) fn has_source(&self) -> bool {
        self.has_data || self.stored().next().is_some()
    }

    /// How many copies are being made for a reason, or their places bought.
    pub(super) fn under_way(&self, reason: CopyReason) -> usize {
        let placing = self.orders.iter().filter(|order| order.reason == reason).count();
        let open = |place: &&Place| place.reason == reason && place.stage != PlaceStage::Stored;
        placing + self.places.iter().filter(open).count()
    }
}

impl Place {
    /// What is paid for it until now, at most.
    pub(super) fn worth(&self, now: Time) -> Credits {
        let share = share_of(now.since(self.since), self.ends.since(self.since));
        let pay = u128::from(self.total.0.saturating_sub(self.fee.0));
        // Never more than it was, which is 64 bits.
        let paid = (pay * u128::from(share)).div_ceil(u128::from(WHOLE)) as u64;
        self.fee.plus(Credits(paid))
    }

    /// Asks its node whether the copy is there.
    pub(super) fn check(&self, hands: &mut Hands<'_>) {
        let check = Message::Check { place: self.purchase };
        hands.world.call(self.node, check, hands.rules.overlay.rpc_timeout);
    }
}
