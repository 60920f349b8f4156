//! A cluster's chart: columns from left to right, nodes from top to bottom, everything at a fixed pitch. Pure and
//! deterministic: the same cluster and width give the same chart.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};

use portolan_core::cluster::{Cluster, Place};
use portolan_core::objects::{Node, ObjectRef, Origin, Pod, PodPhase, Service, ServiceType, TargetPort};

use super::geometry::{Rect, pt};
use super::labels::{BOLD, MONO, cut_end, cut_middle, fits};
use super::model::{
    BalancerBox, Chart, HostBox, HostKind, NodeBox, Part, Pin, PinKind, PodState, PodTile, ServiceTab, VipRow, ZoneBox,
};

/// The address of the host that stands for the internet.
pub(crate) const INTERNET: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 10));

/// What the layout is made for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Request {
    /// The width there is.
    pub(crate) width: f64,
    /// The Service in focus.
    pub(crate) focus: Option<ObjectRef>,
    /// An outside client with an address of its own.
    pub(crate) client: Option<IpAddr>,
}

/// The measures that differ between a wide chart and a phone's.
struct Metrics {
    narrow: bool,
    host: (f64, f64),
    sea: f64,
    balancer: (f64, f64),
    pins: f64,
    pitch: f64,
    proxy: f64,
    gutter: f64,
    tile: (f64, f64),
    row_gap: f64,
    gap: f64,
    tab: (f64, f64),
    font: f64,
    mono: f64,
}

const MARGIN: f64 = 10.0;
/// Narrower than this is a phone.
const PHONE: f64 = 600.0;
const HEADER: f64 = 22.0;
/// The height of the free strip under a box's text, along which packets pass.
pub(crate) const RAIL: f64 = 10.0;
/// Nodes, pods of a node and Services that are drawn one by one; the rest is counted.
const MAX_NODES: usize = 24;
const MAX_PODS: usize = 18;
const MAX_TABS: usize = 4;
const MAX_PINS: usize = 5;

impl Metrics {
    fn for_width(width: f64) -> Self {
        if width < PHONE {
            Metrics {
                narrow: true,
                host: (0.0, 34.0),
                sea: 14.0,
                balancer: (0.0, 38.0),
                pins: 52.0,
                pitch: 14.0,
                proxy: 88.0,
                gutter: 14.0,
                tile: (82.0, 30.0),
                row_gap: 8.0,
                gap: 5.0,
                tab: (110.0, 36.0),
                font: 10.5,
                mono: 8.5,
            }
        } else if width < 800.0 {
            Metrics {
                narrow: false,
                host: (116.0, 40.0),
                sea: 26.0,
                balancer: (98.0, 58.0),
                pins: 64.0,
                pitch: 15.0,
                proxy: 112.0,
                gutter: 16.0,
                tile: (86.0, 33.0),
                row_gap: 9.0,
                gap: 5.0,
                tab: (150.0, 40.0),
                font: 11.5,
                mono: 10.0,
            }
        } else {
            Metrics {
                narrow: false,
                host: (142.0, 44.0),
                sea: 60.0,
                balancer: (122.0, 60.0),
                pins: 68.0,
                pitch: 16.0,
                proxy: 158.0,
                gutter: 24.0,
                tile: (112.0, 36.0),
                row_gap: 11.0,
                gap: 6.0,
                tab: (176.0, 42.0),
                font: 12.0,
                mono: 10.0,
            }
        }
    }
}

/// How much a chart may be enlarged to fill its room.
const LARGEST: f64 = 1.3;

/// Lays the cluster out for a room of this height: where the chart would be much higher or lower than its room, it is
/// laid out for another width, so that scaled it fills the room both ways. `least` is how far it may be shrunk.
pub(crate) fn layout_for(cluster: &Cluster, request: &Request, height: f64, least: f64) -> Chart {
    let first = layout(cluster, request);
    let most = if first.narrow { 1.0 } else { LARGEST };
    let scale = (height / first.height).clamp(least, most);
    if height <= 0.0 || (scale - 1.0).abs() < 0.03 || first.height * least > height {
        return first;
    }
    let wanted = request.width / scale;
    // A phone's arrangement stays one, and the other way round.
    let width = if first.narrow { wanted.min(PHONE - 1.0) } else { wanted.max(PHONE) };
    layout(cluster, &Request { width, ..request.clone() })
}

/// Lays the cluster out.
pub(crate) fn layout(cluster: &Cluster, request: &Request) -> Chart {
    let width = request.width.clamp(320.0, 2400.0);
    let m = Metrics::for_width(width);
    let services = shown_services(cluster, request.focus.as_ref());
    let mut chart = Chart { width, narrow: m.narrow, ..Chart::default() };
    let with_balancers = services.iter().any(|s| s.service_type == ServiceType::LoadBalancer);

    let mut hosts = outside_hosts(cluster, &services, request.client);
    let top;
    let nodes_x;
    if m.narrow {
        // Hosts in a row at the top, balancers under them, the sea is a channel along the left edge.
        let count = hosts.len().clamp(1, 3) as f64;
        let w = (width - 2.0 * MARGIN - (count - 1.0) * 6.0) / count;
        let rows = hosts.len().div_ceil(3).max(1);
        for (i, host) in hosts.iter_mut().enumerate() {
            let (row, column) = ((i / 3) as f64, (i % 3) as f64);
            host.rect = Rect::new(MARGIN + column * (w + 6.0), MARGIN + row * (m.host.1 + 6.0), w, m.host.1);
        }
        let mut y = MARGIN + rows as f64 * (m.host.1 + 6.0);
        nodes_x = MARGIN + m.sea;
        if with_balancers {
            y += 8.0;
            let balancers: Vec<_> = services.iter().filter(|s| s.service_type == ServiceType::LoadBalancer).collect();
            let n = balancers.len().min(3) as f64;
            let w = (width - nodes_x - MARGIN - (n - 1.0) * 6.0) / n;
            for (i, service) in balancers.into_iter().take(3).enumerate() {
                let rect = Rect::new(nodes_x + i as f64 * (w + 6.0), y, w, m.balancer.1);
                chart.balancers.push(balancer(service, rect));
            }
            y += m.balancer.1 + 6.0;
        }
        top = y + 6.0;
        chart.coast = nodes_x - 3.0;
    } else {
        let left = MARGIN + m.host.0 + m.sea;
        nodes_x = if with_balancers { left + m.balancer.0 + m.sea } else { left + 8.0 };
        top = MARGIN + 4.0;
        chart.coast = nodes_x - 14.0;
    }

    let proxy_x = nodes_x + m.pins;
    chart.gutter = proxy_x + m.proxy + m.gutter / 2.0;
    let inner_right = width - MARGIN;

    // Services' tabs, from the kube-proxy column to the right.
    let tabs_x = if m.narrow { nodes_x } else { proxy_x - 6.0 };
    let shown = services.len().min(MAX_TABS);
    chart.more_services = services.len() - shown;
    if shown > 0 {
        let gap = 8.0;
        let w = ((inner_right - tabs_x - gap * (shown as f64 - 1.0)) / shown as f64).min(m.tab.0.max(if shown == 1 {
            if m.narrow { 230.0 } else { 300.0 }
        } else if m.narrow {
            110.0
        } else {
            200.0
        }));
        for (i, service) in services.iter().take(shown).enumerate() {
            let rect = Rect::new(tabs_x + i as f64 * (w + gap), top, w, m.tab.1);
            chart.tabs.push(tab(service, request.focus.as_ref(), rect, &m));
        }
    }
    let mut y = top + if shown > 0 { m.tab.1 + 14.0 } else { 6.0 };
    chart.top_lane = y - 7.0;

    // Nodes, by zone.
    let nodes = ordered_nodes(cluster);
    chart.more_nodes = nodes.len().saturating_sub(MAX_NODES);
    let count = |node: &&Node| cluster.pods.iter().filter(|p| p.node == node.meta.name && is_shown(p)).count();
    let fullest = nodes.iter().map(count).max().unwrap_or(0);
    let zones_differ = nodes.iter().any(|n| n.zone.is_some());
    let mut zone: Option<&str> = None;
    for node in nodes.into_iter().take(MAX_NODES) {
        let here = node.zone.as_deref().unwrap_or("");
        if zones_differ && zone != Some(here) {
            if zone.is_some() {
                y += 5.0;
            }
            chart
                .zones
                .push(ZoneBox { name: here.to_string(), rect: Rect::new(nodes_x, y, inner_right - nodes_x, 0.0) });
            y += if m.narrow { 13.0 } else { 17.0 };
        }
        zone = Some(here);
        let rect = Rect::new(nodes_x, y, inner_right - nodes_x, 0.0);
        let placed = node_box(cluster, node, &services, request.focus.as_ref(), rect, &m, (chart.gutter, fullest));
        y = placed.rect.bottom() + if m.narrow { 6.0 } else { 8.0 };
        if let Some(zone) = chart.zones.last_mut() {
            zone.rect.h = placed.rect.bottom() - zone.rect.y;
        }
        chart.nodes.push(placed);
    }
    if chart.more_nodes > 0 {
        y += 16.0;
    }

    // The layers of Services over the kube-proxies, one a little outside the other.
    let last = chart.nodes.last().map_or(y, |n| n.rect.bottom());
    let mut depth = 0.0;
    for tab in chart.tabs.iter_mut() {
        if tab.service_type == ServiceType::ExternalName || tab.headless {
            continue;
        }
        let top = tab.rect.bottom();
        tab.layer = Some(Rect::new(proxy_x - 5.0 - depth, top, m.proxy + 10.0 + 2.0 * depth, last + 3.0 + depth - top));
        depth += if m.narrow { 0.0 } else { 2.5 };
    }

    let mut bottom = y + 4.0;
    if !m.narrow {
        place_outside(&mut hosts, &m, top, bottom - top);
        bottom = hosts.iter().map(|h| h.rect.bottom() + 8.0).fold(bottom, f64::max);
        if with_balancers {
            let x = MARGIN + m.host.0 + m.sea;
            let all: Vec<_> = services.iter().filter(|s| s.service_type == ServiceType::LoadBalancer).collect();
            let n = all.len();
            let pitch = m.balancer.1 + 12.0;
            let middle = chart.nodes.first().map_or(top, |f| f.rect.y + (last - f.rect.y) * 0.36);
            let mut at = (middle - pitch * n as f64 / 2.0).max(top);
            for service in all.into_iter().take(6) {
                chart.balancers.push(balancer(service, Rect::new(x, at, m.balancer.0, m.balancer.1)));
                at += pitch;
            }
        }
    }
    chart.hosts = hosts;
    chart.unscheduled = cluster.pods.iter().filter(|p| cluster.node(&p.node).is_none()).count();
    chart.height = bottom + if chart.unscheduled > 0 { 18.0 } else { 0.0 };
    chart
}

/// The Services worth a tab: the input's own, and one of the cluster's where it is in focus.
fn shown_services<'a>(cluster: &'a Cluster, focus: Option<&ObjectRef>) -> Vec<&'a Service> {
    let is_focus = |s: &Service| focus == Some(&s.meta.reference());
    let mut out: Vec<&Service> =
        cluster.services.iter().filter(|s| s.meta.origin != Origin::Cluster || is_focus(s)).collect();
    // What is in focus is always among those that are drawn.
    if let Some(at) = out.iter().position(|s| is_focus(s)).filter(|at| *at >= MAX_TABS) {
        let service = out.remove(at);
        out.insert(MAX_TABS - 1, service);
    }
    out
}

fn ordered_nodes(cluster: &Cluster) -> Vec<&Node> {
    let mut zones: Vec<Option<&str>> = Vec::new();
    let mut out = Vec::new();
    // The control plane first, then zone by zone in the order of the input.
    out.extend(cluster.nodes.iter().filter(|n| n.control_plane));
    for node in &cluster.nodes {
        if !zones.contains(&node.zone.as_deref()) {
            zones.push(node.zone.as_deref());
        }
    }
    for zone in zones {
        out.extend(cluster.nodes.iter().filter(|n| !n.control_plane && n.zone.as_deref() == zone));
    }
    out
}

fn outside_hosts(cluster: &Cluster, services: &[&Service], client: Option<IpAddr>) -> Vec<HostBox> {
    let mut hosts = Vec::new();
    let blank = Rect::default();
    let mut names = BTreeSet::new();
    for service in services.iter().filter(|s| s.service_type == ServiceType::ExternalName) {
        if names.insert(service.external_name.clone()) && names.len() <= 3 {
            hosts.push(HostBox {
                place: Place::ExternalHost(service.external_name.clone()),
                kind: HostKind::ExternalName,
                title: cut_end(&service.external_name, 20),
                subtitle: "outside, by CNAME".into(),
                rect: blank,
            });
        }
    }
    let internet = client.unwrap_or(INTERNET);
    hosts.push(HostBox {
        place: Place::External(internet),
        kind: HostKind::Internet,
        title: "internet".into(),
        subtitle: internet.to_string(),
        rect: blank,
    });
    hosts.push(HostBox {
        place: Place::Laptop,
        kind: HostKind::Laptop,
        title: "laptop".into(),
        subtitle: "kubectl".into(),
        rect: blank,
    });
    let mut seen = BTreeSet::new();
    for slice in &cluster.slices {
        for endpoint in &slice.endpoints {
            let Some(ip) = endpoint.addresses.first().copied() else { continue };
            let known = cluster.pod_by_ip(ip).is_some() || cluster.node_by_ip(ip).is_some();
            if endpoint.pod.is_none() && !known && seen.insert(ip) && seen.len() <= 4 {
                let port = slice.ports.first().and_then(|p| p.port).map_or(String::new(), |p| format!(":{p}"));
                hosts.push(HostBox {
                    place: Place::Endpoint(ip),
                    kind: HostKind::Endpoint,
                    title: format!("{ip}{port}"),
                    subtitle: "endpoint, no pod".into(),
                    rect: blank,
                });
            }
        }
    }
    hosts
}

/// Outside hosts in their column: what Services lead out to at the top and the bottom, clients between.
fn place_outside(hosts: &mut [HostBox], m: &Metrics, top: f64, height: f64) {
    let (w, h) = m.host;
    let externals = hosts.iter().filter(|x| x.kind == HostKind::ExternalName).count();
    let mut y = top;
    for host in hosts.iter_mut().filter(|x| x.kind == HostKind::ExternalName) {
        host.rect = Rect::new(MARGIN, y, w, h);
        y += h + 12.0;
    }
    let rest = hosts.len() - externals;
    let free = (top + height - y - rest as f64 * h).max(0.0);
    let gap = (free / (rest as f64 + 1.0)).clamp(12.0, 150.0);
    let used = rest as f64 * h + (rest as f64 - 1.0) * gap;
    let mut at = y + ((top + height - y - used) / 2.0).max(if externals > 0 { 14.0 } else { 0.0 });
    for host in hosts.iter_mut().filter(|x| x.kind != HostKind::ExternalName) {
        host.rect = Rect::new(MARGIN, at, w, h);
        at += h + gap;
    }
}

fn balancer(service: &Service, rect: Rect) -> BalancerBox {
    let address = service
        .ingress
        .iter()
        .filter_map(|i| i.ip.map(|ip| ip.to_string()).or_else(|| i.hostname.clone()))
        .collect::<Vec<_>>()
        .join(", ");
    BalancerBox {
        service: service.meta.reference(),
        pending: address.is_empty(),
        address,
        ports: service.ports.iter().take(3).map(|p| format!(":{}", p.port)).collect::<Vec<_>>().join(" "),
        rect,
    }
}

fn tab(service: &Service, focus: Option<&ObjectRef>, rect: Rect, m: &Metrics) -> ServiceTab {
    let reference = service.meta.reference();
    let kind = match (service.service_type, service.headless) {
        (_, true) => "headless",
        (kind, _) => kind.as_str(),
    };
    let first = service.ports.first();
    let target = |p: &portolan_core::objects::ServicePort| match &p.target_port {
        TargetPort::Number(n) => n.to_string(),
        TargetPort::Name(name) => name.clone(),
    };
    let detail = if service.service_type == ServiceType::ExternalName {
        format!("CNAME {}", service.external_name)
    } else if service.headless {
        "DNS A records, straight to pods".to_string()
    } else {
        let ip = service.cluster_ip().map_or_else(String::new, |ip| ip.to_string());
        let port = first.map_or(String::new(), |p| format!(":{} \u{2192} {}", p.port, target(p)));
        let more = if service.ports.len() > 1 { format!(" +{}", service.ports.len() - 1) } else { String::new() };
        format!("{ip}{port}{more}")
    };
    let focused = focus == Some(&reference);
    let kind_width = kind.len() as f64 * m.font * 0.5;
    ServiceTab {
        service_type: service.service_type,
        headless: service.headless,
        title: cut_middle(&service.meta.name, fits(rect.w - 26.0 - kind_width, m.font + 1.0, BOLD)),
        kind,
        detail: cut_end(&detail, fits(rect.w - 16.0, m.mono, MONO)),
        focused,
        service: reference,
        rect,
        layer: None,
    }
}

fn node_box(
    cluster: &Cluster,
    node: &Node,
    services: &[&Service],
    focus: Option<&ObjectRef>,
    mut rect: Rect,
    m: &Metrics,
    (gutter, fullest): (f64, usize),
) -> NodeBox {
    let body = rect.y + HEADER - if m.narrow { 5.0 } else { 0.0 };
    let proxy_x = rect.x + m.pins;
    let pods_x = proxy_x + m.proxy + m.gutter;
    let pods_w = rect.right() - 8.0 - pods_x;

    let pins = pins(node, services, focus, rect.x, body, m);
    let pins_bottom = pins.last().map_or(body, |p| p.at.y + 6.0);

    // Components and pods share a grid: first components, then pods.
    // As many columns as the fullest node needs, so that tiles are as wide as they can be, and the same everywhere.
    let fit = ((pods_w + m.gap) / (m.tile.0 + m.gap)).floor().max(1.0) as usize;
    let columns = fit.min(fullest.max(2));
    let tile_w = ((pods_w - (columns as f64 - 1.0) * m.gap) / columns as f64).min(if m.narrow { 150.0 } else { 206.0 });
    let mut y = body;
    let mut parts = Vec::new();
    if node.control_plane {
        let part_h = if m.narrow { 22.0 } else { 29.0 };
        let all = components();
        // Their own columns: shorter words, so more of them to a row.
        let least = if m.narrow { 80.0 } else { m.tile.0.min(96.0) };
        let fit = ((pods_w + m.gap) / (least + m.gap)).floor().max(1.0) as usize;
        let part_columns = all.len().div_ceil(all.len().div_ceil(fit));
        let part_w = (pods_w - (part_columns as f64 - 1.0) * m.gap) / part_columns as f64;
        for (i, (title, listens, local, place)) in all.into_iter().enumerate() {
            let (row, column) = (i / part_columns, i % part_columns);
            let at = y + m.row_gap * 0.7 + row as f64 * (part_h + m.row_gap * 0.7);
            let rect = Rect::new(pods_x + column as f64 * (part_w + m.gap), at, part_w, part_h);
            parts.push(Part { place, title, listens, local, first: column == 0, rect });
        }
        y = parts.last().map_or(y, |p| p.rect.bottom());
    }
    let here: Vec<&Pod> = cluster.pods.iter().filter(|p| p.node == node.meta.name && is_shown(p)).collect();
    let shown = if here.len() > MAX_PODS { MAX_PODS - 1 } else { here.len() };
    let mut pods = Vec::new();
    let place = |i: usize| {
        let (row, column) = (i / columns, i % columns);
        let at = y + m.row_gap + row as f64 * (m.tile.1 + m.row_gap);
        Rect::new(pods_x + column as f64 * (tile_w + m.gap), at, tile_w, m.tile.1)
    };
    for (i, pod) in here.iter().take(shown).enumerate() {
        pods.push(pod_tile(cluster, pod, focus, place(i), i % columns == 0, m));
    }
    let more = (shown < here.len()).then(|| (here.len() - shown, place(shown)));
    let pods_bottom = more
        .map(|(_, r)| r.bottom())
        .or(pods.last().map(|p| p.rect.bottom()))
        .unwrap_or(y + if parts.is_empty() { m.row_gap + m.tile.1 } else { 0.0 });

    let rows = vip_rows(services, focus, proxy_x, body, m);
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
        pins,
        proxy,
        vips: rows,
        pods,
        more,
        parts,
        tap,
    }
}

/// Whether a pod gets a tile: the cluster's own (CoreDNS) stand together as one component, unless somebody wrote them.
fn is_shown(pod: &Pod) -> bool {
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
    portolan_core::sort::by_key(&mut found, |f| (!f.4, f.0));
    if found.len() > MAX_PINS {
        rest = found.len() - MAX_PINS;
        found.truncate(MAX_PINS);
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
    portolan_core::sort::by_key(&mut with_vip, |s| focus != Some(&s.meta.reference()));
    let max = if m.narrow { 2 } else { 3 };
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

fn pod_tile(cluster: &Cluster, pod: &Pod, focus: Option<&ObjectRef>, rect: Rect, first: bool, m: &Metrics) -> PodTile {
    let reference = pod.meta.reference();
    let service = focus.and_then(|f| cluster.service(f));
    let selected = service.is_some_and(|service| {
        cluster
            .slices_of(&service.meta.reference())
            .any(|slice| slice.endpoints.iter().any(|e| e.pod.as_ref() == Some(&reference)))
    });
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
        name: cut_middle(
            &name,
            fits(rect.w - if m.narrow { 20.0 } else { 25.0 }, if m.narrow { 10.5 } else { 12.5 }, BOLD),
        ),
        address: cut_end(&address, fits(rect.w - 10.0, m.mono, MONO)),
        state,
        selected,
        first,
        pod: reference,
        rect,
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    fn request(width: f64) -> Request {
        Request { width, focus: Some(ObjectRef::new("default", "web")), client: None }
    }

    #[test]
    fn the_same_cluster_gives_the_same_chart() {
        let cluster = sample::cluster(9);
        assert_eq!(layout(&cluster, &request(900.0)), layout(&cluster, &request(900.0)));
    }

    #[test]
    fn nothing_overlaps_and_everything_fits_at_every_width() {
        for pods in [0, 1, 9, 60, 400] {
            let cluster = sample::cluster(pods);
            for width in [320.0, 366.0, 599.0, 600.0, 700.0, 860.0, 960.0, 1400.0] {
                let chart = layout(&cluster, &request(width));
                let whole = Rect::new(0.0, 0.0, chart.width, chart.height);
                for (i, node) in chart.nodes.iter().enumerate() {
                    assert!(whole.contains(&node.rect), "node {i} at {width} with {pods} pods");
                    let mut tiles: Vec<Rect> = node.pods.iter().map(|p| p.rect).collect();
                    tiles.extend(node.parts.iter().map(|p| p.rect));
                    tiles.extend(node.more.map(|m| m.1));
                    tiles.push(node.proxy);
                    for (j, tile) in tiles.iter().enumerate() {
                        assert!(node.rect.contains(tile), "tile {j} of node {i} at {width} with {pods} pods");
                        for other in &tiles[j + 1..] {
                            assert!(!tile.overlaps(other), "tiles of node {i} at {width} with {pods} pods");
                        }
                    }
                    for other in &chart.nodes[i + 1..] {
                        assert!(!node.rect.overlaps(&other.rect));
                    }
                    for pair in node.pins.windows(2) {
                        assert!(pair[1].at.y - pair[0].at.y >= 12.0);
                    }
                }
                let mut outside: Vec<Rect> = chart.hosts.iter().map(|h| h.rect).collect();
                outside.extend(chart.balancers.iter().map(|b| b.rect));
                outside.extend(chart.tabs.iter().map(|t| t.rect));
                outside.extend(chart.nodes.iter().map(|n| n.rect));
                for (i, rect) in outside.iter().enumerate() {
                    assert!(whole.contains(rect), "{rect:?} outside {whole:?} at {width}");
                    for other in &outside[i + 1..] {
                        assert!(!rect.overlaps(other), "{rect:?} on {other:?} at {width} with {pods} pods");
                    }
                }
            }
        }
    }

    #[test]
    fn a_low_room_gets_a_wider_chart_and_a_high_one_a_narrower() {
        let cluster = sample::cluster(9);
        let first = layout(&cluster, &request(1000.0));
        let low = layout_for(&cluster, &request(1000.0), first.height * 0.8, 0.72);
        assert!(low.width > 1200.0);
        let high = layout_for(&cluster, &request(1400.0), first.height * 1.5, 0.72);
        assert!(high.width < 1150.0);
        let hopeless = layout_for(&cluster, &request(1000.0), 100.0, 0.72);
        assert_eq!(hopeless.width, 1000.0);
    }

    #[test]
    fn pods_beyond_the_limit_are_counted() {
        let chart = layout(&sample::cluster(400), &request(900.0));
        for node in chart.nodes.iter().filter(|n| !n.control_plane) {
            let more = node.more.map_or(0, |m| m.0);
            assert!(node.pods.len() + more > 100 && node.pods.len() < 20);
        }
    }

    #[test]
    fn ports_on_localhost_have_no_pin() {
        let chart = layout(&sample::cluster(3), &request(900.0));
        let node = chart.nodes.iter().find(|n| n.control_plane).expect("the sample has a control plane");
        assert!(node.parts.iter().any(|p| p.local && p.listens.ends_with("10259")));
        assert!(node.pins.iter().all(|p| p.port != 10259 && p.port != 10257));
        assert!(node.pins.iter().any(|p| p.port == 6443) && node.pins.iter().any(|p| p.port == 10250));
    }
}
