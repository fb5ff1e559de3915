//! What hosts are told of their owners: how much of the machine is in use, while they are up.

use super::Simulation;
use crate::observer::{Observer, Stop};
use crate::population::Doing;
use crate::surroundings::Present;
use crate::witness::Cause;
use compup2p_protocol::node::Command;
use compup2p_protocol::policy::Policy;
use compup2p_protocol::time::Time;

impl Simulation {
    /// Tells a host that comes up, before it begins or joins, and from then on looks for it. Where
    /// owners are away and times of day do not matter there is nothing to tell.
    pub(super) fn watch_owner(&mut self, host: u32) {
        if self.owners.are_away() && self.policy(host).hours.is_none() {
            return;
        }
        let command = Command::OwnerLoad(self.owners.load(host, self.around.now));
        let addr = self.addr(host);
        let incarnation = self.incarnation(addr);
        self.witness(addr, || Cause::Command(command.clone()));
        let world = &mut Present::new(&mut self.around, addr, incarnation);
        self.nodes[addr.0 as usize].on_command(command, &self.rules, world);
        // What it offers is looked at when it has come up.
        self.around.facts.clear();
        // What is due from a stay before is due at the same time.
        if !self.population.host(host).is_watched {
            self.watch_on(host);
        }
    }

    /// A host looks at its owner's load, or its hours begin or end.
    pub(super) fn on_owner_load(
        &mut self,
        host: u32,
        observer: &mut dyn Observer,
    ) -> Result<(), Stop> {
        self.count_event(host, 11);
        if !self.population.host(host).is_up {
            self.population.host_mut(host).is_watched = false;
            return Ok(());
        }
        self.tally.owner_looks += 1;
        self.watch_on(host);
        let load = self.owners.load(host, self.around.now);
        self.command(host, Command::OwnerLoad(load), observer)
    }

    /// Posts the next look.
    fn watch_on(&mut self, host: u32) {
        let now = self.around.now;
        let hours = self.policy(host).next_change(now).unwrap_or(Time::NEVER);
        let next = self.owners.next_look(host, now).min(hours);
        self.population.host_mut(host).is_watched = next != Time::NEVER;
        self.post(next, Doing::OwnerLoad(host));
    }

    /// The usage policy of a host.
    fn policy(&self, host: u32) -> &Policy {
        self.rules.policy(self.endowments.class(host))
    }
}
