//! What users keep with others, and share: their nodes are told, and it is looked at what is there.

use super::Simulation;
use crate::observer::{Observer, Stop};
use crate::population::Doing;
use compup2p_protocol::fact::Fact;
use compup2p_protocol::node::Command;
use compup2p_protocol::time::Span;

/// How long a user waits whose node is down, or not in the ring yet [ours].
const AWAY_PAUSE: Span = Span::secs(60);

impl Simulation {
    /// Posts what is known from the start.
    pub(super) fn schedule_data(&mut self) {
        for host in 0..self.population.len() {
            if let Some(at) = self.data.backed_up_at(host) {
                self.post(at, Doing::BackUp(host));
            }
            if self.data.shared() > 0 {
                self.post(self.around.now, Doing::Share(host));
            }
            self.download_next(host, 0);
        }
    }

    fn download_next(&mut self, host: u32, nth: u32) {
        if let Some(at) = self.data.download_at(host, nth, self.around.now) {
            self.post(at, Doing::Download(host));
        }
    }

    /// Whether a host's user can do it now; else it waits a while.
    fn can_now(&mut self, host: u32, doing: Doing) -> bool {
        let can = self.is_there(host);
        if !can {
            self.post(self.around.now + AWAY_PAUSE, doing);
        }
        can
    }

    /// A host's user backs its data up.
    pub(super) fn on_back_up(
        &mut self,
        host: u32,
        observer: &mut dyn Observer,
    ) -> Result<(), Stop> {
        self.count_event(host, 19);
        if !self.can_now(host, Doing::BackUp(host)) {
            return Ok(());
        }
        self.keeping.wanted += 1;
        self.warmup.want_backup(host, self.around.now);
        if let Some((after, _)) = self.data.loses_after(host) {
            self.post(self.around.now + after, Doing::LoseData(host));
        }
        let backup = self.data.backup(host);
        self.command(host, Command::BackUp(Box::new(backup)), observer)
    }

    /// A host's user loses its own data.
    pub(super) fn on_lose_data(
        &mut self,
        host: u32,
        observer: &mut dyn Observer,
    ) -> Result<(), Stop> {
        self.count_event(host, 20);
        if !self.can_now(host, Doing::LoseData(host)) {
            return Ok(());
        }
        if let Some((_, after)) = self.data.loses_after(host) {
            self.post(self.around.now + after, Doing::Restore(host));
        }
        self.command(host, Command::LoseData(host), observer)
    }

    /// A host's user wants its data back.
    pub(super) fn on_restore(
        &mut self,
        host: u32,
        observer: &mut dyn Observer,
    ) -> Result<(), Stop> {
        self.count_event(host, 21);
        match self.can_now(host, Doing::Restore(host)) {
            true => self.command(host, Command::Restore(host), observer),
            false => Ok(()),
        }
    }

    /// A host advertises its files.
    pub(super) fn on_share(&mut self, host: u32, observer: &mut dyn Observer) -> Result<(), Stop> {
        self.count_event(host, 22);
        if !self.can_now(host, Doing::Share(host)) {
            return Ok(());
        }
        for nth in 0..self.data.shared() {
            let file = self.data.file(host, nth);
            self.command(host, Command::Share(file), observer)?;
        }
        Ok(())
    }

    /// A host's user wants a file.
    pub(super) fn on_download(
        &mut self,
        host: u32,
        observer: &mut dyn Observer,
    ) -> Result<(), Stop> {
        self.count_event(host, 23);
        let nth = self.population.host(host).downloads;
        self.population.host_mut(host).downloads = nth + 1;
        self.download_next(host, nth + 1);
        if !self.is_there(host) {
            self.tally.asked_while_away += 1;
            return Ok(());
        }
        let file = self.data.downloaded(host, nth);
        self.command(host, Command::Download(file), observer)
    }

    /// Takes note of what was reported about data.
    pub(super) fn on_data(&mut self, fact: &Fact) {
        self.keeping.on_fact(fact);
        self.warmup.on_data(fact);
        if let Fact::CopyStored { backup, .. } = *fact {
            self.stored.insert(backup);
        }
    }

    /// Looks at which backups there are, at nodes that are up or down: the oracle's view. Says how
    /// many can be had now.
    pub(super) fn look_at_backups(&mut self) -> u64 {
        if self.stored.is_empty() {
            return 0;
        }
        // By backup: copies at nodes that are up, and all.
        let mut copies = vec![(0u32, 0u32); self.population.len() as usize];
        for (addr, node) in self.nodes.iter().enumerate() {
            let Some(service) = node.service() else { continue };
            let is_up = self.population.host(self.around.host_at(addr)).is_up;
            for (_, copy) in service.store().copies() {
                let of = &mut copies[copy.backup as usize];
                of.0 += u32::from(is_up);
                of.1 += 1;
            }
        }
        let mut available = 0;
        for &backup in &self.stored {
            let (live, all) = copies[backup as usize];
            self.keeping.sampled += 1;
            self.keeping.live_copies += u64::from(live);
            self.keeping.durable += u64::from(all > 0);
            available += u64::from(live > 0);
        }
        self.keeping.available += available;
        available
    }
}
