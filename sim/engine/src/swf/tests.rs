use super::*;
use crate::churn::trace::FAULTS_MAX;
use crate::gzip::packed;
use proptest::prelude::*;

const LOG: &str = "\
; Version: 2.2
; Computer: A small one in Universit\u{e4}t
; MaxJobs: 6
;MaxProcs: 128 (some of them old)
; MaxNodes: many
; UnixStartTime: 749458803
; Note: MaxProcs: no header
    1    0  -1 1451 128 -1 -1  -1   -1   -1 -1  1 1 -1 -1 -1 -1 -1
    2   10   5  2.5  -1 0.7 3 32  600 1024  1 17 1 -1 -1 -1  1 30
    3   10  -1   -1  -1 -1 -1  -1   -1   -1  5  1 1 -1 -1 -1 -1 -1

    4   11  -1    0   8 -1 -1   8   -1   -1  0  1 1 -1 -1 -1 -1 -1
    9   12  -1    5  -1 -1 -1  -1   -1   -1  0  1 1 -1 -1 -1 -1 -1
   10   12  -1    5   0 -1 -1   8   -1   -1  0  1 1 -1 -1 -1 -1 -1
";

fn told(text: &str) -> Vec<String> {
    SwfLog::parse("x.swf", text.as_bytes()).unwrap_err().iter().map(Fault::to_string).collect()
}

#[test]
fn a_log_is_read_with_its_header_and_what_is_not_known_is_none() {
    let log = SwfLog::parse("x.swf", LOG.as_bytes()).unwrap();
    assert_eq!(
        log.header,
        SwfHeader {
            max_jobs: Some(6),
            max_nodes: None,
            max_procs: Some(128),
            unix_start_time: Some(749_458_803),
        }
    );
    let first = SwfJob {
        number: 1,
        submit: Span::ZERO,
        run_time: Span::secs(1451),
        processors: 128,
        requested_time: None,
        requested_memory: None,
        user: Some(1),
        status: -1,
        preceding: None,
        think: None,
    };
    let second = SwfJob {
        number: 2,
        submit: Span::secs(10),
        run_time: Span::millis(2500),
        processors: 32,
        requested_time: Some(Span::secs(600)),
        requested_memory: Some(1024),
        user: Some(17),
        status: 1,
        preceding: Some(1),
        think: Some(Span::secs(30)),
    };
    assert_eq!(log.jobs, [first, second]);
}

#[test]
fn jobs_that_cannot_be_run_again_are_counted_by_reason() {
    let log = SwfLog::parse("x.swf", LOG.as_bytes()).unwrap();
    let skipped: Vec<_> =
        log.skipped.iter().map(|one| (one.reason.name(), one.count, one.first.clone())).collect();
    assert_eq!(
        skipped,
        [
            ("run_time_unknown", 1, vec![3]),
            ("run_time_zero", 1, vec![4]),
            ("processors_unknown", 1, vec![9]),
            ("processors_zero", 1, vec![10]),
        ]
    );
    let again = LOG.lines().last().unwrap();
    let many = format!("{LOG}{}", format!("{again}\n").repeat(7));
    let log = SwfLog::parse("x.swf", many.as_bytes()).unwrap();
    assert_eq!((log.skipped[3].count, log.skipped[3].first.len()), (8, FIRST_MAX));
}

#[test]
fn every_reason_has_its_own_place() {
    for (place, reason) in SkipReason::ALL.into_iter().enumerate() {
        assert_eq!(reason as usize, place, "{}", reason.name());
    }
}

#[test]
fn a_log_may_be_packed_and_its_comments_in_any_encoding() {
    let plain = SwfLog::parse("x.swf", LOG.as_bytes());
    assert_eq!(SwfLog::parse("x.swf.gz", &packed(LOG.as_bytes())), plain);
    let latin = LOG.chars().map(|c| c as u32 as u8).collect::<Vec<_>>();
    assert_eq!(SwfLog::parse("x.swf", &latin), plain);
    assert_eq!(SwfLog::parse("x.swf", format!("\u{feff}{LOG}").as_bytes()), plain);
    assert_eq!(SwfLog::parse("x.swf", LOG.replace('\n', "\r\n").as_bytes()), plain);
}

#[test]
fn every_fault_is_told_with_its_place() {
    let text = "\
1 5 -1 9 1 -1 -1 -1 -1 -1 -1 1 1 -1 -1 -1 -1
1 5 -1 9 1 -1 -1 -1 -1 -1 -1 1 1 -1 -1 -1 -1 -1 7
-1 -1 -1 9 1 -1 -1 -1 -1 -1 -1 1 1 -1 -1 -1 -1 -1
1 5 x -2 1000001 nan -3 1.5 3155760001 -1 -1 1 1 -1 -1 -1 -1 inf
2 4 -1 9 1 -1 -1 -1 -1 -1 -1 1 1 -1 -1 -1 -1 -1
";
    let seconds = "wants seconds up to 3155760000 (100 years), or -1 if not known";
    let processors = "wants a whole number up to 1000000, or -1 if not known";
    let number = "wants a number, or -1 if not known";
    assert_eq!(
        told(text),
        [
            "x.swf:1:45: 17 fields, wants 18 numbers".to_owned(),
            "x.swf:2:49: 19 fields, wants 18 numbers".to_owned(),
            "x.swf:3:1: job number is -1, wants a number that is known".to_owned(),
            "x.swf:3:4: submit time is -1, wants a number that is known".to_owned(),
            format!("x.swf:4:5: wait time is \"x\", {number}"),
            format!("x.swf:4:7: run time is \"-2\", {seconds}"),
            format!("x.swf:4:10: allocated processors is \"1000001\", {processors}"),
            format!("x.swf:4:18: average processor time is \"nan\", {number}"),
            format!("x.swf:4:22: used memory is \"-3\", {number}"),
            format!("x.swf:4:25: requested processors is \"1.5\", {processors}"),
            format!("x.swf:4:29: requested time is \"3155760001\", {seconds}"),
            format!("x.swf:4:62: think time is \"inf\", {seconds}"),
            "x.swf:5:3: submit time is \"4\", wants 5 s or later, as the line before".to_owned(),
        ]
    );
}

#[test]
fn a_log_without_a_job_to_run_is_refused() {
    let wants = "wants at least one line of 18 numbers with a run time and processors";
    assert_eq!(told("; MaxJobs: 0\n\n"), [format!("x.swf:1:1: there is no job, {wants}")]);
    let row = LOG.lines().last().unwrap();
    assert_eq!(
        told(&format!("{row}\n{row}\n")),
        [format!("x.swf:1:1: none of the 2 jobs can be run, {wants}")]
    );
}

#[test]
fn after_twenty_faults_reading_stops() {
    assert_eq!(told(&"1 2 3\n".repeat(1000)).len(), FAULTS_MAX + 1);
}

proptest! {
    #[test]
    fn nothing_makes_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = SwfLog::parse("x.swf", &bytes);
        let _ = SwfLog::parse("x.swf.gz", &bytes);
    }

    #[test]
    fn a_log_with_pieces_replaced_is_read_or_refused(
        edits in prop::collection::vec(
            (any::<prop::sample::Index>(), 0usize..8, "[-0-9.;: \nexé\u{fffd}]{0,6}"), 0..6)
    ) {
        let mut text = LOG.to_owned();
        for (at, cut, put) in edits {
            let mut chars: Vec<char> = text.chars().collect();
            let at = at.index(chars.len() + 1);
            let end = (at + cut).min(chars.len());
            chars.splice(at..end, put.chars());
            text = chars.into_iter().collect();
        }
        match SwfLog::parse("x.swf", text.as_bytes()) {
            Ok(log) => {
                prop_assert!(log.jobs.is_sorted_by_key(|job| job.submit));
                prop_assert!(log.jobs.iter().all(|job| job.run_time > Span::ZERO));
                prop_assert!(log.jobs.iter().all(|job| job.processors > 0));
            }
            Err(faults) => prop_assert!(!faults.is_empty() && faults.len() <= FAULTS_MAX + 1),
        }
    }
}
