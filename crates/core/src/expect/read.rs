//! Reads a document field by field. Nothing is ignored: what is not known is an error with its path.

use super::{
    Amount, Answers, Claim, DiagnosticsClaim, Expectation, Lookup, Names, ObjectClaim, ObjectName, Run, Shares,
    SourceSeen, Traffic,
};
use crate::cluster::{Client, ProxyMode};
use crate::dns::QType;
use crate::net::Protocol;
use crate::objects::{Value, nearest};
use crate::packet::{CAUSES, Target, Verdict};
use crate::sim::{FieldReader as Reader, Problems};

/// The fields that say what a claim is about: a claim has one of them, but that `object` narrows `diagnostics`.
const SUBJECTS: [&str; 5] = ["to", "lookup", "object", "diagnostics", "run"];
const TRAFFIC: [&str; 12] = [
    "name",
    "mode",
    "from",
    "to",
    "protocol",
    "verdict",
    "cause",
    "endpoints",
    "shares",
    "tolerance",
    "source",
    "entry",
];
const LOOKUP: [&str; 6] = ["name", "mode", "from", "lookup", "type", "answers"];
const OBJECT: [&str; 7] = ["name", "mode", "object", "accepted", "field", "reason", "message"];
const DIAGNOSTICS: [&str; 4] = ["name", "mode", "object", "diagnostics"];
const RUN: [&str; 3] = ["name", "mode", "run"];
/// The fields of a claim about each of the subjects.
const SORTS: [&[&str]; 5] = [&TRAFFIC, &LOOKUP, &OBJECT, &DIAGNOSTICS, &RUN];
/// How a connection can be claimed to end.
pub(crate) const VERDICTS: [Verdict; 7] = [
    Verdict::Delivered,
    Verdict::Rejected,
    Verdict::Dropped,
    Verdict::Passed,
    Verdict::Refused,
    Verdict::Unresolved,
    Verdict::Unroutable,
];
/// The most of a list: what is asked must stay bounded.
const MOST: usize = 1000;

/// Reads a document. The error has everything that is wrong, each with the path of its field.
pub fn read(document: &Value) -> Result<Vec<Expectation>, Problems> {
    let mut reader = Reader::of(document);
    let text = |path: &str| document.at(path).and_then(Value::as_str).unwrap_or_default();
    if text("kind") != "Expectation" {
        reader.wrong("kind", format!("{:?} is no kind of Portolan's: Expectation, Scenario", text("kind")));
        return Err(reader.problems);
    }
    let Some(spec @ Value::Object(_)) = document.get("spec") else {
        reader.wrong("spec", "required: what is expected");
        return Err(reader.problems);
    };
    let title = text("metadata.name");
    let mut found = Vec::new();
    match spec.get("cases") {
        None => found.extend(one(&mut reader, spec, title, "spec", &|_| "spec")),
        Some(Value::Array(cases)) if !cases.is_empty() && cases.len() <= MOST => {
            for (index, case) in cases.iter().enumerate() {
                let path = format!("spec.cases[{index}]");
                if !matches!(case, Value::Object(_)) {
                    reader.wrong(path, "must be a mapping with the fields of an expectation");
                    continue;
                }
                let whole = inherit(spec, case);
                let place = |field: &str| if case.get(field).is_some() { path.as_str() } else { "spec" };
                found.extend(one(&mut reader, &whole, title, &path, &place));
            }
            // What goes with none of them was meant for one.
            for (field, _) in spec.members() {
                let about = |case: &Value| is_foreign(if has_subject(case) { case } else { spec }, field);
                if field != "cases" && !SUBJECTS.contains(&field.as_str()) && cases.iter().all(about) {
                    reader.wrong(format!("spec.{field}"), "goes with none of the cases");
                }
            }
        }
        Some(_) => reader.wrong("spec.cases", format!("must be a list of 1 to {MOST} expectations")),
    }
    if reader.problems.is_empty() { Ok(found) } else { Err(reader.problems) }
}

/// A case with what `spec` says for all of them, as far as it goes with what the case is about. What that is is the case's
/// own matter, if it says so.
fn inherit(spec: &Value, case: &Value) -> Value {
    let own = has_subject(case);
    let about = if own { case } else { spec };
    let mut members = case.members().to_vec();
    for (key, value) in spec.members() {
        let given = key == "cases" || case.get(key).is_some();
        let other = own && SUBJECTS.contains(&key.as_str());
        if !given && !other && !is_foreign(about, key) {
            members.push((key.clone(), value.clone()));
        }
    }
    Value::Object(members)
}

/// Whether it says what it is about.
fn has_subject(case: &Value) -> bool {
    SUBJECTS.iter().any(|subject| case.get(subject).is_some())
}

/// Whether a field goes with other claims than with one about this.
fn is_foreign(about: &Value, field: &str) -> bool {
    let sorts = SUBJECTS.iter().zip(SORTS);
    let (own, others): (Vec<_>, Vec<_>) = sorts.partition(|(subject, _)| about.get(subject).is_some());
    let has = |sorts: &[(&&str, &[&str])]| sorts.iter().any(|(_, fields)| fields.contains(&field));
    !own.is_empty() && !has(&own) && has(&others)
}

/// Reads one claim; `place` says where a field of it stands.
fn one<'p>(
    reader: &mut Reader,
    value: &Value,
    title: &str,
    path: &str,
    place: &dyn Fn(&str) -> &'p str,
) -> Option<Expectation> {
    let mut own = reader.inner();
    let claim = claim(&mut own, value);
    let modes = modes(&mut own, value);
    let name = own.text(value, "", "name").map(str::to_string);
    let wrong = !own.problems.is_empty();
    for (field, message) in own.problems {
        let field = field.trim_start_matches('.');
        let first = field.split(['.', '[']).next().unwrap_or_default();
        let place = if first.is_empty() { path } else { place(first) };
        let field = if field.is_empty() { place.to_string() } else { format!("{place}.{field}") };
        // What all cases inherit is told once.
        if !reader.problems.iter().any(|known| *known == (field.clone(), message.clone())) {
            reader.wrong(field, message);
        }
    }
    let claim = claim.filter(|_| !wrong)?;
    let words = || words(&claim);
    let name = match (title, name) {
        ("", None) => words(),
        ("", Some(name)) => name,
        (title, None) if path == "spec" => title.to_string(),
        (title, None) => format!("{title}: {}", words()),
        (title, Some(name)) => format!("{title}: {name}"),
    };
    Some(Expectation { name, path: path.to_string(), modes, claim })
}

fn claim(reader: &mut Reader, value: &Value) -> Option<Claim> {
    let given: Vec<&str> = SUBJECTS.into_iter().filter(|subject| value.get(subject).is_some()).collect();
    match given.as_slice() {
        ["to"] => traffic(reader, value).map(Box::new).map(Claim::Traffic),
        ["lookup"] => lookup(reader, value).map(Claim::Lookup),
        ["object"] => object_claim(reader, value).map(Claim::Object),
        ["diagnostics"] | ["object", "diagnostics"] => {
            known(reader, value, &DIAGNOSTICS);
            let object = value.get("object").is_some().then(|| object(reader, value));
            let codes = names(reader, value, "diagnostics")?;
            Some(Claim::Diagnostics(DiagnosticsClaim { object: object.flatten(), codes }))
        }
        ["run"] => {
            known(reader, value, &RUN);
            run(reader, value.get("run")?).map(Claim::Run)
        }
        [] => {
            let mut all: Vec<&str> = TRAFFIC.to_vec();
            for field in [&LOOKUP[..], &OBJECT, &DIAGNOSTICS, &RUN].concat() {
                if !all.contains(&field) {
                    all.push(field);
                }
            }
            reader.known(value, "", &all);
            reader.wrong("", format!("does not say what it is about: needs one of {}", SUBJECTS.join(", ")));
            None
        }
        several => {
            reader
                .wrong("", format!("is about several things, {}: make them cases of their own", several.join(" and ")));
            None
        }
    }
}

/// Tells fields that are not known, and those that belong to another sort of claim.
fn known(reader: &mut Reader, value: &Value, fields: &[&str]) {
    for (name, _) in value.members() {
        let other = SUBJECTS.iter().zip(SORTS);
        let mut other = other.filter(|(_, theirs)| theirs.contains(&name.as_str()));
        match other.next().filter(|_| !fields.contains(&name.as_str())) {
            Some((subject, _)) => reader.wrong(format!(".{name}"), format!("goes with {subject}, which is not here")),
            None => reader.known(&Value::object([(name.as_str(), Value::Null)]), "", fields),
        }
    }
}

fn modes(reader: &mut Reader, value: &Value) -> Vec<ProxyMode> {
    let texts: Vec<&str> = match value.get("mode") {
        None | Some(Value::Null) => return Vec::new(),
        Some(Value::Str(text)) if text == "all" => return ProxyMode::ALL.to_vec(),
        Some(Value::Str(text)) => vec![text],
        Some(list) => list.items().iter().map(|item| item.as_str().unwrap_or_default()).collect(),
    };
    let read = |text: &&str| ProxyMode::ALL.into_iter().find(|mode| mode.as_str() == *text);
    let found: Vec<ProxyMode> = texts.iter().filter_map(read).collect();
    if found.is_empty() || found.len() != texts.len() {
        reader.wrong(".mode", "must be iptables, nftables, ipvs, a list of them, or all");
    }
    found
}

fn client(reader: &mut Reader, value: &Value) -> Option<Client> {
    match reader.text(value, "", "from").map(|from| reader.client(from)) {
        Some(Ok(client)) => Some(client),
        Some(Err(message)) => {
            reader.wrong(".from", message);
            None
        }
        None => {
            if value.get("from").is_none_or(Value::is_null) {
                reader.wrong(".from", "required: who connects or asks, such as pod/client or external");
            }
            None
        }
    }
}

fn traffic(reader: &mut Reader, value: &Value) -> Option<Traffic> {
    known(reader, value, &TRAFFIC);
    let from = client(reader, value);
    let to_text = reader.text(value, "", "to").map(without_scheme).unwrap_or_default();
    let to_text = reader.target(&to_text);
    let to = match Target::parse(&to_text) {
        Ok(to) => Some(to),
        Err(message) => {
            reader.wrong(".to", message);
            None
        }
    };
    let protocol = reader.text(value, "", "protocol").map_or(Some(Protocol::Tcp), Protocol::parse);
    if protocol.is_none() {
        reader.wrong(".protocol", "must be TCP, UDP or SCTP");
    }
    let cause = reader.text(value, "", "cause").map(str::to_string);
    if let Some(unknown) = cause.as_deref().filter(|cause| !CAUSES.contains(cause)) {
        let meant = nearest(unknown, CAUSES).map(|known| format!("did you mean {known}? "));
        let known = CAUSES.join(", ");
        reader.wrong(".cause", format!("no packet ends so; {}known are {known}", meant.unwrap_or_default()));
    }
    let mut verdicts = Vec::new();
    let written = match value.get("verdict") {
        None | Some(Value::Null) => &[],
        Some(Value::Array(items)) => items.as_slice(),
        Some(single) => std::slice::from_ref(single),
    };
    for text in written {
        match VERDICTS.into_iter().find(|verdict| text.as_str() == Some(verdict.as_str())) {
            Some(verdict) => verdicts.push(verdict),
            None => {
                let all: Vec<&str> = VERDICTS.iter().map(|verdict| verdict.as_str()).collect();
                reader.wrong(".verdict", format!("must be one of {}, or a list of them", all.join(", ")));
            }
        }
    }
    // Who names a cause means any end but the good one.
    if verdicts.is_empty() && cause.is_none() {
        verdicts.push(Verdict::Delivered);
    }
    let mut endpoints = names(reader, value, "endpoints");
    endpoints.iter_mut().flat_map(Names::words).for_each(|word| *word = reader.owner(word));
    let shares = shares(reader, value, "");
    let source = match reader.text(value, "", "source") {
        None => None,
        Some("client") => Some(SourceSeen::Client),
        Some("masqueraded") => Some(SourceSeen::Masqueraded),
        Some(text) => match text.parse() {
            Ok(address) => Some(SourceSeen::Address(address)),
            Err(_) => {
                reader.wrong(".source", "must be client, masqueraded or an address");
                None
            }
        },
    };
    if !verdicts.contains(&Verdict::Delivered) && cause.as_deref() != Some("asymmetric-reply") {
        for field in ["endpoints", "shares", "source"] {
            if value.get(field).is_some() {
                reader.wrong(format!(".{field}"), "goes with verdict: delivered");
            }
        }
    }
    let entry = names(reader, value, "entry");
    let (from, to, protocol) = (from?, to?, protocol?);
    Some(Traffic { from, to, to_text, protocol, verdicts, cause, endpoints, shares, source, entry })
}

/// A URL's host and port: `http://web/` is `web:80`.
fn without_scheme(text: &str) -> String {
    let (rest, port) = match (text.strip_prefix("http://"), text.strip_prefix("https://")) {
        (Some(rest), _) => (rest, 80),
        (_, Some(rest)) => (rest, 443),
        _ => return text.to_string(),
    };
    let host = rest.split('/').next().unwrap_or_default();
    let has_port = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    if has_port { host.to_string() } else { format!("{host}:{port}") }
}

fn lookup(reader: &mut Reader, value: &Value) -> Option<Lookup> {
    known(reader, value, &LOOKUP);
    let from = client(reader, value);
    let name = reader.text(value, "", "lookup").unwrap_or_default().to_string();
    let record_type = match reader.text(value, "", "type").map(QType::parse) {
        Some(None) => {
            let all: Vec<&str> = QType::ALL.iter().map(|one| one.as_str()).collect();
            reader.wrong(".type", format!("must be one of {}", all.join(", ")));
            None
        }
        found => found.flatten(),
    };
    let answers = match value.get("answers") {
        Some(Value::Str(text)) if text == "NXDOMAIN" => Answers::NxDomain,
        Some(Value::Str(text)) if text == "NODATA" => Answers::NoData,
        None | Some(Value::Null) => {
            reader.wrong(".answers", "required: NXDOMAIN, NODATA or a list such as [svc/web] or [10.96.0.10]");
            return None;
        }
        Some(Value::Str(_)) => {
            reader.wrong(".answers", "must be NXDOMAIN, NODATA or a list");
            return None;
        }
        Some(_) => {
            let mut records = names(reader, value, "answers")?;
            records.words().for_each(|word| *word = reader.owner(&reader.target(word)));
            Answers::Records(records)
        }
    };
    Some(Lookup { from: from?, name, record_type, answers })
}

fn object(reader: &mut Reader, value: &Value) -> Option<ObjectName> {
    let text = reader.text(value, "", "object")?;
    let parts: Vec<&str> = text.split('/').collect();
    let (kind, namespace, name) = match parts.as_slice() {
        [kind, name] => (*kind, None, *name),
        [kind, namespace, name] => (*kind, Some(namespace.to_string()), *name),
        _ => ("", None, ""),
    };
    if kind.is_empty() || name.is_empty() {
        reader.wrong(".object", "must be KIND/NAME or KIND/NAMESPACE/NAME, such as Service/web");
        return None;
    }
    Some(ObjectName { kind: kind.to_string(), namespace, name: name.to_string() })
}

fn object_claim(reader: &mut Reader, value: &Value) -> Option<ObjectClaim> {
    known(reader, value, &OBJECT);
    let object = object(reader, value);
    let text = |reader: &mut Reader, field: &str| reader.text(value, "", field).map(str::to_string);
    let (field, reason, message) = (text(reader, "field"), text(reader, "reason"), text(reader, "message"));
    let says = field.is_some() || reason.is_some() || message.is_some();
    let accepted = reader.boolean(value, "", "accepted").unwrap_or(!says);
    if accepted && says {
        reader.wrong(".accepted", "field, reason and message say why an object is refused: accepted must be false");
    }
    Some(ObjectClaim { object: object?, accepted, field, reason, message })
}

fn run(reader: &mut Reader, value: &Value) -> Option<Run> {
    const FIELDS: [&str; 10] = [
        "client",
        "sent",
        "delivered",
        "failures",
        "p50Below",
        "p90Below",
        "p99Below",
        "service",
        "shares",
        "tolerance",
    ];
    let path = ".run";
    if !matches!(value, Value::Object(_)) {
        reader.wrong(path, "must say how the Scenario ends, such as {failures: 0}");
        return None;
    }
    reader.known(value, path, &FIELDS);
    let text = |reader: &mut Reader, field: &str| reader.text(value, path, field).map(str::to_string);
    let mut below = Vec::new();
    for (percent, field) in [(50, "p50Below"), (90, "p90Below"), (99, "p99Below")] {
        if value.get(field).is_some_and(|found| found.as_int().is_some_and(|number| number != 0)) {
            reader.wrong(format!("{path}.{field}"), "needs a unit: 50ms, 2s");
        }
        below.extend(reader.duration(value, path, field).map(|micros| (percent, micros)));
    }
    let run = Run {
        client: text(reader, "client"),
        sent: amount(reader, value, "sent"),
        delivered: amount(reader, value, "delivered"),
        failures: amount(reader, value, "failures"),
        below,
        service: text(reader, "service"),
        shares: shares(reader, value, path),
    };
    let nothing = Run { client: run.client.clone(), service: run.service.clone(), ..Run::default() };
    if run == nothing {
        reader.wrong(path, "expects nothing: say failures, sent, delivered, p50Below, p90Below, p99Below or shares");
    }
    Some(run)
}

fn amount(reader: &mut Reader, value: &Value, field: &str) -> Option<Amount> {
    let whole = |value: &Value| value.as_int().and_then(|number| u64::try_from(number).ok());
    let path = format!(".run.{field}");
    let found = value.get(field).filter(|found| !found.is_null())?;
    if let Some(number) = whole(found) {
        return Some(Amount { least: number, most: Some(number) });
    }
    reader.known(found, &path, &["atLeast", "atMost"]);
    let (least, most) = (found.get("atLeast"), found.get("atMost"));
    let read = (least.map_or(Some(0), whole), most.map_or(Some(u64::MAX), whole));
    let (Some(least_read), Some(most_read)) = read else {
        reader.wrong(path, "must be a whole number, or {atLeast: NUMBER, atMost: NUMBER}");
        return None;
    };
    if least.is_none() && most.is_none() || least_read > most_read {
        reader.wrong(path, "must be a whole number, or {atLeast: NUMBER, atMost: NUMBER}");
    }
    Some(Amount { least: least_read, most: most.map(|_| most_read) })
}

/// `[a, b]` for exactly these, or `{exactly, atLeast, noneOf, count}`.
fn names(reader: &mut Reader, value: &Value, field: &str) -> Option<Names> {
    let path = format!(".{field}");
    let found = value.get(field).filter(|found| !found.is_null())?;
    let mut list = |found: &Value, path: String| {
        let texts: Vec<String> = found.items().iter().filter_map(|item| item.as_str().map(str::to_string)).collect();
        if !matches!(found, Value::Array(_)) || texts.len() != found.items().len() || texts.len() > MOST {
            reader.wrong(path, format!("must be a list of names, at most {MOST}"));
        }
        texts
    };
    if let Value::Array(_) = found {
        return Some(Names { exactly: Some(list(found, path)), ..Names::default() });
    }
    let mut part = |field: &str| found.get(field).map(|part| list(part, format!("{path}.{field}")));
    let (exactly, at_least, none_of) = (part("exactly"), part("atLeast"), part("noneOf"));
    let count = reader.number(found, &path, "count", 0, 100_000);
    reader.known(found, &path, &["exactly", "atLeast", "noneOf", "count"]);
    if found.members().is_empty() {
        reader
            .wrong(path, "must be a list of names, or {exactly: [...], atLeast: [...], noneOf: [...], count: NUMBER}");
    }
    Some(Names { exactly, at_least: at_least.unwrap_or_default(), none_of: none_of.unwrap_or_default(), count })
}

fn shares(reader: &mut Reader, value: &Value, path: &str) -> Option<Shares> {
    let tolerance = value.get("tolerance").filter(|found| !found.is_null()).map(|found| {
        share(found).unwrap_or_else(|| {
            reader.wrong(format!("{path}.tolerance"), "must be a share such as 2% or 0.02");
            0.0
        })
    });
    let Some(found) = value.get("shares").filter(|found| !found.is_null()) else {
        if tolerance.is_some() {
            reader.wrong(format!("{path}.tolerance"), "goes with shares");
        }
        return None;
    };
    if found.members().is_empty() || found.members().len() > MOST {
        reader.wrong(format!("{path}.shares"), "must be a mapping such as {web-1: 50%, web-2: 50%}");
    }
    let mut of = Vec::new();
    for (name, part) in found.members() {
        match share(part) {
            Some(part) => of.push((reader.owner(name), part)),
            None => reader.wrong(format!("{path}.shares.{name}"), "must be a share from 0 to 1, or a percentage"),
        }
    }
    Some(Shares { of, tolerance })
}

/// Reads `50%`, `0.5` or `1`.
fn share(value: &Value) -> Option<f64> {
    let share = match value {
        // 0 and 1 are exact.
        Value::Int(number) => *number as f64,
        Value::Float(number) => *number,
        Value::Str(text) => percent(text.strip_suffix('%')?.trim())?,
        _ => return None,
    };
    (0.0..=1.0).contains(&share).then_some(share)
}

/// Reads `33.3` as a share.
fn percent(text: &str) -> Option<f64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()) && text.len() <= 6;
    if whole.is_empty() || !digits(whole) || !digits(fraction) {
        return None;
    }
    let scale = 10_u32.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let parts = if fraction.is_empty() { 0 } else { fraction.parse::<u32>().ok()? };
    Some((f64::from(whole.parse::<u32>().ok()?) + f64::from(parts) / f64::from(scale)) / 100.0)
}

/// What is claimed, in a few words: the name of what has none.
fn words(claim: &Claim) -> String {
    match claim {
        Claim::Traffic(one) => {
            let verdicts: Vec<&str> = one.verdicts.iter().map(|verdict| verdict.as_str()).collect();
            let end = match (&one.cause, verdicts.as_slice()) {
                (Some(cause), []) => format!("fails with {cause}"),
                (_, verdicts) => verdicts.join(" or "),
            };
            let protocol = if one.protocol == Protocol::Tcp { "" } else { one.protocol.as_str() };
            let space = if protocol.is_empty() { "" } else { " " };
            format!("{} to {}{space}{protocol}: {end}", short(&one.from), one.to_text)
        }
        Claim::Lookup(one) => {
            let what = one.record_type.map(|kind| format!(" {}", kind.as_str())).unwrap_or_default();
            let end = match &one.answers {
                Answers::NxDomain => "NXDOMAIN",
                Answers::NoData => "NODATA",
                Answers::Records(_) => "answered",
            };
            format!("{} looks up {}{what}: {end}", short(&one.from), one.name)
        }
        Claim::Object(one) => {
            let end = if one.accepted { "accepted" } else { "refused" };
            let field = one.field.as_ref().map(|field| format!(" for {field}")).unwrap_or_default();
            format!("{} is {end}{field}", one.object.text())
        }
        Claim::Diagnostics(one) => match &one.object {
            Some(object) => format!("diagnostics of {}", object.text()),
            None => "diagnostics".to_string(),
        },
        Claim::Run(_) => "the Scenario's run".to_string(),
    }
}

impl ObjectName {
    /// As it is written: `Service/web`.
    pub fn text(&self) -> String {
        let namespace = self.namespace.as_ref().map(|namespace| format!("{namespace}/")).unwrap_or_default();
        format!("{}/{namespace}{}", self.kind, self.name)
    }
}

/// A client as people write it: without the namespace that need not be said.
fn short(client: &Client) -> String {
    client.to_string().replacen("pod/default/", "pod/", 1)
}
