//! `portolan dns`: the questions a resolver sends, and what comes of them.

use std::fmt::Write;

use crate::dns::{Answer, Outcome, Record, Resolution};
use crate::objects::Value;

/// The JSON document of a look-up.
pub fn dns(resolution: &Resolution) -> Value {
    let conf = &resolution.conf;
    let mut object = Value::object([
        (
            "resolvConf",
            Value::object([
                ("nameservers", strings(conf.nameservers.iter().map(ToString::to_string))),
                ("search", strings(conf.search.iter().cloned())),
                ("ndots", Value::Int(conf.ndots.into())),
                ("text", conf.text().into()),
            ]),
        ),
        (
            "queries",
            Value::Array(
                resolution
                    .attempts
                    .iter()
                    .map(|attempt| {
                        let mut query = Value::object([
                            ("name", Value::from(attempt.qname.as_str())),
                            ("type", attempt.qtype.as_str().into()),
                        ]);
                        for (key, value) in answer(&attempt.answer) {
                            query.set(key, value);
                        }
                        query
                    })
                    .collect(),
            ),
        ),
        ("outcome", outcome(resolution).into()),
    ]);
    match &resolution.outcome {
        Outcome::Addresses { name, .. } | Outcome::External { name, .. } => object.set("name", name.as_str().into()),
        Outcome::Records | Outcome::NotFound | Outcome::NoData => {}
    }
    object.set("addresses", strings(resolution.addresses().iter().map(ToString::to_string)));
    object
}

fn strings(items: impl Iterator<Item = String>) -> Value {
    Value::Array(items.map(Value::Str).collect())
}

/// The end in a word: `resolved`, `external`, `records`, `NXDOMAIN` or `NODATA`.
fn outcome(resolution: &Resolution) -> &'static str {
    match resolution.outcome {
        Outcome::Addresses { .. } => "resolved",
        Outcome::External { .. } => "external",
        Outcome::Records => "records",
        Outcome::NotFound => "NXDOMAIN",
        Outcome::NoData => "NODATA",
    }
}

fn answer(answer: &Answer) -> Vec<(&'static str, Value)> {
    let mut members = vec![
        ("rcode", Value::from(answer.rcode.as_str())),
        ("nodata", answer.nodata().into()),
        ("answer", Value::Array(answer.records.iter().map(record).collect())),
    ];
    if !answer.extra.is_empty() {
        members.push(("additional", Value::Array(answer.extra.iter().map(record).collect())));
    }
    if let Some(name) = &answer.outside {
        members.push(("outside", name.as_str().into()));
    }
    members
}

fn record(record: &Record) -> Value {
    Value::object([
        ("name", Value::from(record.name.as_str())),
        ("ttl", Value::Int(record.ttl.into())),
        ("type", record.data.qtype().as_str().into()),
        ("data", record.data.text().into()),
    ])
}

/// The same for people: resolv.conf, the questions in order, the end.
pub fn dns_text(resolution: &Resolution) -> String {
    let mut text = String::new();
    for line in resolution.conf.text().lines() {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "; {line}");
    }
    for attempt in &resolution.attempts {
        let answer = &attempt.answer;
        let what = match (&answer.outside, answer.nodata()) {
            (Some(name), _) => format!("asked outside the cluster: {name}"),
            (None, true) => "NODATA".to_string(),
            (None, false) => answer.rcode.as_str().to_string(),
        };
        let _ = writeln!(text, "\n{} {}\t{what}", attempt.qname, attempt.qtype.as_str());
        for record in answer.records.iter().chain(&answer.extra) {
            let qtype = record.data.qtype().as_str();
            let _ = writeln!(text, "  {}\t{}\tIN\t{qtype}\t{}", record.name, record.ttl, record.data.text());
        }
    }
    let addresses: Vec<String> = resolution.addresses().iter().map(ToString::to_string).collect();
    let _ = match &resolution.outcome {
        Outcome::Addresses { .. } => writeln!(text, "\nresolved: {}", addresses.join(", ")),
        Outcome::External { name, address } => {
            writeln!(text, "\nexternal host {name}, taken to be {address}: the real internet is not known here")
        }
        Outcome::Records => writeln!(text, "\nresolved"),
        Outcome::NotFound => writeln!(text, "\nnot found (NXDOMAIN)"),
        Outcome::NoData => writeln!(text, "\nthe name exists, but has no such record (NODATA)"),
    };
    text
}
