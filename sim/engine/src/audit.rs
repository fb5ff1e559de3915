//! Judges: named properties of a run, looked at from outside, at every sample and at the end. They
//! read everything and change nothing; they draw nothing and post nothing.

use crate::observer::TaskOutcome;
use crate::purchases::Purchases;
use crate::simulation::Simulation;
use compup2p_protocol::commodity::KINDS;
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
    Judge { name: "accounts", look: accounts },
    Judge { name: "paid", look: paid },
    Judge { name: "shipments", look: shipments },
    Judge { name: "tasks", look: tasks },
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
    let admin = &run.rules().admin;
    if !ledger.is_conserved() {
        let (balances, escrow) = (ledger.balances(), ledger.escrow());
        let wrong = format!("balances {balances} + escrow {escrow} is not what was minted");
        return Some(format!("{wrong}, {minted}"));
    }
    let accounts = ledger.accounts() as u64;
    let incomes = ledger.incomes();
    let granted = Credits::whole(admin.initial_balance).0 * accounts;
    let earned = Credits::whole(admin.income).0 * incomes;
    (minted.0 != granted + earned)
        .then(|| format!("{minted} were minted for {accounts} accounts and {incomes} incomes"))
}

/// What an account holds is what it began with and its incomes, and what it was reported to be paid,
/// less what it was reported to pay and has put aside.
fn accounts(run: &Simulation) -> Option<String> {
    let (ledger, admin, tally) = (run.admin().ledger(), &run.rules().admin, run.tally());
    let mut aside = vec![0; run.nodes().len()];
    for (buyer, total) in ledger.put_aside() {
        aside[buyer.0 as usize] += total.0;
    }
    let periods = run.now().0 / admin.income_period.0;
    let whole = |credits: u32| i128::from(Credits::whole(credits).0);
    (0..run.nodes().len() as u32).map(Addr).find_map(|addr| {
        let (earned, spent) = (tally.incomes.of(addr), tally.incomes.spent(addr));
        let aside = aside[addr.0 as usize];
        if !ledger.is_open(addr) {
            let is_nothing = [earned, spent, aside] == [0; 3];
            return (!is_nothing).then(|| format!("{addr:?} has no account and got {earned}"));
        }
        let held = i128::from(ledger.balance(addr).0) + i128::from(aside);
        let beside = held + i128::from(spent) - i128::from(earned);
        let (incomes, income) = (beside - whole(admin.initial_balance), whole(admin.income));
        let is_right = match income {
            0 => incomes == 0,
            _ => incomes % income == 0 && (0..=i128::from(periods)).contains(&(incomes / income)),
        };
        (!is_right).then(|| {
            format!("{addr:?} holds {held} micro-credits, earned {earned} and spent {spent}")
        })
    })
}

/// What the bank was reported to pay is what the rows of purchases say.
fn paid(run: &Simulation) -> Option<String> {
    let (paid, told) = (run.tally().incomes.total(), run.tally().trade.paid_in_all);
    let early = run.purchases().paid_early();
    (paid != told + early).then(|| format!("{paid} was paid, of which rows tell {told} + {early}"))
}

/// Messages that were under way when the last purchase ended have arrived after this.
const UNDER_WAY: Span = Span::secs(60);

/// Once no purchase is under way and every reservation is due, nothing is left in escrow but what
/// the bank pays, or gives back, when it is asked the next time.
fn escrow(run: &Simulation) -> Option<String> {
    let purchases = run.purchases();
    let drained = purchases.held_until() + run.rules().admin.reservation + UNDER_WAY;
    if run.now() <= drained || !purchases.are_over() || run.admin().ledger().escrow().0 == 0 {
        return None;
    }
    let left = run.admin().escrow_not_due(run.now());
    (left.0 > 0).then(|| format!("{left} are put aside for no purchase"))
}

/// No seller has sold more than it has, and what it has sold is what its sales hold; and in all,
/// what is sold and offered is what was reported.
fn capacity(run: &Simulation) -> Option<String> {
    let mut there = [(0u128, 0u128); KINDS.len()];
    for (addr, node) in run.nodes().iter().enumerate() {
        let seller = node.market().seller();
        for stall in seller.stalls() {
            let (sold, nominal) = (stall.sold(), stall.nominal());
            if sold > nominal || stall.offered() > nominal || !seller.is_balanced() {
                return Some(format!("node {addr}: {sold} of {nominal} {:?} sold", stall.kind()));
            }
            let (all_sold, all_offered) = &mut there[stall.kind() as usize];
            *all_sold += u128::from(sold);
            // What is down offers nothing.
            let host = addr as u32 / run.rules().overlay.virtual_nodes;
            *all_offered +=
                u128::from(stall.offered()) * u128::from(run.population().host(host).is_up);
        }
    }
    for (kind, (sold, offered)) in KINDS.into_iter().zip(there) {
        let supply = run.tally().trade.supply(kind);
        if (sold, offered) != (supply.sold, supply.offered) {
            let (told_sold, told_offered) = (supply.sold, supply.offered);
            return Some(format!(
                "{sold} of {kind:?} is sold and {offered} offered, {told_sold} and {told_offered} \
                 were reported"
            ));
        }
    }
    None
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

/// Every shipment is under way, or was delivered or broke off, once; and the ends of what is under
/// way can reach each other.
fn shipments(run: &Simulation) -> Option<String> {
    let (shipments, counts) = (run.shipments(), run.shipments().counts);
    let (asked, delivered, broken) = (counts.asked, counts.delivered, counts.broken);
    let under_way = shipments.under_way();
    if asked != delivered + broken + under_way {
        return Some(format!(
            "{asked} asked for, {delivered} delivered, {broken} broken off, {under_way} under way"
        ));
    }
    let [from, to] = shipments.begun().find(|&[from, to]| !run.can_ship(from, to))?;
    Some(format!("from {from:?} to {to:?}, which cannot reach each other"))
}

/// Every sub-task that was submitted is under way, or ended once; and what a driver sees to is under
/// way.
fn tasks(run: &Simulation) -> Option<String> {
    let tasks = run.tasks();
    let (submitted, twice, unknown) = (tasks.submitted(), tasks.ended_twice(), tasks.unknown());
    let (open, ended) = (tasks.left_open(), tasks.sums.all());
    if twice > 0 || unknown > 0 || u64::from(submitted) != open + ended {
        return Some(format!(
            "{submitted} submitted, {open} under way, {ended} ended, {twice} ended twice, \
             {unknown} unknown"
        ));
    }
    let services = run.nodes().iter().filter_map(|node| node.service());
    let driven: u64 = services.map(|service| service.driver().tasks().count() as u64).sum();
    let cut_off = tasks.sums.with(TaskOutcome::Unfinished);
    (driven > open + cut_off).then(|| format!("{driven} are seen to, {open} under way"))
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
