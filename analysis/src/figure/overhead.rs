//! How many messages a node sends, by what they are for and by the number of nodes: a figure of a
//! sweep.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::{Context, Figure, Of, Plot, Reading};
use crate::axis::Axis;
use crate::curves::{self, estimates};
use crate::error::Error;
use crate::legend::{Legend, Sample, titles};
use crate::panel::Panel;
use crate::sheet::Sheet;
use crate::stats::{Estimate, estimate};
use crate::sweep::{self, seconds};
use crate::table::Table;
use crate::theme::{Frame, INK, LOOKS, PANELS, SOLID, Stroke};

pub(super) const FIGURE: Figure = Figure {
    name: "overhead",
    shows: "messages a node sends a second, by what they are for and by the number of nodes",
    of: Of::Sweep,
    read,
};

/// The path along the axis, and one that may be swept with it.
const NODES: &str = "nodes";
const DURATION: &str = "duration";

/// The law of lookups: as log2 of the number of nodes.
const THEORY: Stroke = Stroke::new(INK, 1.0, SOLID);

/// What messages are for: of the ring in the upper panel, of what is traded on it in the lower.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Purpose {
    Upkeep,
    Lookups,
    Bootstrap,
    Markets,
    Listings,
    Purchases,
    SubTasks,
}

use Purpose::{Bootstrap, Listings, Lookups, Markets, Purchases, SubTasks, Upkeep};

/// The purposes of each panel, with what the legend says.
const UPPER: [(Purpose, &str); 3] = [
    (Upkeep, "upkeep of the ring: stabilize, notify, check the predecessor"),
    (Lookups, "lookups on the ring: of fingers, market owners, keys"),
    (Bootstrap, "bootstrap: keepalives, contacts"),
];
const LOWER: [(Purpose, &str); 4] = [
    (Markets, "the ring of markets: upkeep, lookups"),
    (Listings, "listings"),
    (Purchases, "purchases, and the bank"),
    (SubTasks, "sub-tasks, backups, files"),
];

impl Purpose {
    /// Of a kind of message, written as `layer.kind`.
    fn of(kind: &str) -> Option<Self> {
        let (layer, kind) = kind.split_once('.')?;
        Some(match (layer, kind) {
            ("chord", "next" | "hop" | "forward" | "forwarded" | "arrived") => Lookups,
            ("chord", _) => Upkeep,
            ("processor", _) => Markets,
            ("market", "list" | "delist" | "handover" | "rival" | "rehomed") => Listings,
            ("market", _) => Purchases,
            ("admin", "reserve" | "settle" | "receipt" | "filed" | "refund" | "banked") => {
                Purchases
            }
            ("admin", _) => Bootstrap,
            ("service", _) => SubTasks,
            _ => return None,
        })
    }
}

struct Overhead {
    rates: Rates,
    context: Context,
}

fn read(folder: &Path, context: &Context) -> Result<Reading, Error> {
    let Some(along) = context.place(NODES) else {
        return Ok(Reading::Nothing(format!("{NODES} is not swept")));
    };
    if context.together(along).len() < context.swept.len() {
        return Ok(Reading::Nothing(format!("other things than {NODES} are swept")));
    }
    let points = sweep::read(folder, &context.swept)?.unwrap_or_default();
    let sizes: BTreeSet<&String> = points.iter().map(|point| &point.settings[along]).collect();
    if sizes.len() < points.len() {
        return Ok(Reading::Nothing(format!("{NODES} does not tell all points apart")));
    }
    let Some(table) = Table::open(&folder.join("messages.csv"))? else {
        return Ok(Reading::Nothing("there is no messages.csv".to_owned()));
    };
    let rates = rates(table, context)?;
    if rates.is_empty() {
        return Ok(Reading::Nothing("messages.csv has no messages at two sizes".to_owned()));
    }
    Ok(Reading::Plot(Box::new(Overhead { rates, context: context.clone() })))
}

/// Messages a node a second, from the fewest nodes up.
type Rates = BTreeMap<Purpose, Vec<(f64, Estimate)>>;

fn rates(table: Table, context: &Context) -> Result<Rates, Error> {
    let [nodes, replicate, kind, count] = table.columns([NODES, "replicate", "kind", "count"])?;
    let duration = context.place(DURATION).map(|_| table.columns([DURATION])).transpose()?;
    let mut sums: BTreeMap<(Purpose, u64), BTreeMap<u64, f64>> = BTreeMap::new();
    table.each(|row| {
        let Some(purpose) = Purpose::of(row.text(kind)) else {
            return Err(row.wants(kind, "a kind of message"));
        };
        let seconds = match duration {
            Some([column]) => {
                seconds(row.text(column)).ok_or_else(|| row.wants(column, "a duration"))?
            }
            None => context.duration_s,
        };
        let nodes = row.count(nodes)?;
        let rate = row.number(count)? / (seconds - context.warmup_s) / nodes as f64;
        let replicates = sums.entry((purpose, nodes)).or_default();
        *replicates.entry(row.count(replicate)?).or_default() += rate;
        Ok(())
    })?;
    let mut rates = Rates::new();
    for ((purpose, nodes), replicates) in sums {
        let each: Vec<f64> = replicates.into_values().collect();
        let rate = estimate(&each).filter(|rate| rate.mean > 0.0);
        rates.entry(purpose).or_default().extend(rate.map(|rate| (nodes as f64, rate)));
    }
    rates.retain(|_, rates| rates.len() > 1);
    Ok(rates)
}

/// As many lookups as at the fewest nodes, and in proportion to log2 N from there.
fn law(rates: &[(f64, Estimate)]) -> Vec<(f64, f64)> {
    let (least, first) = rates[0];
    let law = |nodes: f64| first.mean * libm::log2(nodes) / libm::log2(least);
    rates.iter().map(|(nodes, _)| (*nodes, law(*nodes))).collect()
}

impl Plot for Overhead {
    fn draw(&self, sheet: &mut Sheet<'_>) {
        titles(sheet, "Messages by the number of nodes", &self.context.line());
        let nodes = || self.rates.values().flatten().map(|(nodes, _)| *nodes);
        let (least, most) = (nodes().fold(f64::MAX, f64::min), nodes().fold(0.0, f64::max));
        let x = Axis::powers_of_two("nodes, N", least / 1.3, most * 1.3);
        self.panel(sheet, &UPPER, x.unlabelled(), PANELS.top, 272.0);
        self.panel(sheet, &LOWER, x, 296.0, PANELS.bottom);
        self.legend(sheet);
    }
}

impl Overhead {
    fn panel(
        &self,
        sheet: &mut Sheet<'_>,
        purposes: &[(Purpose, &str)],
        x: Axis,
        top: f64,
        bottom: f64,
    ) {
        let rates = || purposes.iter().filter_map(|(purpose, _)| self.rates.get(purpose)).flatten();
        let ends = rates().flat_map(|(_, rate)| [rate.mean, rate.high]);
        let high = ends.filter(|end| end.is_finite()).fold(0.0, f64::max);
        let y = Axis::from_zero("messages a node a second", high * 1.06, 4);
        let panel = Panel { frame: Frame { top, bottom, ..PANELS }, x, y };
        panel.draw(sheet);
        for ((purpose, _), look) in purposes.iter().zip(LOOKS) {
            if let Some(rates) = self.rates.get(purpose) {
                if *purpose == Lookups {
                    sheet.line(&panel.all(&law(rates)), THEORY);
                }
                estimates(sheet, &panel, rates, look);
            }
        }
    }

    fn legend(&self, sheet: &mut Sheet<'_>) {
        let mut legend = Legend::new(sheet);
        for (heading, purposes) in [("Above", &UPPER[..]), ("Below", &LOWER)] {
            legend.note(heading);
            for ((purpose, name), (stroke, marker)) in purposes.iter().zip(LOOKS) {
                if self.rates.contains_key(purpose) {
                    legend.entry(Sample::LineWithMarker(stroke, marker), name);
                }
            }
            if heading == "Above" && self.rates.contains_key(&Lookups) {
                legend.entry(
                    Sample::Line(THEORY),
                    "theory: lookups grow as log2 N, from the fewest nodes on",
                );
            }
            legend.gap();
        }
        curves::replicates(&mut legend, self.rates.values().flatten().map(|(_, rate)| *rate));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    fn context(swept: &[&str]) -> Context {
        let swept = swept.iter().map(|&path| path.to_owned()).collect();
        Context { swept, duration_s: 100.0, ..Context::default() }
    }

    #[test]
    fn every_message_has_a_purpose() {
        assert_eq!(Purpose::of("chord.hop"), Some(Lookups));
        assert_eq!(Purpose::of("admin.banked"), Some(Purchases));
        assert_eq!(Purpose::of("market.pong"), Some(Purchases));
        assert_eq!((Purpose::of("chord"), Purpose::of("smoke.signal")), (None, None));
    }

    #[test]
    fn rates_are_by_node_and_second_and_replicate() {
        let scratch = Scratch::new("overhead-rates");
        let rows = "nodes,replicate,kind,count,bytes\n4,0,chord.next,400,0\n4,0,chord.hop,400,0\n\
            4,1,chord.next,1600,0\n16,0,chord.next,3200,0\n16,1,chord.next,3200,0\n";
        let path = scratch.file("messages.csv", rows);
        let table = Table::open(&path).unwrap().unwrap();
        let context = context(&["nodes"]);
        let rates = rates(table, &context).unwrap();
        let means = |rates: &Rates| -> Vec<_> {
            rates[&Lookups].iter().map(|(n, rate)| (*n, rate.mean)).collect()
        };
        assert_eq!(means(&rates), [(4.0, 3.0), (16.0, 2.0)]);
        let warmed_up = Context { warmup_s: 75.0, ..context };
        let table = Table::open(&path).unwrap().unwrap();
        let four_times = super::rates(table, &warmed_up).unwrap();
        assert_eq!(
            means(&four_times),
            [(4.0, 12.0), (16.0, 8.0)],
            "what is counted is counted in 25 s"
        );
        assert_eq!(law(&rates[&Lookups]), [(4.0, 3.0), (16.0, 6.0)]);
    }

    #[test]
    fn what_else_is_swept_is_not_mixed_in() {
        let scratch = Scratch::new("overhead-others");
        let Reading::Nothing(why) = read(scratch.folder(), &context(&["nodes", "cost"])).unwrap()
        else {
            panic!("two things are swept")
        };
        assert_eq!(why, "other things than nodes are swept");
        let together = Context { follows: vec![false, true], ..context(&["nodes", "cost"]) };
        scratch.file("summary.csv", "nodes,cost,metric,value,unit\n4,1,joins,4,\n4,2,joins,4,\n");
        let Reading::Nothing(why) = read(scratch.folder(), &together).unwrap() else {
            panic!("two points have as many nodes")
        };
        assert_eq!(why, "nodes does not tell all points apart");
    }
}
