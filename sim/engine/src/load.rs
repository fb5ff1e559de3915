//! What nodes carry as market owners: now, at most, and in all.

use crate::observer::LoadRow;
use compup2p_protocol::id::Addr;
use compup2p_protocol::market::Load;

/// One node's load.
#[derive(Clone, Copy, Debug, Default)]
struct Carried {
    markets: u32,
    listings: u32,
    markets_peak: u32,
    listings_peak: u32,
    state_peak_bytes: u64,
    equation2_peak_bytes: u64,
    requests: u64,
    messages: u64,
}

/// The load of every node, by address, and the sums of what stands now.
#[derive(Clone, Debug)]
pub struct Loads {
    nodes: Vec<Carried>,
    markets: u64,
    listings: u64,
}

impl Loads {
    /// No load on `addrs` nodes.
    pub fn new(addrs: u32) -> Self {
        Self { nodes: vec![Carried::default(); addrs as usize], markets: 0, listings: 0 }
    }

    /// Markets that stand, at all nodes.
    pub fn markets(&self) -> u64 {
        self.markets
    }

    /// Listings that stand, at all nodes.
    pub fn listings(&self) -> u64 {
        self.listings
    }

    /// The node at `addr` read a message as a market owner.
    pub fn on_message(&mut self, addr: Addr) {
        self.nodes[addr.0 as usize].messages += 1;
    }

    /// The node at `addr` answered a buyer's request, or passed it on.
    pub fn on_request(&mut self, addr: Addr) {
        self.nodes[addr.0 as usize].requests += 1;
    }

    /// The node at `addr` keeps this now.
    pub fn set(&mut self, addr: Addr, load: Load) {
        let node = &mut self.nodes[addr.0 as usize];
        self.markets = self.markets - u64::from(node.markets) + u64::from(load.markets);
        self.listings = self.listings - u64::from(node.listings) + u64::from(load.listings);
        node.markets = load.markets;
        node.listings = load.listings;
        node.markets_peak = node.markets_peak.max(load.markets);
        node.listings_peak = node.listings_peak.max(load.listings);
        node.state_peak_bytes = node.state_peak_bytes.max(load.state_bytes);
        node.equation2_peak_bytes = node.equation2_peak_bytes.max(load.equation2_bytes);
    }

    /// Requests that the node at `addr` served, and messages that it read, as a market owner.
    pub fn served(&self, addr: Addr) -> (u64, u64) {
        let node = &self.nodes[addr.0 as usize];
        (node.requests, node.messages)
    }

    /// Peaks begin anew at what the node at `addr` keeps now.
    pub fn begin_anew(&mut self, addr: Addr, load: Load) {
        let node = &mut self.nodes[addr.0 as usize];
        node.markets_peak = load.markets;
        node.listings_peak = load.listings;
        node.state_peak_bytes = load.state_bytes;
        node.equation2_peak_bytes = load.equation2_bytes;
    }

    /// Leaves what was counted since it was `before`. Peaks have begun anew by themselves.
    pub fn forget(&mut self, before: &Self) {
        for (all, before) in self.nodes.iter_mut().zip(&before.nodes) {
            all.requests -= before.requests;
            all.messages -= before.messages;
        }
    }

    /// Requests served by a host, over its virtual nodes.
    pub fn requests(&self, host: u32, virtual_nodes: u32) -> u64 {
        self.of(host, virtual_nodes).iter().map(|node| node.requests).sum()
    }

    fn of(&self, host: u32, virtual_nodes: u32) -> &[Carried] {
        let first = (host * virtual_nodes) as usize;
        &self.nodes[first..first + virtual_nodes as usize]
    }

    /// `mo_load.csv`: a row a host; peaks of virtual nodes are added.
    pub fn rows(&self, virtual_nodes: u32) -> Vec<LoadRow> {
        let hosts = self.nodes.len() as u32 / virtual_nodes;
        (0..hosts)
            .map(|host| {
                let nodes = self.of(host, virtual_nodes);
                LoadRow {
                    node: Addr(host * virtual_nodes),
                    markets: nodes.iter().map(|node| node.markets_peak).sum(),
                    listings_peak: nodes.iter().map(|node| node.listings_peak).sum(),
                    requests: nodes.iter().map(|node| node.requests).sum(),
                    messages: nodes.iter().map(|node| node.messages).sum(),
                    peak_state_bytes: nodes.iter().map(|node| node.state_peak_bytes).sum(),
                    peak_equation2_bytes: nodes.iter().map(|node| node.equation2_peak_bytes).sum(),
                }
            })
            .collect()
    }
}
