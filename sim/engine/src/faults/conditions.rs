//! Conditions: which lasting faults are on, and what they do to a message now.
//!
//! Faults that overlap compose: a message passes if no partition stands between; it survives if it
//! survives each loss independently; latency factors multiply; the AdminServer is down while any
//! fault says so. What is on is kept in the scenario's order, so the result does not depend on the
//! order of beginnings and ends.

use super::{Fault, Kind, PARTITIONS_MAX, falls_in};

/// The state of the network beside its normal one.
#[derive(Clone, Debug)]
pub struct Conditions {
    /// The lasting faults that are on: place in the scenario's list, fault, bit of the partition.
    on: Vec<(u32, Fault, u32)>,
    /// A host's sides: bit b is set if it is on the smaller side of the partition with bit b.
    sides: Vec<u64>,
    survival: f64,
    factor: f64,
    admin_down: bool,
}

impl Default for Conditions {
    fn default() -> Self {
        Self { on: Vec::new(), sides: Vec::new(), survival: 1.0, factor: 1.0, admin_down: false }
    }
}

impl Conditions {
    /// The normal network: no fault is on.
    pub fn new() -> Self {
        Self::default()
    }

    /// Begins the fault that is the `nth` of the scenario. For a partition of hosts `0..hosts`,
    /// `draw` gives each host's pure draw; hosts beyond stay on the larger side. A stroke changes
    /// nothing here.
    pub fn begin(&mut self, nth: u32, fault: &Fault, hosts: u32, draw: impl FnMut(u32) -> u64) {
        if fault.lasts().is_none() {
            return;
        }
        let bit = match fault.kind {
            Kind::Partition { share, .. } => self.divide(share, hosts, draw),
            Kind::Crash { .. }
            | Kind::CrashBusiest { .. }
            | Kind::Loss { .. }
            | Kind::Latency { .. }
            | Kind::Malicious { .. }
            | Kind::AdminDown { .. } => 0,
        };
        let place = self.on.partition_point(|(other, ..)| *other < nth);
        self.on.insert(place, (nth, *fault, bit));
        self.compose();
    }

    /// Ends the fault that is the `nth` of the scenario; nothing if it is not on.
    pub fn end(&mut self, nth: u32) {
        let Some(place) = self.on.iter().position(|(other, ..)| *other == nth) else { return };
        let (_, fault, bit) = self.on.remove(place);
        if matches!(fault.kind, Kind::Partition { .. }) {
            self.sides.iter_mut().for_each(|sides| *sides &= !(1 << bit));
        }
        self.compose();
    }

    /// Whether any lasting fault is on.
    #[inline]
    pub fn any(&self) -> bool {
        !self.on.is_empty()
    }

    /// Whether a partition stands between two hosts.
    #[inline]
    pub fn cut(&self, from: u32, to: u32) -> bool {
        let sides = |host: u32| self.sides.get(host as usize).copied().unwrap_or(0);
        sides(from) != sides(to)
    }

    /// The probability that a message is lost, where the network alone loses `base`.
    pub fn loss(&self, base: f64) -> f64 {
        1.0 - (1.0 - base) * self.survival
    }

    /// What every latency is multiplied with.
    pub fn latency_factor(&self) -> f64 {
        self.factor
    }

    /// Whether the AdminServer is down.
    #[inline]
    pub fn admin_down(&self) -> bool {
        self.admin_down
    }

    /// Puts each host on a side; answers the bit that tells.
    fn divide(&mut self, share: f64, hosts: u32, mut draw: impl FnMut(u32) -> u64) -> u32 {
        let partitions =
            self.on.iter().filter(|(_, f, _)| matches!(f.kind, Kind::Partition { .. }));
        let taken = partitions.fold(0u64, |taken, (.., bit)| taken | 1 << bit);
        let bit = taken.trailing_ones();
        assert!((bit as usize) < PARTITIONS_MAX, "checked: at most {PARTITIONS_MAX} at one time");
        if self.sides.len() < hosts as usize {
            self.sides.resize(hosts as usize, 0);
        }
        for (host, sides) in (0..hosts).zip(&mut self.sides) {
            *sides |= u64::from(falls_in(share, draw(host))) << bit;
        }
        bit
    }

    fn compose(&mut self) {
        (self.survival, self.factor, self.admin_down) = (1.0, 1.0, false);
        for (_, fault, _) in &self.on {
            match fault.kind {
                Kind::Loss { probability, .. } => self.survival *= 1.0 - probability,
                Kind::Latency { factor, .. } => self.factor *= factor,
                Kind::AdminDown { .. } => self.admin_down = true,
                Kind::Partition { .. }
                | Kind::Crash { .. }
                | Kind::CrashBusiest { .. }
                | Kind::Malicious { .. } => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use compup2p_protocol::time::Span;

    const LASTS: Span = Span::secs(60);

    fn fault(kind: Kind) -> Fault {
        Fault { at: Span::ZERO, kind }
    }

    #[test]
    fn hosts_on_two_sides_are_cut_until_every_partition_between_them_ends() {
        let partition = fault(Kind::Partition { lasts: LASTS, share: 0.5 });
        let mut now = Conditions::new();
        // Hosts 0 and 1 against 2 and 3; then 0 and 2 against 1 and 3. Host 9 joined later.
        now.begin(0, &partition, 4, |host| if host < 2 { 0 } else { u64::MAX });
        assert!(!now.cut(0, 1) && now.cut(1, 2) && !now.cut(2, 3) && !now.cut(2, 9));
        now.begin(1, &partition, 4, |host| if host % 2 == 0 { 0 } else { u64::MAX });
        assert!(now.cut(0, 1) && now.cut(1, 2) && now.cut(2, 3) && !now.cut(3, 3));
        now.end(0);
        assert!(now.cut(0, 1) && !now.cut(0, 2));
        now.begin(2, &partition, 4, |host| if host < 2 { 0 } else { u64::MAX });
        assert!(now.cut(0, 2));
        now.end(1);
        now.end(2);
        assert!(!now.any() && (0..4).all(|a| (0..4).all(|b| !now.cut(a, b))));
    }

    #[test]
    fn overlapping_faults_of_one_kind_compose() {
        let loss = fault(Kind::Loss { lasts: LASTS, probability: 0.5 });
        let latency = |factor| fault(Kind::Latency { lasts: LASTS, factor });
        let admin = fault(Kind::AdminDown { lasts: LASTS });
        let mut now = Conditions::new();
        now.begin(1, &loss, 0, |_| 0);
        assert_eq!(now.loss(0.0), 0.5);
        now.begin(0, &loss, 0, |_| 0);
        assert_eq!(now.loss(0.5), 0.875);
        now.begin(2, &latency(3.0), 0, |_| 0);
        now.begin(3, &latency(0.5), 0, |_| 0);
        assert_eq!(now.latency_factor(), 1.5);
        now.begin(4, &admin, 0, |_| 0);
        now.begin(5, &admin, 0, |_| 0);
        now.end(4);
        assert!(now.admin_down());
        for nth in [0, 1, 2, 3, 5, 5] {
            now.end(nth);
        }
        assert!(!now.any() && !now.admin_down());
        assert_eq!((now.loss(0.25), now.latency_factor()), (0.25, 1.0));
    }

    #[test]
    fn a_stroke_changes_nothing_here() {
        let mut now = Conditions::new();
        now.begin(0, &fault(Kind::Crash { share: 0.5 }), 4, |_| 0);
        assert!(!now.any());
    }
}
