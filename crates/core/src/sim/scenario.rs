//! What a run is made of: clients and their load, events at a time; and what can be seen of it.

use crate::cluster::{Client, Place, ProxyMode};
use crate::net::Protocol;
use crate::objects::ObjectRef;
use crate::packet::{Trace, Verdict};

/// One client's traffic.
#[derive(Clone, Debug, PartialEq)]
pub struct Load {
    /// What the scenario calls it; may be empty.
    pub name: String,
    /// Who sends.
    pub from: Client,
    /// To what, as the command line's TARGET (`svc/web:80`, `10.96.0.10:80`, `web:80`, `node/worker-1:31000`).
    pub to: String,
    /// The protocol.
    pub protocol: Protocol,
    /// Requests a second, evenly spaced; 0 sends nothing by itself.
    pub rate: f64,
    /// Requests on connections that are kept alive, rather than a new one for each: one connection for all, one for each
    /// of the users, or a pool.
    pub keep_alive: bool,
    /// How it goes about them.
    pub habits: Habits,
}

/// How a client goes about its requests. Nothing said is 0: each at its time, waited for a second, not tried again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Habits {
    /// So many send their next request when their last one ended (a closed loop), and the rate counts no more.
    pub users: u32,
    /// How long a user rests in between, in microseconds; never less than a millisecond.
    pub think: u64,
    /// How many requests leave at a time; the rate stays what it is on average.
    pub burst: u32,
    /// The most connections kept; a request goes to an idle one, or waits for one.
    pub pool: u32,
    /// How long a client waits, in microseconds: for a connection of its pool, and for an answer.
    pub timeout: u64,
    /// How often a request that was refused, or met silence, is sent again at once, on a new connection.
    pub retries: u32,
    /// When it begins, in microseconds of the run.
    pub start: u64,
    /// When it sends no more.
    pub stop: u64,
}

/// How quickly pods serve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Whose pods, by the workload's kind, or `Pod`.
    pub kind: String,
    /// The workload's or pod's name.
    pub of: ObjectRef,
    /// How many requests each pod serves at a time; 0 is all that come.
    pub concurrency: u32,
    /// How long one takes, in microseconds: the least and the most, all in between equally likely.
    pub service_time: (u32, u32),
    /// How many wait, at most. What comes then meets silence.
    pub queue: u32,
}

/// Something done to the cluster.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Deletes a pod; a workload's controller makes a new one. A name that no pod has stands for the first pod that it
    /// begins, followed by `-` (`web` for `web-7d4b9-x2x7p`).
    KillPod(ObjectRef),
    /// Makes a pod's Ready condition true or false.
    SetReady(ObjectRef, bool),
    /// Ends a pod's process; with a time in microseconds, again so long after each of its starts.
    Crash(ObjectRef, Option<u64>),
    /// Lets a pod's process answer nothing any more, until it is started again.
    Hang(ObjectRef),
    /// Changes the only port a pod's process listens on; `None` puts it back as the manifest says.
    SetListen(ObjectRef, Option<u16>),
    /// Changes a workload's replicas: kind, which, how many.
    Scale(String, ObjectRef, u32),
    /// Replaces a workload's pods as its strategy says, as `kubectl rollout restart` does: kind, which.
    Restart(String, ObjectRef),
    /// The same, with pods whose process ends so many microseconds after each start: kind, which, when.
    RestartBroken(String, ObjectRef, u64),
    /// Joins a zone to the others again (`true`), or cuts it off from them.
    SetZoneJoined(String, bool),
    /// Stops a node, or starts it again.
    SetNodeRunning(String, bool),
    /// Drains a node: its workloads' pods go elsewhere, and no new ones come.
    Drain(String),
    /// Lets a drained node take pods again.
    Uncordon(String),
    /// Every node's kube-proxy starts anew in another mode, from the slices as they are; connections stay tracked.
    SetProxyMode(ProxyMode),
    /// Sends one request, or one burst of them, whatever the rate says.
    Send(Load),
    /// A further client begins to send.
    StartLoad(Load),
    /// The load of this number sends no more; what is on its way goes on.
    StopLoad(usize),
    /// The loads of this name send no more.
    StopClient(String),
    /// Pods serve more quickly or slowly from now on.
    SetServer(Server),
}

/// A command at a time.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Microseconds from the start.
    pub at: u64,
    /// What is done.
    pub command: Command,
}

/// A run: `kind: Scenario`, `apiVersion: portolan.dev/v1alpha1`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scenario {
    /// The seed of everything random.
    pub seed: u64,
    /// Microseconds; 0 means no end.
    pub duration: u64,
    /// Who sends what.
    pub load: Vec<Load>,
    /// How quickly pods serve, where it matters; the first that fits counts.
    pub servers: Vec<Server>,
    /// What is done when.
    pub events: Vec<Event>,
    /// Whether a cloud hands out load balancers; `None` leaves it as the cluster has it. A matter of loading the
    /// input, not of the run.
    pub load_balancers: Option<bool>,
}

/// One leg of a packet's flight: it moves from one place to another.
#[derive(Clone, Debug, PartialEq)]
pub struct Leg {
    /// Where it starts.
    pub from: Place,
    /// Where it ends.
    pub to: Place,
    /// When it starts, in microseconds of simulated time.
    pub start: u64,
    /// When it ends.
    pub end: u64,
    /// Whether the source had been rewritten by then.
    pub masqueraded: bool,
    /// Whether this leg belongs to the answer.
    pub reply: bool,
}

/// How a flight ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlightEnd {
    /// The verdict on its packet.
    pub verdict: Verdict,
    /// When the client knows: the answer's arrival, the refusal's, or the timeout.
    pub at: u64,
}

/// A request on its way, with the trace of its connection.
#[derive(Clone, Debug, PartialEq)]
pub struct Flight {
    /// Its number in the run, from 0.
    pub id: u64,
    /// Which of the scenario's loads sent it.
    pub load: usize,
    /// Its connection's number; requests on a kept-alive connection share it.
    pub connection: u64,
    /// Its legs, in order of time.
    pub legs: Vec<Leg>,
    /// Its end.
    pub end: FlightEnd,
    /// The trace of its connection's first packet.
    pub trace: std::rc::Rc<Trace>,
}
