//! What a few nodes read, so that a report can show who is busy when: a sample spread evenly over
//! the addresses, as counting everybody would cost memory and time.

use compup2p_protocol::id::Addr;

/// Events read by sampled nodes since the last time that it was asked.
#[derive(Clone, Debug)]
pub struct Activity {
    /// From one sampled address to the next.
    stride: u32,
    /// 2^64 / `stride`, rounded up: says without a division whether an address is sampled.
    reciprocal: u64,
    /// Of each sampled address, in order.
    counts: Vec<u64>,
}

impl Activity {
    /// A sample of at most `nodes` of `addrs` addresses; none if that is 0.
    pub fn new(addrs: u32, nodes: u32) -> Self {
        let stride = if nodes == 0 { u32::MAX } else { addrs.div_ceil(nodes).max(1) };
        let sampled = if nodes == 0 { 0 } else { addrs.div_ceil(stride) };
        let reciprocal = (u64::MAX / u64::from(stride)).wrapping_add(1);
        Self { stride, reciprocal, counts: vec![0; sampled as usize] }
    }

    /// The node at `addr` read an event.
    #[inline]
    pub fn on_event(&mut self, addr: Addr) {
        // Divisible, by one multiplication: D. Lemire, O. Kaser, N. Kurz, "Faster remainder by
        // direct computation", 2019. Nearly every event ends here.
        let rest = u64::from(addr.0).wrapping_mul(self.reciprocal);
        if rest <= self.reciprocal.wrapping_sub(1)
            && let Some(count) = self.counts.get_mut((addr.0 / self.stride) as usize)
        {
            *count += 1;
        }
    }

    /// Every sampled address, with the events that it read since this was asked last.
    pub fn take(&mut self) -> impl Iterator<Item = (Addr, u64)> {
        let stride = self.stride;
        let addr = move |nth| Addr(nth * stride);
        (0..).map(addr).zip(self.counts.iter_mut().map(std::mem::take))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sampled(addrs: u32, nodes: u32) -> Vec<u32> {
        Activity::new(addrs, nodes).take().map(|(addr, _)| addr.0).collect()
    }

    #[test]
    fn the_sample_is_even_and_no_larger_than_asked() {
        assert_eq!(sampled(10, 3), [0, 4, 8]);
        assert_eq!(sampled(10, 5), [0, 2, 4, 6, 8]);
        assert_eq!(sampled(3, 32), [0, 1, 2]);
        assert_eq!(sampled(1000, 32).len(), 32);
        assert!(sampled(1000, 0).is_empty());
        for addrs in 1..200 {
            for nodes in 1..50 {
                let sampled = sampled(addrs, nodes);
                assert!((1..=nodes as usize).contains(&sampled.len()), "{nodes} of {addrs}");
                assert!(sampled.iter().all(|&addr| addr < addrs), "{nodes} of {addrs}");
            }
        }
    }

    #[test]
    fn only_sampled_nodes_count_and_each_event_once() {
        // The AdminServer's address is the one after the last.
        for (addrs, nodes) in [(12, 4), (13, 4), (7, 7), (1, 1), (100_000, 32), (9, 0)] {
            let mut activity = Activity::new(addrs, nodes);
            for addr in 0..=addrs {
                for _ in 0..=addr % 5 {
                    activity.on_event(Addr(addr));
                }
            }
            for (addr, events) in activity.take() {
                assert_eq!(events, u64::from(addr.0 % 5 + 1), "{addr:?} of {addrs}");
            }
            assert!(activity.take().all(|(_, events)| events == 0), "taken is taken");
        }
    }
}
