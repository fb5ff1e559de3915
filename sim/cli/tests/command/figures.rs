//! Figures as a user meets them: drawn anew from what is there.

use crate::desk::names;
use crate::small;
use std::fs;

#[test]
fn plots_are_drawn_anew_from_results_alone() {
    let desk = small();
    assert_eq!(desk.run(&["small.yaml", "--quiet"]).code, Some(0));
    let plots = desk.path("results/small/plots");
    let drawn = names(&plots);
    let bytes = |name: &String| fs::read(plots.join(name)).expect("a plot");
    let before: Vec<Vec<u8>> = drawn.iter().map(bytes).collect();
    fs::remove_dir_all(&plots).expect("plots");
    fs::remove_file(desk.path("small.yaml")).expect("the scenario");
    let did = desk.run(&["draw", "results/small"]);
    assert_eq!(did.code, Some(0), "{}", did.err);
    assert!(did.out.contains("results/small/plots/lookup_hops.svg\n"), "{}", did.out);
    assert_eq!(names(&plots), drawn);
    assert_eq!(drawn.iter().map(bytes).collect::<Vec<_>>(), before);
}

#[test]
fn a_folder_that_is_no_results_is_bad_input_and_the_others_are_drawn() {
    let desk = small();
    assert_eq!(desk.run(&["small.yaml", "--quiet", "--no-plots"]).code, Some(0));
    let did = desk.run(&["draw", "nowhere", "results", "results/small", "--png"]);
    assert_eq!(did.code, Some(2));
    let says = "nowhere: is no folder, wants one of results\nresults/manifest.json: ";
    assert!(did.err.starts_with(says), "{}", did.err);
    assert!(desk.path("results/small/plots/lookup_hops.png").exists());
}

#[test]
fn a_figure_that_stands_there_is_drawn_anew_with_its_data() {
    let desk = small();
    let figures = |name: &str, quick: &[&str]| {
        let line = [&["figures", name, "--out", "figs", "--quiet"], quick].concat();
        let did = desk.run(&line);
        assert_eq!(did.code, Some(0), "{}", did.err);
    };
    let read = |name: &str| fs::read_to_string(desk.path("figs").join(name)).expect(name);
    figures("attempts", &["--quick", "--png"]);
    let before = read("attempts.svg");
    assert_eq!(names(&desk.path("figs")), ["README.md", "attempts.png", "attempts.svg", "data"]);
    fs::write(desk.path("figs/attempts.svg"), "of other data").expect("a file");
    figures("success", &["--quick"]);
    assert_eq!(
        names(&desk.path("figs")),
        ["README.md", "attempts.svg", "data", "success.svg"],
        "no PNG of other data stays"
    );
    assert_eq!(read("attempts.svg"), before);
    let page = read("README.md");
    for part in ["[attempts](attempts.svg)", "[success](success.svg)", "--set nodes=500"] {
        assert!(page.contains(part), "{part}: {page}");
    }
}

#[test]
fn a_figure_that_is_unknown_is_refused_with_those_that_are() {
    let did = small().run(&["figures", "attemps"]);
    assert_eq!(did.code, Some(2));
    for part in ["attemps", "attempts", "lookup_hops"] {
        assert!(did.err.contains(part), "{part}: {}", did.err);
    }
}
