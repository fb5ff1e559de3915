//! Judges: named properties of a run, looked at from outside. They read everything and change
//! nothing; they draw nothing and post nothing.

use crate::simulation::Simulation;
use compup2p_protocol::id::Addr;
use compup2p_protocol::overlay::Overlay;

/// The judges of a run.
#[derive(Clone, Debug, Default)]
pub struct Audit {
    found: Vec<String>,
}

impl Audit {
    /// What was found wrong in the whole run.
    pub fn verdicts(self, _run: &Simulation) -> Vec<String> {
        self.found
    }
}

/// Members of the base ring whose successor or predecessor is not the true one.
pub fn astray(run: &Simulation) -> Vec<Addr> {
    let oracle = run.oracle();
    oracle
        .ring()
        .filter(|&addr| {
            let Overlay::Chord(chord) = run.nodes()[addr.0 as usize].overlay();
            let successor = chord.successors().first().copied().unwrap_or(addr);
            let predecessor = chord.predecessor().unwrap_or(addr);
            Some(successor) != oracle.successor(addr)
                || Some(predecessor) != oracle.predecessor(addr)
        })
        .collect()
}
