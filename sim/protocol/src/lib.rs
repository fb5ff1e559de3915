//! What one CompuP2P node does.
//!
//! A [`node::Node`] reads one arrival at a time: a message, a request, an answer, a request of its
//! own that nobody answered, or a timer. It changes itself, and tells its [`world::World`] what to
//! send, when to wake it, and what it has to report. It knows nothing else: no clock, file, socket,
//! thread, hash map or global. So the same code runs under the simulator and in the small towns of
//! `testing.rs`.
//!
//! `docs/protocol.md` tells all steps, with their sources.
//!
//! # A staircase
//!
//! ```text
//!  node        reads an arrival, and gives it to the layer that it is for
//!   service    users have sub-tasks computed, and data kept
//!   market     sellers list, market owners keep books, buyers buy
//!    overlay   finds who is responsible for a key
//!     world    time, chance, messages: the one door to the outside
//!      values  identifiers, money, commodities, prices, facts
//! ```
//!
//! Imports go down only. A layer does not know who uses it:
//!
//! - Down goes a call of a function. Each layer sees the world in its own messages and peers
//!   ([`world::Below`]), so a ring cannot send a market's message.
//! - Up goes a value that is returned: what the overlay tells ([`overlay::Told`]), what the markets
//!   wish ([`market::Wish`]). The node carries it to the layer that can do it.
//! - Out goes a [`fact::Fact`]. Nothing that a node does depends on it.
//!
//! The AdminServer ([`admin::AdminServer`]), bootstrap and bank, reads arrivals as a node does.
//!
//! # Rules of order
//!
//!  1. One arrival is read to its end before the next. What it sends arrives later, never within.
//!  2. A request ends once for its caller: answered or unanswered. What changes something carries a
//!     number, and asked twice it is done once.
//!  3. All chance is [`world::World::draw`]; all time is [`world::World::now`]. The order of a
//!     collection comes from what happened, never from memory or hashing.
//!  4. Of others a node knows what they said. Only judges outside look into nodes.
//!  5. Bounds have names. Retries are counted, lookups have a hop limit.
//!
//! # Map
//!
//! - `node.rs`: the node, its layers put together; the list of all message kinds.
//! - `market.rs`, `market/`: the roles (`seller`, `buyer`, `owner`); what differs between schemes
//!   (`single_overlay`, `processor_overlay`, `naive`); what an owner keeps (`book`, `listing`) and
//!   how it serves (`serving`); what is said (`message`) and which role reads it (`reading`).
//! - `service.rs`, `service/`: the service layer's roles (`client`, `driver`, `executor`, `store`,
//!   `library`, `backup`); what is submitted (`task`), said (`message`) and by whom it is read
//!   (`reading`).
//! - `overlay.rs`, `overlay/`: what any overlay offers; `chord` with its `lookup`, `upkeep` and
//!   `message`; its tables (`successors`, `fingers`) and what they hold (`peer`).
//! - `admin.rs`, `admin/`: the AdminServer: `directory` of who is alive, `bank`, `message`.
//! - `world.rs`: the door, tickets, arrivals.
//! - `rules.rs`: the parameters, shared by all nodes; sections of a scenario, with defaults.
//! - `pricing.rs`, `credit.rs`, `ledger.rs`: who pays what; money; the accounts.
//! - `behaviour.rs`: how nodes play their roles: honest, selfish, and so on.
//! - `idle.rs`, `policy.rs`: what of a machine stays idle, and what of that its owner shares.
//! - `commodity.rs`, `order.rs`, `id.rs`, `time.rs`: goods, what is ordered of them; addresses and the circle; instants and spans.
//! - `fact.rs`, `kind.rs`: what nodes report; what `messages.csv` counts.
//! - `mixing.rs`: digests by number. `wording.rs`, `wording/`: how messages and facts read for people.
//! - `testing.rs`, `testing/`: towns of nodes in a queue: stories, swarms, transcripts.
//!
//! Start with `node.rs`, then a transcript in `tests/transcripts`, then `market/buyer.rs`,
//! then `service/driver.rs`.
#![no_std]
#![forbid(unsafe_code)]
extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod admin;
pub mod behaviour;
pub mod commodity;
pub mod credit;
pub mod fact;
pub mod id;
pub mod idle;
pub mod kind;
pub mod ledger;
pub mod market;
pub mod mixing;
pub mod node;
pub mod order;
pub mod overlay;
pub mod policy;
pub mod pricing;
pub mod rules;
pub mod service;
#[cfg(test)]
mod testing;
pub mod time;
pub mod wording;
pub mod world;
