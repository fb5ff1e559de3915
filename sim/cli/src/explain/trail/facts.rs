//! What is told of facts that belong to a story.

use super::{Hero, Phase, Trail, Who};
use compup2p_protocol::fact::{Fact, PurchaseOutcome, Ring, Stopped};
use compup2p_protocol::id::Addr;
use compup2p_protocol::rules::Rules;
use compup2p_protocol::service;
use compup2p_protocol::time::Time;
use compup2p_protocol::wording;

impl Trail {
    pub(super) fn on_fact(&mut self, at: Time, node: Addr, fact: &Fact) {
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
