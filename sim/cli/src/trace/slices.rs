//! What is under way at the nodes that are traced: sub-tasks at their users' nodes, runs at compute
//! nodes, purchases and lookups at those who make them; each with its parts, one within the other.

use super::events::Events;
use compup2p_engine::witness::{Cause, Seen};
use compup2p_protocol::commodity::ResourceKind;
use compup2p_protocol::fact::{Fact, Ring};
use compup2p_protocol::id::Addr;
use compup2p_protocol::node::{Command, Message};
use compup2p_protocol::overlay::chord;
use compup2p_protocol::service;
use compup2p_protocol::time::Time;
use compup2p_protocol::world::Arrival;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What a slice is of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum What {
    Task(u32),
    Run(u32),
    Purchase(u32),
    Lookup(Addr, u16),
}

impl What {
    /// Its category, its number, and what it is called.
    fn names(self) -> [String; 3] {
        let (cat, id) = match self {
            Self::Task(number) => ("task", number.to_string()),
            Self::Run(number) => ("run", number.to_string()),
            Self::Purchase(number) => ("purchase", number.to_string()),
            Self::Lookup(node, number) => ("lookup", format!("{}-{number}", node.0)),
        };
        let name = match self {
            Self::Lookup(..) => "lookup".to_owned(),
            Self::Task(_) | Self::Run(_) | Self::Purchase(_) => format!("{cat} {id}"),
        };
        [cat.to_owned(), id, name]
    }
}

/// The slices that are open.
#[derive(Default)]
pub(super) struct Slices {
    /// Where each is, and its parts that are open, the innermost last.
    open: BTreeMap<What, (Addr, Vec<&'static str>)>,
    /// Which sub-task compute power was ordered for that nobody has sold yet.
    ordered: BTreeMap<u32, u32>,
}

impl Slices {
    /// A client submits a job: its sub-tasks are its gateway's, if that is traced.
    pub(super) fn on_submitted(
        &mut self,
        at: Time,
        seen: &Seen,
        nodes: &BTreeSet<Addr>,
        events: &mut Events,
    ) {
        let Seen::Step(step) = seen else { return };
        let Cause::Command(Command::Submit(job)) = &step.cause else { return };
        if !nodes.contains(&job.gateway) {
            return;
        }
        for task in job.first..job.first + job.sub_tasks.len() as u32 {
            self.begin(at, job.gateway, What::Task(task), events);
            self.go_on(at, What::Task(task), 0, "waiting", events);
        }
    }

    pub(super) fn on_sight(&mut self, at: Time, node: Addr, seen: &Seen, events: &mut Events) {
        match seen {
            Seen::Step(step) => match &step.cause {
                Cause::Command(Command::Buy(order)) => {
                    self.begin_purchase(at, node, order.purchase, events);
                }
                Cause::Arrival {
                    arrival: Arrival::Post { message, .. } | Arrival::Request { message, .. },
                    ..
                } => {
                    if let Message::Service(service::Message::Stop { run }) = message {
                        self.end(at, What::Run(*run), json!({ "end": "stopped" }), events);
                    }
                }
                Cause::Arrival { .. } | Cause::Command(_) | Cause::Joins | Cause::Leaves => {}
            },
            Seen::Sent(sent) => match &sent.message {
                Message::Service(service::Message::Began { run }) => {
                    self.begin(at, node, What::Run(*run), events);
                    self.go_on(at, What::Run(*run), 0, "fetching", events);
                }
                Message::Service(service::Message::NoFile { run }) => {
                    self.end(at, What::Run(*run), json!({ "end": "no file" }), events);
                }
                Message::Overlay(
                    chord::Message::Next { lookup, .. } | chord::Message::Ping { lookup },
                ) if *lookup != chord::NO_LOOKUP => {
                    self.begin(at, node, What::Lookup(node, *lookup), events);
                }
                Message::Overlay(chord::Message::Forward { lookup, origin, .. })
                    if *origin == node =>
                {
                    self.begin(at, node, What::Lookup(node, *lookup), events);
                }
                _ => {}
            },
            Seen::Unread(_) => {}
            // Its user's jobs are on disk, and go on.
            Seen::Stops(_) => self.end_where(at, events, |what, at_node| {
                at_node == node && !matches!(what, What::Task(_))
            }),
        }
    }

    pub(super) fn on_fact(&mut self, at: Time, node: Addr, fact: &Fact, events: &mut Events) {
        match *fact {
            Fact::Lookup(end) if end.ring == Ring::Base => {
                let what = What::Lookup(node, end.number);
                self.begin(at, node, what, events);
                let args = json!({
                    "purpose": crate::record::purpose(end.purpose),
                    "hops": end.hops,
                    "timeouts": end.timeouts,
                    "found": end.owner.is_some(),
                });
                self.end(at, what, args, events);
            }
            Fact::Ordered(order) => {
                self.begin_purchase(at, node, order.purchase, events);
                if let (ResourceKind::Cpu, Some(task)) = (order.kind, order.service) {
                    self.ordered.insert(order.purchase, task);
                }
            }
            Fact::PurchaseAccepted(of) => {
                self.go_on(at, What::Purchase(of.purchase), 0, "held", events);
                if let Some(task) = self.ordered.remove(&of.purchase) {
                    self.go_on(at, What::Task(task), 0, "placed", events);
                }
            }
            Fact::PurchaseEnded(end) => {
                self.ordered.remove(&end.purchase);
                let args = json!({ "outcome": crate::record::outcome(end.outcome) });
                self.end(at, What::Purchase(end.purchase), args, events);
            }
            Fact::TaskReady { task } => self.go_on(at, What::Task(task), 0, "buying", events),
            Fact::TaskEnded(end) => {
                let args = json!({ "outcome": crate::record::task_outcome(end.outcome) });
                self.end(at, What::Task(end.task), args, events);
            }
            Fact::RunStarted { run, .. } => {
                self.begin(at, node, What::Run(run), events);
                self.go_on(at, What::Run(run), 0, "computing", events);
            }
            Fact::Suspended { run, .. } => {
                self.go_on(at, What::Run(run), 1, "suspended", events);
            }
            Fact::Resumed { run, .. } => self.cut(at, What::Run(run), 1, events),
            Fact::RunEnded { run, executed, .. } => {
                self.end(at, What::Run(run), json!({ "executed_cycles": executed }), events);
            }
            _ => {}
        }
    }

    fn begin_purchase(&mut self, at: Time, node: Addr, purchase: u32, events: &mut Events) {
        self.begin(at, node, What::Purchase(purchase), events);
        self.go_on(at, What::Purchase(purchase), 0, "finding a seller", events);
    }

    /// Begins a slice, unless it is open.
    fn begin(&mut self, at: Time, node: Addr, what: What, events: &mut Events) {
        if self.open.contains_key(&what) {
            return;
        }
        let [cat, id, name] = what.names();
        events.begin(at, node, &cat, &id, &name);
        self.open.insert(what, (node, Vec::new()));
    }

    /// The next part of a slice begins, with so many others around it; those within end. One that
    /// goes on already does so.
    fn go_on(
        &mut self,
        at: Time,
        what: What,
        depth: usize,
        part: &'static str,
        events: &mut Events,
    ) {
        let Some((node, parts)) = self.open.get(&what) else { return };
        // A part lies within those around it, or nowhere.
        if parts.len() < depth || parts.get(depth) == Some(&part) {
            return;
        }
        let node = *node;
        self.cut(at, what, depth, events);
        let [cat, id, _] = what.names();
        events.begin(at, node, &cat, &id, part);
        if let Some((_, parts)) = self.open.get_mut(&what) {
            parts.push(part);
        }
    }

    /// Ends the parts that have so many others around them.
    fn cut(&mut self, at: Time, what: What, depth: usize, events: &mut Events) {
        let Some((node, parts)) = self.open.get_mut(&what) else { return };
        let [cat, id, _] = what.names();
        while parts.len() > depth
            && let Some(part) = parts.pop()
        {
            events.end(at, *node, [&cat, &id, part], json!({}));
        }
    }

    fn end(&mut self, at: Time, what: What, args: Value, events: &mut Events) {
        self.cut(at, what, 0, events);
        let Some((node, _)) = self.open.remove(&what) else { return };
        let [cat, id, name] = what.names();
        events.end(at, node, [&cat, &id, &name], args);
    }

    fn end_where(&mut self, at: Time, events: &mut Events, ends: impl Fn(What, Addr) -> bool) {
        let open = self.open.iter();
        let over: Vec<What> =
            open.filter(|(what, (at, _))| ends(**what, *at)).map(|(w, _)| *w).collect();
        for what in over {
            self.end(at, what, json!({ "end": "cut off" }), events);
        }
    }

    /// The run of the simulation is over, and with it all that goes on.
    pub(super) fn end_all(&mut self, at: Time, events: &mut Events) {
        self.end_where(at, events, |_, _| true);
    }
}
