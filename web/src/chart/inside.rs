//! What a node holds: its pins, its kube-proxy, the control plane's components, its pods.

use portolan_core::cluster::{Cluster, Place};
use portolan_core::objects::{Node, ObjectRef, Origin, Pod, PodPhase, Service};
use portolan_core::sort;

use super::geometry::{Rect, pt};
use super::labels::{BOLD, MONO, cut_end, cut_middle, fits};
use super::layout::Request;
use super::memory::Slots;
use super::metrics::{HEADER, Metrics, RAIL};
use super::model::{Chip, Lanes, NodeBox, Part, Pin, PinKind, PodState, PodTile, States, VipRow, Workload};

/// Pods of a node that are drawn one by one; more are counted by workload, until somebody asks for them.
pub(crate) const MAX_PODS: usize = 24;

/// What the nodes of a chart have in common.
pub(super) struct Common<'a> {
    services: &'a [&'a Service],
    focus: Option<&'a ObjectRef>,
    m: &'a Metrics,
    /// Pods to a row.
    pub(super) columns: usize,
    /// The height of a node's heading.
    pub(super) header: f64,
    /// Nodes whose pods somebody asked for, however many.
    unfolded: &'a [String],
    /// Pods by node.
    pods: Vec<(&'a str, Vec<&'a Pod>)>,
    /// Those behind the Service in focus.
    selected: Vec<&'a ObjectRef>,
}

impl<'a> Common<'a> {
    /// What the nodes of a cluster have in common.
    pub(super) fn new(
        cluster: &'a Cluster,
        services: &'a [&'a Service],
        request: &'a Request,
        m: &'a Metrics,
        columns: usize,
    ) -> Self {
        let mut pods: Vec<(&str, Vec<&Pod>)> =
            cluster.nodes.iter().map(|n| (n.meta.name.as_str(), Vec::new())).collect();
        for pod in cluster.pods.iter().filter(|pod| is_shown(pod)) {
            if let Some((_, here)) = pods.iter_mut().find(|node| node.0 == pod.node) {
                here.push(pod);
            }
        }
        let focus = request.focus.as_ref();
        let mut selected: Vec<&ObjectRef> = match focus.filter(|service| cluster.service(service).is_some()) {
            Some(service) => {
                cluster.slices_of(service).flat_map(|s| &s.endpoints).filter_map(|e| e.pod.as_ref()).collect()
            }
            None => Vec::new(),
        };
        sort::natural(&mut selected);
        let header = HEADER - if m.narrow { 5.0 } else { 0.0 };
        Common { services, focus, m, columns, header, unfolded: &request.unfolded, pods, selected }
    }

    /// The pods of a node that are shown.
    pub(super) fn pods_of(&self, node: &Node) -> &[&'a Pod] {
        self.pods.iter().find(|known| known.0 == node.meta.name).map_or(&[], |known| known.1.as_slice())
    }

    /// Whether this many pods are drawn one by one on a node.
    pub(super) fn one_by_one(&self, node: &Node, count: usize, most: usize) -> bool {
        count <= most || self.unfolded.contains(&node.meta.name)
    }

    /// A node in a box of this place and width; its height comes of what it holds. `slots` has the room to draw pods in,
    /// where `one_by_one` says so.
    pub(super) fn node_box(&self, node: &Node, mut rect: Rect, slots: &mut Slots, one_by_one: bool) -> NodeBox {
        let m = self.m;
        let header = self.header;
        let body = rect.y + header;
        let proxy_x = rect.x + m.pins;
        let gutter = proxy_x + m.proxy + m.gutter / 2.0;
        let pods_x = proxy_x + m.proxy + m.gutter;
        let pods_w = rect.right() - 8.0 - pods_x;

        let pins = pins(node, self.services, self.focus, rect.x, body, m);
        let pins_bottom = pins.last().map_or(body, |p| p.at.y + 6.0);
        // Components and pods share a grid: first components, then pods.
        let parts = if node.control_plane { parts(body, pods_x, pods_w, m) } else { Vec::new() };
        let y = parts.last().map_or(body, |p| p.rect.bottom());

        let columns = self.columns.max(1);
        let tile_w =
            ((pods_w - (columns as f64 - 1.0) * m.gap) / columns as f64).min(if m.narrow { 150.0 } else { 206.0 });
        let place = |i: usize| {
            let (row, column) = (i / columns, i % columns);
            let at = y + m.row_gap + row as f64 * (m.tile.1 + m.row_gap);
            Rect::new(pods_x + column as f64 * (tile_w + m.gap), at, tile_w, m.tile.1)
        };
        let here = self.pods_of(node);
        let workloads = self.workloads(here);
        let mut states = States::default();
        here.iter().for_each(|pod| states.add(pod_state(pod)));
        let (mut pods, mut chips) = (Vec::new(), Vec::new());
        if one_by_one {
            for (i, pod) in slots.seat(here) {
                pods.push(self.pod_tile(pod, i, place(i), i % columns == 0));
            }
            sort::by_key(&mut pods, |pod: &PodTile| pod.slot);
        } else {
            slots.seat(&[]);
            chips = self.chips(&workloads, slots.room, |i| (place(i), i % columns == 0));
        }
        let pods_bottom = match slots.room {
            0 if parts.is_empty() => y + m.row_gap + m.tile.1,
            0 => y,
            room => place(room - 1).bottom(),
        };

        let rows = vip_rows(self.services, self.focus, proxy_x, body, m);
        let proxy_top = body + 3.0;
        let proxy_bottom = rows.last().map_or(proxy_top + 24.0, |r| r.at.y + 5.0);
        // Under its text, kube-proxy's box has a rail that packets pass along.
        let proxy = Rect::new(proxy_x, proxy_top, m.proxy, proxy_bottom + RAIL - proxy_top);
        let content = pins_bottom.max(pods_bottom).max(proxy.bottom());
        rect.h = content + 9.0 - rect.y;
        let tap = pt(gutter, proxy.bottom() - RAIL / 2.0);
        NodeBox {
            name: node.meta.name.clone(),
            address: node.primary_ip().map_or_else(String::new, |ip| ip.to_string()),
            running: node.ready,
            control_plane: node.control_plane,
            bottom_lane: rect.bottom() - 4.0,
            rect,
            header,
            pins,
            proxy,
            vips: rows,
            pods,
            chips,
            workloads,
            states,
            parts,
            tap,
            origin: pt(0.0, 0.0),
            scale: 1.0,
            lanes: Lanes { above: rect.y - 4.0, below: rect.bottom() + 4.0, left: rect.x - 4.0, seaward: true },
        }
    }

    /// The pods by workload, in the order of their names.
    fn workloads(&self, here: &[&Pod]) -> Vec<Workload> {
        let mut out: Vec<Workload> = Vec::new();
        for pod in here {
            let name = workload_of(pod);
            let selected = self.selected.binary_search(&&pod.meta.reference()).is_ok();
            let at =
                out.iter().position(|w| w.name == name && w.namespace == pod.meta.namespace).unwrap_or_else(|| {
                    let (namespace, states) = (pod.meta.namespace.clone(), States::default());
                    out.push(Workload { name, namespace, pods: Vec::new(), states, selected: false });
                    out.len() - 1
                });
            if let Some(workload) = out.get_mut(at) {
                workload.pods.push(pod.meta.reference());
                workload.states.add(pod_state(pod));
                workload.selected |= selected;
            }
        }
        sort::by(&mut out, |a, b| (&a.namespace, &a.name).cmp(&(&b.namespace, &b.name)));
        out
    }

    fn chips(&self, workloads: &[Workload], room: usize, place: impl Fn(usize) -> (Rect, bool)) -> Vec<Chip> {
        let shown = if workloads.len() > room { room.saturating_sub(1) } else { workloads.len() };
        let mut out = Vec::new();
        for (i, workload) in workloads.iter().take(shown).enumerate() {
            let (rect, first) = place(i);
            let name = cut_middle(&workload.name, fits(rect.w - 14.0, self.m.font + 0.5, BOLD));
            let (states, selected) = (workload.states, workload.selected);
            out.push(Chip { from: i, count: 1, name, states, selected, first, rect });
        }
        if let (true, Some(rest)) = (shown < workloads.len() && room > 0, workloads.get(shown..)) {
            let (rect, first) = place(shown);
            let mut states = States::default();
            for workload in rest {
                states.ready += workload.states.ready;
                states.unready += workload.states.unready;
                states.terminating += workload.states.terminating;
                states.down += workload.states.down;
            }
            let selected = rest.iter().any(|w| w.selected);
            let name = format!("+{} workloads", rest.len());
            out.push(Chip { from: shown, count: rest.len(), name, states, selected, first, rect });
        }
        out
    }

    fn pod_tile(&self, pod: &Pod, slot: usize, rect: Rect, first: bool) -> PodTile {
        let (m, focus) = (self.m, self.focus);
        let reference = pod.meta.reference();
        let selected = self.selected.binary_search(&&reference).is_ok();
        let port = pod.containers.iter().flat_map(|c| &c.ports).map(|p| p.port).next();
        let ip = pod.ips.first().map_or_else(String::new, |ip| ip.to_string());
        let address = match port {
            Some(port) => format!("{ip}:{port}"),
            None => ip,
        };
        let labels = pod.meta.labels.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join(", ");
        let state = pod_state(pod);
        let home = focus.map_or("default", |f| f.namespace.as_str());
        let name = if pod.meta.namespace == home || pod.meta.namespace == "kube-system" {
            pod.meta.name.clone()
        } else {
            format!("{}/{}", pod.meta.namespace, pod.meta.name)
        };
        PodTile {
            hint: format!("pod {reference}\n{address}\n{}\nlabels: {labels}", state.word()),
            short: workload_of(pod),
            name: cut_middle(
                &name,
                fits(rect.w - if m.narrow { 20.0 } else { 25.0 }, if m.narrow { 10.5 } else { 12.5 }, BOLD),
            ),
            address: cut_end(&address, fits(rect.w - 10.0, m.mono, MONO)),
            state,
            selected,
            first,
            slot,
            pod: reference,
            rect,
        }
    }
}

/// The control plane's components, in columns of their own: shorter words, so more of them to a row.
fn parts(y: f64, pods_x: f64, pods_w: f64, m: &Metrics) -> Vec<Part> {
    let h = if m.narrow { 22.0 } else { 29.0 };
    let all = components();
    let least = if m.narrow { 80.0 } else { m.tile.0.min(98.0) };
    let fit = ((pods_w + m.gap) / (least + m.gap)).floor().max(1.0) as usize;
    let columns = all.len().div_ceil(all.len().div_ceil(fit));
    let w = (pods_w - (columns as f64 - 1.0) * m.gap) / columns as f64;
    let mut parts = Vec::new();
    for (i, (title, listens, local, place)) in all.into_iter().enumerate() {
        let (row, column) = (i / columns, i % columns);
        let at = y + m.row_gap * 0.7 + row as f64 * (h + m.row_gap * 0.7);
        let rect = Rect::new(pods_x + column as f64 * (w + m.gap), at, w, h);
        parts.push(Part { place, title, listens, local, first: column == 0, rect });
    }
    parts
}

/// The workload a pod belongs to, as people call it: a Deployment's ReplicaSet by the Deployment's name.
pub(crate) fn workload_of(pod: &Pod) -> String {
    let Some(owner) = &pod.meta.owner else { return pod.meta.name.clone() };
    match pod.meta.labels.get("pod-template-hash") {
        Some(hash) => owner.name.strip_suffix(hash.as_str()).and_then(|n| n.strip_suffix('-')).unwrap_or(&owner.name),
        None => &owner.name,
    }
    .to_string()
}

/// Whether a pod gets a tile: the cluster's own (CoreDNS) stand together as one component, unless somebody wrote them.
pub(super) fn is_shown(pod: &Pod) -> bool {
    pod.meta.namespace != "kube-system" || pod.meta.origin != Origin::Cluster
}

fn components() -> Vec<(&'static str, &'static str, bool, Option<Place>)> {
    vec![
        ("kube-apiserver", ":6443", false, Some(Place::ApiServer)),
        ("etcd", ":2379-2380", false, None),
        ("CoreDNS", ":53", false, Some(Place::Dns)),
        ("scheduler", "127.0.0.1:10259", true, None),
        ("controller-mgr", "127.0.0.1:10257", true, None),
    ]
}

fn pins(node: &Node, services: &[&Service], focus: Option<&ObjectRef>, x: f64, top: f64, m: &Metrics) -> Vec<Pin> {
    let mut found: Vec<(u16, String, String, PinKind, bool)> = Vec::new();
    let mut rest = 0;
    for service in services {
        let focused = focus == Some(&service.meta.reference());
        for port in &service.ports {
            if let Some(number) = port.node_port {
                let title = format!("node port {number} of Service {}, port {}", service.meta.reference(), port.port);
                found.push((number, number.to_string(), title, PinKind::NodePort, focused));
            }
        }
        if let Some(number) = service.health_check_node_port {
            let title = format!("health-check node port of Service {}", service.meta.reference());
            found.push((number, format!("{number} hc"), title, PinKind::Health, focused));
        }
    }
    sort::by_key(&mut found, |f| (!f.4, f.0));
    if found.len() > m.listed.0 {
        rest = found.len() - m.listed.0;
        found.truncate(m.listed.0);
    }
    if node.control_plane {
        found.push((6443, "6443".into(), "kube-apiserver".into(), PinKind::System, false));
        found.push((2379, "2379-2380".into(), "etcd, clients and peers".into(), PinKind::System, false));
    }
    found.push((10250, "10250".into(), "kubelet".into(), PinKind::System, false));
    let mut y = top + m.pitch;
    let mut pins = Vec::new();
    for (port, label, title, kind, focused) in found {
        let label =
            if rest > 0 && kind == PinKind::System && port == 10250 { format!("{label} +{rest}") } else { label };
        pins.push(Pin { port, label, title, kind, focused, at: pt(x, y) });
        y += m.pitch;
    }
    pins
}

fn vip_rows(services: &[&Service], focus: Option<&ObjectRef>, x: f64, top: f64, m: &Metrics) -> Vec<VipRow> {
    let mut rows = Vec::new();
    let pitch = m.mono + 3.5;
    let mut y = top + 3.0 + m.font + pitch;
    let mut with_vip: Vec<&&Service> = services.iter().filter(|s| s.cluster_ip().is_some()).collect();
    sort::by_key(&mut with_vip, |s| focus != Some(&s.meta.reference()));
    let max = m.listed.1;
    let total = with_vip.len();
    for (i, service) in with_vip.into_iter().enumerate() {
        let Some(ip) = service.cluster_ip() else { continue };
        if i == max - 1 && total > max {
            rows.push(VipRow {
                service: service.meta.reference(),
                text: format!("+{} more", total - i),
                focused: false,
                at: pt(x + 7.0, y),
            });
            break;
        }
        let port = service.ports.first().map_or(String::new(), |p| format!(":{}", p.port));
        rows.push(VipRow {
            service: service.meta.reference(),
            text: cut_end(&format!("{ip}{port}"), fits(m.proxy - 12.0, m.mono, MONO)),
            focused: focus == Some(&service.meta.reference()),
            at: pt(x + 7.0, y),
        });
        y += pitch;
    }
    rows
}

/// How a pod is, as the chart shows it.
pub(crate) fn pod_state(pod: &Pod) -> PodState {
    match pod.phase {
        _ if pod.meta.deleting => PodState::Terminating,
        PodPhase::Running if pod.is_ready() => PodState::Ready,
        PodPhase::Running => PodState::NotReady,
        _ => PodState::NotRunning,
    }
}
