//! Purchases under way, as their rows will tell them. A purchase ends once; its row is complete
//! when its money has gone its way, which may be later.

use crate::endowments::Endowments;
use crate::observer::TransactionRow;
use crate::optimum::offer;
use compup2p_protocol::commodity::ResourceKind;
use compup2p_protocol::fact::{Acceptance, PurchaseEnd, PurchaseOutcome};
use compup2p_protocol::id::Addr;
use compup2p_protocol::ledger::{Payment, WHOLE};
use compup2p_protocol::market::Order;
use compup2p_protocol::pricing::{Report, Volume, marginal_cost, money};
use compup2p_protocol::rules::Rules;
use compup2p_protocol::time::{Span, Time};
use std::collections::BTreeMap;

/// Where the money of a purchase went.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Money {
    /// To seller and market owner; whether because of a receipt.
    Paid(Payment, bool),
    /// Back to the buyer.
    Returned,
}

/// A market owner named a seller.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Naming {
    /// The seller.
    pub seller: Addr,
    /// What it had bid, in ticks.
    pub bid: u32,
    /// What an honest market owner would have said then.
    pub truth: Report,
}

/// A purchase under way.
#[derive(Clone, Debug)]
struct Open {
    at: Time,
    buyer: Addr,
    order: Order,
    /// The sellers that were named, in order: a buyer that asks again may yet go to the first. If
    /// there is one, money may be put aside.
    named: Vec<Naming>,
    acceptance: Option<Acceptance>,
    /// Whether one sold, as far as it knows: it may be paid.
    is_sold: bool,
    money: Option<Money>,
    /// Of what goes on without its buyer's node: markets asked, and hops.
    alone: Option<(u8, u16)>,
    /// The least own cost of all who could have sold when it was asked for, in ticks.
    best_cost: Option<u32>,
}

/// A purchase that ended, and whose money is still put aside.
#[derive(Clone, Debug)]
struct Owed {
    row: TransactionRow,
    /// For how long it was bought.
    hold: Span,
    named: Vec<Naming>,
}

/// The purchases under way, and how many there were.
#[derive(Clone, Debug, Default)]
pub struct Purchases {
    open: BTreeMap<u32, Open>,
    /// Ended, with money still put aside.
    owed: BTreeMap<u32, Owed>,
    asked: u32,
    ended_twice: u64,
    held_until: Time,
}

impl Purchases {
    /// A user wants to buy: the purchase with the next number.
    /// `best_cost` is the least own cost of all who could sell it.
    pub fn ask(&mut self, at: Time, buyer: Addr, order: Order, best_cost: Option<u32>) {
        self.asked += 1;
        let (named, acceptance, is_sold, money) = (Vec::new(), None, false, None);
        let alone = None;
        let open = Open { at, buyer, order, named, acceptance, is_sold, money, alone, best_cost };
        self.open.insert(order.purchase, open);
    }

    /// A market owner named a seller.
    pub fn name(&mut self, purchase: u32, naming: Naming) {
        if let Some(open) = self.open.get_mut(&purchase) {
            open.named.push(naming);
        }
    }

    /// A seller sold. Its buyer may never hear of it.
    pub fn sell(&mut self, purchase: u32) {
        if let Some(open) = self.open.get_mut(&purchase) {
            open.is_sold = true;
        }
    }

    /// A seller accepted.
    pub fn accept(&mut self, acceptance: Acceptance) {
        if let Some(open) = self.open.get_mut(&acceptance.purchase) {
            open.acceptance = Some(acceptance);
        }
    }

    /// A purchase goes on though its buyer's node has stopped, and ends when its money goes its way.
    /// Says whether that has not gone yet.
    pub fn leave_open(&mut self, purchase: u32, effort: (u8, u16)) -> bool {
        let open = self.open.get_mut(&purchase).filter(|open| open.money.is_none());
        open.map(|open| open.alone = Some(effort)).is_some()
    }

    /// How a purchase ends that went on alone, if its money has gone.
    pub fn ends_alone(&self, purchase: u32) -> Option<PurchaseEnd> {
        let open = self.open.get(&purchase)?;
        let (attempts, hops) = open.alone?;
        let outcome = match open.money? {
            Money::Paid(payment, _) if payment.share < WHOLE => PurchaseOutcome::EndedEarly,
            Money::Paid(..) => PurchaseOutcome::Completed,
            Money::Returned => PurchaseOutcome::SellerFailed,
        };
        Some(PurchaseEnd { purchase, outcome, attempts, hops })
    }

    /// The bank let the money of a purchase go: its row, if the purchase had ended before.
    pub fn on_money(
        &mut self,
        purchase: u32,
        money: Money,
        endowments: &Endowments,
        rules: &Rules,
    ) -> Option<TransactionRow> {
        if let Some(open) = self.open.get_mut(&purchase) {
            open.money = Some(money);
            return None;
        }
        let mut owed = self.owed.remove(&purchase)?;
        if let Money::Paid(payment, _) = money
            && owed.row.seller.is_none()
        {
            owed.sold_unheard(&payment, endowments, rules);
        }
        pay(&mut owed.row, money);
        Some(owed.row)
    }

    /// A purchase ended: its row, and whether it is complete. Of one that is not, the money is
    /// still put aside, and [`Purchases::on_money`] gives the row.
    pub fn end(
        &mut self,
        end: PurchaseEnd,
        now: Time,
        endowments: &Endowments,
        rules: &Rules,
    ) -> Option<(TransactionRow, bool)> {
        let Some(open) = self.open.remove(&end.purchase) else {
            self.ended_twice += 1;
            return None;
        };
        self.held_until = self.held_until.max(now + open.order.hold);
        let mut row = row(&open, end, now, endowments, rules);
        // A seller may have sold, or be about to, and its buyer have stopped, or given it up, before
        // it heard that. It may be paid.
        let gave_up =
            matches!(end.outcome, PurchaseOutcome::BuyerFailed | PurchaseOutcome::SellerGone);
        let is_owed =
            open.acceptance.is_some() || open.is_sold || (!open.named.is_empty() && gave_up);
        let is_complete = !is_owed || open.money.is_some();
        match open.money {
            Some(money) => pay(&mut row, money),
            None if !is_complete => {
                let (row, hold, named) = (row.clone(), open.order.hold, open.named);
                self.owed.insert(end.purchase, Owed { row, hold, named });
            }
            None => {}
        }
        Some((row, is_complete))
    }

    /// The rows of purchases whose money is still put aside, in order.
    pub fn take_owed(&mut self) -> Vec<TransactionRow> {
        std::mem::take(&mut self.owed).into_values().map(|owed| owed.row).collect()
    }

    /// The purchases under way, by number.
    pub fn under_way(&self) -> Vec<u32> {
        self.open.keys().copied().collect()
    }

    /// How a purchase ends whose buyer stops: it may have been paid, and only the word of that not
    /// have come.
    pub fn outcome_of_buyer_gone(&self, purchase: u32) -> PurchaseOutcome {
        match self.open.get(&purchase).and_then(|open| open.money) {
            Some(Money::Paid(..)) => PurchaseOutcome::Completed,
            Some(Money::Returned) | None => PurchaseOutcome::BuyerFailed,
        }
    }

    /// Whether none is under way.
    pub fn are_over(&self) -> bool {
        self.open.is_empty()
    }

    /// What was paid for purchases whose rows are not complete yet, in micro-credits.
    pub fn paid_early(&self) -> u128 {
        let paid = |open: &Open| match open.money {
            Some(Money::Paid(payment, _)) => payment.seller_payoff.plus(payment.mo_payoff).0,
            Some(Money::Returned) | None => 0,
        };
        self.open.values().map(paid).map(u128::from).sum()
    }

    /// Of those under way, how many a seller has accepted, and after how long in all.
    pub fn accepted_under_way(&self) -> (u64, u128) {
        let accepted = self.open.values().filter_map(|open| open.acceptance);
        accepted.fold((0, 0), |(count, latency_ns), acceptance| {
            (count + 1, latency_ns + u128::from(acceptance.latency.0))
        })
    }

    /// How many were asked for.
    pub fn asked(&self) -> u32 {
        self.asked
    }

    /// When all that was bought by those that ended is over, at the latest: a seller does not know
    /// that its buyer has gone.
    pub fn held_until(&self) -> Time {
        self.held_until
    }

    /// Purchases that were reported to end and were not under way.
    pub fn ended_twice(&self) -> u64 {
        self.ended_twice
    }
}

fn pay(row: &mut TransactionRow, money: Money) {
    if let Money::Paid(payment, by_receipt) = money {
        row.seller_payoff = payment.seller_payoff.0;
        row.mo_payoff = payment.mo_payoff.0;
        row.total = row.seller_payoff + row.mo_payoff;
        row.by_receipt = by_receipt;
        row.share = payment.share;
    }
}

impl Owed {
    /// A seller is paid for a sale of which its buyer never heard.
    fn sold_unheard(&mut self, payment: &Payment, endowments: &Endowments, rules: &Rules) {
        let Self { row, hold, named } = self;
        let endowment = endowments.of(payment.seller.0 / rules.overlay.virtual_nodes);
        let cost = offer(&endowment, row.kind).cost;
        let volume = Volume::of(rules.rounded_up(row.kind, row.requested), *hold, rules);
        let worth = |ticks: u32| money(ticks, volume, rules).0;
        row.seller = Some(payment.seller);
        row.mo = Some(payment.mo);
        row.seller_cost = worth(cost);
        row.true_mc = worth(marginal_cost(cost, rules));
        row.seller_character = endowment.character;
        row.mo_behaviour = endowments.of(payment.mo.0 / rules.overlay.virtual_nodes).character.mo;
        let amount = rules.rounded_up(row.kind, row.requested);
        row.delivered = really(row.kind, amount, payment.seller, endowments, rules);
        if let Some(naming) = named.iter().rev().find(|naming| naming.seller == payment.seller) {
            row.bid = worth(naming.bid);
            row.least_bid = worth(naming.truth.least);
            row.other_bid = naming.truth.other.map(worth);
        }
    }
}

/// What an amount that is sold really is: compute power by the seller's real speed.
fn really(
    kind: ResourceKind,
    amount: u64,
    seller: Addr,
    endowments: &Endowments,
    rules: &Rules,
) -> u64 {
    let host = seller.0 / rules.overlay.virtual_nodes;
    match kind {
        ResourceKind::Cpu => (amount as f64 * endowments.speed(host)) as u64,
        ResourceKind::Storage => amount,
    }
}

/// The row of a purchase, before anything is paid.
fn row(
    open: &Open,
    end: PurchaseEnd,
    now: Time,
    endowments: &Endowments,
    rules: &Rules,
) -> TransactionRow {
    let Open { order, acceptance, .. } = *open;
    let host = |addr: Addr| addr.0 / rules.overlay.virtual_nodes;
    let character = |addr: Addr| endowments.of(host(addr)).character;
    let sold = acceptance.map(|sale| {
        let endowment = endowments.of(host(sale.seller));
        (sale, endowment.character, offer(&endowment, order.kind).cost)
    });
    let named = |sale: Acceptance| open.named.iter().rev().find(|n| n.seller == sale.seller);
    let (bid, truth) =
        acceptance.and_then(named).map_or_else(Default::default, |n| (n.bid, n.truth));
    let wanted = rules.rounded_up(order.kind, order.amount);
    let volume = Volume::of(wanted, order.hold, rules);
    let worth = |ticks: u32| money(ticks, volume, rules).0;
    let of_sale = |ticks: u32| sold.map_or(0, |_| worth(ticks));
    let report = acceptance.map(|sale| sale.report).unwrap_or_default();
    let cost = sold.map_or(0, |(_, _, cost)| cost);
    let delivered = acceptance
        .map_or(0, |sale| really(order.kind, sale.amount, sale.seller, endowments, rules));
    TransactionRow {
        purchase: u64::from(end.purchase),
        at: open.at,
        ended: now,
        buyer: open.buyer,
        seller: acceptance.map(|sale| sale.seller),
        mo: acceptance.map(|sale| sale.mo),
        commodity: acceptance.map(|sale| sale.commodity),
        kind: order.kind,
        requested: order.amount,
        delivered,
        attempts: u32::from(end.attempts),
        hops: u32::from(end.hops),
        latency: acceptance.map(|sale| sale.latency),
        budget: worth(order.budget),
        best_gain: open.best_cost.map_or(0, |cost| worth(order.budget.saturating_sub(cost))),
        seller_cost: of_sale(cost),
        true_mc: of_sale(marginal_cost(cost, rules)),
        bid: of_sale(bid),
        least_bid: of_sale(truth.least),
        other_bid: truth.other.filter(|_| sold.is_some()).map(worth),
        reported_mc: of_sale(report.least),
        reported_other: report.other.map(worth),
        seller_payoff: 0,
        mo_payoff: 0,
        total: 0,
        by_receipt: false,
        share: 0,
        seller_character: sold.map(|(_, character, _)| character).unwrap_or_default(),
        mo_behaviour: acceptance.map(|sale| character(sale.mo).mo).unwrap_or_default(),
        buyer_behaviour: character(open.buyer).buyer,
        outcome: end.outcome,
    }
}

/// A purchase that did not end by itself.
pub fn cut_off(purchase: u32, outcome: PurchaseOutcome) -> PurchaseEnd {
    PurchaseEnd { purchase, outcome, attempts: 0, hops: 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Chance;
    use crate::scenario::Scenario;
    use crate::simulation::tests::rules;
    use compup2p_protocol::commodity::Platforms;
    use compup2p_protocol::credit::Credits;
    use compup2p_protocol::id::Id;

    const PAYMENT: Payment = Payment {
        purchase: 0,
        buyer: Addr(0),
        seller: Addr(1),
        mo: Addr(2),
        seller_payoff: Credits::whole(29),
        mo_payoff: Credits::whole(1),
        share: compup2p_protocol::ledger::WHOLE,
    };

    /// A purchase that is named a seller, who sells or not, and ends: whether its row is complete.
    fn ended(purchases: &mut Purchases, outcome: PurchaseOutcome, is_sold: bool) -> bool {
        let order = Order {
            service: None,
            purchase: 0,
            kind: ResourceKind::Cpu,
            amount: 1,
            budget: 50,
            hold: Span::secs(1),
            platforms: Platforms::ANY,
        };
        purchases.ask(Time::ZERO, Addr(0), order, None);
        let (seller, truth) = (Addr(1), Report::default());
        purchases.name(0, Naming { seller, bid: 20, truth });
        if is_sold {
            purchases.sell(0);
        }
        let (endowments, rules) = around();
        let ended = purchases.end(cut_off(0, outcome), Time::ZERO, &endowments, &rules);
        ended.unwrap().1
    }

    fn around() -> (Endowments, Rules) {
        (Endowments::new(&Scenario::default(), Chance::new(1)), rules(vec![Id(0); 3]))
    }

    #[test]
    fn a_sale_of_which_its_buyer_never_heard_is_in_the_row_when_it_is_paid() {
        use PurchaseOutcome as O;
        for (outcome, is_sold) in [(O::BuyerFailed, false), (O::BankUnreachable, true)] {
            let mut purchases = Purchases::default();
            assert!(!ended(&mut purchases, outcome, is_sold));
            let (endowments, rules) = around();
            let money = Money::Paid(PAYMENT, true);
            let row = purchases.on_money(0, money, &endowments, &rules).unwrap();
            assert_eq!((row.seller, row.total), (Some(Addr(1)), 30_000_000));
            let cost = offer(&endowments.of(1), ResourceKind::Cpu).cost;
            assert_eq!(row.seller_cost, Credits::whole(cost).0);
            let whole = rules.rounded_up(ResourceKind::Cpu, 1);
            assert_eq!(
                row.delivered,
                really(ResourceKind::Cpu, whole, Addr(1), &endowments, &rules)
            );
            assert!(row.delivered > 0 && row.latency.is_none());
            assert_eq!(row.mo_behaviour, endowments.of(2).character.mo);
        }
        // Nobody sold, and nobody will: there is nothing to wait for.
        assert!(ended(&mut Purchases::default(), O::NoSeller, false));
    }
}
