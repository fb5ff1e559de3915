//! Line: who waits behind whom, as links between the slots of a pool. All work is constant.

const NOBODY: u32 = u32::MAX;

/// One line: the first comes first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    first: u32,
    last: u32,
}

/// The links of all lines over one pool. A slot stands in at most one line of a `Links`.
#[derive(Clone, Debug, Default)]
pub(super) struct Neighbours {
    /// By slot: who stands before, who behind.
    of: Vec<(u32, u32)>,
}

impl Line {
    pub(super) const EMPTY: Self = Self { first: NOBODY, last: NOBODY };

    pub(super) fn is_empty(&self) -> bool {
        self.first == NOBODY
    }

    pub(super) fn first(&self) -> Option<u32> {
        (!self.is_empty()).then_some(self.first)
    }
}

impl Neighbours {
    /// Puts `slot` at the end of `line`.
    pub(super) fn append(&mut self, line: &mut Line, slot: u32) {
        if self.of.len() <= slot as usize {
            self.of.resize(slot as usize + 1, (NOBODY, NOBODY));
        }
        self.of[slot as usize] = (line.last, NOBODY);
        match line.last {
            NOBODY => line.first = slot,
            last => self.of[last as usize].1 = slot,
        }
        line.last = slot;
    }

    /// Takes `slot` out of `line`, in which it stands.
    pub(super) fn unlink(&mut self, line: &mut Line, slot: u32) {
        let (before, behind) = self.of[slot as usize];
        match before {
            NOBODY => line.first = behind,
            before => self.of[before as usize].1 = behind,
        }
        match behind {
            NOBODY => line.last = before,
            behind => self.of[behind as usize].0 = before,
        }
    }

    /// Everyone in `line`, in order.
    pub(super) fn walk(&self, line: &Line) -> impl Iterator<Item = u32> {
        core::iter::successors(line.first(), |slot| {
            let behind = self.of[*slot as usize].1;
            (behind != NOBODY).then_some(behind)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_leaves_a_line_leaves_the_others_in_order() {
        let mut links = Neighbours::default();
        let mut line = Line::EMPTY;
        for slot in [5, 2, 9, 0] {
            links.append(&mut line, slot);
        }
        for (gone, rest) in [(2, vec![5, 9, 0]), (0, vec![5, 9]), (5, vec![9]), (9, vec![])] {
            links.unlink(&mut line, gone);
            assert_eq!(links.walk(&line).collect::<Vec<_>>(), rest);
        }
        assert!(line.is_empty());
        links.append(&mut line, 2);
        assert_eq!(line.first(), Some(2));
    }
}
