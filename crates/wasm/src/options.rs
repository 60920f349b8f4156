//! Arguments from JavaScript, checked against their types.

use portolan_core::cluster::ProxyMode;
use portolan_core::query::{Flow, Simulation};
use portolan_core::world::{Input, LoadOptions};
use serde::Deserialize;
use wasm_bindgen::{JsCast, JsError, JsValue};

#[derive(Debug, Deserialize)]
struct NamedText {
    name: String,
    text: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Options {
    stored: Option<bool>,
    demo_pods: Option<bool>,
    load_balancers: Option<bool>,
    mode: Option<Mode>,
    seed: Option<u32>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Mode {
    Iptables,
    Nftables,
    Ipvs,
}

impl Options {
    pub(crate) fn load(&self) -> LoadOptions {
        LoadOptions {
            stored: self.stored.unwrap_or(false),
            demo_pods: self.demo_pods.unwrap_or(false),
            load_balancers: self.load_balancers.unwrap_or(true),
            seed: self.seed(),
        }
    }

    pub(crate) fn seed(&self) -> u64 {
        self.seed.unwrap_or(0).into()
    }

    pub(crate) fn mode(&self) -> Option<ProxyMode> {
        self.mode.map(|mode| match mode {
            Mode::Iptables => ProxyMode::Iptables,
            Mode::Nftables => ProxyMode::Nftables,
            Mode::Ipvs => ProxyMode::Ipvs,
        })
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct TraceRequest {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) protocol: Option<String>,
    pub(crate) seed: Option<u32>,
}

#[derive(Debug, Deserialize)]
struct FlowRequest {
    #[serde(rename = "sourceIP")]
    source_ip: String,
    #[serde(rename = "destIP")]
    dest_ip: String,
    #[serde(rename = "destPort")]
    dest_port: u16,
    protocol: Option<String>,
    node: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
struct SimulateOptions {
    duration: Option<String>,
    from: Option<String>,
    to: Option<String>,
    rate: Option<f64>,
    seed: Option<u32>,
}

/// Reads `value`, which has no members but `known`; nothing at all counts as the default.
fn read<T: for<'a> Deserialize<'a> + Default>(value: JsValue, known: &[&str]) -> Result<T, JsError> {
    if value.is_undefined() || value.is_null() {
        return Ok(T::default());
    }
    // serde-wasm-bindgen looks only at the members it wants, so `deny_unknown_fields` would see nothing.
    if let Some(object) = value.dyn_ref::<js_sys::Object>() {
        let names = js_sys::Object::keys(object);
        let unknown = names.iter().filter_map(|name| name.as_string()).find(|name| !known.contains(&name.as_str()));
        if let Some(name) = unknown {
            return Err(JsError::new(&format!("unknown option {name}; there are {}", known.join(", "))));
        }
    }
    required(value)
}

fn required<T: for<'a> Deserialize<'a>>(value: JsValue) -> Result<T, JsError> {
    serde_wasm_bindgen::from_value(value).map_err(|error| JsError::new(&error.to_string()))
}

pub(crate) fn inputs(value: JsValue) -> Result<Vec<Input>, JsError> {
    if let Some(text) = value.as_string() {
        return Ok(vec![Input { name: "-".to_string(), text }]);
    }
    let texts: Vec<NamedText> = required(value)?;
    Ok(texts.into_iter().map(|one| Input { name: one.name, text: one.text }).collect())
}

pub(crate) fn load(value: JsValue) -> Result<Options, JsError> {
    read(value, &["stored", "demoPods", "loadBalancers", "mode", "seed"])
}

pub(crate) fn trace(value: JsValue) -> Result<TraceRequest, JsError> {
    required(value)
}

pub(crate) fn flows(value: JsValue, node: &str) -> Result<Vec<Flow>, JsError> {
    let flows: Vec<FlowRequest> = required(value)?;
    Ok(flows
        .into_iter()
        .map(|flow| Flow {
            source: flow.source_ip,
            destination: flow.dest_ip,
            port: flow.dest_port,
            protocol: flow.protocol.unwrap_or_else(|| "TCP".to_string()),
            node: flow.node.unwrap_or_else(|| node.to_string()),
        })
        .collect())
}

pub(crate) fn simulate(value: JsValue, seed: u64) -> Result<Simulation, JsError> {
    let options: SimulateOptions = read(value, &["duration", "from", "to", "rate", "seed"])?;
    Ok(Simulation {
        duration: options.duration,
        from: options.from,
        to: options.to,
        rate: options.rate.unwrap_or(10.0),
        seed: options.seed.map_or(seed, u64::from),
    })
}
