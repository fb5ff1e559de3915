//! How one replica is placed, watched, and placed again: compute power is bought, and storage if it
//! is to be checkpointed (CompuP2P, VI-A).

use super::super::Wish;
use super::super::message::{Assignment, Message, Storage, Timer};
use super::task::{Bought, Buying, ReplicaStage, Task, Use};
use super::{Driver, Hands};
use crate::commodity::ResourceKind;
use crate::credit::Credits;
use crate::fact::{Fact, PurchaseOutcome, TaskOutcome};
use crate::market::{Order, Verdict};
use crate::pricing::{self, Volume};
use crate::rules::{CodeFrom, Rules};
use crate::time::{Span, Time};
use alloc::boxed::Box;

impl Driver {
    /// Buys what a replica lacks, and starts it when it lacks nothing.
    pub(super) fn place_replica(&mut self, task: u32, replica: u8, hands: &mut Hands<'_>) {
        let Some(found) = self.tasks.get_mut(&task) else { return };
        let place = usize::from(replica);
        found.replicas[place].stage = ReplicaStage::Buying;
        let keeps = found.sub_task.checkpoint_bytes > 0;
        let lacks = |buying: &Buying| matches!(buying, Buying::Not);
        let (cpu, storage) = (&found.replicas[place].cpu, &found.replicas[place].storage);
        let (no_cpu, no_storage) = (lacks(cpu), keeps && lacks(storage));
        if no_storage {
            self.buy(task, replica, ResourceKind::Storage, hands);
        }
        if no_cpu {
            self.buy(task, replica, ResourceKind::Cpu, hands);
        }
        self.start(task, replica, hands);
    }

    /// Buys compute power or storage for a replica, out of an equal share of what is left to spend.
    fn buy(&mut self, task: u32, replica: u8, kind: ResourceKind, hands: &mut Hands<'_>) {
        let Some(found) = self.tasks.get_mut(&task) else { return };
        let (rules, now) = (hands.rules, hands.world.now());
        let (amount, hold) = wanted(found, kind, now, rules);
        let is_storage = kind == ResourceKind::Storage;
        let share = found.share(is_storage, rules);
        let volume = Volume::of(rules.rounded_up(kind, amount), hold, rules);
        let budget = pricing::affordable(share, volume, rules);
        if budget == 0 {
            self.on_poverty(task, replica, is_storage, hands);
            return;
        }
        let purchase = hands.world.number();
        let order = Order {
            purchase,
            kind,
            amount,
            budget,
            hold,
            platforms: match kind {
                ResourceKind::Cpu => found.sub_task.platforms,
                ResourceKind::Storage => crate::commodity::Platforms::ANY,
            },
            service: Some(task),
        };
        *buying(found, replica, is_storage) = Buying::Underway(purchase);
        found.commit(share);
        let (takes, since) = (share, now);
        let of = Use { task, replica, is_storage, takes, hold, since };
        self.purchases.insert(purchase, of);
        hands.world.note(Fact::Ordered(order));
        hands.wishes.push_back(Wish::Buy(order));
    }

    /// Nothing is left that would buy anything: without storage a replica goes on, without compute
    /// power it does not.
    fn on_poverty(&mut self, task: u32, replica: u8, is_storage: bool, hands: &mut Hands<'_>) {
        let Some(found) = self.tasks.get_mut(&task) else { return };
        match is_storage {
            // When compute power is bought anew, there may be more.
            true => *buying(found, replica, true) = Buying::Later,
            false => self.bury_replica(task, replica, TaskOutcome::OverBudget, hands),
        }
    }

    /// A seller sold.
    pub(in super::super) fn on_bought(&mut self, bought: Bought, hands: &mut Hands<'_>) {
        let Some(of) = self.purchases.get_mut(&bought.purchase) else {
            // It was given up, and the news crossed.
            self.drop_purchase(bought.into(), Verdict::Enough, hands);
            return;
        };
        let Use { task, replica, is_storage, takes, .. } = *of;
        let Some(found) = self.tasks.get_mut(&task) else { return };
        *of = Use { takes: bought.total, since: hands.world.now(), ..*of };
        found.release(takes);
        found.commit(bought.total);
        *buying(found, replica, is_storage) = Buying::Bought(bought);
        let place = &mut found.replicas[usize::from(replica)];
        if is_storage && matches!(place.stage, ReplicaStage::Running | ReplicaStage::Starting) {
            if let Some(cpu) = place.cpu.bought() {
                tell_storage(cpu, bought, hands);
            }
            return;
        }
        self.start(task, replica, hands);
    }

    /// A purchase ended, not by this node's word.
    pub(in super::super) fn on_ended(
        &mut self,
        purchase: u32,
        outcome: PurchaseOutcome,
        hands: &mut Hands<'_>,
    ) {
        let Some(&of) = self.purchases.get(&purchase) else { return };
        let Use { task, replica, is_storage, takes, .. } = of;
        let Some(found) = self.tasks.get_mut(&task) else { return };
        let stage = found.replicas[usize::from(replica)].stage;
        let has_result = matches!(stage, ReplicaStage::Checking | ReplicaStage::Voted);
        if has_result && !is_storage {
            // Whatever became of its seller, what it computed is here.
            return;
        }
        self.purchases.remove(&purchase);
        let before = core::mem::replace(buying(found, replica, is_storage), Buying::Not);
        match (before, is_storage) {
            (Buying::Bought(_), false) => {
                // The seller says that it does not go on.
                found.release(takes);
                self.fail_replica(task, replica, TaskOutcome::Failures, hands);
            }
            // What it was paid for its time is spent.
            (Buying::Bought(bought), true) => {
                if outcome != PurchaseOutcome::Completed {
                    found.release(of.unpaid(&bought, hands.world.now()));
                }
                match stage {
                    ReplicaStage::Starting | ReplicaStage::Running => {
                        self.buy(task, replica, ResourceKind::Storage, hands);
                    }
                    ReplicaStage::Buying => self.place_replica(task, replica, hands),
                    ReplicaStage::Checking | ReplicaStage::Voted | ReplicaStage::Dead(_) => {}
                }
            }
            (_, true) => {
                found.release(takes);
                *buying(found, replica, true) = Buying::Later;
                let again = Timer::Again { task, replica, storage: true };
                hands.world.wake(hands.rules.service.retry_pause, Message::Timer(again));
                self.start(task, replica, hands);
            }
            (_, false) => {
                found.release(takes);
                self.on_unsold(task, replica, outcome, hands);
            }
        }
    }

    /// Nobody sold compute power: tries again later, or gives the replica up.
    fn on_unsold(
        &mut self,
        task: u32,
        replica: u8,
        outcome: PurchaseOutcome,
        hands: &mut Hands<'_>,
    ) {
        let Some(found) = self.tasks.get_mut(&task) else { return };
        let place = &mut found.replicas[usize::from(replica)];
        let vainly = hands.world.now().since(place.since);
        if vainly >= hands.rules.service.patience {
            let why = match outcome {
                PurchaseOutcome::OverBudget => TaskOutcome::OverBudget,
                PurchaseOutcome::InsufficientFunds => TaskOutcome::InsufficientFunds,
                PurchaseOutcome::BankUnreachable => TaskOutcome::BankUnreachable,
                _ => TaskOutcome::NoSeller,
            };
            self.bury_replica(task, replica, why, hands);
            return;
        }
        place.cpu = Buying::Later;
        let again = Timer::Again { task, replica, storage: false };
        hands.world.wake(hands.rules.service.retry_pause, Message::Timer(again));
    }

    /// Another try to buy.
    pub(in super::super) fn on_again(
        &mut self,
        task: u32,
        replica: u8,
        storage: bool,
        hands: &mut Hands<'_>,
    ) {
        let Some(found) = self.tasks.get_mut(&task) else { return };
        if usize::from(replica) >= found.replicas.len() {
            return;
        }
        let buys = found.replicas[usize::from(replica)].stage.buys();
        let bought = buying(found, replica, storage);
        if buys && matches!(bought, Buying::Later) {
            *bought = Buying::Not;
            let kind = if storage { ResourceKind::Storage } else { ResourceKind::Cpu };
            self.buy(task, replica, kind, hands);
        }
    }

    /// Tells the compute node, once it is bought and so is storage; without storage, if that was
    /// tried in vain.
    fn start(&mut self, number: u32, replica: u8, hands: &mut Hands<'_>) {
        let Some(task) = self.tasks.get_mut(&number) else { return };
        let place = &mut task.replicas[usize::from(replica)];
        let Some(cpu) = place.cpu.bought() else { return };
        let storage = match &place.storage {
            Buying::Bought(bought) => Some(*bought),
            Buying::Later => None,
            Buying::Not | Buying::Underway(_) if task.sub_task.checkpoint_bytes == 0 => None,
            Buying::Not | Buying::Underway(_) => return,
        };
        if place.stage != ReplicaStage::Buying {
            return;
        }
        place.stage = ReplicaStage::Starting;
        place.silent = 0;
        call_to_run(number, task, replica, cpu, storage, hands);
    }

    /// The compute node runs it.
    pub(in super::super) fn on_began(&mut self, run: u32, hands: &mut Hands<'_>) {
        let Some(&Use { task, replica, .. }) = self.purchases.get(&run) else { return };
        let Some(found) = self.tasks.get_mut(&task) else { return };
        let input = found.sub_task.input_bytes;
        let place = &mut found.replicas[usize::from(replica)];
        let Some(cpu) = place.cpu.bought().filter(|_| place.stage == ReplicaStage::Starting) else {
            return;
        };
        place.stage = ReplicaStage::Running;
        place.has_run = true;
        place.silent = 0;
        if input > 0 {
            hands.world.ship(cpu.seller, input, Message::Input { run });
        }
        hands.world.wake(hands.rules.service.heartbeat, Message::Timer(Timer::Beat { run }));
    }

    /// The compute node does not answer to what it was asked.
    pub(in super::super) fn on_silence(&mut self, run: u32, hands: &mut Hands<'_>) {
        let Some(&Use { task: number, replica, .. }) = self.purchases.get(&run) else { return };
        let Some(task) = self.tasks.get_mut(&number) else { return };
        let place = &mut task.replicas[usize::from(replica)];
        let Some(cpu) = place.cpu.bought() else { return };
        if !matches!(place.stage, ReplicaStage::Starting | ReplicaStage::Running) {
            // Its result came meanwhile.
            return;
        }
        place.silent += 1;
        if u32::from(place.silent) >= hands.rules.overlay.attempts {
            self.fail_replica(number, replica, TaskOutcome::Failures, hands);
            return;
        }
        match place.stage {
            ReplicaStage::Starting => {
                let storage = place.storage.bought();
                call_to_run(number, task, replica, cpu, storage, hands);
            }
            ReplicaStage::Running => call_to_beat(cpu, hands),
            _ => {}
        }
    }

    /// It is time to ask whether a run goes on.
    pub(in super::super) fn on_beat(&mut self, run: u32, hands: &mut Hands<'_>) {
        let Some(&Use { task, replica, .. }) = self.purchases.get(&run) else { return };
        let Some(task) = self.tasks.get(&task) else { return };
        let place = &task.replicas[usize::from(replica)];
        if place.stage == ReplicaStage::Running
            && let Some(cpu) = place.cpu.bought()
        {
            call_to_beat(cpu, hands);
        }
    }

    /// It does.
    pub(in super::super) fn on_alive(&mut self, run: u32, hands: &mut Hands<'_>) {
        let Some(&Use { task, replica, .. }) = self.purchases.get(&run) else { return };
        let Some(task) = self.tasks.get_mut(&task) else { return };
        task.replicas[usize::from(replica)].silent = 0;
        hands.world.wake(hands.rules.service.heartbeat, Message::Timer(Timer::Beat { run }));
    }

    /// The compute node does not run it, or not any more; or can find neither code nor input.
    pub(in super::super) fn on_not_run(&mut self, run: u32, hands: &mut Hands<'_>) {
        let Some(&Use { task, replica, .. }) = self.purchases.get(&run) else { return };
        let Some(found) = self.tasks.get(&task) else { return };
        let stage = found.replicas[usize::from(replica)].stage;
        if matches!(stage, ReplicaStage::Running | ReplicaStage::Starting) {
            self.fail_replica(task, replica, TaskOutcome::Failures, hands);
        }
    }

    /// A compute node says that the storage node takes no checkpoints: another is bought, unless
    /// that was done before.
    pub(in super::super) fn on_storage_lost(&mut self, run: u32, lost: u32, hands: &mut Hands<'_>) {
        let Some(&Use { task, replica, .. }) = self.purchases.get(&run) else { return };
        let Some(found) = self.tasks.get_mut(&task) else { return };
        let place = &mut found.replicas[usize::from(replica)];
        match place.storage {
            Buying::Bought(bought) if bought.purchase == lost => {
                place.storage = Buying::Not;
                let now = hands.world.now();
                let unpaid = self.purchases.get(&lost).map(|of| of.unpaid(&bought, now));
                found.release(unpaid.unwrap_or(Credits::ZERO));
                self.drop_purchase(bought.into(), Verdict::Failed, hands);
                self.buy(task, replica, ResourceKind::Storage, hands);
            }
            Buying::Bought(bought) => {
                if let Some(cpu) = place.cpu.bought() {
                    tell_storage(cpu, bought, hands);
                }
            }
            Buying::Not | Buying::Underway(_) | Buying::Later => {}
        }
    }

    /// A replica's run failed: it begins anew on another node, from its last checkpoint, unless it
    /// has failed too often.
    pub(super) fn fail_replica(
        &mut self,
        task: u32,
        replica: u8,
        why: TaskOutcome,
        hands: &mut Hands<'_>,
    ) {
        let Some(found) = self.tasks.get_mut(&task) else { return };
        let place = &mut found.replicas[usize::from(replica)];
        place.failures += 1;
        place.result = None;
        let failures = place.failures;
        let cpu = core::mem::replace(&mut place.cpu, Buying::Not);
        hands.world.note(Fact::ReplicaFailed { task, replica });
        if let Buying::Bought(bought) = cpu {
            found.release(bought.total);
            let verdict = match why {
                TaskOutcome::WrongResult => Verdict::Wrong,
                _ => Verdict::Failed,
            };
            self.drop_purchase(bought.into(), verdict, hands);
        }
        if failures > hands.rules.service.failures_max {
            self.bury_replica(task, replica, why, hands);
            return;
        }
        let found = self.tasks.get_mut(&task).expect("it was just there");
        let place = &mut found.replicas[usize::from(replica)];
        place.since = hands.world.now();
        place.silent = 0;
        if matches!(place.storage, Buying::Later) {
            place.storage = Buying::Not;
        }
        if why == TaskOutcome::WrongResult
            && let Buying::Bought(bought) = place.storage
        {
            // So are its checkpoints.
            place.storage = Buying::Not;
            let now = hands.world.now();
            let unpaid = self.purchases.get(&bought.purchase).map(|of| of.unpaid(&bought, now));
            found.release(unpaid.unwrap_or(Credits::ZERO));
            self.drop_purchase(bought.into(), Verdict::Enough, hands);
        }
        let found = self.tasks.get_mut(&task).expect("it was just there");
        let place = &mut found.replicas[usize::from(replica)];
        // A result that was wrong is not to be had again from the same work.
        place.has_run &= why != TaskOutcome::WrongResult;
        self.place_replica(task, replica, hands);
    }

    /// A replica is given up.
    fn bury_replica(&mut self, task: u32, replica: u8, why: TaskOutcome, hands: &mut Hands<'_>) {
        let Some(found) = self.tasks.get_mut(&task) else { return };
        let place = &mut found.replicas[usize::from(replica)];
        place.stage = ReplicaStage::Dead(why);
        let purchases: alloc::vec::Vec<_> = place.take_purchases().collect();
        for held in purchases {
            // Of storage that is held a part is paid.
            let of = self.purchases.get(&held.purchase);
            let given_up = of.filter(|of| held.seller.is_none() || !of.is_storage);
            let takes = given_up.map_or(Credits::ZERO, |of| of.takes);
            if let Some(found) = self.tasks.get_mut(&task) {
                found.release(takes);
            }
            self.drop_purchase(held, Verdict::Enough, hands);
        }
        self.decide(task, hands);
    }

    /// After a crash of this node: what was being bought is bought anew, who runs it is asked.
    pub(super) fn resume_replica(&mut self, task: u32, replica: u8, hands: &mut Hands<'_>) {
        let Some(found) = self.tasks.get_mut(&task) else { return };
        let place = &mut found.replicas[usize::from(replica)];
        for bought in [&mut place.cpu, &mut place.storage] {
            if let Buying::Underway(purchase) = *bought {
                let given_up = self.purchases.remove(&purchase);
                found.committed = given_up.map_or(found.committed, |given_up| {
                    found.committed.checked_sub(given_up.takes).unwrap_or(Credits::ZERO)
                });
                *bought = Buying::Not;
            } else if matches!(bought, Buying::Later) {
                *bought = Buying::Not;
            }
        }
        place.silent = 0;
        place.since = hands.world.now();
        let (stage, cpu) = (place.stage, place.cpu.bought());
        match (stage, cpu) {
            (ReplicaStage::Running, Some(cpu)) => {
                if found.sub_task.checkpoint_bytes > 0 && place.storage.bought().is_none() {
                    self.buy(task, replica, ResourceKind::Storage, hands);
                }
                call_to_beat(cpu, hands);
            }
            (ReplicaStage::Checking, Some(cpu)) => self.on_checked(cpu.purchase, hands),
            (ReplicaStage::Voted | ReplicaStage::Dead(_), _) => {}
            _ => self.place_replica(task, replica, hands),
        }
    }
}

/// Where it stands with a replica's compute power or storage.
fn buying(task: &mut Task, replica: u8, is_storage: bool) -> &mut Buying {
    let replica = &mut task.replicas[usize::from(replica)];
    if is_storage { &mut replica.storage } else { &mut replica.cpu }
}

/// How much is to be bought, and for how long (SPEC 7: "the rate to buy is work / target run time").
fn wanted(task: &Task, kind: ResourceKind, now: Time, rules: &Rules) -> (u64, Span) {
    let service = &rules.service;
    let usual = task.sub_task.target.unwrap_or(service.target_runtime);
    let target = match task.deadline {
        Time::NEVER => usual,
        deadline => {
            let rest = deadline.since(now).as_secs() * service.deadline_share;
            Span::from_secs_f64(rest).min(usual)
        }
    };
    let target = target.max(Span::millis(1));
    let slack = Span::from_secs_f64(target.as_secs() * service.hold_slack);
    let hold = slack + service.hold_extra;
    let work = (task.sub_task.cycles as f64 * service.sandbox) as u64;
    let rate = u128::from(work) * 1_000_000_000 / u128::from(target.0);
    match kind {
        ResourceKind::Cpu => (u64::try_from(rate).unwrap_or(u64::MAX).max(1), hold),
        // As long again, should the run have to begin anew.
        ResourceKind::Storage => (task.sub_task.checkpoint_bytes, hold * 2),
    }
}

fn call_to_run(
    number: u32,
    task: &Task,
    replica: u8,
    cpu: Bought,
    storage: Option<Bought>,
    hands: &mut Hands<'_>,
) {
    let sub_task = &task.sub_task;
    let code_at = match hands.rules.service.code {
        CodeFrom::Overlay | CodeFrom::User => hands.world.me(),
        CodeFrom::Server => hands.rules.first_of(hands.rules.service.code_server),
    };
    let assignment = Assignment {
        run: cpu.purchase,
        task: number,
        cycles: sub_task.cycles,
        code: sub_task.code,
        code_at,
        input_bytes: sub_task.input_bytes,
        inputs: sub_task.inputs.clone(),
        output: sub_task.output,
        is_needed: !task.next.is_empty(),
        storage: storage.map(|bought| Storage { node: bought.seller, place: bought.purchase }),
        checkpoint_bytes: sub_task.checkpoint_bytes,
        interval: sub_task.interval(hands.rules),
        resumes: task.replicas[usize::from(replica)].has_run,
    };
    let run = Message::Run(Box::new(assignment));
    hands.world.call(cpu.seller, run, hands.rules.overlay.rpc_timeout);
}

fn call_to_beat(cpu: Bought, hands: &mut Hands<'_>) {
    let beat = Message::Beat { run: cpu.purchase };
    hands.world.call(cpu.seller, beat, hands.rules.overlay.rpc_timeout);
}

fn tell_storage(cpu: Bought, storage: Bought, hands: &mut Hands<'_>) {
    let (run, place, storage) = (cpu.purchase, storage.purchase, storage.seller);
    hands.world.send(cpu.seller, Message::StoreAt { run, place, storage });
}
