//! What a message is about, as far as it says so itself.

use compup2p_protocol::admin::{self, Banked};
use compup2p_protocol::id::Addr;
use compup2p_protocol::market;
use compup2p_protocol::node::Message;
use compup2p_protocol::overlay::chord;
use compup2p_protocol::overlay::peer::Peer;
use compup2p_protocol::service;

/// The purchase that a message of the markets, or to or from the bank, is about.
pub(super) fn purchase(message: &Message) -> Option<u32> {
    match message {
        Message::Market(market::Message::Admin(message)) | Message::Admin(message) => {
            of_bank(message)
        }
        Message::Market(message) => of_market(message),
        Message::Overlay(_) | Message::Service(_) | Message::Timer(_) => None,
    }
}

fn of_market(message: &market::Message) -> Option<u32> {
    use market::{Message as M, Timer};
    match message {
        M::FindSeller(request) | M::HandOn { request, .. } => Some(request.purchase),
        M::Quote { quote, .. } => Some(quote.purchase),
        M::Unserved { purchase, .. }
        | M::Buy { purchase, .. }
        | M::Accepted { purchase, .. }
        | M::Refused { purchase }
        | M::Cancel { purchase, .. }
        | M::Done { purchase, .. }
        | M::Noted { purchase }
        | M::Ask { purchase }
        | M::Status { purchase, .. }
        | M::Timer(
            Timer::SaleEnds(purchase)
            | Timer::Overdue(purchase)
            | Timer::Settle(purchase)
            | Timer::Receipt { purchase, .. },
        ) => Some(*purchase),
        M::Processor { .. }
        | M::Admin(_)
        | M::List { .. }
        | M::Delist { .. }
        | M::Rival { .. }
        | M::Handover(_)
        | M::Rehomed { .. }
        | M::Ping { .. }
        | M::Pong { .. }
        | M::Taken
        | M::Timer(Timer::Relist(_) | Timer::Upkeep(_) | Timer::Claim(_) | Timer::JoinOwners(_)) => {
            None
        }
    }
}

fn of_bank(message: &admin::Message) -> Option<u32> {
    use admin::Message as A;
    match message {
        A::Reserve(reserve) => Some(reserve.deal.purchase),
        A::Settle { purchase, .. }
        | A::Receipt { purchase, .. }
        | A::Filed { purchase }
        | A::Refund { purchase, .. }
        | A::Banked { purchase, .. } => Some(*purchase),
        A::Join
        | A::NameContact
        | A::Contact(_)
        | A::Keepalive
        | A::Leave
        | A::RegisterOwner(_)
        | A::ForgetOwner
        | A::JoinOwners { .. }
        | A::NameOwners { .. }
        | A::Owners { .. } => None,
    }
}

/// Whether it is the bank's word that money is put aside, or cannot be.
pub(super) fn is_about_reserving(message: &Message) -> bool {
    let (Message::Market(market::Message::Admin(message)) | Message::Admin(message)) = message
    else {
        return false;
    };
    matches!(
        message,
        admin::Message::Reserve(_)
            | admin::Message::Banked {
                state: Banked::Reserved | Banked::InsufficientFunds | Banked::Unknown,
                ..
            }
    )
}

/// What a message of the service layer is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Work {
    /// A sub-task.
    Task(u32),
    /// A job.
    Job(u32),
    /// What was bought under these numbers: runs, and places for checkpoints.
    Bought([Option<u32>; 2]),
    /// A search for a file, under this number of the node that sends the message.
    Search(u32),
    /// The same, under a number of the node that reads it.
    Found(u32),
    /// None of these.
    Other,
}

/// What a message of the service layer is about.
pub(super) fn work(message: &Message) -> Work {
    use service::{Message as M, Timer};
    let Message::Service(message) = message else { return Work::Other };
    match message {
        M::Submit(job) => Work::Job(job.number),
        M::Run(assignment) => Work::Task(assignment.task),
        M::Submitted { job }
        | M::AskProgress { job }
        | M::Progress { job, .. }
        | M::Notify { job, .. }
        | M::Noted { job } => Work::Job(*job),
        M::Began { run }
        | M::Declined { run }
        | M::Input { run }
        | M::Beat { run }
        | M::Alive { run }
        | M::Unknown { run }
        | M::NoFile { run }
        | M::Output { run, .. }
        | M::Stop { run }
        | M::Sending { run }
        | M::NoCheckpoint { run }
        | M::Snapshot { run, .. } => Work::Bought([Some(*run), None]),
        M::Checkpoint { place, run, .. }
        | M::NoRoom { place, run }
        | M::StorageLost { run, place }
        | M::StoreAt { run, place, .. }
        | M::Fetch { place, run, .. } => Work::Bought([Some(*run), Some(*place)]),
        M::Kept { place } | M::Drop { place } => Work::Bought([None, Some(*place)]),
        M::WhoHas { search, .. } | M::Get { search, .. } => Work::Search(*search),
        M::Holders { search, .. }
        | M::Coming { search }
        | M::NotHere { search }
        | M::Content { search, .. } => Work::Found(*search),
        M::Timer(Timer::Beat { run } | Timer::Return { run } | Timer::Checked { run }) => {
            Work::Bought([Some(*run), None])
        }
        M::Timer(Timer::Step { run, .. }) => Work::Bought([Some(*run), None]),
        M::Timer(Timer::Again { task, .. } | Timer::Deadline { task }) => Work::Task(*task),
        M::Advertise { .. }
        | M::Copy { .. }
        | M::Check { .. }
        | M::Stored { .. }
        | M::Empty { .. }
        | M::Gone { .. }
        | M::CopyTo { .. }
        | M::Copying { .. }
        | M::Recall { .. }
        | M::Recalled { .. }
        | M::Timer(_) => Work::Other,
    }
}

/// The lookup that a message belongs to: at whom, in which of the rings that the node is in (the
/// base ring, or the processor overlay as its market in that slot), and its number there.
pub(super) type Lookup = (Addr, Option<u16>, u16);

/// Whether it is advice to a lookup.
pub(super) fn is_hop(message: &Message) -> bool {
    match message {
        Message::Overlay(message) => matches!(message, chord::Message::Hop { .. }),
        Message::Market(market::Message::Processor { message, .. }) => {
            matches!(message, chord::Message::Hop { .. })
        }
        Message::Market(_) | Message::Admin(_) | Message::Service(_) | Message::Timer(_) => false,
    }
}

/// If it asks for advice: how many that the asked had named before were tried in vain.
pub(super) fn skips(message: &Message) -> Option<u8> {
    match message {
        Message::Overlay(chord::Message::Next { skip, .. }) => Some(*skip),
        Message::Market(market::Message::Processor {
            message: chord::Message::Next { skip, .. },
            ..
        }) => Some(*skip),
        Message::Overlay(_)
        | Message::Market(_)
        | Message::Admin(_)
        | Message::Service(_)
        | Message::Timer(_) => None,
    }
}

/// The lookup that a message between these two belongs to.
pub(super) fn lookup(message: &Message, from: Addr, to: Addr) -> Option<Lookup> {
    match message {
        Message::Overlay(message) => {
            let (whose, number) = number(message, from, to)?;
            Some((whose, None, number))
        }
        Message::Market(market::Message::Processor { asker, message, .. }) => {
            let (whose, number) = number(message, from, to)?;
            Some((whose, Some(*asker), number))
        }
        Message::Market(_) | Message::Admin(_) | Message::Service(_) | Message::Timer(_) => None,
    }
}

fn number<P: Peer>(message: &chord::Message<P>, from: Addr, to: Addr) -> Option<(Addr, u16)> {
    use chord::Message as M;
    match message {
        M::Next { lookup, .. } => Some((from, *lookup)),
        M::Ping { lookup } if *lookup != chord::NO_LOOKUP => Some((from, *lookup)),
        M::Pong { lookup } if *lookup != chord::NO_LOOKUP => Some((to, *lookup)),
        M::Hop { lookup, .. } | M::Arrived { lookup, .. } => Some((to, *lookup)),
        M::Forward { origin, lookup, .. } => Some((origin.addr(), *lookup)),
        M::Timer { timer: chord::Timer::Lookup(lookup), .. } => Some((to, *lookup)),
        M::Ping { .. }
        | M::Pong { .. }
        | M::Forwarded
        | M::Neighbours { .. }
        | M::NeighboursAre { .. }
        | M::Introduce
        | M::Introduced { .. }
        | M::Notify(_)
        | M::Leaving { .. }
        | M::Timer { .. } => None,
    }
}
