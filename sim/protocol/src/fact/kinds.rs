//! The kinds of facts.

use super::Fact;

macro_rules! kinds {
    ($($place:literal $name:literal $fact:pat,)*) => {
        /// The kinds of facts, in the order of [`Fact::kind`].
        pub const FACTS: [&str; [$($place),*].len()] = [$($name),*];

        impl Fact {
            /// The place of its kind in [`FACTS`].
            pub fn kind(&self) -> usize {
                match self {
                    $($fact => $place,)*
                }
            }
        }
    };
}

kinds! {
    0 "lookup" Self::Lookup(_),
    1 "joined" Self::Joined,
    2 "join_failed" Self::JoinFailed,
    3 "successors_lost" Self::SuccessorsLost(_),
    4 "hops_exhausted" Self::HopsExhausted(_),
    5 "market_opened" Self::MarketOpened(_),
    6 "market_closed" Self::MarketClosed(_),
    7 "listed" Self::Listed { .. },
    8 "delisted" Self::Delisted(_),
    9 "purged" Self::Purged { .. },
    10 "handed_over" Self::HandedOver { .. },
    11 "stale_seller_pinged" Self::StaleSellerPinged(_),
    12 "late_listing_used" Self::LateListingUsed(_),
    13 "request_served" Self::RequestServed { .. },
    14 "named" Self::Named { .. },
    15 "sale_refused" Self::SaleRefused { .. },
    16 "sold" Self::Sold { .. },
    17 "freed" Self::Freed { .. },
    18 "offers" Self::Offers { .. },
    19 "paid" Self::Paid { .. },
    20 "returned" Self::Returned { .. },
    21 "purchase_accepted" Self::PurchaseAccepted(_),
    22 "purchase_ended" Self::PurchaseEnded(_),
    23 "ordered" Self::Ordered(_),
    24 "task_ready" Self::TaskReady { .. },
    25 "run_started" Self::RunStarted { .. },
    26 "run_ended" Self::RunEnded { .. },
    27 "checkpointed" Self::Checkpointed { .. },
    28 "suspended" Self::Suspended { .. },
    29 "resumed" Self::Resumed { .. },
    30 "replica_failed" Self::ReplicaFailed { .. },
    31 "wrong_result" Self::WrongResult { .. },
    32 "task_ended" Self::TaskEnded(_),
    33 "job_ended" Self::JobEnded { .. },
    34 "notified" Self::Notified { .. },
    35 "file_got" Self::FileGot { .. },
    36 "progressed" Self::Progressed { .. },
    37 "backed_up" Self::BackedUp { .. },
    38 "copy_stored" Self::CopyStored { .. },
    39 "copy_lost" Self::CopyLost { .. },
    40 "repair_began" Self::RepairBegan { .. },
    41 "copy_repaired" Self::CopyRepaired { .. },
    42 "restored" Self::Restored { .. },
    43 "restore_failed" Self::RestoreFailed { .. },
    44 "backup_failed" Self::BackupFailed { .. },
    45 "downloaded" Self::Downloaded { .. },
    46 "download_failed" Self::DownloadFailed { .. },
}
