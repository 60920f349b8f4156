//! The rule text as lines that know whose they are, and the place of a rule in it.

use crate::proxy::rules::Rule;

/// Whose a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Whose {
    /// The Service port: its place in [`NodeProxy::ports`](crate::proxy::NodeProxy::ports).
    pub port: u32,
    /// The endpoint that it is about alone: its place in [`ServicePort::endpoints`](crate::proxy::ServicePort::endpoints).
    pub endpoint: Option<u32>,
}

/// A line of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// Where it begins, in bytes.
    pub start: u32,
    /// The line that names the chain, set, map or virtual server that it is in; itself where it is in none.
    pub head: u32,
    /// Whose it is; nobody's for what every node has.
    pub whose: Option<Whose>,
}

/// The rule text of a node.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// The whole text, as the mode's tools print it.
    pub text: String,
    /// Its lines.
    pub lines: Vec<Line>,
    /// From which line on which table is listed.
    tables: Vec<(u32, &'static str)>,
}

impl Listing {
    /// The lines from here on are of this table.
    pub(super) fn table(&mut self, name: &'static str) {
        self.tables.push((self.lines.len() as u32, name));
    }

    /// A line that is in no chain, made of these parts.
    pub(super) fn head(&mut self, whose: Option<Whose>, parts: &[&str]) {
        self.line(self.lines.len(), whose, parts);
    }

    /// A line of the chain that the line `head` names.
    pub(super) fn line(&mut self, head: usize, whose: Option<Whose>, parts: &[&str]) {
        // Rule texts are far below 4 GiB.
        self.lines.push(Line { start: self.text.len() as u32, head: head as u32, whose });
        for part in parts {
            self.text.push_str(part);
        }
        self.text.push('\n');
    }

    /// The text of a line, without its end.
    pub fn text_of(&self, line: usize) -> &str {
        let start = |line: usize| self.lines.get(line).map(|one| one.start as usize);
        let Some(from) = start(line) else { return "" };
        let to = start(line + 1).unwrap_or(self.text.len()).saturating_sub(1);
        self.text.get(from..to).unwrap_or_default()
    }

    /// The line that a rule stands in.
    pub fn find(&self, rule: &Rule) -> Option<usize> {
        let mut tables = self.tables.iter().enumerate().filter(|(_, (_, name))| *name == rule.table);
        tables.find_map(|(at, (from, _))| {
            let to = self.tables.get(at + 1).map_or(self.lines.len(), |(next, _)| *next as usize);
            (*from as usize..to).find(|line| {
                let head = self.lines.get(*line).map_or(*line, |line| line.head as usize);
                is(self.text_of(*line), &rule.text) && name(self.text_of(head)) == rule.chain
            })
        })
    }
}

/// Whether a line is a rule: by itself, or as one of the elements of a set.
fn is(line: &str, rule: &str) -> bool {
    let line = line.trim();
    if line == rule {
        return true;
    }
    let element = line.strip_prefix("elements = { ").unwrap_or(line);
    let element = element.strip_suffix(" }").or(element.strip_suffix(',')).unwrap_or(element);
    element == rule
}

/// The name in the line that begins a chain, a set, a map or a virtual server.
fn name(head: &str) -> &str {
    let mut words = head.trim().split(' ');
    match words.next().unwrap_or_default() {
        "-A" => words.nth(1).unwrap_or_default(),
        word => word.strip_prefix(':').or(words.next()).unwrap_or_default(),
    }
}
