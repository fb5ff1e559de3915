//! The service layer (CompuP2P, V and VI; SPEC 7): users submit jobs of sub-tasks, nodes that sold
//! compute power run them, nodes that sold storage keep their checkpoints. Users back data up on
//! such nodes, and share files.
//!
//! | role | file | what it does |
//! |---|---|---|
//! | client | `client.rs` | submits a job to a node, and is told when it is over |
//! | user's node | `driver.rs` | buys, starts, watches, judges, pays: one driver a sub-task |
//! | compute node | `executor.rs` | gathers code and input, computes, makes checkpoints, returns |
//! | storage node | `store.rs` | keeps checkpoints, and copies of what others back up |
//! | user's node | `backup.rs` | buys places for copies, fills, watches and repairs them, restores |
//! | user's node | `download.rs` | gets files that others share |
//! | any | `library.rs` | finds files by key, keeps and serves them |
//!
//! `task.rs` is what is submitted, `message.rs` what is said. What the layers below are to do is
//! returned as [`Wish`]es; `reading.rs` tells who of these reads what.

mod backup;
mod client;
mod download;
mod driver;
mod executor;
mod library;
mod message;
mod reading;
mod store;
mod task;

pub use backup::{Backup, Backups};
pub use client::Client;
pub use driver::{Driver, Replica, Task};
pub use executor::{Executor, Manner, Run, RunStage};
pub use library::Library;
pub use message::{Assignment, HOLDERS_MAX, Message, Storage, Timer};
pub use reading::Known;
pub use store::{Copy, Store};
pub use task::{File, Interval, Job, SubTask, Verify, agreed_result, right_result};

use crate::id::{Addr, Id};
use crate::market::{News, Order, RunEnd, Sale, Verdict};
use crate::rules::Rules;
use crate::world::World;
use alloc::boxed::Box;
use alloc::collections::VecDeque;
use download::Downloads;
use driver::{Bought, Hands};

/// What the service layer wants of the layers below.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wish {
    /// Of the markets: buy.
    Buy(Order),
    /// Of the markets: this became of a purchase.
    Finish {
        /// The purchase.
        purchase: u32,
        /// Who sold, if anyone did.
        seller: Option<Addr>,
        /// What.
        verdict: Verdict,
    },
    /// Of the markets: a run that was sold is over.
    EndRun {
        /// The purchase.
        run: u32,
        /// How.
        end: RunEnd,
    },
    /// Of the overlay: find the owner of a file's key, and tell [`Service::on_found`].
    Find {
        /// The key.
        key: Id,
        /// To know the answer by.
        ticket: u32,
    },
    /// Of its own library: keep this file.
    Keep(File),
}

/// What is wished for, in order.
pub(crate) type Wishes = VecDeque<Wish>;

/// What a user wants of its data, or of files.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wanted {
    /// Back this up.
    BackUp(Backup),
    /// Its disk is lost, with the data of this backup.
    LoseData(u32),
    /// Get the data of this backup back.
    Restore(u32),
    /// This backup is not needed any more.
    Release(u32),
    /// Advertise this file, and serve it.
    Share(File),
    /// Find this file, and get it.
    Download(File),
}

/// A node's service layer.
#[derive(Clone, Debug, Default)]
pub struct Service {
    client: Client,
    driver: Driver,
    executor: Executor,
    store: Store,
    library: Library,
    backups: Backups,
    downloads: Downloads,
    wishes: Wishes,
}

impl Service {
    /// What is on disk after a crash: what a user submitted and how far it is, checkpoints and copies
    /// of others, files. What ran is lost.
    pub fn after_restart(self) -> Self {
        Self {
            client: self.client,
            driver: self.driver,
            executor: Executor::default(),
            store: self.store.after_restart(),
            library: self.library.after_restart(),
            backups: self.backups,
            downloads: self.downloads,
            wishes: VecDeque::new(),
        }
    }

    /// The node as a user's, for judges.
    pub fn driver(&self) -> &Driver {
        &self.driver
    }

    /// The node as one that computes, for judges.
    pub fn executor(&self) -> &Executor {
        &self.executor
    }

    /// The node as one whose user backs data up, for judges.
    pub fn backups(&self) -> &Backups {
        &self.backups
    }

    /// The node as one that keeps checkpoints and copies, for judges.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Its files, for judges.
    pub fn library(&self) -> &Library {
        &self.library
    }

    /// Is in the overlay, for the first time or again; what was `kept` for others is theirs yet.
    pub fn begin(&mut self, kept: &[Sale], rules: &Rules, world: &mut dyn World<Message>) {
        for sale in kept {
            world.send(sale.buyer, Message::Kept { place: sale.purchase });
        }
        self.store.begin(kept);
        self.library.begin(rules, world);
        self.client.begin(rules, world);
        let Self { driver, library, wishes, backups, downloads, .. } = self;
        let hands = &mut Hands { library, rules, wishes, world };
        driver.begin(hands);
        backups.begin(hands);
        downloads.begin(hands);
    }

    /// A program at this node submits a job.
    pub fn submit(&mut self, job: Box<Job>, rules: &Rules, world: &mut dyn World<Message>) {
        if job.gateway == world.me() {
            let Self { driver, library, wishes, .. } = self;
            let me = world.me();
            driver.accept(*job, me, &mut Hands { library, rules, wishes, world });
        } else {
            self.client.submit(job, rules, world);
        }
    }

    /// The user of this node wants something of its data, or of files.
    pub fn want(&mut self, wanted: Wanted, rules: &Rules, world: &mut dyn World<Message>) {
        let Self { library, wishes, backups, downloads, .. } = self;
        match wanted {
            Wanted::Share(file) => library.share(file, rules, wishes, world),
            Wanted::Download(file) => {
                downloads.want(file, &mut Hands { library, rules, wishes, world });
            }
            Wanted::BackUp(backup) => {
                backups.accept(&backup, &mut Hands { library, rules, wishes, world });
            }
            Wanted::LoseData(number) => {
                backups.lose_data(number, &mut Hands { library, rules, wishes, world });
            }
            Wanted::Restore(number) => {
                backups.restore(number, &mut Hands { library, rules, wishes, world });
            }
            Wanted::Release(number) => {
                backups.release(number, &mut Hands { library, rules, wishes, world });
            }
        }
    }

    /// The next wish, if any is left, the oldest first.
    pub fn next_wish(&mut self, rules: &Rules, world: &mut dyn World<Message>) -> Option<Wish> {
        while let Some(wish) = self.wishes.pop_front() {
            match wish {
                Wish::Keep(file) => self.library.keep(file, rules, &mut self.wishes, world),
                wish => return Some(wish),
            }
        }
        None
    }

    /// The markets tell something.
    pub fn on_news(&mut self, news: News, rules: &Rules, world: &mut dyn World<Message>) {
        let Self { driver, executor, store, library, wishes, backups, .. } = self;
        match news {
            News::Bought { purchase, seller, total, fee, .. } => {
                let bought = Bought { purchase, seller, total, fee };
                let hands = &mut Hands { library, rules, wishes, world };
                match backups.knows(purchase) {
                    true => backups.on_bought(bought, hands),
                    false => driver.on_bought(bought, hands),
                }
            }
            News::Ended { purchase, outcome } if backups.knows(purchase) => {
                backups.on_ended(purchase, outcome, &mut Hands { library, rules, wishes, world });
            }
            News::Ended { purchase, outcome } => {
                driver.on_ended(purchase, outcome, &mut Hands { library, rules, wishes, world });
            }
            News::SaleOver { purchase, is_cancelled } => {
                store.on_sale_over(purchase);
                executor.on_sale_over(purchase, is_cancelled, wishes, world);
            }
        }
    }

    /// The overlay found the owner of a key, or did not.
    pub fn on_found(
        &mut self,
        ticket: u32,
        owner: Option<Addr>,
        manner: Manner,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) {
        let lost = self.library.on_found(ticket, owner, rules, world);
        self.on_search_over(lost, None, manner, rules, world);
    }

    /// A search for a file is over, if there is one: it came from another, or not at all.
    fn on_search_over(
        &mut self,
        search: Option<u32>,
        from: Option<Addr>,
        manner: Manner,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) {
        let Some(search) = search else { return };
        let Self { executor, library, downloads, wishes, .. } = self;
        if !downloads.on_file(search, from, &mut Hands { library, rules, wishes, world }) {
            executor.on_file(search, from.is_some(), manner, rules, wishes, world);
        }
    }

    /// The pace of what runs here may be another than before.
    pub fn on_pace(&mut self, manner: Manner, rules: &Rules, world: &mut dyn World<Message>) {
        if !self.executor.is_idle() {
            self.executor.change_pace(manner, rules, &mut self.wishes, world);
        }
    }
}
