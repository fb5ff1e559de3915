//! What a scenario that reads well can still have wrong: values out of range, and values that do
//! not go together.

mod service;

use super::Scenario;
use compup2p_protocol::commodity::PLATFORMS_MAX;
use compup2p_protocol::id::BITS_MAX;
use compup2p_protocol::overlay::peer::{HOST_BITS, KIND_BITS};
use compup2p_protocol::policy::{DAY, Policy};
use compup2p_protocol::rules::{Allocation, Basis, Period, Scale, Scheme};
use compup2p_protocol::time::Span;
use std::fmt::Display;

/// Most nodes, virtual ones counted: addresses are that many.
pub(crate) const NODES_MAX: u64 = 1 << 29;
/// Most replicates.
const REPLICATES_MAX: u32 = 100_000;
/// Longest simulated time: simulated clocks must not overflow.
const DURATION_MAX: Span = Span::secs(100 * 365 * 86_400);
/// Most of what nodes count in a byte: tries, markets asked.
const COUNT_MAX: u32 = 255;
/// Most classes of nodes with a policy: a node keeps the number of its own in a byte.
const POLICIES_MAX: usize = 255;
/// Most credits that a run mints: half of what can be counted.
const CREDITS_MAX: f64 = 9e12;
/// Most hops that a lookup can count.
const HOPS_MAX: u32 = 255;

/// A field that is refused, with the fields on which that depends.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Refused {
    /// The field's path from the root.
    pub(crate) path: String,
    /// Other fields that were looked at; if one of them was not readable, this says nothing.
    pub(crate) beside: &'static [&'static str],
    /// What is wanted, or all the sentence after the path if a section's own check wrote it.
    pub(crate) message: Message,
}

/// How a refusal is worded.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Message {
    /// What is wanted; what was found is looked up.
    Wants(String),
    /// The sentence after the path.
    Whole(String),
}

/// Gathers what is refused.
#[derive(Default)]
struct Checks(Vec<Refused>);

impl Checks {
    fn want(&mut self, ok: bool, path: &str, wants: impl Display) {
        self.beside(ok, path, &[], wants);
    }

    fn beside(
        &mut self,
        ok: bool,
        path: &str,
        beside: &'static [&'static str],
        wants: impl Display,
    ) {
        if !ok {
            let message = Message::Wants(wants.to_string());
            self.0.push(Refused { path: path.to_owned(), beside, message });
        }
    }

    fn positive(&mut self, path: &str, span: Span, example: &str) {
        self.want(span > Span::ZERO, path, format_args!("a positive duration such as {example}"));
    }

    fn period(&mut self, path: &str, period: Period) {
        self.positive(&format!("{path}.min"), period.min, "15s");
        let wants = format!("at least {path}.min, {}", period.min);
        self.want(period.min <= period.max, &format!("{path}.max"), wants);
    }

    /// Platforms that a field names are those of the scenario.
    fn platforms(&mut self, scenario: &Scenario, path: &str, wanted: &[String]) {
        let names: Vec<&str> = scenario.platforms.iter().map(|p| p.name.as_str()).collect();
        for (nth, name) in wanted.iter().enumerate() {
            self.beside(
                names.contains(&name.as_str()),
                &format!("{path}[{nth}]"),
                &["platforms"],
                match names.is_empty() {
                    true => "a platform that platforms: names, which names none".to_owned(),
                    false => format!("one of platforms: {}", names.join(", ")),
                },
            );
        }
    }

    fn whole(&mut self, section: &str, field: &str, message: String) {
        let dot = if field.is_empty() || field.starts_with('[') { "" } else { "." };
        let path = format!("{section}{dot}{field}");
        self.0.push(Refused { path, beside: &[], message: Message::Whole(message) });
    }
}

/// Everything that is wrong with a scenario's values.
pub(crate) fn check(scenario: &Scenario) -> Vec<Refused> {
    let mut checks = Checks::default();
    general(scenario, &mut checks);
    overlay(scenario, &mut checks);
    market(scenario, &mut checks);
    pricing(scenario, &mut checks);
    machines(scenario, &mut checks);
    behaviour(scenario, &mut checks);
    workload(scenario, &mut checks);
    service::check(scenario, &mut checks);
    for refusal in scenario.capacity.check() {
        checks.whole("capacity", &refusal.field, refusal.message);
    }
    for refusal in scenario.cost.check() {
        checks.whole("cost", &refusal.field, refusal.message);
    }
    for complaint in scenario.owner_load.check() {
        checks.whole("owner_load", &complaint.field, complaint.message);
    }
    policies(&scenario.policies, &mut checks);
    for refusal in scenario.churn.check() {
        checks.whole("churn", &refusal.field, refusal.message);
    }
    for complaint in scenario.network.check() {
        checks.whole("network", &complaint.field, complaint.message);
    }
    for complaint in crate::faults::check(&scenario.faults) {
        checks.whole("faults", &complaint.field, complaint.message);
    }
    for (nth, fault) in scenario.faults.iter().enumerate() {
        let wants = format!("a time before the end of the run, {}", scenario.duration);
        let ok = fault.at < scenario.duration;
        checks.beside(ok, &format!("faults[{nth}].at"), &["duration"], wants);
    }
    for (nth, mechanism) in scenario.off.iter().enumerate() {
        let first = !scenario.off[..nth].contains(mechanism);
        checks.want(first, &format!("off[{nth}]"), "each mechanism once");
    }
    checks.0
}

fn general(scenario: &Scenario, checks: &mut Checks) {
    let named = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let name = &scenario.name;
    checks.want(
        name.len() <= 100 && name.chars().all(named) && !name.starts_with('.'),
        "name",
        "at most 100 letters, digits, -, _ and ., not beginning with a .",
    );
    let nodes = (1..=NODES_MAX).contains(&u64::from(scenario.nodes));
    checks.want(nodes, "nodes", format_args!("a whole number from 1 to {NODES_MAX}"));
    let replicates = (1..=REPLICATES_MAX).contains(&scenario.replicates);
    checks.want(
        replicates,
        "replicates",
        format_args!("a whole number from 1 to {REPLICATES_MAX}"),
    );
    if let Some(until) = &scenario.until {
        for (field, wants) in until.check(scenario.replicates) {
            checks.beside(false, &format!("until.{field}"), &["replicates"], wants);
        }
    }
    checks.positive("duration", scenario.duration, "30min");
    checks.want(scenario.duration <= DURATION_MAX, "duration", "at most 36500d");
    let wants = format!("less than the duration, {}", scenario.duration);
    let ok = scenario.duration == Span::ZERO || scenario.warmup < scenario.duration;
    checks.beside(ok, "warmup", &["duration"], wants);
    checks.want((0.0..=1.0).contains(&scenario.sellers), "sellers", "a share from 0 to 1");
    let wants = format!("at most the number of nodes, {}", scenario.nodes);
    let ok = scenario.dedicated_users <= scenario.nodes;
    checks.beside(ok, "dedicated_users", &["nodes"], wants);
    let error = (0.0..=10.0).contains(&scenario.capacity_error);
    checks.want(error, "capacity_error", "a number from 0 to 10");
    checks.positive("record.timeseries", scenario.record.timeseries, "30s");
    checks.positive("admin.keepalive", scenario.admin.keepalive, "5min");
    checks.positive("admin.reservation", scenario.admin.reservation, "30min");
    checks.positive("admin.income_period", scenario.admin.income_period, "1h");
    money(scenario, checks);
}

/// All money there can be is counted in 64 bits.
fn money(scenario: &Scenario, checks: &mut Checks) {
    let admin = &scenario.admin;
    let nodes = f64::from(scenario.nodes);
    let granted = nodes * f64::from(admin.initial_balance);
    let periods = (scenario.duration.as_secs() / admin.income_period.as_secs().max(1e-9)).ceil();
    let earned = nodes * f64::from(admin.income) * periods;
    let beside = &["nodes", "duration", "admin.income_period", "admin.initial_balance"];
    let wants = format_args!("less: all accounts together hold at most {CREDITS_MAX:e} credits");
    checks.beside(granted <= CREDITS_MAX, "admin.initial_balance", &["nodes"], wants);
    let is_counted = admin.income_period == Span::ZERO || periods <= f64::from(u32::MAX - 1);
    checks.beside(is_counted, "admin.income_period", &["duration"], "less than 2^32 periods");
    let ok = !is_counted || granted > CREDITS_MAX || granted + earned <= CREDITS_MAX;
    checks.beside(ok, "admin.income", beside, wants);
}

fn overlay(scenario: &Scenario, checks: &mut Checks) {
    let overlay = &scenario.overlay;
    let bits = (1..=BITS_MAX).contains(&overlay.bits);
    checks.want(bits, "overlay.bits", format_args!("a whole number from 1 to {BITS_MAX}"));
    checks.want(overlay.virtual_nodes > 0, "overlay.virtual_nodes", "at least 1");
    let members = u64::from(scenario.nodes) * u64::from(overlay.virtual_nodes);
    checks.beside(
        members <= NODES_MAX || u64::from(scenario.nodes) > NODES_MAX,
        "overlay.virtual_nodes",
        &["nodes"],
        format_args!("at most {NODES_MAX} nodes times virtual_nodes"),
    );
    let needed = members.max(1).next_power_of_two().ilog2();
    checks.beside(
        !bits || overlay.bits >= needed,
        "overlay.bits",
        &["nodes", "overlay.virtual_nodes"],
        format_args!("at least {needed}, for {members} nodes with identifiers of their own"),
    );
    if let Some(successors) = overlay.successors {
        let most = scenario.nodes.saturating_sub(1).max(1);
        checks.beside(
            (1..=most).contains(&successors),
            "overlay.successors",
            &["nodes"],
            format_args!("from 1 to nodes - 1, {most}"),
        );
    }
    checks.period("overlay.stabilize", overlay.stabilize);
    if let Some(period) = overlay.fix_fingers {
        checks.period("overlay.fix_fingers", period);
    }
    if let Some(period) = overlay.check_predecessor {
        checks.period("overlay.check_predecessor", period);
    }
    let counted = |count: u32| (1..=COUNT_MAX).contains(&count);
    let wants = format!("a whole number from 1 to {COUNT_MAX}");
    checks.want(counted(overlay.attempts), "overlay.attempts", &wants);
    let wants = format!("at most {COUNT_MAX}");
    checks.want(overlay.retries <= COUNT_MAX, "overlay.retries", &wants);
    checks.positive("overlay.rpc_timeout", overlay.rpc_timeout, "500ms");
    checks.positive("overlay.rejoin_interval", overlay.rejoin_interval, "10min");
    let hops = (1..=HOPS_MAX).contains(&overlay.hops_max);
    checks.want(hops, "overlay.hops_max", format_args!("a whole number from 1 to {HOPS_MAX}"));
}

fn market(scenario: &Scenario, checks: &mut Checks) {
    let market = &scenario.market;
    checks.want(market.width > 0, "market.width", "at least 1 cycle a second");
    checks.want(market.storage_width > 0, "market.storage_width", "at least 1 byte");
    let bits = (1..=63).contains(&market.value_bits);
    checks.want(bits, "market.value_bits", "a whole number from 1 to 63");
    let most = 64 - HOST_BITS - KIND_BITS;
    checks.beside(
        !bits || market.value_bits <= most,
        "market.value_bits",
        &[],
        format_args!("at most {most}: the others tell kinds of resources and hosts apart"),
    );
    let scaled = market.scheme == Scheme::SingleOverlay && market.scale == Scale::Full;
    checks.beside(
        !bits || !scaled || market.value_bits <= scenario.overlay.bits,
        "market.value_bits",
        &["overlay.bits", "market.scheme", "market.scale"],
        format_args!("at most overlay.bits, {}, to be scaled", scenario.overlay.bits),
    );
    checks.beside(
        !bits || market.width >> market.value_bits == 0,
        "market.width",
        &["market.value_bits"],
        format_args!("less than 2^value_bits, {}", 1u64 << market.value_bits.min(63)),
    );
    checks.beside(
        !bits || market.storage_width >> market.value_bits == 0,
        "market.storage_width",
        &["market.value_bits"],
        format_args!("less than 2^value_bits, {}", 1u64 << market.value_bits.min(63)),
    );
    checks.positive("market.relist_interval", market.relist_interval, "60s");
    checks.positive("market.listing_ttl", market.listing_ttl, "120s");
    checks.beside(
        market.listing_ttl == Span::ZERO || market.listing_ttl >= market.relist_interval,
        "market.listing_ttl",
        &["market.relist_interval"],
        format_args!("at least relist_interval, {}, or listings lapse", market.relist_interval),
    );
    checks.positive("market.find_seller_timeout", market.find_seller_timeout, "10s");
    let counted = |count: u32| (1..=COUNT_MAX).contains(&count);
    let wants = format!("a whole number from 1 to {COUNT_MAX}");
    checks.want(counted(market.max_attempts), "market.max_attempts", &wants);
    checks.want(counted(market.pings_max), "market.pings_max", &wants);
}

fn policies(policies: &[Policy], checks: &mut Checks) {
    let wants = format!("at most {POLICIES_MAX} classes");
    checks.want(policies.len() <= POLICIES_MAX, "policies", wants);
    let mut taken = 0.0;
    for (nth, policy) in policies.iter().enumerate() {
        let field = |field: &str| format!("policies[{nth}].{field}");
        let share = (0.0..=1.0).contains(&policy.share);
        checks.want(share, &field("share"), "a share from 0 to 1");
        let left = 1.0 - taken;
        // Shares that are written to add up to 1 may come out a little above.
        let fits = !share || taken > 1.0 || policy.share <= left + 1e-9;
        let left = libm::round(left * 1e9) / 1e9;
        let wants = format!("at most {left}: all classes together are at most all nodes");
        checks.beside(fits, &field("share"), &["policies"], wants);
        taken += policy.share.clamp(0.0, 1.0);
        let max_load = (0.0..=1.0).contains(&policy.max_load);
        checks.want(max_load, &field("max_load"), "a share from 0 to 1");
        if let Some(hours) = policy.hours {
            checks.want(hours.from < DAY, &field("hours.from"), "a time of day before 24h");
            checks.want(hours.to <= DAY, &field("hours.to"), "a time of day, at most 24h");
            let wants = "another time than from, or leave hours out";
            checks.want(hours.from != hours.to, &field("hours.to"), wants);
        }
        if let Some(most) = policy.max_run_time {
            checks.positive(&field("max_run_time"), most, "1h, or off");
        }
    }
}

fn pricing(scenario: &Scenario, checks: &mut Checks) {
    let pricing = &scenario.pricing;
    let micro = pricing.tick * 1e6;
    let is_whole = (1.0..=1e6).contains(&micro) && libm::round(1e6 / micro) * micro == 1e6;
    checks.want(
        is_whole && libm::round(micro) == micro,
        "pricing.tick",
        "1 or a part of it such as 0.5, 0.01, 0.000001",
    );
    let share = (0.0..=0.999999).contains(&pricing.commission);
    checks.want(share, "pricing.commission", "a share from 0 to 0.999999");
    let countable = libm::floor(f64::from(u32::MAX) * pricing.tick);
    let wants = format!("at most {countable} credits, or a coarser pricing.tick");
    for (field, credits) in [
        ("pricing.listing_fee", pricing.listing_fee),
        ("pricing.delta", pricing.delta),
        ("pricing.price_cap", pricing.price_cap),
        ("behaviour.cartel_price", scenario.behaviour.cartel_price),
    ] {
        let ok = !is_whole || f64::from(credits) <= countable;
        checks.beside(ok, field, &["pricing.tick"], &wants);
    }
    let workload = &scenario.workload;
    for (field, credits) in [
        ("cost", &scenario.cost),
        ("storage_cost", &scenario.storage_cost),
        ("workload.purchases.budget", &workload.purchases.budget),
        ("workload.storage.budget", &workload.storage.budget),
    ] {
        let most = credits.quantile(1.0 - 1e-9);
        let ok = !is_whole || !credits.check().is_empty() || most <= countable;
        checks.beside(ok, field, &["pricing.tick"], &wants);
    }
    let is_all = scenario.market.allocation == Allocation::Whole;
    checks.beside(
        !is_all || pricing.basis == Basis::PerTransaction,
        "market.allocation",
        &["pricing.basis"],
        "requested with pricing.basis: per_gigacycle, as a buyer knows what it pays for",
    );
}

fn machines(scenario: &Scenario, checks: &mut Checks) {
    for (field, refused) in
        [("storage", scenario.storage.check()), ("storage_cost", scenario.storage_cost.check())]
    {
        for refusal in refused {
            checks.whole(field, &refusal.field, refusal.message);
        }
    }
    let platforms = &scenario.platforms;
    let most = usize::from(PLATFORMS_MAX);
    checks.want(platforms.len() <= most, "platforms", format_args!("at most {most} of them"));
    for (nth, platform) in platforms.iter().enumerate() {
        let is_first = platforms[..nth].iter().all(|other| other.name != platform.name);
        let path = format!("platforms[{nth}].name");
        checks.want(is_first && !platform.name.is_empty(), &path, "a name of its own");
        let is_number = platform.share > 0.0 && platform.share <= 1e9;
        checks.want(is_number, &format!("platforms[{nth}].share"), "a number above 0");
    }
}

fn behaviour(scenario: &Scenario, checks: &mut Checks) {
    for (role, shares) in scenario.behaviour.shares() {
        let is_share = |share: f64| (0.0..=1.0).contains(&share);
        let path = |name: &str| format!("behaviour.{role}.{name}");
        for (name, share) in &shares {
            checks.want(is_share(*share), &path(name), "a share from 0 to 1");
        }
        let sum: f64 = shares.iter().map(|(_, share)| share).sum();
        let largest = shares.iter().max_by(|one, other| one.1.total_cmp(&other.1));
        if let Some((name, _)) = largest.filter(|_| shares.iter().all(|(_, s)| is_share(*s))) {
            let wants = format_args!("shares of behaviour.{role} that add up to 1 at most");
            checks.want(sum <= 1.0 + 1e-9, &path(name), wants);
        }
    }
    for refusal in scenario.behaviour.misreport.check() {
        checks.whole("behaviour.misreport", &refusal.field, refusal.message);
    }
    let most = scenario.behaviour.misreport.quantile(1.0 - 1e-12);
    let wants = "at most 1: no more than a whole marginal cost";
    checks.want(most.is_nan() || most <= 1.0, "behaviour.misreport", wants);
}

fn workload(scenario: &Scenario, checks: &mut Checks) {
    let workload = &scenario.workload;
    if let Some(interval) = workload.lookups.interval {
        checks.positive("workload.lookups.interval", interval, "60s, or off");
    }
    if let Some(interval) = workload.purchases.interval {
        checks.positive("workload.purchases.interval", interval, "10min, or off");
    }
    for refusal in workload.purchases.amount.check() {
        checks.whole("workload.purchases.amount", &refusal.field, refusal.message);
    }
    for refusal in workload.purchases.hold.check() {
        checks.whole("workload.purchases.hold", &refusal.field, refusal.message);
    }
    for refusal in workload.purchases.budget.check() {
        checks.whole("workload.purchases.budget", &refusal.field, refusal.message);
    }
    checks.platforms(scenario, "workload.purchases.platforms", &workload.purchases.platforms);
    let storage = &workload.storage;
    if let Some(interval) = storage.interval {
        checks.positive("workload.storage.interval", interval, "10min, or off");
    }
    for (field, refused) in [
        ("amount", storage.amount.check()),
        ("budget", storage.budget.check()),
        ("hold", storage.hold.check()),
    ] {
        for refusal in refused {
            let section = format!("workload.storage.{field}");
            checks.whole(&section, &refusal.field, refusal.message);
        }
    }
    if let Some(stop_at) = workload.stop_at {
        let wants = format!("at most the duration, {}", scenario.duration);
        checks.beside(stop_at <= scenario.duration, "workload.stop_at", &["duration"], wants);
    }
}
