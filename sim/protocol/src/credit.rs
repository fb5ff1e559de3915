//! Money: whole micro-credits, and the ledger in which none is made or lost.

use crate::id::Addr;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::fmt;

/// An amount of money in micro-credits. Never negative.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Credits(pub u64);

/// Micro-credits of a credit.
pub const MICRO: u64 = 1_000_000;

impl Credits {
    /// No money.
    pub const ZERO: Self = Self(0);

    /// So many whole credits.
    pub const fn whole(credits: u32) -> Self {
        Self(credits as u64 * MICRO)
    }

    /// The sum, if it can be held.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The difference, unless it is negative.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// The sum.
    ///
    /// # Panics
    /// If it is more than 1.8 * 10^13 credits, more than any run can mint.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        self.checked_add(other).expect("a run mints less than 2^64 micro-credits")
    }
}

impl fmt::Display for Credits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0 / MICRO)?;
        match self.0 % MICRO {
            0 => Ok(()),
            micro => write!(f, ".{micro:06}"),
        }
    }
}

/// What became of a reservation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Escrow {
    /// The money is put aside.
    Reserved,
    /// It went to the seller and the market owner.
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
    /// There is no such reservation of this buyer.
    Unknown,
}

/// One purchase's money.
#[derive(Clone, Copy, Debug)]
struct Reservation {
    buyer: Addr,
    total: Credits,
    /// Which try of the buyer's it is for: an earlier one that comes late changes nothing.
    attempt: u8,
    state: Escrow,
}

/// No account yet.
const UNOPENED: Credits = Credits(u64::MAX);

/// The accounts of all nodes, and what is put aside for purchases under way. Everything that is
/// done for a purchase may be asked again and changes nothing then: the answer is the state that
/// the purchase is in. Invariant: balances + escrow = minted.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// By address.
    balances: Vec<Credits>,
    purchases: BTreeMap<u32, Reservation>,
    escrow: Credits,
    minted: Credits,
}

impl Ledger {
    /// Opens an account with `grant`, newly minted, unless it is open.
    pub fn open(&mut self, account: Addr, grant: Credits) {
        let index = account.0 as usize;
        if index >= self.balances.len() {
            self.balances.resize(index + 1, UNOPENED);
        }
        if self.balances[index] == UNOPENED {
            self.balances[index] = grant;
            self.minted = self.minted.plus(grant);
        }
    }

    /// What an account holds; nothing if there is none.
    pub fn balance(&self, account: Addr) -> Credits {
        let balance = self.balances.get(account.0 as usize).copied();
        balance.filter(|&b| b != UNOPENED).unwrap_or(Credits::ZERO)
    }

    /// What is put aside.
    pub fn escrow(&self) -> Credits {
        self.escrow
    }

    /// What was ever made.
    pub fn minted(&self) -> Credits {
        self.minted
    }

    /// How many accounts are open. Linear: for judges.
    pub fn accounts(&self) -> usize {
        self.balances.iter().filter(|&&b| b != UNOPENED).count()
    }

    /// The sum over all accounts. Linear: for judges.
    pub fn balances(&self) -> Credits {
        let open = self.balances.iter().filter(|&&b| b != UNOPENED);
        open.fold(Credits::ZERO, |sum, &b| sum.plus(b))
    }

    /// Whether no money was made or lost. Linear: for judges.
    pub fn is_conserved(&self) -> bool {
        let open = self.purchases.values().filter(|p| p.state == Escrow::Reserved);
        let escrow = open.fold(Credits::ZERO, |sum, p| sum.plus(p.total));
        escrow == self.escrow && self.balances().plus(self.escrow) == self.minted
    }

    /// Puts `total` of the buyer's aside. A later attempt of the same purchase replaces an earlier
    /// one.
    pub fn reserve(
        &mut self,
        purchase: u32,
        attempt: u8,
        buyer: Addr,
        total: Credits,
    ) -> Result<Escrow, Refusal> {
        let before = match self.purchases.get(&purchase) {
            Some(known) if known.buyer != buyer => return Err(Refusal::Unknown),
            Some(known) if known.state != Escrow::Reserved => return Ok(known.state),
            Some(known) if attempt <= known.attempt => return Ok(Escrow::Reserved),
            Some(known) => known.total,
            None => Credits::ZERO,
        };
        let free = self.balance(buyer).plus(before);
        let rest = free.checked_sub(total).ok_or(Refusal::InsufficientFunds)?;
        self.open(buyer, Credits::ZERO);
        self.balances[buyer.0 as usize] = rest;
        self.take_from_escrow(before);
        self.escrow = self.escrow.plus(total);
        let state = Escrow::Reserved;
        self.purchases.insert(purchase, Reservation { buyer, total, attempt, state });
        Ok(state)
    }

    /// Pays a purchase out: `mo_payoff` of what was put aside to the market owner, the rest to the
    /// seller.
    pub fn settle(
        &mut self,
        purchase: u32,
        buyer: Addr,
        seller: Addr,
        mo: Addr,
        mo_payoff: Credits,
    ) -> Result<Escrow, Refusal> {
        let known = self.known(purchase, buyer)?;
        if known.state != Escrow::Reserved {
            return Ok(known.state);
        }
        let seller_payoff = known.total.checked_sub(mo_payoff).ok_or(Refusal::InsufficientFunds)?;
        self.close(purchase, Escrow::Settled);
        self.pay(seller, seller_payoff);
        self.pay(mo, mo_payoff);
        Ok(Escrow::Settled)
    }

    /// Gives the buyer its money back. A purchase that was never reserved is refunded too: should
    /// its reservation come late, nothing is put aside.
    pub fn refund(&mut self, purchase: u32, buyer: Addr) -> Result<Escrow, Refusal> {
        let never =
            Reservation { buyer, total: Credits::ZERO, attempt: 0, state: Escrow::Refunded };
        let known = *self.purchases.entry(purchase).or_insert(never);
        if known.buyer != buyer {
            return Err(Refusal::Unknown);
        }
        if known.state == Escrow::Reserved {
            self.close(purchase, Escrow::Refunded);
            self.pay(buyer, known.total);
            return Ok(Escrow::Refunded);
        }
        Ok(known.state)
    }

    /// The time of a purchase's reservation is over: the buyer gets back what is still put aside.
    /// Says what state the purchase was in.
    pub fn expire(&mut self, purchase: u32) -> Option<Escrow> {
        let known = *self.purchases.get(&purchase)?;
        if known.state == Escrow::Reserved {
            self.close(purchase, Escrow::Expired);
            self.pay(known.buyer, known.total);
        }
        Some(known.state)
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
        let total = known.total;
        self.take_from_escrow(total);
    }

    fn take_from_escrow(&mut self, total: Credits) {
        self.escrow = self.escrow.checked_sub(total).expect("escrow holds what was reserved");
    }

    fn pay(&mut self, account: Addr, amount: Credits) {
        self.open(account, Credits::ZERO);
        let balance = &mut self.balances[account.0 as usize];
        *balance = balance.plus(amount);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BUYER: Addr = Addr(0);
    const SELLER: Addr = Addr(1);
    const MO: Addr = Addr(2);

    fn ledger() -> Ledger {
        let mut ledger = Ledger::default();
        for account in [BUYER, SELLER, MO] {
            ledger.open(account, Credits::whole(100));
        }
        ledger
    }

    #[test]
    fn a_sale_pays_the_seller_and_the_market_owner() {
        let mut ledger = ledger();
        assert_eq!(ledger.reserve(7, 1, BUYER, Credits::whole(30)), Ok(Escrow::Reserved));
        assert_eq!(ledger.escrow(), Credits::whole(30));
        let fee = Credits::whole(1);
        assert_eq!(ledger.settle(7, BUYER, SELLER, MO, fee), Ok(Escrow::Settled));
        assert_eq!(ledger.balance(BUYER), Credits::whole(70));
        assert_eq!(ledger.balance(SELLER), Credits::whole(129));
        assert_eq!(ledger.balance(MO), Credits::whole(101));
        assert!(ledger.is_conserved());
    }

    #[test]
    fn money_that_is_made_or_lost_on_the_way_is_missed() {
        let mut robbed = ledger();
        robbed.balances[0] = Credits::whole(99);
        assert!(!robbed.is_conserved());
        let mut leaking = ledger();
        leaking.reserve(7, 1, BUYER, Credits::whole(30)).unwrap();
        leaking.escrow = Credits::ZERO;
        leaking.balances[0] = Credits::whole(100);
        assert!(!leaking.is_conserved());
    }

    #[test]
    fn nobody_reserves_what_it_does_not_have() {
        let mut ledger = ledger();
        let refused = ledger.reserve(7, 1, BUYER, Credits::whole(101));
        assert_eq!(refused, Err(Refusal::InsufficientFunds));
        assert_eq!(ledger.settle(7, BUYER, SELLER, MO, Credits::ZERO), Err(Refusal::Unknown));
    }

    #[test]
    fn a_later_attempt_replaces_an_earlier_and_not_the_other_way_round() {
        let mut ledger = ledger();
        for (attempt, total) in [(1, 60), (2, 90), (1, 60), (2, 90)] {
            let _ = ledger.reserve(7, attempt, BUYER, Credits::whole(total));
        }
        assert_eq!(ledger.escrow(), Credits::whole(90));
        assert_eq!(ledger.balance(BUYER), Credits::whole(10));
    }

    #[test]
    fn a_reservation_that_comes_after_its_refund_puts_nothing_aside() {
        let mut ledger = ledger();
        assert_eq!(ledger.refund(7, BUYER), Ok(Escrow::Refunded));
        assert_eq!(ledger.reserve(7, 1, BUYER, Credits::whole(30)), Ok(Escrow::Refunded));
        assert_eq!(ledger.escrow(), Credits::ZERO);
    }

    #[test]
    fn nobody_but_the_buyer_settles_or_refunds() {
        let mut ledger = ledger();
        ledger.reserve(7, 1, BUYER, Credits::whole(30)).unwrap();
        assert_eq!(ledger.settle(7, SELLER, SELLER, MO, Credits::ZERO), Err(Refusal::Unknown));
        assert_eq!(ledger.refund(7, SELLER), Err(Refusal::Unknown));
        assert_eq!(ledger.escrow(), Credits::whole(30));
    }

    /// What can be asked of a ledger.
    #[derive(Clone, Debug)]
    enum Ask {
        Reserve { purchase: u32, attempt: u8, buyer: u32, total: u64 },
        Settle { purchase: u32, buyer: u32, seller: u32, mo: u32, payoff: u64 },
        Refund { purchase: u32, buyer: u32 },
        Expire { purchase: u32 },
    }

    fn asks() -> impl Strategy<Value = Ask> {
        let (purchase, who, money) = (0..4u32, 0..3u32, 0..150_000_000u64);
        prop_oneof![
            (purchase.clone(), 0..4u8, who.clone(), money.clone()).prop_map(
                |(purchase, attempt, buyer, total)| Ask::Reserve {
                    purchase,
                    attempt,
                    buyer,
                    total
                }
            ),
            (purchase.clone(), who.clone(), who.clone(), who.clone(), money).prop_map(
                |(purchase, buyer, seller, mo, payoff)| Ask::Settle {
                    purchase,
                    buyer,
                    seller,
                    mo,
                    payoff
                }
            ),
            (purchase.clone(), who).prop_map(|(purchase, buyer)| Ask::Refund { purchase, buyer }),
            purchase.prop_map(|purchase| Ask::Expire { purchase }),
        ]
    }

    fn put(ledger: &mut Ledger, ask: &Ask) -> Option<Result<Escrow, Refusal>> {
        match *ask {
            Ask::Reserve { purchase, attempt, buyer, total } => {
                Some(ledger.reserve(purchase, attempt, Addr(buyer), Credits(total)))
            }
            Ask::Settle { purchase, buyer, seller, mo, payoff } => {
                Some(ledger.settle(purchase, Addr(buyer), Addr(seller), Addr(mo), Credits(payoff)))
            }
            Ask::Refund { purchase, buyer } => Some(ledger.refund(purchase, Addr(buyer))),
            Ask::Expire { purchase } => ledger.expire(purchase).map(Ok),
        }
    }

    proptest! {
        #[test]
        fn money_is_never_made_or_lost(asks in proptest::collection::vec(asks(), 0..60)) {
            let mut ledger = ledger();
            for ask in &asks {
                put(&mut ledger, ask);
                prop_assert!(ledger.is_conserved());
                prop_assert_eq!(ledger.minted(), Credits::whole(300));
            }
        }

        #[test]
        fn what_is_asked_twice_happens_once(asks in proptest::collection::vec(asks(), 0..60)) {
            let (mut once, mut twice) = (ledger(), ledger());
            for ask in &asks {
                let first = put(&mut once, ask);
                prop_assert_eq!(first, put(&mut twice, ask));
                put(&mut twice, ask);
                for account in [BUYER, SELLER, MO] {
                    prop_assert_eq!(once.balance(account), twice.balance(account));
                }
            }
        }
    }
}
