//! The book of one market, from 100 to 100,000 sellers, in CPU time.
//! `cargo bench -p compup2p-engine --bench market`

mod clock;

use clock::cpu_s;
use compup2p_protocol::commodity::{Platform, Platforms};
use compup2p_protocol::id::Addr;
use compup2p_protocol::market::book::Book;
use compup2p_protocol::market::listing::{ENCODED_BYTES, EQUATION_2_BYTES, Listing};
use compup2p_protocol::time::{Span, Time};
use std::hint::black_box;

const OPERATIONS: u32 = 500_000;

/// Each is timed so often; the least time counts.
const ROUNDS: u32 = 5;

const PLATFORMS: u64 = 4;

/// Different bids: many sellers bid the same.
const BIDS: u64 = 1000;

const TTL: Span = Span::secs(120);
const HOLD: Span = Span::secs(5);

/// Listings that are kept for buyers at once, in a market that has twice as many.
const HELD: u32 = 1000;

/// Sellers list themselves in turn, but not in the order of their addresses; a prime.
const STRIDE: u32 = 7919;

/// SplitMix64.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((u128::from(z ^ (z >> 31)) * u128::from(n)) >> 64) as u64
    }
}

/// A market, its sellers, and what time it is there.
struct Bench {
    book: Book,
    sellers: u32,
    /// What passes from one operation to the next.
    step: Span,
    now: Time,
    /// Who listed itself last.
    turn: u32,
    dice: Dice,
}

impl Bench {
    /// A market in which all have listed themselves, and in which `HELD` are held, or half.
    fn new(sellers: u32) -> Self {
        let held = HELD.min(sellers / 2);
        let step = Span(HOLD.0 / u64::from(held));
        let (book, now, dice) = (Book::default(), Time::ZERO, Dice(1));
        let mut bench = Self { book, sellers, step, now, turn: 0, dice };
        for seller in 0..sellers {
            bench.list(Addr(seller));
        }
        for _ in 0..held {
            bench.serve_cheapest();
        }
        bench
    }

    fn any(&mut self) -> Addr {
        Addr(self.dice.below(u64::from(self.sellers)) as u32)
    }

    fn list(&mut self, seller: Addr) {
        self.book.list(Listing {
            seller,
            // What a seller bids, and on what, is always the same.
            bid: Dice(u64::from(seller.0)).below(BIDS) as u32,
            platform: Platform((u64::from(seller.0) % PLATFORMS) as u8),
            expiry: self.now + TTL,
            held_until: Time::ZERO,
        });
    }

    /// The next seller lists itself again, each twice in the time that a listing stands, and what
    /// is over is looked for.
    fn list_again(&mut self) {
        self.turn = (self.turn + STRIDE) % self.sellers;
        self.now += Span(TTL.0 / u64::from(2 * self.sellers));
        self.list(Addr(self.turn));
        assert_eq!(self.book.purge(self.now), 0, "nothing is over");
    }

    fn delist_and_list(&mut self) {
        let seller = self.any();
        self.now += self.step;
        assert!(self.book.delist(seller));
        self.list(seller);
    }

    fn serve_cheapest(&mut self) {
        self.now += self.step;
        let found = self.book.cheapest(Platforms::ANY, self.now).expect("half are free");
        self.book.hold(found.listing.seller, self.now + HOLD);
        black_box(found.second);
    }

    fn serve_dearest(&mut self) {
        self.now += self.step;
        let limit = self.dice.below(BIDS) as u32 + BIDS as u32 / 2;
        if let Some(found) = self.book.dearest(Platforms::ANY, limit, self.now) {
            self.book.hold(found.listing.seller, self.now + HOLD);
            black_box(found.second);
        }
    }
}

/// CPU time of one such operation in a market of so many, in nanoseconds.
fn operation_ns(sellers: u32, mut operation: impl FnMut(&mut Bench)) -> f64 {
    let mut bench = Bench::new(sellers);
    let round = |_| {
        let start = cpu_s();
        for _ in 0..OPERATIONS {
            operation(&mut bench);
        }
        (cpu_s() - start) * 1e9 / f64::from(OPERATIONS)
    };
    (0..ROUNDS).map(round).fold(f64::INFINITY, f64::min)
}

fn main() {
    println!("nanoseconds of CPU; {HELD} listings are held at once, or half of fewer");
    println!(
        "{:>8} {:>12} {:>13} {:>14} {:>16}",
        "sellers", "list again", "cheapest+hold", "dearest+hold", "delist+list"
    );
    for sellers in [100, 1_000, 10_000, 100_000] {
        println!(
            "{sellers:>8} {:>12.0} {:>13.0} {:>14.0} {:>16.0}",
            operation_ns(sellers, Bench::list_again),
            operation_ns(sellers, Bench::serve_cheapest),
            operation_ns(sellers, Bench::serve_dearest),
            operation_ns(sellers, Bench::delist_and_list),
        );
    }
    let sellers = 10_000;
    println!(
        "{sellers} sellers: {} bytes of listings encoded, {} by equation 2",
        sellers * ENCODED_BYTES,
        sellers * EQUATION_2_BYTES,
    );
}
