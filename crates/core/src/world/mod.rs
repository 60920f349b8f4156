//! The whole pipeline, from text to cluster, for those who embed the engine.
//!
//! [`World::load`] never fails: what is wrong with the input is among the answers and diagnostics, and the cluster is
//! made of the rest. The same input and options give the same world, and names and addresses are chosen so that an edit
//! in one place moves little elsewhere.

mod assemble;
mod demo;
mod index;
mod inferred;
mod let_go;
mod load;
mod places;
mod provenance;
mod running;
mod settings;
mod stored;
mod system;
mod tell;
mod unreadable;

pub(crate) use index::PodIndex;
pub use let_go::free_cluster;
pub use places::SourceText;

use crate::collections::Map;
use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use crate::apiserver::{Answer, Key, Store};
use crate::cluster::{Cluster, ProxyMode};
use crate::controllers::endpointslice::Event;
use crate::controllers::workload::Workload;
use crate::diagnostic::{Diagnostic, LineIndex, Span};
use crate::expect::Expectation;
use crate::objects::{ObjectRef, Value};
use crate::pace::{Pace, all_at_once};
use crate::proxy::Fleet;
use crate::sim::Scenario;
use crate::yaml::Document;

use assemble::Controlled;
use running::Sent;

/// One input text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// What it is called: a file's name, or `-`.
    pub name: String,
    /// The text.
    pub text: String,
}

/// How the input is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadOptions {
    /// Objects are as already stored (a cluster dump): no validation, no defaulting, given slices win.
    pub stored: bool,
    /// Services whose selector nothing matches get pods that answer.
    pub demo_pods: bool,
    /// Whether a cloud hands out load balancers. A Scenario's `spec.loadBalancers` wins.
    pub load_balancers: bool,
    /// The seed of allocations and names.
    pub seed: u64,
}

impl Default for LoadOptions {
    fn default() -> Self {
        LoadOptions { stored: false, demo_pods: false, load_balancers: true, seed: 0 }
    }
}

/// One text and its lines.
#[derive(Clone, Debug)]
struct Text {
    name: String,
    text: String,
    lines: LineIndex,
}

/// A place in the input, as people count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextPlace {
    /// The input file's number, from 0.
    pub file: usize,
    /// The document's number.
    pub document: usize,
    /// The bytes.
    pub span: Span,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1, in UTF-16 code units.
    pub column: u32,
}

/// A claim and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    /// The document's number.
    pub document: usize,
    /// What stands for it in the text.
    pub span: Span,
    /// The claim.
    pub expectation: Expectation,
}

/// The input and all that became of it.
#[derive(Debug)]
pub struct World {
    options: LoadOptions,
    /// What stands for the text of an input without any.
    no_text: Text,
    texts: Vec<Text>,
    documents: Vec<Document>,
    /// The file of every document's number, those included that could not be read.
    files: Map<usize, usize>,
    /// The documents that hold the cluster's settings and the Scenario, by kind.
    settings_documents: Map<String, usize>,
    answers: Vec<Answer>,
    diagnostics: Vec<Diagnostic>,
    scenario: Option<Scenario>,
    expectations: Vec<Placed>,
    store: Rc<Store>,
    /// The objects that were accepted, as they were sent.
    sent: Vec<(Key, Rc<Sent>)>,
    cluster: Cluster,
    controlled: Controlled,
    demo_candidates: Vec<ObjectRef>,
    stored: OnceCell<Vec<Value>>,
    /// Every node's rules, made when a packet first comes to the node and kept for those after it.
    fleet: RefCell<Fleet>,
    /// The running cluster that the input was applied to; none where it started afresh.
    base: Option<Rc<running::Base>>,
    /// What that cluster keeps although the input no longer says so.
    kept: Vec<running::Kept>,
    ranges: running::Ranges,
}

impl World {
    /// Reads the input, asks the API server to take it, and lets the controllers run until nothing is left to do.
    pub fn load(inputs: &[Input], options: &LoadOptions) -> World {
        all_at_once(World::load_paced(inputs, options, &Pace::restless()))
    }

    /// [`World::load`], with rests.
    pub async fn load_paced(inputs: &[Input], options: &LoadOptions, pace: &Pace) -> World {
        load::load(inputs, options, None, pace).await
    }

    /// Applies the next text to the running cluster, as `kubectl apply --prune` would: stored objects are updated, so
    /// that their addresses and ports stay and what cannot change is refused; new ones are created; those that the text
    /// no longer has are deleted first. Nothing is deleted while a part of the text cannot be read.
    ///
    /// The cluster starts afresh, as with [`World::load`], where no running one could follow: other ranges of addresses
    /// or node ports, documents with operations of their own, and dumps.
    pub fn update(&self, inputs: &[Input]) -> World {
        all_at_once(self.update_paced(inputs, &Pace::restless()))
    }

    /// [`World::update`], with rests.
    pub async fn update_paced(&self, inputs: &[Input], pace: &Pace) -> World {
        let base = running::Base::of(self, pace).await.map(Rc::new);
        load::load(inputs, &self.options, base, pace).await
    }

    /// The same input, applied to the same cluster, with demo pods or without.
    pub fn with_demo_pods(&self, on: bool) -> World {
        let options = LoadOptions { demo_pods: on, ..self.options.clone() };
        all_at_once(load::load(&self.inputs(), &options, self.base.clone(), &Pace::restless()))
    }

    /// Whether the input was applied to a running cluster.
    pub fn is_update(&self) -> bool {
        self.base.is_some()
    }

    /// The world that the same input would make of the same cluster, had the file of `document` this text instead.
    pub async fn reload(&self, document: usize, text: String, pace: &Pace) -> World {
        let file = self.files.get(&document).copied();
        let mut inputs = self.inputs();
        if let Some(input) = file.and_then(|file| inputs.get_mut(file)) {
            input.text = text;
        }
        load::load(&inputs, &self.options, self.base.clone(), pace).await
    }

    fn inputs(&self) -> Vec<Input> {
        self.texts.iter().map(|one| Input { name: one.name.clone(), text: one.text.clone() }).collect()
    }

    /// How many bytes of text the input has.
    pub fn text_size(&self) -> usize {
        self.texts.iter().map(|one| one.text.len()).sum()
    }

    /// What became of each object of the input, in its order.
    pub fn answers(&self) -> &[Answer] {
        &self.answers
    }

    /// What is wrong with the input or worth knowing, in its order.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// The cluster that traffic meets.
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// Changes kube-proxy's mode, whatever the input says.
    pub fn set_proxy_mode(&mut self, mode: ProxyMode) {
        self.cluster.settings.proxy.mode = mode;
        self.fleet.take();
    }

    /// Asks something of the nodes' rules, which are made once and kept; nothing is remembered of clients.
    pub(crate) fn with_fleet<T>(&self, ask: impl FnOnce(&mut Fleet) -> T) -> T {
        match self.fleet.try_borrow_mut() {
            Ok(mut fleet) => ask(&mut fleet),
            // Asked from within an answer: that one makes its own.
            Err(_) => ask(&mut Fleet::default()),
        }
    }

    /// The input's Scenario; the last where there are several.
    pub fn scenario(&self) -> Option<&Scenario> {
        self.scenario.as_ref()
    }

    /// What the input claims of itself, in its order.
    pub fn expectations(&self) -> &[Placed] {
        &self.expectations
    }

    /// Everything that is stored: the input's objects in its order, then what controllers made, then the cluster's own.
    pub fn stored(&self) -> Vec<&Value> {
        self.stored.get_or_init(|| stored::all(self)).iter().collect()
    }

    /// Services with a selector that no pod and no workload of the input matches: those that demo pods are offered for.
    pub fn demo_candidates(&self) -> &[ObjectRef] {
        &self.demo_candidates
    }

    /// The workloads of the input.
    pub fn workloads(&self) -> Rc<Vec<Workload>> {
        self.controlled.workloads.clone()
    }

    /// What the EndpointSlice controller reports, and about which Service: the events of `kubectl describe`.
    pub fn events(&self) -> &[(ObjectRef, Event)] {
        &self.controlled.events
    }

    /// The documents that could be read.
    pub fn documents(&self) -> &[Document] {
        &self.documents
    }
}

#[cfg(test)]
mod running_tests;
#[cfg(test)]
mod tests;
