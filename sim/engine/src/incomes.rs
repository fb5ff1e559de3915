//! What hosts earned as sellers and as market owners, and paid as buyers.

use compup2p_protocol::id::Addr;
use compup2p_protocol::ledger::Payment;

/// What each account was paid, and paid, in micro-credits, by address. Only as long as there is
/// somebody who did.
#[derive(Clone, Debug, Default)]
pub struct Incomes {
    earned: Vec<u64>,
    spent: Vec<u64>,
}

impl Incomes {
    /// The bank paid for a purchase.
    pub fn on_payment(&mut self, payment: &Payment) {
        add(&mut self.earned, payment.seller, payment.seller_payoff.0);
        add(&mut self.earned, payment.mo, payment.mo_payoff.0);
        let total = payment.seller_payoff.plus(payment.mo_payoff);
        add(&mut self.spent, payment.buyer, total.0);
    }

    /// What an account was paid.
    pub fn of(&self, account: Addr) -> u64 {
        self.earned.get(account.0 as usize).copied().unwrap_or(0)
    }

    /// What an account paid.
    pub fn spent(&self, account: Addr) -> u64 {
        self.spent.get(account.0 as usize).copied().unwrap_or(0)
    }

    /// Leaves what was paid since it was `before`.
    pub fn forget(&mut self, before: &Self) {
        let Self { earned, spent } = before;
        self.earned.iter_mut().zip(earned).for_each(|(all, before)| *all -= before);
        self.spent.iter_mut().zip(spent).for_each(|(all, before)| *all -= before);
    }

    /// What all were paid.
    pub fn total(&self) -> u128 {
        self.earned.iter().copied().map(u128::from).sum()
    }
}

fn add(amounts: &mut Vec<u64>, account: Addr, amount: u64) {
    let place = account.0 as usize;
    if place >= amounts.len() {
        amounts.resize(place + 1, 0);
    }
    amounts[place] += amount;
}
