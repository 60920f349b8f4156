//! What the chart consists of: boxes with their places, before anything is drawn.

use std::rc::Rc;

use portolan_core::cluster::Place;
use portolan_core::objects::{ObjectRef, ServiceType};

use super::geometry::{Point, Rect};
use super::subject::Subject;

/// What kind of host stands outside the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HostKind {
    /// Some machine of the internet.
    Internet,
    /// The machine with kubectl.
    Laptop,
    /// What an ExternalName points to.
    ExternalName,
    /// An endpoint address without a pod.
    Endpoint,
}

/// A host outside the cluster.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct HostBox {
    /// Where it is, for packets.
    pub(crate) place: Place,
    /// What it is.
    pub(crate) kind: HostKind,
    /// Its name.
    pub(crate) title: String,
    /// Its address, or what it is for.
    pub(crate) subtitle: String,
    /// Its box.
    pub(crate) rect: Rect,
}

/// A cloud load balancer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct BalancerBox {
    /// Its Service.
    pub(crate) service: ObjectRef,
    /// Its addresses, or nothing while it is pending.
    pub(crate) address: String,
    /// The ports it serves.
    pub(crate) ports: String,
    /// No cloud has given an address.
    pub(crate) pending: bool,
    /// Its box.
    pub(crate) rect: Rect,
}

/// What a pin on a node's edge is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PinKind {
    /// A Service's node port.
    NodePort,
    /// A Service's health-check node port.
    Health,
    /// A component of Kubernetes.
    System,
}

/// An open port on a node's edge.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Pin {
    /// The port, or a range's first.
    pub(crate) port: u16,
    /// What is written there.
    pub(crate) label: String,
    /// What it is for, in words.
    pub(crate) title: String,
    /// What it is for.
    pub(crate) kind: PinKind,
    /// Belongs to the Service in focus.
    pub(crate) focused: bool,
    /// Where it meets the edge.
    pub(crate) at: Point,
}

/// One virtual address that a kube-proxy serves.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct VipRow {
    /// The Service.
    pub(crate) service: ObjectRef,
    /// What is written.
    pub(crate) text: String,
    /// The Service in focus.
    pub(crate) focused: bool,
    /// The text's baseline start.
    pub(crate) at: Point,
}

/// How a pod is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PodState {
    /// Running and ready.
    Ready,
    /// Running, not ready.
    NotReady,
    /// Being deleted.
    Terminating,
    /// Not running yet, or not any more.
    NotRunning,
}

impl PodState {
    /// In a word.
    pub(crate) fn word(self) -> &'static str {
        match self {
            PodState::Ready => "ready",
            PodState::NotReady => "not ready",
            PodState::Terminating => "terminating",
            PodState::NotRunning => "not running",
        }
    }
}

/// A pod.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PodTile {
    /// Which.
    pub(crate) pod: ObjectRef,
    /// Its name, cut to fit.
    pub(crate) name: String,
    /// Its workload's name.
    pub(crate) short: String,
    /// Its address and ports, cut to fit.
    pub(crate) address: String,
    /// How it is.
    pub(crate) state: PodState,
    /// Behind the Service in focus.
    pub(crate) selected: bool,
    /// Its labels and the like, for hover.
    pub(crate) hint: String,
    /// The first of its row, next to the gutter.
    pub(crate) first: bool,
    /// Its slot in the node.
    pub(crate) slot: usize,
    /// Its box.
    pub(crate) rect: Rect,
}

/// How many pods are how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct States {
    /// Running and ready.
    pub(crate) ready: usize,
    /// Running, not ready.
    pub(crate) unready: usize,
    /// Being deleted.
    pub(crate) terminating: usize,
    /// Not running.
    pub(crate) down: usize,
}

impl States {
    /// One more.
    pub(crate) fn add(&mut self, state: PodState) {
        match state {
            PodState::Ready => self.ready += 1,
            PodState::NotReady => self.unready += 1,
            PodState::Terminating => self.terminating += 1,
            PodState::NotRunning => self.down += 1,
        }
    }

    /// All of them.
    pub(crate) fn total(self) -> usize {
        self.ready + self.unready + self.terminating + self.down
    }

    /// `12/12 ready`.
    pub(crate) fn words(self) -> String {
        format!("{}/{} ready", self.ready, self.total())
    }
}

/// A workload's pods on one node.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Workload {
    /// The workload's name; a pod without one stands for itself.
    pub(crate) name: String,
    /// Its namespace.
    pub(crate) namespace: String,
    /// Its pods here.
    pub(crate) pods: Vec<ObjectRef>,
    /// How they are.
    pub(crate) states: States,
    /// Some of them are behind the Service in focus.
    pub(crate) selected: bool,
}

/// A workload's pods where there is no room for each.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Chip {
    /// Its place among the node's workloads; the last chip may stand for all from there on.
    pub(crate) from: usize,
    /// How many workloads it stands for.
    pub(crate) count: usize,
    /// What is written: the name, cut to fit.
    pub(crate) name: String,
    /// How the pods are.
    pub(crate) states: States,
    /// Behind the Service in focus.
    pub(crate) selected: bool,
    /// The first of its row, next to the gutter.
    pub(crate) first: bool,
    /// Its box.
    pub(crate) rect: Rect,
}

/// A component of the control plane.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Part {
    /// Where it is, for packets; `None` for those that no packet reaches.
    pub(crate) place: Option<Place>,
    /// Its name.
    pub(crate) title: &'static str,
    /// Where it listens.
    pub(crate) listens: &'static str,
    /// Only on the node's loopback address.
    pub(crate) local: bool,
    /// The first of its row, next to the gutter.
    pub(crate) first: bool,
    /// Its box.
    pub(crate) rect: Rect,
}

/// A node.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct NodeBox {
    /// Its name.
    pub(crate) name: String,
    /// Its address and zone.
    pub(crate) address: String,
    /// Whether it runs.
    pub(crate) running: bool,
    /// Runs the control plane.
    pub(crate) control_plane: bool,
    /// Its box.
    pub(crate) rect: Rect,
    /// The height of its heading.
    pub(crate) header: f64,
    /// Its open ports.
    pub(crate) pins: Vec<Pin>,
    /// kube-proxy's box.
    pub(crate) proxy: Rect,
    /// What kube-proxy serves.
    pub(crate) vips: Vec<VipRow>,
    /// Its pods, one by one; none where there are too many.
    pub(crate) pods: Vec<PodTile>,
    /// Its pods by workload, where there are too many to be drawn one by one.
    pub(crate) chips: Vec<Chip>,
    /// Its pods by workload, always.
    pub(crate) workloads: Vec<Workload>,
    /// How its pods are.
    pub(crate) states: States,
    /// The control plane's components.
    pub(crate) parts: Vec<Part>,
    /// Where it meets the pod network.
    pub(crate) tap: Point,
    /// The free lane along the bottom.
    pub(crate) bottom_lane: f64,
    /// Where the node's own measures begin on the chart.
    pub(crate) origin: Point,
    /// The size of the node's own measures: all places above are in them.
    pub(crate) scale: f64,
    /// Lanes around it, on the chart.
    pub(crate) lanes: Lanes,
}

impl NodeBox {
    /// A place of the node on the chart.
    pub(crate) fn spot(&self, p: Point) -> Point {
        Point { x: self.origin.x + p.x * self.scale, y: self.origin.y + p.y * self.scale }
    }

    /// A box of the node on the chart.
    pub(crate) fn area(&self, r: Rect) -> Rect {
        let p = self.spot(Point { x: r.x, y: r.y });
        Rect::new(p.x, p.y, r.w * self.scale, r.h * self.scale)
    }

    /// The node's own box on the chart.
    pub(crate) fn card(&self) -> Rect {
        self.area(self.rect)
    }

    /// The x of its pod network on the chart.
    pub(crate) fn gutter(&self) -> f64 {
        self.spot(self.tap).x
    }

    /// Whether a subject is this node or something in it.
    pub(crate) fn holds(&self, subject: &Subject) -> bool {
        match subject {
            Subject::Node(name) | Subject::Workload(name, _) => *name == self.name,
            Subject::Pod(pod) => self.pods.iter().any(|p| p.pod == *pod),
            _ => false,
        }
    }

    /// The box of a pod or, where it is one of many, of its workload; and whether it is the first of its row.
    pub(crate) fn seat(&self, pod: &ObjectRef) -> Option<(Rect, bool)> {
        if let Some(tile) = self.pods.iter().find(|p| p.pod == *pod) {
            return Some((tile.rect, tile.first));
        }
        let at = self.workloads.iter().position(|w| w.pods.contains(pod))?;
        let chip = self.chips.iter().find(|c| c.from <= at && at < c.from + c.count)?;
        Some((chip.rect, chip.first))
    }
}

/// The free lanes around a node, in the chart's measures.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Lanes {
    /// Above its row.
    pub(crate) above: f64,
    /// Under its row.
    pub(crate) below: f64,
    /// Left of its column.
    pub(crate) left: f64,
    /// That is where the sea begins.
    pub(crate) seaward: bool,
}

/// A zone's heading.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ZoneBox {
    /// The zone's name; empty for nodes without one.
    pub(crate) name: String,
    /// Around its nodes.
    pub(crate) rect: Rect,
}

/// A Service: a layer over the kube-proxies, with a tab at the top.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ServiceTab {
    /// Which.
    pub(crate) service: ObjectRef,
    /// Its type.
    pub(crate) service_type: ServiceType,
    /// Headless.
    pub(crate) headless: bool,
    /// Its name, cut to fit.
    pub(crate) title: String,
    /// Its type in words.
    pub(crate) kind: &'static str,
    /// Its address and ports.
    pub(crate) detail: String,
    /// In focus.
    pub(crate) focused: bool,
    /// The tab's box.
    pub(crate) rect: Rect,
    /// The layer over the kube-proxies; none where kube-proxy has nothing to do with it, and among many nodes.
    pub(crate) layer: Option<Rect>,
    /// It is names and nothing else: kube-proxy has nothing to do with it.
    pub(crate) dns_only: bool,
    /// One of many: its name alone.
    pub(crate) small: bool,
}

/// The whole chart.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Chart {
    /// Its width.
    pub(crate) width: f64,
    /// Its height.
    pub(crate) height: f64,
    /// One column, for a phone.
    pub(crate) narrow: bool,
    /// Hosts outside.
    pub(crate) hosts: Vec<HostBox>,
    /// Cloud load balancers.
    pub(crate) balancers: Vec<BalancerBox>,
    /// Services.
    pub(crate) tabs: Vec<ServiceTab>,
    /// Services that found no room: how many, and where that is said.
    pub(crate) more_services: Option<(usize, Rect)>,
    /// Zones.
    pub(crate) zones: Vec<ZoneBox>,
    /// Nodes.
    pub(crate) nodes: Vec<Rc<NodeBox>>,
    /// Nodes stand in several columns, small: their details show where the chart is enlarged.
    pub(crate) many: bool,
    /// Pods on no node.
    pub(crate) unscheduled: usize,
    /// Where the first column's pod network runs.
    pub(crate) gutter: f64,
    /// Where the outside ends and the cluster begins.
    pub(crate) coast: f64,
    /// The lane above the nodes.
    pub(crate) top_lane: f64,
}
