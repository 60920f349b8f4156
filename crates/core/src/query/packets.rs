//! One packet, or a list of them.

use std::net::IpAddr;

use crate::cluster::Client;
use crate::net::{Addr, Protocol};
use crate::objects::{Value, to_value};
use crate::packet::{self, FieldRef, Request, Target, Trace};
use crate::report;
use crate::world::World;
use crate::yaml;

/// One packet of a list: as `node` sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flow {
    /// The source address.
    pub source: String,
    /// The destination address.
    pub destination: String,
    /// The destination port.
    pub port: u16,
    /// `TCP`, `UDP` or `SCTP`.
    pub protocol: String,
    /// The node.
    pub node: String,
}

/// Follows one packet.
pub fn trace(world: &World, from: &str, to: &str, protocol: &str, seed: u64) -> Result<Trace, String> {
    let client = Client::parse(from)?;
    super::known(world.cluster(), &client)?;
    let request =
        Request { from: client, to: Target::parse(to)?, protocol: read_protocol(protocol)?, seed, prefer: None };
    Ok(world.with_fleet(|fleet| packet::trace_among(world.cluster(), fleet, &request)))
}

/// The JSON object of a trace, with the lines of this world's text.
pub fn trace_report(world: &World, trace: &Trace) -> Value {
    report::trace(trace, &line_of(world))
}

/// The same without the way.
pub fn route_report(world: &World, trace: &Trace) -> Value {
    report::route(trace, &line_of(world))
}

/// A trace for people.
pub fn trace_text(world: &World, trace: &Trace) -> String {
    report::trace_text(trace, &line_of(world))
}

fn line_of(world: &World) -> impl Fn(&FieldRef) -> Option<u32> + '_ {
    |field| world.line_of(field)
}

fn read_protocol(text: &str) -> Result<Protocol, String> {
    Protocol::parse(&text.to_ascii_uppercase()).ok_or_else(|| format!("unknown protocol {text:?}: TCP, UDP or SCTP"))
}

/// Reads the FLOWS.json document: `{"node": NODE, "flows": [{"sourceIP", "destIP", "destPort", "protocol", "node"?}]}`.
pub fn read_flows(text: &str) -> Result<Vec<Flow>, String> {
    let stream = yaml::read(text, 0, 0, &yaml::Limits::default());
    if let Some(problem) = stream.diagnostics.first() {
        return Err(problem.message.clone());
    }
    let root = stream.documents.first().map(|document| to_value(&document.root)).unwrap_or_default();
    let default_node = root.at("node").and_then(Value::as_str).unwrap_or_default();
    let Some(Value::Array(flows)) = root.get("flows") else {
        return Err("the flows document has no list \"flows\"".to_string());
    };
    flows
        .iter()
        .enumerate()
        .map(|(at, flow)| {
            let text = |key: &str| flow.get(key).and_then(Value::as_str).map(String::from);
            let need = |key: &str| text(key).ok_or_else(|| format!("flows[{at}]: no text {key:?}"));
            let port = flow.get("destPort").and_then(Value::as_int).and_then(|port| u16::try_from(port).ok());
            let node = text("node").unwrap_or_else(|| default_node.to_string());
            if node.is_empty() {
                return Err(format!("flows[{at}]: no node"));
            }
            Ok(Flow {
                source: need("sourceIP")?,
                destination: need("destIP")?,
                port: port.ok_or_else(|| format!("flows[{at}]: no port number \"destPort\""))?,
                protocol: text("protocol").unwrap_or_else(|| "TCP".to_string()),
                node,
            })
        })
        .collect()
}

/// Follows many packets. Each draws from the seed and its place in the list.
pub fn flows(world: &World, flows: &[Flow], seed: u64) -> Result<Vec<Trace>, String> {
    flows.iter().enumerate().map(|(at, one)| flow(world, at, one, seed)).collect()
}

/// Follows one packet of many, by its place in their list.
pub fn flow(world: &World, at: usize, flow: &Flow, seed: u64) -> Result<Trace, String> {
    let address = |text: &str| -> Result<IpAddr, String> {
        text.parse().map_err(|_| format!("flows[{at}]: {text:?} is no address"))
    };
    let client = Client::AddressAt { address: address(&flow.source)?, node: flow.node.clone() };
    super::known(world.cluster(), &client).map_err(|error| format!("flows[{at}]: {error}"))?;
    let request = Request {
        from: client,
        to: Target::Address(Addr::new(address(&flow.destination)?, flow.port)),
        protocol: read_protocol(&flow.protocol)?,
        seed: seed.wrapping_add(at as u64),
        prefer: None,
    };
    Ok(world.with_fleet(|fleet| packet::trace_among(world.cluster(), fleet, &request)))
}

/// The JSON document of many traces.
pub fn flows_report(world: &World, traces: &[Trace]) -> Value {
    report::flows(traces, &line_of(world))
}
