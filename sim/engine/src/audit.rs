//! Judges: named properties of a run, looked at from outside, at every sample and at the end. They
//! read everything and change nothing; they draw nothing and post nothing.

use crate::purchases::Purchases;
use crate::simulation::Simulation;
use compup2p_protocol::credit::Credits;
use compup2p_protocol::id::Addr;
use compup2p_protocol::time::{Span, Time};

mod rings;

pub use rings::{astray, astray_markets, claimed_twice, misplaced_markets};

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
    Judge { name: "rings", look: rings::rings },
    Judge { name: "claims", look: rings::claims },
    Judge { name: "lookups", look: rings::lookups },
    Judge { name: "escrow", look: escrow },
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

/// Balances and escrow are what was minted; and that is what each account began with.
fn money(run: &Simulation) -> Option<String> {
    let ledger = run.admin().ledger();
    let minted = ledger.minted();
    if !ledger.is_conserved() {
        let (balances, escrow) = (ledger.balances(), ledger.escrow());
        let wrong = format!("balances {balances} + escrow {escrow} is not what was minted");
        return Some(format!("{wrong}, {minted}"));
    }
    let accounts = ledger.accounts() as u64;
    let granted = Credits::whole(run.rules().admin.initial_balance).0 * accounts;
    (minted.0 != granted).then(|| format!("{minted} were minted for {accounts} accounts"))
}

/// Messages that were under way when the last purchase ended have arrived after this.
const UNDER_WAY: Span = Span::secs(60);

/// Once no purchase is under way and every reservation has expired, nothing is in escrow.
fn escrow(run: &Simulation) -> Option<String> {
    let purchases = run.purchases();
    let drained = purchases.last_ended() + run.rules().admin.reservation + UNDER_WAY;
    if run.now() <= drained || !purchases.are_over() || run.admin().ledger().escrow().0 == 0 {
        return None;
    }
    // The bank looks at what has expired when it is asked the next time, and may not have been.
    let mut admin = run.admin().clone();
    admin.expire(run.now(), run.rules());
    let left = admin.ledger().escrow();
    (left.0 > 0).then(|| format!("{left} are put aside for no purchase"))
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
