//! What is done by hand, as the text would say it.

use portolan_core::diagnostic::{Edit, Span};
use portolan_core::objects::ObjectRef;
use portolan_core::packet::FieldRef;

use super::action::Effect;
use super::claims::at_end;
use super::model::Model;
use super::session::Session;

/// Where a field's own value stands.
fn value(session: &Session, kind: &'static str, object: &ObjectRef, path: &str) -> Option<Span> {
    let field = FieldRef { kind, object: object.clone(), path: path.into() };
    session.world().locate_value(&field).map(|(_, span)| span)
}

/// Writes how many replicas a workload has; `None` where the text does not have the workload.
pub(super) fn replicas(session: &Session, kind: &str, object: &ObjectRef, replicas: u32) -> Option<Edit> {
    let kind = ["Deployment", "ReplicaSet", "StatefulSet"].into_iter().find(|known| *known == kind)?;
    if let Some(span) = value(session, kind, object, "spec.replicas") {
        return Some(Edit { span, text: replicas.to_string() });
    }
    let span = value(session, kind, object, "spec")?;
    let at = span.start as usize;
    let before = session.text.get(..at)?;
    if session.text.get(at..)?.starts_with('{') {
        return Some(Edit { span: Span::new(span.start + 1, span.start + 1), text: format!("replicas: {replicas}, ") });
    }
    let column = at - before.rfind('\n').map_or(0, |line| line + 1);
    let text = format!("replicas: {replicas}\n{}", " ".repeat(column));
    Some(Edit { span: Span::new(span.start, span.start), text })
}

/// The one edit that makes `after` of `before`.
pub(super) fn difference(before: &str, after: &str) -> Option<Edit> {
    if before == after {
        return None;
    }
    let same = |(a, b): &(char, char)| a == b;
    let start: usize = before.chars().zip(after.chars()).take_while(same).map(|(c, _)| c.len_utf8()).sum();
    let (old, new) = (before.get(start..)?, after.get(start..)?);
    let end: usize = old.chars().rev().zip(new.chars().rev()).take_while(same).map(|(c, _)| c.len_utf8()).sum();
    let span = Span::new(u32::try_from(start).ok()?, u32::try_from(before.len() - end).ok()?);
    Some(Edit { span, text: new.get(..new.len() - end)?.to_string() })
}

impl Model {
    /// Writes the run so far as a Scenario: in the place of the text's own, or at its end.
    pub(super) fn record(&mut self) -> Vec<Effect> {
        let scenario = self.session.run().scenario();
        let no_object = ObjectRef::new("", "");
        let text = &self.session.text;
        let own = value(&self.session, "Scenario", &no_object, "").and_then(|span| {
            let old = text.get(span.start as usize..span.end as usize)?;
            // In braces, or after something else on its line, it would have to be written otherwise.
            let fresh = text.get(..span.start as usize)?.chars().next_back().is_none_or(|c| c == '\n');
            (fresh && !old.starts_with('{')).then(|| (span, old.len() - old.trim_end().len()))
        });
        let had_one = self.session.world().scenario().is_some();
        let name = value(&self.session, "Scenario", &no_object, "metadata.name")
            .and_then(|span| text.get(span.start as usize..span.end as usize))
            .map_or("by-hand", |name| name.trim_matches(['"', '\'']));
        let document = scenario.to_value(name).to_yaml();
        let edit = match own {
            Some((span, blank)) => {
                let end = u32::try_from(blank).map_or(span.end, |blank| span.end.saturating_sub(blank));
                Edit { span: Span::new(span.start, end), text: document.trim_end().to_string() }
            }
            // Of two Scenarios, the last one counts.
            None => at_end(text, &document),
        };
        let at = edit.span.start;
        self.remember("record the run as a Scenario".into());
        self.said = if had_one {
            "The Scenario in the YAML is this run now."
        } else {
            "The run is a Scenario at the end of the YAML now."
        }
        .into();
        if self.session.has_tunnel() {
            self.said += " Without what went through kubectl's tunnel: that is no client of the cluster's network.";
        }
        self.session.set_duration(scenario.duration);
        self.hands.show = Some(at);
        self.write(edit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::editor::apply;

    #[test]
    fn one_edit_makes_one_text_of_another() {
        for (before, after) in
            [("ab", "ab"), ("", "x"), ("aa", "a"), ("replicas: 3\n", "replicas: 13\n"), ("\u{e9}\u{e8}", "\u{e8}")]
        {
            let edits: Vec<Edit> = difference(before, after).into_iter().collect();
            assert_eq!(apply(before, &edits), after);
        }
    }

    #[test]
    fn replicas_are_written_where_they_are_or_belong() {
        let name = ObjectRef::new("default", "web");
        let rest = "selector: {matchLabels: {app: web}}\n  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: a, image: a}]}}\n";
        let head = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n";
        let scaled = |text: &str| {
            let session = Session::new(text, false, 0);
            replicas(&session, "Deployment", &name, 5).map(|edit| apply(text, &[edit]))
        };
        let there = format!("{head}spec:\n  replicas: 3 # three\n  {rest}");
        assert_eq!(scaled(&there), Some(there.replace('3', "5")));
        let absent = format!("{head}spec:\n  {rest}");
        assert_eq!(scaled(&absent), Some(format!("{head}spec:\n  replicas: 5\n  {rest}")));
        let flow = format!(
            "{head}spec: {{selector: {{matchLabels: {{app: web}}}}, template: {{metadata: {{labels: {{app: web}}}}, spec: {{containers: [{{name: a, image: a}}]}}}}}}\n"
        );
        assert_eq!(scaled(&flow), Some(flow.replace("spec: {selector", "spec: {replicas: 5, selector")));
        assert_eq!(scaled("kind: Pod\n"), None);
    }
}
