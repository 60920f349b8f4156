//! Expectation documents: what somebody claims of the manifests beside them, read strictly.
//!
//! `apiVersion: portolan.dev/v1alpha1`, `kind: Expectation`, our own kind like the Scenario: no API server sees it. Here
//! is only what is claimed; [`crate::verify`] asks the engine whether it holds. A document makes one claim, or many as
//! `spec.cases`, each of which has the fields of `spec` that it does not say otherwise.

mod read;
#[cfg(test)]
mod tests;

use std::net::IpAddr;

use crate::cluster::{Client, ProxyMode};
use crate::dns::QType;
use crate::net::Protocol;
use crate::packet::{Target, Verdict};

pub use crate::sim::API_VERSION;
pub(crate) use read::VERDICTS;
pub use read::read;

/// One claim.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    /// What its author calls it, or what it claims in a few words.
    pub name: String,
    /// Where it stands in its document: `spec`, or `spec.cases[2]`.
    pub path: String,
    /// The modes of kube-proxy that it is about; empty where it does not say.
    pub modes: Vec<ProxyMode>,
    /// What is claimed.
    pub claim: Claim,
}

/// What is claimed, by what it is about.
#[derive(Clone, Debug, PartialEq)]
pub enum Claim {
    /// How a connection ends.
    Traffic(Box<Traffic>),
    /// What a look-up brings.
    Lookup(Lookup),
    /// What the API server answers to an object.
    Object(ObjectClaim),
    /// What is found in the input.
    Diagnostics(DiagnosticsClaim),
    /// How the Scenario ends.
    Run(Run),
}

/// Names that must be found, or must not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// These and no others.
    pub exactly: Option<Vec<String>>,
    /// These, and perhaps others.
    pub at_least: Vec<String>,
    /// None of these.
    pub none_of: Vec<String>,
    /// So many.
    pub count: Option<u32>,
}

impl Names {
    /// All that it names.
    pub(crate) fn words(&mut self) -> impl Iterator<Item = &mut String> {
        self.exactly.iter_mut().chain([&mut self.at_least, &mut self.none_of]).flatten()
    }
}

/// Shares by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shares {
    /// Who gets which part, from 0 to 1.
    pub of: Vec<(String, f64)>,
    /// By how much each may be off.
    pub tolerance: Option<f64>,
}

/// The source address that the receiver sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceSeen {
    /// The client's own.
    Client,
    /// Another one.
    Masqueraded,
    /// This one.
    Address(IpAddr),
}

/// How a connection ends, whatever chance decides on its way.
#[derive(Clone, Debug, PartialEq)]
pub struct Traffic {
    /// Who connects; a pod also by what made it.
    pub from: Client,
    /// To what.
    pub to: Target,
    /// The same as it was written.
    pub to_text: String,
    /// By which protocol.
    pub protocol: Protocol,
    /// How it may end; where a cause is named and no verdict, in any way but well, and this is empty.
    pub verdicts: Vec<Verdict>,
    /// Why it is not delivered, by the cause's code.
    pub cause: Option<String>,
    /// Who can answer.
    pub endpoints: Option<Names>,
    /// How the connections are spread.
    pub shares: Option<Shares>,
    /// The source that the receiver sees.
    pub source: Option<SourceSeen>,
    /// The nodes by which it can enter.
    pub entry: Option<Names>,
}

/// What a look-up must bring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answers {
    /// The name does not exist.
    NxDomain,
    /// The name exists, but has no such record.
    NoData,
    /// These records.
    Records(Names),
}

/// What a look-up brings.
#[derive(Clone, Debug, PartialEq)]
pub struct Lookup {
    /// Who asks.
    pub from: Client,
    /// The name.
    pub name: String,
    /// The record type; addresses without one.
    pub record_type: Option<QType>,
    /// What comes of it.
    pub answers: Answers,
}

/// An object of the input: its kind, and its name with or without a namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectName {
    /// `Service`.
    pub kind: String,
    /// The namespace; any where none was said.
    pub namespace: Option<String>,
    /// The name.
    pub name: String,
}

/// What the API server answers to an object: its last answer, where it was sent several times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectClaim {
    /// Which.
    pub object: ObjectName,
    /// Whether it is accepted.
    pub accepted: bool,
    /// The field that is refused.
    pub field: Option<String>,
    /// The reason: of a cause, such as `FieldValueInvalid`, or of the whole answer.
    pub reason: Option<String>,
    /// A part of what the server says.
    pub message: Option<String>,
}

/// Which codes `portolan check` has for the input, or for one object of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiagnosticsClaim {
    /// Only what is said of this object.
    pub object: Option<ObjectName>,
    /// The codes. Of those that must be exactly these, notes count only where they are named.
    pub codes: Names,
}

/// A number of requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amount {
    /// At least so many.
    pub least: u64,
    /// At most so many.
    pub most: Option<u64>,
}

/// How the input's Scenario ends, in the cluster's own mode unless another one is named.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Run {
    /// One client, by its name or by what it sends from; all where none is said.
    pub client: Option<String>,
    /// Requests sent.
    pub sent: Option<Amount>,
    /// Requests answered.
    pub delivered: Option<Amount>,
    /// Requests that were not.
    pub failures: Option<Amount>,
    /// Percentiles of the time to the answer that must stay below so many microseconds.
    pub below: Vec<(u32, u64)>,
    /// Of which Service the shares are; the only one that was sent to where none is said.
    pub service: Option<String>,
    /// How its connections were spread; within what chance allows where no tolerance is said.
    pub shares: Option<Shares>,
}
