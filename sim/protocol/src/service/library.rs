//! The files that a node has, and finds: code and data by key (CompuP2P, V: "searched for and
//! downloaded just as other normal data using code ID (or name) as the key"). Who is responsible for
//! a key in the overlay knows who has the file, as they say from time to time; those that got a file
//! keep it, and serve it.

use super::message::{HOLDERS_MAX, Message, Timer};
use super::task::File;
use super::{Wish, Wishes};
use crate::fact::{Fact, Source};
use crate::id::{Addr, Id};
use crate::rules::{CodeFrom, Rules};
use crate::time::Time;
use crate::world::{Ticket, World};
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

/// Most holders of one file that the owner of its key remembers: those that said so last.
const REMEMBERED_MAX: usize = 16;
/// No address.
const NOBODY: Addr = Addr(u32::MAX);

/// What a file that is wanted is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Want {
    /// Here.
    Here,
    /// To come, or not: by the number of this search.
    Coming(u32),
}

/// A file that a node has.
#[derive(Clone, Copy, Debug)]
struct Held {
    bytes: u64,
    /// Whether it is the node's own, and not only kept.
    is_own: bool,
    used: Time,
}

/// A search under way.
#[derive(Clone, Debug)]
struct Search {
    file: File,
    /// Who has it if nobody else is known to.
    origin: Option<Addr>,
    /// Who is responsible for its key.
    owner: Addr,
    /// Whom to ask yet, the next last.
    holders: Vec<Addr>,
    /// Who was asked.
    asked: Addr,
    /// Whether that is who has it in any case.
    is_at_origin: bool,
    /// Whether a run waits for it.
    is_for_run: bool,
}

/// The files of a node.
#[derive(Clone, Debug, Default)]
pub struct Library {
    held: BTreeMap<Id, Held>,
    /// Bytes of what is only kept.
    kept: u64,
    /// Who has the files whose keys this node is responsible for, and until when that stands.
    index: BTreeMap<Id, Vec<(Addr, Time)>>,
    searches: BTreeMap<u32, Search>,
    /// What is to be told to the owner of its key, by the ticket of the lookup.
    advertised: BTreeMap<u32, Id>,
    next: u32,
    is_advertising: bool,
}

impl Library {
    /// Whether the file is here.
    pub fn has(&self, key: Id) -> bool {
        self.held.contains_key(&key)
    }

    /// Bytes of others' files that are kept.
    pub fn kept(&self) -> u64 {
        self.kept
    }

    /// What is on disk survives; searches and what others said do not.
    pub(super) fn after_restart(self) -> Self {
        Self { held: self.held, kept: self.kept, next: self.next, ..Self::default() }
    }

    /// Goes on after a restart.
    pub(super) fn begin(&mut self, rules: &Rules, world: &mut dyn World<Message>) {
        if !self.held.is_empty() {
            self.advertise_later(rules, world);
        }
    }

    fn number(&mut self) -> u32 {
        self.next = self.next.wrapping_add(1);
        self.next
    }

    /// This node's own file: it is kept, and others are told.
    pub(super) fn share(
        &mut self,
        file: File,
        rules: &Rules,
        wishes: &mut Wishes,
        world: &mut dyn World<Message>,
    ) {
        let used = world.now();
        let own = Held { bytes: file.bytes, is_own: true, used };
        match self.held.insert(file.key, own) {
            Some(before) if before.is_own => return,
            // It was another's, and might have been dropped.
            Some(before) => self.kept -= before.bytes,
            None => {}
        }
        self.advertise(file.key, wishes);
        self.advertise_later(rules, world);
    }

    /// A file of another's that came or was made here: it is kept while there is room, and others
    /// are told.
    pub(super) fn keep(
        &mut self,
        file: File,
        rules: &Rules,
        wishes: &mut Wishes,
        world: &mut dyn World<Message>,
    ) {
        if self.store(file, rules, world) {
            self.advertise(file.key, wishes);
        }
    }

    /// Keeps another's file, and says so from time to time. Says whether it does, and did not before.
    fn store(&mut self, file: File, rules: &Rules, world: &mut dyn World<Message>) -> bool {
        if self.has(file.key) || file.bytes > rules.service.cache_bytes {
            return false;
        }
        let used = world.now();
        self.held.insert(file.key, Held { bytes: file.bytes, is_own: false, used });
        self.kept += file.bytes;
        while self.kept > rules.service.cache_bytes {
            let kept = self.held.iter().filter(|(_, held)| !held.is_own);
            let oldest = kept.min_by_key(|(key, held)| (held.used, **key)).map(|(key, _)| *key);
            let Some(dropped) = oldest.and_then(|key| self.held.remove(&key)) else { break };
            self.kept -= dropped.bytes;
        }
        self.advertise_later(rules, world);
        true
    }

    fn advertise(&mut self, key: Id, wishes: &mut Wishes) {
        let ticket = self.number();
        self.advertised.insert(ticket, key);
        wishes.push_back(Wish::Find { key, ticket });
    }

    fn advertise_later(&mut self, rules: &Rules, world: &mut dyn World<Message>) {
        if !self.is_advertising {
            self.is_advertising = true;
            let phase = rules.service.advertise_interval.fraction(world.draw());
            world.wake(phase, Message::Timer(Timer::Advertise));
        }
    }

    /// It is time to say again which files are here.
    pub(super) fn on_advertise(
        &mut self,
        rules: &Rules,
        wishes: &mut Wishes,
        world: &mut dyn World<Message>,
    ) {
        let keys: Vec<Id> = self.held.keys().copied().collect();
        for key in keys {
            self.advertise(key, wishes);
        }
        world.wake(rules.service.advertise_interval, Message::Timer(Timer::Advertise));
    }

    /// A file is wanted here.
    pub(super) fn want(
        &mut self,
        file: File,
        origin: Option<Addr>,
        rules: &Rules,
        wishes: &mut Wishes,
        world: &mut dyn World<Message>,
    ) -> Want {
        let (me, now) = (world.me(), world.now());
        // Runs know where to have what they want; users who download do not.
        let is_for_run = origin.is_some();
        if let Some(held) = self.held.get_mut(&file.key) {
            held.used = now;
            if is_for_run {
                world.note(Fact::FileGot { bytes: file.bytes, from: Source::Here });
            }
            return Want::Here;
        }
        if file.bytes == 0 {
            return Want::Here;
        }
        let number = self.number();
        let origin = origin.filter(|&origin| origin != me);
        let (holders, owner, asked) = (Vec::new(), NOBODY, NOBODY);
        let search =
            Search { file, origin, owner, holders, asked, is_at_origin: false, is_for_run };
        self.searches.insert(number, search);
        if rules.service.code == CodeFrom::Overlay || origin.is_none() {
            wishes.push_back(Wish::Find { key: file.key, ticket: number });
        } else {
            let _goes_on = self.ask_next(number, rules, world);
        }
        Want::Coming(number)
    }

    /// Asks the next who may have a file. Says whether there was one to ask.
    fn ask_next(&mut self, number: u32, rules: &Rules, world: &mut dyn World<Message>) -> bool {
        let Some(search) = self.searches.get_mut(&number) else { return true };
        search.is_at_origin = search.holders.is_empty();
        let Some(holder) = search.holders.pop().or_else(|| search.origin.take()) else {
            self.searches.remove(&number);
            return false;
        };
        search.asked = holder;
        let File { key, bytes } = search.file;
        let get = Message::Get { key, bytes, search: number };
        world.call(holder, get, rules.overlay.rpc_timeout);
        true
    }

    /// The owner of a key was found, or not. Says of a search for which nobody is left to ask.
    pub(super) fn on_found(
        &mut self,
        ticket: u32,
        owner: Option<Addr>,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) -> Option<u32> {
        if let Some(key) = self.advertised.remove(&ticket) {
            if let Some(owner) = owner {
                world.send(owner, Message::Advertise { key });
            }
            return None;
        }
        let search = self.searches.get_mut(&ticket)?;
        match owner {
            Some(owner) => {
                search.owner = owner;
                let who = Message::WhoHas { key: search.file.key, search: ticket };
                world.call(owner, who, rules.overlay.rpc_timeout);
                None
            }
            None => (!self.ask_next(ticket, rules, world)).then_some(ticket),
        }
    }

    /// Another says that it has a file whose key is this node's.
    pub(super) fn on_advertised(&mut self, from: Addr, key: Id, rules: &Rules, now: Time) {
        let expiry = now + rules.service.advertise_interval * 2;
        let holders = self.index.entry(key).or_default();
        holders.retain(|&(holder, until)| holder != from && until > now);
        if holders.len() == REMEMBERED_MAX {
            holders.remove(0);
        }
        holders.push((from, expiry));
    }

    /// Who has a file? A few of those that are known, drawn.
    pub(super) fn on_who_has(
        &mut self,
        ticket: Ticket,
        from: Addr,
        key: Id,
        search: u32,
        world: &mut dyn World<Message>,
    ) {
        let now = world.now();
        let known = self.index.get(&key).map_or(&[][..], Vec::as_slice);
        let others = known.iter().filter(|&&(holder, until)| holder != from && until > now);
        let mut others: Vec<Addr> = others.map(|&(holder, _)| holder).collect();
        let mut holders = [NOBODY; HOLDERS_MAX];
        let mut count = 0;
        while usize::from(count) < HOLDERS_MAX && !others.is_empty() {
            let drawn = (world.draw() % others.len() as u64) as usize;
            holders[usize::from(count)] = others.swap_remove(drawn);
            count += 1;
        }
        world.answer(ticket, Message::Holders { search, count, holders });
    }

    /// Some who have the file.
    pub(super) fn on_holders(
        &mut self,
        number: u32,
        some: &[Addr],
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) -> Option<u32> {
        self.searches.get_mut(&number)?.holders.extend_from_slice(some);
        (!self.ask_next(number, rules, world)).then_some(number)
    }

    /// The owner of the key does not say who has it. Says of a search for which nobody is left to
    /// ask.
    pub(super) fn on_no_holders(
        &mut self,
        number: u32,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) -> Option<u32> {
        let is_awaited = self.searches.get(&number)?.asked == NOBODY;
        (is_awaited && !self.ask_next(number, rules, world)).then_some(number)
    }

    /// Who was asked does not answer, does not have it, or broke off. Says of a search for which
    /// nobody is left to ask. (What broke off on its way to another may have the same number.)
    pub(super) fn on_no_content(
        &mut self,
        number: u32,
        from: Addr,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) -> Option<u32> {
        let is_awaited = self.searches.get(&number)?.asked == from;
        (is_awaited && !self.ask_next(number, rules, world)).then_some(number)
    }

    /// Another wants a file.
    pub(super) fn on_get(
        &mut self,
        ticket: Ticket,
        from: Addr,
        file: File,
        search: u32,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) {
        let (now, key) = (world.now(), file.key);
        let is_server = rules.service.code == CodeFrom::Server
            && world.me() == rules.first_of(rules.service.code_server);
        match self.held.get_mut(&key) {
            // The code server has all code.
            None if is_server => {
                world.answer(ticket, Message::Coming { search });
                world.ship(from, file.bytes, Message::Content { key, search });
            }
            Some(held) => {
                held.used = now;
                let bytes = held.bytes;
                world.answer(ticket, Message::Coming { search });
                world.ship(from, bytes, Message::Content { key, search });
            }
            None => world.answer(ticket, Message::NotHere { search }),
        }
    }

    /// A file came. Says of which search, if it was awaited.
    pub(super) fn on_content(
        &mut self,
        number: u32,
        rules: &Rules,
        wishes: &mut Wishes,
        world: &mut dyn World<Message>,
    ) -> Option<u32> {
        let search = self.searches.remove(&number)?;
        let source = if search.is_at_origin { Source::Origin } else { Source::Holder };
        if search.is_for_run {
            world.note(Fact::FileGot { bytes: search.file.bytes, from: source });
        }
        if self.store(search.file, rules, world) {
            match search.owner {
                NOBODY => self.advertise(search.file.key, wishes),
                owner => world.send(owner, Message::Advertise { key: search.file.key }),
            }
        }
        Some(number)
    }
}
