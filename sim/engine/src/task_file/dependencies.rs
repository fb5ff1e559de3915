//! Which sub-tasks of a task file wait for which.

use super::SubTaskElement;
use super::document::{Document, Stop, Text};
use super::names::did_you_mean;
use crate::churn::trace::shown;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// So many Ids of a cycle are told.
const CYCLE_SHOWN_MAX: usize = 20;
/// So many Ids are compared with one that is unknown.
const COMPARED_MAX: usize = 1000;

/// What sub-tasks are called, and what they depend on, while the file is read.
#[derive(Default)]
pub(super) struct Dependencies<'t> {
    /// By Id: place in the file, and line.
    ids: BTreeMap<Cow<'t, str>, (u32, usize)>,
    /// Who depends, in rising order, and on which Ids.
    said: Vec<(u32, Text<'t>)>,
}

impl<'t> Dependencies<'t> {
    /// The sub-task at `place`, on `line`, is called `id`, if nothing is wrong with that.
    pub(super) fn name(
        &mut self,
        document: &mut Document<'t>,
        place: u32,
        line: usize,
        id: Text<'t>,
    ) -> Option<String> {
        let found = shown(&id.text);
        if id.text.is_empty() || id.text.contains(char::is_whitespace) {
            document.fault(id.place, format!("Id is {found}, wants a name without spaces"));
            return None;
        }
        if let Some((_, first)) = self.ids.get(&*id.text) {
            let message = format!("Id {found} is that of the SubTask on line {first} too");
            document.fault(id.place, format!("{message}, wants one of its own"));
            return None;
        }
        let name = id.text.clone().into_owned();
        self.ids.insert(id.text, (place, line));
        Some(name)
    }

    /// The sub-task at `place` depends on `ids`, with spaces between them.
    pub(super) fn add(&mut self, document: &mut Document<'t>, place: u32, ids: Text<'t>) {
        if ids.text.is_empty() {
            let wants = "wants the Id of another SubTask";
            document.fault(ids.place, format!("DependsOn is \"\", {wants}"));
        } else {
            self.said.push((place, ids));
        }
    }

    /// Tells `sub_tasks` what they are after, now that all are known. Dependencies may be `most`,
    /// and make no cycle.
    pub(super) fn settle(
        self,
        document: &mut Document<'t>,
        sub_tasks: &mut [SubTaskElement],
        most: usize,
    ) -> Result<(), Stop> {
        let mut total = 0;
        for (place, said) in &self.said {
            for id in said.text.split_whitespace() {
                total += 1;
                if total > most {
                    let message = format!("DependsOn is one too many, wants at most {most} Ids");
                    document.fault(said.place, format!("{message} in all"));
                    return Err(Stop);
                }
                match self.ids.get(id) {
                    Some(&(before, _)) => sub_tasks[*place as usize].after.push(before),
                    None => self.unknown(document, said, id)?,
                }
            }
        }
        for sub_task in &mut *sub_tasks {
            sub_task.after.sort_unstable();
            sub_task.after.dedup();
            sub_task.after.shrink_to_fit();
        }
        for cycle in cycles(sub_tasks) {
            document.fault(self.place(sub_tasks, &cycle), message(sub_tasks, &cycle));
            document.go_on()?;
        }
        Ok(())
    }

    /// Where the first of `cycle` says that it depends on the next.
    fn place(&self, sub_tasks: &[SubTaskElement], cycle: &[u32]) -> &'t str {
        let next = sub_tasks[cycle[1 % cycle.len()] as usize].id.as_deref().unwrap_or_default();
        let start = self.said.partition_point(|(place, _)| *place < cycle[0]);
        let says = |said: &&(u32, Text<'t>)| said.1.text.split_whitespace().any(|id| id == next);
        let said = self.said[start..].iter().find(says);
        said.expect("what is in a cycle depends on the next by its Id").1.place
    }

    fn unknown(&self, document: &mut Document<'t>, said: &Text<'t>, id: &str) -> Result<(), Stop> {
        let known: Vec<&str> = self.ids.keys().take(COMPARED_MAX).map(|id| &**id).collect();
        let hint = did_you_mean(id, &known);
        let wants = format!("wants the Id of a SubTask{hint}");
        document.fault(said.place, format!("DependsOn is {}, {wants}", shown(id)));
        document.go_on()
    }
}

/// Cycles among `sub_tasks`, none of which shares a sub-task with another, each from the one that
/// stands first in the file. If there is none, there is none at all.
fn cycles(sub_tasks: &[SubTaskElement]) -> Vec<Vec<u32>> {
    const UNSEEN: u32 = u32::MAX;
    let stuck = stuck(sub_tasks);
    // Each that is stuck waits for one that is: following those leads into a cycle.
    let next = |place: u32| {
        let after = &sub_tasks[place as usize].after;
        after.iter().copied().find(|&before| stuck[before as usize])
    };
    let mut walks = vec![UNSEEN; sub_tasks.len()];
    let mut cycles = Vec::new();
    for start in (0..sub_tasks.len() as u32).filter(|&place| stuck[place as usize]) {
        let mut here = Some(start);
        while let Some(place) = here.filter(|&place| walks[place as usize] == UNSEEN) {
            walks[place as usize] = start;
            here = next(place);
        }
        if let Some(met) = here.filter(|&met| walks[met as usize] == start) {
            let rest = std::iter::successors(next(met), |&place| next(place));
            let mut cycle = vec![met];
            cycle.extend(rest.take_while(|&place| place != met));
            let first = (0..cycle.len()).min_by_key(|&nth| cycle[nth]).unwrap_or(0);
            cycle.rotate_left(first);
            cycles.push(cycle);
        }
    }
    cycles
}

/// For each of `sub_tasks` whether it can never begin, since it waits for a cycle.
fn stuck(sub_tasks: &[SubTaskElement]) -> Vec<bool> {
    // Who waits for each: those of `place` are from `starts[place]` on.
    let mut starts = vec![0u32; sub_tasks.len() + 1];
    for &before in sub_tasks.iter().flat_map(|sub_task| &sub_task.after) {
        starts[before as usize] += 1;
    }
    let mut end = 0;
    for start in &mut starts {
        end += *start;
        *start = end;
    }
    let mut waiting = vec![0u32; end as usize];
    for (place, sub_task) in (0..).zip(sub_tasks) {
        for &before in &sub_task.after {
            starts[before as usize] -= 1;
            waiting[starts[before as usize] as usize] = place;
        }
    }
    let mut left: Vec<usize> = sub_tasks.iter().map(|sub_task| sub_task.after.len()).collect();
    let mut free: Vec<usize> = (0..sub_tasks.len()).filter(|&place| left[place] == 0).collect();
    while let Some(done) = free.pop() {
        for &place in &waiting[starts[done] as usize..starts[done + 1] as usize] {
            left[place as usize] -= 1;
            if left[place as usize] == 0 {
                free.push(place as usize);
            }
        }
    }
    left.into_iter().map(|left| left > 0).collect()
}

/// What is said of a cycle.
fn message(sub_tasks: &[SubTaskElement], cycle: &[u32]) -> String {
    let id = |place: u32| shown(sub_tasks[place as usize].id.as_deref().unwrap_or_default());
    let shown_ids = cycle.iter().take(CYCLE_SHOWN_MAX).map(|&place| id(place));
    let mut ids: Vec<String> = shown_ids.collect();
    if cycle.len() > CYCLE_SHOWN_MAX {
        ids.push(format!("{} more", cycle.len() - CYCLE_SHOWN_MAX));
    }
    ids.push(id(cycle[0]));
    format!("DependsOn makes a cycle: {}, wants none", ids.join(" after "))
}
