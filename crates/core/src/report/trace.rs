//! `portolan trace`: one packet, or many, as JSON and as text.

use std::fmt::Write;

use crate::objects::{ObjectRef, Value};
use crate::packet::{Candidate, FieldRef, Hop, Trace, Tuple, reply};
use crate::proxy::rules::Rule;

/// Finds the line of a field in the input, from 1; `None` where the object did not come from the input.
pub type LineOf<'a> = &'a dyn Fn(&FieldRef) -> Option<u32>;

/// The JSON object of one packet.
pub fn trace(trace: &Trace, line_of: LineOf<'_>) -> Value {
    let mut object = outcome(trace);
    object.set("hops", Value::Array(trace.hops.iter().map(|one| hop(one, line_of)).collect()));
    object.set("reply", Value::Array(reply(trace).iter().map(|one| hop(one, line_of)).collect()));
    add_why(&mut object, trace, line_of);
    object
}

/// The same without its way, which is most of it.
pub fn route(trace: &Trace, line_of: LineOf<'_>) -> Value {
    let mut object = outcome(trace);
    add_why(&mut object, trace, line_of);
    object
}

fn outcome(trace: &Trace) -> Value {
    let chosen = trace.chosen.and_then(|at| trace.endpoints.get(at));
    Value::object([
        ("verdict", Value::from(trace.verdict.as_str())),
        ("protocol", trace.protocol.as_str().into()),
        ("endpoints", Value::Array(trace.endpoints.iter().map(candidate).collect())),
        ("chosen", chosen.map(candidate).unwrap_or_default()),
        ("masqueraded", trace.masqueraded.into()),
        ("sourceSeen", trace.source_seen.map(|address| address.to_string()).into()),
    ])
}

fn add_why(object: &mut Value, trace: &Trace, line_of: LineOf<'_>) {
    if let Some((service, port)) = &trace.service {
        object.set(
            "service",
            Value::object(
                [("namespace", service.namespace.as_str()), ("name", service.name.as_str()), ("port", port.as_str())]
                    .map(|(key, text)| (key, Value::from(text))),
            ),
        );
    }
    if let Some(cause) = &trace.cause {
        let mut members = Value::object([("code", cause.code.into()), ("message", cause.message.as_str().into())]);
        members.set("field", cause.field.as_ref().map(|field| field.path.clone()).into());
        members.set("line", cause.field.as_ref().and_then(line_of).map(i64::from).into());
        if let Some(field) = &cause.field {
            members.set("object", object_name(field).into());
        }
        object.set("cause", members);
    }
    object.set(
        "symptom",
        Value::object([("curl", Value::Int(trace.symptom.curl.into())), ("text", trace.symptom.text.as_str().into())]),
    );
}

/// The JSON object of many packets, in the order asked.
pub fn flows(traces: &[Trace], line_of: LineOf<'_>) -> Value {
    Value::object([("flows", Value::Array(traces.iter().map(|one| trace(one, line_of)).collect()))])
}

fn candidate(candidate: &Candidate) -> Value {
    Value::object([
        ("address", Value::from(candidate.address.to_string())),
        ("pod", candidate.pod.as_ref().map(ObjectRef::to_string).into()),
        ("node", (!candidate.node.is_empty()).then(|| candidate.node.clone()).into()),
        ("probability", Value::Float(candidate.probability)),
    ])
}

fn tuple(tuple: &Tuple) -> Value {
    Value::object([("src", Value::from(source(tuple))), ("dst", tuple.dst.to_string().into())])
}

/// The source: its address alone where the port is an ephemeral one.
fn source(tuple: &Tuple) -> String {
    if tuple.src.port == 0 { tuple.src.ip.to_string() } else { tuple.src.to_string() }
}

fn object_name(field: &FieldRef) -> String {
    if field.object.name.is_empty() { field.kind.to_string() } else { format!("{} {}", field.kind, field.object) }
}

fn rule(rule: &Rule) -> Value {
    Value::object([
        ("table", Value::from(rule.table)),
        ("chain", rule.chain.as_str().into()),
        ("rule", rule.text.as_str().into()),
    ])
}

fn hop(hop: &Hop, line_of: LineOf<'_>) -> Value {
    let mut object = Value::object([
        ("at", Value::from(hop.at.to_string())),
        ("action", hop.action.as_str().into()),
        ("before", hop.before.as_ref().map(tuple).into()),
        ("after", hop.after.as_ref().map(tuple).into()),
    ]);
    if let Some(rule) = &hop.rule {
        object.set("rule", rule.as_str().into());
    }
    if let Some(ruled) = &hop.ruled {
        object.set("rules", Value::Array(ruled.rules().iter().map(rule).collect()));
    }
    if let Some(field) = &hop.field {
        object.set("field", field.path.as_str().into());
        object.set("object", object_name(field).into());
        object.set("line", line_of(field).map(i64::from).into());
    }
    object.set("note", hop.note.as_str().into());
    object
}

/// The same for people: verdict first, then the way, then who could have been chosen.
pub fn trace_text(trace: &Trace, line_of: LineOf<'_>) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = write!(text, "{}", trace.verdict.as_str());
    if let Some(chosen) = trace.chosen.and_then(|at| trace.endpoints.get(at)) {
        let _ = write!(text, " to {}", chosen.address);
        if let Some(pod) = &chosen.pod {
            let _ = write!(text, " (pod {pod}");
            if !chosen.node.is_empty() {
                let _ = write!(text, " on {}", chosen.node);
            }
            text.push(')');
        }
    }
    text.push('\n');
    if let Some(cause) = &trace.cause {
        let _ = writeln!(text, "cause: {} [{}]", cause.message, cause.code);
        if let Some(field) = &cause.field {
            let _ = writeln!(text, "       {}", field_text(field, line_of));
        }
    }
    if !trace.symptom.text.is_empty() {
        let _ = writeln!(text, "client sees: {}", trace.symptom.text);
    }
    if let Some(address) = trace.source_seen {
        let how = if trace.masqueraded { "masqueraded" } else { "unchanged" };
        let _ = writeln!(text, "source the receiver sees: {address} ({how})");
    }
    text.push('\n');
    for (number, hop) in trace.hops.iter().enumerate() {
        hop_text(&mut text, number + 1, hop, line_of);
    }
    let back = reply(trace);
    if !back.is_empty() {
        text.push_str("\nthe way back:\n");
    }
    for (number, hop) in back.iter().enumerate() {
        hop_text(&mut text, number + 1, hop, line_of);
    }
    if trace.endpoints.len() > 1 {
        text.push_str("\nendpoints that could be chosen:\n");
        for (at, one) in trace.endpoints.iter().enumerate() {
            let mark = if trace.chosen == Some(at) { '>' } else { ' ' };
            let pod = one.pod.as_ref().map(|pod| format!("pod {pod}")).unwrap_or_default();
            let percent = one.probability * 100.0;
            let line = format!("{mark} {:<22} {percent:>5.1} %  {pod}  {}", one.address.to_string(), one.node);
            let _ = writeln!(text, "{}", line.trim_end());
        }
    }
    text
}

fn field_text(field: &FieldRef, line_of: LineOf<'_>) -> String {
    let line = line_of(field).map(|line| format!(", line {line}")).unwrap_or_default();
    format!("{}: {}{line}", object_name(field), field.path)
}

fn hop_text(text: &mut String, number: usize, hop: &Hop, line_of: LineOf<'_>) {
    let _ = writeln!(text, "{number:>2}. {} {}", hop.at, hop.action.as_str());
    match (&hop.before, &hop.after) {
        (Some(before), Some(after)) if before != after => {
            let _ = writeln!(text, "      {} -> {}", source(before), before.dst);
            let _ = writeln!(text, "   => {} -> {}", source(after), after.dst);
        }
        (Some(only), _) | (None, Some(only)) => {
            let _ = writeln!(text, "      {} -> {}", source(only), only.dst);
        }
        (None, None) => {}
    }
    if !hop.note.is_empty() {
        let _ = writeln!(text, "      {}", hop.note);
    }
    if let Some(rule) = &hop.rule {
        for line in rule.lines() {
            let _ = writeln!(text, "      | {line}");
        }
    }
    if let Some(field) = &hop.field {
        let _ = writeln!(text, "      {}", field_text(field, line_of));
    }
}
