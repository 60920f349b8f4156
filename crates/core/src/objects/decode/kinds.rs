//! Which kind an object is, and the server's words where it cannot tell or has no such kind.
//!
//! Follows apimachinery's `runtime/serializer/json/meta.go`, the schemes of the server, and `transformDecodeError` of
//! apiserver's `pkg/endpoints/handlers/rest.go`.

use super::super::gofmt::{self, quote};
use super::super::schema::{self, Kind};
use super::{Decoded, Refusal, to_value, type_word};
use crate::yaml::{Node, NodeKind};

/// The refusal of a document that is no YAML: `text` is the document, `error` what the reader said of it.
pub fn refuse_unreadable(text: &str, error: &str) -> Refusal {
    let named = text.lines().find_map(|line| line.strip_prefix("kind:")).map_or("", str::trim);
    let kind = nearest(named).map_or("Service", |kind| kind.kind);
    let summary = gofmt::summary(text);
    Refusal::bad(
        format!("the object provided is unrecognized (must be of type {kind}): {error} ({summary})"),
        Vec::new(),
    )
}

/// Groups whose kinds are all the server's own: a kind that they do not have is a mistake, not somebody's own kind.
const OWN_GROUPS: [&str; 4] = ["", "apps", "discovery.k8s.io", "extensions"];

/// The kinds of those groups that the engine does not decode.
const OTHER_KINDS: [(&str, &str); 17] = [
    ("v1", "Binding"),
    ("v1", "ComponentStatus"),
    ("v1", "ConfigMap"),
    ("v1", "Event"),
    ("v1", "LimitRange"),
    ("v1", "PersistentVolume"),
    ("v1", "PersistentVolumeClaim"),
    ("v1", "PodTemplate"),
    ("v1", "ResourceQuota"),
    ("v1", "Secret"),
    ("v1", "ServiceAccount"),
    ("v1", "Status"),
    ("v1", "ConfigMapList"),
    ("v1", "SecretList"),
    ("v1", "EventList"),
    ("v1", "ServiceAccountList"),
    ("apps/v1", "ControllerRevision"),
];

/// What the server says of an object that it can read, at the URL of another kind.
pub(super) fn misdirected(api_version: &str, kind: &str, sent_as: &str) -> String {
    let package = api_version.rsplit('/').next().unwrap_or("");
    let sent = schema::KINDS.iter().find(|known| known.kind == sent_as);
    let internal = match sent.and_then(|sent| sent.api_version.split_once('/')) {
        Some((group, _)) => group.split('.').next().unwrap_or(group),
        None => "core",
    };
    format!("converting ({package}.{kind}) to ({internal}.{sent_as}): unknown conversion")
}

/// The refusal of what has no readable kind; `error` is what Go's JSON says of `place`.
pub(super) fn no_kind(node: &Node, sent_as: Option<&str>, place: &str, error: String) -> Refusal {
    let message = format!("couldn't get version/kind; json parse error: {error}");
    let mut refusal = unrecognized(node, sent_as, place, &message);
    refusal.places = vec![(place.to_string(), error)];
    refusal
}

/// The refusal of what the server cannot tell the kind of, with the start of what it was sent.
pub(super) fn unrecognized(node: &Node, sent_as: Option<&str>, place: &str, error: &str) -> Refusal {
    let kind = sent_as.unwrap_or("Service");
    let summary = gofmt::summary(&to_value(node).to_json());
    let message = format!("the object provided is unrecognized (must be of type {kind}): {error} ({summary})");
    Refusal::bad(message, vec![(place.to_string(), error.to_string())])
}

/// `by_url` where the object is sent to one kind's URL: then nobody else's kinds can be meant.
pub(super) fn unknown_kind(
    node: &Node,
    api_version: String,
    kind: String,
    sent: Option<&'static Kind>,
    by_url: bool,
) -> Result<Decoded, Refusal> {
    let (group, version) = api_version.rsplit_once('/').unwrap_or(("", &api_version));
    let other = OTHER_KINDS.contains(&(api_version.as_str(), kind.as_str()));
    if let (true, true, Some(sent)) = (by_url, other, sent) {
        let error = misdirected(&api_version, &kind, sent.kind);
        let message = format!("{kind} in version {} cannot be handled as a {}: {error}", quote(version), sent.kind);
        return Err(Refusal::bad(message, vec![("kind".to_string(), error)]));
    }
    let of_the_server = by_url || OWN_GROUPS.contains(&group) && !other;
    if !of_the_server {
        let value = to_value(node);
        return Ok(Decoded { api_version, kind, known: None, value, defaulted: Vec::new(), not_modelled: Vec::new() });
    }
    let wrong = match sent {
        Some(sent) if sent.kind == kind => "apiVersion",
        _ => "kind",
    };
    let Some(sent) = sent else {
        let message = format!("no matches for kind {} in version {}", quote(&kind), quote(&api_version));
        return Err(Refusal {
            code: 404,
            reason: "NotFound",
            places: vec![(wrong.to_string(), message.clone())],
            message,
        });
    };
    let error = format!(
        "no kind {} is registered for version {} in scheme \"pkg/api/legacyscheme/scheme.go:30\"",
        quote(&kind),
        quote(&api_version)
    );
    let message = format!("{kind} in version {} cannot be handled as a {}: {error}", quote(version), sent.kind);
    Err(Refusal::bad(message, vec![(wrong.to_string(), error)]))
}

/// The kind that is meant: of this name, in any case, or with at most two letters wrong.
pub(super) fn nearest(name: &str) -> Option<&'static Kind> {
    let exact = schema::KINDS.iter().find(|known| known.kind == name);
    let lower = name.to_ascii_lowercase();
    exact.or_else(|| {
        schema::KINDS
            .iter()
            .map(|known| (gofmt::distance(&known.kind.to_ascii_lowercase(), &lower, 2), known))
            .filter(|(distance, known)| *distance <= 2 && *distance < known.kind.len())
            .min_by_key(|(distance, _)| *distance)
            .map(|(_, known)| known)
    })
}

/// `apiVersion` or `kind`, which the server reads before all else.
pub(super) fn text_field(node: &Node, name: &'static str) -> Result<String, String> {
    match node.get(name).map(|value| (&value.kind, value)) {
        None | Some((NodeKind::Null, _)) => Ok(String::new()),
        Some((NodeKind::Str(text), _)) => Ok(text.clone()),
        Some((_, value)) => {
            Err(format!("json: cannot unmarshal {} into Go struct field .{name} of type string", type_word(value)))
        }
    }
}
