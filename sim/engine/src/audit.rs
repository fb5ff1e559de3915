//! Judges: named properties of a run, looked at from outside, at every sample and at the end. They
//! read everything and change nothing; they draw nothing and post nothing.

use crate::purchases::Purchases;
use crate::simulation::Simulation;
use compup2p_protocol::id::Addr;
use compup2p_protocol::market;
use compup2p_protocol::overlay::Overlay;
use compup2p_protocol::overlay::peer::Member;
use compup2p_protocol::time::Time;

/// The most verdicts that are kept.
const VERDICTS_MAX: usize = 20;

/// One judge: what it looks after, and what it finds wrong.
struct Judge {
    name: &'static str,
    look: fn(&Simulation) -> Option<String>,
}

/// Every judge.
const JUDGES: &[Judge] = &[
    Judge { name: "money", look: money },
    Judge { name: "capacity", look: capacity },
    Judge { name: "purchases", look: purchases },
    Judge { name: "listings", look: listings },
    Judge { name: "markets", look: markets },
    Judge { name: "members", look: members },
];

/// The judges of a run, and what they found.
#[derive(Clone, Debug, Default)]
pub struct Audit {
    found: Vec<String>,
}

impl Audit {
    /// Lets every judge look at the run as it stands. Linear in the nodes.
    pub fn look(&mut self, run: &Simulation) {
        for judge in JUDGES {
            if let Some(wrong) = (judge.look)(run)
                && self.found.len() < VERDICTS_MAX
            {
                self.found.push(verdict(judge.name, run.now(), &wrong));
            }
        }
    }

    /// What was found wrong in the whole run.
    pub fn verdicts(self) -> Vec<String> {
        self.found
    }
}

fn verdict(judge: &str, at: Time, wrong: &str) -> String {
    format!("{judge}, at {} s: {wrong}", at.as_secs())
}

/// Balances and escrow are what was minted.
fn money(run: &Simulation) -> Option<String> {
    let ledger = run.admin().ledger();
    (!ledger.is_conserved()).then(|| {
        let (balances, escrow, minted) = (ledger.balances(), ledger.escrow(), ledger.minted());
        format!("balances {balances} + escrow {escrow} is not what was minted, {minted}")
    })
}

/// What is sold and what is free are the capacity, at each seller; and in all, what was reported.
fn capacity(run: &Simulation) -> Option<String> {
    let mut sold = 0;
    for (addr, node) in run.nodes().iter().enumerate() {
        let seller = node.market().seller();
        if seller.free() > seller.capacity() || !seller.is_balanced() {
            return Some(format!("node {addr}: {} free of {}", seller.free(), seller.capacity()));
        }
        sold += seller.capacity() - seller.free();
    }
    let reported = run.tally().trade.sold;
    (sold != reported).then(|| format!("{sold} is sold, {reported} was reported"))
}

/// Every purchase is under way or ended once.
fn purchases(run: &Simulation) -> Option<String> {
    let ended = run.tally().trade.all();
    let Purchased { asked, open, twice } = purchased(run.purchases());
    (twice > 0 || asked != open + ended)
        .then(|| format!("{asked} asked, {open} under way, {ended} ended, {twice} ended twice"))
}

struct Purchased {
    asked: u64,
    open: u64,
    twice: u64,
}

fn purchased(purchases: &Purchases) -> Purchased {
    Purchased {
        asked: u64::from(purchases.asked()),
        open: purchases.under_way().len() as u64,
        twice: purchases.ended_twice(),
    }
}

/// Listings and markets at nodes are those that are counted.
fn listings(run: &Simulation) -> Option<String> {
    let loads = run.nodes().iter().map(|node| node.load(run.rules()));
    let (markets, listings) = loads.fold((0, 0), |(markets, listings), load| {
        (markets + u64::from(load.markets), listings + u64::from(load.listings))
    });
    let counted = (run.tally().loads.markets(), run.tally().loads.listings());
    (counted != (markets, listings)).then(|| {
        format!("{listings} listings in {markets} markets, {} in {} counted", counted.1, counted.0)
    })
}

/// The markets that were reported opened and not closed are those that nodes keep.
fn markets(run: &Simulation) -> Option<String> {
    let kept: usize = run.nodes().iter().map(|node| node.market().markets().len()).sum();
    let known = run.markets().len();
    (kept != known).then(|| format!("{kept} markets are kept, {known} are known"))
}

/// Members of the ring are up, and believe that they are in it.
fn members(run: &Simulation) -> Option<String> {
    let virtual_nodes = run.rules().overlay.virtual_nodes;
    let is_in = |addr: Addr| {
        let is_up = run.population().host(addr.0 / virtual_nodes).is_up;
        is_up && run.nodes()[addr.0 as usize].overlay().is_in()
    };
    let stranger = run.oracle().ring().find(|&addr| !is_in(addr))?;
    Some(format!("node {} is a member and not in the ring", stranger.0))
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

/// Markets whose successor or predecessor in the processor overlay is not the true one, or which
/// stand at another node than the owner of their commodity's key: so does one of any two that claim
/// the same commodity.
pub fn markets_astray(run: &Simulation) -> Vec<Member> {
    let (rules, markets) = (run.rules(), run.markets());
    markets
        .iter()
        .filter(|&market| {
            let kept = run.nodes()[market.host.0 as usize].market().markets();
            let owned = kept.iter().find(|owned| owned.commodity() == market.commodity);
            let Some(member) = owned.and_then(|owned| owned.member()) else { return true };
            let successor = member.successors().first().copied().unwrap_or(market);
            let predecessor = member.predecessor().unwrap_or(market);
            !member.is_in()
                || Some(successor) != markets.successor(market, rules)
                || Some(predecessor) != markets.predecessor(market, rules)
                || Some(market.host) != run.oracle().owner(market::key(market.commodity, rules))
        })
        .collect()
}
