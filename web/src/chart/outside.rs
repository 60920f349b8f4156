//! What stands outside of the nodes: hosts, cloud load balancers, the tabs of Services.

use std::net::{IpAddr, Ipv4Addr};

use portolan_core::cluster::{Cluster, Place};
use portolan_core::objects::{ObjectRef, Origin, Service, ServiceType, TargetPort};

use super::geometry::Rect;
use super::labels::{BOLD, MONO, cut_end, cut_middle, fits};
use super::metrics::{MARGIN, Metrics, ZONE};
use super::model::{BalancerBox, Chart, HostBox, HostKind, ServiceTab};

/// The address of the host that stands for the internet.
pub(crate) const INTERNET: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 10));
/// Balancers that are drawn.
const MAX_BALANCERS: usize = 6;
/// Services with a tab of two lines; more of them get small ones.
const LARGE_TABS: usize = 4;
/// Rows of small tabs.
const TAB_ROWS: usize = 3;
/// The size of a small tab, at least.
const SMALL_TAB: (f64, f64) = (92.0, 22.0);

/// The Services worth a tab: the input's own, and one of the cluster's where it is in focus.
pub(super) fn shown_services<'a>(cluster: &'a Cluster, focus: Option<&ObjectRef>) -> Vec<&'a Service> {
    let is_focus = |s: &Service| focus == Some(&s.meta.reference());
    cluster.services.iter().filter(|s| s.meta.origin != Origin::Cluster || is_focus(s)).collect()
}

pub(super) fn outside_hosts(cluster: &Cluster, services: &[&Service], client: Option<IpAddr>) -> Vec<HostBox> {
    let mut hosts = Vec::new();
    let blank = Rect::default();
    let mut names: Vec<&str> = Vec::new();
    for service in services.iter().filter(|s| s.service_type == ServiceType::ExternalName) {
        if !names.contains(&service.external_name.as_str()) && names.len() < 3 {
            names.push(&service.external_name);
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
    let mut seen: Vec<IpAddr> = Vec::new();
    for slice in &cluster.slices {
        for endpoint in &slice.endpoints {
            let Some(ip) = endpoint.addresses.first().copied() else { continue };
            let known = cluster.pod_by_ip(ip).is_some() || cluster.node_by_ip(ip).is_some();
            if endpoint.pod.is_none() && !known && !seen.contains(&ip) && seen.len() < 4 {
                seen.push(ip);
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

/// The corner of the room that nodes get.
pub(super) struct Quay {
    /// Their left edge.
    pub(super) x: f64,
    /// Their right edge.
    pub(super) right: f64,
    /// Where they begin.
    pub(super) y: f64,
    /// Where the tabs begin.
    top: f64,
}

/// Places what stands before the nodes: on a phone hosts and balancers, and everywhere the Services' tabs.
pub(super) fn place_before(
    chart: &mut Chart,
    hosts: &mut [HostBox],
    services: &[&Service],
    focus: Option<&ObjectRef>,
    m: &Metrics,
) -> Quay {
    let width = chart.width;
    let balancers: Vec<_> = services.iter().filter(|s| s.service_type == ServiceType::LoadBalancer).collect();
    let (x, top);
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
        x = MARGIN + m.sea;
        if !balancers.is_empty() {
            y += 8.0;
            let n = balancers.len().min(3) as f64;
            let w = (width - x - MARGIN - (n - 1.0) * 6.0) / n;
            for (i, service) in balancers.into_iter().take(3).enumerate() {
                let rect = Rect::new(x + i as f64 * (w + 6.0), y, w, m.balancer.1);
                chart.balancers.push(balancer(service, rect));
            }
            y += m.balancer.1 + 6.0;
        }
        top = y + 6.0;
        chart.coast = x - ZONE - 3.0;
    } else {
        let left = MARGIN + m.host.0 + m.sea;
        x = if balancers.is_empty() { left + 12.0 } else { left + m.balancer.0 + m.sea + 4.0 };
        top = MARGIN + if chart.many { 12.0 } else { 4.0 };
        chart.coast = x - 16.0;
    }
    let right = width - MARGIN - ZONE;
    let tabs_x = if m.narrow || chart.many { x } else { x + m.pins - 6.0 };
    let bottom = place_tabs(chart, services, focus, Rect::new(tabs_x, top, right - tabs_x, 0.0), m);
    let y = bottom + if bottom > top { 16.0 } else { 6.0 };
    chart.top_lane = y - 8.0;
    Quay { x, right, y, top }
}

/// The Services' tabs; returns where they end.
fn place_tabs(chart: &mut Chart, services: &[&Service], focus: Option<&ObjectRef>, room: Rect, m: &Metrics) -> f64 {
    if services.is_empty() {
        return room.y;
    }
    let gap = 8.0;
    if services.len() <= LARGE_TABS && !(m.narrow && services.len() > 3) {
        let n = services.len() as f64;
        let widest = match (services.len(), m.narrow) {
            (1, true) => 230.0,
            (1, false) => 300.0,
            (_, true) => 110.0,
            (_, false) => m.tab.0.max(200.0),
        };
        let w = ((room.w - gap * (n - 1.0)) / n).min(widest);
        for (i, service) in services.iter().enumerate() {
            let rect = Rect::new(room.x + i as f64 * (w + gap), room.y, w, m.tab.1);
            chart.tabs.push(tab(service, focus, rect, m, false));
        }
        return room.y + m.tab.1;
    }
    let gap = 5.0;
    let (least, h) = SMALL_TAB;
    let columns = ((room.w + gap) / (least + gap)).floor().max(1.0) as usize;
    let rows = services.len().div_ceil(columns).min(TAB_ROWS);
    // Evenly filled rows.
    let columns = if services.len() > columns * rows { columns } else { services.len().div_ceil(rows) };
    let w = ((room.w - gap * (columns as f64 - 1.0)) / columns as f64).min(150.0);
    let place = |i: usize| {
        Rect::new(room.x + (i % columns) as f64 * (w + gap), room.y + (i / columns) as f64 * (h + gap), w, h)
    };
    let fit = columns * rows;
    let shown = if services.len() > fit { fit - 1 } else { services.len() };
    // What is in focus is always among those that are drawn.
    let focused = services.iter().position(|s| focus == Some(&s.meta.reference())).filter(|at| *at >= shown);
    for i in 0..shown {
        let at = focused.filter(|_| i + 1 == shown).unwrap_or(i);
        chart.tabs.push(tab(services[at], focus, place(i), m, true));
    }
    if shown < services.len() {
        chart.more_services = Some((services.len() - shown, place(shown)));
    }
    place(fit - 1).bottom()
}

/// Places what stands beside and over the nodes once these are placed: hosts, balancers, layers. `bottom` is where the
/// nodes end. Returns the chart's lower edge.
pub(super) fn place_after(
    chart: &mut Chart,
    mut hosts: Vec<HostBox>,
    services: &[&Service],
    quay: &Quay,
    bottom: f64,
    m: &Metrics,
) -> f64 {
    place_layers(chart, m);
    let mut bottom = bottom;
    if !m.narrow {
        place_outside(&mut hosts, m, quay.top, bottom - quay.top);
        bottom = hosts.iter().map(|h| h.rect.bottom() + 8.0).fold(bottom, f64::max);
        let all: Vec<_> = services.iter().filter(|s| s.service_type == ServiceType::LoadBalancer).collect();
        let x = MARGIN + m.host.0 + m.sea;
        let n = all.len().min(MAX_BALANCERS);
        let pitch = m.balancer.1 + 12.0;
        let first = chart.nodes.first().map_or(quay.top, |f| f.card().y);
        let middle = first + (bottom - first) * 0.36;
        let mut at = (middle - pitch * n as f64 / 2.0).max(quay.top + 18.0);
        for service in all.into_iter().take(n) {
            chart.balancers.push(balancer(service, Rect::new(x, at, m.balancer.0, m.balancer.1)));
            at += pitch;
        }
        bottom = chart.balancers.last().map_or(bottom, |b| bottom.max(b.rect.bottom() + 8.0));
    }
    chart.hosts = hosts;
    bottom
}

/// The layers of Services over the kube-proxies, one a little outside the other. Among many nodes each
/// kube-proxy's box says by itself whether it serves the Service in focus.
fn place_layers(chart: &mut Chart, m: &Metrics) {
    let first = chart.nodes.first().map(|node| node.area(node.proxy));
    let end = chart.nodes.last().map_or(0.0, |node| node.card().bottom());
    let (many, small) = (chart.many, chart.tabs.len() > LARGE_TABS);
    let mut depth = 0.0;
    for tab in chart.tabs.iter_mut() {
        let apart = tab.service_type == ServiceType::ExternalName || tab.headless;
        if apart || many || (small && !tab.focused) {
            continue;
        }
        let (pad, top) = (5.0 + depth, tab.rect.bottom());
        tab.layer = first.map(|p| Rect::new(p.x - pad, top, p.w + 2.0 * pad, end + 3.0 + depth - top));
        depth += if m.narrow { 0.0 } else { 2.5 };
    }
}

fn balancer(service: &Service, rect: Rect) -> BalancerBox {
    let address = service
        .ingress
        .iter()
        .filter_map(|i| i.ip.map(|ip| ip.to_string()).or_else(|| i.hostname.clone()))
        .collect::<Vec<_>>()
        .join(", ");
    BalancerBox { service: service.meta.reference(), pending: address.is_empty(), address, ports: ports(service), rect }
}

/// The first ports, and how many more there are.
fn ports(service: &Service) -> String {
    const SHOWN: usize = 3;
    let mut words: Vec<String> = service.ports.iter().take(SHOWN).map(|p| format!(":{}", p.port)).collect();
    if service.ports.len() > SHOWN {
        words.push(format!("+{}", service.ports.len() - SHOWN));
    }
    words.join(" ")
}

fn tab(service: &Service, focus: Option<&ObjectRef>, rect: Rect, m: &Metrics, small: bool) -> ServiceTab {
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
    // A small tab has its name alone; the rest is said by its name for screen readers and by its menu.
    let kind_width = if small { -8.0 } else { kind.len() as f64 * m.font * 0.5 };
    ServiceTab {
        service_type: service.service_type,
        headless: service.headless,
        title: cut_middle(&service.meta.name, fits(rect.w - 26.0 - kind_width, m.font + 1.0, BOLD)),
        kind,
        detail: if small { detail } else { cut_end(&detail, fits(rect.w - 16.0, m.mono, MONO)) },
        focused,
        service: reference,
        rect,
        layer: None,
        dns_only: service.headless || service.service_type == ServiceType::ExternalName,
        small,
    }
}
