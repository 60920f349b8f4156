//! Simulated time: clients with a rate, connections, latency for each leg, pods that die and come back, counters.
//!
//! Discrete events on a simulated clock, with a seed. The engine is driven from outside: commands go in
//! ([`Command`]), time is advanced, and what can be seen comes out as plain data. Works on a [`Cluster`] of its own,
//! which changes as pods come and go. The state at a time does not depend on the steps in which it was reached, so
//! [`Sim::replay`] is how one goes back.
//!
//! What is simple here, and known to be:
//! - A request is one packet there and one back; the handshake's extra round trip is left out. A leg takes the time of
//!   its [distance](path), the answer 4 to 6 ms to make.
//! - Silence lasts [`TIMEOUT`]: then the client gives up. Nothing is sent again before that.
//! - The slice controller acts [`RECONCILE`] after a change, each node's kube-proxy 200 to 600 ms after that, on its own.
//! - A deleted pod's process gets SIGTERM once its preStop hook has slept, stops accepting [`STOP_ACCEPTING`] after that,
//!   and is gone after [`GRACE`], or when its grace period is over. Between that and a proxy's update, connections are
//!   refused; afterwards, nobody answers.
//! - A replacement runs [`STARTUP`] after it was made, and its process listens [`LISTENS`] after that. It is ready when its
//!   startup and readiness [probes](health) say so; without them at once, before anybody listens. A process that
//!   [ends](crashes) is started again as the kubelet does. A pod's containers are taken as one.
//! - Controllers see a pod's state at once; a [rollout] goes on in the same moment.
//! - A stopped node is silence at once; balancers leave it out after [`BALANCER_GRACE`]. What its kubelet and proxy do not
//!   [reach](reach), those of a zone that is cut off neither, goes on without them. Hosts outside and balancers reach every
//!   zone, and CoreDNS answers in every one. The API server is never down. A node that runs again starts its pods' processes anew, at the addresses that they had.
//! - A kept-alive connection outlives its endpoint's place in the slices, and is opened anew when the process ends. With
//!   UDP nobody tells the client: it goes on sending to where its first packet went, until kube-proxy on that node clears
//!   the flow, or the kernel forgets it.
//!
//! [`Cluster`]: crate::cluster::Cluster

mod capacity;
mod clients;
#[cfg(test)]
mod clients_tests;
mod conntrack;
mod counts;
mod crashes;
mod document;
mod endpoints;
mod health;
#[cfg(test)]
mod health_tests;
mod lifecycle;
mod machines;
mod path;
mod random;
mod reach;
#[cfg(test)]
mod reach_tests;
mod recording;
#[cfg(test)]
mod recording_tests;
mod report;
mod rollout;
#[cfg(test)]
mod rollout_tests;
mod scenario;
mod series;
mod servers;
mod strangers;
#[cfg(test)]
mod tests;
mod traffic;
mod workloads;
mod written;

use crate::collections::{Map, Set};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::rc::Rc;

pub use capacity::InHand;
pub use counts::{Counts, EndpointCounts, Failures, Histogram, ServiceCounts, Share};
pub use crashes::{BACK_OFF, RELIST};
pub(crate) use document::Reader as FieldReader;
pub use document::{API_VERSION, MAX_RATE, Problems, parse_duration};
pub use path::{OTHER_ZONE, OUTSIDE, SAME_NODE, SAME_ZONE};
pub use recording::Recording;
pub use report::{LoadReport, Report, run, run_within};
pub use scenario::{Command, Event, Flight, FlightEnd, Habits, Leg, Load, Scenario, Server};
pub use series::{Point, Series, Track};

use crate::cluster::Cluster;
use crate::controllers::workload::Workload;
use crate::net::{Addr, Protocol};
use crate::objects::{Listen, ObjectRef, Pod};
use crate::proxy::{Fleet, NodeProxy};
use crate::sort;
use capacity::{Process, SERVICE_TIME};
use clients::LoadState;
use health::{Kubelets, Purpose};
use random::Random;
use reach::Reach;
use rollout::Rollout;
use traffic::Travel;
use workloads::{Policy, Template};

/// How long a client waits for an answer, in microseconds.
pub const TIMEOUT: u64 = 1_000_000;
/// From a pod's change to the slices'.
pub const RECONCILE: u64 = 100_000;
/// From a slice's change to a node's proxy: the least and the most.
pub const SYNC: (u32, u32) = (200_000, 600_000);
/// From SIGTERM to the first refused connection.
pub const STOP_ACCEPTING: u64 = 200_000;
/// From SIGTERM to the end of the process, of the pod and of its address. Kubernetes would kill it after 30 s.
pub const GRACE: u64 = 2_000_000;
/// From a pod's making to its start.
pub const STARTUP: u64 = 1_000_000;
/// From the start of a process until it listens.
pub const LISTENS: u64 = 1_000_000;
/// From a node's silence until balancers' health checks have failed often enough.
pub const BALANCER_GRACE: u64 = 10_000_000;
/// From a kubelet's silence until its node counts as not ready (`--node-monitor-grace-period`, since 1.32).
pub const NODE_GRACE: u64 = 50_000_000;
/// How long ended flights can still be seen, and how many.
const RECENT: u64 = 2_000_000;
const MAX_RECENT: usize = 4_096;
/// Numbers of plans begin here: below are those of the scenario's events, which come before what else happens at their
/// time, whenever they were added.
const FIRST_PLANNED: u64 = 1 << 32;
/// How many entries the log keeps.
const MAX_LOG: usize = 2_000;

/// Something that happened, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// When, in microseconds of simulated time.
    pub at: u64,
    /// What, in a sentence.
    pub text: String,
    /// To what: `Pod`, `Service`, `Node` ... and its name.
    pub object: Option<(&'static str, ObjectRef)>,
}

/// What happens at a time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Happening {
    /// The scenario's event of this number.
    Scripted(usize),
    /// A load's next requests; the second number counts them.
    Send(usize, u64),
    /// A load's user sends its next request.
    User(usize, u32),
    /// Requests that wait for a connection of their load's pool have waited for long enough.
    GiveUp(usize),
    /// A pod's process, of this number, is done with a request.
    Served(ObjectRef, u64),
    /// A request comes to where its trace ends.
    Arrive(u64),
    /// Its client knows.
    End(u64),
    /// The slice controller looks at what changed.
    Reconcile,
    /// A node's proxy takes over the slices.
    Sync(String),
    /// A pod: its name and its birth's number, since a name may come again.
    StopAccepting(ObjectRef, u64),
    Gone(ObjectRef, u64),
    Started(ObjectRef, u64),
    /// A pod's process, by its number: it listens, is probed, ends, is seen to have ended (when), is started again.
    Listens(ObjectRef, u64),
    Probed(ObjectRef, u64, Purpose),
    Crashes(ObjectRef, u64),
    Noticed(ObjectRef, u64, u64),
    Restarts(ObjectRef, u64),
    /// A node that is still silent, by the number of the time it was stopped.
    Unhealthy(String, u64),
    /// A node that still does not reach the API server, by the number of the time since when; pods that tolerate that
    /// for so many seconds.
    NodeLost(String, u64),
    Evict(String, u64, u32),
    /// A further node may be tainted.
    Taints,
    /// Pods may count as available, or a rollout as stuck.
    Look,
    /// A node's ipvs forgets a closed connection of a virtual server to an endpoint.
    Forgotten(String, Protocol, Addr, Addr),
}

/// A run.
#[derive(Clone)]
pub struct Sim {
    /// What it began with.
    start: Rc<(Cluster, Scenario)>,
    /// The workloads behind the pods, and whether the run has learned from them yet.
    workloads: Rc<Vec<Workload>>,
    learned: bool,
    history: Vec<(u64, Command)>,
    scenario: Scenario,
    now: u64,
    /// By time, then in the order in which they were planned.
    queue: BinaryHeap<Reverse<(u64, u64, Happening)>>,
    planned: u64,
    lifecycle: Random,

    cluster: Rc<Cluster>,
    /// Each node's rules, as of when its proxy last took over a change, and what it remembers for session affinity.
    fleet: Fleet,
    /// Nodes whose proxy has a change yet to take over.
    behind: Set<String>,
    reconcile_planned: bool,
    dirty: Set<ObjectRef>,
    births: Map<ObjectRef, u64>,
    /// The pods that were made since the start, as they were then.
    made: Vec<Rc<Pod>>,
    born: u64,
    templates: Map<(String, ObjectRef), Template>,
    /// How workloads replace their pods, and those that do.
    policies: Map<(String, ObjectRef), Policy>,
    rollouts: Vec<Rollout>,
    listens: Map<ObjectRef, Listen>,
    /// When pods last changed what they take.
    altered: Map<ObjectRef, u64>,
    /// Pods whose process accepts no more connections, and whether it has closed those that it had.
    closed: Map<ObjectRef, bool>,
    /// When terminating pods are killed.
    doomed: Map<ObjectRef, u64>,
    /// Pods of which it is said how quickly they serve.
    processes: Map<ObjectRef, Process>,
    reach: Reach,
    kubelets: Kubelets,
    /// Since when pods are ready that were not so from the start.
    ready_since: Map<ObjectRef, u64>,
    /// When rollouts are looked at next; 0 is nothing planned.
    look: u64,
    /// Stopped nodes that balancers use no more.
    unhealthy: Set<String>,

    loads: Vec<LoadState>,
    connections: u64,
    flights: u64,
    travels: Map<u64, Travel>,
    recent: VecDeque<Flight>,
    record: bool,

    services: Map<(ObjectRef, String), ServiceCounts>,
    failures: Vec<Failures>,
    log: VecDeque<LogEntry>,
}

impl Sim {
    /// A run at time 0 on `cluster`. Rates beyond [`MAX_RATE`] are taken as that.
    pub fn new(cluster: Cluster, scenario: Scenario) -> Sim {
        Self::build(cluster, scenario, true)
    }

    /// The same run, but without flights to be seen: only what it counts, in less time.
    pub fn unwatched(cluster: Cluster, scenario: Scenario) -> Sim {
        Self::build(cluster, scenario, false)
    }

    fn build(mut cluster: Cluster, scenario: Scenario, record: bool) -> Sim {
        // Pods are looked up by search in their order.
        sort::by(&mut cluster.pods, |a, b| lifecycle::key(a).cmp(&lifecycle::key(b)));
        let mut sim = Sim {
            start: Rc::new((cluster.clone(), scenario.clone())),
            workloads: Rc::default(),
            learned: false,
            history: Vec::new(),
            now: 0,
            queue: BinaryHeap::new(),
            planned: FIRST_PLANNED,
            lifecycle: Random::new(scenario.seed, 1),
            cluster: Rc::new(cluster),
            fleet: Fleet::default(),
            behind: Set::new(),
            reconcile_planned: false,
            dirty: Set::new(),
            births: Map::new(),
            made: Vec::new(),
            born: 0,
            templates: Map::new(),
            policies: Map::new(),
            rollouts: Vec::new(),
            listens: Map::new(),
            altered: Map::new(),
            closed: Map::new(),
            doomed: Map::new(),
            processes: Map::new(),
            reach: Reach::default(),
            kubelets: Kubelets::default(),
            ready_since: Map::new(),
            look: 0,
            unhealthy: Set::new(),
            loads: Vec::new(),
            connections: 0,
            flights: 0,
            travels: Map::new(),
            recent: VecDeque::new(),
            record,
            services: Map::new(),
            failures: Vec::new(),
            log: VecDeque::new(),
            scenario: Scenario { load: Vec::new(), ..scenario.clone() },
        };
        sim.learn_templates();
        for number in 0..scenario.events.len() {
            sim.plan_scripted(number);
        }
        for load in scenario.load {
            sim.start_load(load);
        }
        sim
    }

    /// Tells the run of the workloads behind the pods, before anything has happened: what cannot be learned from pods,
    /// such as where new ones may go, how they are replaced, and what a Deployment of no replicas is scaled up to.
    #[must_use]
    pub fn with_workloads(mut self, workloads: Rc<Vec<Workload>>) -> Sim {
        self.workloads = workloads;
        self
    }

    /// Learns from the workloads, once something is done to pods; most runs do without.
    fn learn(&mut self) {
        if !std::mem::replace(&mut self.learned, true) {
            for workload in &*self.workloads.clone() {
                self.learn_workload(workload);
            }
        }
    }

    /// Does something now.
    pub fn command(&mut self, command: Command) {
        self.history.push((self.now, command.clone()));
        self.obey(command);
        self.go_on_with_rollouts();
    }

    /// The commands so far, each with its time.
    pub fn history(&self) -> &[(u64, Command)] {
        &self.history
    }

    /// This run as it was, or would be, at time `to`: its commands are done again up to then, and remembered.
    pub fn replay(&self, to: u64) -> Sim {
        let (cluster, scenario) = &*self.start;
        let sim = Sim::build(cluster.clone(), scenario.clone(), self.record);
        let mut sim = sim.with_workloads(self.workloads.clone());
        for (at, command) in self.history.iter().filter(|(at, _)| *at <= to) {
            sim.advance(*at);
            sim.command(command.clone());
        }
        sim.advance(to);
        sim
    }

    fn obey(&mut self, command: Command) {
        if !matches!(
            command,
            Command::Send(_)
                | Command::StartLoad(_)
                | Command::StopLoad(_)
                | Command::StopClient(_)
                | Command::SetProxyMode(_)
                | Command::SetServer(_)
        ) {
            self.learn();
        }
        match command {
            Command::KillPod(pod) => self.kill_pod(&pod),
            Command::SetReady(pod, ready) => self.set_ready(&pod, ready),
            Command::SetListen(pod, port) => self.set_listen(&pod, port),
            Command::Scale(kind, workload, replicas) => self.scale(&kind, &workload, replicas),
            Command::Restart(kind, workload) => self.restart(&kind, &workload, None),
            Command::RestartBroken(kind, workload, after) => self.restart(&kind, &workload, Some(after)),
            Command::Crash(pod, again) => self.crash(&pod, again),
            Command::Hang(pod) => self.hang(&pod),
            Command::SetZoneJoined(zone, joined) => self.set_zone_joined(&zone, joined),
            Command::SetNodeRunning(node, running) => self.set_node_running(&node, running),
            Command::Drain(node) => self.drain(&node),
            Command::Uncordon(node) => self.uncordon(&node),
            Command::SetProxyMode(mode) => self.set_proxy_mode(mode),
            Command::Send(load) => self.send_one(load),
            Command::StartLoad(load) => self.start_load(load),
            Command::StopClient(name) => self.stop_client(&name),
            Command::StopLoad(load) => self.stop_load(load),
            Command::SetServer(server) => self.set_server(server),
        }
    }

    /// Lets everything happen up to and including time `to`, in microseconds; a time that has passed changes nothing.
    pub fn advance(&mut self, to: u64) {
        while let Some(Reverse((at, _, _))) = self.queue.peek()
            && *at <= to
        {
            let Some(Reverse((at, _, happening))) = self.queue.pop() else { break };
            self.now = at;
            self.happen(happening);
        }
        self.now = self.now.max(to);
        self.forget();
    }

    /// Simulated time, in microseconds from the start.
    pub fn now(&self) -> u64 {
        self.now
    }

    /// The cluster as it is now.
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// The rules by which a node's proxy works now; they may lag behind [`Sim::cluster`]'s slices.
    pub fn proxy(&mut self, node: &str) -> Rc<NodeProxy> {
        self.fleet.proxy(&self.cluster, node)
    }

    /// Whether a node's proxy has a change of the slices yet to take over.
    pub fn lags(&self, node: &str) -> bool {
        self.behind.contains(node)
    }

    /// Requests on their way, in the order sent. What lies after [`Sim::now`] in their legs and end is what is expected.
    pub fn in_flight(&self) -> impl Iterator<Item = &Flight> {
        self.travels.values().map(|travel| &travel.flight)
    }

    /// Requests that ended within the last two seconds, in the order of their ends.
    pub fn recent(&self) -> impl Iterator<Item = &Flight> {
        self.recent.iter()
    }

    /// The loads, those of the scenario first, with what they counted.
    pub fn loads(&self) -> impl Iterator<Item = (&Load, &Counts)> {
        self.loads.iter().map(|state| (&state.load, &state.counts))
    }

    /// What each Service port got, ordered by Service and port.
    pub fn services(&self) -> impl Iterator<Item = &ServiceCounts> {
        self.services.values()
    }

    /// Why requests failed, in the order in which that first happened.
    pub fn failures(&self) -> &[Failures] {
        &self.failures
    }

    /// The shares of a Service port's endpoints; empty where nothing was sent to it.
    pub fn shares(&self, service: &ObjectRef, port: &str) -> Vec<Share> {
        let counts = self.services.get(&(service.clone(), port.to_string()));
        counts.map(ServiceCounts::shares).unwrap_or_default()
    }

    /// What happened, the last 2,000 entries.
    pub fn log(&self) -> impl DoubleEndedIterator<Item = &LogEntry> {
        self.log.iter()
    }

    /// Nodes that were stopped.
    pub fn stopped_nodes(&self) -> impl Iterator<Item = &str> {
        self.reach.stopped.keys().map(String::as_str)
    }

    /// When something happens next, if anything does.
    pub fn next_at(&self) -> Option<u64> {
        self.queue.peek().map(|Reverse((at, _, _))| *at)
    }

    /// Adds an event, as though the scenario had had it from the start. Its time must be yet to come.
    fn add_event(&mut self, event: Event) {
        let number = self.scenario.events.len();
        self.scenario.events.push(event);
        self.plan_scripted(number);
    }

    /// Lets go of the events from this number on. They must be yet to come.
    fn forget_events(&mut self, from: usize) {
        if from >= self.scenario.events.len() {
            return;
        }
        self.scenario.events.truncate(from);
        self.queue.retain(|Reverse((_, _, happening))| !matches!(happening, Happening::Scripted(at) if *at >= from));
    }

    /// Other clients send from the start on; nothing has happened yet.
    fn begin_with(&mut self, loads: Vec<Load>) {
        // There is no copy of a run that nothing has happened in.
        if let Some(start) = Rc::get_mut(&mut self.start) {
            start.1.load.clone_from(&loads);
        }
        self.queue.retain(|Reverse((_, _, happening))| matches!(happening, Happening::Scripted(_)));
        self.planned = FIRST_PLANNED;
        self.loads.clear();
        self.log.clear();
        for load in loads {
            self.start_load(load);
        }
    }

    /// Requests that ended are not seen any more.
    fn forget_recent(&mut self) {
        self.recent.clear();
    }

    fn plan_scripted(&mut self, number: usize) {
        let Some(event) = self.scenario.events.get(number) else { return };
        let order = u64::try_from(number).unwrap_or(FIRST_PLANNED).min(FIRST_PLANNED);
        self.queue.push(Reverse((event.at, order, Happening::Scripted(number))));
    }

    fn plan(&mut self, at: u64, happening: Happening) {
        self.planned += 1;
        self.queue.push(Reverse((at, self.planned, happening)));
    }

    fn after(&mut self, delay: u64, happening: Happening) {
        self.plan(self.now.saturating_add(delay), happening);
    }

    fn note(&mut self, text: impl Into<String>, object: Option<(&'static str, ObjectRef)>) {
        if self.log.len() >= MAX_LOG {
            self.log.pop_front();
        }
        self.log.push_back(LogEntry { at: self.now, text: text.into(), object });
    }

    fn happen(&mut self, happening: Happening) {
        // A packet or a proxy changes nothing for a rollout, and there are many of them while one goes on.
        let to_pods = matches!(
            happening,
            Happening::Scripted(_)
                | Happening::Gone(..)
                | Happening::Started(..)
                | Happening::Probed(..)
                | Happening::Noticed(..)
                | Happening::Restarts(..)
                | Happening::NodeLost(..)
                | Happening::Evict(..)
                | Happening::Look
        );
        self.befall(happening);
        if to_pods {
            self.go_on_with_rollouts();
        }
    }

    fn befall(&mut self, happening: Happening) {
        match happening {
            Happening::Scripted(at) => {
                if let Some(event) = self.scenario.events.get(at).filter(|event| event.at == self.now) {
                    self.obey(event.command.clone());
                }
            }
            Happening::Send(load, count) => self.send_next(load, count),
            Happening::User(load, user) => self.send_as(load, user),
            Happening::GiveUp(load) => self.give_up(load),
            Happening::Served(pod, process) => self.served(&pod, process),
            Happening::Arrive(flight) => self.arrive(flight),
            Happening::End(flight) => self.end(flight),
            Happening::Reconcile => self.reconcile(),
            Happening::Sync(node) => self.sync(&node),
            Happening::StopAccepting(pod, birth) => self.stop_accepting(&pod, birth),
            Happening::Gone(pod, birth) => self.gone(&pod, birth),
            Happening::Started(pod, birth) => self.started(&pod, birth),
            Happening::Listens(pod, process) => self.listens_now(&pod, process),
            Happening::Probed(pod, process, purpose) => self.probed(&pod, process, purpose),
            Happening::Crashes(pod, process) => self.crashed(&pod, process),
            Happening::Noticed(pod, process, ended) => self.noticed(&pod, process, ended),
            Happening::Restarts(pod, process) => self.restarts_now(&pod, process),
            Happening::Unhealthy(node, time) => self.set_unhealthy(&node, time),
            Happening::NodeLost(node, time) => self.node_lost(&node, time),
            Happening::Evict(node, time, seconds) => self.evict(&node, time, seconds),
            Happening::Taints => self.taint_lost(),
            Happening::Look => {}
            Happening::Forgotten(node, protocol, server, endpoint) => {
                self.forget_connection(&node, protocol, server, endpoint);
            }
        }
    }

    /// The pod of this name, now.
    fn pod(&self, reference: &ObjectRef) -> Option<&Pod> {
        let at = lifecycle::find(&self.cluster, reference)?;
        self.cluster.pods.get(at)
    }

    fn birth(&self, pod: &ObjectRef) -> u64 {
        self.births.get(pod).copied().unwrap_or(0)
    }
}
