//! Usage policies: what of a machine its owner lets strangers use, when, for how long, and which
//! strangers (CompuP2P, V: the tab "Usage Policy"). A scenario names classes of nodes; a node is in
//! one of them or in none.

use crate::id::Addr;
use crate::idle::OwnerLoad;
use crate::time::{Span, Time};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::net::Ipv4Addr;
use core::str::FromStr;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One class of nodes, and what its nodes share. A field that is left out sets no limit.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// The share of nodes that are in this class, 0 to 1. All classes together are at most 1; who
    /// is in none shares all that is idle.
    pub share: f64,
    /// The owner's load of the machine above which nothing is shared, 0 to 1.
    pub max_load: f64,
    /// The times of day in which the machine is shared, as durations since midnight, when the run
    /// begins; `{ from: 18h, to: 8h }` goes on over midnight. By default always.
    pub hours: Option<Hours>,
    /// The longest time for which a stranger may have a part of the machine; by default any.
    pub max_run_time: Option<Span>,
    /// The most storage that is shared, in bytes; by default all.
    pub storage_total: Option<u64>,
    /// Whether compute power is shared.
    pub cpu: bool,
    /// Whether storage is shared.
    pub storage: bool,
    /// Addresses (`10.0.3.7`) and blocks of addresses (`10.0.3.0/24`) of buyers that are refused.
    pub refused: Vec<Cidr>,
    /// Whether its nodes are always up, whatever `churn` says: servers beside machines that come and
    /// go. Faults strike them all the same.
    pub always_up: bool,
}

/// Times of day in which a machine is shared.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    /// From when, before 24h.
    pub from: Span,
    /// Until when, at most 24h; if that is earlier than `from`, it is so on the next day.
    pub to: Span,
}

/// A block of IPv4 addresses: those whose first `bits` are those of `network`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cidr {
    network: Ipv4Addr,
    bits: u8,
}

/// The length of a day.
pub const DAY: Span = Span::secs(86_400);

impl Policy {
    /// Shares all with everybody, always.
    pub const UNLIMITED: Self = Self {
        share: 1.0,
        max_load: 1.0,
        hours: None,
        max_run_time: None,
        storage_total: None,
        cpu: true,
        storage: true,
        refused: Vec::new(),
        always_up: false,
    };

    /// Whether compute power is shared now that the owner's load is `load`.
    pub fn shares_cpu(&self, now: Time, load: OwnerLoad) -> bool {
        self.cpu && load <= self.bearable() && self.is_open(now)
    }

    /// Whether storage is shared now that the owner's load is `load`.
    pub fn shares_storage(&self, now: Time, load: OwnerLoad) -> bool {
        self.storage && load <= self.bearable() && self.is_open(now)
    }

    /// Whether a sale to `buyer` for as long as `hold` is refused.
    pub fn refuses(&self, buyer: Addr, hold: Span) -> bool {
        self.max_run_time.is_some_and(|most| hold > most)
            || self.refused.iter().any(|block| block.contains(buyer))
    }

    /// When the hours next open or close, after `now`.
    pub fn next_change(&self, now: Time) -> Option<Time> {
        self.hours?.next_change(now)
    }

    /// The largest load at which something is shared.
    fn bearable(&self) -> OwnerLoad {
        OwnerLoad::new((self.max_load * f64::from(OwnerLoad::PARTS) + 0.5) as u16)
    }

    fn is_open(&self, now: Time) -> bool {
        self.hours.is_none_or(|hours| hours.contain(now))
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self::UNLIMITED
    }
}

impl Hours {
    /// Whether `now` is in them. From a time of day to the same is all day.
    pub fn contain(self, now: Time) -> bool {
        let (from, to) = (self.from.0 % DAY.0, self.to.0 % DAY.0);
        let time = now.0 % DAY.0;
        if from < to { (from..to).contains(&time) } else { time >= from || time < to }
    }

    /// When they next begin or end, after `now`; never if they are all day.
    pub fn next_change(self, now: Time) -> Option<Time> {
        let (from, to) = (self.from.0 % DAY.0, self.to.0 % DAY.0);
        if from == to {
            return None;
        }
        let time = now.0 % DAY.0;
        let until = |at: u64| if at > time { at - time } else { at + DAY.0 - time };
        Some(now + Span(until(from).min(until(to))))
    }
}

impl Cidr {
    /// Whether `addr` is in the block.
    pub fn contains(self, addr: Addr) -> bool {
        let [addr, network] = [Ipv4Addr::from(addr.ipv4()), self.network].map(u32::from);
        // Of no bits none can differ.
        (addr ^ network).checked_shr(u32::from(32 - self.bits)).unwrap_or(0) == 0
    }
}

impl fmt::Display for Cidr {
    /// As it is read: an address alone is a block of one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.network)?;
        if self.bits < 32 { write!(f, "/{}", self.bits) } else { Ok(()) }
    }
}

/// Why a text is not a block of addresses.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NotACidr {
    text: String,
    /// The block that was meant, if the network has bits that it cannot have.
    meant: Option<Cidr>,
}

impl fmt::Display for NotACidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = &self.text;
        write!(f, "\"{text}\" is not a block of addresses such as 10.0.3.0/24, or one address")?;
        match self.meant {
            Some(meant) => write!(f, " (did you mean {meant}?)"),
            None => Ok(()),
        }
    }
}

impl FromStr for Cidr {
    type Err = NotACidr;

    fn from_str(text: &str) -> Result<Self, NotACidr> {
        let fail = || NotACidr { text: text.to_string(), meant: None };
        let (network, bits) = text.split_once('/').unwrap_or((text, "32"));
        let network: Ipv4Addr = network.parse().map_err(|_| fail())?;
        let digits = bits.bytes().all(|byte| byte.is_ascii_digit());
        let bits = bits.parse().ok().filter(|&bits: &u8| digits && bits <= 32).ok_or_else(fail)?;
        let mask = u32::MAX.checked_shl(u32::from(32 - bits)).unwrap_or(0);
        let whole = Self { network: Ipv4Addr::from(u32::from(network) & mask), bits };
        if whole.network != network {
            return Err(NotACidr { meant: Some(whole), ..fail() });
        }
        Ok(whole)
    }
}

impl Serialize for Cidr {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Cidr {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl serde::de::Visitor<'_> for Text {
            type Value = Cidr;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a block of addresses such as 10.0.3.0/24, or one address")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Cidr, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Text)
    }
}

impl JsonSchema for Cidr {
    fn schema_name() -> alloc::borrow::Cow<'static, str> {
        "address block".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "title": "address block", "type": "string" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hour(hour: u64) -> Span {
        Span::secs(hour * 3600)
    }

    fn at(hour: u64) -> Time {
        Time::ZERO + Span::secs(hour * 3600)
    }

    fn open(from: u64, to: u64) -> Policy {
        Policy { hours: Some(Hours { from: hour(from), to: hour(to) }), ..Policy::UNLIMITED }
    }

    #[test]
    fn without_a_policy_all_is_shared_with_everybody_always() {
        let policy = Policy::default();
        assert!(
            policy.shares_cpu(at(3), OwnerLoad::FULL)
                && policy.shares_storage(at(3), OwnerLoad::NONE)
        );
        assert!(!policy.refuses(Addr(5), Span(u64::MAX)));
        assert_eq!(policy.next_change(at(3)), None);
    }

    #[test]
    fn above_the_largest_load_no_compute_power_is_shared() {
        let policy = Policy { max_load: 0.29, ..Policy::UNLIMITED };
        for (parts, shares) in [(0, true), (2_900, true), (2_901, false), (10_000, false)] {
            assert_eq!(policy.shares_cpu(at(0), OwnerLoad::new(parts)), shares, "{parts}");
        }
        assert!(policy.shares_storage(at(0), OwnerLoad::NONE));
        let none = Policy { max_load: 0.0, ..Policy::UNLIMITED };
        assert!(none.shares_cpu(at(0), OwnerLoad::NONE));
        assert!(!none.shares_cpu(at(0), OwnerLoad::new(1)));
    }

    #[test]
    fn what_is_not_shared_is_not() {
        let policy = Policy { cpu: false, ..Policy::UNLIMITED };
        assert!(
            !policy.shares_cpu(at(0), OwnerLoad::NONE)
                && policy.shares_storage(at(0), OwnerLoad::NONE)
        );
        let policy = Policy { storage: false, ..Policy::UNLIMITED };
        assert!(
            policy.shares_cpu(at(0), OwnerLoad::NONE)
                && !policy.shares_storage(at(0), OwnerLoad::NONE)
        );
    }

    #[test]
    fn hours_begin_when_they_say_and_end_just_before() {
        let policy = open(9, 17);
        for day in [0, 24, 2400] {
            for (now, is_open) in [(0, false), (8, false), (9, true), (16, true), (17, false)] {
                let now = at(day + now);
                assert_eq!(policy.shares_cpu(now, OwnerLoad::NONE), is_open, "{now:?}");
                assert_eq!(policy.shares_storage(now, OwnerLoad::NONE), is_open, "{now:?}");
            }
            assert_eq!(policy.next_change(at(day)), Some(at(day + 9)));
            assert_eq!(policy.next_change(at(day + 9)), Some(at(day + 17)));
            assert_eq!(policy.next_change(at(day + 17)), Some(at(day + 33)));
        }
    }

    #[test]
    fn hours_go_on_over_midnight() {
        let policy = open(18, 8);
        for (now, is_open) in [(0, true), (7, true), (8, false), (17, false), (18, true)] {
            assert_eq!(policy.shares_storage(at(now), OwnerLoad::NONE), is_open, "{now}");
        }
        assert_eq!(policy.next_change(at(0)), Some(at(8)));
        assert_eq!(policy.next_change(at(8)), Some(at(18)));
        assert_eq!(policy.next_change(at(18)), Some(at(32)));
        assert_eq!(policy.next_change(at(25)), Some(at(32)));
    }

    #[test]
    fn until_24h_is_until_midnight_and_from_0h_until_24h_is_all_day() {
        let policy = open(18, 24);
        assert!(
            policy.shares_storage(at(23), OwnerLoad::NONE)
                && !policy.shares_storage(at(24), OwnerLoad::NONE)
        );
        assert_eq!(policy.next_change(at(18)), Some(at(24)));
        let always = open(0, 24);
        assert!((0..48).all(|now| always.shares_storage(at(now), OwnerLoad::NONE)));
        assert_eq!(always.next_change(at(5)), None);
    }

    #[test]
    fn hours_change_when_the_next_change_says_and_at_no_other_time() {
        for (from, to) in [(0, 1), (23, 1), (9, 17), (17, 9), (5, 24)] {
            let hours = Hours { from: hour(from), to: hour(to) };
            for now in 0..60 {
                let next = hours.next_change(at(now)).expect("they change");
                assert!(next > at(now));
                assert_ne!(hours.contain(next), hours.contain(at(now)), "{from}-{to}, {now}");
                assert_eq!(hours.contain(Time(next.0 - 1)), hours.contain(at(now)));
            }
        }
    }

    #[test]
    fn who_wants_something_for_too_long_or_is_not_welcome_is_refused() {
        let policy = Policy {
            max_run_time: Some(hour(1)),
            refused: ["10.0.1.0/24", "10.0.0.7"].map(|text| text.parse().unwrap()).into(),
            ..Policy::UNLIMITED
        };
        assert!(!policy.refuses(Addr(6), hour(1)));
        assert!(policy.refuses(Addr(6), Span(hour(1).0 + 1)));
        for (addr, refused) in [(7, true), (8, false), (255, false), (256, true), (511, true)] {
            assert_eq!(policy.refuses(Addr(addr), Span::ZERO), refused, "{addr}");
        }
        assert!(!policy.refuses(Addr(512), Span::ZERO));
    }

    #[test]
    fn a_block_of_no_bits_holds_all_and_one_of_32_one() {
        let all: Cidr = "0.0.0.0/0".parse().unwrap();
        let one: Cidr = "10.0.0.5/32".parse().unwrap();
        for addr in [0, 4, 5, 6, 1 << 24, u32::MAX] {
            assert!(all.contains(Addr(addr)));
            assert_eq!(one.contains(Addr(addr)), addr == 5);
        }
        let eleven: Cidr = "11.0.0.0/8".parse().unwrap();
        assert!(eleven.contains(Addr(1 << 24)) && !eleven.contains(Addr((1 << 24) - 1)));
    }

    #[test]
    fn a_block_is_written_as_it_is_read() {
        for text in ["10.0.3.0/24", "0.0.0.0/0", "10.0.3.7", "128.0.0.0/1"] {
            assert_eq!(text.parse::<Cidr>().unwrap().to_string(), text);
        }
        assert_eq!("10.0.3.7/32".parse::<Cidr>(), "10.0.3.7".parse());
    }

    #[test]
    fn what_is_no_block_is_refused() {
        for text in ["", "10.0.3", "10.0.3.0/", "10.0.3.0/33", "10.0.3.0/+8", "10.0.3.256", "x/8"] {
            let told = text.parse::<Cidr>().unwrap_err().to_string();
            assert!(told.ends_with("one address"), "{text}: {told}");
        }
        assert_eq!(
            "10.0.3.7/24".parse::<Cidr>().unwrap_err().to_string(),
            "\"10.0.3.7/24\" is not a block of addresses such as 10.0.3.0/24, or one address \
             (did you mean 10.0.3.0/24?)"
        );
    }
}
