//! What goes between a node's service layer and those below: what the markets tell up, what it wishes
//! down.

use super::{Message, Node, OfMarket, OfOverlay, OfService};
use crate::fact::LookupPurpose;
use crate::id::{Addr, Id};
use crate::market::Wish;
use crate::overlay::Told;
use crate::rules::Rules;
use crate::service::{self, Known, Manner};
use crate::time::Time;
use crate::world::{Arrival, Below, World};

impl Node {
    /// Carries what the markets tell up to the service layer, and what that wishes down, until
    /// nothing is left.
    pub(super) fn serve(&mut self, rules: &Rules, world: &mut dyn World<Message>) {
        loop {
            let news = self.market.take_news();
            if news.is_empty() && self.service.is_none() {
                return;
            }
            let service = self.service.get_or_insert_default();
            for news in news {
                service.on_news(news, rules, &mut Below::new(world, OfService));
            }
            if !service.executor().runs().is_empty() {
                // What is sold, and so each run's part of what the owner leaves, may have changed.
                let manner = self.manner(rules, world.now());
                let below = &mut Below::new(world, OfService);
                self.service.get_or_insert_default().on_pace(manner, rules, below);
            }
            let service = self.service.get_or_insert_default();
            let Some(wish) = service.next_wish(rules, &mut Below::new(world, OfService)) else {
                return;
            };
            let below = &mut Below::new(world, OfMarket);
            let wish = match wish {
                service::Wish::Buy(order) => self.market.buy(order, rules, below),
                service::Wish::Finish { purchase, seller, verdict } => {
                    self.market.finish(purchase, seller, verdict, rules, below);
                    Wish::Nothing
                }
                service::Wish::EndRun { run, end } => self.market.end_run(run, end, rules, below),
                service::Wish::Find { key, ticket } => {
                    let owner = self.find_file(key, ticket, rules, world);
                    if let Some(owner) = owner {
                        let manner = self.manner(rules, world.now());
                        let below = &mut Below::new(world, OfService);
                        let service = self.service.get_or_insert_default();
                        service.on_found(ticket, owner, manner, rules, below);
                    }
                    Wish::Nothing
                }
                service::Wish::Keep(_) => Wish::Nothing,
            };
            self.grant(wish, rules, world);
        }
    }

    /// Looks for the owner of a file's key. If that is known at once, it says who, or that nobody is
    /// to be found.
    fn find_file(
        &mut self,
        key: Id,
        ticket: u32,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) -> Option<Option<Addr>> {
        if !self.overlay.is_in() {
            return Some(None);
        }
        let below = &mut Below::new(world, OfOverlay);
        match self.overlay.find(key, LookupPurpose::File, ticket, rules, below) {
            Told::Found(found) => Some(Some(found.owner)),
            Told::Lost { .. } => Some(None),
            _ => None,
        }
    }

    /// How this node computes for others now.
    pub(super) fn manner(&self, rules: &Rules, now: Time) -> Manner {
        let seller = self.market.seller();
        let behaviour = seller.character().compute;
        Manner { behaviour, error_rate: rules.error_rate, pace: seller.pace(rules, now) }
    }

    /// What the service layer needs to know to read an arrival.
    pub(super) fn known(
        &self,
        arrival: &Arrival<service::Message>,
        rules: &Rules,
        now: Time,
    ) -> Known {
        use service::Message as S;
        let sales = self.market.seller();
        let sale = match arrival {
            Arrival::Request { from, message: S::Run(assignment), .. } => {
                sales.service_sale(assignment.run, Some(*from))
            }
            Arrival::Post {
                message: S::Checkpoint { place, .. } | S::Copy { place, .. }, ..
            } => sales.service_sale(*place, None),
            Arrival::Request { from, message: S::Check { place }, .. } => {
                sales.service_sale(*place, Some(*from))
            }
            Arrival::Request { from, message: S::CopyTo { to, node, .. }, .. }
                if *node == self.me =>
            {
                sales.service_sale(*to, Some(*from))
            }
            _ => None,
        };
        Known { manner: self.manner(rules, now), sale: sale.copied() }
    }

    pub(super) fn on_file_owner(
        &mut self,
        ticket: u32,
        owner: Option<Addr>,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) {
        let manner = self.manner(rules, world.now());
        if let Some(service) = &mut self.service {
            service.on_found(ticket, owner, manner, rules, &mut Below::new(world, OfService));
            self.serve(rules, world);
        }
    }
}
