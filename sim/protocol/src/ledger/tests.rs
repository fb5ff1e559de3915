use super::*;
use proptest::prelude::*;

const BUYER: Addr = Addr(0);
const SELLER: Addr = Addr(1);
const MO: Addr = Addr(2);

fn ledger() -> Ledger {
    let mut ledger = Ledger::default();
    for account in [BUYER, SELLER, MO] {
        ledger.open(account, Credits::whole(100), 0);
    }
    ledger
}

/// A deal with `SELLER` at `MO`, of which the market owner gets one credit.
fn deal(attempt: u8, total: u32) -> Deal {
    let (seller_payoff, mo_payoff) = (Credits::whole(total - 1), Credits::whole(1));
    Deal { purchase: 7, attempt, seller: SELLER, mo: MO, seller_payoff, mo_payoff }
}

#[test]
fn a_sale_pays_the_seller_and_the_market_owner() {
    let mut ledger = ledger();
    assert_eq!(ledger.reserve(BUYER, deal(1, 30)), Ok(Escrow::Reserved));
    assert_eq!(ledger.escrow(), Credits::whole(30));
    assert_eq!(ledger.settle(7, BUYER, WHOLE).unwrap().0, Escrow::Settled);
    assert_eq!(ledger.balance(BUYER), Credits::whole(70));
    assert_eq!(ledger.balance(SELLER), Credits::whole(129));
    assert_eq!(ledger.balance(MO), Credits::whole(101));
    assert!(ledger.is_conserved());
}

#[test]
fn a_share_of_a_sale_pays_the_seller_in_part_and_the_market_owner_whole() {
    let mut ledger = ledger();
    ledger.reserve(BUYER, deal(1, 31)).unwrap();
    ledger.settle(7, BUYER, WHOLE / 3).unwrap();
    assert_eq!(ledger.balance(SELLER), Credits(109_999_990));
    assert_eq!(ledger.balance(MO), Credits::whole(101));
    assert_eq!(ledger.balance(BUYER), Credits(89_000_010));
    assert!(ledger.is_conserved());
}

#[test]
fn a_seller_that_delivered_is_paid_when_the_time_is_over_whatever_the_buyer_says() {
    let mut ledger = ledger();
    ledger.reserve(BUYER, deal(1, 30)).unwrap();
    assert_eq!(ledger.file(7, MO, WHOLE), Err(Refusal::Unknown));
    assert_eq!(ledger.file(7, SELLER, WHOLE), Ok(Escrow::Reserved));
    assert_eq!(ledger.refund(7, BUYER, false), Err(Refusal::Delivered));
    let (before, payment) = ledger.expire(7).unwrap();
    assert_eq!((before, payment.unwrap().seller_payoff), (Escrow::Reserved, Credits::whole(29)));
    assert_eq!(ledger.balance(SELLER), Credits::whole(129));
    assert_eq!(ledger.expire(7), Some((Escrow::Settled, None)));
}

#[test]
fn without_a_receipt_the_buyer_has_its_money_back_when_the_time_is_over() {
    let mut ledger = ledger();
    ledger.reserve(BUYER, deal(1, 30)).unwrap();
    assert_eq!(ledger.expire(7), Some((Escrow::Reserved, None)));
    assert_eq!(ledger.file(7, SELLER, WHOLE), Ok(Escrow::Expired));
    assert_eq!(ledger.balance(BUYER), Credits::whole(100));
    assert!(ledger.is_conserved());
}

#[test]
fn a_receipt_of_an_earlier_attempt_says_nothing_of_a_later_one() {
    let mut ledger = ledger();
    ledger.reserve(BUYER, deal(1, 30)).unwrap();
    ledger.file(7, SELLER, WHOLE).unwrap();
    ledger.reserve(BUYER, Deal { seller: MO, ..deal(2, 40) }).unwrap();
    assert_eq!(ledger.file(7, SELLER, WHOLE), Err(Refusal::Unknown));
    assert_eq!(ledger.refund(7, BUYER, false), Ok(Escrow::Refunded));
}

#[test]
fn an_account_earns_once_for_each_period() {
    let mut ledger = ledger();
    for period in [2, 2, 3] {
        ledger.earn(BUYER, Credits::whole(5), period);
    }
    assert_eq!(ledger.balance(BUYER), Credits::whole(115));
    assert_eq!(ledger.incomes(), 3);
    assert!(ledger.is_conserved());
}

#[test]
fn money_that_is_made_or_lost_on_the_way_is_missed() {
    let mut robbed = ledger();
    robbed.accounts[0].balance = Credits::whole(99);
    assert!(!robbed.is_conserved());
    let mut leaking = ledger();
    leaking.reserve(BUYER, deal(1, 30)).unwrap();
    leaking.escrow = Credits::ZERO;
    leaking.accounts[0].balance = Credits::whole(100);
    assert!(!leaking.is_conserved());
}

#[test]
fn nobody_reserves_what_it_does_not_have() {
    let mut ledger = ledger();
    let refused = ledger.reserve(BUYER, deal(1, 101));
    assert_eq!(refused, Err(Refusal::InsufficientFunds));
    assert_eq!(ledger.settle(7, BUYER, WHOLE), Err(Refusal::Unknown));
}

#[test]
fn a_later_attempt_replaces_an_earlier_and_not_the_other_way_round() {
    let mut ledger = ledger();
    for (attempt, total) in [(1, 60), (2, 90), (1, 60), (2, 90)] {
        let _ = ledger.reserve(BUYER, deal(attempt, total));
    }
    assert_eq!(ledger.escrow(), Credits::whole(90));
    assert_eq!(ledger.balance(BUYER), Credits::whole(10));
}

#[test]
fn a_reservation_that_comes_after_its_refund_puts_nothing_aside() {
    let mut ledger = ledger();
    assert_eq!(ledger.refund(7, BUYER, false), Ok(Escrow::Refunded));
    assert_eq!(ledger.reserve(BUYER, deal(1, 30)), Ok(Escrow::Refunded));
    assert_eq!(ledger.escrow(), Credits::ZERO);
}

#[test]
fn nobody_but_the_buyer_settles_or_refunds() {
    let mut ledger = ledger();
    ledger.reserve(BUYER, deal(1, 30)).unwrap();
    assert_eq!(ledger.settle(7, SELLER, WHOLE), Err(Refusal::Unknown));
    assert_eq!(ledger.refund(7, SELLER, false), Err(Refusal::Unknown));
    assert_eq!(ledger.escrow(), Credits::whole(30));
}

/// What can be asked of a ledger.
#[derive(Clone, Debug)]
enum Ask {
    Reserve { buyer: u32, deal: Deal },
    Settle { purchase: u32, buyer: u32, share: u32 },
    File { purchase: u32, seller: u32, share: u32 },
    Refund { purchase: u32, buyer: u32 },
    Expire { purchase: u32 },
}

fn asks() -> impl Strategy<Value = Ask> {
    let (purchase, who, money) = (0..4u32, 0..3u32, 0..90_000_000u64);
    let share = prop_oneof![Just(0), Just(WHOLE), 0..WHOLE];
    let parties = (who.clone(), who.clone(), who.clone());
    let deals = (purchase.clone(), 0..4u8, parties, money.clone(), money).prop_map(
        |(purchase, attempt, (buyer, seller, mo), seller_payoff, mo_payoff)| Ask::Reserve {
            buyer,
            deal: Deal {
                purchase,
                attempt,
                seller: Addr(seller),
                mo: Addr(mo),
                seller_payoff: Credits(seller_payoff),
                mo_payoff: Credits(mo_payoff),
            },
        },
    );
    prop_oneof![
        deals,
        (purchase.clone(), who.clone(), share.clone())
            .prop_map(|(purchase, buyer, share)| Ask::Settle { purchase, buyer, share }),
        (purchase.clone(), who.clone(), share).prop_map(|(purchase, seller, share)| Ask::File {
            purchase,
            seller,
            share
        }),
        (purchase.clone(), who).prop_map(|(purchase, buyer)| Ask::Refund { purchase, buyer }),
        purchase.prop_map(|purchase| Ask::Expire { purchase }),
    ]
}

fn put(ledger: &mut Ledger, ask: &Ask) -> Option<Result<Escrow, Refusal>> {
    match *ask {
        Ask::Reserve { buyer, deal } => Some(ledger.reserve(Addr(buyer), deal)),
        Ask::Settle { purchase, buyer, share } => {
            Some(ledger.settle(purchase, Addr(buyer), share).map(|(state, _)| state))
        }
        Ask::File { purchase, seller, share } => Some(ledger.file(purchase, Addr(seller), share)),
        Ask::Refund { purchase, buyer } => Some(ledger.refund(purchase, Addr(buyer), false)),
        Ask::Expire { purchase } => ledger.expire(purchase).map(|(state, _)| Ok(state)),
    }
}

proptest! {
    #[test]
    fn money_is_never_made_or_lost(asks in proptest::collection::vec(asks(), 0..60)) {
        let mut ledger = ledger();
        for ask in &asks {
            put(&mut ledger, ask);
            prop_assert!(ledger.is_conserved());
            prop_assert_eq!(ledger.minted(), Credits::whole(300));
        }
    }

    #[test]
    fn what_is_asked_twice_happens_once(asks in proptest::collection::vec(asks(), 0..60)) {
        let (mut once, mut twice) = (ledger(), ledger());
        for ask in &asks {
            let first = put(&mut once, ask);
            prop_assert_eq!(first, put(&mut twice, ask));
            put(&mut twice, ask);
            for account in [BUYER, SELLER, MO] {
                prop_assert_eq!(once.balance(account), twice.balance(account));
            }
        }
    }
}
