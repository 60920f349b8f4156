//! The engine for JavaScript: load a text once, then ask. Plain objects come back, with TypeScript types.
//!
//! Nothing is decided here. Results are the JSON documents of [`portolan_core::report`], so JavaScript sees the same
//! members in the same order as the command line prints.

mod convert;
mod options;

use portolan_core::cluster::ProxyMode;
use portolan_core::packet::Trace;
use portolan_core::query;
use portolan_core::report;
use portolan_core::world;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = include_str!("types.d.ts");

/// A loaded input: the cluster it makes, and everything that can be asked of it.
#[wasm_bindgen]
#[derive(Debug)]
pub struct World {
    inner: world::World,
    seed: u64,
    /// kube-proxy's mode, where the caller chose one.
    mode: Option<ProxyMode>,
}

#[wasm_bindgen]
impl World {
    /// Loads a text, or several. Never fails on a text, whatever it holds: `check` says what is wrong with it.
    /// Throws when an argument has another shape than its type says.
    #[wasm_bindgen(constructor)]
    pub fn new(
        #[wasm_bindgen(unchecked_param_type = "string | Input[]")] input: JsValue,
        #[wasm_bindgen(unchecked_optional_param_type = "LoadOptions")] options: JsValue,
    ) -> Result<World, JsError> {
        let inputs = options::inputs(&input)?;
        let options = options::load(&options)?;
        let mut inner = world::World::load(&inputs, &options.load());
        let mode = options.mode();
        if let Some(mode) = mode {
            inner.set_proxy_mode(mode);
        }
        Ok(World { inner, seed: options.seed(), mode })
    }

    /// Applies the next text to the running cluster, as `kubectl apply --prune` does: addresses and ports stay, and what
    /// cannot change is refused. This world stays as it is. Throws as the constructor does.
    pub fn update(
        &self,
        #[wasm_bindgen(unchecked_param_type = "string | Input[]")] input: JsValue,
    ) -> Result<World, JsError> {
        let mut inner = self.inner.update(&options::inputs(&input)?);
        if let Some(mode) = self.mode {
            inner.set_proxy_mode(mode);
        }
        Ok(World { inner, seed: self.seed, mode: self.mode })
    }

    /// Everything that is said about the input, with its place and fixes.
    #[wasm_bindgen(unchecked_return_type = "CheckReport")]
    pub fn check(&self) -> JsValue {
        convert::to_js(&query::check(&self.inner))
    }

    /// What the API server answered to each object, and everything that is stored afterwards.
    #[wasm_bindgen(unchecked_return_type = "ApplyReport")]
    pub fn apply(&self) -> JsValue {
        convert::to_js(&query::apply(&self.inner))
    }

    /// Follows one packet. Throws when client or target cannot be understood.
    #[wasm_bindgen(unchecked_return_type = "Trace")]
    pub fn trace(
        &self,
        #[wasm_bindgen(unchecked_param_type = "TraceRequest")] request: JsValue,
    ) -> Result<JsValue, JsError> {
        Ok(convert::to_js(&query::trace_report(&self.inner, &self.follow(request)?)))
    }

    /// The same without the way there and back: a seventh of the text, and of the time. Throws as `trace` does.
    #[wasm_bindgen(unchecked_return_type = "Route")]
    pub fn route(
        &self,
        #[wasm_bindgen(unchecked_param_type = "TraceRequest")] request: JsValue,
    ) -> Result<JsValue, JsError> {
        Ok(convert::to_js(&query::route_report(&self.inner, &self.follow(request)?)))
    }

    /// Follows many packets, each as `node` sees it. Throws when an address or a node cannot be understood.
    #[wasm_bindgen(unchecked_return_type = "{ flows: Trace[] }")]
    pub fn flows(
        &self,
        #[wasm_bindgen(unchecked_param_type = "string")] node: JsValue,
        #[wasm_bindgen(unchecked_param_type = "Flow[]")] flows: JsValue,
    ) -> Result<JsValue, JsError> {
        let node = options::text(&node, "the node")?;
        let flows = options::flows(&flows, &node)?;
        // One by one, so that no more than one answer takes memory here.
        let answers = js_sys::Array::new();
        for (at, flow) in flows.iter().enumerate() {
            let trace = query::flow(&self.inner, at, flow, self.seed).map_err(error)?;
            answers.push(&convert::to_js(&query::trace_report(&self.inner, &trace)));
        }
        let report = js_sys::Object::new();
        // Setting a property of a fresh plain object cannot fail.
        let _ = js_sys::Reflect::set(&report, &JsValue::from_str("flows"), &answers);
        Ok(report.into())
    }

    /// Tries the Expectation documents of the input. Throws when one of them cannot be understood, or a part of the
    /// input cannot be read, with every place.
    #[wasm_bindgen(unchecked_return_type = "TestReport")]
    pub fn test(
        &self,
        #[wasm_bindgen(unchecked_optional_param_type = "string")] filter: JsValue,
    ) -> Result<JsValue, JsError> {
        let filter = options::maybe_text(&filter, "the filter")?;
        let report = query::test(&self.inner, self.mode, filter.as_deref().unwrap_or_default()).map_err(error)?;
        Ok(convert::to_js(&report))
    }

    /// The rules that kube-proxy writes on a node, in the cluster's mode or in another one. Throws for a node or a mode
    /// that is not known.
    #[wasm_bindgen(unchecked_return_type = "RulesReport")]
    pub fn rules(
        &self,
        #[wasm_bindgen(unchecked_param_type = "string")] node: JsValue,
        #[wasm_bindgen(unchecked_optional_param_type = "ProxyMode")] mode: JsValue,
    ) -> Result<JsValue, JsError> {
        let node = options::text(&node, "the node")?;
        let mode = match options::maybe_text(&mode, "the mode")? {
            Some(mode) => query::proxy_mode(&mode).ok_or_else(|| error(format!("no such mode: {mode}")))?,
            None => self.inner.cluster().settings.proxy.mode,
        };
        Ok(convert::to_js(&query::rules_in(&self.inner, &node, mode).map_err(error)?))
    }

    /// Asks for a name as a client's resolver would. Throws when the client or the type cannot be understood.
    #[wasm_bindgen(unchecked_return_type = "DnsReport")]
    pub fn dns(
        &self,
        #[wasm_bindgen(unchecked_param_type = "string")] from: JsValue,
        #[wasm_bindgen(unchecked_param_type = "string")] name: JsValue,
        #[wasm_bindgen(unchecked_optional_param_type = "string")] record_type: JsValue,
    ) -> Result<JsValue, JsError> {
        let (from, name) = (options::text(&from, "the client")?, options::text(&name, "the name")?);
        let record_type = options::maybe_text(&record_type, "the type")?;
        let answer = query::dns(&self.inner, &from, &name, record_type.as_deref()).map_err(error)?;
        Ok(convert::to_js(&answer))
    }

    /// The table that `kubectl get` prints; all namespaces without one. Throws for a kind that is not known.
    pub fn get(
        &self,
        #[wasm_bindgen(unchecked_param_type = "string")] kind: JsValue,
        #[wasm_bindgen(unchecked_optional_param_type = "string")] namespace: JsValue,
        #[wasm_bindgen(unchecked_optional_param_type = "boolean")] wide: JsValue,
    ) -> Result<String, JsError> {
        let kind = options::text(&kind, "the kind")?;
        let namespace = options::maybe_text(&namespace, "the namespace")?;
        let scope = namespace.map_or(report::Scope::All, report::Scope::Namespace);
        query::get(&self.inner, &kind, &scope, wide.is_truthy()).map_err(error)
    }

    /// Runs simulated traffic and counts. Throws when the options cannot be understood.
    #[wasm_bindgen(unchecked_return_type = "SimulationReport")]
    pub fn simulate(
        &self,
        #[wasm_bindgen(unchecked_optional_param_type = "SimulateOptions")] options: JsValue,
    ) -> Result<JsValue, JsError> {
        let question = options::simulate(&options, self.seed)?;
        let run = query::simulate(&self.inner, &question).map_err(error)?;
        Ok(convert::to_js(&run))
    }
}

impl World {
    fn follow(&self, request: JsValue) -> Result<Trace, JsError> {
        let request = options::trace(&request)?;
        let seed = request.seed.map_or(self.seed, u64::from);
        let protocol = request.protocol.as_deref().unwrap_or("TCP");
        query::trace(&self.inner, &request.from, &request.to, protocol, seed).map_err(error)
    }
}

/// Loads a text, or several, and tries its Expectation documents: [`World::test`] of a world that is not kept.
#[wasm_bindgen(unchecked_return_type = "TestReport")]
pub fn test(
    #[wasm_bindgen(unchecked_param_type = "string | Input[]")] input: JsValue,
    #[wasm_bindgen(unchecked_optional_param_type = "LoadOptions")] options: JsValue,
) -> Result<JsValue, JsError> {
    World::new(input, options)?.test(JsValue::UNDEFINED)
}

/// The engine's version.
#[wasm_bindgen]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_string()
}

fn error(message: String) -> JsError {
    JsError::new(&message)
}
