//! The book of one market: its listings, found by seller, by bid, and by expiry. Nothing in it is
//! searched: no operation takes more than a few steps down a tree a platform.

use super::listing::Listing;
use crate::commodity::{Platform, Platforms};
use crate::id::Addr;
use crate::time::Time;
use alloc::collections::{BTreeMap, BTreeSet};
use core::cmp::Reverse;
use core::ops::RangeInclusive;

/// The least bid among listings, and the next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cheapest {
    /// The listing with the least bid; of equal ones, the lowest address.
    pub listing: Listing,
    /// The second least bid.
    pub second: Option<u32>,
}

/// The greatest bid among listings up to a limit, and the next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Dearest {
    /// The listing with the greatest bid; of equal ones, the lowest address.
    pub listing: Listing,
    /// What it would be were that one not there.
    pub second: Option<Listing>,
}

/// A listing that stands.
#[derive(Clone, Copy, Debug)]
struct Standing {
    listing: Listing,
    /// Where it is in the order by expiry: not after its expiry, which re-listing puts off.
    due: Time,
}

/// The listings of one commodity.
#[derive(Clone, Debug, Default)]
pub struct Book {
    by_seller: BTreeMap<Addr, Standing>,
    /// Those kept for nobody, by platform, then bid: a buyer of one platform passes over no others.
    by_bid: BTreeSet<(Platform, u32, Addr)>,
    /// The others, kept for a buyer who was told of them, in the order in which they come free.
    held: BTreeSet<(Time, Addr)>,
    /// Every listing once, at the time when it is to be looked at: it is over then, or was listed
    /// again and moves on. So listing again, which is what happens most, leaves it where it is.
    by_expiry: BTreeSet<(Time, Addr)>,
    /// A listing is in `held` if its hold ends after this, or else in `by_bid`: the time of the
    /// latest selection.
    released: Time,
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
        self.by_seller.values().map(|standing| &standing.listing)
    }

    /// A seller's listing.
    pub fn of(&self, seller: Addr) -> Option<&Listing> {
        self.by_seller.get(&seller).map(|standing| &standing.listing)
    }

    /// Takes a listing in, in place of the seller's earlier one, which stays held if it was.
    pub fn list(&mut self, mut listing: Listing) {
        self.platforms |= 1 << listing.platform.0;
        let Listing { seller, expiry, .. } = listing;
        let Some(standing) = self.by_seller.get_mut(&seller) else {
            self.by_seller.insert(seller, Standing { listing, due: expiry });
            self.by_expiry.insert((expiry, seller));
            self.put_up(&listing);
            return;
        };
        if expiry < standing.due {
            self.by_expiry.remove(&(standing.due, seller));
            self.by_expiry.insert((expiry, seller));
            standing.due = expiry;
        }
        listing.held_until = listing.held_until.max(standing.listing.held_until);
        let earlier = core::mem::replace(&mut standing.listing, listing);
        if earlier != (Listing { expiry: earlier.expiry, ..listing }) {
            self.put_away(&earlier);
            self.put_up(&listing);
        }
    }

    /// Drops a seller's listing; says whether there was one.
    pub fn delist(&mut self, seller: Addr) -> bool {
        let Some(standing) = self.by_seller.remove(&seller) else { return false };
        self.by_expiry.remove(&(standing.due, seller));
        self.put_away(&standing.listing);
        true
    }

    /// Drops the listings that are over; says how many.
    pub fn purge(&mut self, now: Time) -> usize {
        let before = self.len();
        while let Some(&(due, seller)) = self.by_expiry.first()
            && due <= now
        {
            let standing = self.by_seller.get_mut(&seller).expect("what is due stands");
            let expiry = standing.listing.expiry;
            if expiry <= now {
                self.delist(seller);
            } else {
                standing.due = expiry;
                self.by_expiry.pop_first();
                self.by_expiry.insert((expiry, seller));
            }
        }
        before - self.len()
    }

    /// Keeps a seller's listing for one buyer, to that time instead of any earlier or later one.
    /// A time that is past frees it.
    pub fn hold(&mut self, seller: Addr, until: Time) {
        let Some(standing) = self.by_seller.get_mut(&seller) else { return };
        let earlier = standing.listing;
        standing.listing.held_until = until;
        let listing = standing.listing;
        self.put_away(&earlier);
        self.put_up(&listing);
    }

    /// The cheapest listing of these platforms that is kept for nobody.
    pub fn cheapest(&mut self, platforms: Platforms, now: Time) -> Option<Cheapest> {
        self.release(now);
        let free = self.listed(platforms).flat_map(|platform| {
            self.by_bid.range(bids(platform, 0, u32::MAX)).take(2).map(|&(_, bid, at)| (bid, at))
        });
        let (least, second) = first_two(free);
        let (_, seller) = least?;
        Some(Cheapest {
            listing: self.by_seller[&seller].listing,
            second: second.map(|(bid, _)| bid),
        })
    }

    /// The dearest listing of these platforms that is kept for nobody and bids `limit` at most.
    pub fn dearest(&mut self, platforms: Platforms, limit: u32, now: Time) -> Option<Dearest> {
        self.release(now);
        let free = self.listed(platforms).flat_map(|platform| {
            let mut greatest = self.greatest(platform, limit);
            let first = greatest.next();
            let next = |first: (u32, Addr)| {
                greatest.next().or_else(|| self.greatest(platform, first.0.checked_sub(1)?).next())
            };
            let second = first.and_then(next);
            first.into_iter().chain(second).map(|(bid, seller)| (Reverse(bid), seller))
        });
        let (greatest, second) = first_two(free);
        let (_, seller) = greatest?;
        let second = second.map(|(_, seller)| self.by_seller[&seller].listing);
        Some(Dearest { listing: self.by_seller[&seller].listing, second })
    }

    /// The least bid of others than `seller` with its platform.
    pub fn rival(&mut self, seller: Addr, platform: Platform, now: Time) -> Option<u32> {
        let cheapest = self.cheapest(Platforms::NONE.with(platform), now)?;
        match cheapest.listing.seller == seller {
            true => cheapest.second,
            false => Some(cheapest.listing.bid),
        }
    }

    /// The greatest bid of these platforms that is kept for nobody.
    pub fn highest(&mut self, platforms: Platforms, now: Time) -> Option<u32> {
        self.release(now);
        let highest = |platform| self.by_bid.range(bids(platform, 0, u32::MAX)).next_back();
        self.listed(platforms).filter_map(highest).map(|&(_, bid, _)| bid).max()
    }

    /// Frees the listings whose hold is over. Each is freed once for once that it was held.
    fn release(&mut self, now: Time) {
        assert!(now >= self.released, "time does not go back");
        self.released = now;
        while let Some(&(until, seller)) = self.held.first()
            && until <= now
        {
            self.held.pop_first();
            let listing = self.by_seller[&seller].listing;
            self.put_up(&listing);
        }
    }

    /// Puts a listing among those of its platform, or those that are held.
    fn put_up(&mut self, listing: &Listing) {
        let Listing { seller, bid, platform, held_until, .. } = *listing;
        let is_new = match held_until > self.released {
            true => self.held.insert((held_until, seller)),
            false => self.by_bid.insert((platform, bid, seller)),
        };
        debug_assert!(is_new, "a seller is listed once");
    }

    /// The reverse of [`Self::put_up`].
    fn put_away(&mut self, listing: &Listing) {
        let Listing { seller, bid, platform, held_until, .. } = *listing;
        let was_there = match held_until > self.released {
            true => self.held.remove(&(held_until, seller)),
            false => self.by_bid.remove(&(platform, bid, seller)),
        };
        debug_assert!(was_there, "a listing that stands is held or free");
    }

    /// Those of these platforms that were ever listed.
    fn listed(&self, platforms: Platforms) -> impl Iterator<Item = Platform> + use<> {
        platforms.among(Platforms(self.platforms)).iter()
    }

    /// Those whose bids are a platform's greatest up to `limit`, by address.
    fn greatest(&self, platform: Platform, limit: u32) -> impl Iterator<Item = (u32, Addr)> {
        let greatest = self.by_bid.range(bids(platform, 0, limit)).next_back();
        let equals = greatest.map(|&(_, bid, _)| self.by_bid.range(bids(platform, bid, bid)));
        equals.into_iter().flatten().map(|&(_, bid, seller)| (bid, seller))
    }
}

/// What a platform's bids from `least` to `most` lie between.
fn bids(platform: Platform, least: u32, most: u32) -> RangeInclusive<(Platform, u32, Addr)> {
    (platform, least, Addr(0))..=(platform, most, Addr(u32::MAX))
}

/// The least and the second least.
fn first_two<T: Ord + Copy>(all: impl Iterator<Item = T>) -> (Option<T>, Option<T>) {
    let (mut first, mut second) = (None, None);
    for one in all {
        if first.is_none_or(|first| one < first) {
            (first, second) = (Some(one), first);
        } else if second.is_none_or(|second| one < second) {
            second = Some(one);
        }
    }
    (first, second)
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
        assert_eq!((book.held.len(), book.by_bid.len()), (1, 0));
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

    #[test]
    fn the_greatest_bid_up_to_a_limit_is_found_and_the_next() {
        let mut book = Book::default();
        for (seller, bid, platform) in [(1, 30, 0), (2, 20, 0), (4, 20, 0), (3, 20, 1), (5, 9, 1)] {
            book.list(listing(seller, bid, platform, Time::ZERO));
        }
        let mut dearest = |platforms, limit| {
            let found = book.dearest(platforms, limit, Time::ZERO)?;
            Some((found.listing.seller.0, found.second.map(|second| second.seller.0)))
        };
        assert_eq!(dearest(Platforms::ANY, u32::MAX), Some((1, Some(2))));
        assert_eq!(dearest(Platforms::ANY, 29), Some((2, Some(3))), "the lowest of equals, twice");
        assert_eq!(dearest(Platforms::NONE.with(Platform(1)), 20), Some((3, Some(5))));
        assert_eq!(dearest(Platforms::ANY, 19), Some((5, None)));
        assert_eq!(dearest(Platforms::ANY, 8), None);
        assert_eq!(book.highest(Platforms::ANY, Time::ZERO), Some(30));
        assert_eq!(book.highest(Platforms::NONE, Time::ZERO), None);
    }

    #[test]
    fn a_hold_can_be_moved_and_given_up() {
        let mut book = Book::default();
        book.list(listing(1, 10, 0, Time::ZERO));
        let at = |s| Time::ZERO + Span::secs(s);
        book.hold(Addr(1), at(9));
        book.hold(Addr(1), at(5));
        assert_eq!(book.highest(Platforms::ANY, at(4)), None);
        assert_eq!(book.highest(Platforms::ANY, at(5)), Some(10));
        book.hold(Addr(1), at(9));
        book.hold(Addr(1), at(12));
        assert_eq!(book.highest(Platforms::ANY, at(9)), None);
        book.hold(Addr(1), at(9));
        assert_eq!(book.highest(Platforms::ANY, at(9)), Some(10));
        assert_eq!((book.held.len(), book.by_bid.len()), (0, 1));
    }

    #[test]
    fn a_seller_that_lists_itself_again_and_again_leaves_nothing_behind() {
        let mut book = Book::default();
        for s in 0..100 {
            book.list(listing(1, 10, 0, Time::ZERO + Span::secs(s)));
        }
        assert_eq!((book.by_expiry.len(), book.by_bid.len()), (1, 1));
    }

    /// What the book is to agree with: every question searches all that stands.
    #[derive(Default)]
    struct List(Vec<Listing>);

    impl List {
        fn list(&mut self, mut new: Listing) {
            for old in self.0.extract_if(.., |old| old.seller == new.seller) {
                new.held_until = new.held_until.max(old.held_until);
            }
            self.0.push(new);
        }

        fn free(&self, platforms: u16, now: Time) -> impl Iterator<Item = Listing> {
            let is_free = move |listing: &&Listing| {
                listing.held_until <= now && platforms & (1 << listing.platform.0) != 0
            };
            self.0.iter().filter(is_free).copied()
        }

        fn cheapest(&self, platforms: u16, now: Time) -> Option<Cheapest> {
            let mut free: Vec<_> = self.free(platforms, now).collect();
            free.sort_unstable_by_key(|listing| (listing.bid, listing.seller));
            let second = free.get(1).map(|second| second.bid);
            free.first().map(|&listing| Cheapest { listing, second })
        }

        fn dearest(&self, platforms: u16, limit: u32, now: Time) -> Option<Dearest> {
            let free = self.free(platforms, now);
            let mut free: Vec<_> = free.filter(|listing| listing.bid <= limit).collect();
            free.sort_unstable_by_key(|listing| (Reverse(listing.bid), listing.seller));
            free.first().map(|&listing| Dearest { listing, second: free.get(1).copied() })
        }
    }

    proptest! {
        #[test]
        fn the_book_agrees_with_a_list_that_is_searched(
            steps in proptest::collection::vec((0..9u32, 0..8u32, 0..3u8, 0..8u8, 0..20u64), 1..80),
            platforms in 0..8u16,
            limit in 0..9u32,
        ) {
            let mut book = Book::default();
            let mut list = List::default();
            let mut now = Time::ZERO;
            for (seller, bid, platform, what, wait) in steps {
                now += Span::secs(wait);
                let seller = Addr(seller);
                match what {
                    0 => {
                        let is_listed = list.0.iter().any(|listing| listing.seller == seller);
                        prop_assert_eq!(book.delist(seller), is_listed);
                        list.0.retain(|listing| listing.seller != seller);
                    }
                    1..4 => {
                        // From before now to well after it: holds are moved both ways.
                        let until = Time(now.0.saturating_sub(Span::secs(10).0));
                        let until = until + Span::secs(8 * u64::from(bid));
                        book.hold(seller, until);
                        let of = list.0.iter_mut().filter(|listing| listing.seller == seller);
                        of.for_each(|listing| listing.held_until = until);
                    }
                    // What was handed over has stood a while, and may be held.
                    4 => {
                        let mut new = listing(seller.0, bid, platform, now);
                        new.expiry = now + Span::secs(1 + wait);
                        new.held_until = now + Span::secs(u64::from(bid));
                        book.list(new);
                        list.list(new);
                    }
                    _ => {
                        let new = listing(seller.0, bid, platform, now);
                        book.list(new);
                        list.list(new);
                    }
                }
                // Between two selections there may be any number of the above.
                if wait % 3 == 0 {
                    continue;
                }
                let before = list.0.len();
                list.0.retain(|listing| listing.expiry > now);
                prop_assert_eq!(book.purge(now), before - list.0.len());
                prop_assert_eq!(book.len(), list.0.len());
                prop_assert_eq!(book.by_expiry.len(), book.len());
                prop_assert_eq!(
                    book.cheapest(Platforms(platforms), now), list.cheapest(platforms, now));
                prop_assert_eq!(
                    book.dearest(Platforms(platforms), limit, now),
                    list.dearest(platforms, limit, now));
                prop_assert_eq!(
                    book.highest(Platforms(platforms), now),
                    list.free(platforms, now).map(|listing| listing.bid).max());
                prop_assert_eq!(book.by_bid.len() + book.held.len(), book.len());
                for listing in &list.0 {
                    prop_assert_eq!(book.of(listing.seller), Some(listing));
                }
            }
        }
    }
}
