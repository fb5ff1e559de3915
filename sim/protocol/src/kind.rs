//! Kinds of messages: what `messages.csv` counts, and how long each is on the wire.

/// A kind of message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Kind {
    /// Its name, `layer.kind`.
    pub name: &'static str,
    /// Bytes on the wire with the IP and UDP headers; 0 for what does not travel (timers). Lists
    /// inside come on top.
    pub bytes: u16,
}

/// Bytes that every message has: IPv4 (20) and UDP (8) headers, its kind (1) and the number of the
/// request that it is or answers (4).
pub const HEADER: u16 = 20 + 8 + 1 + 4;
/// Bytes of an address and port.
pub const ADDR: u16 = 6;
/// Bytes of an identifier.
pub const ID: u16 = 8;
/// Bytes of a commodity: its kind and number, or its CMID.
pub const COMMODITY: u16 = 6;
/// Bytes of an amount of money.
pub const MONEY: u16 = 8;
/// Bytes of a purchase's number.
pub const PURCHASE: u16 = 4;

impl Kind {
    /// A kind with so many bytes beside the header.
    pub(crate) const fn new(name: &'static str, payload: u16) -> Self {
        Self { name, bytes: HEADER + payload }
    }

    /// A kind that does not travel.
    pub(crate) const fn timer(name: &'static str) -> Self {
        Self { name, bytes: 0 }
    }
}
