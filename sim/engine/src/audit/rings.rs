//! Judges of both rings. They speak of a run that nothing has disturbed for so long that every
//! ring must be well (`quiet.rs` says when).

use crate::simulation::Simulation;
use compup2p_protocol::commodity::Commodity;
use compup2p_protocol::fact::Ring;
use compup2p_protocol::id::Addr;
use compup2p_protocol::market::{OwnedMarket, key};
use compup2p_protocol::overlay::Overlay;
use compup2p_protocol::overlay::peer::Member;
use compup2p_protocol::rules::Scheme;

/// After a long quiet both rings are the true ones.
pub(super) fn rings(run: &Simulation) -> Option<String> {
    let has_healed = |ring| run.quiet().has_healed(ring, run.now(), run);
    if has_healed(Ring::Base)
        && let Some(addr) = astray(run).first()
    {
        return Some(format!("node {} has not the true neighbours", addr.0));
    }
    if has_healed(Ring::Processor)
        && let Some(Member { host, commodity }) = astray_markets(run).first()
    {
        let value = run.rules().value(*commodity);
        return Some(format!("market {value} of node {} has not the true neighbours", host.0));
    }
    None
}

/// After a long quiet there is one claim a CMID.
pub(super) fn claims(run: &Simulation) -> Option<String> {
    if !run.quiet().has_one_claim_each(run) {
        return None;
    }
    let (commodity, hosts) = claimed_twice(run)?;
    let value = run.rules().value(commodity);
    Some(format!("market {value} is at node {} and at node {}", hosts[0].0, hosts[1].0))
}

/// A lookup that began after a long quiet found the true owner.
pub(super) fn lookups(run: &Simulation) -> Option<String> {
    let (addr, end) = run.quiet().wrong?;
    let owner = end.owner.map_or("nobody".to_owned(), |owner| format!("node {}", owner.0));
    let (ring, purpose, key) = (end.ring, end.purpose, end.key);
    Some(format!("node {} found {owner} for {key} ({ring:?} ring, {purpose:?})", addr.0))
}

/// Members of the base ring whose successor or predecessor is not the true one.
pub fn astray(run: &Simulation) -> Vec<Addr> {
    let oracle = run.oracle();
    oracle
        .ring()
        .filter(|&addr| {
            let Overlay::Chord(chord) = run.nodes()[addr.0 as usize].overlay();
            let successor = chord.successors().first().copied().unwrap_or(addr);
            let predecessor = chord.predecessor().unwrap_or(addr);
            Some(successor) != oracle.successor(addr)
                || Some(predecessor) != oracle.predecessor(addr)
        })
        .collect()
}

/// Markets that are not in the processor overlay, or whose successor or predecessor there is not
/// the true one.
pub fn astray_markets(run: &Simulation) -> Vec<Member> {
    if run.rules().market.scheme != Scheme::ProcessorOverlay {
        return Vec::new();
    }
    let (ring, rules) = (run.markets(), run.rules());
    ring.iter()
        .filter(|&market| {
            let owned = run.nodes()[market.host.0 as usize].market().markets();
            let owned = owned.iter().find(|owned| owned.commodity() == market.commodity);
            let Some(chord) = owned.and_then(OwnedMarket::member) else { return true };
            let successor = chord.successors().first().copied().unwrap_or(market);
            let predecessor = chord.predecessor().unwrap_or(market);
            !chord.is_in()
                || Some(successor) != ring.successor(market, rules)
                || Some(predecessor) != ring.predecessor(market, rules)
        })
        .collect()
}

/// Markets that stand at another node than the owner of their commodity's key.
pub fn misplaced_markets(run: &Simulation) -> Vec<Member> {
    let owner = |market: &Member| run.oracle().owner(key(market.commodity, run.rules()));
    run.markets().iter().filter(|market| Some(market.host) != owner(market)).collect()
}

/// A commodity with two markets, if there is one, and whose they are.
pub fn claimed_twice(run: &Simulation) -> Option<(Commodity, [Addr; 2])> {
    let next = run.markets().iter().skip(1);
    let mut pairs = run.markets().iter().zip(next);
    let (one, two) = pairs.find(|(one, two)| one.commodity == two.commodity)?;
    Some((one.commodity, [one.host, two.host]))
}
