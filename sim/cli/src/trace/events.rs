//! Events of a trace, written as they come.

use compup2p_engine::observer::Stop;
use compup2p_protocol::id::Addr;
use compup2p_protocol::time::Time;
use serde::Serialize;
use serde_json::{Value, json};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// An event. Its names are those of the Trace Event Format.
#[derive(Serialize)]
struct Event<'e> {
    name: &'e str,
    ph: &'e str,
    /// Microseconds.
    ts: f64,
    pid: u32,
    tid: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    cat: Option<&'e str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'e str>,
    /// The scope of an instant: its thread.
    #[serde(skip_serializing_if = "Option::is_none")]
    s: Option<&'e str>,
    args: Value,
}

impl<'e> Event<'e> {
    fn new(name: &'e str, ph: &'e str, at: Time, node: Addr, args: Value) -> Self {
        let (ts, pid) = (at.0 as f64 / 1e3, node.0);
        Self { name, ph, ts, pid, tid: 0, cat: None, id: None, s: None, args }
    }
}

/// A file of events. What goes wrong with it is told by [`Events::check`].
pub(super) struct Events {
    out: BufWriter<File>,
    is_empty: bool,
    failed: Option<String>,
}

impl Events {
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        let mut out = BufWriter::new(File::create(path)?);
        out.write_all(b"{\"displayTimeUnit\":\"ms\",\"traceEvents\":[")?;
        Ok(Self { out, is_empty: true, failed: None })
    }

    /// Says what a node is called.
    pub(super) fn names(&mut self, node: Addr) -> io::Result<()> {
        let process = json!({ "name": format!("node {}", node.0) });
        self.put(&Event::new("process_name", "M", Time::ZERO, node, process));
        let sort = json!({ "sort_index": node.0 });
        self.put(&Event::new("process_sort_index", "M", Time::ZERO, node, sort));
        let thread = json!({ "name": "messages" });
        self.put(&Event::new("thread_name", "M", Time::ZERO, node, thread));
        Ok(())
    }

    pub(super) fn instant(&mut self, at: Time, node: Addr, name: &str, args: Value) {
        let event = Event::new(name, "i", at, node, args);
        self.put(&Event { cat: Some("message"), s: Some("t"), ..event });
    }

    pub(super) fn counter(&mut self, at: Time, node: Addr, name: &str, args: Value) {
        self.put(&Event::new(name, "C", at, node, args));
    }

    /// A slice begins. Those of one category and number lie within each other.
    pub(super) fn begin(&mut self, at: Time, node: Addr, cat: &str, id: &str, name: &str) {
        self.slice("b", at, node, [cat, id, name], json!({}));
    }

    /// The slice that began last of this category and number ends.
    pub(super) fn end(&mut self, at: Time, node: Addr, [cat, id, name]: [&str; 3], args: Value) {
        self.slice("e", at, node, [cat, id, name], args);
    }

    fn slice(&mut self, ph: &str, at: Time, node: Addr, [cat, id, name]: [&str; 3], args: Value) {
        let event = Event::new(name, ph, at, node, args);
        self.put(&Event { cat: Some(cat), id: Some(id), ..event });
    }

    fn put(&mut self, event: &Event<'_>) {
        if self.failed.is_some() {
            return;
        }
        let between: &[u8] = if self.is_empty { b"\n" } else { b",\n" };
        self.is_empty = false;
        let written = self.out.write_all(between);
        let written = written.and_then(|()| Ok(serde_json::to_writer(&mut self.out, event)?));
        self.failed = written.err().map(|error| format!("cannot write the trace: {error}"));
    }

    /// Whether all was written so far.
    pub(super) fn check(&self) -> Result<(), Stop> {
        self.failed.clone().map_or(Ok(()), |reason| Err(Stop(reason)))
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        if let Some(reason) = self.failed.take() {
            return Err(io::Error::other(reason));
        }
        self.out.write_all(b"\n]}\n")?;
        self.out.flush()
    }
}
