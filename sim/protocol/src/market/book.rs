//! The book of one market: its listings, found by seller, by bid, and by expiry.

use super::listing::Listing;
use crate::commodity::{Platform, Platforms};
use crate::id::Addr;
use crate::time::Time;
use alloc::collections::{BTreeMap, BTreeSet, VecDeque};

/// The least bid among listings, and the next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cheapest {
    /// The listing with the least bid; of equal ones, the lowest address.
    pub listing: Listing,
    /// The second least bid.
    pub second: Option<u32>,
}

/// The listings of one commodity.
#[derive(Clone, Debug, Default)]
pub struct Book {
    by_seller: BTreeMap<Addr, Listing>,
    /// By platform, then bid: a buyer of one platform passes over no others.
    by_bid: BTreeSet<(Platform, u32, Addr)>,
    /// In order of expiry, which is the order of coming, as all listings stand equally long. A
    /// seller that lists itself again leaves its earlier entry behind, to be passed over.
    by_expiry: VecDeque<(Time, Addr)>,
    /// Platforms that were ever listed.
    platforms: u16,
}

impl Book {
    /// How many listings stand.
    pub fn len(&self) -> usize {
        self.by_seller.len()
    }

    /// Whether none stands.
    pub fn is_empty(&self) -> bool {
        self.by_seller.is_empty()
    }

    /// The listings, by seller.
    pub fn listings(&self) -> impl Iterator<Item = &Listing> {
        self.by_seller.values()
    }

    /// A seller's listing.
    pub fn of(&self, seller: Addr) -> Option<&Listing> {
        self.by_seller.get(&seller)
    }

    /// Takes a listing in, in place of the seller's earlier one, which stays held if it was.
    pub fn list(&mut self, mut listing: Listing) {
        let bid = (listing.platform, listing.bid, listing.seller);
        if let Some(earlier) = self.by_seller.get(&listing.seller).copied() {
            listing.held_until = listing.held_until.max(earlier.held_until);
            let was = (earlier.platform, earlier.bid, earlier.seller);
            if was != bid {
                self.by_bid.remove(&was);
            }
        }
        self.platforms |= 1 << listing.platform.0;
        self.by_bid.insert(bid);
        // All but what was handed over comes in order.
        let later = self.by_expiry.iter().rev().take_while(|last| last.0 > listing.expiry).count();
        let place = self.by_expiry.len() - later;
        self.by_expiry.insert(place, (listing.expiry, listing.seller));
        self.by_seller.insert(listing.seller, listing);
    }

    /// Drops a seller's listing; says whether there was one.
    pub fn delist(&mut self, seller: Addr) -> bool {
        let Some(listing) = self.by_seller.remove(&seller) else { return false };
        self.by_bid.remove(&(listing.platform, listing.bid, seller));
        true
    }

    /// Drops the listings that are over; says how many.
    pub fn purge(&mut self, now: Time) -> usize {
        let before = self.len();
        while let Some(&(expiry, seller)) = self.by_expiry.front()
            && expiry <= now
        {
            self.by_expiry.pop_front();
            if self.by_seller.get(&seller).is_some_and(|listing| listing.expiry <= now) {
                self.delist(seller);
            }
        }
        before - self.len()
    }

    /// Passes over what is over without dropping it: what a market owner does that never purges.
    pub fn neglect(&mut self, now: Time) {
        while self.by_expiry.front().is_some_and(|&(expiry, _)| expiry <= now) {
            self.by_expiry.pop_front();
        }
    }

    /// The cheapest listing of these platforms that is kept for nobody.
    pub fn cheapest(&self, platforms: Platforms, now: Time) -> Option<Cheapest> {
        let mut least: [Option<(u32, Addr)>; 2] = [None; 2];
        for platform in platforms.among(Platforms(self.platforms)).iter() {
            let range = (platform, 0, Addr(0))..=(platform, u32::MAX, Addr(u32::MAX));
            let free =
                self.by_bid.range(range).filter(|bid| self.by_seller[&bid.2].held_until <= now);
            for &(_, bid, seller) in free.take(2) {
                let bid = Some((bid, seller));
                if least[0].is_none() || bid < least[0] {
                    least = [bid, least[0]];
                } else if least[1].is_none() || bid < least[1] {
                    least[1] = bid;
                }
            }
        }
        let (_, seller) = least[0]?;
        Some(Cheapest { listing: self.by_seller[&seller], second: least[1].map(|(bid, _)| bid) })
    }

    /// Keeps a seller's listing for one buyer.
    pub fn hold(&mut self, seller: Addr, until: Time) {
        if let Some(listing) = self.by_seller.get_mut(&seller) {
            listing.held_until = until;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Span;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    const TTL: Span = Span::secs(120);

    fn listing(seller: u32, bid: u32, platform: u8, now: Time) -> Listing {
        Listing {
            seller: Addr(seller),
            bid,
            platform: Platform(platform),
            expiry: now + TTL,
            held_until: Time::ZERO,
        }
    }

    #[test]
    fn the_least_bid_is_found_and_the_second() {
        let mut book = Book::default();
        for (seller, bid) in [(1, 30), (2, 10), (3, 20)] {
            book.list(listing(seller, bid, 0, Time::ZERO));
        }
        let found = book.cheapest(Platforms::ANY, Time::ZERO).unwrap();
        assert_eq!((found.listing.seller, found.second), (Addr(2), Some(20)));
    }

    #[test]
    fn a_listing_kept_for_one_buyer_is_not_shown_to_another_before_its_time() {
        let mut book = Book::default();
        book.list(listing(1, 10, 0, Time::ZERO));
        let until = Time::ZERO + Span::secs(5);
        book.hold(Addr(1), until);
        assert_eq!(book.cheapest(Platforms::ANY, Time::ZERO), None);
        assert!(book.cheapest(Platforms::ANY, until).is_some());
    }

    #[test]
    fn a_seller_that_lists_itself_again_stays_held_and_is_listed_once() {
        let mut book = Book::default();
        book.list(listing(1, 10, 0, Time::ZERO));
        book.hold(Addr(1), Time::ZERO + Span::secs(5));
        book.list(listing(1, 12, 0, Time::ZERO + Span::secs(1)));
        assert_eq!(book.len(), 1);
        assert_eq!(book.by_bid.len(), 1);
        assert_eq!(book.cheapest(Platforms::ANY, Time::ZERO + Span::secs(2)), None);
    }

    #[test]
    fn purging_drops_what_was_not_listed_again() {
        let mut book = Book::default();
        book.list(listing(1, 10, 0, Time::ZERO));
        book.list(listing(2, 10, 0, Time::ZERO));
        book.list(listing(2, 10, 0, Time::ZERO + Span::secs(60)));
        assert_eq!(book.purge(Time::ZERO + TTL), 1);
        assert_eq!(book.purge(Time::ZERO + TTL + Span::secs(60)), 1);
        assert!(book.is_empty() && book.by_expiry.is_empty() && book.by_bid.is_empty());
    }

    proptest! {
        #[test]
        fn the_book_agrees_with_a_list_that_is_searched(
            steps in proptest::collection::vec((0..6u32, 0..8u32, 0..3u8, 0..5u8), 1..80),
            platforms in 0..8u16,
        ) {
            let mut book = Book::default();
            let mut list: Vec<Listing> = Vec::new();
            let mut now = Time::ZERO;
            for (seller, bid, platform, what) in steps {
                now += Span::secs(17);
                match what {
                    0 => {
                        book.delist(Addr(seller));
                        list.retain(|l| l.seller != Addr(seller));
                    }
                    1 => {
                        let until = now + Span::secs(30);
                        book.hold(Addr(seller), until);
                        list.iter_mut().filter(|l| l.seller == Addr(seller))
                            .for_each(|l| l.held_until = until);
                    }
                    _ => {
                        let mut new = listing(seller, bid, platform, now);
                        book.list(new);
                        for old in list.iter().filter(|l| l.seller == Addr(seller)) {
                            new.held_until = old.held_until;
                        }
                        list.retain(|l| l.seller != Addr(seller));
                        list.push(new);
                    }
                }
                book.purge(now);
                list.retain(|l| l.expiry > now);
                prop_assert_eq!(book.len(), list.len());
                let mut free: Vec<_> = list.iter()
                    .filter(|l| l.held_until <= now && platforms & (1 << l.platform.0) != 0)
                    .map(|l| (l.bid, l.seller)).collect();
                free.sort_unstable();
                let found = book.cheapest(Platforms(platforms), now);
                prop_assert_eq!(
                    found.map(|f| (f.listing.bid, f.listing.seller)), free.first().copied());
                prop_assert_eq!(
                    found.and_then(|f| f.second), free.get(1).map(|second| second.0));
            }
        }
    }
}
