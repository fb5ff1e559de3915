//! What users keep with others, and share: who does so, when, as pure draws; and counts of what
//! became of it.

use crate::chance::{Chance, Draws, Purpose};
use crate::distribution::Distribution;
use crate::scenario::{Backups, Files, Scenario};
use compup2p_protocol::credit::{Credits, MICRO};
use compup2p_protocol::fact::{CopyReason, Fact};
use compup2p_protocol::id::Id;
use compup2p_protocol::service::{Backup, File};
use compup2p_protocol::time::{Span, Time};

/// What users keep with others, and share.
#[derive(Clone, Debug)]
pub struct Data {
    backups: Backups,
    files: Files,
    hosts: u32,
    bits: u32,
    stops: Time,
    chance: Chance,
}

/// Where the who-numbers of each kind of draw of [`Purpose::Workload`] begin.
const BACKUPS: u64 = 6 << 40;
const FILES: u64 = 7 << 40;
const DOWNLOADS: u64 = 8 << 40;

impl Data {
    /// That of a checked scenario.
    pub fn new(scenario: &Scenario, hosts: u32, chance: Chance) -> Self {
        Self {
            backups: scenario.workload.backups.clone(),
            files: scenario.workload.files.clone(),
            hosts,
            bits: scenario.overlay.bits,
            stops: scenario.workload.stop_at.map_or(Time::NEVER, |at| Time::ZERO + at),
            chance,
        }
    }

    fn of(&self, host: u32) -> Draws {
        self.chance.pure(Purpose::Workload, BACKUPS + u64::from(host), 0)
    }

    /// When a host backs its data up, if it does.
    pub fn backed_up_at(&self, host: u32) -> Option<Time> {
        let mut draws = self.of(host);
        let backs_up = draws.next_unit() < self.backups.users;
        let at = Time::ZERO + self.backups.at.sample(draws.next_unit());
        (backs_up && at < self.stops).then_some(at)
    }

    /// The data of a host, whose number is that of its backup.
    pub fn backup(&self, host: u32) -> Backup {
        let mut draws = self.of(host);
        draws.next_u64();
        draws.next_u64();
        let budget = self.backups.budget.sample(draws.next_unit()) * MICRO as f64;
        Backup {
            number: host,
            bytes: self.backups.bytes.sample(draws.next_unit()).clamp(1.0, 1e15) as u64,
            replicas: self.backups.replicas,
            encrypted: self.backups.encrypted,
            budget: Credits(libm::round(budget).clamp(0.0, 4e18) as u64),
            hold: self.backups.hold.sample(draws.next_unit()).max(Span::secs(1)),
        }
    }

    /// How long after its backup a host loses its own data, and how long after that it wants it back.
    pub fn loses_after(&self, host: u32) -> Option<(Span, Span)> {
        let lose = self.backups.lose_after.as_ref()?;
        let mut draws = self.chance.pure(Purpose::Workload, BACKUPS + u64::from(host), 1);
        let after = lose.sample(draws.next_unit());
        Some((after, self.backups.restore_after.sample(draws.next_unit())))
    }

    /// How many files a host advertises.
    pub fn shared(&self) -> u32 {
        self.files.shared
    }

    /// The `nth` file of a host.
    pub fn file(&self, host: u32, nth: u32) -> File {
        let which = u64::from(nth);
        let mut draws = self.chance.pure(Purpose::Workload, FILES + u64::from(host), which);
        File {
            key: Id::of_key(format!("file {nth} of {host}").as_bytes(), self.bits),
            bytes: self.files.bytes.sample(draws.next_unit()).clamp(1.0, 1e15) as u64,
        }
    }

    fn download(&self, host: u32, nth: u32) -> Draws {
        self.chance.pure(Purpose::Workload, DOWNLOADS + u64::from(host), u64::from(nth))
    }

    /// When a host makes its `nth` download, the one before having been made at `last`.
    pub fn download_at(&self, host: u32, nth: u32, last: Time) -> Option<Time> {
        let mean = self.files.interval.filter(|_| self.files.shared > 0)?;
        let gap = Distribution::Exponential { mean };
        let at = last + gap.sample(self.download(host, nth).next_unit());
        (at < self.stops).then_some(at)
    }

    /// The file of the `nth` download of a host.
    pub fn downloaded(&self, host: u32, nth: u32) -> File {
        let mut draws = self.download(host, nth);
        draws.next_u64();
        let of = (draws.next_u64() % u64::from(self.hosts)) as u32;
        self.file(of, (draws.next_u64() % u64::from(self.files.shared)) as u32)
    }
}

/// Counts of what users keep with others, and share.
#[derive(Clone, Debug, Default)]
pub struct Keeping {
    /// Backups that were wanted.
    pub wanted: u64,
    /// Backups of which all copies were made at first, and how long that took in all.
    pub backed_up: u64,
    /// As above.
    pub backed_up_ns: u128,
    /// Backups that were given up.
    pub failed: u64,
    /// Copies that were stored, by why they were made, and what was sent for them.
    pub copies: [u64; REASONS],
    /// As above.
    pub copy_bytes: [u128; REASONS],
    /// Copies that were lost, as their users' nodes believe.
    pub lost: u64,
    /// How long repairs took from when the loss was noticed.
    pub repair_ns: u128,
    /// Data that was wanted back and came, and how long that took.
    pub restored: u64,
    /// As above.
    pub restored_ns: u128,
    /// Data that was wanted back and did not come.
    pub restore_failed: u64,
    /// Files that were wanted and came, and how long that took.
    pub downloaded: u64,
    /// As above.
    pub downloaded_ns: u128,
    /// Files that were wanted and were not found.
    pub not_found: u64,
    /// Over samples, of backups that once were stored: how many there were, how many had a copy at
    /// a node that was up, how many had one at all, and all copies at nodes that were up.
    pub sampled: u64,
    /// As above.
    pub available: u64,
    /// As above.
    pub durable: u64,
    /// As above.
    pub live_copies: u64,
}

/// Reasons for which copies are made.
const REASONS: usize = CopyReason::Renewal as usize + 1;

impl Keeping {
    /// Leaves what was counted since it was `before`.
    pub fn forget(&mut self, before: &Self) {
        let Self { wanted, backed_up, backed_up_ns, failed, copies, copy_bytes, .. } = before;
        self.wanted -= wanted;
        self.backed_up -= backed_up;
        self.backed_up_ns -= backed_up_ns;
        self.failed -= failed;
        self.copies.iter_mut().zip(copies).for_each(|(all, before)| *all -= before);
        self.copy_bytes.iter_mut().zip(copy_bytes).for_each(|(all, before)| *all -= before);
        let Self { lost, repair_ns, restored, restored_ns, restore_failed, .. } = before;
        self.lost -= lost;
        self.repair_ns -= repair_ns;
        self.restored -= restored;
        self.restored_ns -= restored_ns;
        self.restore_failed -= restore_failed;
        let Self { downloaded, downloaded_ns, not_found, .. } = before;
        self.downloaded -= downloaded;
        self.downloaded_ns -= downloaded_ns;
        self.not_found -= not_found;
        let Self { sampled, available, durable, live_copies, .. } = before;
        self.sampled -= sampled;
        self.available -= available;
        self.durable -= durable;
        self.live_copies -= live_copies;
    }

    /// A node reported something.
    pub fn on_fact(&mut self, fact: &Fact) {
        match *fact {
            Fact::BackedUp { took, .. } => {
                self.backed_up += 1;
                self.backed_up_ns += u128::from(took.0);
            }
            Fact::CopyStored { bytes, reason, .. } => {
                self.copies[reason as usize] += 1;
                self.copy_bytes[reason as usize] += u128::from(bytes);
            }
            Fact::CopyLost { .. } => self.lost += 1,
            Fact::CopyRepaired { took, .. } => self.repair_ns += u128::from(took.0),
            Fact::Restored { took, .. } => {
                self.restored += 1;
                self.restored_ns += u128::from(took.0);
            }
            Fact::RestoreFailed { .. } => self.restore_failed += 1,
            Fact::BackupFailed { .. } => self.failed += 1,
            Fact::Downloaded { took, .. } => {
                self.downloaded += 1;
                self.downloaded_ns += u128::from(took.0);
            }
            Fact::DownloadFailed { .. } => self.not_found += 1,
            _ => {}
        }
    }
}
