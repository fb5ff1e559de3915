//! How a user gets its data back: one storage node after the other is asked for it, what comes is
//! decrypted.

use super::super::message::{Message, Timer};
use super::{Backups, Hands};
use crate::fact::{Fact, RestoreFailure};
use crate::time::{Span, Time};
use alloc::vec::Vec;

/// How far a restore has come.
#[derive(Clone, Debug)]
pub(super) struct Restoring {
    /// When it was wanted.
    began: Time,
    /// Places that were asked in this round.
    asked: Vec<u32>,
    /// Whom it waits for; nobody while it decrypts.
    awaited: Option<u32>,
    /// Rounds that were in vain: a node may have been silent by chance.
    rounds: u32,
}

impl Backups {
    /// The user wants its data back.
    pub(in super::super) fn restore(&mut self, number: u32, hands: &mut Hands<'_>) {
        let Some(record) = self.records.get_mut(&number) else {
            let why = RestoreFailure::Unknown;
            hands.world.note(Fact::RestoreFailed { backup: number, why });
            return;
        };
        if record.has_data {
            let (took, bytes) = (Span::ZERO, 0);
            hands.world.note(Fact::Restored { backup: number, took, bytes });
        } else if record.restoring.is_none() {
            let (began, asked) = (hands.world.now(), Vec::new());
            record.restoring = Some(Restoring { began, asked, awaited: None, rounds: 0 });
            self.recall(number, hands);
        }
    }

    /// Asks the next that may have a copy, all of them a few times.
    fn recall(&mut self, number: u32, hands: &mut Hands<'_>) {
        let places = self.whom_to_ask(number);
        let Some(record) = self.records.get_mut(&number) else { return };
        let Some(restoring) = &mut record.restoring else { return };
        let is_next = |asked: &[u32], place: u32| !asked.contains(&place);
        let mut next = places.iter().find(|p| is_next(&restoring.asked, p.purchase));
        if next.is_none() {
            restoring.rounds += 1;
            restoring.asked.clear();
            next = places.first().filter(|_| restoring.rounds < hands.rules.overlay.attempts);
        }
        let Some(place) = next else {
            record.restoring = None;
            let why = RestoreFailure::NoCopy;
            hands.world.note(Fact::RestoreFailed { backup: number, why });
            return;
        };
        restoring.asked.push(place.purchase);
        restoring.awaited = Some(place.purchase);
        let recall = Message::Recall { place: place.purchase };
        hands.world.call(place.node, recall, hands.rules.overlay.rpc_timeout);
    }

    /// Who was asked for the data does not answer, does not have it, or broke off.
    pub(in super::super) fn on_not_recalled(&mut self, purchase: u32, hands: &mut Hands<'_>) {
        let awaits = |restoring: &Restoring| restoring.awaited == Some(purchase);
        let mut records = self.records.iter();
        let found = records.find(|(_, record)| record.restoring.as_ref().is_some_and(awaits));
        if let Some((&number, _)) = found {
            self.recall(number, hands);
        }
    }

    /// The data came: it is decrypted.
    pub(in super::super) fn on_recalled(&mut self, purchase: u32, hands: &mut Hands<'_>) {
        let mut records = self.records.iter_mut();
        let asked = |restoring: &&mut Restoring| restoring.asked.contains(&purchase);
        let found = records.find_map(|(&number, record)| {
            let restoring = record.restoring.as_mut().filter(asked)?;
            Some((number, restoring, record.backup))
        });
        let Some((number, restoring, backup)) = found else { return };
        if restoring.awaited.take().is_some() {
            let takes = backup.encryption_time(hands.rules);
            hands.world.wake(takes, Message::Timer(Timer::Opened { backup: number }));
        }
    }

    /// It is decrypted: the user has it. What came is kept beside it, to be sent again.
    pub(in super::super) fn on_opened(&mut self, number: u32, hands: &mut Hands<'_>) {
        let Some(record) = self.records.get_mut(&number) else { return };
        let Some(restoring) = record.restoring.take() else { return };
        record.has_data = true;
        record.is_sealed = true;
        let took = hands.world.now().since(restoring.began);
        let bytes = record.backup.stored_bytes(hands.rules);
        hands.world.note(Fact::Restored { backup: number, took, bytes });
        self.advance(number, hands);
    }

    /// After a crash: asks anew.
    pub(super) fn resume_restoring(&mut self, number: u32, hands: &mut Hands<'_>) {
        if let Some(record) = self.records.get_mut(&number)
            && let Some(restoring) = &mut record.restoring
        {
            restoring.asked.clear();
            restoring.rounds = 0;
            self.recall(number, hands);
        }
    }
}
