//! Who sends through which Service to which endpoints, as a Mermaid flowchart.

use std::fmt::Write;

use portolan_core::cluster::Client;
use portolan_core::objects::ObjectRef;

use super::model::Model;

/// Endpoints drawn; more are counted.
const MAX: usize = 60;

/// Text for between quotation marks: whatever could end them, or be markup, as Mermaid's own codes.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '#' | '&' | '<' | '>' | '`' | ';' | '\\' => {
                let _ = write!(out, "#{};", u32::from(c));
            }
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// The flowchart of the Service in focus.
pub(super) fn flowchart(model: &Model) -> String {
    let mut out = String::from("flowchart LR\n");
    let sim = model.session.sim();
    let Some(service) = model.focused() else { return out };
    let cluster = sim.cluster();
    let mut clients: Vec<(String, String)> = Vec::new();
    let own = (model.client.clone(), model.target.clone());
    let others = sim.loads().map(|(load, _)| (load.from.to_string(), load.to.clone()));
    for pair in std::iter::once(own).chain(others) {
        let from = Client::parse(&pair.0).unwrap_or(Client::External(None));
        let to_it = super::choices::service_of(cluster, &from, &pair.1).as_ref() == Some(&service);
        if to_it && !clients.contains(&pair) {
            clients.push(pair);
        }
    }
    let _ = writeln!(out, "  service{{{{{}}}}}", quoted(&title(model, &service)));
    for (number, (from, to)) in clients.iter().enumerate() {
        let _ = writeln!(out, "  client{number}[{}] -->|{}| service", quoted(from), quoted(to));
    }
    let mut nodes: Vec<&str> = Vec::new();
    let mut endpoints = Vec::new();
    for slice in
        cluster.slices.iter().filter(|slice| slice.service == service.name && slice.meta.namespace == service.namespace)
    {
        for endpoint in &slice.endpoints {
            endpoints.push(endpoint);
            let node = endpoint.node_name.as_deref().unwrap_or_default();
            if !nodes.contains(&node) {
                nodes.push(node);
            }
        }
    }
    let shown = endpoints.get(..MAX).unwrap_or(&endpoints);
    for (number, node) in nodes.iter().enumerate() {
        let within = !node.is_empty();
        if within {
            let _ = writeln!(out, "  subgraph node{number}[{}]", quoted(node));
        }
        for (at, endpoint) in shown.iter().enumerate() {
            if endpoint.node_name.as_deref().unwrap_or_default() == *node {
                let address = endpoint.addresses.first().map_or_else(String::new, ToString::to_string);
                let name =
                    endpoint.pod.as_ref().map_or_else(|| address.clone(), |pod| format!("{} {address}", pod.name));
                let _ = writeln!(out, "  endpoint{at}({})", quoted(&name));
            }
        }
        if within {
            out.push_str("  end\n");
        }
    }
    let trace = model.preview.as_ref().filter(|trace| trace.service.as_ref().is_some_and(|(of, _)| *of == service));
    for (at, endpoint) in shown.iter().enumerate() {
        let chance = trace.and_then(|trace| {
            let here =
                |candidate: &&portolan_core::packet::Candidate| endpoint.addresses.contains(&candidate.address.ip);
            trace.endpoints.iter().find(here).map(|candidate| candidate.probability)
        });
        match chance.filter(|chance| *chance > 0.0) {
            Some(chance) => {
                let _ = writeln!(out, "  service -->|{}| endpoint{at}", quoted(&format!("{:.1} %", chance * 100.0)));
            }
            None => {
                let _ = writeln!(out, "  service -.-> endpoint{at}");
            }
        }
    }
    if endpoints.len() > shown.len() {
        let _ = writeln!(
            out,
            "  service --- more[{}]",
            quoted(&format!("{} more endpoints", endpoints.len() - shown.len()))
        );
    }
    out
}

fn title(model: &Model, service: &ObjectRef) -> String {
    let found = model.session.sim().cluster().service(service);
    let kind = found.map_or("", |found| if found.headless { "headless" } else { found.service_type.as_str() });
    format!("Service {service} {kind}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_service_and_endpoints_are_drawn_with_their_chances() {
        let model = Model::open("node-port", false);
        let text = flowchart(&model);
        assert!(
            text.starts_with("flowchart LR\n  service{{\"Service web NodePort\"}}\n") || text.contains("NodePort"),
            "{text}"
        );
        assert!(text.contains("client0[\"external\"] -->|\"node/worker-1:31000\"| service"), "{text}");
        assert_eq!(text.matches("service -->|\"33.3 %\"| endpoint").count(), 3, "{text}");
        assert_eq!(text.matches("subgraph").count(), text.matches("\n  end\n").count());
    }

    #[test]
    fn no_name_leaves_its_quotation_marks() {
        assert_eq!(quoted("a\"]\n<b>#;`"), "\"a#34;] #60;b#62;#35;#59;#96;\"");
    }
}
