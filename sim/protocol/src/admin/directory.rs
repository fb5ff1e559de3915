//! Who is alive, as far as the AdminServer has heard.

use super::Message;
use crate::id::Addr;
use crate::rules::Rules;
use crate::time::Time;
use crate::world::World;
use alloc::vec::Vec;

/// No place in the list.
const NOWHERE: u32 = u32::MAX;

/// A set of addresses from which a random one is drawn in constant time.
#[derive(Clone, Debug, Default)]
pub(super) struct Directory<N> {
    /// Those believed alive, in no meaningful order.
    alive: Vec<Addr>,
    /// By address: its place in `alive`, when it was last heard of, and what it said.
    places: Vec<(u32, Time, N)>,
}

impl<N: Copy + Default> Directory<N> {
    pub(super) fn len(&self) -> usize {
        self.alive.len()
    }

    /// `addr` is alive now, and says `said`.
    pub(super) fn hear(&mut self, addr: Addr, said: N, now: Time) {
        let index = addr.0 as usize;
        if index >= self.places.len() {
            self.places.resize(index + 1, (NOWHERE, Time::ZERO, N::default()));
        }
        if self.places[index].0 == NOWHERE {
            self.places[index].0 = self.alive.len() as u32;
            self.alive.push(addr);
        }
        self.places[index].1 = now;
        self.places[index].2 = said;
    }

    /// `addr` is gone.
    pub(super) fn forget(&mut self, addr: Addr) {
        let Some(entry) = self.places.get_mut(addr.0 as usize) else { return };
        let place = core::mem::replace(&mut entry.0, NOWHERE);
        if place == NOWHERE {
            return;
        }
        self.alive.swap_remove(place as usize);
        if let Some(moved) = self.alive.get(place as usize) {
            self.places[moved.0 as usize].0 = place;
        }
    }

    /// A random one, other than `asker`, that was heard of within two keepalives. Those that were
    /// not are forgotten on the way, so the cost is constant over time.
    pub(super) fn pick(
        &mut self,
        asker: Addr,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) -> Option<(Addr, N)> {
        let patience = rules.admin.keepalive * 2;
        loop {
            let others = self.alive.len() - usize::from(self.knows(asker));
            if others == 0 {
                return None;
            }
            let index = (u128::from(world.draw()) * self.alive.len() as u128) >> 64;
            let addr = self.alive[index as usize];
            if addr == asker {
                continue;
            }
            let (_, heard, said) = self.places[addr.0 as usize];
            if world.now().since(heard) <= patience {
                return Some((addr, said));
            }
            self.forget(addr);
        }
    }

    fn knows(&self, addr: Addr) -> bool {
        self.places.get(addr.0 as usize).is_some_and(|place| place.0 != NOWHERE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forgotten_leave_the_others_in_place() {
        let mut directory = Directory::default();
        for n in [5, 1, 9, 3] {
            directory.hear(Addr(n), (), Time::ZERO);
        }
        directory.forget(Addr(1));
        directory.forget(Addr(1));
        directory.forget(Addr(77));
        assert_eq!(directory.len(), 3);
        for (place, addr) in directory.alive.iter().enumerate() {
            assert_eq!(directory.places[addr.0 as usize].0 as usize, place);
        }
        assert!(!directory.knows(Addr(1)));
    }
}
