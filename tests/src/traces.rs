//! The traces that must be the same bytes natively, under Node and in a browser.

use portolan_core::objects::Value;
use portolan_core::query;
use portolan_core::world::{Input, LoadOptions, World};

/// The cluster that all requests are made in.
pub const MANIFEST: &str = include_str!("../cases/traces/shop.yaml");

/// One request a line: client, target, protocol.
pub const REQUESTS: &str = include_str!("../cases/traces/requests.txt");

/// What the native engine printed; `cargo test -p portolan-tests` with `UPDATE=1` writes it anew.
pub const EXPECTED: &str = include_str!("../cases/traces/expected.json");

/// Client, target and protocol of each request.
pub fn requests() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    REQUESTS.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
        let mut words = line.split_whitespace();
        Some((words.next()?, words.next()?, words.next()?))
    })
}

/// The world of [`MANIFEST`].
pub fn world() -> World {
    let input = Input { name: "shop.yaml".to_string(), text: MANIFEST.to_string() };
    World::load(&[input], &LoadOptions::default())
}

/// Every request's answer as one JSON text.
pub fn run() -> String {
    let world = world();
    let answers = requests().enumerate().map(|(at, (from, to, protocol))| {
        let answer = match query::trace(&world, from, to, protocol, at as u64) {
            Ok(trace) => query::trace_report(&world, &trace),
            Err(message) => Value::object([("error", message.into())]),
        };
        Value::object([("from", from.into()), ("to", to.into()), ("protocol", protocol.into()), ("answer", answer)])
    });
    let mut text = Value::Array(answers.collect()).to_json_pretty();
    text.push('\n');
    text
}
