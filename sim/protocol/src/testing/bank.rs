//! One purchase, disturbed in one way at one moment, for every 25 ms of its life: whatever happens,
//! the money goes where it is due. What is due is told from what was sold, and for how long, not
//! from what buyer, seller or bank believe.

use super::{LATENCY, Town};
use crate::behaviour::{BuyerBehaviour, Character};
use crate::commodity::{Platforms, ResourceKind};
use crate::credit::Credits;
use crate::fact::{Acceptance, Fact, PurchaseOutcome};
use crate::id::{Addr, Id};
use crate::ledger::Payment;
use crate::market::{Endowment, Offer, Order};
use crate::time::{Span, Time};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

const BUYER: Addr = Addr(7);
const NODES: u32 = 8;
const HOLD: Span = Span::secs(3);
const RESERVATION: Span = Span::secs(90);
/// Moments are so far apart.
const STEP: Span = Span::millis(25);
/// From the order until some seconds after the end.
const MOMENTS: u32 = 400;
/// All that a seller or a buyer repeats is over after this, and what is put aside expires.
const DRAIN: Span = Span::secs(240);
/// How long after the end of a sale its seller shows the bank a receipt.
const SHOWN_AFTER: [Span; 3] = [Span::ZERO, Span::millis(500), Span::secs(1)];
/// How long after it a buyer that was told without a receipt asks for its money back.
const DISPUTED_AFTER: [Span; 3] = [Span::millis(1550), Span::millis(2050), Span::millis(2550)];

/// What happens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Trouble {
    Nothing,
    Crash(Role),
    Leave(Role),
    /// The AdminServer is down.
    AdminDown(Span),
    /// Every message is lost.
    Loss(Span),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Role {
    Buyer,
    Seller,
    Owner,
}

const TROUBLES: [Trouble; 11] = [
    Trouble::Nothing,
    Trouble::Crash(Role::Buyer),
    Trouble::Leave(Role::Buyer),
    Trouble::Crash(Role::Seller),
    Trouble::Leave(Role::Seller),
    Trouble::Crash(Role::Owner),
    Trouble::AdminDown(Span::secs(1)),
    Trouble::AdminDown(Span::secs(20)),
    // Longer than receipts are shown, payments asked for, and the reservation lasts.
    Trouble::AdminDown(Span::secs(1500)),
    Trouble::Loss(Span::secs(1)),
    Trouble::Loss(Span::secs(5)),
];

/// A town with two sellers of either kind, and a buyer.
fn town(behaviour: BuyerBehaviour) -> Town {
    let offer = |capacity, cost| Offer { capacity, cost };
    let endowment = |n: u32| {
        let character = Character { buyer: behaviour, ..Character::default() };
        let (cpu, storage) = match n {
            0 => (offer(320, 10), offer(320, 10)),
            1 => (offer(330, 20), offer(330, 20)),
            _ => (Offer::default(), Offer::default()),
        };
        (n < 2 || n == BUYER.0).then_some(Endowment {
            cpu,
            storage,
            character,
            ..Endowment::default()
        })
    };
    let nodes: Vec<_> = (0..NODES).map(|n| (Id::of_addr(Addr(n), 0, 64), endowment(n))).collect();
    let mut town = Town::new(&nodes, 1, |rules| {
        rules.market.width = 50;
        rules.market.storage_width = 50;
        rules.market.value_bits = 10;
        rules.admin.keepalive = Span::secs(30);
        rules.admin.reservation = RESERVATION;
    });
    town.run(Span::secs(150));
    town
}

/// A case, after all is over.
struct Case {
    town: Town,
    kind: ResourceKind,
    behaviour: BuyerBehaviour,
    trouble: Trouble,
    /// When it struck.
    at: Time,
    /// What accounts held before.
    before: Vec<Credits>,
}

/// A sale, as far as facts tell.
#[derive(Clone, Copy, Debug)]
struct Sold {
    seller: Addr,
    at: Time,
    /// When what was sold was free again.
    freed: Option<Time>,
}

impl Sold {
    fn is_whole(&self) -> bool {
        self.freed.is_some_and(|freed| freed.since(self.at) == HOLD)
    }
}

impl Case {
    fn facts(&self) -> impl Iterator<Item = (Time, Addr, &Fact)> {
        let noted = self.town.noted.iter().zip(&self.town.facts);
        noted.map(|(&at, (addr, fact))| (at, *addr, fact))
    }

    fn sales(&self) -> Vec<Sold> {
        let mut sales = Vec::new();
        for (now, who, fact) in self.facts() {
            match fact {
                Fact::Sold { .. } => sales.push(Sold { seller: who, at: now, freed: None }),
                Fact::Freed { .. } => {
                    let is_it = |sold: &&mut Sold| sold.seller == who && sold.freed.is_none();
                    sales.iter_mut().find(is_it).expect("it was sold").freed = Some(now);
                }
                _ => {}
            }
        }
        sales
    }

    fn accepted(&self) -> Option<Acceptance> {
        let mut all = self.facts().filter_map(|(.., fact)| match fact {
            Fact::PurchaseAccepted(acceptance) => Some(*acceptance),
            _ => None,
        });
        let accepted = all.next();
        assert!(all.next().is_none(), "a buyer accepts once");
        accepted
    }

    /// What the bank paid, and how often it returned something.
    fn money(&self) -> (Vec<Payment>, usize) {
        let paid = self.facts().filter_map(|(.., fact)| match fact {
            Fact::Paid { payment, .. } => Some(*payment),
            _ => None,
        });
        (paid.collect(), self.town.count(|fact| matches!(fact, Fact::Returned { .. })))
    }

    fn is(&self, trouble: Trouble) -> bool {
        self.trouble == trouble
    }

    /// Whether a message that is sent to the bank then is read by it.
    fn reaches_bank(&self, sent: Time) -> bool {
        let during = |span: Span, then: Time| self.at <= then && then < self.at + span;
        match self.trouble {
            Trouble::AdminDown(span) => !during(span, sent + LATENCY),
            Trouble::Loss(span) => !during(span, sent),
            Trouble::Nothing | Trouble::Crash(_) | Trouble::Leave(_) => true,
        }
    }

    /// Whether the seller showed a receipt that came before it told anybody: then no buyer has a
    /// say.
    fn is_shown(&self, freed: Time) -> bool {
        let is_there = |after: Span| {
            let sent = freed + after;
            let is_gone = match self.trouble {
                Trouble::Crash(Role::Seller) | Trouble::Leave(Role::Seller) => self.at < sent,
                _ => false,
            };
            !is_gone && self.reaches_bank(sent)
        };
        SHOWN_AFTER.into_iter().any(is_there)
    }

    /// The share of its payoff that is due to the seller, in parts of one; `None` where buyer or
    /// bank may decide either way.
    fn due(&self, sold: &Sold, acceptance: Option<Acceptance>) -> Option<f64> {
        let is_buyers = acceptance.is_some_and(|accepted| accepted.seller == sold.seller);
        let buyer_crashed = self.is(Trouble::Crash(Role::Buyer));
        let is_long = matches!(self.trouble, Trouble::AdminDown(span) if span > RESERVATION);
        if let Some(freed) = sold.freed
            && sold.is_whole()
        {
            // A buyer that could not hear its seller gave it up: what that delivered is nobody's.
            if !is_buyers && !buyer_crashed {
                return None;
            }
            // The word of its leaving and the end of the sale cross each other on their ways.
            let crosses = self.at <= freed && freed <= self.at + LATENCY;
            if crosses && self.is(Trouble::Leave(Role::Buyer)) && self.kind == ResourceKind::Cpu {
                return None;
            }
            if self.is_shown(freed) {
                return Some(1.0);
            }
            // Shown again after half a minute, if the buyer has not got its money back by then. An
            // honest one pays as soon as the bank hears it.
            let may_deny = match (self.behaviour, self.trouble) {
                (BuyerBehaviour::Honest, _) => false,
                (BuyerBehaviour::Denying, Trouble::AdminDown(_)) => {
                    DISPUTED_AFTER.into_iter().any(|after| self.reaches_bank(freed + after))
                }
                (BuyerBehaviour::Denying, _) => true,
            };
            return (!may_deny && !is_long).then_some(1.0);
        }
        if self.kind == ResourceKind::Cpu {
            return Some(0.0);
        }
        let share = |end: Time| end.since(sold.at).as_secs() / HOLD.as_secs();
        match (self.trouble, sold.freed) {
            // Given back by a buyer that had it.
            (Trouble::Leave(Role::Buyer), Some(freed)) if is_buyers => Some(share(freed)),
            (Trouble::Leave(Role::Seller), None) if is_buyers => Some(share(self.at)),
            _ => Some(0.0),
        }
    }

    /// What is wrong with how it ended.
    fn wrong(&self) -> Option<String> {
        let town = &self.town;
        let (ledger, sales, accepted) = (town.admin.ledger(), self.sales(), self.accepted());
        let (paid, returned) = self.money();
        if ledger.escrow() != Credits::ZERO {
            return Some(format!("{} are put aside", ledger.escrow()));
        }
        for node in town.nodes.iter().flatten() {
            if !node.market().buyer().purchases().is_empty() {
                return Some("the purchase goes on for ever".into());
            }
            if node.market().seller().stalls().any(|stall| stall.sold() > 0) {
                return Some("something is sold for ever".into());
            }
        }
        let outcome = town.outcome(0);
        if outcome.is_none() && !self.is(Trouble::Crash(Role::Buyer)) {
            return Some("it did not end".into());
        }
        if paid.len() + returned > 1 {
            return Some(format!("{paid:?}, and {returned} times returned"));
        }
        let payment = paid.first();
        if let Some(wrong) = self.wrong_accounts(payment) {
            return Some(wrong);
        }
        if outcome == Some(PurchaseOutcome::Completed)
            && !payment.is_some_and(|p| sales.iter().any(|s| s.seller == p.seller && s.is_whole()))
        {
            return Some("it is completed, and nobody was paid for all of it".into());
        }
        if let Some(p) = payment
            && !sales.iter().any(|sold| sold.seller == p.seller)
        {
            return Some(format!("{p:?}, who sold nothing"));
        }
        sales.iter().find_map(|sold| {
            let due = self.due(sold, accepted)?;
            let got = payment.filter(|payment| payment.seller == sold.seller);
            let agreed = accepted.filter(|accepted| accepted.seller == sold.seller);
            let is_right = match (got, agreed) {
                (None, _) => due == 0.0,
                // Of a sale of which its buyer never heard we know no price.
                (Some(got), None) => due > 0.0 && got.seller_payoff > Credits::ZERO,
                (Some(got), Some(agreed)) => {
                    let whole = agreed.seller_payoff.0 as f64;
                    let off = got.seller_payoff.0 as f64 - whole * due;
                    // Shares are whole millionths, money whole micro-credits.
                    off.abs() <= 1.0 + whole / 1e6
                        && got.mo == agreed.mo
                        && (got.mo_payoff == agreed.mo_payoff || got.seller_payoff.0 == 0)
                }
            };
            (!is_right).then(|| format!("{due} of {sold:?} is due, {agreed:?}; it got {got:?}"))
        })
    }

    /// What accounts hold is what they held and what was paid, to the last micro-credit.
    fn wrong_accounts(&self, payment: Option<&Payment>) -> Option<String> {
        (0..NODES).map(Addr).find_map(|addr| {
            let mut expected = self.before[addr.0 as usize].0;
            if let Some(payment) = payment {
                let Payment { seller, mo, seller_payoff, mo_payoff, .. } = *payment;
                expected += if seller == addr { seller_payoff.0 } else { 0 };
                expected += if mo == addr { mo_payoff.0 } else { 0 };
                expected -= if BUYER == addr { seller_payoff.plus(mo_payoff).0 } else { 0 };
            }
            let holds = self.town.balance(addr).0;
            (holds != expected).then(|| format!("{addr:?} holds {holds}, not {expected}"))
        })
    }
}

/// Strikes, and lets all come to an end.
fn strike(mut town: Town, owner: Addr, trouble: Trouble) -> Town {
    let who = |role: Role| match role {
        Role::Buyer => BUYER,
        Role::Seller => Addr(0),
        Role::Owner => owner,
    };
    match trouble {
        Trouble::Nothing => {}
        Trouble::Crash(role) => town.crash(who(role)),
        Trouble::Leave(role) => town.leave(who(role)),
        Trouble::AdminDown(span) => {
            town.is_admin_down = true;
            town.run(span);
            town.is_admin_down = false;
        }
        Trouble::Loss(span) => {
            town.loss = 1000;
            town.run(span);
            town.loss = 0;
        }
    }
    town.run(DRAIN);
    town
}

/// Who owns the market from which a buyer of 300 is served.
fn owner(town: &Town, kind: ResourceKind) -> Addr {
    let owns = |n: &u32| {
        let node = town.nodes[*n as usize].as_ref();
        node.is_some_and(|node| {
            node.market().markets().iter().any(|m| m.commodity().kind() == kind)
        })
    };
    let owner = (0..NODES).find(owns).map(Addr).expect("a market stands");
    assert!(owner.0 > 1 && owner != BUYER, "the owner of {kind:?} is another, not {owner:?}");
    owner
}

/// What came of all moments and troubles.
#[derive(Default, Debug)]
struct Count {
    cases: u32,
    paid: u32,
    in_part: u32,
    unpaid: u32,
    by_receipt: u32,
    /// Sold, and either way is right.
    undecided: u32,
}

fn all_moments(kind: ResourceKind, behaviour: BuyerBehaviour) -> Count {
    let mut town = town(behaviour);
    let before: Vec<Credits> = (0..NODES).map(|n| town.balance(Addr(n))).collect();
    let owner = owner(&town, kind);
    town.facts.clear();
    town.noted.clear();
    town.order(
        BUYER,
        Order {
            purchase: 0,
            kind,
            amount: 300,
            budget: 200,
            hold: HOLD,
            platforms: Platforms::ANY,
            service: None,
        },
    );
    let mut count = Count::default();
    let mut failures = Vec::new();
    for _ in 0..MOMENTS {
        for trouble in TROUBLES {
            let (at, before) = (town.now, before.clone());
            let over = strike(town.clone(), owner, trouble);
            let case = Case { town: over, kind, behaviour, trouble, at, before };
            if let Some(wrong) = case.wrong() {
                failures.push(format!(
                    "{kind:?}, {behaviour:?}, {trouble:?} at {:.3} s: {wrong}, {:?}",
                    at.as_secs(),
                    case.town.outcome(0)
                ));
            }
            let (paid, _) = case.money();
            let whole = case.accepted().map(|accepted| accepted.seller_payoff);
            count.cases += 1;
            match paid.first() {
                Some(got) if whole.is_none_or(|whole| got.seller_payoff == whole) => {
                    count.paid += 1
                }
                Some(_) => count.in_part += 1,
                None => count.unpaid += 1,
            }
            let by_receipt = |fact: &Fact| matches!(fact, Fact::Paid { by_receipt: true, .. });
            let either = |sold: &Sold| case.due(sold, case.accepted()).is_none();
            count.undecided += u32::from(case.sales().iter().any(either));
            count.by_receipt += case.town.count(by_receipt) as u32;
        }
        town.run(STEP);
    }
    std::println!("{kind:?}, {behaviour:?}: {count:?}");
    assert!(
        failures.is_empty(),
        "{} of {}:\n{}",
        failures.len(),
        count.cases,
        failures.iter().take(30).map(|f| format!("{f}\n")).collect::<String>()
    );
    count
}

#[test]
fn whatever_happens_to_a_purchase_at_whatever_moment_the_money_goes_where_it_is_due() {
    let mut cases = 0;
    for kind in [ResourceKind::Cpu, ResourceKind::Storage] {
        for behaviour in [BuyerBehaviour::Honest, BuyerBehaviour::Denying] {
            let count = all_moments(kind, behaviour);
            cases += count.cases;
            assert!(count.paid > 3000 && count.unpaid > 300 && count.undecided < 400, "{count:?}");
            assert_eq!(count.in_part > 0, kind == ResourceKind::Storage, "{count:?}");
            assert!(count.by_receipt > 100, "{count:?}");
        }
    }
    assert_eq!(cases, 4 * MOMENTS * TROUBLES.len() as u32);
}
