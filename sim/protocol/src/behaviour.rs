//! How a node plays its roles: as the protocol says, or as its advantage says. No node is told
//! what another is.

/// As a market owner.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum MoBehaviour {
    /// Names the cheapest seller and says of its sellers' marginal costs what they said.
    #[default]
    Honest,
    /// Says what earns it most of what the pricing rule leaves to it (CompuP2P, IV-B.2): of sellers
    /// that are listed, but for max-min payoffs.
    Selfish,
    /// Keeps all listings back but the dearest that the buyer would pay [ours].
    Withholding,
    /// Names the cheapest seller, and a price as high as the buyer would pay [ours].
    Lying,
}

/// As a seller.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum SellerBehaviour {
    /// Bids its marginal cost.
    #[default]
    Truthful,
    /// Bids less, to be named more often.
    Underbid,
    /// Bids more, to be paid more.
    Overbid,
    /// Bids no less than its cartel does.
    Colluding,
}

/// As a buyer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum BuyerBehaviour {
    /// Pays for what it got.
    #[default]
    Honest,
    /// Disputes good results, and wants its money back.
    Denying,
}

/// As a node that computes for others.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum ComputeBehaviour {
    /// Computes right results.
    #[default]
    Correct,
    /// Computes wrong results, each of its own.
    Faulty,
    /// Tells wrong results, the same as others of its kind.
    Malicious,
}

/// All of a node's behaviours.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Character {
    /// As a market owner.
    pub mo: MoBehaviour,
    /// As a seller.
    pub seller: SellerBehaviour,
    /// As a buyer.
    pub buyer: BuyerBehaviour,
    /// As a node that computes for others.
    pub compute: ComputeBehaviour,
    /// The part of its marginal cost, in parts of ten thousand, that a seller that bids too little
    /// or too much is off by.
    pub misreport: u16,
}

impl MoBehaviour {
    /// Its name in results.
    pub fn name(self) -> &'static str {
        match self {
            Self::Honest => "honest",
            Self::Selfish => "selfish",
            Self::Withholding => "withholding",
            Self::Lying => "lying",
        }
    }
}

impl SellerBehaviour {
    /// Its name in results.
    pub fn name(self) -> &'static str {
        match self {
            Self::Truthful => "truthful",
            Self::Underbid => "underbid",
            Self::Overbid => "overbid",
            Self::Colluding => "colluding",
        }
    }
}

impl ComputeBehaviour {
    /// Its name in results.
    pub fn name(self) -> &'static str {
        match self {
            Self::Correct => "correct",
            Self::Faulty => "faulty",
            Self::Malicious => "malicious",
        }
    }
}

impl BuyerBehaviour {
    /// Its name in results.
    pub fn name(self) -> &'static str {
        match self {
            Self::Honest => "honest",
            Self::Denying => "denying",
        }
    }
}
