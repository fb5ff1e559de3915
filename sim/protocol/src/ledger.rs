//! The ledger: the accounts of all nodes, and what is put aside. No money is made or lost in it.

#[cfg(test)]
mod tests;

use crate::credit::Credits;
use crate::id::Addr;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

/// All of what was agreed, in parts of a million.
pub const WHOLE: u32 = 1_000_000;

/// What became of a reservation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Escrow {
    /// The money is put aside.
    Reserved,
    /// It went to the seller and the market owner, all or in part.
    Settled,
    /// It went back to the buyer, who asked for it.
    Refunded,
    /// It went back to the buyer when its time was over.
    Expired,
}

/// Why the ledger does not do what it is asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// The account does not cover the total.
    InsufficientFunds,
    /// There is no such reservation of this buyer, or with this seller.
    Unknown,
    /// The seller has shown that it delivered: the buyer does not get the money back.
    Delivered,
}

/// What is put aside for a purchase, and for whom.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Deal {
    /// The purchase.
    pub purchase: u32,
    /// Which try of the buyer's it is for: an earlier one that comes late changes nothing.
    pub attempt: u8,
    /// Who sells.
    pub seller: Addr,
    /// Whose market it is.
    pub mo: Addr,
    /// What the seller will get.
    pub seller_payoff: Credits,
    /// What the market owner will get.
    pub mo_payoff: Credits,
}

impl Deal {
    /// What the buyer pays.
    pub fn total(&self) -> Credits {
        self.seller_payoff.plus(self.mo_payoff)
    }
}

/// Money that left escrow for those who earned it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Payment {
    /// The purchase.
    pub purchase: u32,
    /// Who paid.
    pub buyer: Addr,
    /// Who sold.
    pub seller: Addr,
    /// Whose market it was.
    pub mo: Addr,
    /// What the seller got.
    pub seller_payoff: Credits,
    /// What the market owner got.
    pub mo_payoff: Credits,
    /// The share of what was agreed that was delivered, in parts of a million.
    pub share: u32,
}

/// One purchase's money.
#[derive(Clone, Copy, Debug)]
struct Reservation {
    buyer: Addr,
    deal: Deal,
    /// The share of what was agreed that the seller has shown to have delivered.
    receipt: Option<u32>,
    state: Escrow,
}

/// One account.
#[derive(Clone, Copy, Debug)]
struct Account {
    balance: Credits,
    /// Periods for which it has had its income; of one that is not open, the most there can be.
    periods: u32,
}

impl Account {
    fn is_open(&self) -> bool {
        self.periods != UNOPENED.periods
    }
}

/// No account yet.
const UNOPENED: Account = Account { balance: Credits::ZERO, periods: u32::MAX };

/// The accounts of all nodes, and what is put aside for purchases under way. Everything that is
/// done for a purchase may be asked again and changes nothing then: the answer is the state that
/// the purchase is in. Invariant: balances + escrow = minted.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// By address.
    accounts: Vec<Account>,
    purchases: BTreeMap<u32, Reservation>,
    escrow: Credits,
    minted: Credits,
    incomes: u64,
}

impl Ledger {
    /// Opens an account with `grant`, newly minted, in income period `period`, unless it is open.
    pub fn open(&mut self, account: Addr, grant: Credits, period: u32) {
        let index = account.0 as usize;
        if index >= self.accounts.len() {
            self.accounts.resize(index + 1, UNOPENED);
        }
        if !self.accounts[index].is_open() {
            self.accounts[index] = Account { balance: grant, periods: period };
            self.minted = self.minted.plus(grant);
        }
    }

    /// Gives an open account its income for each period that began since it had the last. Nobody
    /// goes over all accounts: each is brought up to date when it is looked at.
    pub fn earn(&mut self, account: Addr, income: Credits, period: u32) {
        let Some(open) = self.accounts.get_mut(account.0 as usize) else { return };
        let due = period.saturating_sub(open.periods);
        if due > 0 {
            let earned = Credits(income.0 * u64::from(due));
            open.periods = period;
            open.balance = open.balance.plus(earned);
            self.minted = self.minted.plus(earned);
            self.incomes += u64::from(due);
        }
    }

    /// What an account holds; nothing if it is not open.
    pub fn balance(&self, account: Addr) -> Credits {
        self.accounts.get(account.0 as usize).map_or(Credits::ZERO, |account| account.balance)
    }

    /// All that is put aside.
    pub fn escrow(&self) -> Credits {
        self.escrow
    }

    /// All money that was ever made.
    pub fn minted(&self) -> Credits {
        self.minted
    }

    /// How many incomes were paid: one an account and period.
    pub fn incomes(&self) -> u64 {
        self.incomes
    }

    /// The purchases whose money is put aside, with their totals. Linear: for judges.
    pub fn reserved(&self) -> impl Iterator<Item = (u32, Credits)> + '_ {
        let open = self.purchases.iter().filter(|(_, known)| known.state == Escrow::Reserved);
        open.map(|(&purchase, known)| (purchase, known.deal.total()))
    }

    /// Who has put how much aside, purchase by purchase. Linear: for judges.
    pub fn put_aside(&self) -> impl Iterator<Item = (Addr, Credits)> + '_ {
        let open = self.purchases.values().filter(|known| known.state == Escrow::Reserved);
        open.map(|known| (known.buyer, known.deal.total()))
    }

    /// Whether an account is open.
    pub fn is_open(&self, account: Addr) -> bool {
        self.accounts.get(account.0 as usize).is_some_and(Account::is_open)
    }

    /// How many accounts are open. Linear: for judges.
    pub fn accounts(&self) -> usize {
        self.open_accounts().count()
    }

    /// The sum over all accounts. Linear: for judges.
    pub fn balances(&self) -> Credits {
        self.open_accounts().fold(Credits::ZERO, |sum, account| sum.plus(account.balance))
    }

    fn open_accounts(&self) -> impl Iterator<Item = &Account> {
        self.accounts.iter().filter(|account| account.is_open())
    }

    /// Whether no money was made or lost. Linear: for judges.
    pub fn is_conserved(&self) -> bool {
        let escrow = self.reserved().fold(Credits::ZERO, |sum, (_, total)| sum.plus(total));
        escrow == self.escrow && self.balances().plus(self.escrow) == self.minted
    }

    /// Puts the total of a deal aside. A later attempt of the same purchase replaces an earlier
    /// one, and what was shown of that.
    pub fn reserve(&mut self, buyer: Addr, deal: Deal) -> Result<Escrow, Refusal> {
        let before = match self.purchases.get(&deal.purchase) {
            Some(known) if known.buyer != buyer => return Err(Refusal::Unknown),
            Some(known) if known.state != Escrow::Reserved => return Ok(known.state),
            Some(known) if deal.attempt <= known.deal.attempt => return Ok(Escrow::Reserved),
            Some(known) => known.deal.total(),
            None => Credits::ZERO,
        };
        let free = self.balance(buyer).plus(before);
        let rest = free.checked_sub(deal.total()).ok_or(Refusal::InsufficientFunds)?;
        self.open(buyer, Credits::ZERO, 0);
        self.accounts[buyer.0 as usize].balance = rest;
        self.take_from_escrow(before);
        self.escrow = self.escrow.plus(deal.total());
        let state = Escrow::Reserved;
        self.purchases.insert(deal.purchase, Reservation { buyer, deal, receipt: None, state });
        Ok(state)
    }

    /// The buyer pays a share of what was agreed, and gets the rest back.
    pub fn settle(
        &mut self,
        purchase: u32,
        buyer: Addr,
        share: u32,
    ) -> Result<(Escrow, Option<Payment>), Refusal> {
        let known = self.known(purchase, buyer)?;
        if known.state != Escrow::Reserved {
            return Ok((known.state, None));
        }
        Ok((Escrow::Settled, Some(self.pay_out(purchase, share))))
    }

    /// A seller shows that it delivered a share of what was agreed. Says in which state the
    /// purchase is.
    pub fn file(&mut self, purchase: u32, seller: Addr, share: u32) -> Result<Escrow, Refusal> {
        let known = self.purchases.get_mut(&purchase).ok_or(Refusal::Unknown)?;
        if known.deal.seller != seller {
            return Err(Refusal::Unknown);
        }
        known.receipt = Some(known.receipt.unwrap_or(0).max(share));
        Ok(known.state)
    }

    /// Gives the buyer its money back, unless the seller has delivered; even then, if it is `proven`
    /// that what it delivered is wrong. A purchase that was never
    /// reserved is refunded too: should its reservation come late, nothing is put aside.
    pub fn refund(&mut self, purchase: u32, buyer: Addr, proven: bool) -> Result<Escrow, Refusal> {
        let nothing = Credits::ZERO;
        let deal = Deal {
            purchase,
            attempt: 0,
            seller: buyer,
            mo: buyer,
            seller_payoff: nothing,
            mo_payoff: nothing,
        };
        let never = Reservation { buyer, deal, receipt: None, state: Escrow::Refunded };
        let known = *self.purchases.entry(purchase).or_insert(never);
        if known.buyer != buyer {
            return Err(Refusal::Unknown);
        }
        if known.state == Escrow::Reserved {
            if known.receipt.is_some() && !proven {
                return Err(Refusal::Delivered);
            }
            self.close(purchase, Escrow::Refunded);
            self.pay(buyer, known.deal.total());
            return Ok(Escrow::Refunded);
        }
        Ok(known.state)
    }

    /// The time of a purchase's reservation is over: a seller that has shown a receipt is paid for
    /// what it says, and the buyer gets back the rest. Says what state the purchase was in, and
    /// what was paid.
    pub fn expire(&mut self, purchase: u32) -> Option<(Escrow, Option<Payment>)> {
        let known = *self.purchases.get(&purchase)?;
        if known.state != Escrow::Reserved {
            return Some((known.state, None));
        }
        let payment = match known.receipt {
            Some(share) => Some(self.pay_out(purchase, share)),
            None => {
                self.close(purchase, Escrow::Expired);
                self.pay(known.buyer, known.deal.total());
                None
            }
        };
        Some((Escrow::Reserved, payment))
    }

    /// Pays a share of what the seller was to get to it, all that the market owner was to get to
    /// it if there is any share, and the rest to the buyer.
    fn pay_out(&mut self, purchase: u32, share: u32) -> Payment {
        let Reservation { buyer, deal, .. } = self.purchases[&purchase];
        let Deal { seller, mo, .. } = deal;
        let share = share.min(WHOLE);
        let part = u128::from(deal.seller_payoff.0) * u128::from(share) / u128::from(WHOLE);
        let seller_payoff = Credits(part as u64);
        let mo_payoff = if share > 0 { deal.mo_payoff } else { Credits::ZERO };
        let paid = seller_payoff.plus(mo_payoff);
        let rest = deal.total().checked_sub(paid).expect("no more than the total is paid");
        self.close(purchase, Escrow::Settled);
        self.pay(seller, seller_payoff);
        self.pay(mo, mo_payoff);
        self.pay(buyer, rest);
        Payment { purchase, buyer, seller, mo, seller_payoff, mo_payoff, share }
    }

    /// Whether money is put aside for a purchase.
    pub fn is_reserved(&self, purchase: u32) -> bool {
        self.purchases.get(&purchase).is_some_and(|known| known.state == Escrow::Reserved)
    }

    /// Whether anything is remembered of a purchase.
    pub fn remembers(&self, purchase: u32) -> bool {
        self.purchases.contains_key(&purchase)
    }

    /// Forgets a purchase whose money has gone its way.
    pub fn forget(&mut self, purchase: u32) {
        let forgotten = self.purchases.remove(&purchase);
        debug_assert!(forgotten.is_none_or(|p| p.state != Escrow::Reserved));
    }

    fn known(&self, purchase: u32, buyer: Addr) -> Result<Reservation, Refusal> {
        let known = self.purchases.get(&purchase).filter(|known| known.buyer == buyer);
        known.copied().ok_or(Refusal::Unknown)
    }

    fn close(&mut self, purchase: u32, state: Escrow) {
        let known = self.purchases.get_mut(&purchase).expect("the caller has just seen it");
        assert_eq!(known.state, Escrow::Reserved, "money leaves escrow once");
        known.state = state;
        let total = known.deal.total();
        self.take_from_escrow(total);
    }

    fn take_from_escrow(&mut self, total: Credits) {
        self.escrow = self.escrow.checked_sub(total).expect("escrow holds what was reserved");
    }

    fn pay(&mut self, account: Addr, amount: Credits) {
        self.open(account, Credits::ZERO, 0);
        let account = &mut self.accounts[account.0 as usize];
        account.balance = account.balance.plus(amount);
    }
}
