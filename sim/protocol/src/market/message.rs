//! What sellers, buyers and market owners say to each other.

use super::listing::Listing;
use crate::admin;
use crate::commodity::{Commodity, Platform, Platforms, ResourceKind};
use crate::credit::Credits;
use crate::id::Addr;
use crate::kind::{ADDR, COMMODITY, Kind, MONEY, PURCHASE};
use crate::overlay::chord;
use crate::overlay::peer::Member;
use crate::pricing::Report;
use crate::time::Span;
use crate::world::Ticket;
use alloc::boxed::Box;

/// A message of the markets.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Message {
    /// Of the processor overlay, to or from the market for one commodity at a host.
    Processor {
        /// The market that it is for; of an answer, the one that was asked.
        to: Commodity,
        /// The slot, at its host, of the market that asks or asked.
        asker: u16,
        /// What it says.
        message: chord::Message<Member>,
    },
    /// To or from the AdminServer.
    Admin(admin::Message),
    /// A seller lists itself, or lists itself again.
    List {
        /// What it sells.
        commodity: Commodity,
        /// Its marginal cost, or the price that it posts, in ticks.
        bid: u32,
        /// Its machine.
        platform: Platform,
    },
    /// A seller has sold what it listed.
    Delist {
        /// What it had listed.
        commodity: Commodity,
    },
    /// To a seller that listed itself: the least price that another of its market posts, in ticks
    /// (`posted_prices`).
    Rival {
        /// The market.
        commodity: Commodity,
        /// The price, if there is another.
        price: Option<u32>,
    },
    /// A market owner that is replaced gives its listings to the one that replaces it [ours].
    Handover(Box<Handover>),
    /// To a seller: its listing was handed over, and stands here now [ours]. If it has sold since,
    /// the former owner was told, who has no market any more.
    Rehomed {
        /// The market.
        commodity: Commodity,
    },
    /// Request of a market owner to a seller: are you there?
    Ping {
        /// The asker's number for it.
        serving: u32,
    },
    /// Answer to `Ping`.
    Pong {
        /// As asked.
        serving: u32,
    },
    /// Request of a buyer to a market owner.
    FindSeller(Request),
    /// Request of a market owner to another, who will answer the buyer: serve this.
    HandOn {
        /// Markets contacted on the way.
        hops: u8,
        /// What the buyer asks.
        request: Request,
        /// What the buyer is to be answered with.
        ticket: Ticket,
        /// The market that should serve it.
        to: Commodity,
    },
    /// Answer to `HandOn`: I will.
    Taken,
    /// Answer to `FindSeller`: this seller. It is a hint, kept for the buyer for a while; only the
    /// seller sells.
    Quote {
        /// Markets asked so far, by this purchase.
        attempts: u8,
        /// Markets contacted on the way, by this request.
        hops: u8,
        /// What is offered.
        quote: Quote,
    },
    /// Answer to `FindSeller`: nobody.
    Unserved {
        /// The buyer's purchase.
        purchase: u32,
        /// Why.
        why: Unserved,
        /// Markets asked so far, by this purchase.
        attempts: u8,
        /// Markets contacted on the way, by this request.
        hops: u8,
    },
    /// Request of a buyer to a seller: sell to me.
    Buy {
        /// The purchase. Asked again, it is answered again, and sold once.
        purchase: u32,
        /// The amount wanted, rounded up to a commodity.
        wanted: Commodity,
        /// What the seller will get.
        payoff: Credits,
        /// For how long.
        hold: Span,
        /// Whether it is for the service layer.
        service: bool,
    },
    /// Answer to `Buy`: sold.
    Accepted {
        /// The purchase.
        purchase: u32,
        /// How much is sold, in the kind's unit.
        amount: u64,
    },
    /// Answer to `Buy`: not any more, or not at that price.
    Refused {
        /// The purchase.
        purchase: u32,
    },
    /// The buyer has given up on this seller.
    Cancel {
        /// The purchase.
        purchase: u32,
        /// Whether it knew that it had been sold to.
        was_held: bool,
    },
    /// Request of a seller: the time is over, pay me.
    Done {
        /// The purchase.
        purchase: u32,
        /// How often it was said before.
        tries: u8,
    },
    /// Answer to `Done`.
    Noted {
        /// The purchase.
        purchase: u32,
    },
    /// Request of a buyer who has not heard from its seller: what of my purchase?
    Ask {
        /// The purchase.
        purchase: u32,
    },
    /// Answer to `Ask`; or, unasked, a seller that leaves.
    Status {
        /// The purchase.
        purchase: u32,
        /// What became of it.
        status: Status,
    },
    /// To oneself.
    Timer(Timer),
}

/// What a buyer asks of market owners.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Request {
    /// The purchase.
    pub purchase: u32,
    /// The least commodity that will do.
    pub sought: Commodity,
    /// What the buyer would pay, in ticks.
    pub budget: u32,
    /// Where the buyer's code runs.
    pub platforms: Platforms,
    /// Markets asked so far.
    pub attempts: u8,
    /// Whether one of them had sellers, but none within the budget.
    pub is_dear: bool,
}

/// A market owner's answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Quote {
    /// The buyer's purchase.
    pub purchase: u32,
    /// Who sells.
    pub seller: Addr,
    /// Whose market it is.
    pub mo: Addr,
    /// The market's commodity.
    pub commodity: Commodity,
    /// What the market owner says of its sellers' marginal costs.
    pub report: Report,
}

/// Why a market owner names no seller.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unserved {
    /// No market trades as much or more.
    NoMarket,
    /// The markets that were asked have no matching seller.
    NoSeller,
    /// They have, but none within the budget.
    OverBudget,
    /// Whoever was asked is no market owner, or could not reach the one that it should: try
    /// another.
    Gone,
}

/// What became of a purchase, as its seller says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Status {
    /// Its time runs.
    Held,
    /// Its time is over.
    Done,
    /// The seller does not know of it, or will not see it through.
    Unknown,
}

/// All listings of a market.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Handover {
    /// The market.
    pub commodity: Commodity,
    /// What stood there.
    pub listings: Box<[Listing]>,
}

/// What it can be time for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Timer {
    /// Listing oneself again.
    Relist(ResourceKind),
    /// The end of a sale.
    SaleEnds(u32),
    /// The seller should have said that a purchase's time is over.
    Overdue(u32),
    /// Trying the bank again.
    Settle(u32),
    /// Showing the bank a receipt again.
    Receipt {
        /// The purchase.
        purchase: u32,
        /// The share that was delivered, in parts of a million.
        share: u32,
        /// How often it was shown before.
        tries: u8,
    },
    /// A round of a market's upkeep: purge, look for another owner, dissolve.
    Upkeep(u16),
    /// Looking the owner of a market up, out of turn.
    Claim(u16),
    /// Trying to join the processor overlay again.
    JoinOwners(u16),
}

/// Bytes of a buyer's request: purchase, commodity, budget, platforms, attempts, dear.
const REQUEST: u32 = PURCHASE + COMMODITY + 4 + 2 + 1 + 1;

impl Message {
    /// The kinds of what is not the processor overlay's or the AdminServer's, in the order of
    /// [`Message::kind`].
    pub const KINDS: [Kind; 20] = [
        Kind::new("market.list", COMMODITY + 4 + 1),
        Kind::new("market.delist", COMMODITY),
        Kind::new("market.handover", COMMODITY),
        Kind::new("market.ping", 0),
        Kind::new("market.pong", 0),
        Kind::new("market.find_seller", REQUEST),
        Kind::new("market.hand_on", REQUEST + ADDR + 4 + COMMODITY + 1),
        Kind::new("market.taken", 0),
        Kind::new("market.quote", PURCHASE + 2 * ADDR + COMMODITY + 8 + 2),
        Kind::new("market.unserved", PURCHASE + 3),
        Kind::new("market.buy", PURCHASE + COMMODITY + MONEY + 8 + 1),
        Kind::new("market.accepted", PURCHASE + 8),
        Kind::new("market.refused", PURCHASE),
        Kind::new("market.cancel", PURCHASE + 1),
        Kind::new("market.done", PURCHASE),
        Kind::new("market.noted", PURCHASE),
        Kind::new("market.ask", PURCHASE),
        Kind::new("market.status", PURCHASE + 1),
        Kind::new("market.rival", COMMODITY + 5),
        Kind::new("market.rehomed", COMMODITY),
    ];

    /// The place of its kind among [`Message::KINDS`]; of what is none of them, the place after
    /// the last.
    pub fn kind(&self) -> u8 {
        match self {
            Self::List { .. } => 0,
            Self::Delist { .. } => 1,
            Self::Handover(_) => 2,
            Self::Ping { .. } => 3,
            Self::Pong { .. } => 4,
            Self::FindSeller(_) => 5,
            Self::HandOn { .. } => 6,
            Self::Taken => 7,
            Self::Quote { .. } => 8,
            Self::Unserved { .. } => 9,
            Self::Buy { .. } => 10,
            Self::Accepted { .. } => 11,
            Self::Refused { .. } => 12,
            Self::Cancel { .. } => 13,
            Self::Done { .. } => 14,
            Self::Noted { .. } => 15,
            Self::Ask { .. } => 16,
            Self::Status { .. } => 17,
            Self::Rival { .. } => 18,
            Self::Rehomed { .. } => 19,
            Self::Processor { .. } | Self::Admin(_) | Self::Timer(_) => 20,
        }
    }
}
