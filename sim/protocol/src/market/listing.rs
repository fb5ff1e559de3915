//! A listing: a seller's offer as it stands at a market owner.

use crate::commodity::Platform;
use crate::id::Addr;
use crate::kind::ADDR;
use crate::time::Time;

/// Attributes of a seller that a market owner stores (CompuP2P, V-D.b): address, marginal cost, OS
/// type, OS version, processor and so on.
pub const ATTRIBUTES: u64 = 10;

/// Bytes of one attribute, as equation 2 sets it.
pub const ATTRIBUTE_BYTES: u64 = 4;

/// Bytes of a listing by equation 2 (CompuP2P, V-D), S = n * a * s: 400 KB for 10,000 sellers.
pub const EQUATION_2_BYTES: u64 = ATTRIBUTES * ATTRIBUTE_BYTES;

/// Bytes of a listing of ours, encoded: seller, bid, platform, expiry, end of the hold.
pub const ENCODED_BYTES: u64 = ADDR as u64 + 4 + 1 + 8 + 8;

/// One seller's offer of the market's commodity. Each market deals in one commodity, so the amount
/// is the market's and not the listing's (CompuP2P, IV-A).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Listing {
    /// Who sells.
    pub seller: Addr,
    /// Its bid, in ticks.
    pub bid: u32,
    /// What its machine is.
    pub platform: Platform,
    /// When the listing is over, unless the seller lists itself again.
    pub expiry: Time,
    /// Until then it is kept for the buyer who was told of it.
    pub held_until: Time,
}
