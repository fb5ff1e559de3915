//! What hosts earned as sellers and as market owners.

use compup2p_protocol::id::Addr;
use compup2p_protocol::ledger::Payment;

/// What each account was paid, in micro-credits, by address. Only as long as there is somebody who
/// earned something.
#[derive(Clone, Debug, Default)]
pub struct Incomes(Vec<u64>);

impl Incomes {
    /// The bank paid for a purchase.
    pub fn on_payment(&mut self, payment: &Payment) {
        self.add(payment.seller, payment.seller_payoff.0);
        self.add(payment.mo, payment.mo_payoff.0);
    }

    fn add(&mut self, account: Addr, amount: u64) {
        let place = account.0 as usize;
        if place >= self.0.len() {
            self.0.resize(place + 1, 0);
        }
        self.0[place] += amount;
    }

    /// What an account was paid.
    pub fn of(&self, account: Addr) -> u64 {
        self.0.get(account.0 as usize).copied().unwrap_or(0)
    }
}
