//! What is told of messages that belong to a story.

use super::super::carried;
use super::{Hero, Hops, Phase, Trail, Who, ends};
use compup2p_engine::witness::Cause;
use compup2p_protocol::id::Addr;
use compup2p_protocol::market::{self, Timer};
use compup2p_protocol::node::{Command, KINDS, Message};
use compup2p_protocol::service;
use compup2p_protocol::time::Time;
use compup2p_protocol::wording::{self, counted};
use compup2p_protocol::world::Arrival;

impl Trail {
    /// Tells what the node reads, or is told, that does something now.
    pub(super) fn tell_cause(&mut self, at: Time) {
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
                        let many = counted(job.sub_tasks.len() as u64, "sub-task", "sub-tasks");
                        format!("(its user submits job {}, of {many})", job.number)
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
                let phase = self.story.phase().unwrap_or_else(|| self.first());
                self.tell(phase, at, Who::Alone(node), "(is about to leave)", None);
            }
        }
    }

    pub(super) fn tell_arrival(
        &mut self,
        at: Time,
        node: Addr,
        arrival: &Arrival<Message>,
        sent: u64,
    ) {
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
    pub(super) fn hop(&mut self, message: &Message, from: Addr, to: Addr) -> String {
        let lookup = carried::lookup(message, from, to).filter(|_| carried::is_hop(message));
        match lookup.and_then(|lookup| self.hops.get_mut(&lookup)) {
            Some(Hops { count, asks_for_more: false }) => {
                *count += 1;
                format!(" (hop {count})")
            }
            Some(_) | None => String::new(),
        }
    }

    /// What a message says. A sub-task's story leaves out how nodes with its files are looked up.
    pub(super) fn words(&self, message: &Message) -> Option<String> {
        let rules = &self.story.rules;
        wording::message(message, rules).or_else(|| match self.hero {
            Hero::Lookup { .. } | Hero::Purchase(_) => wording::ring(message),
            Hero::Task { .. } => None,
        })
    }

    pub(super) fn tell(
        &mut self,
        phase: Phase,
        at: Time,
        who: Who,
        words: &str,
        kind: Option<&str>,
    ) {
        let phase = match phase {
            Phase::Buying | Phase::Sending | Phase::Payment if self.migrates => Phase::Migration,
            phase => phase,
        };
        if !self.is_over {
            self.story.tell(phase, at, who, words, kind);
        }
    }

    /// How the story begins.
    pub(super) fn first(&self) -> Phase {
        match self.hero {
            Hero::Lookup { .. } => Phase::LookingUp,
            Hero::Purchase(_) => Phase::FindingMarket,
            Hero::Task { .. } => Phase::Waiting,
        }
    }

    /// Where in the story a message belongs.
    pub(super) fn phase(&self, message: &Message) -> Phase {
        match self.hero {
            Hero::Lookup { .. } => Phase::LookingUp,
            Hero::Purchase(_) => Phase::of_purchase(message),
            Hero::Task { .. } => Phase::of_task(message),
        }
    }
}

/// Which of all kinds a message is of.
pub(super) fn kind(message: &Message) -> &'static str {
    KINDS[usize::from(message.kind())].name
}

/// What a timer says, if anything comes of it.
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
