//! One market of 10,000 sellers, for which the paper estimates the state of its owner by equation
//! 2 (CompuP2P, V-D), and what a request costs in a market that is a hundred times as large.

use crate::clock::cpu_s;
use crate::scene::{Dice, run, trial};
use compup2p_protocol::commodity::{Platform, Platforms};
use compup2p_protocol::id::Addr;
use compup2p_protocol::market::book::Book;
use compup2p_protocol::market::listing::Listing;
use compup2p_protocol::time::{Span, Time};

#[test]
fn a_market_owner_keeps_ten_thousand_listings_in_less_than_equation_2_says() {
    let yaml = "{nodes: 10000, duration: 10min, capacity: {model: constant, value: 1e9},
        workload: {lookups: {interval: off}, purchases: {interval: 12h,
            amount: {model: constant, value: 1e9}, hold: {model: constant, value: 1s}}}}";
    let outcome = run(&trial(yaml)).outcome();
    let value = |name: &str| {
        outcome.metrics.iter().find(|row| row.metric == name).expect("it is in the table").value
    };
    let owner = outcome.load.iter().max_by_key(|row| row.listings_peak).expect("there are nodes");
    println!(
        "{} listings at one market owner: {} bytes encoded, {} by equation 2; {} requests, \
         {:.4} of {} purchases completed",
        owner.listings_peak,
        owner.peak_state_bytes,
        owner.peak_equation2_bytes,
        owner.requests,
        value("purchases_completed"),
        value("purchases"),
    );
    assert_eq!(owner.listings_peak, 10_000, "all sell the same, the market's owner too");
    assert_eq!(owner.peak_equation2_bytes, 400_000, "CompuP2P, V-D: 400 KB");
    assert!(owner.peak_state_bytes < owner.peak_equation2_bytes);
    assert!(value("purchases") > 50.0 && value("purchases_completed") > 0.95);
}

/// CPU seconds of a thousand requests served, half of all listings being held.
fn serving_s(sellers: u32) -> f64 {
    const HOLD: Span = Span::secs(5);
    let step = Span(HOLD.0 / u64::from(sellers / 2));
    let (mut book, mut dice, mut now) = (Book::default(), Dice::new(1), Time::ZERO);
    for seller in (0..sellers).map(Addr) {
        let (bid, platform) = (dice.below(1000) as u32, Platform(dice.below(4) as u8));
        book.list(Listing { seller, bid, platform, expiry: Time::NEVER, held_until: Time::ZERO });
    }
    let mut serve = |requests: u32| {
        for request in 0..requests {
            now += step;
            let found = match request % 2 {
                0 => book.cheapest(Platforms::ANY, now).expect("half are free").listing,
                _ => book.dearest(Platforms::ANY, u32::MAX, now).expect("half are free").listing,
            };
            book.hold(found.seller, now + HOLD);
        }
    };
    serve(sellers / 2);
    let rounds = (0..30).map(|_| {
        let start = cpu_s();
        serve(1000);
        cpu_s() - start
    });
    rounds.fold(f64::INFINITY, f64::min)
}

#[test]
fn a_request_is_served_as_fast_in_a_large_market() {
    let [small, large] = [1_000, 100_000].map(serving_s);
    let ratio = large / small;
    println!(
        "a request at 1,000 sellers: {:.0} ns, at 100,000: {:.0} ns",
        small * 1e6,
        large * 1e6
    );
    assert!(ratio < 10.0, "{ratio:.1} times as long; a search would take 100 times");
}
