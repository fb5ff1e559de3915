//! How many nodes play their roles otherwise than the protocol says: section `behaviour:` of a
//! scenario. Who is which is a pure draw, for each role one of its own; none depends on costs.

use crate::chance::{Chance, Purpose};
use crate::distribution::Distribution;
use compup2p_protocol::behaviour::{
    BuyerBehaviour, Character, ComputeBehaviour, MoBehaviour, SellerBehaviour,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Shares of nodes by behaviour. Who is in none of a role's shares is honest in that role.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Behaviours {
    /// As market owners.
    pub mo: MoShares,
    /// As sellers.
    pub seller: SellerShares,
    /// As buyers.
    pub buyer: BuyerShares,
    /// As nodes that compute for others.
    pub compute: ComputeShares,
    /// How likely a node that is faulty or malicious gives a wrong result, 0 to 1.
    pub error_rate: f64,
    /// By what part of its marginal cost a seller that underbids or overbids is off, 0 to 1.
    pub misreport: Distribution<f64>,
    /// What colluding sellers bid at least, in credits, whatever they sell.
    pub cartel_price: u32,
}

/// Shares of nodes as market owners.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct MoShares {
    /// Say what earns them most, of what the pricing rule leaves to them.
    pub selfish: f64,
    /// Keep all listings back but the dearest that a buyer would pay.
    pub withholding: f64,
    /// Name the cheapest seller, and a price as high as the buyer would pay.
    pub lying: f64,
}

/// Shares of nodes as sellers.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SellerShares {
    /// Bid less than their marginal cost.
    pub underbid: f64,
    /// Bid more.
    pub overbid: f64,
    /// Bid no less than `cartel_price`.
    pub colluding: f64,
}

/// Shares of nodes as buyers.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct BuyerShares {
    /// Dispute good results, and want their money back.
    pub denying: f64,
}

/// Shares of nodes as those that compute for others.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ComputeShares {
    /// Compute wrong results, each of its own.
    pub faulty: f64,
    /// Tell wrong results, the same as others of their kind.
    pub malicious: f64,
}

impl Default for Behaviours {
    fn default() -> Self {
        Self {
            mo: MoShares::default(),
            seller: SellerShares::default(),
            buyer: BuyerShares::default(),
            compute: ComputeShares::default(),
            error_rate: 1.0,
            misreport: Distribution::Uniform { min: 0.0, max: 0.5 },
            cartel_price: 150,
        }
    }
}

/// The draws of [`Purpose::Behaviour`] by number; 0 and 1 say who sells, and who has which policy.
const MO: u64 = 2;
const SELLER: u64 = 3;
const BUYER: u64 = 4;
const MISREPORT: u64 = 5;
const COMPUTE: u64 = 6;

impl Behaviours {
    /// The shares of each role, with their fields, for checks.
    pub fn shares(&self) -> [(&'static str, Vec<(&'static str, f64)>); 4] {
        let Self { mo, seller, buyer, compute, .. } = self;
        let mo = [("selfish", mo.selfish), ("withholding", mo.withholding), ("lying", mo.lying)];
        let seller = [
            ("underbid", seller.underbid),
            ("overbid", seller.overbid),
            ("colluding", seller.colluding),
        ];
        [
            ("mo", mo.to_vec()),
            ("seller", seller.to_vec()),
            ("buyer", vec![("denying", buyer.denying)]),
            ("compute", vec![("faulty", compute.faulty), ("malicious", compute.malicious)]),
        ]
    }

    /// How `host` behaves.
    pub fn character(&self, host: u32, chance: Chance) -> Character {
        let draw = |nth| chance.pure(Purpose::Behaviour, u64::from(host), nth).next_unit();
        let misreport = self.misreport.sample(draw(MISREPORT)).clamp(0.0, 1.0);
        Character {
            mo: one_of(
                || draw(MO),
                &[
                    (self.mo.selfish, MoBehaviour::Selfish),
                    (self.mo.withholding, MoBehaviour::Withholding),
                    (self.mo.lying, MoBehaviour::Lying),
                ],
            ),
            seller: one_of(
                || draw(SELLER),
                &[
                    (self.seller.underbid, SellerBehaviour::Underbid),
                    (self.seller.overbid, SellerBehaviour::Overbid),
                    (self.seller.colluding, SellerBehaviour::Colluding),
                ],
            ),
            buyer: one_of(|| draw(BUYER), &[(self.buyer.denying, BuyerBehaviour::Denying)]),
            compute: one_of(
                || draw(COMPUTE),
                &[
                    (self.compute.faulty, ComputeBehaviour::Faulty),
                    (self.compute.malicious, ComputeBehaviour::Malicious),
                ],
            ),
            misreport: libm::round(misreport * 10_000.0) as u16,
        }
    }
}

/// The behaviour in whose share a draw falls; the honest one beyond them all. Where all are honest
/// nothing need be drawn.
fn one_of<B: Copy + Default>(draw: impl Fn() -> f64, shares: &[(f64, B)]) -> B {
    if shares.iter().all(|&(share, _)| share == 0.0) {
        return B::default();
    }
    let mut place = draw();
    let falls = |(share, _): &&(f64, B)| {
        place -= share;
        place < 0.0
    };
    shares.iter().find(falls).map_or(B::default(), |&(_, behaviour)| behaviour)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_behave_so_as_the_shares_say() {
        let mo = MoShares { selfish: 0.3, withholding: 0.1, lying: 0.0 };
        let behaviours = Behaviours { mo, ..Behaviours::default() };
        let all: Vec<Character> =
            (0..10_000).map(|host| behaviours.character(host, Chance::new(7))).collect();
        let count = |mo| all.iter().filter(|character| character.mo == mo).count() as f64;
        assert!((count(MoBehaviour::Selfish) - 3000.0).abs() < 4.0 * 46.0);
        assert!((count(MoBehaviour::Withholding) - 1000.0).abs() < 4.0 * 30.0);
        assert_eq!(count(MoBehaviour::Lying), 0.0);
        assert!(all.iter().all(|character| character.seller == SellerBehaviour::Truthful));
    }
}
