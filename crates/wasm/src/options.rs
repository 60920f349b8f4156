//! Arguments from JavaScript, checked against their types.

use js_sys::Reflect;
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

#[derive(Debug, Deserialize)]
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

#[derive(Debug, Deserialize)]
struct SimulateOptions {
    duration: Option<String>,
    from: Option<String>,
    to: Option<String>,
    rate: Option<f64>,
    seed: Option<u32>,
}

/// Reads an object that has no members but `known`; nothing at all counts as one without any.
fn read<T: for<'a> Deserialize<'a>>(value: &JsValue, what: &str, known: &[&str]) -> Result<T, JsError> {
    let copy = js_sys::Object::new();
    if !value.is_undefined() && !value.is_null() {
        if !value.is_object() {
            return Err(JsError::new(&format!("{what} must be an object with {}", known.join(", "))));
        }
        // serde-wasm-bindgen looks only at the members it wants, so `deny_unknown_fields` would see nothing; and what a
        // getter throws would go past what has to be given back here.
        let names = Reflect::own_keys(value).map_err(|thrown| told(&thrown))?;
        let unknown = names.iter().filter_map(|name| name.as_string()).find(|name| !known.contains(&name.as_str()));
        if let Some(name) = unknown {
            return Err(JsError::new(&format!("{what}: unknown option {name}; there are {}", known.join(", "))));
        }
        for name in known.iter().map(|name| JsValue::from_str(name)) {
            let member = Reflect::get(value, &name).map_err(|thrown| told(&thrown))?;
            // Setting a property of a fresh plain object cannot fail.
            let _ = Reflect::set(&copy, &name, &member);
        }
    }
    serde_wasm_bindgen::from_value(copy.into()).map_err(|error| JsError::new(&format!("{what}: {error}")))
}

/// What a getter threw.
fn told(thrown: &JsValue) -> JsError {
    let error = thrown.dyn_ref::<js_sys::Error>().and_then(|error| error.message().as_string());
    JsError::new(&error.unwrap_or_else(|| "an argument cannot be read".to_string()))
}

/// Reads a list.
fn list<T>(
    value: &JsValue,
    what: &str,
    mut one: impl FnMut(&JsValue) -> Result<T, JsError>,
) -> Result<Vec<T>, JsError> {
    let wrong = || JsError::new(&format!("{what} must be an array"));
    let items = value.dyn_ref::<js_sys::Array>().ok_or_else(wrong)?;
    (0..items.length()).map(|at| one(&Reflect::get_u32(items, at).map_err(|thrown| told(&thrown))?)).collect()
}

/// A text, which TypeScript asks for and plain JavaScript may not give.
pub(crate) fn text(value: &JsValue, what: &str) -> Result<String, JsError> {
    value.as_string().ok_or_else(|| JsError::new(&format!("{what} must be a string")))
}

/// The same of what may be left out.
pub(crate) fn maybe_text(value: &JsValue, what: &str) -> Result<Option<String>, JsError> {
    if value.is_undefined() || value.is_null() { Ok(None) } else { text(value, what).map(Some) }
}

pub(crate) fn inputs(value: &JsValue) -> Result<Vec<Input>, JsError> {
    if let Some(text) = value.as_string() {
        return Ok(vec![Input { name: "-".to_string(), text }]);
    }
    let one = |one: &JsValue| {
        read(one, "an input", &["name", "text"]).map(|one: NamedText| Input { name: one.name, text: one.text })
    };
    list(value, "the input, unless it is a string,", one)
}

pub(crate) fn load(value: &JsValue) -> Result<Options, JsError> {
    read(value, "the options", &["stored", "demoPods", "loadBalancers", "mode", "seed"])
}

pub(crate) fn trace(value: &JsValue) -> Result<TraceRequest, JsError> {
    read(value, "the request", &["from", "to", "protocol", "seed"])
}

pub(crate) fn flows(value: &JsValue, node: &str) -> Result<Vec<Flow>, JsError> {
    let members = ["sourceIP", "destIP", "destPort", "protocol", "node"];
    let flows: Vec<FlowRequest> = list(value, "the flows", |one| read(one, "a flow", &members))?;
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

pub(crate) fn simulate(value: &JsValue, seed: u64) -> Result<Simulation, JsError> {
    let options: SimulateOptions = read(value, "the options", &["duration", "from", "to", "rate", "seed"])?;
    Ok(Simulation {
        duration: options.duration,
        from: options.from,
        to: options.to,
        rate: options.rate.unwrap_or(10.0),
        seed: options.seed.map_or(seed, u64::from),
    })
}
