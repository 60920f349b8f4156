//! A cluster's chart: columns from left to right, everything at a fixed pitch. Pure and deterministic: the same cluster,
//! room and memory give the same chart.
//!
//! Few nodes stand one under the other, as wide as there is room. Many stand in a grid, zone by zone, each a small copy
//! of the same arrangement, which is read by enlarging it.

use std::net::IpAddr;
use std::rc::Rc;

use portolan_core::cluster::Cluster;
use portolan_core::objects::{Node, ObjectRef};

use super::geometry::Rect;
use super::inside::{Common, MAX_PODS, is_shown};
use super::memory::Memory;
use super::metrics::{Metrics, PHONE};
use super::model::{Chart, ZoneBox};
use super::outside::{self, outside_hosts, shown_services};
use super::{grid, metrics};

/// What the layout is made for.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Request {
    /// The width there is.
    pub(crate) width: f64,
    /// The height there is; 0 if it does not matter.
    pub(crate) height: f64,
    /// How far the chart may be shrunk to fit.
    pub(crate) least: f64,
    /// The Service in focus.
    pub(crate) focus: Option<ObjectRef>,
    /// An outside client with an address of its own.
    pub(crate) client: Option<IpAddr>,
    /// Nodes whose pods somebody asked for, however many.
    pub(crate) unfolded: Vec<String>,
}

/// How much a chart may be enlarged to fill its room.
const LARGEST: f64 = 1.3;
/// More nodes than these stand in a grid.
const MAX_ROWS: usize = 5;
/// The same on a phone, where a chart is read downwards.
const MAX_ROWS_PHONE: usize = 8;

/// Lays the cluster out for its room.
pub(crate) fn layout(cluster: &Cluster, request: &Request, memory: &mut Memory) -> Chart {
    memory.begin(cluster, request.width, request.height);
    let most = if request.width < PHONE { MAX_ROWS_PHONE } else { MAX_ROWS };
    if cluster.nodes.len() > most {
        return grid::layout(cluster, request, memory);
    }
    let width = match memory.width {
        Some(width) => width,
        None => *memory.width.insert(width_for(cluster, request, memory.clone())),
    };
    rows(cluster, &Request { width, ..request.clone() }, memory)
}

/// The width to lay out for: where the chart would be much higher or lower than its room, another one than the room's, so
/// that scaled it fills the room both ways.
fn width_for(cluster: &Cluster, request: &Request, mut memory: Memory) -> f64 {
    let first = rows(cluster, request, &mut memory);
    let most = if first.narrow { 1.0 } else { LARGEST };
    let scale = (request.height / first.height).clamp(request.least.min(most), most);
    if request.height <= 0.0 || (scale - 1.0).abs() < 0.03 || first.height * request.least > request.height {
        return request.width;
    }
    let wanted = request.width / scale;
    // A phone's arrangement stays one, and the other way round.
    if first.narrow { wanted.min(PHONE - 1.0) } else { wanted.max(PHONE) }
}

/// Nodes one under the other.
fn rows(cluster: &Cluster, request: &Request, memory: &mut Memory) -> Chart {
    let width = request.width.clamp(320.0, 2400.0);
    let m = Metrics::for_width(width);
    let services = shown_services(cluster, request.focus.as_ref());
    let mut chart = Chart { width, narrow: m.narrow, ..Chart::default() };
    let mut hosts = outside_hosts(cluster, &services, request.client);
    let quay = outside::place_before(&mut chart, &mut hosts, &services, request.focus.as_ref(), &m);
    chart.gutter = quay.x + m.pins + m.proxy + m.gutter / 2.0;

    let nodes = ordered_nodes(cluster);
    let pods_w = quay.right - 8.0 - (quay.x + m.pins + m.proxy + m.gutter);
    let mut common = Common::new(cluster, &services, request, &m, 1);
    let columns = *memory.columns.get_or_insert_with(|| {
        // As many as the fullest node needs, so that tiles are as wide as they can be, and the same everywhere; one
        // more, for the next to come, where that costs little.
        let fullest = nodes.iter().map(|n| common.pods_of(n).len()).max().unwrap_or(0);
        let fit = |least: f64| ((pods_w + m.gap) / (least + m.gap)).floor().max(1.0) as usize;
        let needed = fit(m.tile.0).min(fullest.max(2));
        if fullest >= 2 { needed.max(fit(m.tile.0.max(150.0)).min(fullest + 1)) } else { needed }
    });
    common.columns = columns;
    let zones_differ = nodes.iter().any(|n| n.zone.is_some());
    let mut y = quay.y;
    let mut zone: Option<&str> = None;
    for node in nodes {
        let here = node.zone.as_deref().unwrap_or("");
        if zones_differ && zone != Some(here) {
            if zone.is_some() {
                y += metrics::ZONE;
            }
            let rect = Rect::new(quay.x - metrics::ZONE, y, quay.right - quay.x + 2.0 * metrics::ZONE, 0.0);
            chart.zones.push(ZoneBox { name: here.to_string(), rect });
            y += if m.narrow { 15.0 } else { 19.0 };
        }
        zone = Some(here);
        let count = common.pods_of(node).len();
        let slots = memory.slots(&node.meta.name);
        let one_by_one = common.one_by_one(node, count, MAX_PODS);
        // At first a free slot for the next to come; later more only when all are taken.
        let needed = if one_by_one { count } else { MAX_PODS / 3 };
        let spare = usize::from(slots.room == 0 && one_by_one && count > 0 && !node.control_plane);
        if slots.room < needed + spare || slots.used() > slots.room {
            slots.room = (needed + spare).div_ceil(columns) * columns;
        }
        let rect = Rect::new(quay.x, y, quay.right - quay.x, 0.0);
        let placed = common.node_box(node, rect, slots, one_by_one);
        y = placed.rect.bottom() + if m.narrow { 7.0 } else { 9.0 };
        if let Some(zone) = chart.zones.last_mut() {
            zone.rect.h = placed.rect.bottom() + metrics::ZONE - zone.rect.y;
        }
        chart.nodes.push(Rc::new(placed));
    }
    finish(&mut chart, cluster);
    chart.height = outside::place_after(&mut chart, hosts, &services, &quay, y + 4.0, &m);
    if chart.unscheduled > 0 {
        chart.height += 18.0;
    }
    chart
}

/// What every arrangement ends with: who is nowhere.
pub(super) fn finish(chart: &mut Chart, cluster: &Cluster) {
    chart.unscheduled = cluster.pods.iter().filter(|p| is_shown(p) && cluster.node(&p.node).is_none()).count();
}

/// Zone by zone, that of the control plane first, else in the order of the input; in each the control plane first.
pub(super) fn ordered_nodes(cluster: &Cluster) -> Vec<&Node> {
    let mut zones: Vec<Option<&str>> = Vec::new();
    for control_plane in [true, false] {
        for node in cluster.nodes.iter().filter(|n| n.control_plane == control_plane) {
            if !zones.contains(&node.zone.as_deref()) {
                zones.push(node.zone.as_deref());
            }
        }
    }
    let mut out = Vec::new();
    for zone in zones {
        for control_plane in [true, false] {
            let here = |n: &&Node| n.control_plane == control_plane && n.zone.as_deref() == zone;
            out.extend(cluster.nodes.iter().filter(here));
        }
    }
    out
}
