//! `portolan simulate`: what a run counted.

use std::fmt::Write;

use super::table::Table;
use crate::objects::Value;
use crate::sim::{Counts, Point, Report, Share, Track};

/// The JSON document of a run. Times are microseconds of simulated time.
pub fn simulate(run: &Report) -> Value {
    Value::object([
        ("seed", Value::Int(run.seed as i64)),
        ("duration", Value::Int(run.duration as i64)),
        (
            "clients",
            Value::Array(
                run.loads
                    .iter()
                    .map(|load| {
                        let mut object = Value::object([
                            ("name", Value::from(load.name.as_str())),
                            ("from", load.from.as_str().into()),
                            ("to", load.to.as_str().into()),
                        ]);
                        object.set("counts", counts(&load.counts));
                        object
                    })
                    .collect(),
            ),
        ),
        (
            "services",
            Value::Array(
                run.services
                    .iter()
                    .map(|service| {
                        Value::object([
                            ("namespace", Value::from(service.service.namespace.as_str())),
                            ("name", service.service.name.as_str().into()),
                            ("port", service.port.as_str().into()),
                            ("counts", counts(&service.counts)),
                            ("endpoints", Value::Array(service.shares().iter().map(share).collect())),
                        ])
                    })
                    .collect(),
            ),
        ),
        ("series", series(run)),
        (
            "log",
            Value::Array(
                run.log
                    .iter()
                    .map(|entry| {
                        Value::object([("at", Value::Int(entry.at as i64)), ("text", entry.text.as_str().into())])
                    })
                    .collect(),
            ),
        ),
    ])
}

/// One list of numbers for each thing counted, all as long: a number for each stretch of the run.
fn series(run: &Report) -> Value {
    const FAILURES: [&str; 6] = ["rejected", "dropped", "passed", "refused", "unresolved", "unroutable"];
    let lines = run.series.lines().map(|(track, points)| {
        let list = |of: &dyn Fn(&Point) -> Value| Value::Array(points.iter().map(of).collect());
        let count = |number: u64| Value::Int(number as i64);
        let mut line = match track {
            Track::Client(from, to) => Value::object([("from", from.as_str()), ("to", to)].map(|(k, v)| (k, v.into()))),
            Track::Service(service, port) => Value::object(
                [("namespace", &service.namespace), ("name", &service.name), ("port", port)]
                    .map(|(key, text)| (key, text.as_str().into())),
            ),
        };
        line.set("sent", list(&|point| count(point.sent)));
        line.set("delivered", list(&|point| count(point.delivered)));
        for (at, name) in FAILURES.into_iter().enumerate() {
            let of = |point: &Point| point.failures.get(at).copied().unwrap_or(0);
            if points.iter().any(|point| of(point) > 0) {
                line.set(name, list(&|point| count(of(point))));
            }
        }
        for (name, percent) in [("p50", 50), ("p90", 90), ("p99", 99)] {
            line.set(name, list(&|point| point.percentile(percent).map(count).into()));
        }
        line
    });
    Value::object([("width", Value::Int(run.series.width() as i64)), ("lines", Value::Array(lines.collect()))])
}

fn counts(counts: &Counts) -> Value {
    let int = |number: u64| Value::Int(number as i64);
    let percent = |percent| int(counts.latency.percentile(percent).unwrap_or(0));
    Value::object([
        ("sent", int(counts.sent)),
        ("attempts", int(counts.attempts)),
        ("unsent", int(counts.unsent)),
        ("connections", int(counts.connections)),
        ("delivered", int(counts.delivered)),
        ("rejected", int(counts.rejected)),
        ("dropped", int(counts.dropped)),
        ("passed", int(counts.passed)),
        ("refused", int(counts.refused)),
        ("unresolved", int(counts.unresolved)),
        ("unroutable", int(counts.unroutable)),
        ("pending", int(counts.pending())),
        (
            "latency",
            Value::object([
                ("p50", percent(50)),
                ("p90", percent(90)),
                ("p99", percent(99)),
                ("max", int(counts.slowest)),
            ]),
        ),
    ])
}

fn share(share: &Share) -> Value {
    Value::object([
        ("address", Value::from(share.address.to_string())),
        ("pod", share.pod.as_ref().map(ToString::to_string).into()),
        ("node", (!share.node.is_empty()).then(|| share.node.clone()).into()),
        ("connections", Value::Int(share.connections as i64)),
        ("share", Value::Float(share.share)),
        ("expected", Value::Float(share.expected)),
        ("low", Value::Float(share.low)),
        ("high", Value::Float(share.high)),
    ])
}

/// The same for people: clients, then each Service port's endpoints with the share that chance allows, then the log.
pub fn simulate_text(run: &Report) -> String {
    let mut header = vec!["FROM", "TO", "SENT", "DELIVERED", "FAILED", "P50", "P99"];
    // What most runs have none of is left out.
    let again = run.loads.iter().any(|load| load.counts.attempts > load.counts.sent);
    let unsent = run.loads.iter().any(|load| load.counts.unsent > 0);
    header.extend(again.then_some("ATTEMPTS"));
    header.extend(unsent.then_some("UNSENT"));
    let mut clients = Table::new(&header);
    for load in &run.loads {
        let percent = |percent| milliseconds(load.counts.latency.percentile(percent).unwrap_or(0));
        let mut row = vec![
            load.from.clone(),
            load.to.clone(),
            load.counts.sent.to_string(),
            load.counts.delivered.to_string(),
            load.counts.failed().to_string(),
            percent(50),
            percent(99),
        ];
        row.extend(again.then(|| load.counts.attempts.to_string()));
        row.extend(unsent.then(|| load.counts.unsent.to_string()));
        clients.row(row);
    }
    let mut text = clients.print();
    for service in &run.services {
        let port = if service.port.is_empty() { String::new() } else { format!(":{}", service.port) };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "\nService {}{port}", service.service);
        let mut endpoints = Table::new(&["ENDPOINT", "POD", "NODE", "CONNECTIONS", "SHARE", "EXPECTED"]);
        for share in service.shares() {
            let percent = |share: f64| format!("{:.1} %", share * 100.0);
            let band = format!("{} ({} to {})", percent(share.expected), percent(share.low), percent(share.high));
            endpoints.row(vec![
                share.address.to_string(),
                share.pod.as_ref().map(ToString::to_string).unwrap_or_default(),
                share.node.clone(),
                share.connections.to_string(),
                percent(share.share),
                band,
            ]);
        }
        text.push_str(&endpoints.print());
    }
    if !run.log.is_empty() {
        text.push('\n');
    }
    for entry in &run.log {
        let _ = writeln!(
            text,
            "{:>9} s  {}",
            format!("{}.{:03}", entry.at / 1_000_000, entry.at / 1_000 % 1_000),
            entry.text
        );
    }
    text
}

/// Microseconds as milliseconds with one digit.
fn milliseconds(micros: u64) -> String {
    format!("{}.{} ms", micros / 1_000, micros / 100 % 10)
}
