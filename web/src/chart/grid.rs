//! Many nodes: a grid, zone by zone. Each node is a small copy of the arrangement of a single one, in its own measures;
//! how many pods there are changes nothing about where the nodes are.

use std::rc::Rc;

use portolan_core::cluster::Cluster;
use portolan_core::objects::Node;

use super::geometry::{Rect, pt};
use super::inside::Common;
use super::layout::{Request, finish, ordered_nodes};
use super::memory::{Memory, Slots};
use super::metrics::{Metrics, ZONE};
use super::model::{Chart, Lanes, NodeBox, ZoneBox};
use super::outside::{self, outside_hosts, shown_services};

/// The size that a node wants, in its own measures.
const WANTED: (f64, f64) = (420.0, 165.0);
/// The smallest on the chart, in which its name and its pods' marks can be told.
const LEAST: (f64, f64) = (58.0, 25.0);
/// The lanes between nodes: the width of those between columns, the height of those between rows.
const LANE: (f64, f64) = (9.0, 7.0);
/// Between zones, in their boxes above the nodes, and the lane under that.
const ZONE_GAP: f64 = 5.0;
const ZONE_HEAD: f64 = 14.0;
/// Slots of a node, at least and at most; more pods are counted by workload.
const SLOTS: (usize, usize) = (6, 12);
/// The height of a node's heading on the chart: its name can be read there, and no packet passes it.
const HEADING: f64 = 12.5;
/// Columns that are tried.
const MAX_COLUMNS: usize = 20;

/// How the zones stand: how many beside each other, how many columns each has, and the size of a node.
#[derive(Clone, Copy)]
struct Plan {
    beside: usize,
    columns: usize,
    node: (f64, f64),
    /// The zones' width.
    zone: f64,
}

/// Lays out a cluster of many nodes.
pub(super) fn layout(cluster: &Cluster, request: &Request, memory: &mut Memory) -> Chart {
    let width = request.width.clamp(320.0, 2400.0);
    let m = Metrics::for_many(width);
    let inner = Metrics::inside_many();
    let services = shown_services(cluster, request.focus.as_ref());
    let mut chart = Chart { width, narrow: m.narrow, many: true, ..Chart::default() };
    let mut hosts = outside_hosts(cluster, &services, request.client);
    let quay = outside::place_before(&mut chart, &mut hosts, &services, request.focus.as_ref(), &m);

    let nodes = ordered_nodes(cluster);
    let zones: Vec<&[&Node]> = nodes.chunk_by(|a, b| a.zone == b.zone).collect();
    let room = (quay.right - quay.x, (request.height - quay.y - 14.0).max(120.0));
    let plan = plan(&zones, room);

    let mut common = Common::new(cluster, &services, request, &inner, 2);
    let fullest = nodes.iter().map(|n| common.pods_of(n).len()).filter(|n| *n <= SLOTS.1).max().unwrap_or(0);
    // A free slot at first; later more only when there is none.
    let wanted = fullest + usize::from(memory.common == 0);
    if wanted > memory.common {
        memory.common = if wanted <= SLOTS.0 { SLOTS.0 } else { SLOTS.1 };
    }
    let room_each = memory.common;
    // As many pods to a row as make them largest.
    let (columns, scale) = (2..=4)
        .map(|columns| {
            common.columns = columns;
            (columns, scale(&common, &nodes, room_each, plan.node, &inner))
        })
        .fold((2, 0.0), |best, one| if one.1 > best.1 { one } else { best });
    common.columns = columns;
    common.header = HEADING / scale;

    let mut y = quay.y;
    for row in zones.chunks(plan.beside) {
        let labelled = zones.len() > 1 || row.iter().any(|zone| zone.iter().any(|n| n.zone.is_some()));
        let head = if labelled { ZONE_HEAD } else { 0.0 } + LANE.1;
        let mut bottom = y;
        for (at, zone) in row.iter().enumerate() {
            let x = quay.x + at as f64 * (plan.zone + 2.0 * ZONE + ZONE_GAP);
            for (i, node) in zone.iter().enumerate() {
                let (line, column) = ((i / plan.columns) as f64, i % plan.columns);
                let origin = pt(x + column as f64 * (plan.node.0 + LANE.0), y + head + line * (plan.node.1 + LANE.1));
                let count = common.pods_of(node).len();
                let one_by_one = common.one_by_one(node, count, room_each);
                let slots = memory.slots(&node.meta.name);
                slots.room = slots_for(node, count, room_each, common.columns, slots.room, one_by_one);
                let mut placed = node_in(&common, node, slots, one_by_one, plan.node, scale);
                let seaward = at == 0 && column == 0;
                placed.origin = origin;
                placed.lanes = Lanes {
                    above: origin.y - LANE.1 / 2.0,
                    below: origin.y + plan.node.1 + LANE.1 / 2.0,
                    left: origin.x - LANE.0 / 2.0,
                    seaward,
                };
                bottom = bottom.max(origin.y + plan.node.1);
                chart.nodes.push(Rc::new(placed));
            }
        }
        bottom += LANE.1;
        for (at, zone) in row.iter().enumerate().filter(|_| labelled) {
            let x = quay.x + at as f64 * (plan.zone + 2.0 * ZONE + ZONE_GAP);
            let name = zone.first().and_then(|n| n.zone.clone()).unwrap_or_default();
            chart.zones.push(ZoneBox { name, rect: Rect::new(x - ZONE, y, plan.zone + 2.0 * ZONE, bottom - y) });
        }
        y = bottom + ZONE_GAP;
    }
    chart.gutter = chart.nodes.first().map_or(quay.x, |n| n.gutter());
    finish(&mut chart, cluster);
    chart.height = outside::place_after(&mut chart, hosts, &services, &quay, y + 3.0, &m);
    chart
}

/// The arrangement in which nodes are largest.
fn plan(zones: &[&[&Node]], room: (f64, f64)) -> Plan {
    let mut best = (f64::NEG_INFINITY, Plan { beside: 1, columns: 1, node: LEAST, zone: room.0 });
    for beside in 1..=zones.len().clamp(1, MAX_COLUMNS) {
        let zone = (room.0 - (beside as f64 - 1.0) * (2.0 * ZONE + ZONE_GAP)) / beside as f64;
        for columns in 1..=MAX_COLUMNS / beside {
            let w = (zone - (columns as f64 - 1.0) * LANE.0) / columns as f64;
            if w < LEAST.0 && (beside, columns) != (1, 1) {
                break;
            }
            let rows: usize =
                zones.chunks(beside).map(|row| row.iter().map(|z| z.len().div_ceil(columns)).max().unwrap_or(0)).sum();
            let bands = zones.len().div_ceil(beside) as f64;
            let free = room.1 - bands * (ZONE_HEAD + LANE.1 + ZONE_GAP) - rows as f64 * LANE.1;
            let wanted = free / (rows.max(1) as f64);
            let h = wanted.max(LEAST.1).min(w * WANTED.1 / WANTED.0 * 1.2);
            // Among those that do not fit, the lowest is best.
            let over = (LEAST.1 - wanted) * rows as f64;
            let worth = if over > 0.0 { -over } else { (w / WANTED.0).min(wanted / WANTED.1) };
            if worth > best.0 {
                best = (worth, Plan { beside, columns, node: (w, h), zone });
            }
        }
    }
    best.1
}

/// The slots of a node: all have the same, but the control plane's, whose components take room, only what it needs.
fn slots_for(node: &Node, count: usize, each: usize, columns: usize, before: usize, one_by_one: bool) -> usize {
    if node.control_plane {
        before.max(if one_by_one { count } else { columns }.div_ceil(columns) * columns)
    } else if one_by_one {
        each.max(count)
    } else {
        each
    }
}

/// One node, in a box of this size on the chart.
fn node_in(common: &Common, node: &Node, slots: &mut Slots, one_by_one: bool, size: (f64, f64), scale: f64) -> NodeBox {
    let mut placed = common.node_box(node, Rect::new(0.0, 0.0, size.0 / scale, 0.0), slots, one_by_one);
    // What somebody unfolded may need more; then the whole node is smaller.
    placed.scale = scale.min(size.1 / placed.rect.h);
    placed.rect.w = size.0 / placed.scale;
    placed.rect.h = size.1 / placed.scale;
    placed.bottom_lane = placed.rect.h - 4.0;
    placed
}

/// The size of the workers' own measures: the same for all. A control plane, which holds more, is smaller inside.
fn scale(common: &Common, nodes: &[&Node], room: usize, size: (f64, f64), m: &Metrics) -> f64 {
    let Some(node) = nodes.iter().find(|n| !n.control_plane).or(nodes.first()) else { return 1.0 };
    let width = m.pins + m.proxy + m.gutter + 8.0 + common.columns as f64 * (m.tile.0 + 10.0 + m.gap);
    let placed = common.node_box(node, Rect::new(0.0, 0.0, width, 0.0), &mut Slots::with_room(room), false);
    (size.0 / width).min((size.1 - HEADING) / (placed.rect.h - common.header))
}
