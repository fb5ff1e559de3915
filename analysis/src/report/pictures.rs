//! What the pictures of a page are drawn from, run by run: the ring with its listings at the end,
//! and what sampled nodes read over time. Of a sweep, the first replicate of each point; as many
//! runs as a page can hold.

use super::timeline::Timeline;
use crate::error::Error;
use crate::table::{Column, Row, Table};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Most nodes of a run that are drawn, and of all runs.
const NODES_MAX: usize = 3000;
const NODES_OF_ALL_MAX: usize = 15_000;
/// Most listings of a run, and of all runs.
const LISTINGS_MAX: usize = 6000;
const LISTINGS_OF_ALL_MAX: usize = 20_000;
/// Most runs.
const RUNS_MAX: usize = 24;

/// A run, as the pictures show it.
#[derive(Default)]
struct Picture {
    /// What is swept, and the replicate.
    labels: Vec<String>,
    /// Members in the order of the ring, each with its place, from 0 to 1.
    nodes: Vec<Node>,
    /// How many there were to choose from.
    nodes_of: usize,
    listings: Vec<Value>,
    listings_of: usize,
    timeline: Timeline,
}

struct Node {
    number: u32,
    position: String,
    /// Markets, listings, requests, messages.
    load: [u64; 4],
    /// What `incomes.csv` says of its host.
    income: Value,
}

/// The pictures of runs, found by what is swept and the replicate.
struct Pictures {
    swept: Vec<String>,
    virtual_nodes: u32,
    by_labels: BTreeMap<Vec<String>, usize>,
    all: Vec<Picture>,
    /// Runs that are not shown, for lack of room.
    left_out: BTreeSet<Vec<String>>,
}

/// Reads what the pictures show.
pub(super) fn read(folder: &Path, swept: Vec<String>, virtual_nodes: u32) -> Result<Value, Error> {
    let mut pictures = Pictures {
        swept,
        virtual_nodes,
        by_labels: BTreeMap::new(),
        all: Vec::new(),
        left_out: BTreeSet::new(),
    };
    pictures.read_ring(folder)?;
    pictures.read_listings(folder)?;
    pictures.read_incomes(folder)?;
    pictures.read_activity(folder)?;
    let mut labels = pictures.swept;
    labels.push("replicate".to_owned());
    let runs: Vec<Value> = pictures.all.into_iter().map(Picture::json).collect();
    Ok(json!({ "labels": labels, "runs": runs, "left_out": pictures.left_out.len() }))
}

impl Pictures {
    /// Opens a file, and finds the columns that say of which run a row is.
    fn open(&self, folder: &Path, name: &str) -> Result<Option<(Table, Vec<Column>)>, Error> {
        let Some(table) = Table::open(&folder.join(name))? else { return Ok(None) };
        let mut labels = table.named(&self.swept)?;
        labels.extend(table.columns(["replicate"])?);
        Ok(Some((table, labels)))
    }

    /// Whether a run of these labels is one of those that are shown.
    fn is_shown(&self, labels: &[String]) -> bool {
        self.swept.is_empty() || labels.last().is_some_and(|replicate| replicate == "0")
    }

    /// The picture of a run, begun if there is room for it.
    fn enter(&mut self, labels: &[String]) -> Option<usize> {
        if let Some(&nth) = self.by_labels.get(labels) {
            return Some(nth);
        }
        let nodes: usize = self.all.iter().map(|picture| picture.nodes.len()).sum();
        if !self.is_shown(labels) {
            return None;
        }
        if self.all.len() == RUNS_MAX || nodes >= NODES_OF_ALL_MAX {
            self.left_out.insert(labels.to_owned());
            return None;
        }
        self.by_labels.insert(labels.to_owned(), self.all.len());
        self.all.push(Picture { labels: labels.to_owned(), ..Picture::default() });
        Some(self.all.len() - 1)
    }

    /// Goes through a file's rows, run by run: `read` has the run's number, if it is shown. Rows of
    /// a run follow each other.
    fn each(
        &mut self,
        (table, columns): (Table, Vec<Column>),
        mut read: impl FnMut(&mut Self, usize, &Row<'_>) -> Result<(), Error>,
        enter: fn(&mut Self, &[String]) -> Option<usize>,
    ) -> Result<(), Error> {
        let mut labels: Vec<String> = Vec::new();
        let mut run = None;
        table.each(|row| {
            let same = columns.iter().map(|column| row.text(*column)).eq(&labels);
            if !same {
                labels = columns.iter().map(|column| row.text(*column).to_owned()).collect();
                run = enter(self, &labels);
            }
            run.map_or(Ok(()), |run| read(self, run, &row))
        })
    }

    fn find(&mut self, labels: &[String]) -> Option<usize> {
        self.by_labels.get(labels).copied()
    }

    fn read_ring(&mut self, folder: &Path) -> Result<(), Error> {
        let Some((table, labels)) = self.open(folder, "ring.csv")? else { return Ok(()) };
        let [node, position] = table.columns(["node", "position"])?;
        let load = table.columns(["markets", "listings", "requests", "messages"])?;
        let read = |all: &mut Self, run: usize, row: &Row<'_>| {
            row.number(position)?;
            let mut counts = [0; 4];
            for (count, column) in counts.iter_mut().zip(load) {
                *count = row.count(column)?;
            }
            all.all[run].nodes.push(Node {
                number: address(row, node)?,
                position: row.text(position).chars().take("0.1234567".len()).collect(),
                load: counts,
                income: Value::Null,
            });
            Ok(())
        };
        // A run is thinned out when the next one begins, so that not all are held whole.
        self.each((table, labels), read, |all, labels| {
            if let Some(picture) = all.all.last_mut() {
                picture.thin();
            }
            all.enter(labels)
        })?;
        if let Some(picture) = self.all.last_mut() {
            picture.thin();
        }
        Ok(())
    }

    fn read_listings(&mut self, folder: &Path) -> Result<(), Error> {
        let Some((table, labels)) = self.open(folder, "listings.csv")? else { return Ok(()) };
        let [mo, seller, kind] = table.columns(["mo", "seller", "kind"])?;
        let numbers = table.columns(["commodity", "free", "bid_credits"])?;
        let [cost, left] = table.columns(["marginal_cost_credits", "expires_in_s"])?;
        let places = self.places();
        let mut held = 0;
        let read = |all: &mut Self, run: usize, row: &Row<'_>| {
            let mo = address(row, mo)?;
            if !places[run].contains_key(&mo) {
                return Ok(());
            }
            let picture = &mut all.all[run];
            picture.listings_of += 1;
            if picture.listings.len() == LISTINGS_MAX || held == LISTINGS_OF_ALL_MAX {
                return Ok(());
            }
            held += 1;
            let [commodity, free, bid] = numbers;
            let cost = match row.text(cost) {
                "" => Value::Null,
                _ => json!(row.number(cost)?),
            };
            let seller = address(row, seller)?;
            let (commodity, free, bid) =
                (row.count(commodity)?, row.count(free)?, row.number(bid)?);
            let left = (row.number(left)? * 10.0).round() / 10.0;
            let kind = row.text(kind);
            picture.listings.push(json!([mo, seller, kind, commodity, free, bid, cost, left]));
            Ok(())
        };
        self.each((table, labels), read, |all, labels| all.find(labels))
    }

    fn read_incomes(&mut self, folder: &Path) -> Result<(), Error> {
        let Some((table, labels)) = self.open(folder, "incomes.csv")? else { return Ok(()) };
        let [node, seller, misreport, mo, sales] =
            table.columns(["node", "seller_behaviour", "misreport", "mo_behaviour", "sales"])?;
        let incomes = table.columns(["seller_income_credits", "mo_income_credits"])?;
        let mut of_hosts = self.places();
        // A host's first address stands for all that it has.
        let virtual_nodes = self.virtual_nodes;
        for places in &mut of_hosts {
            *places = std::mem::take(places)
                .into_iter()
                .map(|(node, place)| (node - node % virtual_nodes, place))
                .fold(BTreeMap::new(), |mut all: BTreeMap<u32, Vec<usize>>, (host, places)| {
                    all.entry(host).or_default().extend(places);
                    all
                });
        }
        let read = |all: &mut Self, run: usize, row: &Row<'_>| {
            let Some(places) = of_hosts[run].get(&address(row, node)?) else { return Ok(()) };
            let [seller_income, mo_income] = incomes;
            let income = json!([
                row.text(seller),
                row.text(misreport),
                row.text(mo),
                row.count(sales)?,
                row.number(seller_income)?,
                row.number(mo_income)?,
            ]);
            for &place in places {
                all.all[run].nodes[place].income = income.clone();
            }
            Ok(())
        };
        self.each((table, labels), read, |all, labels| all.find(labels))
    }

    fn read_activity(&mut self, folder: &Path) -> Result<(), Error> {
        let Some((table, labels)) = self.open(folder, "activity.csv")? else { return Ok(()) };
        let [at, node, events] = table.columns(["at_s", "node", "events"])?;
        let read = |all: &mut Self, run: usize, row: &Row<'_>| {
            let (at, node) = (row.number(at)?, address(row, node)?);
            all.all[run].timeline.add(at, node, row.count(events)?);
            Ok(())
        };
        self.each((table, labels), read, Self::enter)
    }

    /// Of each run, where in its list a node is.
    fn places(&self) -> Vec<BTreeMap<u32, Vec<usize>>> {
        let of = |picture: &Picture| {
            picture.nodes.iter().map(|node| node.number).zip((0..).map(|nth| vec![nth])).collect()
        };
        self.all.iter().map(of).collect()
    }
}

impl Picture {
    /// Keeps no more nodes than can be drawn: half of them those with most requests, then most
    /// listings; the others evenly spaced.
    fn thin(&mut self) {
        if self.nodes_of > 0 {
            return;
        }
        self.nodes_of = self.nodes.len();
        if self.nodes.len() <= NODES_MAX {
            return;
        }
        let mut order: Vec<usize> = (0..self.nodes.len()).collect();
        order.sort_by_key(|&nth| {
            let [_, listings, requests, _] = self.nodes[nth].load;
            std::cmp::Reverse((requests, listings))
        });
        let (first, rest) = order.split_at(NODES_MAX / 2);
        let mut rest = rest.to_vec();
        rest.sort_unstable();
        let spaced = (0..NODES_MAX / 2).map(|nth| rest[nth * rest.len() / (NODES_MAX / 2)]);
        let mut keep = vec![false; self.nodes.len()];
        first.iter().copied().chain(spaced).for_each(|nth| keep[nth] = true);
        let mut keep = keep.into_iter();
        self.nodes.retain(|_| keep.next().unwrap_or(false));
    }

    fn json(self) -> Value {
        let node = |node: Node| {
            let [markets, listings, requests, messages] = node.load;
            let place: f64 = node.position.parse().unwrap_or(0.0);
            json!([node.number, place, markets, listings, requests, messages, node.income])
        };
        json!({
            "labels": self.labels,
            "nodes": self.nodes.into_iter().map(node).collect::<Vec<_>>(),
            "nodes_of": self.nodes_of,
            "listings": self.listings,
            "listings_of": self.listings_of,
            "activity": self.timeline.json(),
        })
    }
}

/// The number of the node whose address stands in a field: the first has 10.0.0.0.
fn address(row: &Row<'_>, column: Column) -> Result<u32, Error> {
    let number = |text: &str| {
        let (host, _port) = text.split_once(':')?;
        let host: std::net::Ipv4Addr = host.parse().ok()?;
        u32::from(host).checked_sub(10 << 24)
    };
    number(row.text(column)).ok_or_else(|| row.wants(column, "an address such as 10.0.0.7:4000"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    const RING: &str = "replicate,node,position,markets,listings,requests,messages\n";
    const LISTINGS: &str = "replicate,mo,seller,kind,commodity,free,bid_credits,\
        marginal_cost_credits,expires_in_s\n";
    const INCOMES: &str = "replicate,node,seller_behaviour,misreport,mo_behaviour,sales,\
        seller_income_credits,mo_income_credits\n";

    #[test]
    fn a_node_has_its_listings_and_its_hosts_income() {
        let scratch = Scratch::new("report-pictures");
        scratch.file(
            "ring.csv",
            &format!("{RING}0,10.0.0.3:4000,0.25,1,2,7,9\n0,10.0.1.0:4000,0.5,0,0,0,0\n"),
        );
        scratch.file(
            "listings.csv",
            &format!(
                "{LISTINGS}0,10.0.0.3:4000,10.0.1.0:4000,cpu,50,70,3.5,3,1.25\n\
                 0,10.0.0.3:4000,10.0.0.9:4000,cpu,50,0,4,,0\n"
            ),
        );
        scratch.file("incomes.csv", &format!("{INCOMES}0,10.0.0.2:4000,truthful,0,honest,2,9,1\n"));
        let read = read(scratch.folder(), Vec::new(), 2).unwrap();
        assert_eq!(read["labels"], json!(["replicate"]));
        let run = &read["runs"][0];
        assert_eq!(
            run["nodes"],
            json!([
                [3, 0.25, 1, 2, 7, 9, ["truthful", "0", "honest", 2, 9.0, 1.0]],
                [256, 0.5, 0, 0, 0, 0, null],
            ])
        );
        assert_eq!(
            run["listings"],
            json!([[3, 256, "cpu", 50, 70, 3.5, 3.0, 1.3], [3, 9, "cpu", 50, 0, 4.0, null, 0.0]])
        );
    }

    #[test]
    fn of_a_sweep_the_first_replicate_of_each_point_is_shown() {
        let scratch = Scratch::new("report-pictures-sweep");
        let mut ring = format!("a.b,{RING}");
        for (point, replicate) in [("x", 0), ("x", 1), ("\"y, z\"", 0), ("\"y, z\"", 1)] {
            ring += &format!("{point},{replicate},10.0.0.{replicate}:4000,0.25,0,0,0,0\n");
        }
        scratch.file("ring.csv", &ring);
        let read = read(scratch.folder(), vec!["a.b".to_owned()], 1).unwrap();
        let labels = |nth: usize| read["runs"][nth]["labels"].clone();
        assert_eq!([labels(0), labels(1)], [json!(["x", "0"]), json!(["y, z", "0"])]);
        assert_eq!(read["runs"].as_array().unwrap().len(), 2);
    }

    #[test]
    fn runs_for_which_there_is_no_room_are_counted_once() {
        let scratch = Scratch::new("report-pictures-many");
        let (mut ring, mut activity) =
            (format!("a.b,{RING}"), "a.b,replicate,at_s,node,events\n".to_owned());
        for point in 0..RUNS_MAX + 6 {
            ring += &format!("{point},0,10.0.0.0:4000,0.25,0,0,0,0\n");
            activity += &format!("{point},0,60,10.0.0.0:4000,5\n");
        }
        scratch.file("ring.csv", &ring);
        scratch.file("activity.csv", &activity);
        let read = read(scratch.folder(), vec!["a.b".to_owned()], 1).unwrap();
        assert_eq!(read["runs"].as_array().unwrap().len(), RUNS_MAX);
        assert_eq!(read["left_out"], 6);
    }

    #[test]
    fn of_a_large_ring_the_busiest_stay_and_others_evenly_spaced() {
        let scratch = Scratch::new("report-pictures-large");
        let mut ring = RING.to_owned();
        for n in 0..10_000u32 {
            let (a, b) = (n / 256, n % 256);
            let requests = if n % 1000 == 7 { n } else { 0 };
            ring += &format!("0,10.0.{a}.{b}:4000,{},0,0,{requests},0\n", f64::from(n) / 1e4);
        }
        scratch.file("ring.csv", &ring);
        let read = read(scratch.folder(), Vec::new(), 1).unwrap();
        let run = &read["runs"][0];
        let nodes = run["nodes"].as_array().unwrap();
        assert_eq!((nodes.len(), &run["nodes_of"]), (NODES_MAX, &json!(10_000)));
        assert_eq!(nodes.iter().filter(|node| node[4].as_u64() > Some(0)).count(), 10);
        let places: Vec<f64> = nodes.iter().map(|node| node[1].as_f64().unwrap()).collect();
        assert!(places.is_sorted());
        assert!(places.windows(2).all(|two| two[1] - two[0] < 0.001));
    }

    #[test]
    fn a_field_that_is_no_address_is_located() {
        let scratch = Scratch::new("report-pictures-bad");
        scratch.file("ring.csv", &format!("{RING}0,seven,0.25,1,2,7,9\n"));
        let error = read(scratch.folder(), Vec::new(), 1).unwrap_err().to_string();
        assert!(error.ends_with("node is \"seven\", wants an address such as 10.0.0.7:4000"));
    }
}
