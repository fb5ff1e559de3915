//! Hosts come and go: sessions, turnover, faults.

use super::Simulation;
use crate::chance::Purpose;
use crate::churn::sessions::{Exit, State};
use crate::faults::{Kind, falls_in};
use crate::observer::{Observer, Stop};
use crate::population::Doing;
use crate::surroundings::Present;
use crate::warm;
use crate::witness::Cause;
use compup2p_protocol::admin::AdminServer;
use compup2p_protocol::behaviour::ComputeBehaviour;
use compup2p_protocol::fact::{PurchaseEnd, Ring};
use compup2p_protocol::id::Addr;
use compup2p_protocol::market::{Endowment, Load, Offer};
use compup2p_protocol::node::Node;
use compup2p_protocol::overlay::Place;
use compup2p_protocol::overlay::peer::Member;
use compup2p_protocol::rules::Start;
use compup2p_protocol::time::Time;

impl Simulation {
    /// Who is up at the start, and when that changes.
    pub(super) fn populate(&mut self) {
        for host in 0..self.population.len() {
            let stays = host < self.trial.scenario.dedicated_users
                || self.rules.policy(self.endowments.class(host)).always_up;
            let (state, change) = match stays {
                true => (State::Up, Time::NEVER),
                false => self.sessions.initial(host),
            };
            self.population.host_mut(host).session = state;
            match state {
                State::Up => {
                    self.population.rise(host);
                    if !stays {
                        self.present.push(host);
                    }
                }
                State::Down => self.waiting.push(host),
            }
            self.post(change, Doing::Churn(host));
        }
        match self.sessions.turnover().map(|turnover| turnover.first()) {
            Some(first) => self.post(first, Doing::Turnover(0)),
            None => {
                // Only turnover draws from lists.
                self.present = Vec::new();
                self.waiting = Vec::new();
            }
        }
        match self.rules.overlay.start {
            Start::Ideal => self.start_ideal(),
            Start::Join => {
                let up: Vec<u32> = self.population.all_up().collect();
                for host in up {
                    self.join(host);
                }
            }
        }
    }

    /// All who are up are in a correct ring.
    fn start_ideal(&mut self) {
        let virtual_nodes = self.rules.overlay.virtual_nodes;
        for host in self.population.all_up() {
            for addr in addrs(host, virtual_nodes) {
                self.oracle.enter(addr);
            }
        }
        let hosts = self.population.all_up().map(|host| Addr(host * virtual_nodes));
        self.admin = AdminServer::new(hosts);
        for host in 0..self.population.len() {
            if self.population.host(host).is_up {
                self.equip(host);
            }
        }
        let Self { oracle, nodes, rules, around, population, .. } = self;
        warm::ring(oracle, rules, |place| {
            let host = around.host(place.addr);
            let incarnation = population.host(host).incarnation;
            let node = &mut nodes[place.addr.0 as usize];
            let world = &mut Present::new(around, place.addr, incarnation);
            let neighbours = Place {
                predecessor: place.predecessor,
                successors: &place.successors,
                fingers: &place.fingers,
            };
            node.start(&neighbours, rules, world);
            around.facts.clear();
        });
    }

    /// Gives a host that comes up what it has, and tells it of its owner. Its virtual nodes share
    /// its character, and only the first sells.
    fn equip(&mut self, host: u32) {
        let (first, now) = (self.addr(host), self.around.now);
        let endowment = self.endowments.of(host);
        for addr in addrs(host, self.rules.overlay.virtual_nodes) {
            let nothing = Offer::default();
            let endowment = match addr == first {
                true => endowment,
                false => Endowment { cpu: nothing, storage: nothing, ..endowment },
            };
            self.nodes[addr.0 as usize].endow(endowment, &self.rules, now);
        }
        if endowment.cpu.capacity > 0 || endowment.storage.capacity > 0 {
            self.watch_owner(host);
        }
        for stall in self.nodes[first.0 as usize].market().seller().stalls() {
            self.tally.trade.on_rise(stall);
            if let Some(optimum) = &mut self.optima[stall.kind() as usize] {
                optimum.offer(host, stall.offered());
            }
        }
    }

    /// The host comes up and joins.
    fn join(&mut self, host: u32) {
        self.equip(host);
        let incarnation = self.population.host(host).incarnation;
        for addr in addrs(host, self.rules.overlay.virtual_nodes) {
            self.witness(addr, || Cause::Joins);
            let world = &mut Present::new(&mut self.around, addr, incarnation);
            self.nodes[addr.0 as usize].join(&self.rules, world);
        }
    }

    pub(super) fn rise(&mut self, host: u32) {
        self.disturb(Ring::Base);
        self.population.rise(host);
        self.tally.moves.joins += 1;
        self.join(host);
    }

    pub(super) fn fall(
        &mut self,
        host: u32,
        exit: Exit,
        observer: &mut dyn Observer,
    ) -> Result<(), Stop> {
        self.disturb(Ring::Base);
        match exit {
            Exit::Leave => self.tally.moves.leaves += 1,
            Exit::Crash => self.tally.moves.crashes += 1,
        }
        let incarnation = self.population.host(host).incarnation;
        for addr in addrs(host, self.rules.overlay.virtual_nodes) {
            for stall in self.nodes[addr.0 as usize].market().seller().stalls() {
                self.tally.trade.on_fall(stall);
                if let Some(optimum) = &mut self.optima[stall.kind() as usize] {
                    optimum.fall(host);
                }
            }
            if exit == Exit::Leave {
                self.witness(addr, || Cause::Leaves);
                let world = &mut Present::new(&mut self.around, addr, incarnation);
                self.nodes[addr.0 as usize].leave(&self.rules, world);
                self.look(addr, observer)?;
            }
            if let Some(witness) = &mut self.around.witness {
                witness.stops(self.around.now, addr, exit);
                self.look(addr, observer)?;
            }
            self.clear(addr, observer)?;
        }
        self.population.fall(host);
        self.break_off_at(host);
        Ok(())
    }

    /// All that is volatile in the node at `addr` is lost.
    fn clear(&mut self, addr: Addr, observer: &mut dyn Observer) -> Result<(), Stop> {
        self.lose_runs(addr, observer)?;
        let fresh = Node::new(addr, &self.rules);
        let lost = std::mem::replace(&mut self.nodes[addr.0 as usize], fresh);
        self.oracle.exit(addr);
        self.tally.loads.set(addr, Load::default());
        let market = lost.market();
        for owned in market.markets() {
            let member = Member { host: addr, commodity: owned.commodity() };
            self.markets.exit(member, &self.rules);
        }
        for purchase in market.buyer().purchases() {
            let number = purchase.order.purchase;
            if purchase.goes_on() && self.purchases.leave_open(number, purchase.effort()) {
                continue;
            }
            // It may have been paid, and only the word of that not have come: then it counts.
            let (attempts, hops) = purchase.effort();
            let outcome = self.purchases.outcome_of_buyer_gone(number);
            let end = PurchaseEnd { purchase: number, outcome, attempts, hops };
            self.on_purchase_end(end, observer)?;
        }
        if lost.keeps_anything() {
            self.nodes[addr.0 as usize] = lost.after_restart(&self.rules);
        }
        Ok(())
    }

    /// A period of the host's sessions ends. A crash by a fault may have come before; the host
    /// then stays down until its sessions let it come up again.
    pub(super) fn on_churn(&mut self, host: u32, observer: &mut dyn Observer) -> Result<(), Stop> {
        self.count_event(host, 7);
        let now = self.around.now;
        let row = self.population.host_mut(host);
        let ended = row.period;
        row.period += 1;
        row.session = row.session.flipped();
        let (state, is_up) = (row.session, row.is_up);
        let change = self.sessions.next(host, u64::from(ended) + 1, state, now);
        self.post(change, Doing::Churn(host));
        match state {
            State::Up if !is_up => self.rise(host),
            State::Down if is_up => {
                let exit = self.sessions.exit(host, u64::from(ended));
                self.fall(host, exit, observer)?;
            }
            State::Up | State::Down => {}
        }
        Ok(())
    }

    /// One host leaves, another joins.
    pub(super) fn on_turnover(
        &mut self,
        nth: u32,
        observer: &mut dyn Observer,
    ) -> Result<(), Stop> {
        self.count_event(nth, 9);
        let Some(turnover) = self.sessions.turnover() else { return Ok(()) };
        let number = u64::from(nth);
        let next = turnover.after(number, self.around.now);
        let places = (!self.present.is_empty() && !self.waiting.is_empty()).then(|| {
            let leaver = turnover.leaver(number, self.present.len());
            (leaver, turnover.joiner(number, self.waiting.len()))
        });
        self.post(next, Doing::Turnover(nth + 1));
        let Some((leaver, joiner)) = places else { return Ok(()) };
        let leaver = self.present.swap_remove(leaver);
        let joiner = self.waiting.swap_remove(joiner);
        self.present.push(joiner);
        self.waiting.push(leaver);
        if self.population.host(leaver).is_up {
            let exit = self.sessions.exit(leaver, number);
            self.fall(leaver, exit, observer)?;
        }
        if !self.population.host(joiner).is_up {
            self.rise(joiner);
        }
        Ok(())
    }

    /// A fault begins.
    pub(super) fn on_fault(&mut self, nth: u32, observer: &mut dyn Observer) -> Result<(), Stop> {
        self.count_event(nth, 10);
        self.disturb(Ring::Base);
        let fault = self.trial.scenario.faults[nth as usize];
        let chance = self.chance;
        let draw =
            |host: u32| chance.pure(Purpose::Faults, u64::from(host), u64::from(nth)).next_u64();
        let struck: Vec<u32> = match fault.kind {
            Kind::Crash { share } => {
                self.population.all_up().filter(|&host| falls_in(share, draw(host))).collect()
            }
            Kind::CrashBusiest { count } => self.busiest(count as usize),
            Kind::Malicious { share } => {
                self.corrupt((0..self.population.len()).filter(|&h| falls_in(share, draw(h))));
                Vec::new()
            }
            Kind::Partition { .. }
            | Kind::Loss { .. }
            | Kind::Latency { .. }
            | Kind::AdminDown { .. } => {
                let hosts = self.population.len();
                self.around.conditions.begin(nth, &fault, hosts, draw);
                if matches!(fault.kind, Kind::Partition { .. }) {
                    self.break_off_across();
                }
                Vec::new()
            }
        };
        for host in struck {
            self.fall(host, Exit::Crash, observer)?;
        }
        Ok(())
    }

    /// Turns hosts malicious, for good.
    fn corrupt(&mut self, hosts: impl Iterator<Item = u32>) {
        for host in hosts {
            self.endowments.corrupt(host);
            for addr in addrs(host, self.rules.overlay.virtual_nodes) {
                self.nodes[addr.0 as usize].turn(ComputeBehaviour::Malicious);
            }
        }
    }

    /// The hosts that are up with the most requests as market owners; ties go to the lower number.
    fn busiest(&self, count: usize) -> Vec<u32> {
        let virtual_nodes = self.rules.overlay.virtual_nodes;
        let mut hosts: Vec<u32> = self.population.all_up().collect();
        hosts.sort_by_key(|&host| {
            (std::cmp::Reverse(self.tally.loads.requests(host, virtual_nodes)), host)
        });
        hosts.truncate(count);
        hosts
    }

    /// Lets hosts come up no more and go down no more: what judges of healing wait for.
    pub fn end_churn(&mut self) {
        let kept: Vec<(Time, Doing)> = std::iter::from_fn(|| self.doings.pop())
            .filter(|(_, doing)| !matches!(doing, Doing::Churn(_) | Doing::Turnover(_)))
            .collect();
        self.doings = crate::population::Doings::new();
        self.next_doing = Time::NEVER;
        for (at, doing) in kept {
            self.post(at, doing);
        }
    }
}

/// The addresses of a host: one for each virtual node.
pub(super) fn addrs(host: u32, virtual_nodes: u32) -> impl Iterator<Item = Addr> {
    (host * virtual_nodes..(host + 1) * virtual_nodes).map(Addr)
}
