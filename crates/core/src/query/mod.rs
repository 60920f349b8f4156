//! Questions as text, and their answers as JSON documents: what the command line and the wasm package share.
//!
//! Errors are sentences about the question ("no node named x"), never about the input: that is what `check` is for.

mod packets;
mod simulation;

pub use packets::{Flow, flow, flows, flows_report, read_flows, route_report, trace, trace_report, trace_text};
pub use simulation::{Simulation, run, scenario, simulate};

use crate::cluster::{Client, Cluster, ProxyMode};
use crate::diagnose;
use crate::diagnostic::{Diagnostic, Severity, Source};
use crate::dns::{self, QType};
use crate::expect::Claim;
use crate::objects::Value;
use crate::proxy::{self, NodeProxy};
use crate::report::{self, GetError, Scope};
use crate::verify;
use crate::world::{SourceText, World};

/// Reads a mode's name.
pub fn proxy_mode(text: &str) -> Option<ProxyMode> {
    match text {
        "iptables" => Some(ProxyMode::Iptables),
        "nftables" => Some(ProxyMode::Nftables),
        "ipvs" => Some(ProxyMode::Ipvs),
        _ => None,
    }
}

/// The `check` document.
pub fn check(world: &World) -> Value {
    report::check(&diagnose::diagnose(world), &|document| source(world, document), &world.stored())
}

/// The `check` document as text for people; empty when there is nothing to say.
pub fn check_text(world: &World) -> String {
    report::check_text(&diagnose::diagnose(world), &|document| source(world, document))
}

fn source(world: &World, document: usize) -> SourceText<'_> {
    world.source(document)
}

/// The `apply` document.
pub fn apply(world: &World) -> Value {
    report::apply(world.answers(), &world.marks(), &world.stored())
}

/// Asks for a name as `from`'s resolver would; without a type, for addresses.
pub fn resolve(world: &World, from: &str, name: &str, record_type: Option<&str>) -> Result<dns::Resolution, String> {
    let client = Client::parse(from)?;
    known(world.cluster(), &client)?;
    Ok(match record_type {
        None => dns::resolve_addresses(world.cluster(), &client, name),
        Some(text) => {
            let qtype = QType::parse(text).ok_or_else(|| unknown_type(text))?;
            dns::resolve(world.cluster(), &client, name, &[qtype])
        }
    })
}

/// That a record type is not modelled, and which are.
pub fn unknown_type(text: &str) -> String {
    let known: Vec<&str> = QType::ALL.iter().map(|qtype| qtype.as_str()).collect();
    format!("record type {text:?} is not modelled: {}", known.join(", "))
}

/// The `dns` document.
pub fn dns(world: &World, from: &str, name: &str, record_type: Option<&str>) -> Result<Value, String> {
    Ok(report::dns(&resolve(world, from, name, record_type)?))
}

/// What is wrong with the input's expectations, and what of it cannot be read at all: with any of it, nothing was tested.
pub fn test_errors(world: &World) -> Vec<Diagnostic> {
    let runs = world.expectations().iter().any(|placed| matches!(placed.expectation.claim, Claim::Run(_)));
    let bad = |one: &&Diagnostic| match one.code {
        "scenario" | "scenario-nobody" => runs,
        code => one.severity == Severity::Error && (code == "expectation" || one.source == Source::Yaml),
    };
    world.diagnostics().iter().filter(bad).cloned().collect()
}

/// The same as text for people.
pub fn test_errors_text(world: &World) -> String {
    report::check_text(&test_errors(world), &|document| source(world, document))
}

/// The `test` document: which expectations of the input hold. The error says what is wrong with them.
pub fn test(world: &World, mode: Option<ProxyMode>, filter: &str) -> Result<Value, String> {
    let errors = test_errors_text(world);
    if !errors.is_empty() {
        return Err(errors.trim_end().to_string());
    }
    let checked = verify::verify(world, mode, &|placed| placed.expectation.name.contains(filter));
    Ok(report::test(world, &checked))
}

/// The rules that kube-proxy writes on a node, as its mode's tools print them back.
pub fn rules_text(world: &World, node: &str) -> Result<String, String> {
    known(world.cluster(), &Client::Node(node.to_string()))?;
    Ok(proxy::rules::print(&NodeProxy::new(world.cluster(), node)))
}

/// The `rules` document: `{"node", "mode", "rules"}`, the rules as one text.
pub fn rules(world: &World, node: &str) -> Result<Value, String> {
    rules_in(world, node, world.cluster().settings.proxy.mode)
}

/// The same in a mode that need not be the cluster's.
pub fn rules_in(world: &World, node: &str, mode: ProxyMode) -> Result<Value, String> {
    let text = if mode == world.cluster().settings.proxy.mode {
        rules_text(world, node)?
    } else {
        known(world.cluster(), &Client::Node(node.to_string()))?;
        let mut other = world.cluster().clone();
        other.settings.proxy.mode = mode;
        proxy::rules::print(&NodeProxy::new(&other, node))
    };
    Ok(Value::object([("node", Value::from(node)), ("mode", mode.as_str().into()), ("rules", text.into())]))
}

/// The table that kubectl prints.
pub fn get(world: &World, kind: &str, scope: &Scope, wide: bool) -> Result<String, String> {
    report::get(&world.stored(), kind, scope, wide).map_err(get_error)
}

/// Why `get` shows nothing, in kubectl's words.
pub fn get_error(error: GetError) -> String {
    match error {
        GetError::UnknownKind(kind) => format!("the server doesn't have a resource type {kind:?}"),
        GetError::Nothing(text) => text,
    }
}

/// Whether the cluster has this client; the error names what it has not.
fn known(cluster: &Cluster, client: &Client) -> Result<(), String> {
    match client {
        Client::Pod(pod) if cluster.pod(pod).is_none() => Err(format!("there is no pod {pod}")),
        Client::Node(name) | Client::AddressAt { node: name, .. } if cluster.node(name).is_none() => {
            Err(format!("there is no node {name}"))
        }
        _ => Ok(()),
    }
}
