//! The bank at the AdminServer (CompuP2P, V; escrow is ours): the buyer's total is put aside when
//! it has been told a price, and goes to seller and market owner, or back.

use super::message::{Banked, Message};
use crate::credit::{Credits, Escrow, Ledger, Refusal};
use crate::id::Addr;
use crate::rules::Rules;
use crate::time::Time;
use alloc::collections::VecDeque;

/// The ledger, and when what is reserved expires.
#[derive(Clone, Debug, Default)]
pub(super) struct Bank {
    ledger: Ledger,
    /// Purchases by the time at which they expire or, once closed, are forgotten. All stay equally
    /// long, so the order of coming is the order of going: no event looks at more than are due.
    due: VecDeque<(Time, u32)>,
}

impl Bank {
    pub(super) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Opens an account at the first contact.
    pub(super) fn welcome(&mut self, account: Addr, rules: &Rules) {
        self.ledger.open(account, Credits::whole(rules.admin.initial_balance));
    }

    /// Does what `account` asks; says what to answer, if it is for the bank.
    pub(super) fn on_request(
        &mut self,
        account: Addr,
        request: &Message,
        now: Time,
        rules: &Rules,
    ) -> Option<Message> {
        self.expire(now, rules);
        let (purchase, done) = match *request {
            Message::Reserve { purchase, attempt, total } => {
                self.welcome(account, rules);
                self.remember(purchase, now, rules);
                (purchase, self.ledger.reserve(purchase, attempt, account, total))
            }
            Message::Settle { purchase, seller, mo, mo_payoff } => {
                let (seller, mo) = (rules.host(seller), rules.host(mo));
                self.welcome(seller, rules);
                self.welcome(mo, rules);
                (purchase, self.ledger.settle(purchase, account, seller, mo, mo_payoff))
            }
            Message::Refund { purchase, .. } => {
                self.welcome(account, rules);
                self.remember(purchase, now, rules);
                (purchase, self.ledger.refund(purchase, account))
            }
            _ => return None,
        };
        let state = match done {
            Ok(Escrow::Reserved) => Banked::Reserved,
            Ok(Escrow::Settled) => Banked::Settled,
            Ok(Escrow::Refunded | Escrow::Expired) => Banked::Returned,
            Err(Refusal::InsufficientFunds) => Banked::InsufficientFunds,
            Err(Refusal::Unknown) => Banked::Unknown,
        };
        Some(Message::Banked { purchase, state })
    }

    fn remember(&mut self, purchase: u32, now: Time, rules: &Rules) {
        if !self.ledger.remembers(purchase) {
            self.due.push_back((now + rules.admin.reservation, purchase));
        }
    }

    /// Gives back what nobody settled in time. What is closed is remembered as long again, so that
    /// a message that comes late finds it so.
    pub(super) fn expire(&mut self, now: Time, rules: &Rules) {
        while let Some(&(due, purchase)) = self.due.front()
            && due <= now
        {
            self.due.pop_front();
            match self.ledger.expire(purchase) {
                Some(Escrow::Reserved) => {
                    self.due.push_back((now + rules.admin.reservation, purchase));
                }
                Some(Escrow::Settled | Escrow::Refunded | Escrow::Expired) => {
                    self.ledger.forget(purchase);
                }
                None => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Span;

    const BUYER: Addr = Addr(0);

    fn ask(bank: &mut Bank, request: Message, now: Time, rules: &Rules) -> Banked {
        match bank.on_request(BUYER, &request, now, rules) {
            Some(Message::Banked { state, .. }) => state,
            other => panic!("{other:?}"),
        }
    }

    fn reserve(credits: u32) -> Message {
        Message::Reserve { purchase: 3, attempt: 1, total: Credits::whole(credits) }
    }

    #[test]
    fn a_reservation_that_nobody_settles_returns_to_the_buyer() {
        let rules = Rules::for_tests(alloc::vec![]);
        let mut bank = Bank::default();
        assert_eq!(ask(&mut bank, reserve(40), Time::ZERO, &rules), Banked::Reserved);
        assert_eq!(bank.ledger.escrow(), Credits::whole(40));
        let late = Time::ZERO + rules.admin.reservation;
        bank.expire(late, &rules);
        assert_eq!(bank.ledger.balance(BUYER), Credits::whole(rules.admin.initial_balance));
        let settle = Message::Settle {
            purchase: 3,
            seller: Addr(1),
            mo: Addr(2),
            mo_payoff: Credits::whole(1),
        };
        assert_eq!(ask(&mut bank, settle, late, &rules), Banked::Returned);
        assert!(bank.ledger.is_conserved());
    }

    #[test]
    fn what_is_long_closed_is_forgotten() {
        let rules = Rules::for_tests(alloc::vec![]);
        let mut bank = Bank::default();
        ask(&mut bank, reserve(40), Time::ZERO, &rules);
        let mut now = Time::ZERO;
        for _ in 0..2 {
            now += rules.admin.reservation + Span::secs(1);
            bank.expire(now, &rules);
        }
        assert!(!bank.ledger.remembers(3));
        assert!(bank.due.is_empty());
    }

    #[test]
    fn a_buyer_without_the_money_is_refused() {
        let rules = Rules::for_tests(alloc::vec![]);
        let mut bank = Bank::default();
        let too_much = rules.admin.initial_balance + 1;
        let answer = ask(&mut bank, reserve(too_much), Time::ZERO, &rules);
        assert_eq!(answer, Banked::InsufficientFunds);
    }
}
