//! How the service layer's messages and facts read.

use super::{counted, words};
use crate::fact::{Fact, Source, TaskEnd};
use crate::id::Addr;
use crate::service::Message;
use alloc::format;
use alloc::string::String;

pub(super) fn message(message: &Message) -> Option<String> {
    Some(match message {
        Message::Submit(job) => {
            let many = counted(job.sub_tasks.len() as u64, "sub-task", "sub-tasks");
            format!("see to job {} of {many}", job.number)
        }
        Message::Submitted { job } => format!("I see to job {job}"),
        Message::AskProgress { job } => format!("how far is job {job}"),
        Message::Progress { job, over, of } => format!("of job {job} {over} of {of} are over"),
        Message::Notify { job, completed, failed } => {
            format!("job {job} is over: {completed} completed, {failed} failed")
        }
        Message::Noted { .. } => "noted".into(),
        Message::Run(assignment) => {
            let cycles = assignment.cycles;
            let from = if assignment.resumes { ", from its last checkpoint" } else { "" };
            let to = assignment.storage.map_or_else(String::new, |storage| {
                format!(", checkpoints to node {}", storage.node.0)
            });
            format!(
                "run {}: {cycles} cycles of sub-task {}{from}{to}",
                assignment.run, assignment.task
            )
        }
        Message::Began { run } => format!("run {run} begins"),
        Message::Declined { run } => format!("I do not run {run}"),
        Message::Input { run } => format!("[input of run {run}]"),
        Message::Beat { run } => format!("are you at run {run}"),
        Message::Alive { run } => format!("I am at run {run}"),
        Message::Unknown { run } => format!("I am not at run {run}"),
        Message::NoFile { run } => format!("code or input of run {run} is nowhere to be had"),
        Message::Output { run, .. } => format!("[output of run {run}]"),
        Message::Stop { run } => format!("forget run {run}"),
        Message::Checkpoint { place, progress, .. } => {
            format!("[checkpoint at {progress} cycles, for place {place}]")
        }
        Message::NoRoom { place, .. } => format!("place {place} is not yours"),
        Message::StorageLost { run, .. } => {
            format!("run {run} has nowhere to put its checkpoints")
        }
        Message::StoreAt { run, place, storage: Addr(node) } => {
            format!("checkpoints of run {run} go to node {node} now, place {place}")
        }
        Message::Kept { place } => format!("I am back, and have place {place} yet"),
        Message::Drop { place } => format!("drop what is at place {place}"),
        Message::Fetch { place, .. } => format!("send me the checkpoint at place {place}"),
        Message::Sending { .. } | Message::Coming { .. } => "it comes".into(),
        Message::NoCheckpoint { .. } => "there is none".into(),
        Message::NotHere { .. } => "I do not have it".into(),
        Message::Snapshot { progress, .. } => format!("[checkpoint at {progress} cycles]"),
        Message::Advertise { key } => format!("I have file {key}"),
        Message::WhoHas { key, .. } => format!("who has file {key}"),
        Message::Holders { count: 0, .. } => "nobody that I know of".into(),
        Message::Holders { count, holders, .. } => {
            let names =
                holders[..usize::from(*count)].iter().map(|holder| format!("node {}", holder.0));
            names.collect::<alloc::vec::Vec<_>>().join(", ")
        }
        Message::Get { key, .. } => format!("send me file {key}"),
        Message::Content { key, .. } => format!("[file {key}]"),
        Message::Copy { place, .. } => format!("[copy for place {place}]"),
        Message::Check { place } => format!("is my copy at place {place}"),
        Message::Stored { place } => format!("a copy is at place {place}"),
        Message::Empty { place } => format!("nothing is at place {place}"),
        Message::Gone { place } => format!("you have no place {place}"),
        Message::CopyTo { from, to, node: Addr(node) } => {
            format!("send what is at place {from} to node {node}, for place {to}")
        }
        Message::Copying { .. } => "it comes".into(),
        Message::Recall { place } => format!("send me what is at place {place}"),
        Message::Recalled { place } => format!("[what is at place {place}]"),
        Message::Timer(_) => return None,
    })
}

pub(super) fn fact(fact: &Fact) -> Option<String> {
    Some(match fact {
        Fact::RunStarted { run, progress: 0, .. } => format!("(run {run} computes)"),
        Fact::RunStarted { run, progress, .. } => {
            format!("(run {run} computes, from {progress} cycles on)")
        }
        Fact::RunEnded { run, executed, why, .. } => {
            format!("(run {run} ends after {executed} cycles: {})", words(why))
        }
        Fact::Checkpointed { run, progress, .. } => {
            format!("(the checkpoint of run {run} at {progress} cycles is stored)")
        }
        Fact::Suspended { run, .. } => format!("(run {run} is suspended)"),
        Fact::Resumed { run, .. } => format!("(run {run} goes on)"),
        Fact::ReplicaFailed { task, replica } => {
            format!("(replica {replica} of sub-task {task} fails)")
        }
        Fact::WrongResult { task, node: Addr(node) } => {
            format!("(the result of node {node} for sub-task {task} is wrong)")
        }
        Fact::TaskEnded(TaskEnd { task, outcome, .. }) => {
            format!("(sub-task {task} ends: {})", words(outcome))
        }
        Fact::JobEnded { job, completed, failed } => {
            format!("(job {job} is over: {completed} completed, {failed} failed)")
        }
        Fact::FileGot { bytes, from: Source::Here } => format!("(a file of {bytes} bytes is here)"),
        Fact::FileGot { bytes, from } => format!("(a file of {bytes} bytes came: {})", words(from)),
        Fact::BackedUp { backup, replicas, .. } => {
            format!("(backup {backup} has {replicas} copies)")
        }
        Fact::CopyStored { backup, place, bytes, reason, .. } => {
            format!(
                "(a copy of backup {backup} is at place {place}, {bytes} bytes: {})",
                words(reason)
            )
        }
        Fact::CopyLost { backup, place, why, left, .. } => {
            format!(
                "(the copy of backup {backup} at place {place} is lost, {left} left: {})",
                words(why)
            )
        }
        Fact::RepairBegan { backup, place, .. } => {
            format!("(backup {backup} is repaired at place {place})")
        }
        Fact::CopyRepaired { backup, took, .. } => format!("(backup {backup} is repaired: {took})"),
        Fact::Restored { backup, bytes, .. } => {
            format!("(backup {backup} is restored from {bytes} bytes)")
        }
        Fact::RestoreFailed { backup, why } => {
            format!("(backup {backup} is not restored: {})", words(why))
        }
        Fact::BackupFailed { backup, why } => format!("(backup {backup} fails: {})", words(why)),
        Fact::Downloaded { key, from: Addr(from), .. } => {
            format!("(file {key} is downloaded from node {from})")
        }
        Fact::DownloadFailed { key } => format!("(file {key} is nowhere to be found)"),
        _ => return None,
    })
}
