//! What can be looked at of a run.

use super::Simulation;
use crate::chance::Chance;
use crate::data::Keeping;
use crate::endowments::Endowments;
use crate::oracle::{MarketRing, Oracle};
use crate::population::Population;
use crate::purchases::Purchases;
use crate::quiet::Quiet;
use crate::scenario::Scenario;
use crate::shipments::Shipments;
use crate::surroundings::Traffic;
use crate::tally::Tally;
use crate::tasks::Tasks;
use compup2p_protocol::admin::AdminServer;
use compup2p_protocol::node::Node;
use compup2p_protocol::rules::Rules;
use compup2p_protocol::time::Time;

impl Simulation {
    /// The present.
    pub fn now(&self) -> Time {
        self.around.now
    }

    /// The events read so far.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// The nodes, for judges.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Who is in the ring, for judges.
    pub fn oracle(&self) -> &Oracle {
        &self.oracle
    }

    /// The source of the run's chance.
    pub fn chance(&self) -> Chance {
        self.chance
    }

    /// What hosts have.
    pub fn endowments(&self) -> &Endowments {
        &self.endowments
    }

    /// The run's parameters.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// The AdminServer, for judges.
    pub fn admin(&self) -> &AdminServer {
        &self.admin
    }

    /// The true processor overlay, for judges.
    pub fn markets(&self) -> &MarketRing {
        &self.markets
    }

    /// The hosts, for judges.
    pub fn population(&self) -> &Population {
        &self.population
    }

    /// The purchases, for judges.
    pub fn purchases(&self) -> &Purchases {
        &self.purchases
    }

    /// The sub-tasks, for judges.
    pub fn tasks(&self) -> &Tasks {
        &self.tasks
    }

    /// What users keep with others, for judges and metrics.
    pub fn keeping(&self) -> &Keeping {
        &self.keeping
    }

    /// Since when nothing has disturbed the rings, for judges.
    pub fn quiet(&self) -> &Quiet {
        &self.quiet
    }

    /// The scenario, for judges.
    pub fn scenario(&self) -> &Scenario {
        &self.trial.scenario
    }

    /// Whether a fault that lasts is on, for judges.
    pub fn is_faulty(&self) -> bool {
        self.around.conditions.any()
    }

    /// Counts so far.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// The bulk data under way, and what became of it.
    pub fn shipments(&self) -> &Shipments {
        &self.around.shipments
    }

    /// What was sent so far.
    pub fn traffic(&self) -> &Traffic {
        &self.around.traffic
    }
}
