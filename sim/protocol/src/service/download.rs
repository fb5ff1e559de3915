//! Files that a user wants from others (CompuP2P, V: the tab "Resource Sharing"): each is looked for
//! by its key, a few times if it is not found, and kept and served on by the library.

use super::driver::Hands;
use super::library::Want;
use super::message::{Message, Timer};
use super::task::File;
use crate::fact::Fact;
use crate::id::Addr;
use crate::time::Time;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

/// A file that is wanted.
#[derive(Clone, Copy, Debug)]
struct Download {
    file: File,
    began: Time,
    /// The library's search for it.
    search: u32,
    /// Searches that found nothing.
    vain: u32,
}

/// What a user downloads. It is on disk, and goes on after a crash.
#[derive(Clone, Debug, Default)]
pub(super) struct Downloads {
    open: BTreeMap<u32, Download>,
    next: u32,
}

impl Downloads {
    /// The user wants a file.
    pub(super) fn want(&mut self, file: File, hands: &mut Hands<'_>) {
        let number = self.next;
        self.next = number.wrapping_add(1);
        let began = hands.world.now();
        self.open.insert(number, Download { file, began, search: 0, vain: 0 });
        self.search(number, hands);
    }

    /// Looks for it.
    pub(super) fn search(&mut self, number: u32, hands: &mut Hands<'_>) {
        let Some(download) = self.open.get_mut(&number) else { return };
        let (rules, library) = (hands.rules, &mut *hands.library);
        match library.want(download.file, None, rules, hands.wishes, hands.world) {
            Want::Coming(search) => download.search = search,
            Want::Here => {
                let File { key, bytes } = download.file;
                let took = hands.world.now().since(download.began);
                self.open.remove(&number);
                let from = hands.world.me();
                hands.world.note(Fact::Downloaded { key, bytes, took, from });
            }
        }
    }

    /// A search is over: the file came from another, or is nowhere to be found. Says whether the
    /// search was for a download.
    pub(super) fn on_file(
        &mut self,
        search: u32,
        from: Option<Addr>,
        hands: &mut Hands<'_>,
    ) -> bool {
        let Some((&number, download)) = self.open.iter_mut().find(|d| d.1.search == search) else {
            return false;
        };
        let File { key, bytes } = download.file;
        download.search = 0;
        download.vain += u32::from(from.is_none());
        let is_lost = download.vain >= hands.rules.overlay.attempts;
        let took = hands.world.now().since(download.began);
        match from {
            Some(from) => hands.world.note(Fact::Downloaded { key, bytes, took, from }),
            None if is_lost => hands.world.note(Fact::DownloadFailed { key }),
            None => {
                let again = Message::Timer(Timer::Download { download: number });
                hands.world.wake(hands.rules.service.retry_pause, again);
                return true;
            }
        }
        self.open.remove(&number);
        true
    }

    /// After a crash: looks for what had not come.
    pub(super) fn begin(&mut self, hands: &mut Hands<'_>) {
        let numbers: Vec<u32> = self.open.keys().copied().collect();
        for number in numbers {
            self.search(number, hands);
        }
    }
}
