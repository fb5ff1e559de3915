use super::*;
use crate::context::tests::manifest;
use crate::scratch::Scratch;
use crate::tasks;

const LOOKUPS: &str = "replicate,lookup,at_s,node,key,purpose,hops,timeouts,latency_ms,\
    outcome,owner,correct\n";
const LOADS: &str = "replicate,node,markets,listings_peak,requests,messages,peak_state_bytes,\
    peak_equation2_bytes\n";
const SAMPLES: &str = "replicate,at_s,live_nodes,joins,leaves,crashes,listings,markets,\
    busy_nodes,utilisation,offered,storage_utilisation,lookups,lookups_correct,purchases,\
    purchases_completed\n";
const SALES: &str = "replicate,kind,seller,attempts,least_bid_credits,other_bid_credits,\
    mo_payoff_credits,total_credits,mo_behaviour,outcome\n";
const INCOMES: &str = "replicate,node,seller_behaviour,misreport,mo_behaviour,sales,\
    costs_credits,seller_income_credits\n";

/// A folder whose manifest says that this is swept.
fn scratch(name: &str, sweep: &str) -> Scratch {
    let scratch = Scratch::new(name);
    scratch.file("manifest.json", &manifest(sweep));
    scratch
}

fn draw(scratch: &Scratch) -> Result<Vec<Outcome>, Error> {
    draw_all(scratch.folder(), Options::default())
}

fn with_data(scratch: &Scratch) {
    let lookups: String = (0..200)
        .map(|i| match i % 50 {
            0 => format!("{},{i},{i},1,2,market,,3,1500,failed,,0\n", i % 2),
            hops => format!("{},{i},{i},1,2,market,{},0,90,found,7,1\n", i % 2, hops % 9),
        })
        .collect();
    scratch.file("lookups.csv", &(LOOKUPS.to_owned() + &lookups));
    let loads: String = (0..40).map(|i| format!("0,{i},1,2,{},9,54,80\n", i * i % 23)).collect();
    scratch.file("mo_load.csv", &(LOADS.to_owned() + &loads));
    let samples: String = (0..30)
        .map(|i| (i * 3600, 100 - i, 20 - i % 3))
        .map(|(at, live, right)| format!("0,{at},{live},2,1,1,9,3,4,0.5,1,0.3,20,{right},4,3\n"))
        .collect();
    scratch.file("timeseries.csv", &(SAMPLES.to_owned() + &samples));
    let sales: String = (1..40)
        .map(|i| match i % 4 {
            0 => format!("0,storage,7,3,{i},,1,{},honest,completed\n", i + 2),
            1 => "0,cpu,,5,,,0,0,,no_seller\n".to_owned(),
            _ => format!("0,cpu,7,1,{i},{},1.5,{},selfish,completed\n", 3 * i, i + 3),
        })
        .collect();
    scratch.file("transactions.csv", &(SALES.to_owned() + &sales));
    let incomes: String = (0..40)
        .map(|i| match i % 2 {
            0 => format!("0,{i},truthful,0,honest,2,{i},40\n"),
            _ => format!("0,{i},overbid,0.{i},honest,1,{i},40\n"),
        })
        .collect();
    scratch.file("incomes.csv", &(INCOMES.to_owned() + &incomes));
    let sub_tasks: String = (0..20)
        .map(|i| match i % 5 {
            0 => format!("0,{i},1,u,5,5,,,,9,20,1,3,0,0,0,0,0,,,0,0,0,0,no_seller,\n"),
            _ => format!(
                "0,{i},1,u,5,5,6,7,{},{},20,1,1,1,0,0,0,0,n,2,20,20,0,7,completed,true\n",
                i + 17,
                i + 19
            ),
        })
        .collect();
    scratch.file("tasks.csv", &(tasks::HEADER.to_owned() + &sub_tasks));
}

/// What became of the figure of that name.
fn of<'a>(name: &str, outcomes: &'a [Outcome]) -> &'a Outcome {
    let place = FIGURES.iter().position(|figure| figure.name == name);
    &outcomes[place.expect("there is such a figure")]
}

fn names(of: impl Fn(Of) -> bool) -> Vec<&'static str> {
    let mut names: Vec<_> =
        FIGURES.iter().filter(|figure| of(figure.of)).map(|figure| figure.name).collect();
    names.sort_unstable();
    names
}

fn why(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Skipped { why, .. } => why,
        Outcome::Drawn { .. } => panic!("{outcome:?}"),
    }
}

#[test]
fn every_figure_is_drawn_and_nothing_else_is_left_behind() {
    let scratch = scratch("figure-all", "[]");
    with_data(&scratch);
    let outcomes = draw_all(scratch.folder(), Options { png: true }).unwrap();
    let skipped = of("mo_load_by_range", &outcomes);
    assert_eq!(why(skipped), "of a sweep, and nothing is swept");
    let plots = fs::read_dir(scratch.path("plots")).unwrap();
    let mut files: Vec<String> =
        plots.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    files.sort();
    let expected = names(|of| of != Of::Sweep);
    let expected = expected.iter().flat_map(|name| [format!("{name}.png"), format!("{name}.svg")]);
    let mut expected: Vec<String> = expected.collect();
    expected.sort();
    assert_eq!(files, expected);
}

#[test]
fn the_same_data_give_the_same_bytes() {
    let draw = |name| {
        let scratch = scratch(name, "[]");
        with_data(&scratch);
        draw_all(scratch.folder(), Options { png: true }).unwrap();
        let figures = names(|of| of != Of::Sweep);
        let files = figures.iter().flat_map(|figure| {
            ["svg", "png"]
                .map(|kind| fs::read(scratch.path(&format!("plots/{figure}.{kind}"))).unwrap())
        });
        files.collect::<Vec<_>>()
    };
    assert!(draw("figure-once") == draw("figure-twice"));
}

#[test]
fn a_figure_says_its_numbers_in_text() {
    let scratch = scratch("figure-text", "[]");
    with_data(&scratch);
    draw(&scratch).unwrap();
    let svg = fs::read_to_string(scratch.path("plots/lookup_hops.svg")).unwrap();
    for text in
        ["measured, 196 lookups", "n = 85 on the ring on average", "½ log2 n = 3.205", "4 failed"]
    {
        assert!(svg.contains(text), "{text}");
    }
    fs::remove_file(scratch.path("timeseries.csv")).unwrap();
    draw(&scratch).unwrap();
    let svg = fs::read_to_string(scratch.path("plots/lookup_hops.svg")).unwrap();
    for text in ["½ log2 n = 6.000", "These know 24", "Stoica et al. 2003"] {
        assert!(svg.contains(text), "{text}");
    }
    let svg = fs::read_to_string(scratch.path("plots/mo_load.svg")).unwrap();
    for text in ["Gini 0.", "max / mean", "single_overlay", "4,058 of 4,096 nodes without"] {
        assert!(svg.contains(text), "{text}");
    }
}

#[test]
fn figures_of_trade_say_their_numbers_in_text() {
    let scratch = scratch("figure-trade", "[]");
    with_data(&scratch);
    draw(&scratch).unwrap();
    for (figure, text) in [
        ("attempts", "of those that found"),
        ("kinds", "9 purchases that ended"),
        ("idle_capacity", "1.2 days, hour by hour"),
        ("max_min", "totals above the bound"),
        ("misreport", "pricing rule max_min"),
        ("mo_state", "40.0 bytes a listing"),
        ("gantt", "16 of 20 completed"),
        ("turnaround", "of 16 completed of 20 sub-tasks"),
        ("progress", "16 of 20"),
    ] {
        let svg = fs::read_to_string(scratch.path(&format!("plots/{figure}.svg"))).unwrap();
        assert!(svg.contains(text), "{figure}: {text}");
    }
}

#[test]
fn of_a_sweep_only_its_own_figures_are_drawn() {
    let sweep = r#"[{"market.scheme": []}, {"capacity": []}]"#;
    let scratch = scratch("figure-sweep", sweep);
    with_data(&scratch);
    let mut summary = "market.scheme,capacity,metric,value,unit\n".to_owned();
    for scheme in ["single_overlay", "processor_overlay"] {
        for (range, gini) in [(16, 0.98), (256, 0.9), (4096, 0.7)] {
            for (metric, value) in [
                ("idle_range", f64::from(range)),
                ("mo_requests_gini", gini),
                ("mo_requests_gini_at_random", gini),
                ("mo_requests_max_over_mean", 100.0 * gini),
                ("mo_requests_max_over_mean_at_random", 90.0 * gini),
            ] {
                summary += &format!("{scheme},{range},{metric},{value},\n");
            }
        }
    }
    scratch.file("summary.csv", &summary);
    for file in ["incomes.csv", "mo_load.csv"] {
        fs::remove_file(scratch.path(file)).unwrap();
    }
    let outcomes = draw(&scratch).unwrap();
    for name in names(|of| of == Of::Scenario) {
        assert_eq!(why(of(name, &outcomes)), "of a single scenario, and this is a sweep");
    }
    assert_eq!(why(of("selfish_mo", &outcomes)), "not pricing.rule, or not it alone, is swept");
    let drawn = of("mo_load_by_range", &outcomes);
    assert!(matches!(drawn, Outcome::Drawn { .. }), "{outcomes:?}");
    let svg = fs::read_to_string(scratch.path("plots/points.svg")).unwrap();
    for text in ["Along: capacity", "scheme single_overlay", "Gini of market owners"] {
        assert!(svg.contains(text), "{text}");
    }
    let svg = fs::read_to_string(scratch.path("plots/mo_load_by_range.svg")).unwrap();
    for text in ["single_overlay", "at random", "4,096", "Gini"] {
        assert!(svg.contains(text), "{text}");
    }
}

#[test]
fn an_empty_folder_has_no_figures_and_says_why() {
    let scratch = scratch("figure-none", "[]");
    let outcomes = draw(&scratch).unwrap();
    assert_eq!(why(of("lookup_hops", &outcomes)), "there is no lookups.csv");
    assert_eq!(why(of("mo_load", &outcomes)), "there is no mo_load.csv");
    assert!(!scratch.path("plots").exists());
}

#[test]
fn headers_alone_draw_nothing() {
    let scratch = scratch("figure-headers", "[]");
    scratch.file("lookups.csv", LOOKUPS);
    scratch.file("mo_load.csv", LOADS);
    scratch.file("transactions.csv", SALES);
    scratch.file("incomes.csv", INCOMES);
    scratch.file("timeseries.csv", &format!("{SAMPLES}0,60,9{}\n", ",0".repeat(13)));
    let outcomes = draw(&scratch).unwrap();
    for (figure, reason) in [
        ("lookup_hops", "lookups.csv has no lookup that found its key"),
        ("mo_load", "mo_load.csv has no requests"),
        ("mo_state", "mo_load.csv has no listings"),
        ("success", "timeseries.csv counts no lookup and no purchase"),
        ("attempts", "transactions.csv has no purchase with a seller"),
        ("max_min", "transactions.csv has no completed purchase"),
        ("misreport", "incomes.csv has no seller"),
    ] {
        assert_eq!(why(of(figure, &outcomes)), reason);
    }
}

#[test]
fn a_file_without_its_columns_is_an_error_that_names_them() {
    let scratch = scratch("figure-columns", "[]");
    scratch.file("mo_load.csv", "replicate,node\n0,1\n");
    let error = draw(&scratch).unwrap_err();
    let error = error.to_string();
    let expected = "mo_load.csv:1: has no column \"requests\"; it has replicate, node";
    assert!(error.ends_with(expected), "{error}");
}
