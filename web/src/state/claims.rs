//! What the text expects of itself, tried; and the claim that a packet of now would be.

use std::fmt::Write;

use portolan_core::cluster::ProxyMode;
use portolan_core::diagnostic::{Diagnostic, Edit, Severity, Source, Span};
use portolan_core::expect::Claim;
use portolan_core::packet::{Trace, Verdict};
use portolan_core::verify::{self, Failure};
use portolan_core::world::World;

use super::action::{Effect, Tab};
use super::model::Model;

/// Pods times claims, and claims: what is more is tried when it is asked for, and not while somebody types.
const MOST: usize = 50_000;
const MOST_CLAIMS: usize = 200;

/// What became of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It is so.
    Holds,
    /// It is otherwise.
    Fails(Vec<Failure>),
    /// It is about a whole run, which takes a while.
    Untried,
}

/// A claim and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) name: String,
    /// Where it stands in the text.
    pub(crate) span: Span,
    /// In which modes of kube-proxy it was tried; empty where they make no difference.
    pub(crate) modes: Vec<ProxyMode>,
    pub(crate) outcome: Outcome,
    /// The packet that it is about: client and target.
    pub(crate) packet: Option<(String, String)>,
}

/// How many hold, do not, and were not tried.
pub(crate) fn tally(rows: &[Row]) -> (usize, usize, usize) {
    let count = |is: fn(&Outcome) -> bool| rows.iter().filter(|row| is(&row.outcome)).count();
    (
        count(|one| *one == Outcome::Holds),
        count(|one| matches!(one, Outcome::Fails(_))),
        count(|one| *one == Outcome::Untried),
    )
}

/// Whether all but the runs can be tried while somebody types.
pub(crate) fn is_quick(world: &World) -> bool {
    let claims = world.expectations().len();
    claims <= MOST_CLAIMS && world.cluster().pods.len().saturating_mul(claims) <= MOST
}

/// Tries what the text claims; a Scenario is run where `runs` says so.
pub(crate) fn attempt(world: &World, runs: bool) -> Vec<Row> {
    let is_run = |claim: &Claim| matches!(claim, Claim::Run(_));
    let tried = verify::verify(world, None, &|placed| runs || !is_run(&placed.expectation.claim));
    let mut tried = tried.into_iter().peekable();
    let rows = world.expectations().iter().map(|placed| {
        let own = tried.next_if(|one| std::ptr::eq(one.placed, placed));
        let (modes, outcome) = match own {
            None => (Vec::new(), Outcome::Untried),
            Some(one) if one.failures.is_empty() => (one.modes, Outcome::Holds),
            Some(one) => (one.modes, Outcome::Fails(one.failures)),
        };
        let packet = match &placed.expectation.claim {
            Claim::Traffic(claim) => {
                let from = verify::sender(world.cluster(), &claim.from);
                from.map(|from| (from.to_string(), claim.to_text.clone()))
            }
            _ => None,
        };
        Row { name: placed.expectation.name.clone(), span: placed.span, modes, outcome, packet }
    });
    rows.collect()
}

/// What does not hold, as the editor marks it.
pub(crate) fn marks(rows: &[Row]) -> Vec<Diagnostic> {
    let mut marks = Vec::new();
    for row in rows {
        let Outcome::Fails(failures) = &row.outcome else { continue };
        for failure in failures {
            let message = format!("expected: {}, but: {}", failure.expected, failure.found);
            let (severity, source) = (Severity::Warning, Source::Portolan);
            let mut mark = Diagnostic::new("expectation-fails", severity, source, message, 0, row.span);
            mark.help = Some(failure.why.clone()).filter(|why| !why.is_empty());
            marks.push(mark);
        }
    }
    marks
}

/// The document that claims what a packet does. Which mode refuses and which is silent depends on the mode.
fn document(model: &Model, trace: &Trace) -> String {
    let mut text = "apiVersion: portolan.dev/v1alpha1\nkind: Expectation\nspec:\n".to_string();
    // Writing to a string cannot fail.
    let from = model.client.replacen("pod/default/", "pod/", 1);
    let _ = writeln!(text, "  from: \"{from}\"\n  to: \"{}\"", model.target);
    if trace.verdict != Verdict::Delivered {
        let _ = writeln!(text, "  verdict: {}", trace.verdict.as_str());
        if let Some(cause) = &trace.cause {
            let _ = writeln!(text, "  cause: {}", cause.code);
        }
        let _ = writeln!(text, "  mode: {}", model.session.cluster.settings.proxy.mode.as_str());
        return text;
    }
    let mut names: Vec<String> = Vec::new();
    for candidate in &trace.endpoints {
        let Some(pod) = candidate.pod.as_ref() else { continue };
        let name = verify::maker(&model.session.cluster, pod);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if !names.is_empty() {
        let _ = writeln!(text, "  endpoints: [{}]", names.join(", "));
    }
    text
}

impl Model {
    /// Writes what the packet in focus does as an Expectation at the end of the text.
    pub(super) fn expect(&mut self) -> Vec<Effect> {
        let Some(trace) = self.shown() else { return Vec::new() };
        let document = document(self, &trace);
        let edit = at_end(&self.session.text, &document);
        self.remember("expect what this packet does".into());
        self.said = "What this packet does is an Expectation at the end of the YAML now.".into();
        self.tab = Tab::Expectations;
        self.hands.show = Some(edit.span.start);
        self.write(edit)
    }
}

/// One more document at the end of a text.
pub(super) fn at_end(text: &str, document: &str) -> Edit {
    let end = u32::try_from(text.len()).unwrap_or(u32::MAX);
    let line = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    let mark = if text.is_empty() { "" } else { "---\n" };
    Edit { span: Span::new(end, end), text: format!("{line}{mark}{document}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::editor::apply;
    use crate::state::hash::Shared;
    use crate::state::session::Session;

    const TEXT: &str = include_str!("../../examples/node-port.yaml");

    fn rows(text: &str, runs: bool) -> Vec<Row> {
        attempt(&Session::new(text, false, 0).world(), runs)
    }

    #[test]
    fn each_claim_of_a_text_is_a_row_with_its_packet() {
        let found = rows(TEXT, false);
        assert_eq!(tally(&found), (2, 0, 0));
        assert_eq!(found[0].packet, Some(("external".into(), "node/worker-1:31000".into())));
        let broken = rows(&TEXT.replace("app: web\n  ports", "app: wbe\n  ports"), false);
        assert_eq!(tally(&broken), (0, 2, 0), "{broken:?}");
    }

    #[test]
    fn a_run_is_tried_when_it_is_asked_for() {
        let text = format!("{TEXT}    - {{run: {{failures: 0}}}}\n").replace("  from: external\n  cases", "  cases");
        let text = text.replace("- {to: \"node", "- {from: external, to: \"node");
        assert_eq!(tally(&rows(&text, false)), (2, 0, 1));
        assert_eq!(tally(&rows(&text, true)).2, 0);
    }

    #[test]
    fn what_a_packet_does_holds_when_it_is_written_down() {
        for text in [TEXT.to_string(), TEXT.replace("app: web\n  ports", "app: wbe\n  ports")] {
            let model = Model::open_shared(&Shared { options: Vec::new(), text: text.clone() }, false);
            let trace = model.shown().expect("there is something to send to");
            let edit = at_end(&text, &document(&model, &trace));
            let found = rows(&apply(&text, &[edit]), false);
            assert_eq!(found.last().map(|row| &row.outcome), Some(&Outcome::Holds), "{found:?}");
        }
    }
}
