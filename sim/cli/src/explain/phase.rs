//! The parts of a story, and which of them a message belongs to.

use super::carried;
use compup2p_protocol::market::{self, Timer};
use compup2p_protocol::node::Message;
use compup2p_protocol::rules::{PricingRule, Rules, Scheme};
use compup2p_protocol::service;

/// A part of a story.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Phase {
    /// Of a lookup: all of it.
    LookingUp,
    /// Of a purchase: from the user's wish to the market owner.
    FindingMarket,
    /// The market owner names a seller.
    NamingSeller,
    /// The bank puts the money aside.
    Reserving,
    /// The seller sells, and holds what it sold.
    Delivery,
    /// The money goes its way.
    Payment,
    /// Of a sub-task: until nothing that it needs is missing.
    Waiting,
    /// Its compute power and storage are bought.
    Buying,
    /// Code and data go to the compute node.
    Sending,
    /// It is computed.
    Computing,
    /// Its checkpoints go to the storage node.
    Checkpoints,
    /// It goes on elsewhere.
    Migration,
    /// What came out goes to the user's node.
    Results,
    /// What came out is checked.
    Verification,
}

impl Phase {
    /// Where in the story of a purchase a message belongs.
    pub(super) fn of_purchase(message: &Message) -> Self {
        use market::Message as M;
        if carried::is_about_reserving(message) {
            return Phase::Reserving;
        }
        match message {
            Message::Market(
                M::Ping { .. } | M::Pong { .. } | M::Quote { .. } | M::Unserved { .. },
            ) => Phase::NamingSeller,
            Message::Market(
                M::Buy { .. }
                | M::Accepted { .. }
                | M::Refused { .. }
                | M::Cancel { .. }
                | M::Delist { .. }
                | M::Ask { .. }
                | M::Status { .. }
                | M::Timer(Timer::SaleEnds(_) | Timer::Overdue(_)),
            ) => Phase::Delivery,
            Message::Market(
                M::Done { .. }
                | M::Noted { .. }
                | M::Timer(Timer::Settle(_) | Timer::Receipt { .. }),
            ) => Phase::Payment,
            Message::Market(M::Admin(_)) | Message::Admin(_) => {
                match carried::purchase(message).is_some() {
                    true => Phase::Payment,
                    false => Phase::FindingMarket,
                }
            }
            Message::Overlay(_) | Message::Market(_) | Message::Service(_) | Message::Timer(_) => {
                Phase::FindingMarket
            }
        }
    }

    /// Where in the story of a sub-task a message belongs.
    pub(super) fn of_task(message: &Message) -> Self {
        use service::Message as M;
        let message = match message {
            Message::Service(message) => message,
            Message::Market(market::Message::Status { .. }) => return Phase::Migration,
            Message::Overlay(_) | Message::Market(_) | Message::Admin(_) | Message::Timer(_) => {
                return Phase::Buying;
            }
        };
        match message {
            M::Submit(_) | M::Submitted { .. } | M::AskProgress { .. } | M::Progress { .. } => {
                Phase::Waiting
            }
            M::Beat { .. } | M::Alive { .. } | M::Unknown { .. } | M::Stop { .. } => {
                Phase::Computing
            }
            M::Checkpoint { .. }
            | M::NoRoom { .. }
            | M::StorageLost { .. }
            | M::StoreAt { .. }
            | M::Kept { .. }
            | M::Drop { .. } => Phase::Checkpoints,
            M::Run(assignment) if assignment.resumes => Phase::Migration,
            M::Fetch { .. } | M::Sending { .. } | M::NoCheckpoint { .. } | M::Snapshot { .. } => {
                Phase::Migration
            }
            M::Output { .. } | M::Notify { .. } | M::Noted { .. } => Phase::Results,
            M::Timer(service::Timer::Checked { .. }) => Phase::Verification,
            _ => Phase::Sending,
        }
    }

    /// What stands above it.
    pub(super) fn heading(self, rules: &Rules) -> String {
        match self {
            Self::LookingUp => "Looking the owner of the key up (find_successor of Chord)".into(),
            Self::FindingMarket => format!("Finding the market ({})", scheme(rules.market.scheme)),
            Self::NamingSeller => {
                format!("Being named a seller by the market owner ({})", rule(rules.pricing.rule))
            }
            Self::Reserving => "Reserving: the bank puts the total aside".into(),
            Self::Delivery => "Delivery: the seller sells, and holds what it sold".into(),
            Self::Payment => "Payment".into(),
            Self::Waiting => "Waiting for what it needs".into(),
            Self::Buying => "Buying".into(),
            Self::Sending => "Sending code and data".into(),
            Self::Computing => "Computing".into(),
            Self::Checkpoints => "Checkpoints".into(),
            Self::Migration => "Migration: it goes on at another compute node".into(),
            Self::Results => "Results".into(),
            Self::Verification => "Verification".into(),
        }
    }
}

fn scheme(scheme: Scheme) -> &'static str {
    match scheme {
        Scheme::SingleOverlay => "single overlay: the market for C is at the successor of C",
        Scheme::ProcessorOverlay => {
            "processor overlay: market owners are found by their CMID, which is the value C"
        }
        Scheme::Naive => "naive: all markets are at the successor of 0",
    }
}

fn rule(rule: PricingRule) -> &'static str {
    match rule {
        PricingRule::Vickrey => {
            "reverse Vickrey: the least marginal cost wins, and is paid the second, or the budget if alone"
        }
        PricingRule::Commission => "commission: the least marginal cost wins, and is paid",
        PricingRule::VickreyCommission => "reverse Vickrey, with a commission for the market owner",
        PricingRule::MaxMin => "max-min payoff: the market owner reports the least and the highest",
        PricingRule::PostedPrices => "posted prices: the least price wins, and is paid",
    }
}
