//! What users ask of their nodes: keys, and purchases.

use super::Simulation;
use crate::observer::{Observer, Stop};
use crate::population::Doing;
use crate::surroundings::Present;
use crate::witness::Cause;
use compup2p_protocol::commodity::ResourceKind;
use compup2p_protocol::id::{Addr, Id};
use compup2p_protocol::market::Order;
use compup2p_protocol::node::Command;

impl Simulation {
    pub(super) fn on_lookup(&mut self, host: u32, observer: &mut dyn Observer) -> Result<(), Stop> {
        self.count_event(host, 5);
        let nth = self.population.host(host).lookups;
        self.population.host_mut(host).lookups = nth + 1;
        if let Some(at) = self.workload.lookup_at(host, nth + 1, self.around.now) {
            self.post(at, Doing::Lookup(host));
        }
        if !self.can_ask(host) {
            return Ok(());
        }
        let key = self.workload.key(host, nth);
        self.command(host, Command::Find(key), observer)
    }

    pub(super) fn on_purchase(
        &mut self,
        host: u32,
        kind: ResourceKind,
        observer: &mut dyn Observer,
    ) -> Result<(), Stop> {
        self.count_event(host, 6);
        let nth = self.population.host(host).purchases[kind as usize];
        self.population.host_mut(host).purchases[kind as usize] = nth + 1;
        if let Some(at) = self.workload.purchase_at(kind, host, nth + 1, self.around.now) {
            self.post(at, Doing::Purchase(host, kind));
        }
        if !self.can_ask(host) {
            return Ok(());
        }
        let number = self.around.number();
        let order = self.workload.order(kind, host, nth, number);
        self.buy(host, order, observer)
    }

    /// A host's user buys. The order has a number of its own, from [`Surroundings::number`].
    ///
    /// [`Surroundings::number`]: crate::surroundings::Surroundings::number
    pub fn buy(
        &mut self,
        host: u32,
        order: Order,
        observer: &mut dyn Observer,
    ) -> Result<(), Stop> {
        self.ask(self.addr(host), order);
        self.command(host, Command::Buy(order), observer)
    }

    /// Takes note of what a user, or the service layer of its node, wants to buy.
    pub(super) fn ask(&mut self, buyer: Addr, order: Order) {
        let wanted = self.rules.rounded_up(order.kind, order.amount);
        let now = self.around.now;
        let optimum = self.optima[order.kind as usize].as_mut();
        let best_cost = optimum.and_then(|optimum| optimum.serve(&order, wanted, now));
        self.purchases.ask(now, buyer, order, best_cost);
    }

    /// Whether the host is up and in the ring; if not, what its user asks for is in vain.
    fn can_ask(&mut self, host: u32) -> bool {
        let can = self.is_there(host);
        self.tally.asked_while_away += u64::from(!can);
        can
    }

    /// Whether the host is up and in the ring.
    pub(super) fn is_there(&self, host: u32) -> bool {
        self.population.host(host).is_up && self.oracle.is_member(self.addr(host))
    }

    /// A host's user asks for a key now, if the host can: what judges of healing want to know.
    pub fn find(&mut self, host: u32, key: Id, observer: &mut dyn Observer) -> Result<(), Stop> {
        match self.can_ask(host) {
            true => self.command(host, Command::Find(key), observer),
            false => Ok(()),
        }
    }

    /// Asks the host's first virtual node.
    pub(super) fn command(
        &mut self,
        host: u32,
        command: Command,
        observer: &mut dyn Observer,
    ) -> Result<(), Stop> {
        let to = self.addr(host);
        let incarnation = self.incarnation(to);
        self.witness(to, || Cause::Command(command.clone()));
        let world = &mut Present::new(&mut self.around, to, incarnation);
        self.nodes[to.0 as usize].on_command(command, &self.rules, world);
        self.look(to, observer)
    }
}
