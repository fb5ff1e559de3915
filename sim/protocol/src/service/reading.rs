//! What a node's service layer reads, and which role it is for.

use super::driver::Hands;
use super::message::{Message, PATIENT_PAUSE, Storage, Timer};
use super::{Manner, Service, Wish};
use crate::id::Addr;
use crate::market::{RunEnd, Sale};
use crate::rules::Rules;
use crate::world::{Arrival, Ticket, World};

/// What the node's other layers know that the service layer needs to read an arrival.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    /// How it computes now.
    pub manner: Manner,
    /// The sale that the arrival is about, if there is one.
    pub sale: Option<Sale>,
}

impl Service {
    /// Reads one arrival.
    pub fn on_arrival(
        &mut self,
        arrival: Arrival<Message>,
        known: Known,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) {
        match arrival {
            Arrival::Post { from, message } => self.on_post(from, message, known, rules, world),
            Arrival::Request { from, ticket, message } => {
                self.on_request(from, ticket, message, known, rules, world);
            }
            Arrival::Answer { from, message } => {
                self.on_answer(from, message, known.manner, rules, world);
            }
            Arrival::Unanswered { to, message } => {
                self.on_unanswered(to, message, known.manner, rules, world);
            }
            Arrival::Shipped { message, .. } => {
                self.on_shipped(message, known.manner, rules, world);
            }
            Arrival::Broken { peer, message } => {
                self.on_broken(peer, message, known.manner, rules, world);
            }
            Arrival::Timer(Message::Timer(timer)) => {
                self.on_timer(timer, known.manner, rules, world);
            }
            Arrival::Timer(_) => {}
        }
    }

    fn on_post(
        &mut self,
        from: Addr,
        message: Message,
        known: Known,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) {
        let Known { manner, sale } = known;
        let Self { driver, executor, store, library, wishes, backups, .. } = self;
        match message {
            Message::Input { run } => executor.on_input(run, manner, rules, wishes, world),
            Message::NoFile { run } => {
                driver.on_not_run(run, &mut Hands { library, rules, wishes, world });
            }
            Message::Output { run, result } => {
                let hands = &mut Hands { library, rules, wishes, world };
                if !driver.on_output(run, result, hands) {
                    world.send(from, Message::Stop { run });
                }
            }
            Message::Stop { run } => executor.on_stop(run, from, wishes, world),
            Message::Checkpoint { place, run, progress } => {
                store.on_checkpoint(from, place, run, progress, sale.is_some(), world);
            }
            Message::NoRoom { place, run } => {
                executor.on_checkpoint(run, place, false, manner, rules, wishes, world);
            }
            Message::StorageLost { run, place } => {
                driver.on_storage_lost(run, place, &mut Hands { library, rules, wishes, world });
            }
            Message::StoreAt { run, place, storage } => {
                executor.on_store_at(run, from, Storage { node: storage, place });
            }
            Message::Snapshot { run, progress } => {
                executor.on_snapshot(run, Some(progress), manner, rules, wishes, world);
            }
            Message::Kept { place } if driver.knows(place) => {}
            Message::Kept { place } => {
                let hands = &mut Hands { library, rules, wishes, world };
                if !backups.on_kept(from, place, hands) {
                    world.send(from, Message::Drop { place });
                }
            }
            Message::Drop { place } => {
                wishes.push_back(Wish::EndRun { run: place, end: RunEnd::Evicted });
                store.on_sale_over(place);
            }
            Message::Advertise { key } => library.on_advertised(from, key, rules, world.now()),
            Message::Content { search, .. } => {
                let found = library.on_content(search, rules, wishes, world);
                self.on_search_over(found, Some(from), manner, rules, world);
            }
            Message::Copy { place, backup, bytes } => {
                store.on_copy(from, place, backup, bytes, sale, world);
            }
            Message::Stored { place } => {
                backups.on_stored(place, &mut Hands { library, rules, wishes, world });
            }
            Message::Gone { place } => {
                backups.on_gone(place, &mut Hands { library, rules, wishes, world });
            }
            Message::Recalled { place } => {
                backups.on_recalled(place, &mut Hands { library, rules, wishes, world });
            }
            _ => {}
        }
    }

    fn on_request(
        &mut self,
        from: Addr,
        ticket: Ticket,
        message: Message,
        known: Known,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) {
        let Known { manner, sale } = known;
        let Self { client, driver, executor, store, library, wishes, .. } = self;
        match message {
            Message::Submit(job) => {
                let number = job.number;
                driver.accept(*job, from, &mut Hands { library, rules, wishes, world });
                world.answer(ticket, Message::Submitted { job: number });
            }
            Message::AskProgress { job } => {
                if let Some((over, of)) = driver.progress(job) {
                    world.answer(ticket, Message::Progress { job, over, of });
                }
            }
            Message::Notify { job, .. } => {
                client.on_notified(job, world);
                world.answer(ticket, Message::Noted { job });
            }
            Message::Run(assignment) => {
                executor
                    .on_run(from, ticket, assignment, sale, manner, library, rules, wishes, world);
            }
            Message::Beat { run } => {
                let is_there = executor.has(run, from);
                if is_there {
                    executor.on_asked(run, world);
                }
                let answer =
                    if is_there { Message::Alive { run } } else { Message::Unknown { run } };
                world.answer(ticket, answer);
            }
            Message::Fetch { place, run, bytes } => {
                store.on_fetch(ticket, from, place, run, bytes, world);
            }
            Message::Check { place } => store.on_check(ticket, place, sale, world),
            Message::CopyTo { from: place, to, node } => {
                store.on_copy_to(ticket, from, place, to, node, sale, world);
            }
            Message::Recall { place } => store.on_recall(ticket, from, place, world),
            Message::WhoHas { key, search } => {
                library.on_who_has(ticket, from, key, search, world);
            }
            Message::Get { key, bytes, search } => {
                let file = super::File { key, bytes };
                library.on_get(ticket, from, file, search, rules, world);
            }
            _ => {}
        }
    }

    fn on_answer(
        &mut self,
        from: Addr,
        message: Message,
        manner: Manner,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) {
        let Self { client, driver, executor, library, wishes, backups, .. } = self;
        match message {
            Message::Submitted { job } => client.on_submitted(job, rules, world),
            Message::Progress { job, over, of } => {
                client.on_progress(job, Some((over, of)), rules, world);
            }
            Message::Stored { place } => {
                backups.on_stored(place, &mut Hands { library, rules, wishes, world });
            }
            Message::Empty { place } => {
                backups.on_empty(place, &mut Hands { library, rules, wishes, world });
            }
            Message::Gone { place } => {
                let hands = &mut Hands { library, rules, wishes, world };
                backups.on_gone(place, hands);
                backups.on_not_recalled(place, hands);
            }
            Message::Noted { job } => driver.on_noted(job),
            Message::Began { run } => {
                driver.on_began(run, &mut Hands { library, rules, wishes, world });
            }
            Message::Declined { run } | Message::Unknown { run } => {
                driver.on_not_run(run, &mut Hands { library, rules, wishes, world });
            }
            Message::Alive { run } => {
                driver.on_alive(run, &mut Hands { library, rules, wishes, world });
            }
            Message::NoCheckpoint { run } => {
                executor.on_snapshot(run, None, manner, rules, wishes, world);
            }
            Message::Holders { search, count, holders } => {
                let some = &holders[..usize::from(count)];
                let lost = library.on_holders(search, some, rules, world);
                self.on_search_over(lost, None, manner, rules, world);
            }
            Message::NotHere { search } => {
                let lost = library.on_no_content(search, from, rules, world);
                self.on_search_over(lost, None, manner, rules, world);
            }
            _ => {}
        }
    }

    fn on_unanswered(
        &mut self,
        to: Addr,
        message: Message,
        manner: Manner,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) {
        let Self { client, driver, executor, library, wishes, backups, .. } = self;
        match message {
            Message::Check { place } => {
                backups.on_silent(place, &mut Hands { library, rules, wishes, world });
            }
            Message::CopyTo { to, .. } => backups.on_not_sent(to),
            Message::Recall { place } => {
                backups.on_not_recalled(place, &mut Hands { library, rules, wishes, world });
            }
            Message::Submit(job) => client.on_not_submitted(job.number, world),
            Message::AskProgress { job } => client.on_progress(job, None, rules, world),
            Message::Notify { job, .. } => {
                world.wake(PATIENT_PAUSE, Message::Timer(Timer::Notify { job }));
            }
            Message::Run(assignment) => {
                let run = assignment.run;
                driver.on_silence(run, &mut Hands { library, rules, wishes, world });
            }
            Message::Beat { run } => {
                driver.on_silence(run, &mut Hands { library, rules, wishes, world });
            }
            Message::Fetch { run, .. } => {
                executor.on_no_snapshot(run, manner, rules, wishes, world);
            }
            Message::WhoHas { search, .. } => {
                let lost = library.on_no_holders(search, rules, world);
                self.on_search_over(lost, None, manner, rules, world);
            }
            Message::Get { search, .. } => {
                let lost = library.on_no_content(search, to, rules, world);
                self.on_search_over(lost, None, manner, rules, world);
            }
            _ => {}
        }
    }

    /// A shipment of this node's has come whole.
    fn on_shipped(
        &mut self,
        message: Message,
        manner: Manner,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) {
        let Self { executor, store, library, wishes, backups, .. } = self;
        match message {
            Message::Copy { place, .. } => {
                store.on_sent(place);
                backups.on_stored(place, &mut Hands { library, rules, wishes, world });
            }
            Message::Output { run, .. } => executor.on_returned(run, wishes),
            Message::Checkpoint { run, place, .. } => {
                executor.on_checkpoint(run, place, true, manner, rules, wishes, world);
            }
            _ => {}
        }
    }

    /// A shipment from or to this node broke off.
    fn on_broken(
        &mut self,
        peer: Addr,
        message: Message,
        manner: Manner,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) {
        let Self { executor, store, library, wishes, backups, .. } = self;
        match message {
            Message::Copy { place, .. } => {
                store.on_sent(place);
                backups.on_not_sent(place);
            }
            Message::Recalled { place } => {
                backups.on_not_recalled(place, &mut Hands { library, rules, wishes, world });
            }
            Message::Output { run, .. } => executor.on_not_returned(run, rules, wishes, world),
            Message::Checkpoint { run, place, .. } => {
                executor.on_checkpoint(run, place, false, manner, rules, wishes, world);
            }
            Message::Snapshot { run, .. } => {
                executor.on_no_snapshot(run, manner, rules, wishes, world);
            }
            Message::Content { search, .. } => {
                let lost = library.on_no_content(search, peer, rules, world);
                self.on_search_over(lost, None, manner, rules, world);
            }
            // The compute node misses its input, and cannot begin.
            Message::Input { run } if executor.has(run, peer) => {
                executor.on_stop(run, peer, wishes, world);
            }
            _ => {}
        }
    }

    fn on_timer(
        &mut self,
        timer: Timer,
        manner: Manner,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) {
        let Self { client, driver, executor, library, wishes, backups, downloads, .. } = self;
        match timer {
            Timer::Step { run, generation } => {
                executor.on_step(run, generation, manner, rules, wishes, world);
            }
            Timer::Return { run } => executor.on_return(run, world),
            Timer::Grace { generation } => executor.on_grace(generation, wishes, world),
            Timer::Beat { run } => {
                driver.on_beat(run, &mut Hands { library, rules, wishes, world });
            }
            Timer::Again { task, replica, storage } => {
                let hands = &mut Hands { library, rules, wishes, world };
                driver.on_again(task, replica, storage, hands);
            }
            Timer::Checked { run } => {
                driver.on_checked(run, &mut Hands { library, rules, wishes, world });
            }
            Timer::Deadline { task } => {
                driver.on_deadline(task, &mut Hands { library, rules, wishes, world });
            }
            Timer::Notify { job } => {
                driver.notify(job, &mut Hands { library, rules, wishes, world });
            }
            Timer::Progress { job } => client.ask_progress(job, rules, world),
            Timer::Submit { job } => client.submit_again(job, rules, world),
            Timer::Check { backup, generation } => {
                let hands = &mut Hands { library, rules, wishes, world };
                backups.on_check(backup, generation, hands);
            }
            Timer::Sealed { backup } => {
                backups.on_sealed(backup, &mut Hands { library, rules, wishes, world });
            }
            Timer::Place { backup } => {
                backups.on_place(backup, &mut Hands { library, rules, wishes, world });
            }
            Timer::Opened { backup } => {
                backups.on_opened(backup, &mut Hands { library, rules, wishes, world });
            }
            Timer::Download { download } => {
                downloads.search(download, &mut Hands { library, rules, wishes, world });
            }
            Timer::Advertise => library.on_advertise(rules, wishes, world),
        }
    }
}
