//! Who pays whom, and who is left unpaid, when something goes wrong.

use super::sells;
use super::story::{SCHEMES, town};
use crate::credit::Credits;
use crate::fact::{Fact, PurchaseOutcome};
use crate::id::Addr;
use crate::rules::Scheme;
use crate::time::Span;

#[test]
fn a_purchase_pays_the_second_least_in_every_scheme() {
    for scheme in SCHEMES {
        let mut town =
            town(&[sells(320, 10), sells(330, 20), None, None, None, None], scheme, |_| {});
        let before = town.balance(Addr(0));
        town.buy(Addr(5), 0, 300, 200, Span::secs(20));
        town.run(Span::secs(30));
        assert_eq!(town.outcome(0), Some(PurchaseOutcome::Completed), "{scheme:?}");
        let accepted = town.facts.iter().find_map(|(_, fact)| match fact {
            Fact::PurchaseAccepted(acceptance) => Some(*acceptance),
            _ => None,
        });
        let accepted = accepted.unwrap();
        assert_eq!(accepted.seller, Addr(0));
        assert_eq!(accepted.report.least, 11);
        assert_eq!(accepted.seller_payoff, Credits::whole(20));
        assert_eq!(accepted.mo_payoff, Credits::whole(1));
        assert!(town.balance(Addr(0)) >= before.plus(Credits::whole(20)));
        assert_eq!(town.admin.ledger().escrow(), Credits::ZERO);
    }
}

#[test]
fn a_buyer_whose_seller_dies_gets_its_money_back() {
    for scheme in SCHEMES {
        let mut town = town(&[sells(320, 10), None, None, None, None, None], scheme, |_| {});
        let before = town.balance(Addr(5));
        town.buy(Addr(5), 0, 300, 200, Span::secs(20));
        town.run(Span::secs(10));
        assert_eq!(town.count(|fact| matches!(fact, Fact::PurchaseAccepted(_))), 1, "{scheme:?}");
        town.crash(Addr(0));
        town.run(Span::secs(30));
        assert_eq!(town.outcome(0), Some(PurchaseOutcome::SellerFailed), "{scheme:?}");
        // A node that bought nothing before had no account: what it has is the initial balance.
        assert!(town.balance(Addr(5)) >= before);
        assert_eq!(town.admin.ledger().escrow(), Credits::ZERO);
    }
}

#[test]
fn while_the_bank_is_down_nobody_buys_and_what_runs_is_paid_afterwards() {
    for scheme in SCHEMES {
        let endowments = [sells(420, 10), sells(330, 20), None, None, None, None];
        let mut town = town(&endowments, scheme, |_| {});
        town.buy(Addr(5), 0, 300, 200, Span::secs(20));
        town.run(Span::secs(10));
        town.is_admin_down = true;
        town.buy(Addr(5), 1, 300, 200, Span::secs(20));
        town.run(Span::secs(40));
        assert_eq!(town.outcome(0), None, "{scheme:?}: it waits for the bank");
        assert_eq!(town.outcome(1), Some(PurchaseOutcome::BankUnreachable), "{scheme:?}");
        town.is_admin_down = false;
        town.run(Span::secs(40));
        assert_eq!(town.outcome(0), Some(PurchaseOutcome::Completed), "{scheme:?}");
    }
}

#[test]
fn a_seller_whose_last_word_is_lost_is_paid_when_the_buyer_asks() {
    for scheme in SCHEMES {
        let mut town = town(&[sells(320, 10), None, None, None], scheme, |_| {});
        town.buy(Addr(3), 0, 300, 200, Span::secs(20));
        town.run(Span::secs(18));
        assert_eq!(town.count(|fact| matches!(fact, Fact::PurchaseAccepted(_))), 1, "{scheme:?}");
        town.loss = 1000;
        town.run(Span::secs(5));
        town.loss = 0;
        town.run(Span::secs(30));
        assert_eq!(town.outcome(0), Some(PurchaseOutcome::Completed), "{scheme:?}");
    }
}

#[test]
fn a_buyer_that_ran_dry_buys_again_when_it_has_its_income() {
    for income in [0, 30] {
        let endowments = [sells(320, 10), None, None, None, None, None];
        let mut town = town(&endowments, Scheme::SingleOverlay, |rules| {
            rules.admin.initial_balance = 50;
            rules.admin.income = income;
            rules.admin.income_period = Span::secs(1000);
        });
        let mut buy = |purchase, until: u64| {
            town.buy(Addr(5), purchase, 300, 40, Span::secs(5));
            let rest = Span::secs(until) - town.now.since(crate::time::Time::ZERO);
            town.run(rest);
            town.outcome(purchase)
        };
        assert_eq!(buy(0, 200), Some(PurchaseOutcome::Completed));
        assert_eq!(buy(1, 990), Some(PurchaseOutcome::InsufficientFunds));
        // Its first income makes 10 into 40; the next two make nothing into 60.
        assert_eq!(buy(2, 1001), Some(PurchaseOutcome::InsufficientFunds));
        let richer = |outcome| match income {
            0 => Some(PurchaseOutcome::InsufficientFunds),
            _ => Some(outcome),
        };
        assert_eq!(buy(3, 1500), richer(PurchaseOutcome::Completed));
        assert_eq!(buy(4, 1990), Some(PurchaseOutcome::InsufficientFunds));
        assert_eq!(buy(5, 3001), Some(PurchaseOutcome::InsufficientFunds));
        assert_eq!(buy(6, 3100), richer(PurchaseOutcome::Completed));
        let incomes = town.admin.ledger().incomes();
        assert_eq!(incomes > 0, income > 0);
        let minted = 6 * 50 + incomes as u32 * income;
        assert_eq!(town.admin.ledger().minted(), Credits::whole(minted));
    }
}

#[test]
fn a_seller_is_paid_whose_receipt_the_bank_could_not_hear_before_its_time_was_over() {
    let mut town = town(&[sells(320, 10), None, None, None], Scheme::SingleOverlay, |rules| {
        rules.admin.reservation = Span::secs(60);
    });
    town.run(Span::secs(60));
    town.buy(Addr(3), 0, 300, 200, Span::secs(20));
    town.run(Span::secs(10));
    assert_eq!(town.count(|fact| matches!(fact, Fact::PurchaseAccepted(_))), 1);
    // Buyer and bank are gone when the time is over; the bank is back after the money was due.
    town.crash(Addr(3));
    town.is_admin_down = true;
    town.run(Span::secs(150));
    town.is_admin_down = false;
    town.run(Span::secs(300));
    let by_receipt = |fact: &Fact| matches!(fact, Fact::Paid { by_receipt: true, .. });
    assert_eq!(town.count(by_receipt), 1);
    assert_eq!(town.admin.ledger().escrow(), Credits::ZERO);
}
