//! What one member knows of the way to a key: its two best candidates, from its own tables.

use super::super::super::peer::Peer;
use super::super::Chord;
use super::super::message::HopKind;
use crate::id::Id;
use crate::rules::Rules;

/// One member's advice on a key.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Advice<P> {
    pub(in super::super) kind: HopKind,
    pub(in super::super) count: u8,
    pub(in super::super) peers: [P; 2],
}

impl<P: Peer> Chord<P> {
    /// What this member advises on `key`, without its `skip` best candidates. Whoever skips all that
    /// lie before the key knows them to be silent, though this member does not yet: it is told who
    /// comes next on the list, on whom the key then falls [ours].
    pub(in super::super) fn advise(&self, key: Id, skip: u8, rules: &Rules) -> Advice<P> {
        let me = self.me.id(rules);
        let skip = usize::from(skip);
        let mut advice = Advice { kind: HopKind::Owner, count: 0, peers: [self.me; 2] };
        let Some(successor) = self.successors.first() else {
            advice.count = u8::from(skip == 0);
            return advice;
        };
        if key.is_owned(me, successor.id(rules)) {
            self.next_owners(0, skip, &mut advice);
            return advice;
        }
        if skip == 0 && self.predecessor.is_some_and(|p| key.is_owned(p.id(rules), me)) {
            advice.count = 1;
            return advice;
        }
        let distance = me.distance_to(key);
        let passed = self.closest_preceding(distance, skip, rules, &mut advice);
        if advice.count > 0 {
            advice.kind = HopKind::Closer;
        } else {
            let before = self.successors.nearer_than(me, distance, rules);
            self.next_owners(before, skip - passed, &mut advice);
        }
        advice
    }

    /// The successors from the entry at `first` on, but for `skip` of them.
    fn next_owners(&self, first: usize, skip: usize, advice: &mut Advice<P>) {
        for peer in self.successors.as_slice().iter().skip(first + skip).take(2) {
            advice.peers[usize::from(advice.count)] = *peer;
            advice.count += 1;
        }
    }

    /// The members nearest before what is `distance` away, from fingers and successors, the
    /// farthest first. Says how many it skipped.
    fn closest_preceding(
        &self,
        distance: u64,
        skip: usize,
        rules: &Rules,
        advice: &mut Advice<P>,
    ) -> usize {
        let me = self.me.id(rules);
        let away = |peer: Option<P>| peer.map_or(0, |p| me.distance_to(p.id(rules)));
        let fingers = self.fingers.as_slice();
        let successors = self.successors.as_slice();
        let mut f = self.fingers.nearer_than(me, distance, rules);
        let mut s = self.successors.nearer_than(me, distance, rules);
        let last = |list: &[P], count: usize| (count > 0).then(|| list[count - 1]);
        let (mut finger, mut successor) = (last(fingers, f), last(successors, s));
        let (mut finger_away, mut successor_away) = (away(finger), away(successor));
        let mut passed = 0;
        while let Some(best) = if finger_away > successor_away { finger } else { successor } {
            let best_away = finger_away.max(successor_away);
            if passed >= skip {
                advice.peers[usize::from(advice.count)] = best;
                advice.count += 1;
                if advice.count == 2 {
                    return skip;
                }
            } else {
                passed += 1;
            }
            if finger_away == best_away {
                f -= 1;
                finger = last(fingers, f);
                finger_away = away(finger);
            }
            if successor_away == best_away {
                s -= 1;
                successor = last(successors, s);
                successor_away = away(successor);
            }
        }
        passed
    }
}
