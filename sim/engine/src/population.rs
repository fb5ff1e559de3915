//! The hosts of a run: who is up, and how often each has been.

use crate::churn::sessions::State;
use compup2p_protocol::commodity::{KINDS, ResourceKind};
use compup2p_protocol::time::Time;

/// What the simulation keeps of a host, up or down.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Host {
    /// Whether it is up. A fault may take it down before its session ends.
    pub is_up: bool,
    /// Whether a next look at its owner's load is due.
    pub is_watched: bool,
    /// What its sessions say it is.
    pub session: State,
    /// The number of its present period, up or down.
    pub period: u32,
    /// How often it has come up; tells its stays apart.
    pub incarnation: u32,
    /// Lookups that its user has asked for.
    pub lookups: u32,
    /// Purchases that its user has asked for, by kind.
    pub purchases: [u32; KINDS.len()],
    /// Jobs that its user has submitted, or wanted to.
    pub jobs: u32,
    /// Files that its user has wanted.
    pub downloads: u32,
}

/// The hosts of a run.
#[derive(Clone, Debug)]
pub struct Population {
    hosts: Vec<Host>,
    up: u64,
}

/// Hosts that came and went.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Moves {
    /// Came up.
    pub joins: u64,
    /// Left, telling others.
    pub leaves: u64,
    /// Crashed.
    pub crashes: u64,
}

impl Population {
    /// `count` hosts that are down and have never been up.
    pub fn new(count: u32) -> Self {
        let host = Host {
            is_up: false,
            is_watched: false,
            session: State::Down,
            period: 0,
            incarnation: 0,
            lookups: 0,
            purchases: [0; KINDS.len()],
            jobs: 0,
            downloads: 0,
        };
        Self { hosts: vec![host; count as usize], up: 0 }
    }

    /// How many hosts there are.
    pub fn len(&self) -> u32 {
        self.hosts.len() as u32
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.hosts.is_empty()
    }

    /// How many are up.
    pub fn up(&self) -> u64 {
        self.up
    }

    /// The host of that number.
    pub fn host(&self, number: u32) -> &Host {
        &self.hosts[number as usize]
    }

    /// The host of that number, to change its counts.
    pub fn host_mut(&mut self, number: u32) -> &mut Host {
        &mut self.hosts[number as usize]
    }

    /// A host comes up: a new stay begins.
    pub fn rise(&mut self, number: u32) {
        let host = &mut self.hosts[number as usize];
        debug_assert!(!host.is_up);
        host.is_up = true;
        host.incarnation += 1;
        self.up += 1;
    }

    /// A host goes down.
    pub fn fall(&mut self, number: u32) {
        let host = &mut self.hosts[number as usize];
        debug_assert!(host.is_up);
        host.is_up = false;
        self.up -= 1;
    }

    /// The numbers of those that are up.
    pub fn all_up(&self) -> impl Iterator<Item = u32> + '_ {
        (0..self.len()).filter(|&number| self.host(number).is_up)
    }
}

/// Something that the engine does at a time, before nodes read what arrives at that time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Doing {
    /// A host's period ends.
    Churn(u32),
    /// One host leaves and one joins.
    Turnover(u32),
    /// A host's user asks for a key.
    Lookup(u32),
    /// A host's user wants to buy.
    Purchase(u32, ResourceKind),
    /// A job is submitted that was known from the start.
    Submit(u32),
    /// The same, again, because its user's node was away.
    SubmitAgain(u32),
    /// A host's user submits a job that is like others.
    Job(u32),
    /// A host's user backs its data up.
    BackUp(u32),
    /// A host's user loses its own data.
    LoseData(u32),
    /// A host's user wants its data back.
    Restore(u32),
    /// A host advertises its files.
    Share(u32),
    /// A host's user wants a file.
    Download(u32),
    /// A host is told how much of it its owner uses.
    OwnerLoad(u32),
    /// A fault begins.
    FaultBegins(u32),
    /// A fault ends.
    FaultEnds(u32),
    /// A row of the time series is due.
    Sample,
    /// The warm-up is over.
    WarmedUp,
}

/// When each doing is due.
pub type Doings = crate::agenda::Agenda<Doing>;

/// A time that is not `NEVER` and not after the end of the run.
pub fn within(at: Time, end: Time) -> Option<Time> {
    (at != Time::NEVER && at <= end).then_some(at)
}
