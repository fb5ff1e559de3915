use super::*;
use crate::churn::trace::FAULTS_MAX;
use proptest::prelude::*;
use proptest::sample::Index;

/// CompuP2P, Fig. 7, as it is printed.
const FIG_7: &str = "<?xml version=\"1.0\" ?>
<TaskFile>
  <SubTask>
    <CpuCycles>1000</CpuCycles>
    <CheckPointDataSize>0</CheckPointDataSize>
    <Price>234</Price>
    <File>job.exe</File>
    <InputParameters>
      <Count>2</Count>
      <Param>3</Param>
      <Param>4</Param>
    </InputParameters>
    <OutputFiles>
      <Count>1</Count>
      <OutputFile>joboutput.out</OutputFile>
    </OutputFiles>
  </SubTask>
</TaskFile>
";

/// With everything that is ours.
const FULL: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<!-- Three sub-tasks -->
<TaskFile>
<SubTask>
  <Id>join</Id> <DependsOn>left right</DependsOn> <DependsOn>left</DependsOn>
  <CpuCycles>1.5e9</CpuCycles> <Price>0.5</Price> <File>a&amp;b&#x2e;exe</File>
  <CheckPointDataSize>4096</CheckPointDataSize>
  <Deadline>1h30min</Deadline> <Replicas>3</Replicas> <Verify>known</Verify>
  <Platform>linux</Platform> <Platform>plan9</Platform>
  <CheckpointInterval>young</CheckpointInterval>
  <InputFile name="a.dat" bytes="12"/>
  <InputFile><Name>b.dat</Name><Bytes>0</Bytes></InputFile>
  <InputFile name='c &lt; d'><Bytes>7</Bytes></InputFile>
  <CodeBytes>1000</CodeBytes> <OutputBytes>2000</OutputBytes>
</SubTask>
<SubTask><Id>left</Id><CpuCycles>1</CpuCycles><Price>1</Price><File>l</File>
  <Verify>none</Verify><CheckpointInterval>10min</CheckpointInterval>
  <InputParameters><Param/><Param> two <![CDATA[<words>]]> </Param></InputParameters></SubTask>
<SubTask><Id>right</Id><CpuCycles>1</CpuCycles><Price>1</Price><File>r</File>
  <Verify>verifiable</Verify><CheckpointInterval>daly</CheckpointInterval></SubTask>
</TaskFile>
"#;

fn read(text: &str) -> Vec<SubTaskElement> {
    TaskFile::parse("t.xml", text.as_bytes()).unwrap().sub_tasks
}

fn strings(faults: Vec<Fault>) -> Vec<String> {
    faults.iter().map(ToString::to_string).collect()
}

fn told(text: &str) -> Vec<String> {
    strings(TaskFile::parse("t.xml", text.as_bytes()).unwrap_err())
}

/// A file of sub-tasks that need nothing, each with `more` elements.
fn with(more: &[&str]) -> String {
    let task = |more: &&str| {
        format!("<SubTask><CpuCycles>1</CpuCycles><Price>1</Price><File>f</File>{more}</SubTask>\n")
    };
    format!("<TaskFile>\n{}</TaskFile>", more.iter().map(task).collect::<String>())
}

/// The column at which what is added by [`with`] begins.
const MORE: usize = 64;

fn plain() -> SubTaskElement {
    read(&with(&[""])).remove(0)
}

#[test]
fn the_task_file_of_the_paper_loads_as_it_is() {
    let sub_task = SubTaskElement {
        line: 3,
        cycles: 1000.0,
        price: 234.0,
        code: "job.exe".to_owned(),
        params: vec!["3".to_owned(), "4".to_owned()],
        outputs: vec!["joboutput.out".to_owned()],
        ..plain()
    };
    assert_eq!(read(FIG_7), [sub_task]);
}

#[test]
fn white_space_before_a_pasted_file_does_no_harm() {
    for before in ["\n", " \r\n\t", "\u{feff}"] {
        let lines = before.matches('\n').count();
        let mut sub_tasks = read(&format!("{before}{FIG_7}"));
        assert_eq!(sub_tasks[0].line, 3 + lines);
        sub_tasks[0].line = 3;
        assert_eq!(sub_tasks, read(FIG_7));
    }
    assert_eq!(read(&FIG_7.replace('\n', "\r\n")), read(FIG_7));
}

#[test]
fn what_is_ours_is_read_too() {
    let sub_tasks = read(FULL);
    let file = |name: &str, bytes| InputFile { name: name.to_owned(), bytes };
    let join = SubTaskElement {
        line: 4,
        id: Some("join".to_owned()),
        after: vec![1, 2],
        cycles: 1.5e9,
        checkpoint_bytes: 4096,
        price: 0.5,
        code: "a&b.exe".to_owned(),
        deadline: Some(Span::secs(5400)),
        replicas: Some(3),
        verify: Some(Verify::Known),
        platforms: vec!["linux".to_owned(), "plan9".to_owned()],
        checkpoint_interval: Some(Interval::Young),
        inputs: vec![file("a.dat", 12), file("b.dat", 0), file("c < d", 7)],
        code_bytes: Some(1000),
        output_bytes: Some(2000),
        ..plain()
    };
    assert_eq!(sub_tasks[0], join);
    let left = &sub_tasks[1];
    assert_eq!(left.params, ["", "two <words>"]);
    assert_eq!(left.verify, Some(Verify::None));
    assert_eq!(left.checkpoint_interval, Some(Interval::Fixed(Span::secs(600))));
    assert_eq!(sub_tasks[2].verify, Some(Verify::Verifiable));
    assert_eq!(sub_tasks[2].checkpoint_interval, Some(Interval::Daly));
    assert_eq!(sub_tasks.iter().map(|one| one.line).collect::<Vec<_>>(), [4, 16, 19]);
}

#[test]
fn every_fault_is_told_with_its_place() {
    let text = "<TaskFile name=\"x\">
  <SubTask>
    <CpuCycles> 0 </CpuCycles>
    <CpuCycles>5</CpuCycles>
    <Prise>5</Prise>
    <CheckPointDataSize>1e3</CheckPointDataSize>
    <OutputFiles> <Count>2</Count> <OutputFile/> </OutputFiles>
    <InputFile nam=\"x\" bytes=\"-1\"/>
    é <deadline>0s</deadline>
  </SubTask>
  <SubTsk><CpuCycles>x</CpuCycles></SubTsk>
  <SubTask>
    <CpuCycles>inf</CpuCycles><Price>4000000001</Price><File><b>f</b></File>
    <Deadline>0s</Deadline><Replicas>100</Replicas><Verify>knwon</Verify>
    <CheckpointInterval>Young</CheckpointInterval><Platform></Platform>
  </SubTask>
</TaskFile>";
    let size = "wants a whole number of bytes up to 1000000000000000";
    assert_eq!(
        told(text),
        [
            "t.xml:1:11: TaskFile.name is unknown, wants nothing of the kind here".to_owned(),
            "t.xml:2:3: SubTask has no Price, wants it".to_owned(),
            "t.xml:2:3: SubTask has no File, wants it".to_owned(),
            "t.xml:3:17: CpuCycles is \"0\", wants a number of cycles, more than 0, up to 1e18"
                .to_owned(),
            "t.xml:4:5: CpuCycles is on line 3 too, wants one a SubTask".to_owned(),
            "t.xml:5:5: SubTask.Prise is unknown, did you mean Price?".to_owned(),
            format!("t.xml:6:25: CheckPointDataSize is \"1e3\", {size}"),
            "t.xml:7:26: Count is \"2\", wants 1, the number of OutputFile beside it".to_owned(),
            "t.xml:7:49: OutputFile is \"\", wants a name".to_owned(),
            "t.xml:8:5: InputFile has no Name, wants it".to_owned(),
            "t.xml:8:16: InputFile.nam is unknown, did you mean name?".to_owned(),
            format!("t.xml:8:31: Bytes is \"-1\", {size}"),
            "t.xml:9:5: \"é\" stands in SubTask, wants elements only".to_owned(),
            "t.xml:9:7: SubTask.deadline is unknown, did you mean Deadline?".to_owned(),
            "t.xml:11:3: TaskFile.SubTsk is unknown, did you mean SubTask?".to_owned(),
            "t.xml:13:16: CpuCycles is \"inf\", wants a number of cycles, more than 0, up to 1e18"
                .to_owned(),
            "t.xml:13:38: Price is \"4000000001\", wants a number of credits, more than 0, up to \
             4e9"
            .to_owned(),
            "t.xml:13:62: \"b\" stands in File, wants text only".to_owned(),
            "t.xml:14:15: Deadline is \"0s\", wants a duration such as 30min".to_owned(),
            "t.xml:14:38: Replicas is \"100\", wants a whole number from 1 to 99".to_owned(),
            "t.xml:14:38: 20 faults so far; what follows was not read".to_owned(),
        ]
    );
}

#[test]
fn what_a_value_may_be_is_told() {
    for (element, message) in [
        ("<Replicas>100</Replicas>", "Replicas is \"100\", wants a whole number from 1 to 99"),
        ("<Replicas>0</Replicas>", "Replicas is \"0\", wants a whole number from 1 to 99"),
        (
            "<Verify>knwon</Verify>",
            "Verify is \"knwon\", wants none, known or verifiable (did you mean known?)",
        ),
        (
            "<CheckpointInterval>1</CheckpointInterval>",
            "CheckpointInterval is \"1\", wants a duration such as 30min, young or daly",
        ),
        ("<Platform></Platform>", "Platform is \"\", wants a name"),
        ("<Id>a b</Id>", "Id is \"a b\", wants a name without spaces"),
        ("<DependsOn></DependsOn>", "DependsOn is \"\", wants the Id of another SubTask"),
    ] {
        let column = MORE + element.find('>').unwrap() + 1;
        assert_eq!(told(&with(&[element])), [format!("t.xml:2:{column}: {message}")]);
    }
    for (element, message) in [
        (
            "<InputFile name=\"a\" bytes=\"1\"><Name>b</Name></InputFile>",
            "t.xml:2:94: Name is there twice, wants one",
        ),
        (
            "<InputFile name=\"a\" name=\"b\" bytes=\"1\"/>",
            "t.xml:2:84: InputFile.name is there twice, wants one",
        ),
        (
            "<InputFile name=\"&x;\" bytes=\"1\"/>",
            "t.xml:2:81: name has an unknown or unfinished reference in it, wants &lt; &gt; &amp; \
             &apos; &quot; or a character such as &#65;",
        ),
        ("<Id a=1>x</Id>", "t.xml:2:64: \"a=1\" are no attributes, wants name=\"text\""),
        (
            "<InputParameters><Count>1</Count><Count>1</Count><Param>x</Param></InputParameters>",
            "t.xml:2:97: Count is on line 2 too, wants one",
        ),
    ] {
        assert_eq!(told(&with(&[element])), [message]);
    }
}

#[test]
fn texts_have_a_length() {
    let platform = |length| format!("<Platform>{}</Platform>", "x".repeat(length));
    assert_eq!(read(&with(&[&platform(TEXT_MAX)]))[0].platforms[0].len(), TEXT_MAX);
    assert_eq!(
        told(&with(&[&platform(TEXT_MAX + 1)])),
        ["t.xml:2:74: Platform has 4097 bytes of text, wants at most 4096"]
    );
}

#[test]
fn what_is_not_well_formed_is_refused_at_its_place() {
    let amp = "wants &lt; &gt; &amp; &apos; &quot; or a character such as &#65;";
    for (text, message) in [
        ("", "1:1: there is no element, wants <TaskFile>".to_owned()),
        (" \n ", "2:2: there is no element, wants <TaskFile>".to_owned()),
        ("# tasks", "1:1: \"# tasks\" begins the file, wants <TaskFile>".to_owned()),
        (
            "<taskfile/>",
            "1:1: the root is \"taskfile\", wants <TaskFile> (did you mean TaskFile?)".to_owned(),
        ),
        ("<TaskFile/>", "1:1: TaskFile has no SubTask, wants at least one".to_owned()),
        (
            "<TaskFile>\n <SubTask>\n </TaskFile>",
            "3:2: the end tag is \"TaskFile\", wants \"SubTask\"".to_owned(),
        ),
        (
            "<TaskFile></TaskFile>\n</a>",
            "2:1: the end tag is \"a\", wants a start tag before it".to_owned(),
        ),
        (
            "<TaskFile>\n<SubTask>\n<Price>5",
            "3:9: the file ends in \"Price\" of line 3, wants its end tag".to_owned(),
        ),
        (
            "<TaskFile></TaskFile>\n<TaskFile/>",
            "2:1: \"TaskFile\" follows the root, wants the end of the file".to_owned(),
        ),
        (
            "<TaskFile></TaskFile>\n more",
            "2:2: \"more\" follows the root, wants the end of the file".to_owned(),
        ),
        (
            "<TaskFile>\n <SubTask",
            "2:2: tag not closed: `>` not found before end of input, wants well-formed XML"
                .to_owned(),
        ),
        (
            "<TaskFile>\n<?xml version=\"1.0\"?></TaskFile>",
            "2:1: an XML declaration stands here, wants it once, before everything else".to_owned(),
        ),
        (
            "<TaskFile>\u{1}</TaskFile>",
            "1:11: the character U+0001 stands here, wants none such in XML".to_owned(),
        ),
        (
            "\u{feff}\u{feff}<TaskFile/>",
            "1:1: the character U+FEFF stands here, wants none such in XML".to_owned(),
        ),
        (
            "<TaskFile><SubTask><File>a & b</File>",
            "1:28: \"&\" is followed by no name and \";\", wants &amp; for the sign itself"
                .to_owned(),
        ),
    ] {
        assert_eq!(told(text), [format!("t.xml:{message}")], "{text}");
    }
    let file = |text: &str| FIG_7.replace("job.exe", text);
    for (text, message) in [
        ("a&nbsp;", format!("7:12: &nbsp; is unknown, {amp}")),
        ("&#0;", "7:11: &#0; is no character, wants one that XML allows, such as &#65;".to_owned()),
        (
            "&#xD800;",
            "7:11: &#xD800; is no character, wants one that XML allows, such as &#65;".to_owned(),
        ),
    ] {
        assert_eq!(told(&file(text))[0], format!("t.xml:{message}"));
    }
    assert_eq!(
        told(&FIG_7.replace("version=\"1.0\" ", "version=\"3\" encoding=\"latin-1\"")),
        [
            "t.xml:1:1: the version of XML is \"3\", wants 1.0",
            "t.xml:1:1: the encoding is \"latin-1\", wants UTF-8"
        ]
    );
    assert_eq!(
        strings(TaskFile::parse("t.xml", b"<TaskFile>\n \xff").unwrap_err()),
        ["t.xml:2:2: what follows is not UTF-8 text, wants a task file in XML, encoded in UTF-8"]
    );
}

#[test]
fn entities_that_grow_are_refused() {
    let bomb = "<?xml version=\"1.0\"?>
<!DOCTYPE TaskFile [<!ENTITY a \"aaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]>
<TaskFile>&b;</TaskFile>";
    let wants = "a DOCTYPE stands here, wants a file without it: its entities could grow beyond \
                 all bounds";
    assert_eq!(told(bomb), [format!("t.xml:2:1: {wants}")]);
    for text in ["<!DOCTYPE", "<!doctype TaskFile>", "<!DOCTYPE x [<!ENTITY"] {
        assert_eq!(told(text), [format!("t.xml:1:1: {wants}")], "{text}");
    }
}

#[test]
fn elements_do_not_stand_endlessly_deep() {
    let told = told(&format!("<TaskFile>{}", "<SubTask>".repeat(100_000)));
    assert_eq!(
        told.last().unwrap(),
        "t.xml:1:290: elements stand deeper in one another than 32, wants SubTask in TaskFile"
    );
}

#[test]
fn dependencies_are_places_in_the_file() {
    let file = with(&[
        "<DependsOn>c\n b</DependsOn><DependsOn>b</DependsOn>",
        "<Id>b</Id>",
        "<Id>c</Id><DependsOn>b</DependsOn>",
    ]);
    let after: Vec<_> = read(&file).into_iter().map(|sub_task| sub_task.after).collect();
    assert_eq!(after, [vec![1, 2], vec![], vec![1]]);
}

#[test]
fn ids_are_there_once_and_known() {
    assert_eq!(
        told(&with(&["<Id>left</Id>", "<Id>left</Id><DependsOn>left lfet</DependsOn>"])),
        [
            "t.xml:3:68: Id \"left\" is that of the SubTask on line 2 too, wants one of its own",
            "t.xml:3:88: DependsOn is \"lfet\", wants the Id of a SubTask (did you mean left?)",
        ]
    );
}

#[test]
fn a_cycle_is_told_by_its_ids_in_order() {
    let on = |id: &str, ids: &str| format!("<Id>{id}</Id><DependsOn>{ids}</DependsOn>");
    let tasks = [
        "<DependsOn>a</DependsOn>".to_owned(),
        on("a", "b"),
        on("c", "d a"),
        on("b", "d c"),
        "<Id>d</Id>".to_owned(),
        on("e", "e"),
        on("f", "a e g"),
        on("g", "d"),
    ];
    let tasks: Vec<&str> = tasks.iter().map(String::as_str).collect();
    assert_eq!(
        told(&with(&tasks)),
        [
            "t.xml:3:85: DependsOn makes a cycle: \"a\" after \"b\" after \"c\" after \"a\", wants \
             none",
            "t.xml:7:85: DependsOn makes a cycle: \"e\" after \"e\", wants none",
        ]
    );
    let ring: Vec<String> =
        (0..5000).map(|place| on(&place.to_string(), &((place + 1) % 5000).to_string())).collect();
    let ring: Vec<&str> = ring.iter().map(String::as_str).collect();
    let told = told(&with(&ring));
    assert_eq!(told.len(), 1);
    assert!(told[0].ends_with("\"19\" after 4980 more after \"0\", wants none"), "{told:?}");
}

#[test]
fn a_long_chain_is_no_cycle() {
    let chain: Vec<String> = (0..20_000)
        .map(|place| format!("<Id>{place}</Id><DependsOn>{}</DependsOn>", place + 1))
        .chain(["<Id>20000</Id>".to_owned()])
        .collect();
    let chain: Vec<&str> = chain.iter().map(String::as_str).collect();
    assert_eq!(read(&with(&chain)).len(), 20_001);
}

#[test]
fn a_file_is_not_endless() {
    let bounds = Bounds { bytes: 500, sub_tasks: 2, dependencies: 2 };
    let told = |text: &str| strings(parse("t.xml", text.as_bytes(), bounds).unwrap_err());
    assert_eq!(
        told(&format!("{FIG_7}{}", " ".repeat(500 + 1 - FIG_7.len().min(500)))),
        [format!("t.xml:1:1: the file has {} bytes, wants at most 500", FIG_7.len().max(501))]
    );
    assert_eq!(told(&with(&["", "", ""])), ["t.xml:4:1: SubTask is one too many, wants at most 2"]);
    let ids = "<Id>a</Id>";
    assert_eq!(
        told(&with(&[ids, "<DependsOn>a a</DependsOn><DependsOn>a</DependsOn>"])),
        ["t.xml:3:101: DependsOn is one too many, wants at most 2 Ids in all"]
    );
    assert!(parse("t.xml", with(&[ids, "<DependsOn>a a</DependsOn>"]).as_bytes(), bounds).is_ok());
}

#[test]
fn what_is_long_takes_no_long_time() {
    // Each of these would take minutes, if it were compared with all that is before it.
    let blanks = format!("<Platform>x{}</Platform>", "&#32;".repeat(500_000));
    assert_eq!(read(&with(&[&blanks]))[0].platforms, ["x"]);
    let attributes = (0..200_000).map(|nth| format!(" a{nth}=\"\"")).collect::<String>();
    assert_eq!(told(&format!("<TaskFile{attributes}>")).len(), FAULTS_MAX + 1);
    let name = "x".repeat(1_000_000);
    let told = told(&format!("<TaskFile><{name} {name}=\"\"/><SubTask {name}=\"\"/></TaskFile>"));
    assert!(told.iter().all(|message| message.len() < 500), "{told:?}");
}

/// What is read, or refused, is as it must be.
fn check(bytes: &[u8]) {
    match TaskFile::parse("t.xml", bytes) {
        Ok(file) => {
            assert!(!file.sub_tasks.is_empty());
            for sub_task in &file.sub_tasks {
                assert!(sub_task.cycles > 0.0 && sub_task.price > 0.0 && !sub_task.code.is_empty());
                assert!(sub_task.after.is_sorted_by(|one, other| one < other));
                assert!(sub_task.after.iter().all(|&at| (at as usize) < file.sub_tasks.len()));
            }
        }
        Err(faults) => {
            assert!(!faults.is_empty() && faults.len() <= FAULTS_MAX + 1);
            let lines = bytes.iter().filter(|&&byte| byte == b'\n').count() + 1;
            for fault in faults {
                assert!((1..=lines).contains(&fault.line) && fault.column >= 1, "{fault}");
                assert!(
                    fault.message.contains("wants")
                        || fault.message.contains(" mean ")
                        || fault.message.contains("faults so far"),
                    "{fault}"
                );
            }
        }
    }
}

/// Pieces of XML and of task files, to be put anywhere.
const PIECES: [&str; 40] = [
    "<",
    ">",
    "/",
    "&",
    ";",
    "\"",
    "'",
    "=",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<?xml",
    "?>",
    "<!DOCTYPE",
    "<a",
    "</",
    "/>",
    "&amp;",
    "&#",
    "&#x41;",
    "&foo;",
    "\u{feff}",
    "\0",
    "é",
    "\n",
    "<SubTask>",
    "</SubTask>",
    "<Id>left</Id>",
    "<DependsOn>join</DependsOn>",
    "<Price>",
    "1e9",
    "-1",
    "<InputFile name=\"",
    " name='x'",
    "<TaskFile>",
    "</TaskFile>",
    "99999999999999999999",
    "<?p?>",
    "\u{ffff}",
];

proptest! {
    #[test]
    fn nothing_makes_it_panic(text in ".*") {
        check(text.as_bytes());
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        check(&bytes);
    }

    #[test]
    fn no_pieces_make_it_panic(pieces in prop::collection::vec(0..PIECES.len(), 0..30)) {
        let text: String = pieces.into_iter().map(|piece| PIECES[piece]).collect();
        check(text.as_bytes());
    }

    #[test]
    fn a_file_with_pieces_cut_and_put_is_read_or_refused(
        full in any::<bool>(),
        edits in prop::collection::vec((any::<Index>(), 0usize..12, 0..PIECES.len() + 4), 1..5),
    ) {
        let mut bytes = if full { FULL } else { FIG_7 }.as_bytes().to_vec();
        for (at, cut, piece) in edits {
            let at = at.index(bytes.len() + 1);
            let end = (at + cut).min(bytes.len());
            let put = PIECES.get(piece).copied().unwrap_or_default();
            bytes.splice(at..end, put.bytes());
        }
        check(&bytes);
    }

    #[test]
    fn a_file_that_is_cut_is_refused(at in 0..FULL.trim_end().len()) {
        prop_assert!(TaskFile::parse("t.xml", &FULL.as_bytes()[..at]).is_err());
    }
}
