//! How messages and facts read for people: in the words of one node to another, and in brackets what
//! a node reports. Transcripts, and whoever tells of a run, say it this way.
//!
//! What keeps the rings has no words of its own here; of lookups `ring` tells.

mod ring;
mod service;

pub use ring::ring;

use crate::admin::Message as Admin;
use crate::commodity::{Commodity, Platform, Platforms, ResourceKind};
use crate::fact::{Fact, LookupPurpose};
use crate::id::Addr;
use crate::ledger::{Deal, Payment, WHOLE};
use crate::market::{Message as Market, Order, Request};
use crate::node::Message;
use crate::rules::Rules;
use crate::time::Span;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{Debug, Write as _};

/// What a user asks.
pub fn order(order: &Order) -> String {
    let Order { purchase, kind, amount, budget, hold, platforms, .. } = order;
    let (unit, on) = (unit(*kind), on(*platforms));
    // Microseconds of a time that is bought tell nothing.
    const MS: u64 = Span::millis(1).0;
    let hold = if hold.0 < MS { *hold } else { Span(hold.0 / MS * MS) };
    format!(
        "buy {amount} {unit} for {hold}{on}, for at most {budget} credits (purchase {purchase})"
    )
}

fn unit(kind: ResourceKind) -> &'static str {
    match kind {
        ResourceKind::Cpu => "cycles/s",
        ResourceKind::Storage => "bytes",
    }
}

/// On which platforms, if that matters.
fn on(platforms: Platforms) -> String {
    if platforms == Platforms::ANY {
        return String::new();
    }
    let names: Vec<String> = platforms.iter().map(|Platform(n)| format!("{n}")).collect();
    format!(" on platform {}", names.join(" or "))
}

/// A commodity as its value C.
pub fn c(commodity: Commodity, rules: &Rules) -> String {
    let kind = match commodity.kind() {
        ResourceKind::Cpu => "",
        ResourceKind::Storage => "storage ",
    };
    format!("{kind}C={}", rules.value(commodity))
}

/// What a message says; nothing if it keeps a ring, or is to oneself.
pub fn message(message: &Message, rules: &Rules) -> Option<String> {
    match message {
        Message::Market(message) => market_words(message, rules),
        Message::Admin(message) => admin_words(message, rules),
        Message::Service(message) => service::message(message),
        Message::Overlay(_) | Message::Timer(_) => None,
    }
}

fn market_words(message: &Market, rules: &Rules) -> Option<String> {
    Some(match message {
        Market::Processor { .. } | Market::Admin(_) | Market::Timer(_) => return None,
        Market::List { commodity, bid, platform } => {
            let on =
                if platform.0 > 0 { format!(", on platform {}", platform.0) } else { "".into() };
            format!("list me in market {}, marginal cost {bid}{on}", c(*commodity, rules))
        }
        Market::Delist { commodity } => format!("de-list me from market {}", c(*commodity, rules)),
        Market::Handover(handover) => {
            let market = c(handover.commodity, rules);
            format!("market {market} is yours, with {} listings", handover.listings.len())
        }
        Market::Ping { .. } => "are you there".into(),
        Market::Pong { .. } => "I am here".into(),
        Market::FindSeller(request) => {
            format!("find a seller of {}", request_words(request, rules))
        }
        Market::HandOn { to, request, .. } => {
            let request = request_words(request, rules);
            format!("serve in market {}: {request}", c(*to, rules))
        }
        Market::Taken => "I will".into(),
        Market::Quote { attempts, quote, .. } => {
            let market = c(quote.commodity, rules);
            let least = quote.report.least;
            let second = match quote.report.other {
                Some(second) => format!("second least {second}"),
                None => "no other".into(),
            };
            let Addr(seller) = quote.seller;
            format!(
                "node {seller} in market {market}: marginal cost {least}, {second} \
                 (attempt {attempts})"
            )
        }
        Market::Unserved { why, attempts, .. } => format!("{} (attempt {attempts})", words(why)),
        Market::Buy { purchase, wanted, payoff, .. } => {
            format!("sell me {} for {payoff} (purchase {purchase})", rules.value(*wanted))
        }
        Market::Accepted { amount, .. } => format!("{amount} are yours"),
        Market::Refused { .. } => "I do not sell".into(),
        Market::Cancel { purchase, was_held: false } => format!("forget purchase {purchase}"),
        Market::Cancel { purchase, was_held: true } => format!("I give purchase {purchase} back"),
        Market::Rehomed { commodity } => {
            format!("you are listed here now, in market {}", c(*commodity, rules))
        }
        Market::Rival { price: Some(price), .. } => format!("the least other price is {price}"),
        Market::Rival { price: None, .. } => "nobody else sells here".into(),
        Market::Done { purchase, .. } => format!("the time of purchase {purchase} is over"),
        Market::Noted { .. } => "noted".into(),
        Market::Ask { purchase } => format!("what of purchase {purchase}"),
        Market::Status { purchase, status } => format!("purchase {purchase}: {}", words(status)),
    })
}

/// The name of a variant as words: `BuyerFailed` is `buyer failed`.
fn words(variant: &dyn Debug) -> String {
    let mut words = String::new();
    for letter in format!("{variant:?}").chars() {
        if letter.is_ascii_uppercase() && words.ends_with(char::is_alphanumeric) {
            words.push(' ');
        }
        words.push(letter.to_ascii_lowercase());
    }
    words
}

/// So many of something, in words.
pub fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

fn request_words(request: &Request, rules: &Rules) -> String {
    let Request { sought, budget, platforms, .. } = request;
    format!("{} or more{}, budget {budget}", c(*sought, rules), on(*platforms))
}

fn admin_words(message: &Admin, rules: &Rules) -> Option<String> {
    Some(match message {
        Admin::Join | Admin::NameContact | Admin::Contact(_) | Admin::Keepalive | Admin::Leave => {
            return None;
        }
        Admin::RegisterOwner(commodity) => format!("I own market {}", c(*commodity, rules)),
        Admin::ForgetOwner => "I own no market".into(),
        Admin::JoinOwners { .. } => "through whom can my market join the processor overlay".into(),
        Admin::NameOwners { .. } => "name market owners".into(),
        Admin::Owners { count: 0, .. } => "nobody".into(),
        Admin::Owners { count, owners, .. } => {
            let mut words = String::from("market owners:");
            for owner in owners.iter().take(usize::from(*count)) {
                let market = c(owner.commodity, rules);
                let _infallible = write!(words, " node {} ({market})", owner.host.0);
            }
            words
        }
        Admin::Reserve(reserve) => {
            let Deal { purchase, seller, mo, seller_payoff, mo_payoff, .. } = reserve.deal;
            let (Addr(seller), Addr(mo)) = (seller, mo);
            format!(
                "put aside for purchase {purchase}: {seller_payoff} for seller node {seller}, \
                 {mo_payoff} for owner node {mo}"
            )
        }
        Admin::Settle { purchase, share: WHOLE } => format!("settle purchase {purchase}"),
        Admin::Settle { purchase, share } => {
            format!("settle {share} millionths of purchase {purchase}")
        }
        Admin::Receipt { purchase, share: WHOLE, .. } => {
            format!("I have delivered purchase {purchase}")
        }
        Admin::Receipt { purchase, share, .. } => {
            format!("I have delivered {share} millionths of purchase {purchase}")
        }
        Admin::Filed { purchase } => format!("your receipt of purchase {purchase} is here"),
        Admin::Refund { purchase, proven: false, .. } => {
            format!("give me back what is aside for {purchase}")
        }
        Admin::Refund { purchase, proven: true, .. } => {
            format!("give me back what is aside for {purchase}: its result is wrong, here is proof")
        }
        Admin::Banked { state, .. } => words(state),
    })
}

/// What a node reports; nothing if it is about what keeps a ring, or would only repeat a message.
pub fn fact(fact: &Fact, rules: &Rules) -> Option<String> {
    Some(match fact {
        Fact::Lookup(end) => match (end.purpose, end.owner) {
            (
                LookupPurpose::List | LookupPurpose::Buy | LookupPurpose::Claim,
                Some(Addr(owner)),
            ) => format!(
                "({} ring, {}: {} is with node {owner}, {})",
                words(&end.ring),
                words(&end.purpose),
                end.key,
                counted(u64::from(end.hops), "hop", "hops")
            ),
            _ => return None,
        },
        Fact::MarketOpened(commodity) => format!("(market {} opens)", c(*commodity, rules)),
        Fact::MarketClosed(commodity) => format!("(market {} closes)", c(*commodity, rules)),
        Fact::StaleSellerPinged(commodity) => {
            format!("(a dead seller is dropped from market {})", c(*commodity, rules))
        }
        Fact::Sold { amount, sold, .. } => format!("({amount} sold, {sold} in all)"),
        Fact::Freed { amount, sold, .. } => format!("({amount} free again, {sold} still sold)"),
        Fact::Paid { payment, by_receipt } => {
            let Payment { purchase, seller_payoff, mo_payoff, .. } = payment;
            let why = if *by_receipt { ", as its time is over and there is a receipt" } else { "" };
            format!(
                "(purchase {purchase} is paid: {seller_payoff} to the seller, {mo_payoff} to the \
                 owner{why})"
            )
        }
        Fact::Returned { purchase } => {
            format!("(what was put aside for purchase {purchase} goes back to its buyer)")
        }
        Fact::PurchaseEnded(end) => format!(
            "(purchase {} ends: {} after {}, {})",
            end.purchase,
            words(&end.outcome),
            counted(u64::from(end.attempts), "attempt", "attempts"),
            counted(u64::from(end.hops), "hop", "hops")
        ),
        _ => return service::fact(fact),
    })
}
