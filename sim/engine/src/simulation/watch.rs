//! What nodes report becomes tallies and rows.

use super::Simulation;
use crate::chance::unit;
use crate::observer::{LookupRow, Observer, SampleRow, Stop};
use crate::population::Doing;
use crate::scenario::Rows;
use compup2p_protocol::fact::{Fact, LookupEnd, LookupPurpose, Ring};
use compup2p_protocol::id::Addr;

impl Simulation {
    /// Looks at what the node at `addr` just reported.
    pub(super) fn look(&mut self, addr: Addr, observer: &mut dyn Observer) -> Result<(), Stop> {
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

    fn on_fact(&mut self, addr: Addr, fact: Fact, observer: &mut dyn Observer) -> Result<(), Stop> {
        match fact {
            Fact::Lookup(end) => return self.on_lookup_end(addr, end, observer),
            Fact::Joined => self.oracle.enter(addr),
            Fact::JoinFailed => self.tally.joins_failed += 1,
            Fact::SuccessorsLost(_) => self.tally.successors_lost += 1,
            Fact::HopsExhausted(_) => self.tally.hops_exhausted += 1,
            Fact::MarketOpened(_) | Fact::MarketClosed(_) => {}
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
            Ring::Processor => end.owner.is_some(),
        };
        self.tally.on_lookup(&end, correct);
        if !is_shown(end.purpose) {
            return Ok(());
        }
        let lookup = self.tally.lookups_shown;
        self.tally.lookups_shown += 1;
        if !keeps(self.trial.scenario.record.lookups, lookup) {
            return Ok(());
        }
        observer.lookup(&LookupRow { lookup, at: self.around.now, node: addr, end, correct })
    }

    /// A row of the time series is due.
    pub(super) fn on_sample(&mut self, observer: &mut dyn Observer) -> Result<(), Stop> {
        let now = self.around.now;
        self.post(now + self.trial.scenario.record.timeseries, Doing::Sample);
        let row = self.sample();
        observer.sample(&row)
    }

    fn sample(&mut self) -> SampleRow {
        let since = self.tally.since_sample();
        SampleRow {
            at: self.around.now,
            live_nodes: self.population.up(),
            joins: since.moves.joins,
            leaves: since.moves.leaves,
            crashes: since.moves.crashes,
            lookups: since.lookups,
            lookups_correct: since.lookups_correct,
            ..SampleRow::default()
        }
    }

    /// The run is over: what is still under way is so for ever.
    pub(super) fn close(&mut self, _observer: &mut dyn Observer) -> Result<(), Stop> {
        Ok(())
    }
}

/// Whether lookups of this purpose get rows: those that someone outside the ring's upkeep wanted.
fn is_shown(purpose: LookupPurpose) -> bool {
    match purpose {
        LookupPurpose::Key | LookupPurpose::List | LookupPurpose::Buy => true,
        LookupPurpose::Finger
        | LookupPurpose::Join
        | LookupPurpose::Rejoin
        | LookupPurpose::Claim => false,
    }
}

/// Whether row `number` is kept: a share of them by a fixed hash of the number, no one's draw.
pub(super) fn keeps(rows: Rows, number: u64) -> bool {
    match rows {
        Rows::All => true,
        Rows::Off => false,
        Rows::Share(share) => {
            let mixed = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            unit((mixed ^ mixed >> 32).wrapping_mul(0xd6e8_feb8_6659_fd93)) < share
        }
    }
}
