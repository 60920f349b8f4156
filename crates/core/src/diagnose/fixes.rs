//! Findings and the server's refusals, with changes that were tried: the text is edited, the whole pipeline run again,
//! and only what mends its diagnostic without making a new error is offered.

use super::server;
use super::{Finding, findings};
use crate::diagnostic::{Diagnostic, Edit, Fix, Severity, Source, Span};
use crate::sort;
use crate::world::World;
use crate::yaml::{Node, NodeKind};

/// How many changes are tried for one input; more would make typing wait.
const MOST_TRIES: usize = 24;

/// Texts above this size get no fixes, for the same reason.
const LARGEST_TEXT: usize = 200_000;

/// Everything that is said about an input, in the order of the text: what reading, the server and the findings say.
pub fn diagnose(world: &World) -> Vec<Diagnostic> {
    let mut all: Vec<Diagnostic> = world.diagnostics().to_vec();
    let mut tries = if world.text_size() <= LARGEST_TEXT { MOST_TRIES } else { 0 };
    for diagnostic in &mut all {
        // What would not be tried need not be thought of.
        if tries == 0 {
            break;
        }
        let Some(document) = world.document(diagnostic.document) else { continue };
        let object = object_at(&document.root, diagnostic.span);
        let candidates = server::candidates(diagnostic, world.source(diagnostic.document).text, object);
        diagnostic.fixes = keep_what_helps(world, diagnostic, candidates, &mut tries);
    }
    for finding in findings(world.cluster()) {
        let Some(mut diagnostic) = place(world, &finding) else { continue };
        let edits = finding.proposals.iter().filter_map(|proposal| {
            let (document, span) = world.locate_value(&proposal.field)?;
            let edit = Edit { span, text: proposal.value.clone() };
            (document == diagnostic.document).then(|| Fix { title: proposal.title.clone(), edits: vec![edit] })
        });
        diagnostic.fixes = keep_what_helps(world, &diagnostic, edits.collect(), &mut tries);
        all.push(diagnostic);
    }
    sort::by_key(&mut all, |one| (one.document, one.span, one.severity));
    all
}

fn place(world: &World, finding: &Finding) -> Option<Diagnostic> {
    let place = world.locate(&finding.field)?;
    let message = finding.message.clone();
    let mut diagnostic =
        Diagnostic::new(finding.code, finding.severity, Source::Portolan, message, place.document, place.span);
    diagnostic.field = Some(finding.field.path.clone());
    diagnostic.help = Some(finding.help.clone());
    Some(diagnostic)
}

/// Those of `candidates` after which the diagnostic is gone and no new error has come.
fn keep_what_helps(world: &World, diagnostic: &Diagnostic, candidates: Vec<Fix>, tries: &mut usize) -> Vec<Fix> {
    if candidates.is_empty() || *tries == 0 {
        return Vec::new();
    }
    let before = world.diagnostics();
    let helps = |fix: &Fix| {
        let Some(after) = edited(world, diagnostic.document, &fix.edits) else { return false };
        let still = if diagnostic.source == Source::Portolan {
            findings(after.cluster())
                .iter()
                .filter_map(|finding| place(&after, finding))
                // One that is only put in other words is there still.
                .any(|one| {
                    (one.document, one.code, &one.field) == (diagnostic.document, diagnostic.code, &diagnostic.field)
                })
        } else {
            // What stands there afterwards must be right, too.
            after.diagnostics().iter().any(|one| {
                same(one, diagnostic) || (refused_at(one, diagnostic) && !before.iter().any(|old| same(old, one)))
            })
        };
        let fewer =
            if diagnostic.severity == Severity::Error { errors(before).saturating_sub(1) } else { errors(before) };
        !still && errors(after.diagnostics()) <= fewer
    };
    candidates
        .into_iter()
        .take_while(|_| {
            let left = *tries > 0;
            *tries = tries.saturating_sub(1);
            left
        })
        .filter(helps)
        .collect()
}

fn same(a: &Diagnostic, b: &Diagnostic) -> bool {
    (a.document, a.code, &a.field) == (b.document, b.code, &b.field) && a.message == b.message
}

/// An error about the field that `other` is about.
fn refused_at(one: &Diagnostic, other: &Diagnostic) -> bool {
    one.severity == Severity::Error && (one.document, &one.field) == (other.document, &other.field)
}

fn errors(diagnostics: &[Diagnostic]) -> usize {
    diagnostics.iter().filter(|one| one.severity == Severity::Error).count()
}

/// The world of the text after `edits` to the file that `document` stands in.
fn edited(world: &World, document: usize, edits: &[Edit]) -> Option<World> {
    let text = apply_edits(world.source(document).text, edits)?;
    Some(world.reload(document, text))
}

/// The object that a place belongs to: an item of a List, or the whole document.
fn object_at(root: &Node, span: Span) -> &Node {
    match root.get("items").map(|items| &items.kind) {
        Some(NodeKind::Seq(items)) => {
            let after = items.partition_point(|item| item.span.start <= span.start);
            let before = after.checked_sub(1).and_then(|at| items.get(at));
            before.filter(|item| span.end <= item.span.end).unwrap_or(root)
        }
        _ => root,
    }
}

/// `text` with `edits` made; `None` where they do not fit it.
pub fn apply_edits(text: &str, edits: &[Edit]) -> Option<String> {
    let mut out = String::with_capacity(text.len() + 64);
    let mut at = 0;
    for Edit { span: Span { start, end }, text: new } in edits {
        out.push_str(text.get(at..*start as usize)?);
        out.push_str(new);
        at = *end as usize;
        text.get(*start as usize..at)?;
    }
    out.push_str(text.get(at..)?);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_that_do_not_fit_change_nothing() {
        let edit = |start, end, text: &str| Edit { span: Span::new(start, end), text: text.to_string() };
        assert_eq!(apply_edits("type: X", &[edit(6, 7, "Y")]).as_deref(), Some("type: Y"));
        assert_eq!(apply_edits("ab", &[edit(0, 0, "1"), edit(2, 2, "2")]).as_deref(), Some("1ab2"));
        assert_eq!(apply_edits("ab", &[edit(1, 9, "")]), None);
        assert_eq!(apply_edits("ab", &[edit(2, 2, ""), edit(0, 1, "")]), None);
    }
}
