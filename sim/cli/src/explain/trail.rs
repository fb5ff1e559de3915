//! Which of all that is said belongs to a story: what carries its number; what is sent because of
//! that and carries nothing else; and what it was sent because of.

mod facts;
mod telling;

use super::carried::{self, Lookup, Work};
use super::ending::Row;
use super::phase::Phase;
use super::stop_if_asked;
use super::story::{Story, Who};
use compup2p_engine::churn::sessions::Exit;
use compup2p_engine::observer::{LookupRow, Observer, Stop, TaskRow, TransactionRow};
use compup2p_engine::witness::{Cause, Fate, Manner, Seen, Sent, Sight};
use compup2p_protocol::admin;
use compup2p_protocol::commodity::ResourceKind;
use compup2p_protocol::fact::Fact;
use compup2p_protocol::id::Addr;
use compup2p_protocol::market::{self, Timer};
use compup2p_protocol::node::{Command, Message};
use compup2p_protocol::rules::Rules;
use compup2p_protocol::service;
use compup2p_protocol::time::Time;
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
        let (phase, kind) = (self.phase(&sent.message), Some(telling::kind(&sent.message)));
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
        self.tell(
            self.phase(&message),
            at,
            Who::Between(from, to),
            &words,
            Some(telling::kind(&message)),
        );
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

/// Whether it is what a seller reads, who then sees to its listings too.
fn is_sellers(message: &Message) -> bool {
    use market::Message as M;
    matches!(
        message,
        Message::Market(M::Buy { .. } | M::Cancel { .. } | M::Timer(Timer::SaleEnds(_)))
    )
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
