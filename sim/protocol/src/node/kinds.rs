//! The kinds of all messages, layer by layer, and how long each is on the wire.

use super::Message;
use crate::kind::{self, Kind};
use crate::overlay::chord;
use crate::{admin, market, service};

/// The places of the kinds of each layer in [`KINDS`].
const OVERLAY_KINDS: usize = 0;
const PROCESSOR_KINDS: usize = OVERLAY_KINDS + chord::KINDS;
const MARKET_KINDS: usize = PROCESSOR_KINDS + chord::KINDS;
const ADMIN_KINDS: usize = MARKET_KINDS + market::Message::KINDS.len();
const SERVICE_KINDS: usize = ADMIN_KINDS + admin::Message::KINDS.len();
const TIMER_KINDS: usize = SERVICE_KINDS + service::Message::KINDS.len();

/// Timers of the markets, of the node and of the service layer.
const TIMERS: [Kind; 3] =
    [Kind::timer("market.timer"), Kind::timer("node.timer"), Kind::timer("service.timer")];

/// All kinds of messages, in the order of [`Message::kind`].
pub static KINDS: [Kind; TIMER_KINDS + TIMERS.len()] = {
    let mut kinds = [Kind::timer(""); TIMER_KINDS + TIMERS.len()];
    fill(&mut kinds, OVERLAY_KINDS, &chord::BASE_KINDS);
    fill(&mut kinds, PROCESSOR_KINDS, &chord::PROCESSOR_KINDS);
    fill(&mut kinds, MARKET_KINDS, &market::Message::KINDS);
    fill(&mut kinds, ADMIN_KINDS, &admin::Message::KINDS);
    fill(&mut kinds, SERVICE_KINDS, &service::Message::KINDS);
    fill(&mut kinds, TIMER_KINDS, &TIMERS);
    kinds
};

const fn fill(kinds: &mut [Kind], from: usize, some: &[Kind]) {
    let mut n = 0;
    while n < some.len() {
        kinds[from + n] = some[n];
        n += 1;
    }
}

impl Message {
    /// The place of its kind in [`KINDS`].
    pub fn kind(&self) -> u8 {
        let (from, kind) = match self {
            Self::Overlay(message) => (OVERLAY_KINDS, message.kind()),
            Self::Market(market::Message::Processor { message, .. }) => {
                (PROCESSOR_KINDS, message.kind())
            }
            Self::Market(market::Message::Timer(_)) => (TIMER_KINDS, 0),
            Self::Market(market::Message::Admin(message)) | Self::Admin(message) => {
                (ADMIN_KINDS, message.kind())
            }
            Self::Market(message) => (MARKET_KINDS, message.kind()),
            Self::Service(service::Message::Timer(_)) => (TIMER_KINDS, 2),
            Self::Service(message) => (SERVICE_KINDS, message.kind()),
            Self::Timer(_) => (TIMER_KINDS, 1),
        };
        from as u8 + kind
    }

    /// Bytes on the wire: its kind's, and those of the list inside.
    pub fn bytes(&self) -> u32 {
        let list = match self {
            Self::Overlay(message) => message.listed() as u32 * kind::ADDR,
            Self::Market(market::Message::Processor { message, .. }) => {
                message.listed() as u32 * (kind::ADDR + kind::COMMODITY)
            }
            Self::Market(market::Message::Handover(handover)) => {
                handover.listings.len() as u32 * market::listing::ENCODED_BYTES as u32
            }
            Self::Service(message) => message.listed(),
            Self::Market(_) | Self::Admin(_) | Self::Timer(_) => 0,
        };
        KINDS[usize::from(self.kind())].bytes + list
    }
}

#[cfg(test)]
mod tests {
    use super::super::Timer;
    use super::*;
    use crate::commodity::{Commodity, ResourceKind};
    use crate::id::{Addr, Id};
    use crate::market::Timer as MarketTimer;
    use crate::overlay::peer::Member;

    #[test]
    fn every_kind_has_its_own_name_and_place() {
        for (place, kind) in KINDS.iter().enumerate() {
            assert!(KINDS.iter().skip(place + 1).all(|other| other.name != kind.name));
            assert!(kind.name.contains('.'), "layer.kind: {}", kind.name);
        }
        assert!(KINDS.len() < 256);
    }

    #[test]
    fn a_message_finds_its_kind() {
        let commodity = Commodity::default();
        let member = Member { host: Addr(1), commodity };
        let next = || chord::Message::Next { key: Id(1), lookup: 0, skip: 0 };
        let processor = |message| {
            Message::Market(market::Message::Processor { to: commodity, asker: 0, message })
        };
        for (message, name) in [
            (Message::Overlay(next()), "chord.next"),
            (
                Message::Overlay(chord::Message::Leaving { leaver: Addr(1), neighbour: None }),
                "chord.leaving",
            ),
            (processor(chord::Message::Notify(member)), "processor.notify"),
            (Message::Market(market::Message::Delist { commodity }), "market.delist"),
            (Message::Market(market::Message::Ask { purchase: 1 }), "market.ask"),
            (
                Message::Market(market::Message::Timer(MarketTimer::Relist(ResourceKind::Cpu))),
                "market.timer",
            ),
            (Message::Admin(admin::Message::Join), "admin.join"),
            (Message::Admin(admin::Message::Keepalive), "admin.keepalive"),
            (
                Message::Admin(admin::Message::Refund { purchase: 1, tries: 0, proven: false }),
                "admin.refund",
            ),
            (Message::Timer(Timer::Join), "node.timer"),
        ] {
            assert_eq!(KINDS[usize::from(message.kind())].name, name);
        }
    }

    #[test]
    fn a_list_inside_is_counted() {
        let introduced =
            |n| chord::Message::Introduced { successors: 0, peers: alloc::vec![Addr(0); n].into() };
        let bytes = |n| Message::Overlay(introduced(n)).bytes();
        assert_eq!(bytes(3) - bytes(0), 18);
        assert_eq!(Message::Timer(Timer::Join).bytes(), 0);
    }
}
