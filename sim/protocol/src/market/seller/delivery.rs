//! What a seller does when a sale is over: it frees what was sold, shows the bank a delivery
//! receipt, and tells the buyer (SPEC 6 [ours]). The receipt comes first, so that a buyer that
//! denies or vanishes finds it there.

use super::super::message::{Message, Status, Timer};
use super::super::{RunEnd, Wish};
use super::{Sale, Seller, Standing};
use crate::admin;
use crate::commodity::ResourceKind;
use crate::id::Addr;
use crate::ledger::WHOLE;
use crate::rules::{Mechanism, Rules};
use crate::time::{Span, Time};
use crate::world::World;

/// How long a seller remembers what is over, or was cancelled: longer than a buyer waits before it
/// asks, and than a request is under way [ours].
const MEMORY: Span = Span::secs(60);
/// How often a receipt is shown before a seller gives up, and the pause when the bank is silent.
const RECEIPT_TRIES: u8 = 40;
const RECEIPT_PAUSE: Span = Span::secs(30);

impl Seller {
    /// The time of a sale is over.
    pub(in super::super) fn on_sale_ends(
        &mut self,
        purchase: u32,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) -> Wish {
        let now = world.now();
        let held = |sale: &Sale| sale.standing == Standing::Held;
        self.sales.retain(|sale| sale.purchase != purchase || held(sale) || now < sale.ends);
        // An earlier sale to the same purchase may have been cancelled: this one goes on.
        let due = |sale: &&mut Sale| sale.purchase == purchase && held(sale) && sale.ends <= now;
        let Some(sale) = self.sales.iter_mut().find(due) else { return Wish::Nothing };
        let ended = *sale;
        if ended.service && ended.kind == ResourceKind::Cpu {
            // The service layer did not finish in time: nothing is delivered.
            return self.close(purchase, ended.buyer, rules, world);
        }
        sale.standing = Standing::Over;
        sale.ends = Time::NEVER;
        sale.amount = 0;
        match rules.off.is_on(Mechanism::Receipt) {
            true => show_receipt(purchase, WHOLE, 0, rules, world),
            false => tell(ended.buyer, purchase, rules, world),
        }
        self.release(ended, rules, world)
    }

    /// A run is over: its sale is. The bank is shown a receipt if the result was delivered; if the
    /// machine is wanted back, the buyer is told.
    pub(in super::super) fn end_run(
        &mut self,
        purchase: u32,
        end: RunEnd,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) -> Wish {
        if end == RunEnd::Delivered && rules.off.is_on(Mechanism::Receipt) {
            show_receipt(purchase, WHOLE, 0, rules, world);
        }
        let served = |sale: &&Sale| sale.purchase == purchase && sale.is_served();
        let Some(&sale) = self.sales.iter().find(served) else { return Wish::Nothing };
        if end == RunEnd::Evicted {
            let status = Status::Unknown;
            world.send(sale.buyer, Message::Status { purchase, status });
        }
        self.close(purchase, sale.buyer, rules, world)
    }

    /// Forgets a sale, and frees what was sold.
    fn close(
        &mut self,
        purchase: u32,
        buyer: Addr,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) -> Wish {
        let is_it = |sale: &Sale| sale.purchase == purchase && sale.buyer == buyer;
        let Some(place) = self.sales.iter().position(is_it) else { return Wish::Nothing };
        let sale = self.sales.swap_remove(place);
        self.release(sale, rules, world)
    }

    /// The bank has the receipt of a purchase: its buyer may know.
    pub(in super::super) fn on_filed(
        &mut self,
        purchase: u32,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) {
        for sale in self.sales.iter().filter(|sale| sale.purchase == purchase) {
            if sale.standing == Standing::Over && sale.ends == Time::NEVER {
                tell(sale.buyer, purchase, rules, world);
            }
        }
    }

    /// The bank is silent. The buyer is told all the same after some tries; the receipt is shown
    /// again later.
    pub(in super::super) fn on_not_filed(
        &mut self,
        purchase: u32,
        share: u32,
        tries: u8,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) {
        let tries = tries.saturating_add(1);
        if u32::from(tries) < rules.overlay.attempts {
            show_receipt(purchase, share, tries, rules, world);
            return;
        }
        if u32::from(tries) == rules.overlay.attempts {
            self.on_filed(purchase, rules, world);
        }
        if tries < RECEIPT_TRIES {
            world.wake(RECEIPT_PAUSE, Message::Timer(Timer::Receipt { purchase, share, tries }));
        }
    }

    /// The buyer gave up. Its request may come later than this, and must sell nothing then [ours].
    /// What was stored for a while is paid for that while.
    pub(in super::super) fn on_cancel(
        &mut self,
        purchase: u32,
        buyer: Addr,
        was_held: bool,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) -> Wish {
        let now = world.now();
        let kind = ResourceKind::Cpu;
        let (standing, began, ends) = (Standing::Cancelled, now, now + MEMORY);
        let cancelled =
            Sale { purchase, buyer, kind, standing, service: false, amount: 0, began, ends };
        world.wake(MEMORY, Message::Timer(Timer::SaleEnds(purchase)));
        let Some(sale) = self.sale(purchase, buyer) else {
            self.sales.push(cancelled);
            return Wish::Nothing;
        };
        let given_up = core::mem::replace(sale, Sale { kind: sale.kind, ..cancelled });
        let is_served = was_held && given_up.standing == Standing::Held;
        if is_served && given_up.kind == ResourceKind::Storage {
            let share = share_of(now.since(given_up.began), given_up.ends.since(given_up.began));
            if rules.off.is_on(Mechanism::Receipt) {
                show_receipt(purchase, share, 0, rules, world);
            }
        }
        self.release(given_up, rules, world)
    }

    /// The buyer noted that the time is over.
    pub(in super::super) fn on_noted(&mut self, purchase: u32, buyer: Addr) {
        let over = |sale: &Sale| sale.purchase == purchase && sale.standing == Standing::Over;
        self.sales.retain(|sale| !over(sale) || sale.buyer != buyer);
    }

    /// The buyer did not note that its time is over: it is told again a few times, and then may
    /// ask for a while.
    pub(in super::super) fn on_done_unnoted(
        &mut self,
        purchase: u32,
        tries: u8,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) {
        let over = |sale: &&mut Sale| sale.purchase == purchase && sale.standing == Standing::Over;
        let Some(sale) = self.sales.iter_mut().find(over) else { return };
        let tries = tries.saturating_add(1);
        if u32::from(tries) >= rules.overlay.attempts {
            sale.ends = world.now() + MEMORY;
            world.wake(MEMORY, Message::Timer(Timer::SaleEnds(purchase)));
            return;
        }
        world.call(sale.buyer, Message::Done { purchase, tries }, rules.overlay.rpc_timeout);
    }

    /// What became of a purchase.
    pub(in super::super) fn status(&mut self, purchase: u32, buyer: Addr) -> Status {
        match self.sale(purchase, buyer).map(|sale| sale.standing) {
            Some(Standing::Over) => Status::Done,
            Some(Standing::Held) => Status::Held,
            Some(Standing::Cancelled) | None => Status::Unknown,
        }
    }
}

/// The part of `whole` that `part` is, in parts of a million.
pub(crate) fn share_of(part: Span, whole: Span) -> u32 {
    let share = u128::from(part.0) * u128::from(WHOLE) / u128::from(whole.0.max(1));
    share.min(u128::from(WHOLE)) as u32
}

/// Tells a buyer that its time is over.
fn tell(buyer: Addr, purchase: u32, rules: &Rules, world: &mut dyn World<Message>) {
    world.call(buyer, Message::Done { purchase, tries: 0 }, rules.overlay.rpc_timeout);
}

/// Shows the bank that a share of a purchase was delivered.
pub(in super::super) fn show_receipt(
    purchase: u32,
    share: u32,
    tries: u8,
    rules: &Rules,
    world: &mut dyn World<Message>,
) {
    let receipt = Message::Admin(admin::Message::Receipt { purchase, share, tries });
    world.call(rules.admin_at, receipt, rules.overlay.rpc_timeout);
}
