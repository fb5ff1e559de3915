//! A world in a queue, for tests of whole nodes: every message takes 50 ms, nothing is lost but
//! what goes to a node that is down, and all of it can be written down as a transcript.

mod backups;
mod bank;
mod money;
mod pricing;
mod story;
mod sub_tasks;
mod swarm;
mod transcript;
mod transcripts;

use crate::admin::AdminServer;
use crate::commodity::{Platforms, ResourceKind};
use crate::credit::Credits;
use crate::fact::{Fact, PurchaseOutcome};
use crate::id::{Addr, Id};
use crate::market::{Endowment, Offer, Order};
use crate::mixing::mixed;
use crate::node::{Command, Message, Node, OfAdmin};
use crate::overlay::Place;
use crate::rules::Rules;
use crate::time::{Span, Time};
use crate::world::{Arrival, Below, Ticket, World};
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

/// How long every message takes.
const LATENCY: Span = Span::millis(50);
/// What every link carries, in bytes a second, however many share it.
const BANDWIDTH: u64 = 1_000_000;

/// What is in the queue.
#[derive(Clone)]
enum Event {
    /// A message, for whoever is up there.
    Arrival(Addr, Arrival<Message>),
    /// A timer, or news of a shipment: for the node that is up since then, as counted.
    Own(Addr, u32, Arrival<Message>),
    /// An answer, which may come too late.
    Answer(Ticket, Message),
    /// All of a shipment has arrived.
    Shipped(u32),
    /// The end of a request's time.
    Timeout(Ticket),
}

/// A request under way.
#[derive(Clone)]
struct Call {
    caller: Addr,
    life: u32,
    to: Addr,
    request: Message,
}

/// What a node did while it read one arrival.
enum Deed {
    Send(Addr, Message),
    Call(Addr, Message, Span),
    Answer(Ticket, Message),
    Ship(Addr, u64, Message),
    Wake(Span, Message),
    Note(Fact),
}

/// The world that one node sees while it reads one arrival.
struct Desk<'a> {
    me: Addr,
    now: Time,
    chance: &'a mut u64,
    numbers: &'a mut u32,
    deeds: Vec<Deed>,
}

impl World<Message> for Desk<'_> {
    fn now(&self) -> Time {
        self.now
    }
    fn me(&self) -> Addr {
        self.me
    }
    fn draw(&mut self) -> u64 {
        // SplitMix64.
        let drawn = mixed(*self.chance);
        *self.chance = self.chance.wrapping_add(0x9e37_79b9_7f4a_7c15);
        drawn
    }
    fn send(&mut self, to: Addr, message: Message) {
        self.deeds.push(Deed::Send(to, message));
    }
    fn call(&mut self, to: Addr, request: Message, timeout: Span) {
        self.deeds.push(Deed::Call(to, request, timeout));
    }
    fn answer(&mut self, ticket: Ticket, answer: Message) {
        self.deeds.push(Deed::Answer(ticket, answer));
    }
    fn ship(&mut self, to: Addr, bytes: u64, message: Message) {
        self.deeds.push(Deed::Ship(to, bytes, message));
    }
    fn number(&mut self) -> u32 {
        *self.numbers += 1;
        *self.numbers
    }
    fn wake(&mut self, after: Span, timer: Message) {
        self.deeds.push(Deed::Wake(after, timer));
    }
    fn note(&mut self, fact: Fact) {
        self.deeds.push(Deed::Note(fact));
    }
}

/// All nodes, the AdminServer, and the queue between them.
#[derive(Clone)]
pub(crate) struct Town {
    pub(crate) rules: Rules,
    pub(crate) nodes: Vec<Option<Node>>,
    /// What was at an address when that went down last.
    down: Vec<Option<Node>>,
    /// How often an address went down.
    lives: Vec<u32>,
    endowments: Vec<Option<Endowment>>,
    pub(crate) admin: AdminServer,
    pub(crate) now: Time,
    /// Whether the AdminServer is down.
    pub(crate) is_admin_down: bool,
    /// How many of a thousand messages are lost.
    pub(crate) loss: u64,
    /// All that was noted.
    pub(crate) facts: Vec<(Addr, Fact)>,
    /// When.
    pub(crate) noted: Vec<Time>,
    /// What is written down, from the moment that somebody wants it.
    pub(crate) transcript: Option<String>,
    queue: BTreeMap<(Time, u64), Event>,
    calls: BTreeMap<u32, Call>,
    ships: BTreeMap<u32, (Addr, Addr, Message)>,
    next: u64,
    next_call: u32,
    chance: u64,
    /// The last number given to a purchase of the service layer; those of tests are small.
    numbers: u32,
}

impl Town {
    /// Nodes of these identifiers and endowments in a correct ring; `adjust` sets the rules.
    pub(crate) fn new(
        nodes: &[(Id, Option<Endowment>)],
        seed: u64,
        adjust: impl FnOnce(&mut Rules),
    ) -> Self {
        let mut rules = Rules::for_tests(nodes.iter().map(|node| node.0).collect());
        adjust(&mut rules);
        let addrs = || (0..nodes.len() as u32).map(Addr);
        let mut town = Self {
            nodes: addrs().map(|addr| Some(Node::new(addr, &rules))).collect(),
            down: addrs().map(|_| None).collect(),
            lives: addrs().map(|_| 0).collect(),
            endowments: nodes.iter().map(|node| node.1).collect(),
            admin: AdminServer::new(addrs()),
            rules,
            now: Time::ZERO,
            is_admin_down: false,
            loss: 0,
            facts: Vec::new(),
            noted: Vec::new(),
            transcript: None,
            queue: BTreeMap::new(),
            calls: BTreeMap::new(),
            ships: BTreeMap::new(),
            next: 0,
            next_call: 0,
            chance: seed,
            numbers: 1000,
        };
        let mut ring: Vec<Addr> = addrs().collect();
        ring.sort_by_key(|&addr| town.rules.id(addr));
        for place in 0..ring.len() {
            let at = |n: usize| ring[(place + n) % ring.len()];
            let successors: Vec<Addr> = (1..ring.len().min(5)).map(at).collect();
            let others: Vec<Addr> = (1..ring.len()).map(at).collect();
            let endowment = nodes[at(0).0 as usize].1;
            town.act(at(0), |node, rules, world| {
                if let Some(endowment) = endowment {
                    node.endow(endowment, rules, world.now());
                }
                let place = Place {
                    predecessor: at(ring.len() - 1),
                    successors: &successors,
                    fingers: &others,
                };
                node.start(&place, rules, world);
            });
        }
        town
    }

    /// Lets a node do something now.
    pub(crate) fn act(
        &mut self,
        addr: Addr,
        act: impl FnOnce(&mut Node, &Rules, &mut dyn World<Message>),
    ) {
        let Some(node) = &mut self.nodes[addr.0 as usize] else { return };
        let (now, chance, numbers) = (self.now, &mut self.chance, &mut self.numbers);
        let mut desk = Desk { me: addr, now, chance, numbers, deeds: Vec::new() };
        act(node, &self.rules, &mut desk);
        let deeds = desk.deeds;
        self.settle(addr, deeds);
        if let Some(node) = &self.nodes[addr.0 as usize] {
            assert!(node.market().seller().is_balanced());
        }
    }

    /// Buys at a node.
    pub(crate) fn buy(&mut self, addr: Addr, purchase: u32, amount: u64, budget: u32, hold: Span) {
        let (kind, platforms) = (ResourceKind::Cpu, Platforms::ANY);
        self.order(addr, Order { purchase, kind, amount, budget, hold, platforms, service: None });
    }

    /// Orders at a node.
    pub(crate) fn order(&mut self, addr: Addr, order: Order) {
        self.tell(Addr(u32::MAX), addr, &crate::wording::order(&order));
        self.act(addr, |node, rules, world| {
            node.on_command(Command::Buy(order), rules, world);
        });
    }

    /// A node stops without a word.
    pub(crate) fn crash(&mut self, addr: Addr) {
        self.tell(Addr(u32::MAX), addr, "crash!");
        self.stop(addr);
    }

    fn stop(&mut self, addr: Addr) {
        let place = addr.0 as usize;
        if let Some(node) = self.nodes[place].take() {
            self.down[place] = Some(node);
            self.lives[place] += 1;
        }
        self.break_all_off(addr);
    }

    /// A node that stopped comes up again, with what it had on disk, and joins.
    pub(crate) fn restart(&mut self, addr: Addr) {
        let place = addr.0 as usize;
        let Some(node) = self.down[place].take() else { return };
        self.tell(Addr(u32::MAX), addr, "come up again!");
        self.nodes[place] = Some(node.after_restart(&self.rules));
        let endowment = self.endowments[place];
        self.act(addr, |node, rules, world| {
            if let Some(endowment) = endowment {
                node.endow(endowment, rules, world.now());
            }
            node.join(rules, world);
        });
    }

    /// How often a node has come up; the AdminServer has no number.
    fn life(&self, addr: Addr) -> u32 {
        self.lives.get(addr.0 as usize).copied().unwrap_or(0)
    }

    fn is_down(&self, addr: Addr) -> bool {
        self.nodes.get(addr.0 as usize).is_none_or(Option::is_none)
    }

    /// What goes to and from a node that is down breaks off.
    fn break_all_off(&mut self, addr: Addr) {
        let all: Vec<u32> = self.ships.keys().copied().collect();
        for ship in all {
            if self.ships[&ship].0 == addr || self.ships[&ship].1 == addr {
                self.break_off(ship);
            }
        }
    }

    /// A shipment breaks off: those of its ends that are up learn it after a while.
    fn break_off(&mut self, ship: u32) {
        let Some((from, to, message)) = self.ships.remove(&ship) else { return };
        for (me, peer) in [(from, to), (to, from)] {
            let message = message.clone();
            let broken = Event::Own(me, self.life(me), Arrival::Broken { peer, message });
            self.push(self.rules.overlay.rpc_timeout, broken);
        }
    }

    /// A node leaves.
    pub(crate) fn leave(&mut self, addr: Addr) {
        self.tell(Addr(u32::MAX), addr, "leave!");
        self.act(addr, |node, rules, world| node.leave(rules, world));
        self.stop(addr);
    }

    /// A node of that address comes up, with nothing to sell, and joins.
    pub(crate) fn join(&mut self, addr: Addr) {
        let place = addr.0 as usize;
        self.lives[place] += u32::from(self.nodes[place].is_some());
        self.nodes[place] = Some(Node::new(addr, &self.rules));
        self.act(addr, |node, rules, world| node.join(rules, world));
    }

    /// Puts a message on its way to a node, as if `from` had sent it.
    pub(crate) fn post(&mut self, from: Addr, to: Addr, message: Message) {
        self.push(LATENCY, Event::Arrival(to, Arrival::Post { from, message }));
    }

    /// Whether the next message is lost.
    fn is_lost(&mut self) -> bool {
        let (me, now, chance) = (Addr(0), self.now, &mut self.chance);
        let numbers = &mut self.numbers;
        let mut desk = Desk { me, now, chance, numbers, deeds: Vec::new() };
        self.loss > 0 && desk.draw() % 1000 < self.loss
    }

    fn push(&mut self, after: Span, event: Event) {
        self.queue.insert((self.now + after, self.next), event);
        self.next += 1;
    }

    fn settle(&mut self, me: Addr, deeds: Vec<Deed>) {
        for deed in deeds {
            match deed {
                Deed::Send(to, message) => {
                    let arrival = Arrival::Post { from: me, message };
                    if !self.is_lost() {
                        self.push(LATENCY, Event::Arrival(to, arrival));
                    }
                }
                Deed::Call(to, message, timeout) => {
                    let ticket = Ticket { call: self.next_call, generation: 0 };
                    self.next_call += 1;
                    let life = self.life(me);
                    let call = Call { caller: me, life, to, request: message.clone() };
                    self.calls.insert(ticket.call, call);
                    let arrival = Arrival::Request { from: me, ticket, message };
                    if !self.is_lost() {
                        self.push(LATENCY, Event::Arrival(to, arrival));
                    }
                    self.push(timeout, Event::Timeout(ticket));
                }
                Deed::Answer(ticket, answer) => {
                    if !self.is_lost() {
                        self.push(LATENCY, Event::Answer(ticket, answer));
                    }
                }
                Deed::Ship(to, bytes, message) => {
                    let ship = self.next_call;
                    self.next_call += 1;
                    self.ships.insert(ship, (me, to, message));
                    let takes = Span(bytes * 1_000_000_000 / BANDWIDTH) + LATENCY;
                    self.push(takes, Event::Shipped(ship));
                    if self.is_down(to) {
                        self.break_off(ship);
                    }
                }
                Deed::Wake(after, timer) => {
                    self.push(after, Event::Own(me, self.life(me), Arrival::Timer(timer)));
                }
                Deed::Note(fact) => {
                    self.note(me, &fact);
                    self.facts.push((me, fact));
                    self.noted.push(self.now);
                }
            }
        }
    }

    /// Lets so much time pass.
    pub(crate) fn run(&mut self, span: Span) {
        let end = self.now + span;
        while let Some(entry) = self.queue.first_entry()
            && entry.key().0 <= end
        {
            let ((now, _), event) = entry.remove_entry();
            assert!(self.now <= now, "time never goes back");
            self.now = now;
            match event {
                Event::Arrival(to, arrival) => self.deliver(to, arrival),
                Event::Own(to, life, arrival) => {
                    if self.life(to) == life {
                        self.deliver(to, arrival);
                    }
                }
                Event::Answer(ticket, message) => {
                    if let Some(Call { caller, life, to: from, .. }) =
                        self.calls.remove(&ticket.call)
                        && self.life(caller) == life
                    {
                        self.deliver(caller, Arrival::Answer { from, message });
                    }
                }
                Event::Shipped(ship) => {
                    if let Some((from, to, message)) = self.ships.remove(&ship) {
                        let peer = to;
                        let shipped = Arrival::Shipped { peer, message: message.clone() };
                        self.push(LATENCY, Event::Own(from, self.life(from), shipped));
                        self.deliver(to, Arrival::Post { from, message });
                    }
                }
                Event::Timeout(ticket) => {
                    if let Some(Call { caller, life, to, request }) =
                        self.calls.remove(&ticket.call)
                        && self.life(caller) == life
                    {
                        let message = request;
                        self.deliver(caller, Arrival::Unanswered { to, message });
                    }
                }
            }
        }
        self.now = end;
    }

    fn deliver(&mut self, to: Addr, arrival: Arrival<Message>) {
        self.write(to, &arrival);
        if to != self.rules.admin_at {
            self.act(to, |node, rules, world| node.on_arrival(arrival, rules, world));
            return;
        }
        if self.is_admin_down {
            return;
        }
        let (now, chance, numbers) = (self.now, &mut self.chance, &mut self.numbers);
        let mut desk = Desk { me: to, now, chance, numbers, deeds: Vec::new() };
        let arrival = arrival.map(|message| match message {
            Message::Admin(message) => message,
            other => panic!("{other:?} for the AdminServer"),
        });
        self.admin.on_arrival(arrival, &self.rules, &mut Below::new(&mut desk, OfAdmin));
        let deeds = desk.deeds;
        self.settle(to, deeds);
        assert!(self.admin.ledger().is_conserved());
    }

    /// What became of a purchase: exactly one end.
    pub(crate) fn outcome(&self, purchase: u32) -> Option<PurchaseOutcome> {
        let mut ends = self.facts.iter().filter_map(|(_, fact)| match fact {
            Fact::PurchaseEnded(end) if end.purchase == purchase => Some(end.outcome),
            _ => None,
        });
        let outcome = ends.next();
        assert_eq!(ends.next(), None, "a purchase ends once");
        outcome
    }

    /// How many facts are as asked.
    pub(crate) fn count(&self, is_it: impl Fn(&Fact) -> bool) -> usize {
        self.facts.iter().filter(|(_, fact)| is_it(fact)).count()
    }

    /// What an account holds.
    pub(crate) fn balance(&self, addr: Addr) -> Credits {
        self.admin.ledger().balance(addr)
    }
}

/// A seller of so much compute power, at such a cost.
pub(crate) fn sells(capacity: u64, cost: u32) -> Option<Endowment> {
    Some(Endowment { cpu: Offer { capacity, cost }, ..Endowment::default() })
}
