//! PHOLD, the usual benchmark of event queues: each event updates the row of its node and schedules
//! one event at a random node. The agenda against `std::collections::BinaryHeap`: the same handler,
//! the same draws, the same checksum. `cargo bench -p compup2p-engine --bench phold`

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use compup2p_engine::agenda::Agenda;
use compup2p_engine::prefetch::prefetch;
use compup2p_protocol::time::Time;

/// How many events before its turn a receiver's row is loaded into the cache.
const ROWS_AHEAD: usize = 8;

const MILLIS: u64 = 1_000_000;

/// As large as the simulator's: 48 bytes with the time.
struct Event {
    to: u32,
    peer: u32,
    message: Message,
}

/// As large as the simulator's: 32 bytes.
#[allow(dead_code)]
enum Message {
    Ping {
        key: u64,
        hops: u64,
        payload: u64,
    },
    Pong {
        key: u64,
    },
    /// A rare big one; events have to be dropped properly.
    Rows(Box<[u64; 16]>),
}

const _: () = assert!(size_of::<Option<Event>>() == 40);

/// What a node knows: one cache line.
#[repr(align(64))]
#[derive(Clone, Default)]
struct Row {
    seen: u64,
    last: u64,
    checksum: u64,
    peers: [u32; 8],
}

#[derive(Clone, Copy)]
enum Increments {
    /// About exponential, mean 50 ms.
    Exponential,
    /// Half of them so, half about 30 s.
    Bimodal,
}

/// What both contestants run.
struct Model {
    rows: Vec<Row>,
    increments: Increments,
    state: u64,
}

impl Model {
    fn new(nodes: usize, increments: Increments) -> Self {
        Self { rows: vec![Row::default(); nodes], increments, state: 1 }
    }

    /// The events that are pending at the start, one a node.
    fn population(&mut self) -> Vec<(Time, Event)> {
        (0..self.rows.len() as u32).map(|to| self.event(Time::ZERO, to, to)).collect()
    }

    #[inline]
    fn handle(&mut self, at: Time, event: Event) -> (Time, Event) {
        let (key, hops) = match event.message {
            Message::Ping { key, hops, payload } => (key ^ payload, hops),
            Message::Pong { key } => (key, 0),
            Message::Rows(rows) => (rows[0], rows[1]),
        };
        let row = &mut self.rows[event.to as usize];
        row.seen += 1;
        row.checksum = (row.checksum.rotate_left(5) ^ key ^ at.0).wrapping_add(hops);
        row.last = at.0;
        row.peers[row.seen as usize % 8] = event.peer;
        let to = ((self.draw() >> 32) * self.rows.len() as u64) >> 32;
        self.event(at, to as u32, event.to)
    }

    #[inline]
    fn event(&mut self, now: Time, to: u32, peer: u32) -> (Time, Event) {
        let key = self.draw();
        let message = Message::Ping { key, hops: key & 7, payload: now.0 };
        (Time(now.0 + self.increment()), Event { to, peer, message })
    }

    #[inline]
    fn increment(&mut self) -> u64 {
        let bits = self.draw();
        if matches!(self.increments, Increments::Bimodal) && bits & 1 == 1 {
            return 29_000 * MILLIS + (bits >> 32) * 2_000 * MILLIS / (1 << 32);
        }
        // A logarithm of a uniform draw, linear between the powers of two.
        let zeros = u64::from((bits | 1).leading_zeros());
        let fraction = (bits << zeros << 1) >> 44;
        let halvings = (zeros << 20) + (1 << 20) - fraction;
        halvings * 50 * MILLIS / (3 << 19)
    }

    /// SplitMix64.
    #[inline]
    fn draw(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn checksum(&self) -> u64 {
        self.rows.iter().fold(0, |sum: u64, row| {
            (sum.rotate_left(7) ^ row.checksum).wrapping_add(row.last + row.seen)
        })
    }
}

/// What a run took and what came out.
struct Outcome {
    ns_per_event: f64,
    checksum: u64,
    bytes: usize,
}

fn agenda(nodes: usize, increments: Increments, events: usize) -> Outcome {
    let mut model = Model::new(nodes, increments);
    let mut agenda = Agenda::new();
    for (at, event) in model.population() {
        agenda.push(at, event);
    }
    let mut run = |count: usize| {
        for _ in 0..count {
            let (at, event) = agenda.pop().expect("one comes for one that goes");
            if let Some(ahead) = agenda.ahead(ROWS_AHEAD) {
                prefetch(&model.rows[ahead.to as usize]);
            }
            let (at, event) = model.handle(at, event);
            agenda.push(at, event);
        }
    };
    let ns_per_event = measure(events, &mut run);
    Outcome { ns_per_event, checksum: model.checksum(), bytes: agenda.bytes() }
}

/// An entry of the plain heap, as one writes it.
struct Entry {
    at: Time,
    sequence: u64,
    event: Event,
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at, other.sequence).cmp(&(self.at, self.sequence))
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Entry {}

fn heap(nodes: usize, increments: Increments, events: usize) -> Outcome {
    let mut model = Model::new(nodes, increments);
    let mut heap = BinaryHeap::new();
    let mut sequence = 0;
    for (at, event) in model.population() {
        heap.push(Entry { at, sequence, event });
        sequence += 1;
    }
    let mut run = |count: usize| {
        for _ in 0..count {
            let Entry { at, event, .. } = heap.pop().expect("one comes for one that goes");
            let (at, event) = model.handle(at, event);
            heap.push(Entry { at, sequence, event });
            sequence += 1;
        }
    };
    let ns_per_event = measure(events, &mut run);
    let bytes = heap.capacity() * size_of::<Entry>();
    Outcome { ns_per_event, checksum: model.checksum(), bytes }
}

/// Nanoseconds of processor time an event, after as many events again to warm up.
fn measure(events: usize, run: &mut dyn FnMut(usize)) -> f64 {
    run(events);
    let before = processor_ns();
    run(events);
    (processor_ns() - before) as f64 / events as f64
}

/// Processor time of this process: other tenants of the machine do not count.
fn processor_ns() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the call writes to `time`, which lives until it returns, and to nothing else.
    let failed = unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut time) };
    assert_eq!(failed, 0, "the system has a clock of processor time");
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

fn main() {
    println!(
        "{:>9} {:>12} {:>10} {:>10} {:>7} {:>11} {:>11}",
        "nodes", "increments", "agenda ns", "heap ns", "ratio", "agenda MiB", "heap MiB"
    );
    for (nodes, increments, events) in [
        (1_000, Increments::Exponential, 5_000_000),
        (1_000, Increments::Bimodal, 5_000_000),
        (100_000, Increments::Exponential, 3_000_000),
        (1_000_000, Increments::Exponential, 4_000_000),
        (1_000_000, Increments::Bimodal, 4_000_000),
    ] {
        let ours = agenda(nodes, increments, events);
        let plain = heap(nodes, increments, events);
        assert_eq!(ours.checksum, plain.checksum, "both handle the same events in the same order");
        let name = match increments {
            Increments::Exponential => "exponential",
            Increments::Bimodal => "bimodal",
        };
        let mib = |bytes: usize| bytes as f64 / f64::from(1 << 20);
        println!(
            "{nodes:>9} {name:>12} {:>10.1} {:>10.1} {:>7.1} {:>11.1} {:>11.1}  checksum {:016x}",
            ours.ns_per_event,
            plain.ns_per_event,
            plain.ns_per_event / ours.ns_per_event,
            mib(ours.bytes),
            mib(plain.bytes),
            ours.checksum
        );
    }
}
