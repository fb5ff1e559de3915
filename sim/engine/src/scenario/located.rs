//! From a scenario's text to a [`Scenario`], with everything that is wrong in it, each thing at
//! its place. Reading goes on after a mistake: the piece is noted, taken out, and all is read
//! again, so that one run of the checker tells all.

use super::Scenario;
use super::check::{self, Message, Refused};
use super::mistake::{Mistake, Place};
use super::overrides::{Override, steps, written};
use super::read::{self, Wrong, at};
use super::sweep::{Setting, Sweep, Swept};
use super::tree::{self, Mark, Node};

/// A bound on what is told at once; a file with more mistakes is probably no scenario.
pub(crate) const MISTAKES_MAX: usize = 100;

/// A scenario as it lies before us: text, and what the command line changes in it.
#[derive(Clone, Debug, Default)]
pub struct Source {
    /// The file as the user named it; its stem is the scenario's name unless it says one.
    pub file: String,
    /// What is in it.
    pub text: String,
    /// Changes, applied in order.
    pub overrides: Vec<Override>,
}

/// A scenario that was read, the tree that it was read from, and what is wrong.
pub(crate) struct Located<'s> {
    source: &'s Source,
    tree: Node,
    /// Paths of the pieces that were taken out, as written.
    unread: Vec<Vec<String>>,
    /// The scenario; pieces that were not readable are defaults in it.
    pub(crate) scenario: Scenario,
    /// What is wrong, in order of place.
    pub(crate) mistakes: Vec<Mistake>,
}

/// A text that was read as far as a tree, and its sweep.
pub(crate) struct Draft<'s> {
    source: &'s Source,
    tree: Node,
    /// What is swept.
    pub(crate) swept: Swept,
    sweep: Sweep,
    mistakes: Vec<Mistake>,
}

impl<'s> Draft<'s> {
    /// Reads the text and what the command line changes in it.
    pub(crate) fn new(source: &'s Source) -> Self {
        let (mut tree, mut flaws) = tree::parse(&source.text, None);
        for (number, change) in source.overrides.iter().enumerate() {
            flaws.extend(change.apply(number, &mut tree));
        }
        let (swept, complaints) = Swept::take(&mut tree, &source.overrides);
        let sweep = swept.labels();
        let mut draft = Self { source, tree, swept, sweep, mistakes: Vec::new() };
        for flaw in flaws {
            draft.refuse(flaw.mark, String::new(), flaw.message);
        }
        for complaint in complaints {
            draft.refuse(complaint.mark, complaint.path, complaint.message);
        }
        draft
    }

    /// Reads a point of the sweep and checks its values; without a sweep there is one.
    pub(crate) fn locate(&self, point: usize) -> (Vec<Setting>, Located<'s>) {
        let mut tree = self.tree.clone();
        let (settings, complaints) = self.swept.set(point, &mut tree);
        let mut located = Located {
            source: self.source,
            tree,
            unread: Vec::new(),
            scenario: Scenario::default(),
            mistakes: self.mistakes.clone(),
        };
        for wrong in complaints {
            located.mistakes.push(self.mistake(wrong.mark, wrong.path, wrong.message));
        }
        located.read();
        located.scenario.sweep = self.sweep.clone();
        if located.scenario.name.is_empty() {
            located.scenario.name = stem(&self.source.file);
        }
        for refused in check::check(&located.scenario) {
            located.refuse(&refused);
        }
        located.mistakes.sort();
        located.mistakes.dedup();
        (settings, located)
    }

    /// What is wrong with the sweep as a whole.
    pub(crate) fn too_many(&self, message: String) -> Mistake {
        self.mistake(self.swept.mark, "sweep".to_owned(), message)
    }

    fn refuse(&mut self, mark: Mark, path: String, message: String) {
        self.mistakes.push(self.mistake(mark, path, message));
    }

    fn mistake(&self, mark: Mark, path: String, message: String) -> Mistake {
        Mistake { place: self.source.place(mark), path, message }
    }
}

impl Source {
    fn place(&self, mark: Mark) -> Place {
        match mark.option.and_then(|number| self.overrides.get(number)) {
            Some(change) => Place::Option(change.option.clone()),
            None => Place::File { file: self.file.clone(), line: mark.line, column: mark.column },
        }
    }
}

/// The file's name without folder and ending, fit to be a scenario's name.
fn stem(file: &str) -> String {
    let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
    let name = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let fit = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' };
    let name: String = name.trim_start_matches('.').chars().map(fit).take(100).collect();
    if name.is_empty() { "scenario".to_owned() } else { name }
}

impl Located<'_> {
    /// Refuses a field because of what it names: an input that is missing, say.
    pub(crate) fn refuse_input(&mut self, path: &str, wants: &str) {
        let message = Message::Wants(wants.to_owned());
        self.refuse(&Refused { path: path.to_owned(), beside: &[], message });
    }

    fn read(&mut self) {
        let mut tree = self.tree.clone();
        while self.mistakes.len() < MISTAKES_MAX {
            let error = match read::read(&tree) {
                Ok(scenario) => {
                    self.scenario = scenario;
                    break;
                }
                Err(error) => error,
            };
            let unknown = matches!(error.wrong, Wrong::UnknownField(..));
            let follows = self.unread.iter().any(|path| path.starts_with(&error.path));
            if unknown || !follows {
                self.mistakes.push(Mistake {
                    place: self.source.place(self.mark(&error.path)),
                    path: written(&error.path),
                    message: error.sentence(at(&tree, &error.path)),
                });
            }
            if !tree.remove(&error.path) {
                break;
            }
            self.unread.push(error.path);
        }
        self.tree = tree;
    }

    fn refuse(&mut self, refused: &Refused) {
        let path = self.tree.as_written(&steps(&refused.path));
        let was_read = |path: &[String]| {
            !self.unread.iter().any(|unread| unread.starts_with(path) || path.starts_with(unread))
        };
        if !was_read(&path) || !refused.beside.iter().all(|beside| was_read(&steps(beside))) {
            return;
        }
        let node = at(&self.tree, &path);
        let others = refused.beside.iter().map(|beside| steps(beside));
        let written_at = std::iter::once(path.clone())
            .chain(others)
            .find(|path| at(&self.tree, path).is_some())
            .unwrap_or_else(|| path.clone());
        let message = match (&refused.message, node) {
            (Message::Whole(sentence), _) => sentence.clone(),
            (Message::Wants(wants), Some(node)) => format!("is {}, wants {wants}", node.found()),
            (Message::Wants(wants), None) => {
                format!("is {} by default, wants {wants}", self.default_at(&path))
            }
        };
        self.mistakes.push(Mistake {
            place: self.source.place(self.mark(&written_at)),
            path: written(&path),
            message,
        });
    }

    /// Where a path is written, or the nearest part of it above.
    fn mark(&self, path: &[String]) -> Mark {
        let mut mark = Mark { option: None, line: 1, column: 1 };
        let mut node = Some(&self.tree);
        for step in path {
            let Some(here) = node else { break };
            mark = here.child_mark(step).unwrap_or(mark);
            node = here.child(step);
        }
        mark
    }

    fn default_at(&self, path: &[String]) -> String {
        let all = serde_json::to_value(&self.scenario).unwrap_or_default();
        let value = path.iter().try_fold(&all, |value, step| match value.as_array() {
            Some(items) => items.get(step.parse::<usize>().ok()?),
            None => value.get(step),
        });
        value.map_or_else(|| "nothing".to_owned(), ToString::to_string)
    }
}
