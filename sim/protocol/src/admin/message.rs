//! What nodes and the AdminServer say to each other.

use crate::commodity::Commodity;
use crate::id::Addr;
use crate::kind::{ADDR, COMMODITY, Kind, MONEY, PURCHASE};
use crate::ledger::Deal;
use crate::overlay::peer::Member;
use crate::time::Span;
use alloc::boxed::Box;

/// Most market owners that one answer names.
pub const OWNERS_MAX: usize = 2;

/// A message to or from the AdminServer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Message {
    /// Request of a newcomer: through whom can I join?
    Join,
    /// Request of a member: name another member.
    NameContact,
    /// Answer to both: a node that was alive when last heard of, or nobody.
    Contact(Option<Addr>),
    /// I am alive.
    Keepalive,
    /// I go.
    Leave,
    /// I own a market for `0` in the processor overlay. Soft state, as with `Keepalive`.
    RegisterOwner(Commodity),
    /// I own no market any more.
    ForgetOwner,
    /// Request of a market owner for its new market: through whom can it join the processor
    /// overlay? If there is nobody, it is the first.
    JoinOwners {
        /// The new market's commodity.
        commodity: Commodity,
        /// The asker's number of the market.
        slot: u16,
    },
    /// Request: name some market owners.
    NameOwners {
        /// For whom at the asker.
        asker: Asker,
    },
    /// Answer to `JoinOwners` and `NameOwners`.
    Owners {
        /// As asked.
        asker: Asker,
        /// How many follow.
        count: u8,
        /// Market owners that were alive when last heard of.
        owners: [Member; OWNERS_MAX],
    },
    /// Request of a buyer: put the total of a deal aside.
    Reserve(Box<Reserve>),
    /// Request of a buyer: pay a share of what was agreed.
    Settle {
        /// The purchase.
        purchase: u32,
        /// In parts of a million.
        share: u32,
    },
    /// Request of a seller: I have delivered a share of what was agreed.
    Receipt {
        /// The purchase.
        purchase: u32,
        /// In parts of a million.
        share: u32,
        /// How often it was shown before.
        tries: u8,
    },
    /// Answer to `Receipt`.
    Filed {
        /// The purchase.
        purchase: u32,
    },
    /// Request of a buyer: give the money back.
    Refund {
        /// The purchase.
        purchase: u32,
        /// How often it was asked before.
        tries: u8,
        /// Whether the results of others show that what was delivered is wrong [ours].
        proven: bool,
    },
    /// Answer to `Reserve`, `Settle` and `Refund`.
    Banked {
        /// The purchase.
        purchase: u32,
        /// Where its money is.
        state: Banked,
    },
}

/// What a buyer wants put aside.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reserve {
    /// Who gets what.
    pub deal: Deal,
    /// For how long the buyer buys.
    pub hold: Span,
}

/// Who at a node wants market owners named.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Asker {
    /// Its purchases.
    Buyer,
    /// One of its markets, to join the processor overlay or to look itself up.
    Market(u16),
}

/// Where the money of a purchase is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Banked {
    /// Put aside.
    Reserved,
    /// With the seller and the market owner.
    Settled,
    /// With the buyer again.
    Returned,
    /// With the buyer, who has too little of it.
    InsufficientFunds,
    /// Put aside, and not for the buyer any more: the seller has delivered.
    Delivered,
    /// The bank knows of none.
    Unknown,
}

impl Message {
    /// The kinds, in the order of [`Message::kind`].
    pub const KINDS: [Kind; 16] = [
        Kind::new("admin.join", 0),
        Kind::new("admin.name_contact", 0),
        Kind::new("admin.contact", ADDR),
        Kind::new("admin.keepalive", 0),
        Kind::new("admin.leave", 0),
        Kind::new("admin.register_owner", COMMODITY),
        Kind::new("admin.forget_owner", 0),
        Kind::new("admin.join_owners", COMMODITY),
        Kind::new("admin.name_owners", 0),
        Kind::new("admin.owners", 1 + OWNERS_MAX as u32 * (ADDR + COMMODITY)),
        Kind::new("admin.reserve", PURCHASE + 1 + 2 * ADDR + 2 * MONEY + 8),
        Kind::new("admin.settle", PURCHASE + 4),
        Kind::new("admin.receipt", PURCHASE + 4),
        Kind::new("admin.filed", PURCHASE),
        Kind::new("admin.refund", PURCHASE + 1),
        Kind::new("admin.banked", PURCHASE + 1),
    ];

    /// The place of its kind among [`Message::KINDS`].
    pub fn kind(&self) -> u8 {
        match self {
            Self::Join => 0,
            Self::NameContact => 1,
            Self::Contact(_) => 2,
            Self::Keepalive => 3,
            Self::Leave => 4,
            Self::RegisterOwner(_) => 5,
            Self::ForgetOwner => 6,
            Self::JoinOwners { .. } => 7,
            Self::NameOwners { .. } => 8,
            Self::Owners { .. } => 9,
            Self::Reserve(_) => 10,
            Self::Settle { .. } => 11,
            Self::Receipt { .. } => 12,
            Self::Filed { .. } => 13,
            Self::Refund { .. } => 14,
            Self::Banked { .. } => 15,
        }
    }

    /// Whether a node's market layer asked it, or is answered by it.
    pub fn is_of_market(&self) -> bool {
        match self {
            Self::Join | Self::NameContact | Self::Contact(_) | Self::Keepalive | Self::Leave => {
                false
            }
            Self::RegisterOwner(_)
            | Self::ForgetOwner
            | Self::JoinOwners { .. }
            | Self::NameOwners { .. }
            | Self::Owners { .. }
            | Self::Reserve(_)
            | Self::Settle { .. }
            | Self::Receipt { .. }
            | Self::Filed { .. }
            | Self::Refund { .. }
            | Self::Banked { .. } => true,
        }
    }
}
