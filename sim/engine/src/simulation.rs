//! One run: a population of nodes under the clock.
//!
//! The loop takes what comes next, lets one node read it, and looks at what the node reported.
//! `simulation/reading.rs` lets nodes read, `simulation/asking.rs` lets users ask,
//! `simulation/hosts.rs` lets hosts come and go, `simulation/owners.rs` tells them how much of them
//! their owners use, `simulation/shipping.rs` lets bulk data begin, land and break off,
//! `simulation/watch.rs` turns reports into rows and tallies, `simulation/warmup.rs` leaves out what
//! happened in the warm-up, `simulation/standing.rs` shows what stands at the end,
//! `simulation/views.rs` what judges and metrics look at.

mod asking;
mod hosts;
mod keeping;
mod owners;
mod reading;
mod shipping;
mod standing;
mod submitting;
mod views;
mod warmup;
mod watch;

#[cfg(test)]
pub(crate) mod tests;

use crate::activity::Activity;
use crate::audit::Audit;
use crate::calls::Timers;
use crate::chance::{Chance, Purpose};
use crate::churn::sessions::Sessions;
use crate::data::{Data, Keeping};
use crate::endowments::Endowments;
use crate::jobs::Jobs;
use crate::network::links::Links;
use crate::observer::{Observer, Outcome, Stop};
use crate::optimum::Optimum;
use crate::oracle::{MarketRing, Oracle};
use crate::owner_load::owners::Owners;
use crate::population::{Doing, Doings, Population, within};
use crate::purchases::Purchases;
use crate::quiet::Quiet;
use crate::surroundings::{ADDRS_MAX, Surroundings};
use crate::tally::Tally;
use crate::tasks::Tasks;
use crate::trial::Trial;
use crate::witness::Witness;
use crate::workload::Workload;
use compup2p_protocol::admin::AdminServer;
use compup2p_protocol::commodity::KINDS;
use compup2p_protocol::fact::Ring;
use compup2p_protocol::id::{Addr, Id};
use compup2p_protocol::ledger::WHOLE;
use compup2p_protocol::node::Node;
use compup2p_protocol::rules::{Off, Rules};
use compup2p_protocol::time::Time;
#[cfg(test)]
use compup2p_protocol::{node::Message, world::Arrival};
use std::collections::BTreeSet;
use std::sync::Arc;
use warmup::Warmup;

/// How many events ahead a node's row is fetched into the cache, and how many ahead its tables,
/// which the row points to.
const ROW_AHEAD: usize = 8;
const TABLES_AHEAD: usize = 3;

/// How many events lie between two looks at the observer's wishes.
const EVENTS_PER_PROGRESS: u64 = 1 << 14;

/// A run, from its start to its end.
pub struct Simulation {
    trial: Trial,
    rules: Rules,
    chance: Chance,
    sessions: Sessions,
    workload: Workload,
    endowments: Endowments,
    /// Who would sell each kind at least cost, where it is bought at all.
    optima: [Option<Optimum>; KINDS.len()],
    owners: Owners,
    end: Time,
    around: Surroundings,
    doings: Doings,
    next_doing: Time,
    population: Population,
    /// With turnover: who is up, and who waits to join.
    present: Vec<u32>,
    waiting: Vec<u32>,
    nodes: Vec<Node>,
    admin: AdminServer,
    oracle: Oracle,
    tally: Tally,
    activity: Activity,
    purchases: Purchases,
    jobs: Jobs,
    tasks: Tasks,
    data: Data,
    keeping: Keeping,
    /// Backups of which there was a copy once.
    stored: BTreeSet<u32>,
    /// The true processor overlay.
    markets: MarketRing,
    quiet: Quiet,
    warmup: Warmup,
    audit: Option<Audit>,
    events: u64,
    fingerprint: u64,
    /// What nodes read, if a test wants to know.
    #[cfg(test)]
    heard: Option<Vec<(Time, Addr, Arrival<Message>)>>,
}

impl Simulation {
    /// The run of `trial`, at time 0, with all who begin in the ring in it.
    pub fn new(trial: &Trial) -> Self {
        Self::with_timers(trial, Timers::Needed)
    }

    /// The same, with what nodes read and send noted if `observer` wants to see it.
    pub fn seen_by(trial: &Trial, observer: &dyn Observer) -> Self {
        let witness = observer.wants_sights().then(Box::default);
        Self::made(trial, Timers::Needed, witness)
    }

    /// The same, with the timeouts of requests posted as told: no difference shows.
    pub fn with_timers(trial: &Trial, timers: Timers) -> Self {
        Self::made(trial, timers, None)
    }

    fn made(trial: &Trial, timers: Timers, witness: Option<Box<Witness>>) -> Self {
        let scenario = &trial.scenario;
        let chance = Chance::new(trial.seed);
        let trace = trial.inputs.trace.clone().map(Arc::new);
        let sessions = Sessions::new(&scenario.churn, trace, chance, scenario.nodes);
        let hosts = sessions.population();
        let addrs = hosts * scenario.overlay.virtual_nodes;
        assert!(addrs < ADDRS_MAX, "a checked trial has fewer addresses");
        let rules = Rules {
            overlay: scenario.overlay.clone(),
            successors: scenario.successors() as usize,
            market: scenario.market.clone(),
            pricing: scenario.pricing.clone(),
            admin: scenario.admin.clone(),
            cartel_price: scenario.behaviour.cartel_price,
            policies: scenario.policies.clone().into(),
            horizon: scenario.owner_load.horizon,
            service: scenario.service.clone(),
            error_rate: libm::round(scenario.behaviour.error_rate * f64::from(WHOLE)) as u32,
            off: Off::these(&scenario.off),
            ids: identifiers(addrs, scenario.overlay.bits).into(),
            admin_at: Addr(addrs),
        };
        let matrix = trial.inputs.matrix.clone().map(Arc::new);
        let mut links = Links::new(&scenario.network, matrix);
        for host in 0..=hosts {
            let place =
                |nth| chance.pure(Purpose::Network, u64::from(host), u64::from(nth)).next_u64();
            links.place(place);
        }
        let mut around = Surroundings::new(
            chance,
            links,
            scenario.network.bandwidth,
            timers,
            scenario.overlay.virtual_nodes,
        );
        around.witness = witness;
        let oracle = Oracle::new(&rules.ids);
        let workload = Workload::new(scenario, chance);
        let endowments = Endowments::new(scenario, chance);
        let warm_until = Time::ZERO + scenario.warmup;
        let mut simulation = Self {
            optima: KINDS
                .map(|kind| workload.buys(kind).then(|| Optimum::new(kind, hosts, &endowments))),
            workload,
            endowments,
            owners: Owners::new(&scenario.owner_load, trial.inputs.loads.clone(), chance),
            end: Time::ZERO + scenario.duration,
            around,
            doings: Doings::new(),
            next_doing: Time::NEVER,
            population: Population::new(hosts),
            present: Vec::new(),
            waiting: Vec::new(),
            nodes: (0..addrs).map(|addr| Node::new(Addr(addr), &rules)).collect(),
            admin: AdminServer::default(),
            oracle,
            tally: Tally::new(addrs),
            activity: Activity::new(addrs, scenario.record.activity),
            purchases: Purchases::default(),
            jobs: Jobs::new(scenario, &trial.inputs, chance),
            tasks: Tasks::new(warm_until),
            data: Data::new(scenario, hosts, chance),
            keeping: Keeping::default(),
            stored: BTreeSet::new(),
            markets: MarketRing::default(),
            quiet: Quiet::default(),
            warmup: Warmup::new(warm_until),
            audit: trial.judged.then(Audit::default),
            events: 0,
            fingerprint: 0,
            #[cfg(test)]
            heard: None,
            trial: trial.clone(),
            rules,
            chance,
            sessions,
        };
        simulation.schedule();
        simulation.populate();
        simulation
    }

    /// Posts what is known from the start: samples, faults, the first lookups and purchases.
    fn schedule(&mut self) {
        // The first of all that is done then: what ends at that time counts.
        if self.warmup.until > Time::ZERO {
            self.post(self.warmup.until, Doing::WarmedUp);
        }
        let interval = self.trial.scenario.record.timeseries;
        self.post(Time::ZERO + interval, Doing::Sample);
        for (nth, fault) in self.trial.clone().scenario.faults.iter().enumerate() {
            self.post(fault.begins(), Doing::FaultBegins(nth as u32));
            if let Some(end) = fault.ends() {
                self.post(end, Doing::FaultEnds(nth as u32));
            }
        }
        for host in 0..self.population.len() {
            if let Some(at) = self.workload.lookup_at(host, 0, Time::ZERO) {
                self.post(at, Doing::Lookup(host));
            }
            for kind in KINDS {
                if let Some(at) = self.workload.purchase_at(kind, host, 0, Time::ZERO) {
                    self.post(at, Doing::Purchase(host, kind));
                }
            }
        }
        self.schedule_jobs();
        self.schedule_data();
    }

    fn post(&mut self, at: Time, doing: Doing) {
        if let Some(at) = within(at, self.end) {
            self.doings.push(at, doing);
            self.next_doing = self.next_doing.min(at);
        }
    }

    /// Goes on until `until`, or until nothing is left to happen; no further than the end.
    pub fn run_until(&mut self, until: Time, observer: &mut dyn Observer) -> Result<(), Stop> {
        let until = until.min(self.end);
        // At equal times: first bulk data, then what the engine does, then messages, then timeouts.
        // Bulk data is first as all that has moved by now must have ended before a doing or a
        // message of now starts or stops other data at the same links.
        loop {
            let message = self.around.agenda.next_at().unwrap_or(Time::NEVER);
            let timeout = self.around.calls.next_timeout().unwrap_or(Time::NEVER);
            let shipment = self.around.shipments.next();
            let next = message.min(timeout).min(self.next_doing).min(shipment);
            if next > until || next == Time::NEVER {
                break;
            }
            self.around.now = next;
            if shipment == next {
                self.ship_next();
            } else if self.next_doing == next {
                self.do_next(observer)?;
            } else if message == next {
                self.read_next(observer)?;
            } else {
                self.give_up_next(observer)?;
            }
            if self.events & (EVENTS_PER_PROGRESS - 1) == 0 {
                observer.progress(self.around.now, self.events)?;
            }
        }
        self.around.now = until;
        Ok(())
    }

    /// Lets the judges look, if there are any.
    fn judge(&mut self) {
        if let Some(mut audit) = self.audit.take() {
            audit.look(self);
            self.audit = Some(audit);
        }
    }

    /// Runs to the end.
    pub fn run(&mut self, observer: &mut dyn Observer) -> Result<(), Stop> {
        self.run_until(self.end, observer)?;
        self.close(observer)
    }

    fn do_next(&mut self, observer: &mut dyn Observer) -> Result<(), Stop> {
        let (_, doing) = self.doings.pop().expect("a doing is due");
        self.next_doing = self.doings.next_at().unwrap_or(Time::NEVER);
        match doing {
            Doing::Churn(host) => self.on_churn(host, observer),
            Doing::Turnover(nth) => self.on_turnover(nth, observer),
            Doing::Lookup(host) => self.on_lookup(host, observer),
            Doing::Purchase(host, kind) => self.on_purchase(host, kind, observer),
            Doing::Submit(nth) => self.on_submit(nth, observer),
            Doing::SubmitAgain(nth) => self.on_submit_again(nth, observer),
            Doing::Job(host) => self.on_job(host, observer),
            Doing::BackUp(host) => self.on_back_up(host, observer),
            Doing::LoseData(host) => self.on_lose_data(host, observer),
            Doing::Restore(host) => self.on_restore(host, observer),
            Doing::Share(host) => self.on_share(host, observer),
            Doing::Download(host) => self.on_download(host, observer),
            Doing::OwnerLoad(host) => self.on_owner_load(host, observer),
            Doing::FaultBegins(nth) => self.on_fault(nth, observer),
            Doing::FaultEnds(nth) => {
                self.count_event(nth, 8);
                self.disturb(Ring::Base);
                self.around.conditions.end(nth);
                Ok(())
            }
            Doing::Sample => self.on_sample(observer),
            Doing::WarmedUp => {
                self.on_warmed_up();
                Ok(())
            }
        }
    }

    /// The first address of a host.
    fn addr(&self, host: u32) -> Addr {
        Addr(host * self.rules.overlay.virtual_nodes)
    }

    fn incarnation(&self, addr: Addr) -> u32 {
        if addr == self.rules.admin_at {
            return 0;
        }
        self.population.host(self.around.host(addr)).incarnation
    }

    /// Whether who is at `addr` reads what arrives.
    fn is_listening(&self, addr: Addr) -> bool {
        if addr == self.rules.admin_at {
            return !self.around.conditions.admin_down();
        }
        self.population.host(self.around.host(addr)).is_up
    }

    /// Whether who is at `addr` is up, and has been since the stay `incarnation` began.
    fn is_in_stay(&self, addr: Addr, incarnation: u32) -> bool {
        self.is_listening(addr) && self.incarnation(addr) == incarnation
    }

    /// Counts an event: its time, receiver and kind go into the fingerprint.
    fn count_event(&mut self, receiver: u32, kind: u32) {
        self.events += 1;
        let what = u64::from(receiver) << 8 | u64::from(kind);
        let mixed = (self.fingerprint ^ self.around.now.0).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.fingerprint = (mixed.rotate_left(29) ^ what).wrapping_mul(0xd6e8_feb8_6659_fd93);
    }

    /// What the run leaves behind.
    pub fn outcome(mut self) -> Outcome {
        let verdicts = self.audit.take().map(Audit::verdicts).unwrap_or_default();
        self.forget_warmup();
        let metrics = crate::metric::rows(&self);
        // A row a node is as much as many a node: those are not needed any more.
        self.nodes = Vec::new();
        Outcome {
            fingerprint: self.fingerprint,
            events: self.events,
            ended: self.around.now,
            metrics,
            load: self.tally.loads.rows(self.rules.overlay.virtual_nodes),
            incomes: self.tally.profits.rows(self.population.len(), &self.endowments, &self.rules),
            messages: crate::tally::messages(&self.around.traffic),
            verdicts,
        }
    }
}

/// The identifiers of addresses `0..count`: SHA-1 of each; one that is taken is salted anew.
fn identifiers(count: u32, bits: u32) -> Vec<Id> {
    let mut ids: Vec<Id> = (0..count).map(|addr| Id::of_addr(Addr(addr), 0, bits)).collect();
    for salt in 1.. {
        let mut order: Vec<u32> = (0..count).collect();
        order.sort_unstable_by_key(|&addr| (ids[addr as usize], addr));
        let taken = order.windows(2).filter(|two| ids[two[0] as usize] == ids[two[1] as usize]);
        let again: Vec<u32> = taken.map(|two| two[1]).collect();
        if again.is_empty() {
            break;
        }
        for addr in again {
            ids[addr as usize] = Id::of_addr(Addr(addr), salt, bits);
        }
    }
    ids
}
