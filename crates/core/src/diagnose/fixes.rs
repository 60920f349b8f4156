//! Findings and the server's refusals, with changes that were tried: the text is edited, the whole pipeline run again,
//! and only what mends its diagnostic without making a new error is offered.

use super::explain::explain;
use super::rules::findings_paced;
use super::server::{self, Case};
use super::{Finding, findings};
use crate::diagnostic::{Diagnostic, Edit, Fix, Severity, Source, Span};
use crate::pace::{Pace, all_at_once};
use crate::sort;
use crate::world::World;
use crate::yaml::{Node, NodeKind};

/// How many changes are tried for one input; more would make typing wait.
const MOST_TRIES: usize = 24;

/// Texts above this size get no fixes, for the same reason.
const LARGEST_TEXT: usize = 200_000;

/// Everything that is said about an input, in the order of the text: what reading, the server and the findings say.
pub fn diagnose(world: &World) -> Vec<Diagnostic> {
    all_at_once(diagnose_paced(world, true, &Pace::restless()))
}

/// [`diagnose`] without fixes: what can be shown while somebody types.
pub fn told(world: &World) -> Vec<Diagnostic> {
    all_at_once(diagnose_paced(world, false, &Pace::restless()))
}

/// [`diagnose`], with rests; without fixes it takes a small part of the time, since none are tried.
pub async fn diagnose_paced(world: &World, with_fixes: bool, pace: &Pace) -> Vec<Diagnostic> {
    let mut all: Vec<Diagnostic> = world.diagnostics().to_vec();
    let mut tries = if with_fixes && world.text_size() <= LARGEST_TEXT { MOST_TRIES } else { 0 };
    for diagnostic in &mut all {
        on_the_tab(diagnostic, world.source(diagnostic.document).text);
        if diagnostic.help.is_none() {
            diagnostic.help = explain(diagnostic);
        }
        // What would not be tried need not be thought of.
        if tries == 0 {
            continue;
        }
        let object = world.document(diagnostic.document).map(|document| object_at(&document.root, diagnostic.span));
        let case = Case { world, diagnostic, text: world.source(diagnostic.document).text, object };
        let candidates = server::candidates(&case);
        diagnostic.fixes = keep_what_helps(world, diagnostic, candidates, &mut tries, pace).await;
    }
    for finding in findings_paced(world.cluster(), pace).await {
        let Some(mut diagnostic) = place(world, &finding) else { continue };
        let edits = finding.proposals.iter().filter_map(|proposal| {
            let (document, span) = world.locate_value(&proposal.field)?;
            let edits = vec![Edit { span, text: proposal.value.clone() }];
            (document == diagnostic.document).then(|| Fix { rule: finding.code, title: proposal.title.clone(), edits })
        });
        diagnostic.fixes = keep_what_helps(world, &diagnostic, edits.collect(), &mut tries, pace).await;
        pace.spend(3).await;
        all.push(diagnostic);
    }
    sort::by_key(&mut all, |one| (one.document, one.span, one.severity));
    all
}

/// The reader blames what follows a tab: the tab itself is meant.
fn on_the_tab(diagnostic: &mut Diagnostic, text: &str) {
    let before = text.get(..diagnostic.span.start as usize).unwrap_or_default();
    if diagnostic.source == Source::Yaml && before.ends_with('\t') {
        diagnostic.span = Span::new(diagnostic.span.start - 1, diagnostic.span.start);
    }
}

/// The names of all rules that offer fixes for what the server refuses.
pub fn fix_rules() -> Vec<&'static str> {
    server::RULES.iter().map(|rule| rule.name).collect()
}

/// Whether the fixes of this rule change nothing but what is told, so that what the server says afterwards is not of
/// their making: the reader, the decoder and the allocator each hide what those behind them would say.
pub fn fix_uncovers(rule: &str) -> bool {
    server::RULES.iter().any(|one| one.uncovers && one.name == rule)
}

fn place(world: &World, finding: &Finding) -> Option<Diagnostic> {
    let (document, span) = world.mark(&finding.field)?;
    let message = finding.message.clone();
    let mut diagnostic = Diagnostic::new(finding.code, finding.severity, Source::Portolan, message, document, span);
    diagnostic.field = Some(finding.field.path.clone());
    diagnostic.help = Some(finding.help.clone());
    Some(diagnostic)
}

/// Those of `candidates` after which the diagnostic is gone and no new error has come that is not plainly another one.
async fn keep_what_helps(
    world: &World,
    diagnostic: &Diagnostic,
    candidates: Vec<Fix>,
    tries: &mut usize,
    pace: &Pace,
) -> Vec<Fix> {
    let mut kept = Vec::new();
    for fix in candidates {
        if *tries == 0 {
            break;
        }
        *tries -= 1;
        let after = edited(world, diagnostic.document, &fix.edits, pace).await;
        if after.is_some_and(|after| helps(world, diagnostic, &fix, &after)) {
            kept.push(fix);
        }
    }
    kept
}

fn helps(world: &World, diagnostic: &Diagnostic, fix: &Fix, after: &World) -> bool {
    if after.diagnostics().iter().any(|one| same(one, diagnostic)) {
        return false;
    }
    if diagnostic.source == Source::Portolan
        && findings(after.cluster())
            .iter()
            .filter_map(|finding| place(after, finding))
            // One that is only put in other words is there still.
            .any(|one| {
                (one.document, one.code, &one.field) == (diagnostic.document, diagnostic.code, &diagnostic.field)
            })
    {
        return false;
    }
    let errors = |one: &&Diagnostic| one.severity == Severity::Error;
    let mut known: Vec<&Diagnostic> = world.diagnostics().iter().filter(errors).collect();
    let fresh = after.diagnostics().iter().filter(errors).filter(|one| {
        let at = known.iter().position(|before| same(before, one));
        at.map(|at| known.swap_remove(at)).is_none()
    });
    let uncovers = fix_uncovers(fix.rule);
    fresh.into_iter().all(|one| {
        uncovers && one.document == diagnostic.document && one.source == Source::Apiserver && !beside(one, diagnostic)
    })
}

/// Whether one speaks of the mapping that the other's field is in.
fn beside(one: &Diagnostic, other: &Diagnostic) -> bool {
    let (Some(one), Some(other)) = (&one.field, &other.field) else { return false };
    match other.rfind(['.', '[']) {
        Some(end) => one.starts_with(other.get(..end).unwrap_or_default()) && other.matches('.').count() > 1,
        None => one == other,
    }
}

fn same(a: &Diagnostic, b: &Diagnostic) -> bool {
    (a.document, a.code, &a.field) == (b.document, b.code, &b.field) && a.message == b.message
}

/// The world of the text after `edits` to the file that `document` stands in.
async fn edited(world: &World, document: usize, edits: &[Edit], pace: &Pace) -> Option<World> {
    let text = apply_edits(world.source(document).text, edits)?;
    Some(world.reload(document, text, pace).await)
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
