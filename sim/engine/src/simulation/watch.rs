//! What nodes report becomes tallies and rows.

use super::Simulation;
use crate::chance::unit;
use crate::observer::{
    ActivityRow, LookupRow, Observer, PurchaseOutcome, SampleRow, Stop, TaskOutcome, TransactionRow,
};
use crate::population::Doing;
use crate::purchases::{Money, Naming, cut_off};
use crate::scenario::Rows;
use crate::trade::Supply;
use crate::witness::{Cause, Seen, Sight};
use compup2p_protocol::commodity::{KINDS, ResourceKind};
use compup2p_protocol::fact::{Fact, LookupEnd, LookupPurpose, PurchaseEnd, Ring};
use compup2p_protocol::id::Addr;
use compup2p_protocol::mixing::mixed;
use compup2p_protocol::overlay::peer::Member;
use compup2p_protocol::time::Time;

impl Simulation {
    /// Looks at what the node at `addr` just reported.
    pub(super) fn look(&mut self, addr: Addr, observer: &mut dyn Observer) -> Result<(), Stop> {
        if self.around.witness.is_some() {
            return self.look_and_show(addr, observer);
        }
        if self.around.facts.is_empty() {
            return Ok(());
        }
        let mut facts = std::mem::take(&mut self.around.facts);
        for &fact in &facts {
            self.on_fact(addr, fact, observer)?;
        }
        facts.clear();
        self.around.facts = facts;
        Ok(())
    }

    /// The same, with what nodes read and sent shown in between.
    #[cold]
    #[inline(never)]
    fn look_and_show(&mut self, addr: Addr, observer: &mut dyn Observer) -> Result<(), Stop> {
        let sights = self.around.witness.as_mut().map(|witness| witness.take()).unwrap_or_default();
        let is_step = |(_, sight): &(usize, Sight)| !matches!(sight.seen, Seen::Sent(_));
        // What comes before the last step is of nodes that reported nothing.
        let last = sights.iter().rposition(is_step).map_or(0, |place| place + 1);
        let (before, mut since) = sights.split_at(last);
        for (_, sight) in before {
            observer.sight(sight)?;
        }
        for (nth, fact) in std::mem::take(&mut self.around.facts).into_iter().enumerate() {
            while let Some(((facts, sight), rest)) = since.split_first()
                && *facts <= nth
            {
                observer.sight(sight)?;
                since = rest;
            }
            self.on_fact(addr, fact, observer)?;
        }
        since.iter().try_for_each(|(_, sight)| observer.sight(sight))
    }

    /// Takes note, for an observer, of why the node at `addr` does something.
    pub(super) fn witness(&mut self, addr: Addr, cause: impl FnOnce() -> Cause) {
        if let Some(witness) = &mut self.around.witness {
            witness.begins(self.around.now, addr, cause());
        }
    }

    fn on_fact(&mut self, addr: Addr, fact: Fact, observer: &mut dyn Observer) -> Result<(), Stop> {
        observer.fact(self.around.now, addr, &fact);
        self.tally.facts[fact.kind()] += 1;
        self.tally.trade.on_fact(&fact);
        self.on_data(&fact);
        let row = self.tasks.on_fact(&fact, self.around.now);
        self.show_task(row, observer)?;
        let member = |commodity| Member { host: addr, commodity };
        match fact {
            Fact::Lookup(end) => return self.on_lookup_end(addr, end, observer),
            Fact::Joined => {
                self.oracle.enter(addr);
                self.disturb(Ring::Base);
            }
            Fact::JoinFailed => self.tally.joins_failed += 1,
            Fact::SuccessorsLost(ring) => self.tally.successors_lost[ring as usize] += 1,
            Fact::HopsExhausted(_) => self.tally.hops_exhausted += 1,
            Fact::MarketOpened(commodity) => {
                self.markets.enter(member(commodity), &self.rules);
                self.disturb(Ring::Processor);
            }
            Fact::MarketClosed(commodity) => {
                self.markets.exit(member(commodity), &self.rules);
                self.disturb(Ring::Processor);
                // A market may close when the overlay says whose it is: no market's message.
                let load = self.nodes[addr.0 as usize].load(&self.rules);
                self.tally.loads.set(addr, load);
            }
            Fact::RequestServed { .. } => self.tally.loads.on_request(addr),
            Fact::Sold { purchase, .. } => self.purchases.sell(purchase),
            Fact::Offers { kind, now, .. } => {
                if let Some(optimum) = &mut self.optima[kind as usize] {
                    optimum.offer(self.around.host(addr), now);
                }
            }
            Fact::Named { purchase, seller, bid, truth } => {
                self.purchases.name(purchase, Naming { seller, bid, truth });
            }
            Fact::PurchaseAccepted(acceptance) => {
                let host = self.around.host(acceptance.seller);
                let is_cpu = acceptance.commodity.kind() == ResourceKind::Cpu;
                let speed = |amount: u64| (amount as f64 * self.endowments.speed(host)) as u64;
                let rate = is_cpu.then(|| speed(acceptance.amount));
                self.tasks.accept(&acceptance, rate, self.around.now);
                self.purchases.accept(acceptance);
            }
            Fact::Ordered(order) => {
                self.tasks.order(&order);
                self.ask(addr, order);
            }
            Fact::Paid { payment, by_receipt } => {
                self.tally.incomes.on_payment(&payment);
                let money = Money::Paid(payment, by_receipt);
                return self.on_money(payment.purchase, money, observer);
            }
            Fact::Returned { purchase } => {
                return self.on_money(purchase, Money::Returned, observer);
            }
            Fact::PurchaseEnded(end) => return self.on_purchase_end(end, observer),
            Fact::Listed { .. }
            | Fact::Delisted(_)
            | Fact::Purged { .. }
            | Fact::HandedOver { .. }
            | Fact::StaleSellerPinged(_)
            | Fact::LateListingUsed(_)
            | Fact::SaleRefused { .. }
            | Fact::Freed { .. }
            | Fact::TaskReady { .. }
            | Fact::RunStarted { .. }
            | Fact::RunEnded { .. }
            | Fact::Checkpointed { .. }
            | Fact::Suspended { .. }
            | Fact::Resumed { .. }
            | Fact::ReplicaFailed { .. }
            | Fact::WrongResult { .. }
            | Fact::TaskEnded(_)
            | Fact::JobEnded { .. }
            | Fact::Notified { .. }
            | Fact::Progressed { .. }
            | Fact::BackedUp { .. }
            | Fact::CopyStored { .. }
            | Fact::CopyLost { .. }
            | Fact::RepairBegan { .. }
            | Fact::CopyRepaired { .. }
            | Fact::Restored { .. }
            | Fact::RestoreFailed { .. }
            | Fact::BackupFailed { .. }
            | Fact::Downloaded { .. }
            | Fact::DownloadFailed { .. }
            | Fact::FileGot { .. } => {}
        }
        Ok(())
    }

    fn on_lookup_end(
        &mut self,
        addr: Addr,
        end: LookupEnd,
        observer: &mut dyn Observer,
    ) -> Result<(), Stop> {
        let correct = match end.ring {
            Ring::Base => end.owner.is_some() && end.owner == self.oracle.owner(end.key),
            Ring::Processor => end.owner.is_some() && end.owner == self.markets.owner(end.key),
        };
        self.tally.on_lookup(&end, correct);
        if !correct {
            self.on_wrong_lookup(addr, end);
        }
        // The processor overlay's hops follow another law; they have metrics of their own.
        if end.ring == Ring::Processor || !is_shown(end.purpose) {
            return Ok(());
        }
        let lookup = self.tally.lookups_shown;
        self.tally.lookups_shown += 1;
        if self.around.now < self.warmup.until {
            return Ok(());
        }
        if !keeps(self.trial.scenario.record.lookups, self.trial.seed, lookup) {
            return Ok(());
        }
        observer.lookup(&LookupRow { lookup, at: self.around.now, node: addr, end, correct })
    }

    /// A lookup failed, or found another than the owner. After so long a quiet there is no excuse
    /// but its own: that an answer came late. Who looks itself up is not told of itself.
    fn on_wrong_lookup(&mut self, addr: Addr, end: LookupEnd) {
        let own = matches!(end.purpose, LookupPurpose::Join | LookupPurpose::Rejoin);
        let began = Time(self.around.now.0 - end.took.0);
        if !own && end.timeouts == 0 && self.quiet.has_healed(end.ring, began, self) {
            self.quiet.wrong.get_or_insert((addr, end));
        }
    }

    /// Something happened that a ring has to recover from.
    pub(super) fn disturb(&mut self, ring: Ring) {
        self.quiet.disturb(ring, self.around.now, &self.around.traffic);
    }

    /// A purchase ended: its row.
    pub(super) fn on_purchase_end(
        &mut self,
        end: PurchaseEnd,
        observer: &mut dyn Observer,
    ) -> Result<(), Stop> {
        let Self { purchases, endowments, rules, around, .. } = self;
        let ended = purchases.end(end, around.now, endowments, rules);
        let Some((row, is_complete)) = ended else { return Ok(()) };
        self.tally.trade.on_end(&row);
        match is_complete {
            true => self.show_transaction(&row, observer),
            false => Ok(()),
        }
    }

    /// The bank let the money of a purchase go.
    fn on_money(
        &mut self,
        purchase: u32,
        money: Money,
        observer: &mut dyn Observer,
    ) -> Result<(), Stop> {
        let Self { purchases, endowments, rules, .. } = self;
        match purchases.on_money(purchase, money, endowments, rules) {
            Some(row) => self.show_transaction(&row, observer),
            None => match self.purchases.ends_alone(purchase) {
                Some(end) => self.on_purchase_end(end, observer),
                None => Ok(()),
            },
        }
    }

    fn show_transaction(
        &mut self,
        row: &TransactionRow,
        observer: &mut dyn Observer,
    ) -> Result<(), Stop> {
        self.tally.trade.on_money(row);
        self.tally.profits.on_money(row);
        self.warmup.on_money(row);
        let task = self.tasks.on_transaction(row, self.around.now);
        self.show_task(task, observer)?;
        self.write_transaction(row, observer)
    }

    fn write_transaction(
        &mut self,
        row: &TransactionRow,
        observer: &mut dyn Observer,
    ) -> Result<(), Stop> {
        let keep = self.trial.scenario.record.transactions;
        if row.ended < self.warmup.until || !keeps(keep, self.trial.seed, row.purchase) {
            return Ok(());
        }
        observer.transaction(row)
    }

    /// A row of the time series is due.
    pub(super) fn on_sample(&mut self, observer: &mut dyn Observer) -> Result<(), Stop> {
        let now = self.around.now;
        self.post(now + self.trial.scenario.record.timeseries, Doing::Sample);
        let trade = &mut self.tally.trade;
        trade.supplies.iter_mut().for_each(Supply::sample);
        trade.markets_sampled += self.markets.len() as u64;
        trade.doubled_sampled += self.markets.doubled() as u64;
        self.judge();
        let mut row = self.sample();
        row.backups_available = self.look_at_backups();
        observer.sample(&row)?;
        for (node, events) in self.activity.take() {
            observer.activity(&ActivityRow { at: now, node, events })?;
        }
        Ok(())
    }

    fn sample(&mut self) -> SampleRow {
        let since = self.tally.since_sample();
        let [cpu, storage] = KINDS.map(|kind| *self.tally.trade.supply(kind));
        SampleRow {
            at: self.around.now,
            live_nodes: self.population.up(),
            joins: since.moves.joins,
            leaves: since.moves.leaves,
            crashes: since.moves.crashes,
            lookups: since.lookups,
            listings: self.tally.loads.listings(),
            markets: self.tally.loads.markets(),
            busy_nodes: self.tally.trade.busy,
            utilisation: cpu.utilisation(),
            offered: cpu.share_offered(),
            storage_utilisation: storage.utilisation(),
            lookups_correct: since.lookups_correct,
            purchases: since.purchases,
            purchases_completed: since.purchases_completed,
            tasks_under_way: self.tasks.under_way(),
            tasks_completed: self.tasks.sums.with(TaskOutcome::Completed),
            backups_available: 0,
        }
    }

    /// The run is over: what is still under way is so for ever.
    pub(super) fn close(&mut self, observer: &mut dyn Observer) -> Result<(), Stop> {
        for purchase in self.purchases.under_way() {
            let end = cut_off(purchase, PurchaseOutcome::Unfinished);
            self.on_purchase_end(end, observer)?;
        }
        // What is still put aside may yet go either way: nobody has gained or lost it.
        for row in self.purchases.take_owed() {
            self.tally.trade.on_undecided(&row);
            self.tally.profits.on_undecided(&row);
            self.warmup.on_undecided(&row);
            self.write_transaction(&row, observer)?;
        }
        self.cut_off_runs();
        for row in self.tasks.close(self.around.now) {
            self.show_task(Some(row), observer)?;
        }
        self.judge();
        self.show_standing(observer)
    }
}

/// Whether lookups of this purpose get rows: those that someone outside the ring's upkeep wanted.
fn is_shown(purpose: LookupPurpose) -> bool {
    match purpose {
        LookupPurpose::Key | LookupPurpose::List | LookupPurpose::Buy | LookupPurpose::File => true,
        LookupPurpose::Finger
        | LookupPurpose::Join
        | LookupPurpose::Rejoin
        | LookupPurpose::Claim => false,
    }
}

/// Whether row `number` is kept: a share of them by a hash of seed and number, no one's draw.
pub(super) fn keeps(rows: Rows, seed: u64, number: u64) -> bool {
    match rows {
        Rows::All => true,
        Rows::Off => false,
        Rows::Share(share) => unit(mixed(seed ^ mixed(number))) < share,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_the_rows_is_that_share_for_every_seed() {
        for (seed, share) in [(1, 0.1), (2, 0.5), (3, 0.01)] {
            let kept = (0..100_000).filter(|&n| keeps(Rows::Share(share), seed, n)).count();
            let (expected, sd) = (1e5 * share, (1e5 * share * (1.0 - share)).sqrt());
            assert!((kept as f64 - expected).abs() < 4.0 * sd, "{kept} of {expected}");
        }
        let of_seed = |seed| move |&n: &u64| keeps(Rows::Share(0.1), seed, n);
        let (one, two): (Vec<u64>, Vec<u64>) =
            ((0..1000).filter(of_seed(1)).collect(), (0..1000).filter(of_seed(2)).collect());
        assert_ne!(one, two);
    }
}
