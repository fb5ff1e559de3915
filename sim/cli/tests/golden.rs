//! The program gives what the engine alone gives: the golden files of `scenarios/golden`, written
//! by the engine's tests, hold for the whole binary with all that is linked into it.

use assert_cmd::Command;
use std::fs;
use std::path::Path;

#[test]
fn the_program_gives_what_the_engine_alone_gives() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/golden");
    let mut compared = 0;
    for entry in fs::read_dir(folder).expect("a folder") {
        let golden = entry.expect("an entry").path();
        if golden.extension().is_none_or(|extension| extension != "golden") {
            continue;
        }
        let known = fs::read_to_string(&golden).expect("a golden file");
        let desk = tempfile::tempdir().expect("a folder");
        let mut command = Command::new(env!("CARGO_BIN_EXE_compup2p"));
        command.arg(golden.with_extension("yaml")).arg("--out").arg(desk.path().join("x"));
        command.args(["--no-plots", "--quiet"]).assert().success();
        let read = |file: &str| fs::read_to_string(desk.path().join("x").join(file)).expect(file);
        let manifest: serde_json::Value =
            serde_json::from_str(&read("manifest.json")).expect("JSON");
        let summary = read("summary.csv");
        for line in known.lines() {
            let (name, value) = line.split_once(' ').expect("a name and a value");
            // What could not be measured is left empty in a CSV file.
            let value = if value.trim() == "NaN" { "" } else { value.trim() };
            let ours = match name {
                "fingerprint" => manifest["runs"][0]["fingerprint"].as_str().map(str::to_owned),
                "events" => Some(manifest["events"].to_string()),
                _ => summary.lines().find_map(|row| {
                    let mut fields = row.split(',');
                    (fields.next() == Some(name)).then(|| fields.next().unwrap_or("").to_owned())
                }),
            };
            assert_eq!(ours.as_deref(), Some(value), "{name}, {}", golden.display());
            compared += 1;
        }
    }
    assert!(compared >= 4, "golden files are there");
}
