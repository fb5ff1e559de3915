//! `tasks.csv`: sub-tasks, a row each.

use std::path::Path;

use crate::axis::Axis;
use crate::error::Error;
use crate::table::{Column, Row, Table};

/// A sub-task. Times in seconds since the start; what did not come to be has none.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct SubTask {
    pub(crate) replicate: u64,
    pub(crate) task: u64,
    pub(crate) job: u64,
    pub(crate) submitted: f64,
    pub(crate) ready: Option<f64>,
    pub(crate) placed: Option<f64>,
    pub(crate) started: Option<f64>,
    pub(crate) computed: Option<f64>,
    pub(crate) ended: f64,
    pub(crate) cycles: f64,
    pub(crate) runs: u64,
    pub(crate) evictions: u64,
    pub(crate) suspended: f64,
    pub(crate) checkpoints: u64,
    /// The node that computed it last, if any did.
    pub(crate) compute_node: String,
    /// Of that node, in cycles a second.
    pub(crate) rate: f64,
    pub(crate) executed: f64,
    pub(crate) price: f64,
    pub(crate) outcome: String,
    /// Of those completed, whether the result is right.
    pub(crate) is_right: Option<bool>,
}

impl SubTask {
    pub(crate) fn is_completed(&self) -> bool {
        self.outcome == "completed"
    }
}

/// Reads the file's rows one by one, each with the values of what is swept; `false` if there is no
/// such file.
pub(crate) fn each(
    folder: &Path,
    swept: &[String],
    mut read: impl FnMut(Vec<String>, SubTask),
) -> Result<bool, Error> {
    let Some(table) = Table::open(&folder.join("tasks.csv"))? else { return Ok(false) };
    let swept = table.named(swept)?;
    let [replicate, task, job, cycles, runs, evictions, suspended, checkpoints] =
        table.columns([
            "replicate",
            "task",
            "job",
            "cycles",
            "runs",
            "evictions",
            "suspended_s",
            "checkpoints",
        ])?;
    let [submitted, ready, placed, started, computed, ended] = table.columns([
        "submitted_s",
        "ready_s",
        "placed_s",
        "started_s",
        "computed_s",
        "ended_s",
    ])?;
    let [node, rate, executed, price, outcome, correct] = table.columns([
        "compute_node",
        "rate_cycles_per_s",
        "executed_cycles",
        "price_credits",
        "outcome",
        "correct",
    ])?;
    table.each(|row| {
        let settings = swept.iter().map(|column| row.text(*column).to_owned()).collect();
        let sub_task = SubTask {
            replicate: row.count(replicate)?,
            task: row.count(task)?,
            job: row.count(job)?,
            submitted: row.number(submitted)?,
            ready: maybe(&row, ready)?,
            placed: maybe(&row, placed)?,
            started: maybe(&row, started)?,
            computed: maybe(&row, computed)?,
            ended: row.number(ended)?,
            cycles: row.number(cycles)?,
            runs: row.count(runs)?,
            evictions: row.count(evictions)?,
            suspended: row.number(suspended)?,
            checkpoints: row.count(checkpoints)?,
            compute_node: row.text(node).to_owned(),
            rate: maybe(&row, rate)?.unwrap_or(0.0),
            executed: row.number(executed)?,
            price: row.number(price)?,
            outcome: row.text(outcome).to_owned(),
            is_right: match row.text(correct) {
                "" => None,
                said => Some(said == "true"),
            },
        };
        read(settings, sub_task);
        Ok(())
    })?;
    Ok(true)
}

/// How many of something there were over time, from 0 to `end`, on average over each of `bins` equal
/// parts; of each one told from when to when.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Levels {
    bin: f64,
    /// Seconds times how many.
    sums: Vec<f64>,
}

impl Levels {
    pub(crate) fn new(end: f64, bins: usize) -> Self {
        Self { bin: end / bins as f64, sums: vec![0.0; bins] }
    }

    pub(crate) fn add(&mut self, from: f64, to: f64) {
        let last = self.sums.len() - 1;
        let place = |at: f64| ((at / self.bin) as usize).min(last);
        for nth in place(from)..=place(to) {
            let (low, high) = (nth as f64 * self.bin, (nth + 1) as f64 * self.bin);
            self.sums[nth] += (to.min(high) - from.max(low)).max(0.0);
        }
    }

    /// The middles of the parts, and how many there were of each of `of` that are alike.
    pub(crate) fn means(&self, of: u64) -> Vec<(f64, f64)> {
        let all = self.bin * of as f64;
        let middle = |nth: usize| (nth as f64 + 0.5) * self.bin;
        self.sums.iter().enumerate().map(|(nth, sum)| (middle(nth), sum / all)).collect()
    }
}

/// An axis of simulated time, and the seconds of its unit.
pub(crate) fn time_axis(from: f64, to: f64) -> (Axis, f64) {
    const UNITS: [(&str, f64); 4] = [("d", 86_400.0), ("h", 3600.0), ("min", 60.0), ("s", 1.0)];
    let unit = UNITS.into_iter().find(|(_, seconds)| to - from >= 4.0 * seconds);
    let (unit, seconds) = unit.unwrap_or(("s", 1.0));
    (Axis::linear(format!("simulated time ({unit})"), from / seconds, to / seconds, 9), seconds)
}

fn maybe(row: &Row<'_>, column: Column) -> Result<Option<f64>, Error> {
    if row.text(column).is_empty() { Ok(None) } else { row.number(column).map(Some) }
}

/// For tests of figures: the header of the file, and a row a sub-task.
#[cfg(test)]
pub(crate) const HEADER: &str = "replicate,task,job,user,submitted_s,ready_s,placed_s,started_s,computed_s,ended_s,cycles,\
     replicas,purchases,runs,failures,evictions,suspended_s,checkpoints,compute_node,\
     rate_cycles_per_s,executed_cycles,useful_cycles,wrong_results,price_credits,outcome,correct\n";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    #[test]
    fn what_did_not_come_to_be_has_no_time() {
        let scratch = Scratch::new("tasks-rows");
        let rows = "a,0,0,0,u,1,1,2,3.5,13.5,14,20,1,1,1,0,0,0,2,n,2,20,20,0,7.5,completed,false\n\
            b,1,1,4,u,5,,,,,9,20,1,3,0,0,0,0,0,,,0,0,0,0,no_seller,\n";
        scratch.file("tasks.csv", &format!("x,{HEADER}{rows}"));
        let mut read = Vec::new();
        assert!(each(scratch.folder(), &["x".to_owned()], |x, of| read.push((x, of))).unwrap());
        let (settings, first) = &read[0];
        assert_eq!((settings[0].as_str(), first.started, first.rate), ("a", Some(3.5), 2.0));
        assert_eq!((first.is_completed(), first.is_right), (true, Some(false)));
        let (_, second) = &read[1];
        assert_eq!((second.placed, second.rate, second.job), (None, 0.0, 4));
        assert_eq!((second.is_completed(), second.is_right), (false, None));
    }

    #[test]
    fn levels_are_means_over_parts_of_the_time() {
        let mut levels = Levels::new(10.0, 2);
        levels.add(0.0, 7.5);
        levels.add(4.0, 5.0);
        levels.add(10.0, 10.0);
        assert_eq!(levels.means(1), [(2.5, 1.2), (7.5, 0.5)]);
        assert_eq!(levels.means(2), [(2.5, 0.6), (7.5, 0.25)]);
    }

    #[test]
    fn no_file_is_said_so() {
        let scratch = Scratch::new("tasks-none");
        assert!(!each(scratch.folder(), &[], |_, _| ()).unwrap());
    }
}
