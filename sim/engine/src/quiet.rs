//! Quiet: since when nothing has disturbed the rings. After long enough a quiet there is no excuse:
//! every ring is the true one, and lookups find true owners (SPEC 14).

use crate::simulation::Simulation;
use crate::surroundings::Traffic;
use compup2p_protocol::fact::{LookupEnd, Ring};
use compup2p_protocol::id::Addr;
use compup2p_protocol::rules::Mechanism;
use compup2p_protocol::time::{Span, Time};

/// A ring is the true one again within this many rejoin rounds, times log2 N.
const ROUNDS: f64 = 10.0;
/// Lookups that are allowed fewer hops than this, times log2 N, may fail on a true ring.
const HOPS: f64 = 4.0;
/// One message in so many may be late. An answer that is late is silence, and so many requests
/// that meet silence, one after the other, are held for a death.
const LATE_ONE_IN: u64 = 1000;
const ATTEMPTS: u32 = 3;

/// Since when nothing has disturbed a ring.
#[derive(Clone, Copy, Debug, Default)]
struct Since {
    at: Time,
    /// Messages sent by then.
    sent: u64,
    /// Answers that had come late by then.
    late: u64,
}

/// Since when nothing has disturbed the rings.
#[derive(Clone, Debug, Default)]
pub struct Quiet {
    /// By ring. What disturbs the base ring disturbs that of market owners.
    since: [Since; 2],
    /// The first lookup that went wrong without an excuse, and whose it was.
    pub(crate) wrong: Option<(Addr, LookupEnd)>,
}

impl Quiet {
    /// Something happened that a ring has to recover from.
    pub(crate) fn disturb(&mut self, ring: Ring, now: Time, traffic: &Traffic) {
        let since = Since { at: now, sent: traffic.sent.iter().sum(), late: traffic.late };
        self.since[ring as usize] = since;
        if ring == Ring::Base {
            self.since[Ring::Processor as usize] = since;
        }
    }

    /// Whether a ring had had time to heal at `at`, and nothing has disturbed it until now.
    pub fn has_healed(&self, ring: Ring, at: Time, run: &Simulation) -> bool {
        let since = self.since[ring as usize];
        at > since.at && at.since(since.at) > healing(run) && self.is_judged(ring, run)
    }

    /// Whether each commodity should have one market at most: the base ring has healed, sellers
    /// have found it so, and the markets that they left have been dissolved.
    pub fn has_one_claim_each(&self, run: &Simulation) -> bool {
        let market = &run.rules().market;
        let dissolved = (market.listing_ttl + market.relist_interval) * 2;
        let since = self.since[Ring::Base as usize].at;
        let off = run.rules().off;
        run.now().since(since) > healing(run) + dissolved
            && off.is_on(Mechanism::Purge)
            && off.is_on(Mechanism::Claim)
            && self.is_judged(Ring::Base, run)
    }

    /// Whether a ring can be expected to heal: all that heals it is on, no fault is, and neither
    /// the network's loss nor its delays make the living look dead.
    fn is_judged(&self, ring: Ring, run: &Simulation) -> bool {
        use Mechanism as M;
        let Since { sent, late, .. } = self.since[ring as usize];
        let traffic = run.traffic();
        let late = traffic.late - late;
        let sent = traffic.sent.iter().sum::<u64>() - sent;
        let overlay = &run.rules().overlay;
        let is_patient = overlay.attempts >= ATTEMPTS && late * LATE_ONE_IN <= sent;
        let heals = [M::Stabilize, M::Notify, M::CheckPredecessor, M::Rejoin];
        heals.into_iter().all(|mechanism| run.rules().off.is_on(mechanism))
            && !run.is_faulty()
            && run.scenario().network.loss == 0.0
            && (late == 0 || is_patient)
            && f64::from(overlay.hops_max) >= HOPS * log2_members(run)
            && run.tally().successors_lost[ring as usize] == 0
    }
}

fn log2_members(run: &Simulation) -> f64 {
    libm::log2(run.oracle().members().max(2) as f64)
}

/// How long rings take to heal. Where nodes stabilize more seldom than they rejoin [ours], a round
/// lasts as long as they take to stabilize.
fn healing(run: &Simulation) -> Span {
    let overlay = &run.rules().overlay;
    let round = overlay.rejoin_interval.max(overlay.stabilize.max);
    Span::from_secs_f64(ROUNDS * log2_members(run) * round.as_secs())
}
