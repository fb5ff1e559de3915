//! What can be wrong with what users have computed, and how.

use super::super::Scenario;
use super::Checks;
use compup2p_protocol::time::Span;

/// Most replicas of a sub-task.
const REPLICAS_MAX: u32 = 99;
/// Most that a factor may be.
const FACTOR_MAX: f64 = 1000.0;
/// Most sub-tasks of a job that is generated.
const SUB_TASKS_MAX: f64 = 1e6;
/// Most times that a task file is submitted.
const TIMES_MAX: u32 = 1_000_000;

pub(super) fn check(scenario: &Scenario, checks: &mut Checks) {
    service(scenario, checks);
    tasks(scenario, checks);
    submit(scenario, checks);
    log(scenario, checks);
    data(scenario, checks);
}

fn service(scenario: &Scenario, checks: &mut Checks) {
    let service = &scenario.service;
    for (field, span, example) in [
        ("target_runtime", service.target_runtime, "1h"),
        ("heartbeat", service.heartbeat, "30s"),
        ("retry_pause", service.retry_pause, "30s"),
        ("checkpoint.interval", service.checkpoint.interval, "10min"),
        ("checkpoint.mtbf", service.checkpoint.mtbf, "6h"),
        ("advertise_interval", service.advertise_interval, "30min"),
        ("backup.check_interval", service.backup.check_interval, "2min"),
        ("backup.repair_after", service.backup.repair_after, "10min"),
    ] {
        checks.positive(&format!("service.{field}"), span, example);
    }
    if let Some(interval) = service.progress_interval {
        checks.positive("service.progress_interval", interval, "5min, or off");
    }
    for (field, factor) in [("hold_slack", service.hold_slack), ("sandbox", service.sandbox)] {
        let is_factor = (1.0..=FACTOR_MAX).contains(&factor);
        let wants = format_args!("a factor from 1 to {FACTOR_MAX}");
        checks.want(is_factor, &format!("service.{field}"), wants);
    }
    let share = service.deadline_share;
    checks.want(share > 0.0 && share <= 1.0, "service.deadline_share", "a share above 0 to 1");
    for (field, share) in [
        ("service.storage_share", service.storage_share),
        ("service.caught", service.caught),
        ("service.corrupt_results", service.corrupt_results),
        ("behaviour.error_rate", scenario.behaviour.error_rate),
    ] {
        checks.want((0.0..=1.0).contains(&share), field, "a probability from 0 to 1");
    }
    let share = service.backup.renew_share;
    let wants = "a share above 0 to 0.5";
    checks.want(share > 0.0 && share <= 0.5, "service.backup.renew_share", wants);
    let overhead = service.backup.encryption_overhead;
    let is_share = (0.0..=FACTOR_MAX).contains(&overhead);
    let wants = format_args!("a share from 0 to {FACTOR_MAX}");
    checks.want(is_share, "service.backup.encryption_overhead", wants);
    let is_rate = service.backup.encryption_rate > 0;
    checks.want(is_rate, "service.backup.encryption_rate", "bytes a second, from 1 on");
    let share = service.check_share;
    let is_share = (0.0..=FACTOR_MAX).contains(&share);
    checks.want(is_share, "service.check_share", format_args!("a number from 0 to {FACTOR_MAX}"));
    checks.want(service.parallel > 0, "service.parallel", "a whole number from 1 on");
    let is_node = service.code_server == 0 || service.code_server < scenario.nodes;
    let wants = format!("a node below {}", scenario.nodes);
    checks.beside(is_node, "service.code_server", &["nodes"], wants);
}

fn tasks(scenario: &Scenario, checks: &mut Checks) {
    let tasks = &scenario.workload.tasks;
    let path = |field: &str| format!("workload.tasks.{field}");
    if let Some(interval) = tasks.interval {
        checks.positive(&path("interval"), interval, "10min, or off");
    }
    if let Some(deadline) = tasks.deadline {
        checks.positive(&path("deadline"), deadline, "2h");
    }
    checks.want((0.0..=1.0).contains(&tasks.users), &path("users"), "a share from 0 to 1");
    checks.want(tasks.programs > 0, &path("programs"), "a whole number from 1 on");
    for (field, refused) in [
        ("sub_tasks", tasks.sub_tasks.check()),
        ("cycles", tasks.cycles.check()),
        ("budget", tasks.budget.check()),
        ("code_bytes", tasks.code_bytes.check()),
        ("input_bytes", tasks.input_bytes.check()),
        ("output_bytes", tasks.output_bytes.check()),
        ("checkpoint_bytes", tasks.checkpoint_bytes.check()),
    ] {
        for refusal in refused {
            checks.whole(&path(field), &refusal.field, refusal.message);
        }
    }
    for (field, of, most) in [
        ("sub_tasks", &tasks.sub_tasks, SUB_TASKS_MAX),
        ("cycles", &tasks.cycles, 1e18),
        ("budget", &tasks.budget, 4e9),
    ] {
        let is_much = of.check().is_empty() && of.quantile(1.0 - 1e-9) > most;
        checks.want(!is_much, &path(field), format_args!("at most {most:e}"));
    }
    let replicas = u32::from(tasks.replicas);
    let wants = format_args!("a whole number from 1 to {REPLICAS_MAX}");
    checks.want((1..=REPLICAS_MAX).contains(&replicas), &path("replicas"), wants);
    let others = scenario.nodes.saturating_sub(1).max(1);
    let wants = format!("at most {others}: each is computed by another node than the user's");
    checks.beside(replicas <= others, &path("replicas"), &["nodes"], wants);
    checks.platforms(scenario, "workload.tasks.platforms", &tasks.platforms);
}

fn submit(scenario: &Scenario, checks: &mut Checks) {
    let unit = scenario.workload.cycles_unit;
    let is_unit = unit > 0.0 && unit <= 1e15;
    checks.want(is_unit, "workload.cycles_unit", "a number above 0 to 1e15 such as 1e6");
    for (nth, submission) in scenario.workload.submit.iter().enumerate() {
        let path = |field: &str| format!("workload.submit[{nth}].{field}");
        let client = submission.client.map(|client| ("client", client));
        for (field, node) in [("node", submission.node)].into_iter().chain(client) {
            let wants = format!("a node below {}", scenario.nodes);
            checks.beside(node == 0 || node < scenario.nodes, &path(field), &["nodes"], wants);
        }
        let is_some = (1..=TIMES_MAX).contains(&submission.times);
        let wants = format_args!("a whole number from 1 to {TIMES_MAX}");
        checks.want(is_some, &path("times"), wants);
        let is_apart = submission.times <= 1 || submission.every > Span::ZERO;
        checks.want(is_apart, &path("every"), "a positive duration, as it is submitted repeatedly");
    }
}

fn log(scenario: &Scenario, checks: &mut Checks) {
    let Some(log) = &scenario.workload.log else { return };
    let is_rate = log.reference >= 1.0 && log.reference <= 1e15;
    checks.want(is_rate, "workload.log.reference", "cycles a second, from 1 to 1e15, such as 1e9");
    let is_budget = log.budget > 0.0 && log.budget <= 4e9;
    checks.want(is_budget, "workload.log.budget", "credits, above 0 to 4e9");
}

fn data(scenario: &Scenario, checks: &mut Checks) {
    let (backups, files) = (&scenario.workload.backups, &scenario.workload.files);
    let path = |field: &str| format!("workload.backups.{field}");
    checks.want((0.0..=1.0).contains(&backups.users), &path("users"), "a share from 0 to 1");
    let replicas = u32::from(backups.replicas);
    let wants = format_args!("a whole number from 1 to {REPLICAS_MAX}");
    checks.want((1..=REPLICAS_MAX).contains(&replicas), &path("replicas"), wants);
    let lose_after = backups.lose_after.iter().map(|lose| ("lose_after", lose.check()));
    for (field, refused) in [
        ("at", backups.at.check()),
        ("bytes", backups.bytes.check()),
        ("budget", backups.budget.check()),
        ("hold", backups.hold.check()),
        ("restore_after", backups.restore_after.check()),
    ]
    .into_iter()
    .chain(lose_after)
    {
        for refusal in refused {
            checks.whole(&path(field), &refusal.field, refusal.message);
        }
    }
    for refusal in files.bytes.check() {
        checks.whole("workload.files.bytes", &refusal.field, refusal.message);
    }
    if let Some(interval) = files.interval {
        checks.positive("workload.files.interval", interval, "10min, or off");
        let wants = "at least 1, for others to download";
        checks.beside(files.shared > 0, "workload.files.shared", &["workload.files"], wants);
    }
}
