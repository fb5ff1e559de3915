//! Drawing what a folder of results has data for.

use compup2p_analysis::{Context, Failures, Options, draw_all};
use compup2p_engine::trial::Trial;
use compup2p_protocol::rules::{Basis, CheckpointRule, OverlayKind, PricingRule, Scheme};
use std::path::Path;

/// Draws into `plots/` of the folder.
pub(crate) fn draw(folder: &Path, trial: &Trial, png: bool) -> Result<(), String> {
    let scenario = &trial.scenario;
    let context = Context {
        scenario: scenario.name.clone(),
        nodes: scenario.nodes.into(),
        overlay: match scenario.overlay.kind {
            OverlayKind::Chord => "chord",
        }
        .to_owned(),
        market_scheme: match scenario.market.scheme {
            Scheme::SingleOverlay => "single_overlay",
            Scheme::ProcessorOverlay => "processor_overlay",
            Scheme::Naive => "naive",
        }
        .to_owned(),
        pricing_rule: match scenario.pricing.rule {
            PricingRule::Vickrey => "vickrey",
            PricingRule::Commission => "commission",
            PricingRule::VickreyCommission => "vickrey_commission",
            PricingRule::MaxMin => "max_min",
            PricingRule::PostedPrices => "posted_prices",
        }
        .to_owned(),
        delta_credits: scenario.pricing.delta.into(),
        prices_are_per_sale: scenario.pricing.basis == Basis::PerTransaction,
        seed: trial.seed,
        failures: failures(trial),
        swept: scenario.sweep.paths().map(str::to_owned).collect(),
    };
    draw_all(folder, &context, Options { png }).map(drop).map_err(|error| error.to_string())
}

/// What the service layer does about failures, as theory wants it said.
fn failures(trial: &Trial) -> Failures {
    let scenario = &trial.scenario;
    let (service, overlay) = (&scenario.service, &scenario.overlay);
    // A node fails in the middle between two heartbeats, on average; then it is asked in vain.
    let silence = overlay.rpc_timeout.as_secs() * f64::from(overlay.attempts);
    Failures {
        rule: match service.checkpoint.rule {
            CheckpointRule::Fixed => "fixed",
            CheckpointRule::Young => "young",
            CheckpointRule::Daly => "daly",
        }
        .to_owned(),
        interval_s: service.checkpoint.interval.as_secs(),
        detection_s: service.heartbeat.as_secs() / 2.0 + silence,
    }
}
