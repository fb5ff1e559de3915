//! What must hold after a job was disturbed, and after all is over.

use super::super::{COMPUTE, STORAGE, USER, ended};
use super::Trouble::{self, AdminDown, Back, Crash, Leave, Loss, Nothing, Return};
use super::{LOSS_NOTICED, PATIENCE};
use crate::commodity::ResourceKind;
use crate::credit::Credits;
use crate::fact::{Fact, Stopped, TaskOutcome};
use crate::id::Addr;
use crate::ledger::Payment;
use crate::service::right_result;
use crate::testing::Town;
use crate::time::{Span, Time};
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::RangeInclusive;

/// How long storage is bought for: twice as long as compute power.
const STORED: Span = Span::secs(60);
const COMPUTE_0: Addr = COMPUTE[0];
const STORAGE_0: Addr = STORAGE[0];

/// A case, after all is over.
pub(super) struct Case {
    pub(super) town: Town,
    pub(super) trouble: Trouble,
    pub(super) tasks: u32,
    pub(super) replicas: usize,
    pub(super) before: Vec<Credits>,
    pub(super) began: Time,
    /// How long it takes without trouble.
    pub(super) usual: Span,
    /// The most work that a crash of a compute node undoes.
    pub(super) at_stake: Span,
}

impl Case {
    fn payments(&self) -> impl Iterator<Item = (Payment, bool)> {
        self.town.facts.iter().filter_map(|(_, fact)| match fact {
            Fact::Paid { payment, by_receipt } => Some((*payment, *by_receipt)),
            _ => None,
        })
    }

    /// Purchases of compute power, by sub-task.
    fn bought(&self) -> BTreeMap<u32, u32> {
        let orders = self.town.facts.iter().filter_map(|(_, fact)| match fact {
            Fact::Ordered(order) if order.kind == ResourceKind::Cpu => {
                Some((order.purchase, order.service?))
            }
            _ => None,
        });
        orders.collect()
    }

    /// Runs that were seen through, and where.
    fn finished(&self) -> impl Iterator<Item = (u32, Addr)> {
        self.town.facts.iter().filter_map(|&(at, ref fact)| match *fact {
            Fact::RunEnded { run, why: Stopped::Finished, .. } => Some((run, at)),
            _ => None,
        })
    }

    fn is_user_lost(&self) -> bool {
        matches!(self.trouble, Crash(USER) | Leave(USER))
    }

    /// What is wrong with how it ended.
    pub(super) fn wrong(&self) -> Option<String> {
        self.wrong_end().or_else(|| self.left_over()).or_else(|| self.wrong_money())
    }

    fn wrong_end(&self) -> Option<String> {
        (0..self.tasks)
            .find_map(|task| match ended(&self.town, task) {
                None if self.is_user_lost() => None,
                None => Some(format!("sub-task {task} did not end")),
                // There are sellers enough, and time enough.
                Some(end) if end.outcome != TaskOutcome::Completed => Some(format!("{end:?}")),
                Some(end) if end.result != Some(right_result(task)) => Some(format!("{end:?}")),
                Some(_) => None,
            })
            .or_else(|| {
                let late = self.took() - self.usual;
                (late > self.bearable()).then(|| format!("it took {late} longer than it should"))
            })
    }

    /// How much longer it takes than without trouble, at most.
    fn bearable(&self) -> Span {
        let is_replicated = self.replicas > 1;
        match self.trouble {
            Nothing => Span::ZERO,
            // It is noticed soon, and what was computed after the last checkpoint is lost.
            Crash(COMPUTE_0) | Leave(COMPUTE_0) | Back(COMPUTE_0, _) if !is_replicated => {
                self.at_stake + Span::secs(7)
            }
            Crash(COMPUTE_0) | Leave(COMPUTE_0) | Back(COMPUTE_0, _) => PATIENCE + Span::secs(20),
            Crash(STORAGE_0) | Leave(STORAGE_0) | Back(STORAGE_0, _) => Span::secs(3),
            // Sellers list themselves again each minute.
            Crash(_) | Leave(_) => Span::secs(60),
            // What was bought before a crash is of no use, there is nobody else, and who sold to it
            // without its knowing holds that until the time is over.
            Back(USER, span) | Return(USER, span) if is_replicated => span + Span::secs(45),
            // The output is sent again.
            Back(USER, span) | Return(USER, span) => span + Span::secs(5),
            Back(_, span) | Return(_, span) => span + Span::secs(60),
            AdminDown(span) => span + Span::secs(2),
            Loss(_) => Span::secs(120),
        }
    }

    /// What should be over.
    fn left_over(&self) -> Option<String> {
        let ledger = self.town.admin.ledger();
        if ledger.escrow() != Credits::ZERO {
            return Some(format!("{} are put aside", ledger.escrow()));
        }
        for node in self.town.nodes.iter().flatten() {
            if !node.market().buyer().purchases().is_empty() {
                return Some("a purchase goes on for ever".into());
            }
            if node.market().seller().stalls().any(|stall| stall.sold() > 0) {
                return Some("something is sold for ever".into());
            }
            let Some(service) = node.service() else { continue };
            if !service.executor().runs().is_empty() {
                return Some("a run goes on for ever".into());
            }
            if !service.store().is_empty() {
                return Some("a checkpoint is kept for ever".into());
            }
            if service.driver().tasks().next().is_some() {
                return Some("a sub-task goes on for ever".into());
            }
        }
        None
    }

    fn wrong_money(&self) -> Option<String> {
        let (bought, finished) = (self.bought(), self.finished().collect::<Vec<_>>());
        let mut paid: BTreeMap<u32, Vec<Payment>> = BTreeMap::new();
        for (payment, _) in self.payments() {
            if let Some(task) = bought.get(&payment.purchase) {
                if !finished.contains(&(payment.purchase, payment.seller)) {
                    return Some(format!("{payment:?} for what was not computed"));
                }
                paid.entry(*task).or_default().push(payment);
            }
        }
        for task in (0..self.tasks).filter(|&task| ended(&self.town, task).is_some()) {
            let number = paid.get(&task).map_or(0, Vec::len);
            if !self.right_number().contains(&number) {
                return Some(format!("{number} runs of sub-task {task} were paid"));
            }
        }
        // A seller that saw a run through whose user is gone has its money by its receipt.
        if self.is_user_lost()
            && let Some(run) = finished.iter().find(|run| !self.is_paid(run.0))
        {
            return Some(format!("{run:?} was not paid"));
        }
        self.wrong_storage().or_else(|| self.wrong_accounts())
    }

    fn is_paid(&self, purchase: u32) -> bool {
        self.payments().any(|(payment, _)| payment.purchase == purchase)
    }

    /// How many runs of a sub-task are paid.
    fn right_number(&self) -> RangeInclusive<usize> {
        let all = self.replicas;
        match self.trouble {
            // The third computes nothing if its node is gone: there is no fourth.
            Crash(COMPUTE_0) | Leave(COMPUTE_0) | Back(COMPUTE_0, _) => all / 2 + 1..=all,
            // Whom the user cannot hear it gives up, and buys from others; the word that it does so
            // is lost, and so may be its wish for the money back: those deliver, and show receipts.
            Loss(span) if span > LOSS_NOTICED => all..=2 * all,
            _ => all..=all,
        }
    }

    /// What was kept is paid for the time that it was.
    fn wrong_storage(&self) -> Option<String> {
        let noted = self.town.noted.iter().zip(&self.town.facts);
        let (mut began, mut freed, mut agreed) =
            (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for (&at, (_, fact)) in noted {
            match *fact {
                Fact::Sold { purchase, kind: ResourceKind::Storage, .. } => {
                    began.insert(purchase, at);
                }
                Fact::Freed { purchase, .. } => {
                    freed.insert(purchase, at);
                }
                Fact::PurchaseAccepted(accepted) => {
                    agreed.insert(accepted.purchase, accepted.seller_payoff);
                }
                _ => {}
            }
        }
        self.payments().find_map(|(payment, by_receipt)| {
            let began = *began.get(&payment.purchase)?;
            let whole = agreed.get(&payment.purchase)?.0 as f64;
            let share = payment.seller_payoff.0 as f64 / whole;
            let Some(freed) = freed.get(&payment.purchase) else {
                // Its seller is gone.
                return (share > 1.0).then(|| format!("{payment:?} of {whole}"));
            };
            let due = freed.since(began).as_secs() / STORED.as_secs();
            // The word that it is given back takes a while, or comes when the seller is back.
            let is_right = match self.trouble {
                Nothing | Crash(_) | Leave(_) | AdminDown(_) => (share - due).abs() < 0.01,
                Back(..) | Return(..) | Loss(_) => share < due + 0.01,
            };
            let told = || format!("{share} of storage is paid, {due} due ({by_receipt})");
            (!is_right).then(told)
        })
    }

    /// How long all took.
    fn took(&self) -> Span {
        let noted = self.town.noted.iter().zip(&self.town.facts);
        let over = noted.filter(|(_, (_, fact))| matches!(fact, Fact::TaskEnded(_)));
        over.map(|(at, _)| at.since(self.began)).max().unwrap_or(Span::ZERO)
    }

    /// What accounts hold is what they held and what was paid, to the last micro-credit.
    fn wrong_accounts(&self) -> Option<String> {
        let spent = |payment: &Payment| payment.seller_payoff.plus(payment.mo_payoff);
        let total = self.payments().fold(Credits::ZERO, |sum, (p, _)| sum.plus(spent(&p)));
        // Who delivers after it was given up is paid on top.
        let is_repeated = matches!(self.trouble, Loss(span) if span > LOSS_NOTICED);
        if total > Credits::whole(400 * self.tasks) && !is_repeated {
            return Some(format!("{total} were paid, more than the budget"));
        }
        (0..8).map(Addr).find_map(|addr| {
            let mut expected = self.before[addr.0 as usize].0;
            for (payment, _) in self.payments() {
                let Payment { seller, mo, seller_payoff, mo_payoff, .. } = payment;
                expected += if seller == addr { seller_payoff.0 } else { 0 };
                expected += if mo == addr { mo_payoff.0 } else { 0 };
                expected -= if USER == addr { spent(&payment).0 } else { 0 };
            }
            let holds = self.town.balance(addr).0;
            (holds != expected).then(|| format!("{addr:?} holds {holds}, not {expected}"))
        })
    }
}
