//! The requests of a case, read as the recorder sent them.

use portolan_core::objects;
use portolan_core::yaml::{self, Document, Limits, Node, NodeKind};

use super::{Refusal, Request};

/// One request a document, sent to the URL of Services whatever it calls itself.
pub fn requests(text: &str) -> Vec<Request> {
    let stream = yaml::read(text, 0, 0, &Limits::default());
    let mut requests: Vec<(usize, Request)> =
        stream.documents.iter().map(|document| (document.index, request(document, text))).collect();
    for broken in &stream.broken {
        let body = text.get(broken.span.start as usize..broken.span.end as usize).unwrap_or_default();
        let refusal = objects::refuse_unreadable(body, &broken.message);
        requests.push((broken.index, Request { op: "create".to_string(), object: Err(refused(refusal)) }));
    }
    requests.sort_by_key(|(index, _)| *index);
    requests.into_iter().map(|(_, request)| request).collect()
}

/// A part of a number that no case has, and that a double holds exactly.
const ODD: f64 = 1.0 / 1024.0;

/// Cases were sent as JSON, in which `80.0` keeps its point and is no integer; YAML, which kubectl reads, has none there.
/// Such numbers are made odd, and [`plain`] makes their words even again.
fn as_json(node: &mut Node, text: &str) {
    match &mut node.kind {
        NodeKind::Int(number) => {
            let source = text.get(node.span.start as usize..node.span.end as usize).unwrap_or_default();
            let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
            if source.split_once('.').is_some_and(|(whole, rest)| digits(whole) && digits(rest)) {
                node.kind = NodeKind::Float(*number as f64 + ODD);
            }
        }
        NodeKind::Seq(items) => items.iter_mut().for_each(|item| as_json(item, text)),
        NodeKind::Map(entries) => entries.iter_mut().for_each(|entry| as_json(&mut entry.value, text)),
        _ => {}
    }
}

fn plain(message: &str) -> String {
    message.replace(ODD.to_string().trim_start_matches('0'), ".0")
}

fn request(document: &Document, text: &str) -> Request {
    let op = document.comments.iter().find_map(|line| line.strip_prefix("op:"));
    let op = op.map_or("create", str::trim).to_string();
    // Over the API the last of two equal keys wins; only kubectl looks closer.
    let mut root = document.root.clone();
    as_json(&mut root, text);
    let decoded = objects::decode(&root, Some("Service"), &[]);
    let object = match op.as_str() {
        "create" | "put" | "putnorv" | "putstale" => decoded.map(|decoded| decoded.value).map_err(refused),
        // A patch keeps its nulls, and a deletion needs no more than a name.
        _ => Ok(objects::to_value(&document.root)),
    };
    Request { op, object }
}

fn refused(refusal: objects::Refusal) -> Refusal {
    Refusal { code: i64::from(refusal.code), reason: refusal.reason.to_string(), message: plain(&refusal.message) }
}
