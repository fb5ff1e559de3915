//! Bulk data between hosts: shipments begin and land; and they break off where a host falls or a
//! partition begins.

use super::Simulation;
use crate::shipments::{End, Turn};

impl Simulation {
    /// The next shipment has its turn: it begins, or all its bytes have moved.
    pub(super) fn ship_next(&mut self) {
        let now = self.around.now;
        match self.around.shipments.turn(now) {
            Some(Turn::Begins(shipment)) => self.begin_shipment(shipment),
            Some(Turn::HasMoved(shipment)) => {
                let [_, to] = self.around.shipments.ends(shipment);
                self.count_event(to.addr.0, 12);
                self.around.land(shipment);
            }
            None => debug_assert!(false, "a shipment had its turn"),
        }
    }

    /// A shipment begins, if its ends can reach each other.
    fn begin_shipment(&mut self, shipment: u32) {
        let now = self.around.now;
        let [from, to] = self.around.shipments.ends(shipment);
        debug_assert!(from.addr != self.rules.admin_at && to.addr != self.rules.admin_at);
        self.count_event(from.addr.0, 15);
        let to = End { stay: self.incarnation(to.addr), ..to };
        if self.can_ship(from, to) {
            self.around.shipments.begin(now, shipment, to.stay);
        } else {
            self.around.shipments.refuse(shipment, to.stay);
            self.tell_broken(&[shipment]);
        }
    }

    /// Whether two ends are up, in those stays, and no partition stands between them.
    pub fn can_ship(&self, from: End, to: End) -> bool {
        let is_up = |end: End| self.is_in_stay(end.addr, end.stay);
        is_up(from) && is_up(to) && !self.around.conditions.cut(from.host, to.host)
    }

    /// A host has fallen: all that went from and to it breaks off.
    pub(super) fn break_off_at(&mut self, host: u32) {
        let broken = self.around.shipments.fail_host(self.around.now, host);
        self.tell_broken(&broken);
    }

    /// A partition has begun: all that went across it breaks off.
    pub(super) fn break_off_across(&mut self) {
        let around = &mut self.around;
        let conditions = &around.conditions;
        let cut = |from, to| conditions.cut(from, to);
        let broken = around.shipments.fail_between(around.now, cut);
        self.tell_broken(&broken);
    }

    /// The ends of what broke off will notice that nothing comes any more.
    fn tell_broken(&mut self, broken: &[u32]) {
        let silence = self.rules.overlay.rpc_timeout;
        for &shipment in broken {
            self.around.tell_broken(shipment, silence);
        }
    }
}
