//! What stands at the end of a run: who is in the ring, and what is listed with whom. The oracle
//! sees it all; nodes never do.

use super::Simulation;
use super::watch::keeps;
use crate::observer::{ListingRow, MemberRow, Observer, Stop};
use compup2p_protocol::id::Addr;
use compup2p_protocol::market::OwnedMarket;
use compup2p_protocol::pricing::{self, Volume};

impl Simulation {
    /// Shows the members of the base ring, in its order, each with its listings; or a share of them.
    pub(super) fn show_standing(&self, observer: &mut dyn Observer) -> Result<(), Stop> {
        let rows = self.trial.scenario.record.ring;
        let shown = |node: &Addr| keeps(rows, self.trial.seed, u64::from(node.0));
        for node in self.oracle.ring().filter(shown) {
            let markets = self.nodes[node.0 as usize].market().markets();
            let (requests, messages) = self.served(node);
            observer.member(&MemberRow {
                node,
                id: self.rules.id(node),
                markets: markets.len() as u32,
                listings: markets.iter().map(|market| market.book().len() as u32).sum(),
                requests,
                messages,
            })?;
            for market in markets {
                self.show_listings(node, market, observer)?;
            }
        }
        Ok(())
    }

    fn show_listings(
        &self,
        mo: Addr,
        market: &OwnedMarket,
        observer: &mut dyn Observer,
    ) -> Result<(), Stop> {
        let credits = |ticks| pricing::money(ticks, Volume::ONE, &self.rules).0;
        let commodity = market.commodity();
        for listing in market.book().listings() {
            let seller = self.nodes[listing.seller.0 as usize].market().seller();
            let stall = seller.stall(commodity.kind());
            let own = stall.map(|stall| pricing::marginal_cost(stall.cost(), &self.rules));
            observer.listing(&ListingRow {
                mo,
                seller: listing.seller,
                commodity,
                free: stall.map_or(0, |stall| stall.free()),
                bid: credits(listing.bid),
                marginal_cost: own.map(credits),
                left: listing.expiry.since(self.around.now),
            })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::trial;
    use super::*;
    use std::collections::BTreeSet;

    #[derive(Default)]
    struct Seen {
        members: Vec<MemberRow>,
        listings: Vec<ListingRow>,
    }

    impl Observer for Seen {
        fn member(&mut self, row: &MemberRow) -> Result<(), Stop> {
            self.members.push(row.clone());
            Ok(())
        }

        fn listing(&mut self, row: &ListingRow) -> Result<(), Stop> {
            self.listings.push(row.clone());
            Ok(())
        }
    }

    fn seen(rows: &str) -> (Simulation, Seen) {
        let yaml = format!(
            "{{nodes: 200, duration: 20min, record: {{ring: {rows}}}, \
             churn: {{sessions: {{up: {{model: exponential, mean: 30min}}, \
             down: {{model: exponential, mean: 10min}}}}}}, \
             workload: {{purchases: {{interval: 5min}}}}}}"
        );
        let mut run = Simulation::new(&trial(&yaml));
        let mut seen = Seen::default();
        run.run(&mut seen).expect("nobody stops it");
        (run, seen)
    }

    #[test]
    fn all_members_and_all_listings_are_shown() {
        let (run, seen) = seen("all");
        let members: Vec<Addr> = seen.members.iter().map(|row| row.node).collect();
        assert_eq!(members, run.oracle().ring().collect::<Vec<_>>());
        assert!(members.len() > 100 && members.len() < 200, "some are away: {}", members.len());
        assert!(seen.members.is_sorted_by_key(|row| row.id));
        for row in &seen.members {
            let listings = seen.listings.iter().filter(|listing| listing.mo == row.node);
            assert_eq!(listings.count(), row.listings as usize);
        }
        let requests: u64 = seen.members.iter().map(|row| row.requests).sum();
        assert!(seen.listings.len() > 50 && requests > 100, "{requests}");
        // Nobody lies here: what is bid is the marginal cost, unless the seller is down.
        let honest = seen.listings.iter().filter(|row| row.marginal_cost == Some(row.bid));
        assert!(honest.count() * 2 > seen.listings.len());
        let ttl = run.scenario().market.listing_ttl;
        assert!(seen.listings.iter().all(|row| row.left <= ttl));
    }

    #[test]
    fn a_share_of_members_is_shown_with_all_of_their_listings() {
        let (whole, share) = (seen("all").1, seen("0.3").1);
        let shown: BTreeSet<Addr> = share.members.iter().map(|row| row.node).collect();
        assert!(shown.len() > 20 && shown.len() < 90, "{}", shown.len());
        let kept = whole.listings.into_iter().filter(|row| shown.contains(&row.mo));
        assert_eq!(share.listings, kept.collect::<Vec<_>>());
        let none = seen("off").1;
        assert!(none.members.is_empty() && none.listings.is_empty());
    }
}
