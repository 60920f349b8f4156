//! The requests of a case, read as the recorder sent them.

use portolan_core::objects;
use portolan_core::yaml::{self, Document, Limits};

use super::{Refusal, Request};

/// One request a document, sent to the URL of Services whatever it calls itself.
pub fn requests(text: &str) -> Vec<Request> {
    let stream = yaml::read(text, 0, 0, &Limits::default());
    let mut requests: Vec<(usize, Request)> =
        stream.documents.iter().map(|document| (document.index, request(document))).collect();
    for broken in &stream.broken {
        let body = text.get(broken.span.start as usize..broken.span.end as usize).unwrap_or_default();
        let refusal = objects::refuse_unreadable(body, &broken.message);
        requests.push((broken.index, Request { op: "create".to_string(), object: Err(refused(refusal)) }));
    }
    requests.sort_by_key(|(index, _)| *index);
    requests.into_iter().map(|(_, request)| request).collect()
}

fn request(document: &Document) -> Request {
    let op = document.comments.iter().find_map(|line| line.strip_prefix("op:"));
    let op = op.map_or("create", str::trim).to_string();
    // Over the API the last of two equal keys wins; only kubectl looks closer.
    let decoded = objects::decode(&document.root, Some("Service"), &[]);
    let object = match op.as_str() {
        "create" | "put" | "putnorv" | "putstale" => decoded.map(|decoded| decoded.value).map_err(refused),
        // A patch keeps its nulls, and a deletion needs no more than a name.
        _ => Ok(objects::to_value(&document.root)),
    };
    Request { op, object }
}

fn refused(refusal: objects::Refusal) -> Refusal {
    Refusal { code: i64::from(refusal.code), reason: refusal.reason.to_string(), message: refusal.message }
}
