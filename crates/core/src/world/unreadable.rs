//! What of a dump's objects cannot be read. Of other input the API server says it; a dump is taken by its word, but
//! nothing is left out of it in silence.

use std::net::IpAddr;

use crate::objects::Value;

/// Addresses that are none and ports that no packet can have: paths and sentences.
pub(super) fn unreadable(kind: &str, object: &Value) -> Vec<(String, String)> {
    let mut problems = Vec::new();
    let list = |path: &str| object.at(path).map(Value::items).unwrap_or_default();
    let mut address = |value: &Value, path: &dyn Fn() -> String| {
        if let Some(text) = value.as_str().filter(|text| !matches!(*text, "" | "None"))
            && text.parse::<IpAddr>().is_err()
        {
            problems.push((path(), format!("`{text}` is no address, and left out")));
        }
    };
    let mut ports = "";
    match kind {
        "Service" => {
            ports = "spec.ports";
            for path in ["spec.clusterIPs", "spec.externalIPs"] {
                list(path).iter().enumerate().for_each(|(at, ip)| address(ip, &|| format!("{path}[{at}]")));
            }
        }
        "EndpointSlice" if object.get("addressType").and_then(Value::as_str) != Some("FQDN") => {
            ports = "ports";
            for (at, endpoint) in list("endpoints").iter().enumerate() {
                let addresses = endpoint.get("addresses").map(Value::items).unwrap_or_default();
                for (nth, ip) in addresses.iter().enumerate() {
                    address(ip, &|| format!("endpoints[{at}].addresses[{nth}]"));
                }
            }
        }
        "Pod" => {
            for (at, item) in list("status.podIPs").iter().enumerate() {
                item.get("ip").into_iter().for_each(|ip| address(ip, &|| format!("status.podIPs[{at}].ip")));
            }
        }
        _ => {}
    }
    for (at, port) in list(ports).iter().enumerate() {
        for key in ["port", "nodePort"] {
            let number = port.get(key).and_then(Value::as_int);
            if let Some(number) = number.filter(|number| !(0..=65535).contains(number)) {
                problems.push((format!("{ports}[{at}].{key}"), format!("{number} is no port, and left out")));
            }
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use crate::objects::Value;
    use crate::world::{Input, LoadOptions, World};

    #[test]
    fn what_cannot_be_read_of_a_dump_is_told_with_its_place() {
        let text = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {clusterIP: None, clusterIPs: [None], externalIPs: [1.2.3], \
                    ports: [{port: 80}, {name: b, port: 70000, nodePort: -1}]}\n---\n\
                    apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: web-x, labels: {kubernetes.io/service-name: web}}\n\
                    addressType: IPv4\nendpoints: [{addresses: [10.0.0.1]}, {addresses: [10.0.0.300]}]\nports: [{port: 80}]\n---\n\
                    apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nstatus: {podIPs: [{ip: fd00::1}, {ip: x}]}\n";
        let world = |stored| {
            let input = Input { name: "dump.yaml".to_string(), text: text.to_string() };
            World::load(&[input], &LoadOptions { stored, ..LoadOptions::default() })
        };
        let told = |world: &World| -> Vec<(String, String)> {
            let of_code = world.diagnostics().iter().filter(|one| one.code == "stored-unreadable");
            of_code
                .map(|one| {
                    (
                        one.field.clone().unwrap_or_default(),
                        text[one.span.start as usize..one.span.end as usize].to_string(),
                    )
                })
                .collect()
        };
        let expected = [
            ("spec.externalIPs[0]", "1.2.3"),
            ("spec.ports[1].port", "70000"),
            ("spec.ports[1].nodePort", "-1"),
            ("endpoints[1].addresses[0]", "10.0.0.300"),
            ("status.podIPs[1].ip", "x"),
        ];
        assert_eq!(told(&world(true)), expected.map(|(field, value)| (field.to_string(), value.to_string())));
        assert!(told(&world(false)).is_empty());
        assert!(super::unreadable("Service", &Value::Null).is_empty());
    }
}
