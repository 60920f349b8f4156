//! What the chart consists of: boxes with their places, before anything is drawn.

use portolan_core::cluster::Place;
use portolan_core::objects::{ObjectRef, ServiceType};

use super::geometry::{Point, Rect};

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
    /// Its open ports.
    pub(crate) pins: Vec<Pin>,
    /// kube-proxy's box.
    pub(crate) proxy: Rect,
    /// What kube-proxy serves.
    pub(crate) vips: Vec<VipRow>,
    /// Its pods.
    pub(crate) pods: Vec<PodTile>,
    /// Pods that found no room: how many, and where that is said.
    pub(crate) more: Option<(usize, Rect)>,
    /// The control plane's components.
    pub(crate) parts: Vec<Part>,
    /// Where it meets the pod network.
    pub(crate) tap: Point,
    /// The free lane along the bottom.
    pub(crate) bottom_lane: f64,
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
    /// The layer over the kube-proxies; `None` where kube-proxy has nothing to do with it.
    pub(crate) layer: Option<Rect>,
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
    /// Services that found no room.
    pub(crate) more_services: usize,
    /// Zones.
    pub(crate) zones: Vec<ZoneBox>,
    /// Nodes.
    pub(crate) nodes: Vec<NodeBox>,
    /// Nodes that found no room.
    pub(crate) more_nodes: usize,
    /// Pods on no node.
    pub(crate) unscheduled: usize,
    /// Where the pod network runs.
    pub(crate) gutter: f64,
    /// Where the outside ends and the cluster begins.
    pub(crate) coast: f64,
    /// The lane above the nodes.
    pub(crate) top_lane: f64,
}
