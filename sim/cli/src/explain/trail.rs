//! Which of all that is said belongs to a story: what carries its number; what is sent because of
//! that and carries nothing else; and what it was sent because of.

use super::carried::{self, Lookup, Work};
use super::ending::Row;
use super::stop_if_asked;
use super::story::{Phase, Story, Who};
use compup2p_engine::churn::sessions::Exit;
use compup2p_engine::observer::{LookupRow, Observer, Stop, TaskRow, TransactionRow};
use compup2p_engine::witness::{Cause, Fate, Manner, Seen, Sent, Sight};
use compup2p_protocol::admin;
use compup2p_protocol::commodity::ResourceKind;
use compup2p_protocol::fact::{Fact, PurchaseOutcome, Ring, Stopped};
use compup2p_protocol::id::Addr;
use compup2p_protocol::market::{self, Timer};
use compup2p_protocol::node::{Command, KINDS, Message};
use compup2p_protocol::rules::Rules;
use compup2p_protocol::service;
use compup2p_protocol::time::Time;
use compup2p_protocol::wording;
use compup2p_protocol::world::Arrival;
use std::collections::{BTreeMap, BTreeSet};

/// What the story is about.
#[derive(Clone, Copy, Debug)]
enum Hero {
    /// A lookup, known by its number at this node from then to then.
    Lookup { number: u64, of: (Addr, u16), began: Time, ended: Time },
    /// A purchase.
    Purchase(u32),
    /// A sub-task, of this job.
    Task { task: u32, job: u32, replicas: u32 },
}

/// What a node is doing.
struct Doing {
    node: Addr,
    cause: Cause,
    belongs: bool,
    is_told: bool,
}

/// How far a lookup has come.
#[derive(Clone, Copy, Debug, Default)]
struct Hops {
    count: u32,
    /// Whether who was asked last had given advice before: what it says now is no hop.
    asks_for_more: bool,
}

/// Follows a story through a run, and tells it.
pub(super) struct Trail {
    hero: Hero,
    story: Story,
    /// What was sent that belongs to it: by whom, to whom.
    sent: BTreeMap<u64, (Addr, Addr, Message)>,
    /// Lookups that belong to it.
    lookups: BTreeSet<Lookup>,
    /// Searches for files that do, each at a node.
    searches: BTreeSet<(Addr, u32)>,
    /// What was bought for a sub-task.
    bought: BTreeMap<u32, ResourceKind>,
    /// Who would be missed.
    people: BTreeSet<Addr>,
    doing: Option<Doing>,
    /// Whether a sub-task's only replica is to go on elsewhere, and does not yet.
    migrates: bool,
    hops: BTreeMap<Lookup, Hops>,
    is_over: bool,
}

impl Trail {
    /// The story of this row. A purchase's own lookups are known by whom they were made, and under
    /// which number.
    pub(super) fn new(row: &Row, lookups: Vec<(Addr, u16)>, rules: &Rules) -> Self {
        let mut lookups: BTreeSet<Lookup> =
            lookups.into_iter().map(|(node, number)| (node, None, number)).collect();
        let mut people = BTreeSet::new();
        let hero = match row {
            Row::Lookup(row) => {
                let of = (row.node, row.end.number);
                lookups.insert((row.node, None, row.end.number));
                people.insert(row.node);
                let began = Time(row.at.0 - row.end.took.0);
                Hero::Lookup { number: row.lookup, of, began, ended: row.at }
            }
            Row::Purchase(row) => {
                people.insert(row.buyer);
                Hero::Purchase(row.purchase as u32)
            }
            Row::Task(row) => {
                people.insert(row.user);
                Hero::Task { task: row.task, job: row.job, replicas: row.replicas }
            }
        };
        Self {
            hero,
            story: Story::new(rules),
            sent: BTreeMap::new(),
            lookups,
            searches: BTreeSet::new(),
            bought: BTreeMap::new(),
            people,
            doing: None,
            migrates: false,
            hops: BTreeMap::new(),
            is_over: false,
        }
    }

    /// Whether it was told to its end.
    pub(super) fn is_over(&self) -> bool {
        self.is_over
    }

    /// The story, from its title to its outcome.
    pub(super) fn told(self, row: &Row, from: &str) -> String {
        let fields = row.fields(&self.story.rules.market);
        let lines = self.story.text();
        format!("{} of {from}\n{lines}\n{fields}\n{}\n", row.name(), row.outcome())
    }

    /// Whether a message says itself that it belongs to the story.
    fn carries(&self, at: Time, message: &Message, from: Addr, to: Addr) -> bool {
        let is_lookup =
            carried::lookup(message, from, to).is_some_and(|l| self.lookups.contains(&l));
        match self.hero {
            Hero::Lookup { began, ended, .. } => is_lookup && (began..=ended).contains(&at),
            Hero::Purchase(number) => is_lookup || carried::purchase(message) == Some(number),
            Hero::Task { task, job, .. } => match carried::work(message) {
                Work::Task(of) => of == task,
                Work::Job(of) => of == job,
                Work::Bought(numbers) => {
                    numbers.iter().flatten().any(|number| self.bought.contains_key(number))
                }
                Work::Search(search) => self.searches.contains(&(from, search)),
                Work::Found(search) => self.searches.contains(&(to, search)),
                Work::Other => is_lookup,
            },
        }
    }

    /// Whether what is sent while something of the story is read belongs to it too, though it
    /// carries nothing.
    fn follows(&mut self, sent: &Sent, from: Addr) -> bool {
        let Some(Doing { cause, .. }) = self.doing.as_ref().filter(|doing| doing.belongs) else {
            return false;
        };
        let read = match cause {
            Cause::Arrival { arrival, .. } => Some(arrival.message()),
            Cause::Command(_) | Cause::Joins | Cause::Leaves => None,
        };
        let lookup = carried::lookup(&sent.message, from, sent.to);
        let carries_nothing = carried::purchase(&sent.message).is_none()
            && carried::work(&sent.message) == Work::Other
            && lookup.is_none();
        if sent.manner == Manner::Answer {
            return carries_nothing;
        }
        match self.hero {
            Hero::Lookup { .. } => false,
            Hero::Purchase(_) => {
                let is_selling = read.is_some_and(is_sellers);
                match (&sent.message, lookup) {
                    // A market owner's search in the processor overlay.
                    (_, Some(lookup @ (who, Some(_), _))) if who == from && !is_selling => {
                        self.lookups.insert(lookup)
                    }
                    (Message::Market(market::Message::Ping { .. }), _) => !is_selling,
                    // It has sold what it had listed.
                    (Message::Market(market::Message::Delist { .. }), _) => {
                        matches!(read, Some(Message::Market(market::Message::Buy { .. })))
                    }
                    (Message::Admin(admin::Message::NameOwners { asker }), _) => {
                        *asker == admin::Asker::Buyer
                    }
                    (
                        Message::Market(market::Message::Admin(admin::Message::NameOwners {
                            asker,
                        })),
                        _,
                    ) => *asker == admin::Asker::Buyer,
                    _ => false,
                }
            }
            Hero::Task { .. } => {
                let of_run = read.is_some_and(|read| {
                    matches!(read, Message::Service(_))
                        || carried::lookup(read, from, from).is_some()
                });
                match (carried::work(&sent.message), lookup) {
                    (Work::Search(search), _) if of_run => self.searches.insert((from, search)),
                    (_, Some(lookup @ (who, None, _))) if who == from && of_run => {
                        self.lookups.insert(lookup)
                    }
                    _ => false,
                }
            }
        }
    }

    fn on_step(&mut self, at: Time, node: Addr, cause: &Cause) {
        let belongs = match cause {
            Cause::Arrival { arrival, sent } => {
                let [from, to] = ends(node, arrival);
                self.sent.contains_key(sent) || self.carries(at, arrival.message(), from, to)
            }
            Cause::Command(Command::Buy(order)) => {
                matches!(self.hero, Hero::Purchase(number) if number == order.purchase)
            }
            Cause::Command(Command::Submit(submitted)) => {
                matches!(self.hero, Hero::Task { job, .. } if job == submitted.number)
            }
            Cause::Command(_) | Cause::Joins | Cause::Leaves => false,
        };
        self.doing = Some(Doing { node, cause: cause.clone(), belongs, is_told: false });
        // A timer is told if something comes of it.
        let is_timer = matches!(cause, Cause::Arrival { arrival: Arrival::Timer(_), .. });
        if belongs && !is_timer {
            self.tell_cause(at);
        }
    }

    /// Tells what the node reads, or is told, that does something now.
    fn tell_cause(&mut self, at: Time) {
        let Some(doing) = self.doing.as_mut().filter(|doing| !doing.is_told) else { return };
        doing.is_told = true;
        let (node, cause) = (doing.node, doing.cause.clone());
        match cause {
            Cause::Arrival { arrival, sent } => self.tell_arrival(at, node, &arrival, sent),
            Cause::Command(command) => {
                let words = match command {
                    Command::Find(key) => format!("(its user asks for the owner of key {key})"),
                    Command::Buy(order) => format!("(its user asks: {})", wording::order(&order)),
                    Command::Submit(job) => {
                        let many = job.sub_tasks.len();
                        format!("(its user submits job {}, of {many} sub-tasks)", job.number)
                    }
                    Command::OwnerLoad(_) => "(it looks at how much its owner uses of it)".into(),
                    Command::BackUp(_)
                    | Command::LoseData(_)
                    | Command::Restore(_)
                    | Command::Release(_) => "(its user asks for something of its data)".into(),
                    Command::Share(_) => "(its user shares a file)".into(),
                    Command::Download(file) => format!("(its user wants file {})", file.key),
                };
                self.tell(self.first(), at, Who::Alone(node), &words, None);
            }
            Cause::Joins => {}
            Cause::Leaves => {
                self.tell(self.first(), at, Who::Alone(node), "(is about to leave)", None);
            }
        }
    }

    fn tell_arrival(&mut self, at: Time, node: Addr, arrival: &Arrival<Message>, sent: u64) {
        let message = arrival.message();
        let phase = self.phase(message);
        let kind = Some(kind(message));
        if let Arrival::Timer(_) = arrival {
            if let Some(words) = timer_words(message) {
                self.tell(phase, at, Who::Alone(node), words, kind);
            }
            return;
        }
        if let Message::Service(service::Message::Beat { .. }) = message
            && matches!(arrival, Arrival::Request { .. })
        {
            return;
        }
        if let Message::Service(service::Message::Alive { .. }) = message {
            return self.story.beat();
        }
        let Some(words) = self.words(message) else { return };
        let [from, to] = ends(node, arrival);
        let between = Who::Between(from, to);
        match arrival {
            Arrival::Request { .. } => self.tell(phase, at, between, &format!("{words}?"), kind),
            Arrival::Post { .. } => self.tell(phase, at, between, &words, kind),
            Arrival::Answer { .. } => {
                // Who was asked may have handed it on.
                let by = self.sent.get(&sent).map_or(from, |(by, _, _)| *by);
                let hop = self.hop(message, from, to);
                self.tell(phase, at, Who::Between(by, to), &format!("{words}{hop}"), kind);
            }
            Arrival::Unanswered { to: silent, .. } => {
                let silent = self.story.name(*silent);
                let words = format!("(TIMEOUT: no answer of {silent} to: {words}?)");
                self.tell(phase, at, Who::Alone(node), &words, kind);
            }
            Arrival::Broken { .. } => {
                self.tell(phase, at, between, &format!("(BROKEN OFF: {words})"), kind);
            }
            Arrival::Shipped { .. } | Arrival::Timer(_) => {}
        }
    }

    /// Counts a hop, if the message is one.
    fn hop(&mut self, message: &Message, from: Addr, to: Addr) -> String {
        let lookup = carried::lookup(message, from, to).filter(|_| carried::is_hop(message));
        match lookup.and_then(|lookup| self.hops.get_mut(&lookup)) {
            Some(Hops { count, asks_for_more: false }) => {
                *count += 1;
                format!(" (hop {count})")
            }
            Some(_) | None => String::new(),
        }
    }

    fn on_sent(&mut self, at: Time, from: Addr, sent: &Sent) {
        let belongs = match sent.manner {
            Manner::Wake => false,
            _ => self.carries(at, &sent.message, from, sent.to) || self.follows(sent, from),
        };
        if !belongs {
            return;
        }
        if self.would_be_missed(sent, from) {
            self.people.extend([from, sent.to]);
        }
        if let Some(skip) = carried::skips(&sent.message)
            && let Some(lookup) = carried::lookup(&sent.message, from, sent.to)
        {
            self.hops.entry(lookup).or_default().asks_for_more = skip > 0;
        }
        self.tell_cause(at);
        if let Some(doing) = &mut self.doing {
            doing.belongs = true;
        }
        let (phase, kind) = (self.phase(&sent.message), Some(kind(&sent.message)));
        let told = match sent.fate {
            Fate::Arrives(_) => None,
            Fate::Lost => Some("(LOST on the way)".to_owned()),
            Fate::Late => Some("(TOO LATE: nobody waits for it any more)".to_owned()),
            Fate::Moves => Some(format!("(begins to move, {} bytes)", sent.bytes)),
        };
        if let Some(told) = told
            && let Some(words) = self.words(&sent.message)
        {
            let who = Who::Between(from, sent.to);
            self.tell(phase, at, who, &format!("{words} {told}"), kind);
        }
        self.sent.insert(sent.number, (from, sent.to, sent.message.clone()));
    }

    fn on_unread(&mut self, at: Time, sent: u64) {
        let Some((from, to, message)) = self.sent.get(&sent).cloned() else { return };
        let Some(words) = self.words(&message) else { return };
        let words = format!("{words} (UNREAD: it is down)");
        self.tell(self.phase(&message), at, Who::Between(from, to), &words, Some(kind(&message)));
    }

    /// Whether it matters to the story that one of its ends goes down later.
    fn would_be_missed(&self, sent: &Sent, from: Addr) -> bool {
        match self.hero {
            Hero::Lookup { .. } => true,
            Hero::Purchase(_) => carried::lookup(&sent.message, from, sent.to).is_none(),
            Hero::Task { .. } => matches!(
                sent.message,
                Message::Service(service::Message::Run(_) | service::Message::Checkpoint { .. })
            ),
        }
    }

    /// What a message says. A sub-task's story leaves out how nodes with its files are looked up.
    fn words(&self, message: &Message) -> Option<String> {
        let rules = &self.story.rules;
        wording::message(message, rules).or_else(|| match self.hero {
            Hero::Lookup { .. } | Hero::Purchase(_) => wording::ring(message),
            Hero::Task { .. } => None,
        })
    }

    fn tell(&mut self, phase: Phase, at: Time, who: Who, words: &str, kind: Option<&str>) {
        let phase = match phase {
            Phase::Buying | Phase::Sending | Phase::Payment if self.migrates => Phase::Migration,
            phase => phase,
        };
        if !self.is_over {
            self.story.tell(phase, at, who, words, kind);
        }
    }

    /// How the story begins.
    fn first(&self) -> Phase {
        match self.hero {
            Hero::Lookup { .. } => Phase::LookingUp,
            Hero::Purchase(_) => Phase::FindingMarket,
            Hero::Task { .. } => Phase::Waiting,
        }
    }

    /// Where in the story a message belongs.
    fn phase(&self, message: &Message) -> Phase {
        match self.hero {
            Hero::Lookup { .. } => Phase::LookingUp,
            Hero::Purchase(_) => purchase_phase(message),
            Hero::Task { .. } => task_phase(message),
        }
    }

    fn on_fact(&mut self, at: Time, node: Addr, fact: &Fact) {
        match self.hero {
            Hero::Lookup { of: (who, number), ended, .. } => {
                if let Fact::Lookup(end) = fact
                    && (node, end.number, end.ring, at) == (who, number, Ring::Base, ended)
                {
                    let words = match end.owner {
                        Some(Addr(owner)) => {
                            format!("(found: node {owner}, after {} hops)", end.hops)
                        }
                        None => "(gives up)".to_owned(),
                    };
                    self.tell(Phase::LookingUp, at, Who::Alone(node), &words, None);
                }
            }
            Hero::Purchase(number) => {
                if purchase_of(fact) == Some(number)
                    && let Some((phase, words)) = purchase_fact(fact, &self.story.rules)
                {
                    // Where nothing was bought, there is nothing to pay.
                    let phase = match fact {
                        Fact::PurchaseEnded(_) => self.story.phase().unwrap_or(phase),
                        _ => phase,
                    };
                    self.tell(phase, at, Who::Alone(node), &words, None);
                }
            }
            Hero::Task { task, .. } => {
                self.on_task_fact(at, node, fact, task);
                if matches!(fact, Fact::RunStarted { task: of, .. } if *of == task) {
                    self.migrates = false;
                }
            }
        }
    }

    fn on_task_fact(&mut self, at: Time, node: Addr, fact: &Fact, task: u32) {
        if let Fact::Ordered(order) = fact
            && order.service == Some(task)
        {
            self.bought.insert(order.purchase, order.kind);
            self.tell_cause(at);
            let (what, number) = (wording::order(order), order.purchase);
            let words = format!("({what}; `explain purchase {number}` tells of it)");
            return self.tell(Phase::Buying, at, Who::Alone(node), &words, None);
        }
        let is_here = self.doing.as_ref().is_some_and(|doing| doing.belongs);
        let belongs = match *fact {
            Fact::TaskReady { task: of }
            | Fact::RunStarted { task: of, .. }
            | Fact::RunEnded { task: of, .. }
            | Fact::Checkpointed { task: of, .. }
            | Fact::Suspended { task: of, .. }
            | Fact::Resumed { task: of, .. }
            | Fact::ReplicaFailed { task: of, .. }
            | Fact::WrongResult { task: of, .. } => of == task,
            Fact::TaskEnded(end) => end.task == task,
            Fact::FileGot { .. } => is_here,
            _ => purchase_of(fact).is_some_and(|number| self.bought.contains_key(&number)),
        };
        if belongs {
            self.on_turn(at, fact);
        }
        let phase = match *fact {
            Fact::TaskReady { .. } => Phase::Waiting,
            Fact::FileGot { .. } => Phase::Sending,
            Fact::RunStarted { progress: 0, .. }
            | Fact::Suspended { .. }
            | Fact::Resumed { .. } => Phase::Computing,
            Fact::RunStarted { .. } | Fact::ReplicaFailed { .. } => Phase::Migration,
            Fact::RunEnded { why: Stopped::Finished, .. } | Fact::TaskEnded(_) => Phase::Results,
            Fact::RunEnded { .. } => Phase::Computing,
            Fact::Checkpointed { .. } => Phase::Checkpoints,
            Fact::WrongResult { .. } => Phase::Verification,
            Fact::Paid { .. } | Fact::Returned { .. } | Fact::PurchaseEnded(_) => Phase::Payment,
            _ => Phase::Buying,
        };
        let rules = &self.story.rules;
        let words = match fact {
            Fact::TaskReady { .. } => Some("(nothing that it needs is missing)".to_owned()),
            // The bank's own words are in the purchase's story.
            Fact::Sold { .. } | Fact::Freed { .. } | Fact::SaleRefused { .. } => None,
            _ => purchase_fact(fact, rules)
                .map(|(_, words)| words)
                .or_else(|| wording::fact(fact, rules)),
        };
        if let Some(words) = words.filter(|_| belongs) {
            self.tell(phase, at, Who::Alone(node), &words, None);
        }
    }

    /// A sub-task takes a turn: what brought it about is told first.
    fn on_turn(&mut self, at: Time, fact: &Fact) {
        let is_failure = match fact {
            Fact::PurchaseEnded(end) => {
                !matches!(end.outcome, PurchaseOutcome::Completed | PurchaseOutcome::EndedEarly)
            }
            Fact::ReplicaFailed { .. } => {
                self.migrates = matches!(self.hero, Hero::Task { replicas: 1, .. });
                true
            }
            Fact::WrongResult { .. } | Fact::TaskEnded(_) => true,
            _ => false,
        };
        if is_failure {
            self.tell_cause(at);
        }
    }

    fn end(&mut self) -> Result<(), Stop> {
        self.is_over = true;
        Err(Stop("the story is over".to_owned()))
    }
}

/// Who said it, and to whom.
fn ends(node: Addr, arrival: &Arrival<Message>) -> [Addr; 2] {
    match *arrival {
        Arrival::Post { from, .. }
        | Arrival::Request { from, .. }
        | Arrival::Answer { from, .. } => [from, node],
        Arrival::Unanswered { to, .. } | Arrival::Shipped { peer: to, .. } => [node, to],
        Arrival::Broken { peer, .. } => [peer, node],
        Arrival::Timer(_) => [node, node],
    }
}

fn kind(message: &Message) -> &'static str {
    KINDS[usize::from(message.kind())].name
}

/// Whether it is what a seller reads, who then sees to its listings too.
fn is_sellers(message: &Message) -> bool {
    use market::Message as M;
    matches!(
        message,
        Message::Market(M::Buy { .. } | M::Cancel { .. } | M::Timer(Timer::SaleEnds(_)))
    )
}

fn timer_words(message: &Message) -> Option<&'static str> {
    use service::Timer as S;
    let timer = match message {
        Message::Market(market::Message::Timer(timer)) => timer,
        Message::Service(service::Message::Timer(timer)) => {
            return match timer {
                S::Checked { .. } => Some("(the result was checked)"),
                S::Again { .. } => Some("(it is time to look for a seller again)"),
                S::Deadline { .. } => Some("(its deadline passes)"),
                _ => None,
            };
        }
        Message::Overlay(_)
        | Message::Market(_)
        | Message::Admin(_)
        | Message::Service(_)
        | Message::Timer(_) => return None,
    };
    Some(match timer {
        Timer::SaleEnds(_) => "(the time that was bought is over)",
        Timer::Overdue(_) => "(the seller should have said that the time is over)",
        Timer::Settle(_) => "(it is time to try the bank again)",
        Timer::Receipt { .. } => "(it is time to show the bank the delivery receipt again)",
        Timer::Relist(_) => "(it is time to list what it has)",
        Timer::Upkeep(_) | Timer::Claim(_) | Timer::JoinOwners(_) => return None,
    })
}

fn purchase_phase(message: &Message) -> Phase {
    use market::Message as M;
    if carried::is_about_reserving(message) {
        return Phase::Reserving;
    }
    match message {
        Message::Market(M::Ping { .. } | M::Pong { .. } | M::Quote { .. } | M::Unserved { .. }) => {
            Phase::NamingSeller
        }
        Message::Market(
            M::Buy { .. }
            | M::Accepted { .. }
            | M::Refused { .. }
            | M::Cancel { .. }
            | M::Delist { .. }
            | M::Ask { .. }
            | M::Status { .. }
            | M::Timer(Timer::SaleEnds(_) | Timer::Overdue(_)),
        ) => Phase::Delivery,
        Message::Market(
            M::Done { .. } | M::Noted { .. } | M::Timer(Timer::Settle(_) | Timer::Receipt { .. }),
        ) => Phase::Payment,
        Message::Market(M::Admin(_)) | Message::Admin(_) => {
            match carried::purchase(message).is_some() {
                true => Phase::Payment,
                false => Phase::FindingMarket,
            }
        }
        Message::Overlay(_) | Message::Market(_) | Message::Service(_) | Message::Timer(_) => {
            Phase::FindingMarket
        }
    }
}

fn task_phase(message: &Message) -> Phase {
    use service::Message as M;
    let message = match message {
        Message::Service(message) => message,
        Message::Market(market::Message::Status { .. }) => return Phase::Migration,
        Message::Overlay(_) | Message::Market(_) | Message::Admin(_) | Message::Timer(_) => {
            return Phase::Buying;
        }
    };
    match message {
        M::Submit(_) | M::Submitted { .. } | M::AskProgress { .. } | M::Progress { .. } => {
            Phase::Waiting
        }
        M::Beat { .. } | M::Alive { .. } | M::Unknown { .. } | M::Stop { .. } => Phase::Computing,
        M::Checkpoint { .. }
        | M::NoRoom { .. }
        | M::StorageLost { .. }
        | M::StoreAt { .. }
        | M::Kept { .. }
        | M::Drop { .. } => Phase::Checkpoints,
        M::Run(assignment) if assignment.resumes => Phase::Migration,
        M::Fetch { .. } | M::Sending { .. } | M::NoCheckpoint { .. } | M::Snapshot { .. } => {
            Phase::Migration
        }
        M::Output { .. } | M::Notify { .. } | M::Noted { .. } => Phase::Results,
        M::Timer(service::Timer::Checked { .. }) => Phase::Verification,
        _ => Phase::Sending,
    }
}

fn purchase_of(fact: &Fact) -> Option<u32> {
    match *fact {
        Fact::Named { purchase, .. }
        | Fact::SaleRefused { purchase }
        | Fact::Sold { purchase, .. }
        | Fact::Freed { purchase, .. }
        | Fact::Returned { purchase } => Some(purchase),
        Fact::Paid { payment, .. } => Some(payment.purchase),
        Fact::PurchaseAccepted(acceptance) => Some(acceptance.purchase),
        Fact::PurchaseEnded(end) => Some(end.purchase),
        Fact::Ordered(order) => Some(order.purchase),
        _ => None,
    }
}

/// Where in a purchase's story a fact belongs, and how it reads there.
fn purchase_fact(fact: &Fact, rules: &Rules) -> Option<(Phase, String)> {
    Some(match fact {
        Fact::Ordered(order) => {
            let of = order.service.map_or_else(String::new, |of| match service_task(of) {
                Some(task) => format!("; `explain task {task}` tells what for"),
                None => "; for a backup".to_owned(),
            });
            (Phase::FindingMarket, format!("(orders: {}{of})", wording::order(order)))
        }
        Fact::Named { purchase, seller, bid, truth } => {
            let other = match truth.other {
                Some(other) => format!(", the other that the rule looks at is {other}"),
                None => ", and no other counts".to_owned(),
            };
            let words = format!(
                "(names node {} for purchase {purchase}, which bid {bid}; the least marginal \
                 cost of its listings is {}{other})",
                seller.0, truth.least
            );
            (Phase::NamingSeller, words)
        }
        Fact::PurchaseAccepted(of) => {
            let (purchase, seller, mo) = (of.purchase, of.seller.0, of.mo.0);
            let words = format!(
                "(purchase {purchase}: node {seller} sells in market {} of node {mo}, for {} to \
                 it and {} to the market owner)",
                wording::c(of.commodity, rules),
                of.seller_payoff,
                of.mo_payoff
            );
            (Phase::Delivery, words)
        }
        Fact::SaleRefused { .. } => (Phase::Delivery, "(does not sell)".to_owned()),
        Fact::Sold { .. } | Fact::Freed { .. } => (Phase::Delivery, wording::fact(fact, rules)?),
        Fact::Paid { .. } | Fact::Returned { .. } | Fact::PurchaseEnded(_) => {
            (Phase::Payment, wording::fact(fact, rules)?)
        }
        _ => return None,
    })
}

/// The sub-task that something is bought for, if it is no backup.
fn service_task(of: u32) -> Option<u32> {
    service::Backup::of_group(of).is_none().then_some(of)
}

impl Observer for Trail {
    fn wants_sights(&self) -> bool {
        true
    }

    fn sight(&mut self, Sight { at, node, seen }: &Sight) -> Result<(), Stop> {
        match seen {
            Seen::Step(step) => self.on_step(*at, *node, &step.cause),
            Seen::Sent(sent) => self.on_sent(*at, *node, sent),
            Seen::Unread(sent) => self.on_unread(*at, *sent),
            Seen::Stops(exit) => {
                let words = match exit {
                    Exit::Crash => "(CRASHES)",
                    Exit::Leave => "(leaves)",
                };
                if self.people.contains(node) && !self.sent.is_empty() {
                    let phase = self.story.phase().unwrap_or_else(|| self.first());
                    self.tell(phase, *at, Who::Alone(*node), words, None);
                }
            }
        }
        Ok(())
    }

    fn fact(&mut self, at: Time, node: Addr, fact: &Fact) {
        if !self.is_over {
            self.on_fact(at, node, fact);
        }
    }

    fn lookup(&mut self, row: &LookupRow) -> Result<(), Stop> {
        match self.hero {
            Hero::Lookup { number, .. } if number == row.lookup => self.end(),
            _ => Ok(()),
        }
    }

    fn transaction(&mut self, row: &TransactionRow) -> Result<(), Stop> {
        match self.hero {
            Hero::Purchase(number) if u64::from(number) == row.purchase => self.end(),
            _ => Ok(()),
        }
    }

    fn task(&mut self, row: &TaskRow) -> Result<(), Stop> {
        match self.hero {
            Hero::Task { task, .. } if task == row.task => self.end(),
            _ => Ok(()),
        }
    }

    fn progress(&mut self, _: Time, _: u64) -> Result<(), Stop> {
        stop_if_asked()
    }
}
