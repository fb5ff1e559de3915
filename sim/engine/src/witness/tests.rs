use super::*;
use crate::observer::{LookupRow, Observer, Outcome, Stop, TaskRow, TransactionRow};
use crate::simulation::tests::trial;
use compup2p_protocol::fact::Fact;
use compup2p_protocol::node::KINDS;

/// Churn, loss, purchases and sub-tasks.
const EVERYTHING: &str = "{nodes: 60, duration: 40min, network: {loss: 0.02},
    overlay: {start: join},
    storage: {model: uniform, min: 1e9, max: 2e10},
    churn: {sessions: {up: {model: exponential, mean: 15min}, down: 4min}},
    service: {target_runtime: 5min},
    workload: {lookups: {interval: 1min}, purchases: {interval: 4min, hold: 2min},
               tasks: {interval: 15min, cycles: 1e11, checkpoint_bytes: 2e6, replicas: 2}}}";

/// Keeps all that it is shown.
#[derive(Default)]
struct Keeper {
    wants: bool,
    sights: Vec<Sight>,
    told: Vec<String>,
}

impl Observer for Keeper {
    fn fact(&mut self, at: Time, node: Addr, fact: &Fact) {
        self.told.push(format!("{at:?} {node:?} {fact:?}"));
    }
    fn wants_sights(&self) -> bool {
        self.wants
    }
    fn sight(&mut self, sight: &Sight) -> Result<(), Stop> {
        self.sights.push(sight.clone());
        Ok(())
    }
    fn lookup(&mut self, row: &LookupRow) -> Result<(), Stop> {
        self.told.push(format!("{row:?}"));
        Ok(())
    }
    fn transaction(&mut self, row: &TransactionRow) -> Result<(), Stop> {
        self.told.push(format!("{row:?}"));
        Ok(())
    }
    fn task(&mut self, row: &TaskRow) -> Result<(), Stop> {
        self.told.push(format!("{row:?}"));
        Ok(())
    }
}

fn run(yaml: &str, wants: bool) -> (Outcome, Keeper) {
    let mut keeper = Keeper { wants, ..Keeper::default() };
    let outcome = crate::run(&trial(yaml), &mut keeper).expect("nobody stops it");
    (outcome, keeper)
}

#[test]
fn a_run_goes_the_same_whether_or_not_it_is_looked_at() {
    let (seen, keeper) = run(EVERYTHING, true);
    let (unseen, other) = run(EVERYTHING, false);
    assert_eq!(seen.fingerprint, unseen.fingerprint);
    assert!(format!("{seen:?}") == format!("{unseen:?}"), "metrics differ");
    assert!(keeper.told == other.told, "facts or rows differ");
    assert!(keeper.sights.len() > 10_000 && other.sights.is_empty());
}

#[test]
fn what_is_read_was_sent_to_its_reader_and_arrives_when_it_was_to() {
    let (_, keeper) = run(EVERYTHING, true);
    let mut sent: BTreeMap<u64, (Addr, &Sent)> = BTreeMap::new();
    let (mut reads, mut back, mut unread) = (0, 0, 0);
    for Sight { at, node, seen } in &keeper.sights {
        match seen {
            Seen::Sent(one) => {
                let before = sent.insert(one.number, (*node, one));
                assert!(before.is_none(), "numbers are used once");
            }
            Seen::Step(Step { cause: Cause::Arrival { arrival, sent: number }, .. }) => {
                let (from, one) = sent[number];
                assert_eq!(&one.message, arrival.message());
                match *arrival {
                    // Who was asked may have had another answer.
                    Arrival::Answer { .. } => {
                        assert_eq!((one.to, one.fate), (*node, Fate::Arrives(*at)));
                        reads += 1;
                    }
                    Arrival::Post { from: peer, .. } | Arrival::Request { from: peer, .. } => {
                        assert_eq!((from, one.to), (peer, *node));
                        let is_bulk = one.manner == Manner::Bulk;
                        assert!(is_bulk || one.fate == Fate::Arrives(*at), "{one:?} at {at:?}");
                        reads += 1;
                    }
                    Arrival::Unanswered { to, .. } | Arrival::Shipped { peer: to, .. } => {
                        assert_eq!((from, one.to), (*node, to));
                        back += 1;
                    }
                    Arrival::Broken { .. } => assert!(from == *node || one.to == *node),
                    Arrival::Timer(_) => assert_eq!(one.fate, Fate::Arrives(*at)),
                }
            }
            Seen::Unread(number) => {
                assert_eq!(sent[number].1.to, *node);
                unread += 1;
            }
            Seen::Step(_) | Seen::Stops(_) => {}
        }
    }
    assert!(reads > 5_000 && back > 100 && unread > 10, "{reads} {back} {unread}");
}

#[test]
fn all_messages_are_seen_that_are_counted_but_answers_that_nobody_waits_for() {
    let (outcome, keeper) = run(EVERYTHING, true);
    let mut counted = [(0u64, 0u64); KINDS.len()];
    for Sight { seen, .. } in &keeper.sights {
        if let Seen::Sent(sent) = seen {
            let of = &mut counted[usize::from(sent.message.kind())];
            *of = (of.0 + 1, of.1 + sent.bytes);
        }
    }
    let late = keeper
        .sights
        .iter()
        .filter(|sight| matches!(&sight.seen, Seen::Sent(sent) if sent.fate == Fate::Late));
    let mut missing = 0;
    for row in &outcome.messages {
        let kind = KINDS.iter().position(|kind| kind.name == row.kind).expect("a kind");
        missing += row.count - counted[kind].0;
        if row.count == counted[kind].0 {
            assert_eq!(row.bytes, counted[kind].1, "{}", row.kind);
        }
    }
    let metric = outcome.metrics.iter().find(|row| row.metric == "answers_late").expect("a metric");
    assert_eq!(missing + late.count() as u64, metric.value as u64);
}
