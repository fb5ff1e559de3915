use super::*;

fn seconds(trace: &Trace, who: u32) -> Vec<(f64, f64)> {
    trace.sessions_of(who).map(|(start, stop)| (start.as_secs(), stop.as_secs())).collect()
}

fn avt(text: &str) -> Trace {
    parse_avt("a.avt", text).unwrap()
}

fn told(read: Result<Trace, Vec<Fault>>) -> Vec<String> {
    read.unwrap_err().iter().map(Fault::to_string).collect()
}

#[test]
fn an_avt_line_is_a_node_with_its_sessions() {
    let trace = avt("a\t2\t 10 20.5 30 40\n\nb 1 0 1e2\r\nc 0\n");
    assert_eq!((trace.rows(), trace.sessions(), trace.length()), (3, 3, Span::secs(100)));
    assert_eq!(seconds(&trace, 0), [(10.0, 20.5), (30.0, 40.0)]);
    assert_eq!(seconds(&trace, 1), [(0.0, 100.0)]);
    assert_eq!(seconds(&trace, 2), []);
    assert_eq!(seconds(&trace, 3), seconds(&trace, 0), "node i follows row i modulo the rows");
}

#[test]
fn a_csv_line_is_a_session_and_rows_stand_as_nodes_are_first_named() {
    let text = "node,start_s,stop_s\nz, 30, 40\na,0,5\nz,10,20.5\n\n";
    let trace = parse_sessions_csv("s.csv", text).unwrap();
    assert_eq!(trace, avt("z 2 10 20.5 30 40\na 1 0 5"));
}

#[test]
fn sessions_are_sorted_those_that_touch_are_one_and_empty_ones_are_none() {
    let trace = avt("a 6 50 60 10 20 20 30 15 18 70 70 25 31");
    assert_eq!(seconds(&trace, 0), [(10.0, 31.0), (50.0, 60.0)]);
}

#[test]
fn every_fault_of_an_avt_is_told_with_its_place() {
    let text = "a 1 5 4\n\
        b\n\
        c 2 1 2\n\
        a 1 1 2\n\
        é one 1 2\n\
        e 1 -1 inf\n\
        f 2 NaN 1 3155760001 4 5\n\
        g 1 1 two_and_a_half_seconds_and_some_more_that_do_not_fit\n";
    assert_eq!(
        told(parse_avt("t.avt", text)),
        [
            "t.avt:1:7: stop is \"4\", wants a time not before start, \"5\"",
            "t.avt:2:2: node \"b\" ends here, wants its number of sessions",
            "t.avt:3:3: n is \"2\", wants 1, the pairs of start and stop after it",
            "t.avt:4:1: node \"a\" is on line 1 too, wants one line a node",
            "t.avt:5:3: n is \"one\", wants 1, the pairs of start and stop after it",
            "t.avt:6:5: start is \"-1\", wants a number of seconds from 0 to 3155760000 \
             (100 years)",
            "t.avt:6:8: stop is \"inf\", wants a number of seconds from 0 to 3155760000 \
             (100 years)",
            "t.avt:7:5: start is \"NaN\", wants a number of seconds from 0 to 3155760000 \
             (100 years)",
            "t.avt:7:11: start is \"3155760001\", wants a number of seconds from 0 to 3155760000 \
             (100 years)",
            "t.avt:7:25: start \"5\" is the last, wants a stop after it",
            "t.avt:8:7: stop is \"two_and_a_half_seconds_and_some_more_tha...\", wants a number of \
             seconds from 0 to 3155760000 (100 years)",
        ]
    );
}

#[test]
fn every_fault_of_a_csv_is_told_with_its_place() {
    let text = "node;start;stop\na,1\n,1,2\nb,2,1\nc,1,2,3\nd, 0x5,\n";
    let wants = "wants a number of seconds from 0 to 3155760000 (100 years)";
    assert_eq!(
        told(parse_sessions_csv("s.csv", text)),
        [
            "s.csv:1:1: the first line is \"node;start;stop\", wants node,start_s,stop_s".into(),
            "s.csv:2:1: 2 fields, wants 3: node,start_s,stop_s".into(),
            "s.csv:3:1: node is \"\", wants a name".into(),
            "s.csv:4:5: stop is \"1\", wants a time not before start, \"2\"".into(),
            "s.csv:5:1: 4 fields, wants 3: node,start_s,stop_s".into(),
            format!("s.csv:6:4: start is \"0x5\", {wants}"),
            format!("s.csv:6:8: stop is \"\", {wants}"),
        ]
    );
}

#[test]
fn a_trace_in_which_nobody_is_ever_up_is_refused() {
    let message = "t.avt:1:1: no node is ever up, wants at least one line: id n start stop ...";
    for text in ["", "\n\n", "a 0\n", "a 1 5 5\n"] {
        assert_eq!(told(parse_avt("t.avt", text)), [message], "{text:?}");
    }
    for text in ["node,start_s,stop_s\n", "node,start_s,stop_s\na,3,3\n"] {
        assert_eq!(
            told(parse_sessions_csv("s.csv", text)),
            ["s.csv:1:1: no node is ever up, wants at least one line node,start_s,stop_s below"]
        );
    }
}

#[test]
fn after_twenty_faults_reading_stops_and_says_so() {
    let bad_lines = "x\n".repeat(1000);
    let one_bad_line = format!("x 500 {}", "a b ".repeat(500));
    for text in [bad_lines, one_bad_line] {
        let told = told(parse_avt("t.avt", &text));
        assert_eq!(told.len(), FAULTS_MAX + 1);
        assert!(told[20].ends_with("20 faults so far; what follows was not read"));
    }
}

#[test]
fn the_name_says_the_format_and_bytes_that_are_no_text_are_refused() {
    assert_eq!(Trace::parse("x/A.AVT", "\u{feff}a 1 0 5".as_bytes()), Ok(avt("a 1 0 5")));
    assert_eq!(Trace::parse("a.csv", b"node,start_s,stop_s\na,0,5"), Ok(avt("a 1 0 5")));
    assert_eq!(
        told(Trace::parse("a.avt", b"a 1 0 5\nb\xff 1 0 5")),
        ["a.avt:2:2: what follows is not UTF-8 text, wants a trace in plain text"]
    );
    assert_eq!(
        told(Trace::parse("a.txt", b"")),
        ["a.txt:1:1: the name ends in \".txt\", wants .avt (id n start stop ...) or .csv \
          (node,start_s,stop_s)"]
    );
}

/// The times at which `who` changes, in seconds.
fn changes(trace: &Trace, who: u32, repeats: bool) -> Vec<f64> {
    let changes = (0..7).map_while(|nth| trace.change(who, nth, repeats));
    changes.map(Span::as_secs).collect()
}

#[test]
fn changes_follow_the_row_and_end_with_it() {
    let trace = avt("a 2 0 10 20 30\nb 1 5 50\nc 0");
    assert!(trace.starts_up(0) && !trace.starts_up(1) && !trace.starts_up(2));
    assert_eq!(changes(&trace, 0, false), [10.0, 20.0, 30.0]);
    assert_eq!(changes(&trace, 1, false), [5.0, 50.0]);
    assert_eq!(changes(&trace, 2, false), [0.0; 0]);
}

#[test]
fn a_repeated_trace_has_no_change_at_the_seam_where_its_node_is_up_on_both_sides() {
    let trace = avt("a 2 0 10 20 30\nb 1 5 50\nc 0\nd 2 0 10 40 50\ne 1 0 50");
    assert_eq!(changes(&trace, 0, true), [10.0, 20.0, 30.0, 50.0, 60.0, 70.0, 80.0]);
    assert_eq!(changes(&trace, 1, true), [5.0, 50.0, 55.0, 100.0, 105.0, 150.0, 155.0]);
    assert_eq!(changes(&trace, 2, true), [0.0; 0]);
    assert_eq!(changes(&trace, 3, true), [10.0, 40.0, 60.0, 90.0, 110.0, 140.0, 160.0]);
    assert_eq!(changes(&trace, 4, true), [0.0; 0]);
    assert_eq!(trace.change(0, u64::MAX / 2, true), None, "beyond all time is never");
}
