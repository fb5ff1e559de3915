//! What sales brought each host, as a seller and as a market owner, and what they cost it: as rows
//! of purchases tell it.

use crate::endowments::Endowments;
use crate::observer::{IncomeRow, TransactionRow};
use compup2p_protocol::id::Addr;
use compup2p_protocol::market::Offer;
use compup2p_protocol::pricing::{Volume, money};
use compup2p_protocol::rules::Rules;

/// One account's, in micro-credits.
#[derive(Clone, Copy, Debug, Default)]
struct Profit {
    sales: u32,
    costs: u64,
    as_seller: u64,
    as_mo: u64,
}

/// What sales brought and cost each account, by address. Only as long as there is somebody who sold,
/// or owned a market that did.
#[derive(Clone, Debug, Default)]
pub struct Profits(Vec<Profit>);

impl Profits {
    /// A purchase ended, and its money has gone its way, if there was any.
    pub fn on_money(&mut self, row: &TransactionRow) {
        let (Some(seller), Some(mo)) = (row.seller, row.mo) else { return };
        let profit = self.account(seller);
        profit.sales += 1;
        profit.costs += row.for_delivered(row.seller_cost);
        profit.as_seller += row.seller_payoff;
        self.account(mo).as_mo += row.mo_payoff;
    }

    /// The run is over, and the money of a sale is still put aside.
    pub fn on_undecided(&mut self, row: &TransactionRow) {
        if let Some(seller) = row.seller {
            self.account(seller).sales += 1;
        }
    }

    /// Leaves what was counted since it was `before`.
    pub fn forget(&mut self, before: &Self) {
        for (all, before) in self.0.iter_mut().zip(&before.0) {
            let Profit { sales, costs, as_seller, as_mo } = before;
            all.sales -= sales;
            all.costs -= costs;
            all.as_seller -= as_seller;
            all.as_mo -= as_mo;
        }
    }

    fn account(&mut self, account: Addr) -> &mut Profit {
        let place = account.0 as usize;
        if place >= self.0.len() {
            self.0.resize(place + 1, Profit::default());
        }
        &mut self.0[place]
    }

    fn sum(&self, host: u32, virtual_nodes: u32) -> Profit {
        let first = host as usize * virtual_nodes as usize;
        let accounts = self.0.iter().skip(first).take(virtual_nodes as usize);
        accounts.fold(Profit::default(), |sum, account| Profit {
            sales: sum.sales + account.sales,
            costs: sum.costs + account.costs,
            as_seller: sum.as_seller + account.as_seller,
            as_mo: sum.as_mo + account.as_mo,
        })
    }

    /// `incomes.csv`: a row a host.
    pub fn rows(&self, hosts: u32, endowments: &Endowments, rules: &Rules) -> Vec<IncomeRow> {
        let virtual_nodes = rules.overlay.virtual_nodes;
        let cost =
            |offer: Offer| (offer.capacity > 0).then(|| money(offer.cost, Volume::ONE, rules).0);
        let row = |host| {
            let endowment = endowments.of(host);
            let profit = self.sum(host, virtual_nodes);
            IncomeRow {
                node: Addr(host * virtual_nodes),
                character: endowment.character,
                cpu_cost: cost(endowment.cpu),
                storage_cost: cost(endowment.storage),
                sales: profit.sales,
                costs: profit.costs,
                seller_income: profit.as_seller,
                mo_income: profit.as_mo,
            }
        };
        (0..hosts).map(row).collect()
    }
}
