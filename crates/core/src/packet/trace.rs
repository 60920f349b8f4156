//! What became of one packet: verdict, endpoints, hops, cause and symptom.

use std::net::IpAddr;

use crate::cluster::Place;
use crate::net::{Addr, Protocol};
use crate::objects::ObjectRef;
use crate::proxy::rules::Ruled;

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// A process took it.
    Delivered,
    /// The proxy answered with an ICMP error or RST.
    Rejected,
    /// Silence.
    Dropped,
    /// The proxy has no opinion, and nothing else takes it.
    Passed,
    /// The pod (or host) itself answered RST.
    Refused,
    /// The name has no address.
    Unresolved,
    /// No route leads there.
    Unroutable,
}

impl Verdict {
    /// The lower-case name, as in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Delivered => "delivered",
            Verdict::Rejected => "rejected",
            Verdict::Dropped => "dropped",
            Verdict::Passed => "passed",
            Verdict::Refused => "refused",
            Verdict::Unresolved => "unresolved",
            Verdict::Unroutable => "unroutable",
        }
    }
}

/// Source and destination of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tuple {
    /// Source; port 0 stands for an ephemeral port.
    pub src: Addr,
    /// Destination.
    pub dst: Addr,
}

/// What happens at a hop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// The client sends.
    Send,
    /// A name is looked up.
    Resolve,
    /// Passed on unchanged.
    Forward,
    /// The load balancer picks a node.
    Balance,
    /// The destination is rewritten (DNAT), and with it perhaps the source (masquerade).
    Translate,
    /// The source is rewritten alone (masquerade, SNAT).
    Masquerade,
    /// A tunnel: port-forward through the API server and a kubelet.
    Tunnel,
    /// A process takes it.
    Deliver,
    /// Answered with an error by the proxy.
    Reject,
    /// Thrown away.
    Drop,
    /// Answered with RST by the host or pod.
    Refuse,
    /// It leaves for where nobody is known.
    Lose,
}

impl Action {
    /// The lower-case name, as in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Action::Send => "send",
            Action::Resolve => "resolve",
            Action::Forward => "forward",
            Action::Balance => "balance",
            Action::Translate => "translate",
            Action::Masquerade => "masquerade",
            Action::Tunnel => "tunnel",
            Action::Deliver => "deliver",
            Action::Reject => "reject",
            Action::Drop => "drop",
            Action::Refuse => "refuse",
            Action::Lose => "lose",
        }
    }
}

/// A field of an object of the input: what decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldRef {
    /// `Service`, `EndpointSlice`, `Pod`, `Node`, `KubeProxyConfiguration` ...
    pub kind: &'static str,
    /// Which object.
    pub object: ObjectRef,
    /// The path inside it, as the API server prints paths: `spec.ports[0].targetPort`.
    pub path: String,
}

/// One step of the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    /// Where.
    pub at: Place,
    /// What.
    pub action: Action,
    /// The packet as it came; `None` before there is one (a lookup).
    pub before: Option<Tuple>,
    /// The packet as it went on.
    pub after: Option<Tuple>,
    /// The rule that decided, as the proxy's mode would print it.
    pub rule: Option<String>,
    /// The proxy's ruling, where this is one: [`Ruled::rules`] says by which rules it came about.
    pub ruled: Option<Ruled>,
    /// The field behind it.
    pub field: Option<FieldRef>,
    /// One sentence for people.
    pub note: String,
}

/// An endpoint that could be chosen.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// Its address and port.
    pub address: Addr,
    /// Its pod, where one is known.
    pub pod: Option<ObjectRef>,
    /// Its node; empty where unknown.
    pub node: String,
    /// How likely, between 0 and 1; all of a trace add up to 1.
    pub probability: f64,
}

/// Why it was not delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// A stable code, such as `no-endpoints`.
    pub code: &'static str,
    /// One sentence.
    pub message: String,
    /// The field behind it.
    pub field: Option<FieldRef>,
}

/// What the client sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symptom {
    /// curl's exit code: 0 fine, 6 name not resolved, 7 refused, 28 timed out.
    pub curl: u8,
    /// What it says.
    pub text: String,
}

/// What became of one packet.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    /// The protocol.
    pub protocol: Protocol,
    /// How it ended.
    pub verdict: Verdict,
    /// The Service and port name that served it, where one did.
    pub service: Option<(ObjectRef, String)>,
    /// Every endpoint that could be chosen, in the proxy's order.
    pub endpoints: Vec<Candidate>,
    /// The one this packet got: its place in `endpoints`.
    pub chosen: Option<usize>,
    /// Whether the source was rewritten on the way.
    pub masqueraded: bool,
    /// The address that the receiver sees.
    pub source_seen: Option<IpAddr>,
    /// The way there, in order.
    pub hops: Vec<Hop>,
    /// Why not, for anything not delivered.
    pub cause: Option<Cause>,
    /// What the client sees.
    pub symptom: Symptom,
}
