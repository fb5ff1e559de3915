//! What users have computed, said wrongly: in the scenario, in task files, in logs.

use super::Case;

pub(super) const JOBS: &[Case] = &[
    (
        "service: { hold_slack: 0.5 }",
        &["s.yaml:1:12: service.hold_slack is 0.5, wants a factor from 1 to 1000"],
    ),
    (
        "service: { caught: 1.5, deadline_share: 0, parallel: 0, checkpoint: { interval: 0s } }",
        &[
            "s.yaml:1:12: service.caught is 1.5, wants a probability from 0 to 1",
            "s.yaml:1:25: service.deadline_share is 0, wants a share above 0 to 1",
            "s.yaml:1:44: service.parallel is 0, wants a whole number from 1 on",
            "s.yaml:1:71: service.checkpoint.interval is \"0s\", wants a positive duration such as 10min",
        ],
    ),
    (
        "service: { checkpoint: { rule: yung } }",
        &[
            "s.yaml:1:26: service.checkpoint.rule is \"yung\", wants fixed, young or daly (did you mean young?)",
        ],
    ),
    (
        "nodes: 5\nservice: { code_server: 5 }",
        &["s.yaml:2:12: service.code_server is 5, wants a node below 5"],
    ),
    (
        "behaviour: { error_rate: 2, compute: { faulty: 0.6, malicious: 0.5 } }",
        &[
            "s.yaml:1:14: behaviour.error_rate is 2, wants a probability from 0 to 1",
            "s.yaml:1:40: behaviour.compute.faulty is 0.6, wants shares of behaviour.compute that add up to 1 at most",
        ],
    ),
    (
        "nodes: 3\ndedicated_users: 1\nworkload: { tasks: { interval: 1h, replicas: 3 } }",
        &[
            "s.yaml:3:36: workload.tasks.replicas is 3, wants at most 2: each is computed by a node of its own",
        ],
    ),
    (
        "workload: { tasks: { replicas: 0, users: -1, programs: 0, platforms: [vax] } }",
        &[
            "s.yaml:1:22: workload.tasks.replicas is 0, wants a whole number from 1 to 99",
            "s.yaml:1:35: workload.tasks.users is -1, wants a share from 0 to 1",
            "s.yaml:1:46: workload.tasks.programs is 0, wants a whole number from 1 on",
            "s.yaml:1:71: workload.tasks.platforms[0] is \"vax\", wants a platform that platforms: names, which names none",
        ],
    ),
    (
        "workload: { tasks: { cycles: { model: constant, value: 1e30 } } }",
        &["s.yaml:1:22: workload.tasks.cycles is a map, wants at most 1e18"],
    ),
    (
        "workload: { tasks: { verify: maybe } }",
        &["s.yaml:1:22: workload.tasks.verify is \"maybe\", wants none, known or verifiable"],
    ),
    (
        "workload: { submit: [{ file: nowhere.xml }] }",
        &[
            "s.yaml:1:24: workload.submit[0].file is \"nowhere.xml\", wants a file: it does not exist",
        ],
    ),
    (
        "nodes: 5\nworkload: { submit: [{ file: good.xml, node: 7, times: 2 }] }",
        &[
            "s.yaml:2:22: workload.submit[0].every is \"0s\" by default, wants a positive duration, as it is submitted repeatedly",
            "s.yaml:2:40: workload.submit[0].node is 7, wants a node below 5",
        ],
    ),
    (
        "nodes: 2\nworkload: { submit: [{ file: good.xml }] }",
        &["good.xml:1:1: Replicas is 3, wants at most 2: each is computed by a node of its own"],
    ),
    (
        "workload: { submit: [{ file: bad.xml }] }",
        &[
            "bad.xml:2:3: SubTask has no Price, wants it",
            "bad.xml:3:16: CpuCycles is \"many\", wants a number of cycles, more than 0, up to 1e18",
            "bad.xml:4:5: SubTask.Prize is unknown, did you mean Price?",
        ],
    ),
    (
        "workload: { submit: [{ file: bomb.xml }] }",
        &[
            "bomb.xml:2:1: a DOCTYPE stands here, wants a file without it: its entities could grow beyond all bounds",
        ],
    ),
    ("workload: { log: { file: bad.swf } }", &["bad.swf:3:12: 5 fields, wants 18 numbers"]),
    (
        "workload: { log: { file: bad.swf, reference: 0, budget: -1 } }",
        &[
            "s.yaml:1:35: workload.log.reference is 0, wants cycles a second, from 1 to 1e15, such as 1e9",
            "s.yaml:1:49: workload.log.budget is -1, wants credits, above 0 to 4e9",
            "bad.swf:3:12: 5 fields, wants 18 numbers",
        ],
    ),
    (
        "faults: [{ at: 1min, kind: malicious, share: 0 }]",
        &[
            "s.yaml:1:39: faults[0].share is \"0\", wants a number above 0 and at most 1 such as 0.2",
        ],
    ),
];

/// Files that the cases name.
pub(super) fn file(name: &str) -> Option<&'static str> {
    Some(match name {
        "good.xml" => {
            "<TaskFile><SubTask><CpuCycles>1000</CpuCycles><Price>9</Price><File>a</File>\
             <Replicas>3</Replicas></SubTask></TaskFile>"
        }
        "bad.xml" => {
            "<TaskFile>\n  <SubTask>\n    <CpuCycles>many</CpuCycles>\n    <Prize>5</Prize>\n    \
             <File>a</File>\n    <Platform>vax</Platform>\n  </SubTask>\n</TaskFile>\n"
        }
        "bomb.xml" => {
            "<?xml version=\"1.0\"?>\n<!DOCTYPE a [<!ENTITY b \"bb\"><!ENTITY c \"&b;&b;\">]>\n\
             <TaskFile>&c;</TaskFile>"
        }
        "bad.swf" => "; a log\n1 0 1 10 4 -1 -1 4 -1 -1 1 1 1 1 -1 -1 -1 -1\n2 5 1 ten 4\n",
        _ => return None,
    })
}
