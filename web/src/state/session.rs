//! The engine at work: the world made of the text, and the simulation that runs in it.

mod past;

use std::collections::VecDeque;
use std::rc::Rc;

use portolan_core::cluster::{Client, Cluster, Place, ProxyMode};
use portolan_core::collections::Map;
use portolan_core::diagnose;
use portolan_core::diagnostic::{Diagnostic, LineIndex, Span};
use portolan_core::net::Protocol;
use portolan_core::objects::{ObjectRef, ServiceType};
use portolan_core::pace::{self, Pace};
use portolan_core::packet::{FieldRef, Trace, Verdict, port_forward};
use portolan_core::sim::{Command, Flight, FlightEnd, Habits, Leg, Load, Recording, Scenario, Sim};
use portolan_core::world::{Input, LoadOptions, World, free_cluster};

use super::choices;
use crate::chart::path;
use crate::chart::view::Tally;

/// A text longer than this is not read at all: no manifest is, and the page must stay quick.
pub(crate) const MAX_TEXT: usize = 6 << 20;
/// Requests that the list of recent ones keeps.
const MAX_RECENT: usize = 24;
/// How the client is called that the toolbar is about, where the Scenario has no name for it.
const FIRST: &str = "client";
/// Numbers of the flights that the page makes itself (port-forward), far from the simulation's.
const OWN_FLIGHTS: u64 = 1 << 48;

/// A request that was seen.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Recent {
    /// Its number.
    pub(crate) id: u64,
    /// Who sent it.
    pub(crate) from: String,
    /// To what.
    pub(crate) to: String,
    /// What became of it.
    pub(crate) trace: Rc<Trace>,
    /// When it was sent, in microseconds of simulated time.
    pub(crate) at: u64,
    /// How long until the client knew, in microseconds.
    pub(crate) took: u64,
}

/// A running `kubectl port-forward`.
struct Tunnel {
    /// The command line.
    command: String,
    /// The pod that was picked.
    pod: ObjectRef,
    /// When the next request is sent.
    next: u64,
}

/// What a text is read into.
pub(crate) enum Source {
    /// A new cluster.
    New {
        /// Demo pods are in.
        demo_pods: bool,
        /// The seed.
        seed: u64,
    },
    /// The cluster that runs.
    Running {
        /// As the last text left it.
        world: Rc<World>,
        /// Demo pods are in.
        demo_pods: bool,
        /// The seed.
        seed: u64,
        /// How many texts it has taken.
        updates: u32,
    },
}

/// What remains of a session that is over, to be freed in parts.
pub(crate) struct Left {
    world: Rc<World>,
    cluster: Rc<Cluster>,
    run: Recording,
}

impl Left {
    /// Frees it, with rests.
    pub(crate) async fn let_go(self, pace: &Pace) {
        if let Some(cluster) = Rc::into_inner(self.cluster) {
            free_cluster(cluster, pace).await;
        }
        drop(self.run);
        pace.spend(1000).await;
        if let Some(world) = Rc::into_inner(self.world) {
            world.let_go(pace).await;
        }
    }
}

/// Fixes that are still to be tried.
pub(crate) struct Fixes {
    world: Rc<World>,
    text: Rc<str>,
}

impl Fixes {
    /// The diagnostics with those that help.
    pub(crate) async fn tried(&self, pace: &Pace) -> Rc<Vec<Diagnostic>> {
        Rc::new(told(&self.world, &self.text, true, pace).await)
    }
}

/// What is said about a text.
async fn told(world: &World, text: &str, with_fixes: bool, pace: &Pace) -> Vec<Diagnostic> {
    let mut diagnostics = diagnose::diagnose_paced(world, with_fixes, pace).await;
    if text.len() > MAX_TEXT {
        diagnostics.insert(0, too_long_to_read(text));
    } else if is_exported(text) {
        diagnostics.push(taken_as_stored(text));
    }
    diagnostics
}

/// The engine's side of the page.
pub(crate) struct Session {
    /// The text that everything was made of.
    pub(crate) text: Rc<str>,
    /// Where its lines begin.
    pub(crate) lines: LineIndex,
    /// Demo pods are in.
    pub(crate) demo_pods: bool,
    /// The seed.
    pub(crate) seed: u64,
    /// How many texts the cluster has taken since it started afresh.
    pub(crate) updates: u32,
    /// What is said about the text.
    pub(crate) diagnostics: Rc<Vec<Diagnostic>>,
    /// The cluster as it is now.
    pub(crate) cluster: Rc<Cluster>,
    /// Requests seen, the latest first.
    pub(crate) recent: VecDeque<Recent>,
    /// What `kubectl port-forward` printed.
    pub(crate) tunnel_output: Vec<String>,
    world: Rc<World>,
    run: Recording,
    /// What the toolbar's client sends; it has a name where it sends by itself.
    load: Load,
    /// Flights that ended before this time are not shown: one has just come here from another time.
    came: u64,
    tunnel: Option<Tunnel>,
    /// Flights of the tunnel still on their way.
    own: Vec<Flight>,
    own_count: u64,
    seen: u64,
    frames: u32,
}

impl Session {
    /// Reads a text into a new cluster.
    pub(crate) fn new(text: &str, demo_pods: bool, seed: u64) -> Self {
        Session::at_once(text, Source::New { demo_pods, seed })
    }

    /// Where the next text goes: to the cluster as it runs.
    pub(crate) fn running(&self) -> Source {
        Source::Running { world: self.world.clone(), demo_pods: self.demo_pods, seed: self.seed, updates: self.updates }
    }

    /// Reads a text, and tries its fixes.
    pub(crate) fn at_once(text: &str, source: Source) -> Self {
        let pace = Pace::restless();
        pace::all_at_once(async {
            let mut session = Session::read(text, source, &pace).await;
            session.diagnostics = session.fixes().tried(&pace).await;
            session
        })
    }

    /// The same text in the same cluster, with demo pods or without.
    pub(crate) fn with_demo_pods(&self, on: bool) -> Self {
        let pace = Pace::restless();
        let world = self.world.with_demo_pods(on);
        pace::all_at_once(async {
            let mut session = Session::of(&self.text, world, on, self.seed, &pace).await;
            session.updates = self.updates;
            session.diagnostics = session.fixes().tried(&pace).await;
            session
        })
    }

    /// Reads a text; no fix is tried yet.
    pub(crate) async fn read(text: &str, source: Source, pace: &Pace) -> Self {
        let input = [input("-", text)];
        match source {
            Source::New { demo_pods, seed } => {
                let options = options(text, demo_pods, seed);
                Session::of(text, World::load_paced(&input, &options, pace).await, demo_pods, seed, pace).await
            }
            Source::Running { world, demo_pods, seed, updates } => {
                let next = world.update_paced(&input, pace).await;
                let updates = if next.is_update() { updates.saturating_add(1) } else { 0 };
                Session { updates, ..Session::of(text, next, demo_pods, seed, pace).await }
            }
        }
    }

    /// A world of the text with more documents behind it, as a file called `expectations`.
    pub(crate) fn world_with(&self, more: &str) -> World {
        let files = [input("text", &self.text), input("expectations", more)];
        World::load(&files, &options(&self.text, self.demo_pods, self.seed))
    }

    /// Ends it.
    pub(crate) fn leave(self) -> Left {
        Left { world: self.world, cluster: self.cluster, run: self.run }
    }

    /// The fixes of its diagnostics, to be tried.
    pub(crate) fn fixes(&self) -> Fixes {
        Fixes { world: self.world.clone(), text: self.text.clone() }
    }

    async fn of(text: &str, world: World, demo_pods: bool, seed: u64, pace: &Pace) -> Self {
        let diagnostics = told(&world, text, false, pace).await;
        let mut scenario = world.scenario().cloned().unwrap_or_default();
        if seed != 0 {
            scenario.seed = seed;
        }
        if let Some(first) = scenario.load.first_mut()
            && first.name.is_empty()
        {
            first.name = FIRST.into();
        }
        let run = Recording::new(world.cluster().clone(), scenario, world.workloads());
        Session {
            text: Rc::from(text),
            lines: LineIndex::new(text),
            demo_pods,
            seed,
            diagnostics: Rc::new(diagnostics),
            cluster: Rc::new(world.cluster().clone()),
            recent: VecDeque::new(),
            tunnel_output: Vec::new(),
            world: Rc::new(world),
            updates: 0,
            run,
            came: 0,
            load: Load {
                name: String::new(),
                from: Client::External(None),
                to: String::new(),
                protocol: Protocol::Tcp,
                rate: 0.0,
                keep_alive: false,
                habits: Default::default(),
            },
            tunnel: None,
            own: Vec::new(),
            own_count: 0,
            seen: 0,
            frames: 0,
        }
    }

    /// The mode of kube-proxy that the text asks for.
    pub(crate) fn own_mode(&self) -> ProxyMode {
        self.world.cluster().settings.proxy.mode
    }

    /// The input's Scenario, with the load it begins with.
    pub(crate) fn scenario(&self) -> Option<&Scenario> {
        self.world.scenario()
    }

    /// Whether what is offered is somebody who sends, and not endpoints.
    pub(crate) fn only_aliases_lack_pods(&self) -> bool {
        self.demo_candidates().iter().all(|name| {
            self.world.cluster().service(name).is_some_and(|service| service.service_type == ServiceType::ExternalName)
        })
    }

    /// Services for which demo pods are offered.
    pub(crate) fn demo_candidates(&self) -> &[ObjectRef] {
        self.world.demo_candidates()
    }

    /// The world, for help while typing and the view of what is stored.
    pub(crate) fn world(&self) -> Rc<World> {
        self.world.clone()
    }

    /// Simulated time in microseconds.
    pub(crate) fn now(&self) -> u64 {
        self.sim().now()
    }

    /// Who sends what from now on. The Scenario's further clients go on.
    pub(crate) fn set_load(&mut self, load: Load) {
        let sends = !load.to.is_empty()
            && (load.rate > 0.0 || load.habits.users > 0)
            && choices::parse_forward(&load.to).is_none();
        if self.run.is_fresh() {
            let mut loads = self.run.loads().to_vec();
            let first = loads.first().filter(|first| first.from == load.from && first.to == load.to);
            // The Scenario knows its protocol.
            let same = |first: &&Load| {
                (first.rate, first.keep_alive, first.habits) == (load.rate, load.keep_alive, load.habits)
            };
            let first = first.filter(same).cloned();
            self.load =
                first.unwrap_or_else(|| Load { name: if sends { FIRST.into() } else { String::new() }, ..load });
            let rest = if loads.is_empty() { Vec::new() } else { loads.split_off(1) };
            let own = Some(self.load.clone()).filter(|_| sends);
            self.run.set_loads(own.into_iter().chain(rest).collect());
        } else {
            if !self.load.name.is_empty() {
                self.run.perform(Command::StopClient(self.load.name.clone()));
            }
            let name = if sends { self.free_name() } else { String::new() };
            // It begins now, whenever the Scenario's was to begin and end.
            let habits = Habits { start: 0, stop: 0, ..load.habits };
            self.load = Load { name, habits, ..load };
            if sends {
                self.run.perform(Command::StartLoad(self.load.clone()));
            }
        }
        self.open_tunnel();
    }

    /// A name that no client had yet.
    fn free_name(&self) -> String {
        let known = |name: &String| self.run.sim().loads().any(|(load, _)| load.name == *name);
        (2..).map(|number| format!("{FIRST}-{number}")).find(|name| !known(name)).unwrap_or_default()
    }

    /// Whether the client is a `kubectl port-forward`.
    pub(crate) fn has_tunnel(&self) -> bool {
        choices::parse_forward(&self.load.to).is_some()
    }

    /// What the toolbar's client sends.
    pub(crate) fn load(&self) -> &Load {
        &self.load
    }

    /// Sends one request now.
    pub(crate) fn send_one(&mut self) {
        if self.tunnel.is_some() {
            self.send_through_tunnel();
        } else if !self.load.to.is_empty() && choices::parse_forward(&self.load.to).is_none() {
            self.run.perform(Command::Send(Load { name: String::new(), rate: 0.0, ..self.load.clone() }));
        }
    }

    /// Does something to the cluster.
    pub(crate) fn command(&mut self, command: Command) {
        self.run.perform(command);
        self.take_cluster();
    }

    /// Lets `us` microseconds pass. Returns whether the cluster changed.
    pub(crate) fn advance(&mut self, us: u64) -> bool {
        let to = self.now().saturating_add(us);
        self.run.advance(to);
        if let Some(next) = self.tunnel.as_ref().map(|t| t.next)
            && next <= to
            && self.load.rate > 0.0
        {
            self.send_through_tunnel();
            let wait = (1_000_000.0 / self.load.rate) as u64;
            if let Some(tunnel) = &mut self.tunnel {
                tunnel.next = to.saturating_add(wait);
            }
        }
        self.own.retain(|flight| flight.end.at.saturating_add(2_000_000) > to);
        self.take_recent();
        // Not at each frame: comparing thousands of pods has its price.
        self.frames = self.frames.wrapping_add(1);
        self.frames.is_multiple_of(5) && self.take_cluster()
    }

    /// Flights that are on their way or ended a moment ago.
    pub(crate) fn flights(&self) -> impl Iterator<Item = &Flight> {
        self.sim().in_flight().chain(self.sim().recent().filter(|flight| flight.end.at > self.came)).chain(&self.own)
    }

    /// What became of a packet that somebody would send now; the first look at a choice, before anything moves.
    pub(crate) fn preview(&self, load: &Load) -> Option<Rc<Trace>> {
        if load.to.is_empty() {
            return None;
        }
        crate::engine::trace(&self.cluster, load, self.seed).map(Rc::new)
    }

    /// What each pod got.
    pub(crate) fn tallies(&self, service: Option<&ObjectRef>) -> Map<ObjectRef, Tally> {
        let mut out: Map<ObjectRef, Tally> = Map::new();
        for counts in self.sim().services().filter(|c| service.is_none_or(|s| c.service == *s)) {
            for endpoint in &counts.endpoints {
                if let Some(pod) = &endpoint.pod {
                    out.entry(pod.clone()).or_default().count += endpoint.counts.connections;
                }
            }
        }
        let total: u64 = out.values().map(|t| t.count).sum();
        for tally in out.values_mut() {
            // Counts of one run are far below 2^53.
            tally.share = if total == 0 { 0.0 } else { tally.count as f64 / total as f64 };
        }
        out
    }

    /// The simulation, for views that only read.
    pub(crate) fn sim(&self) -> &Sim {
        self.run.sim()
    }

    /// Where a field of an object stands in the text.
    pub(crate) fn span_of(&self, field: &FieldRef) -> Option<(Span, u32)> {
        self.world.locate(field).map(|place| (place.span, place.line))
    }

    /// Whether a node was stopped by hand.
    pub(crate) fn stopped(&self, node: &str) -> bool {
        self.sim().stopped_nodes().any(|n| n == node)
    }

    /// The cluster for the chart: stopped nodes do not run, whatever the controllers know by now.
    pub(crate) fn chart_cluster(&self) -> Rc<Cluster> {
        if self.sim().stopped_nodes().next().is_none() {
            return self.cluster.clone();
        }
        let mut cluster = (*self.cluster).clone();
        for node in &mut cluster.nodes {
            if self.sim().stopped_nodes().any(|n| n == node.meta.name) {
                node.ready = false;
            }
        }
        Rc::new(cluster)
    }

    fn take_cluster(&mut self) -> bool {
        let now = self.run.sim().cluster();
        let same = now.pods == self.cluster.pods
            && now.slices == self.cluster.slices
            && now.nodes == self.cluster.nodes
            && now.settings.proxy.mode == self.cluster.settings.proxy.mode;
        if !same {
            self.cluster = Rc::new(now.clone());
            self.check_tunnel();
        }
        !same
    }

    fn take_recent(&mut self) {
        let mut fresh: Vec<Recent> = Vec::new();
        let names: Vec<(String, String)> =
            self.sim().loads().map(|(load, _)| (load.from.to_string(), load.to.clone())).collect();
        for flight in self.sim().in_flight().chain(self.sim().recent()).filter(|f| f.id >= self.seen) {
            let (from, to) =
                names.get(flight.load).cloned().unwrap_or_else(|| (self.load.from.to_string(), self.load.to.clone()));
            fresh.push(recent(flight, from, to));
        }
        portolan_core::sort::by_key(&mut fresh, |recent| recent.id);
        for seen in fresh {
            self.seen = self.seen.max(seen.id + 1);
            self.note(seen);
        }
    }

    fn note(&mut self, seen: Recent) {
        self.recent.push_front(seen);
        self.recent.truncate(MAX_RECENT);
    }

    /// Runs `kubectl port-forward`, if that is what the client does.
    fn open_tunnel(&mut self) {
        self.tunnel = None;
        self.tunnel_output.clear();
        let Some((namespace, what, ports)) = choices::parse_forward(&self.load.to) else { return };
        match port_forward(&self.cluster, &namespace, &what, &ports) {
            Ok(forward) => {
                self.tunnel_output = forward.output;
                self.tunnel =
                    Some(Tunnel { command: self.load.to.clone(), pod: forward.pod, next: self.now() + 200_000 });
            }
            Err(message) => self.tunnel_output = vec![message],
        }
    }

    /// A tunnel breaks when its pod is gone; kubectl does not look for another one.
    fn check_tunnel(&mut self) {
        let gone = |t: &Tunnel| self.cluster.pod(&t.pod).is_none_or(|pod| pod.meta.deleting);
        if self.tunnel.as_ref().is_some_and(gone) {
            self.tunnel_output.push("error: lost connection to pod".into());
            self.tunnel = None;
        }
    }

    fn send_through_tunnel(&mut self) {
        let Some(tunnel) = &self.tunnel else { return };
        let Some((namespace, _, ports)) = choices::parse_forward(&tunnel.command) else { return };
        // The pod was picked when the command started; a later packet goes to that one, whatever else there is now.
        let ports = match (ports.split_once(':'), self.remote_port()) {
            (Some((local, _)), Some(remote)) => format!("{local}:{remote}"),
            (None, Some(remote)) => remote.to_string(),
            _ => ports,
        };
        let Ok(forward) = port_forward(&self.cluster, &namespace, &format!("pod/{}", tunnel.pod.name), &ports) else {
            return;
        };
        let flight = flight_of(forward.trace, OWN_FLIGHTS + self.own_count, self.now());
        self.own_count += 1;
        let seen = recent(&flight, "laptop".into(), tunnel.command.clone());
        self.note(seen);
        self.own.push(flight);
    }

    /// The port in the pod that kubectl chose, from what it printed.
    fn remote_port(&self) -> Option<u16> {
        self.tunnel_output.first()?.rsplit_once("-> ")?.1.parse().ok()
    }
}

fn recent(flight: &Flight, from: String, to: String) -> Recent {
    let at = flight.legs.first().map_or(flight.end.at, |leg| leg.start);
    Recent { id: flight.id, from, to, trace: flight.trace.clone(), at, took: flight.end.at.saturating_sub(at) }
}

/// A flight of a trace that the simulation does not make: there and, if it was delivered, back.
fn flight_of(trace: Trace, id: u64, start: u64) -> Flight {
    let places = path::places(&trace);
    let mut at = start;
    let mut legs = Vec::new();
    let mut leg = |from: &Place, to: &Place, reply: bool| {
        let outside = |p: &Place| matches!(p, Place::Laptop | Place::External(_));
        let takes = if outside(from) || outside(to) { 10_000 } else { 500 };
        legs.push(Leg { from: from.clone(), to: to.clone(), start: at, end: at + takes, masqueraded: false, reply });
        at += takes;
    };
    for pair in places.windows(2) {
        leg(&pair[0], &pair[1], false);
    }
    let verdict = trace.verdict;
    if verdict == Verdict::Delivered {
        for pair in places.windows(2).rev() {
            leg(&pair[1], &pair[0], true);
        }
    }
    Flight { id, load: usize::MAX, connection: id, legs, end: FlightEnd { verdict, at }, trace: Rc::new(trace) }
}

/// A file of the engine's input; nothing of one that is too long.
fn input(name: &str, text: &str) -> Input {
    let read = if text.len() > MAX_TEXT { "" } else { text };
    Input { name: name.to_string(), text: read.to_string() }
}

fn options(text: &str, demo_pods: bool, seed: u64) -> LoadOptions {
    LoadOptions { demo_pods, seed, stored: is_exported(text), ..LoadOptions::default() }
}

/// Whether a text is what a cluster holds, as `kubectl get -o yaml` prints it: only a server writes a resourceVersion.
pub(crate) fn is_exported(text: &str) -> bool {
    let says = |line: &str| {
        let line = line.trim_start();
        line.starts_with("resourceVersion:") || line.starts_with("\"resourceVersion\":")
    };
    text.lines().any(says)
}

fn taken_as_stored(text: &str) -> Diagnostic {
    let at = text.find("resourceVersion").unwrap_or(0) as u32;
    let mut taken = Diagnostic::new(
        "exported",
        portolan_core::diagnostic::Severity::Info,
        portolan_core::diagnostic::Source::Portolan,
        "this is what a cluster holds: it is taken as it stands, with its addresses and the state of its pods",
        0,
        Span::new(at, at + "resourceVersion".len() as u32),
    );
    taken.help = Some("Without resourceVersion it is sent to an API server, which checks it and fills it in.".into());
    taken
}

fn too_long_to_read(text: &str) -> Diagnostic {
    Diagnostic::new(
        "text-too-long",
        portolan_core::diagnostic::Severity::Error,
        portolan_core::diagnostic::Source::Portolan,
        format!(
            "This text is {:.1} MB long; at most {} MB are read. It is kept, but nothing is made of it.",
            text.len() as f64 / 1_048_576.0,
            MAX_TEXT >> 20
        ),
        0,
        Span::new(0, text.find('\n').unwrap_or(0).min(200) as u32),
    )
}
