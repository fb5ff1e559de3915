//! What users have computed in a drawn scenario.

use super::Dice;

/// What users have computed, how it is run, and how compute nodes behave; each as it goes into the
/// scenario, and the task file that is submitted.
#[derive(Default)]
pub(super) struct Jobs {
    pub(super) tasks: String,
    pub(super) service: String,
    pub(super) compute: String,
    pub(super) file: String,
}

impl Jobs {
    pub(super) fn new(dice: &mut Dice, nodes: u64, names_platforms: bool) -> Self {
        let (least, most) = (dice.from(1, 20), dice.from(20, 60));
        let mut tasks = format!(
            ", tasks: {{ interval: {}s, arrivals: {}, users: {}, jobs: {}, sub_tasks: {}, \
             cycles: {{ model: uniform, min: {least}e9, max: {most}e9 }}, budget: {}, \
             programs: {}, code_bytes: {}, input_bytes: {}, output_bytes: {}, \
             checkpoint_bytes: {}, replicas: {}, verify: {}",
            dice.from(20, 120),
            dice.one_of(&["poisson", "fixed"]),
            dice.one_of(&["0.2", "0.5", "1"]),
            dice.from(1, 3),
            dice.one_of(&["1", "2", "{ model: uniform, min: 1, max: 5 }"]),
            dice.one_of(&["400", "400", "100", "{ model: uniform, min: 1, max: 300 }"]),
            dice.from(1, 4),
            dice.one_of(&["0", "1e5", "1e6", "{ model: uniform, min: 0, max: 1e7 }"]),
            dice.one_of(&["0", "1e5", "{ model: uniform, min: 0, max: 1e7 }"]),
            dice.one_of(&["0", "1e5", "{ model: uniform, min: 0, max: 1e7 }"]),
            dice.one_of(&["0", "1e5", "1e6", "1e7"]),
            dice.one_of(&[1, 1, 2, 3]),
            dice.one_of(&["none", "none", "known", "verifiable"]),
        );
        if dice.is(30) {
            tasks.push_str(&format!(", deadline: {}s", dice.from(10, 200)));
        }
        if names_platforms && dice.is(50) {
            tasks.push_str(", platforms: [one, two]");
        }
        tasks.push_str(" }");
        let mut file = String::new();
        if dice.is(40) {
            file = task_file(dice);
            let client = match dice.is(50) {
                true => format!(", client: {}", dice.below(nodes)),
                false => String::new(),
            };
            tasks.push_str(&format!(
                ", cycles_unit: 1e9, submit: [{{ file: job.xml, node: {}{client}, at: {}s, \
                 times: {}, every: {}s }}]",
                dice.below(nodes),
                dice.from(1, 200),
                dice.from(1, 4),
                dice.from(1, 60),
            ));
        }
        let compute = format!(
            "error_rate: {}, compute: {{ faulty: 0.{}, malicious: 0.{} }}",
            dice.one_of(&["1", "0.5", "0.05"]),
            dice.below(4),
            dice.below(4),
        );
        Self { tasks, service: service(dice, nodes), compute, file }
    }
}

/// A workflow, of sub-tasks that need each other's outputs.
fn task_file(dice: &mut Dice) -> String {
    let mut file = String::from("<TaskFile>\n");
    for nth in 0..dice.from(1, 6) {
        let cycles = dice.from(1, 40);
        file.push_str(&format!(
            "<SubTask><Id>s{nth}</Id><CpuCycles>{cycles}</CpuCycles><Price>300</Price>\
             <File>code{}</File><OutputBytes>{}</OutputBytes>",
            dice.below(3),
            dice.below(3) * 500_000,
        ));
        if nth > 0 && dice.is(70) {
            file.push_str(&format!("<DependsOn>s{}</DependsOn>", dice.below(nth)));
        }
        if dice.is(40) {
            file.push_str(&format!("<Replicas>{}</Replicas>", dice.from(1, 3)));
        }
        if dice.is(40) {
            let every = dice.one_of(&["5s", "young", "daly"]);
            file.push_str(&format!(
                "<CheckPointDataSize>{}</CheckPointDataSize>\
                 <CheckpointInterval>{every}</CheckpointInterval>",
                dice.from(1, 1_000_000),
            ));
        }
        if dice.is(30) {
            file.push_str("<InputFile name=\"data\" bytes=\"300000\"/>");
        }
        if dice.is(20) {
            file.push_str(&format!("<Deadline>{}s</Deadline>", dice.from(20, 300)));
        }
        file.push_str("</SubTask>\n");
    }
    file.push_str("</TaskFile>\n");
    file
}

/// How sub-tasks are run, and data is kept.
pub(super) fn service(dice: &mut Dice, nodes: u64) -> String {
    format!(
        "service: {{ target_runtime: {}s, deadline_share: 0.{}, hold_slack: {}, hold_extra: {}s, \
         sandbox: {}, heartbeat: {}s, parallel: {}, retry_pause: {}s, patience: {}s, \
         failures_max: {}, grace: {}s, checkpoint: {{ rule: {}, interval: {}s, mtbf: {}s, \
         blocking: {} }}, code: {}, code_server: {}, cache_bytes: {}, advertise_interval: {}s, \
         caught: 0.{}, check_share: 0.{}, corrupt_results: {}, \
         progress_interval: {} }}\n",
        dice.from(20, 90),
        dice.from(3, 9),
        dice.one_of(&["1", "1.5", "3"]),
        dice.from(0, 60),
        dice.one_of(&["1", "1", "1.2"]),
        dice.from(3, 30),
        dice.one_of(&[1, 2, 10, 1000]),
        dice.from(3, 20),
        dice.from(10, 150),
        dice.from(0, 5),
        dice.from(1, 60),
        dice.one_of(&["fixed", "young", "daly"]),
        dice.from(1, 20),
        dice.from(10, 1000),
        dice.is(50),
        dice.one_of(&["overlay", "overlay", "user", "server"]),
        dice.below(nodes),
        dice.one_of(&["1e3", "3e6", "1e9"]).parse::<f64>().expect("a number") as u64,
        dice.from(20, 300),
        dice.from(1, 9),
        dice.below(4),
        dice.one_of(&["0", "0", "0.1"]),
        dice.one_of(&["off", "10s"]),
    )
}

/// Data that users back up and files that they share, and whether anybody backs up.
pub(super) fn data(dice: &mut Dice) -> (String, bool) {
    let mut data = String::new();
    let backs_up = dice.is(15);
    if backs_up {
        data.push_str(&format!(
            ", backups: {{ users: {}, at: {{ model: uniform, min: 1s, max: {}s }}, bytes: {}, \
             replicas: {}, encrypted: {}, budget: {}, hold: {}s, lose_after: {}, \
             restore_after: {}s }}",
            dice.one_of(&["0.1", "0.5", "1"]),
            dice.from(10, 300),
            dice.one_of(&["1e5", "1e7", "{ model: uniform, min: 1, max: 3e7 }"]),
            dice.from(1, 4),
            dice.is(50),
            dice.one_of(&["1000", "100", "30"]),
            dice.one_of(&[60, 300, 86_400]),
            dice.one_of(&["off", "30s", "{ model: exponential, mean: 3min }"]),
            dice.from(1, 60),
        ));
    }
    if dice.is(15) {
        data.push_str(&format!(
            ", files: {{ shared: {}, bytes: {}, interval: {}s }}",
            dice.from(1, 4),
            dice.one_of(&["1e4", "1e6", "{ model: exponential, mean: 1e6 }"]),
            dice.from(20, 200),
        ));
    }
    (data, backs_up)
}
