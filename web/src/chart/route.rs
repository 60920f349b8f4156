//! The ways packets take over the chart: along free lanes, never across a label.
//!
//! Every place has a way to the sea (the outside, left of the nodes) or to the pod network (the gutter right of the
//! kube-proxies). Two places are joined through whichever both have.

use portolan_core::cluster::Place;

use super::geometry::{Point, Polyline, Rect, pt};
use super::model::{Chart, HostKind, Lanes, NodeBox};

/// The way from one place to another.
///
/// `here` is where the packet is now, if it is on the chart already: a node may be entered from the sea or from the
/// pod network, and is left from there. `port` is the destination port, which picks the pin. `None` where a place is
/// not on the chart.
pub(crate) fn route(chart: &Chart, from: &Place, to: &Place, here: Option<Point>, port: u16) -> Option<Polyline> {
    let mut line = Polyline::default();
    if let Some(here) = here {
        line.push(here);
    }
    let same_node = match (node_of(chart, from), node_of(chart, to)) {
        (Some(a), Some(b)) => std::ptr::eq(a, b),
        _ => false,
    };
    // A node's own interface and its kube-proxy are neighbours: the pin leads straight in.
    if same_node && let (Place::Node(_), Place::Proxy(_)) | (Place::Proxy(_), Place::Node(_)) = (from, to) {
        let node = node_of(chart, from)?;
        let inwards = matches!(to, Place::Proxy(_));
        let shaft = node.spot(pt(node.proxy.x - 5.0, node.tap.y));
        if let Some(here) = here.filter(|h| inwards && h.x < node.area(node.proxy).x) {
            line.push(pt(shaft.x, here.y));
            line.push(shaft);
            line.push(rail(node));
            return Some(line);
        }
        if inwards {
            extend(&mut line, reversed(lan(chart, to)?));
        } else {
            extend(&mut line, lan(chart, from)?);
            line.push(node.spot(node.tap));
        }
        return Some(line);
    }
    let (lan_from, lan_to) = (lan(chart, from), lan(chart, to));
    if let (Some(a), Some(b)) = (&lan_from, &lan_to) {
        let (from_node, to_node) = (node_of(chart, from)?, node_of(chart, to)?);
        // A node that was entered from the sea is crossed along its bottom lane.
        let entered = here.filter(|here| matches!(from, Place::Node(_)) && here.x < from_node.area(from_node.proxy).x);
        match entered {
            Some(here) => extend(&mut line, crossing(from_node, here.y)),
            None => extend(&mut line, a.clone()),
        }
        extend(&mut line, between(chart, from_node, to_node));
        extend(&mut line, reversed(b.clone()));
        return Some(line);
    }
    // One of the two is outside.
    let out = sea(chart, from, to, port)?;
    let inn = reversed(sea(chart, to, from, port)?);
    let (start, end) = (*out.last()?, *inn.first()?);
    extend(&mut line, out);
    extend(&mut line, over_sea(chart, start, end));
    extend(&mut line, inn);
    Some(line)
}

/// The middle of a place, for marks that stand still.
pub(crate) fn spot(chart: &Chart, place: &Place) -> Option<Point> {
    match place {
        Place::Proxy(_) => node_of(chart, place).map(|n| n.spot(n.proxy.center())),
        Place::Node(_) => node_of(chart, place).map(|n| n.spot(n.tap)),
        _ => rect_of(chart, place).map(|r| r.center()),
    }
}

/// The box of a place.
pub(crate) fn rect_of(chart: &Chart, place: &Place) -> Option<Rect> {
    match place {
        Place::Node(_) | Place::Kubelet(_) => node_of(chart, place).map(NodeBox::card),
        Place::Proxy(_) => node_of(chart, place).map(|n| n.area(n.proxy)),
        Place::Pod(_) | Place::ApiServer | Place::Dns => {
            let node = node_of(chart, place)?;
            seat(node, place).map(|(rect, _)| node.area(rect))
        }
        Place::LoadBalancer(reference) => chart.balancers.iter().find(|b| b.service == *reference).map(|b| b.rect),
        Place::External(_) => chart
            .hosts
            .iter()
            .find(|h| h.place == *place)
            .or_else(|| chart.hosts.iter().find(|h| h.kind == HostKind::Internet))
            .map(|h| h.rect),
        Place::Laptop | Place::ExternalHost(_) | Place::Endpoint(_) => {
            chart.hosts.iter().find(|h| h.place == *place).map(|h| h.rect)
        }
    }
}

fn node_of<'a>(chart: &'a Chart, place: &Place) -> Option<&'a NodeBox> {
    match place {
        Place::Node(name) | Place::Proxy(name) | Place::Kubelet(name) => {
            chart.nodes.iter().map(|n| &**n).find(|n| n.name == *name)
        }
        Place::Pod(reference) => {
            let here = |n: &&NodeBox| n.workloads.iter().any(|w| w.pods.contains(reference));
            chart.nodes.iter().map(|n| &**n).find(here)
        }
        Place::ApiServer | Place::Dns => {
            chart.nodes.iter().map(|n| &**n).find(|n| n.parts.iter().any(|p| p.place.as_ref() == Some(place)))
        }
        _ => None,
    }
}

/// The box of a pod or component in its node's own measures, and whether it is the first of its row.
fn seat(node: &NodeBox, place: &Place) -> Option<(Rect, bool)> {
    match place {
        Place::Pod(reference) => node.seat(reference),
        _ => node.parts.iter().find(|p| p.place.as_ref() == Some(place)).map(|p| (p.rect, p.first)),
    }
}

/// The way from a place to its node's pod network; `None` for places outside.
fn lan(chart: &Chart, place: &Place) -> Option<Vec<Point>> {
    let node = node_of(chart, place)?;
    let x = node.tap.x;
    let line = match place {
        Place::Node(_) => vec![node.tap],
        Place::Proxy(_) => return Some(vec![rail(node), node.spot(node.tap)]),
        Place::Kubelet(_) => {
            let pin = node.pins.iter().find(|p| p.port == 10250)?;
            let lane = node.bottom_lane;
            vec![pt(pin.at.x + 5.0, pin.at.y), pt(pin.at.x + 5.0, lane), pt(x, lane)]
        }
        _ => {
            let (rect, first) = seat(node, place)?;
            if first {
                vec![rect.left_mid(), pt(x, rect.left_mid().y)]
            } else {
                let lane = rect.y - 4.5;
                let middle = rect.x + rect.w / 2.0;
                vec![pt(middle, rect.y), pt(middle, lane), pt(x, lane)]
            }
        }
    };
    Some(line.into_iter().map(|p| node.spot(p)).collect())
}

/// From one node's pod network to another's: straight down the column that few nodes share; among many along the lanes
/// between them, never over a node's heading.
fn between(chart: &Chart, a: &NodeBox, b: &NodeBox) -> Vec<Point> {
    if !chart.many || std::ptr::eq(a, b) {
        return Vec::new();
    }
    let (out, inn) = (a.lanes.below, b.lanes.below);
    if (out - inn).abs() < 0.5 {
        return vec![pt(a.gutter(), out), pt(b.gutter(), out)];
    }
    let lane = b.lanes.left;
    vec![pt(a.gutter(), out), pt(lane, out), pt(lane, inn), pt(b.gutter(), inn)]
}

/// From a pin to the pod network, under the kube-proxy.
fn crossing(node: &NodeBox, y: f64) -> Vec<Point> {
    let shaft = node.spot(pt(node.proxy.x - 5.0, node.bottom_lane));
    vec![pt(node.card().x, y), pt(shaft.x, y), shaft, pt(node.gutter(), shaft.y)]
}

/// The way from a place to the sea, towards `other`.
fn sea(chart: &Chart, place: &Place, other: &Place, port: u16) -> Option<Vec<Point>> {
    match place {
        Place::External(_) | Place::Laptop | Place::ExternalHost(_) | Place::Endpoint(_) => {
            let rect = rect_of(chart, place)?;
            Some(vec![if chart.narrow { pt(rect.center().x, rect.bottom()) } else { rect.right_mid() }])
        }
        Place::LoadBalancer(_) => {
            // Along its rail: in at one side, out at the other.
            let rect = rect_of(chart, place)?;
            let y = rect.bottom() - super::metrics::RAIL / 2.0;
            let outside = matches!(other, Place::External(_) | Place::Laptop);
            let middle = pt(rect.center().x, y);
            Some(match (chart.narrow, outside) {
                (true, true) => vec![middle, pt(rect.right() - 5.0, y), pt(rect.right() - 5.0, rect.y)],
                (true, false) | (false, true) => vec![middle, pt(rect.x, y)],
                (false, false) => vec![middle, pt(rect.right(), y)],
            })
        }
        Place::Node(_) | Place::Proxy(_) | Place::Kubelet(_) => {
            let node = node_of(chart, place)?;
            let y = pin_y(node, port);
            let mut line = if matches!(place, Place::Proxy(_)) {
                let shaft = node.spot(pt(node.proxy.x - 5.0, node.tap.y));
                vec![rail(node), shaft, pt(shaft.x, y)]
            } else {
                Vec::new()
            };
            extend_to_sea(chart, node, y, &mut line);
            Some(line)
        }
        Place::Pod(_) | Place::ApiServer | Place::Dns => {
            let node = node_of(chart, place)?;
            let port = if *place == Place::ApiServer { 6443 } else { port };
            let mut line = lan(chart, place)?;
            let y = pin_y(node, port);
            let mut across = reversed(crossing(node, y));
            across.pop();
            line.extend(across);
            extend_to_sea(chart, node, y, &mut line);
            Some(line)
        }
    }
}

/// From a node's edge to the sea: nodes of the first column stand at it, others are reached by the lanes between.
fn extend_to_sea(chart: &Chart, node: &NodeBox, y: f64, line: &mut Vec<Point>) {
    line.push(pt(node.card().x, y));
    if !node.lanes.seaward {
        let Lanes { left, above, .. } = node.lanes;
        line.extend([pt(left, y), pt(left, above), pt(chart.coast + 6.0, above)]);
    }
}

/// Where a packet rests in kube-proxy's box: on the rail under the text.
fn rail(node: &NodeBox) -> Point {
    node.spot(pt(node.proxy.center().x, node.tap.y))
}

/// The height of the pin for `port`; the free lane at the bottom where none is open.
fn pin_y(node: &NodeBox, port: u16) -> f64 {
    let pin = node.pins.iter().find(|p| p.port == port || (p.port == 2379 && port == 2380));
    node.spot(pt(0.0, pin.map_or(node.bottom_lane, |p| p.at.y))).y
}

/// Over the open sea: a smooth curve, or on a phone down the channel at the left.
fn over_sea(chart: &Chart, a: Point, b: Point) -> Vec<Point> {
    if chart.narrow {
        let channel = chart.coast - 4.0;
        let above = a.y < b.y;
        let (top, bottom) = if above { (a, b) } else { (b, a) };
        let mut line = vec![top];
        if (top.x - channel).abs() > 1.0 {
            // From a host's lower edge; a balancer's left edge leads straight into the channel.
            let lane = if chart.balancers.iter().any(|bal| (top.y - bal.rect.bottom()).abs() < 9.0) {
                top.y
            } else {
                top.y + 4.0
            };
            line.push(pt(top.x, lane));
            if chart.balancers.iter().any(|bal| (bottom.y - bal.rect.y).abs() < 0.5) {
                line.push(pt(bottom.x, lane));
            } else {
                line.push(pt(channel, lane));
                line.push(pt(channel, bottom.y));
            }
        } else {
            line.push(pt(channel, bottom.y));
        }
        line.push(bottom);
        return if above { line } else { reversed(line) };
    }
    let line = swell(a, b);
    // A balancer that is nobody's way, as one without an address, is sailed around.
    let ends_at = |rect: &Rect, p: Point| {
        p.x > rect.x - 9.0 && p.x < rect.right() + 9.0 && p.y > rect.y - 9.0 && p.y < rect.bottom() + 9.0
    };
    let rocks =
        chart.balancers.iter().map(|balancer| balancer.rect).filter(|rect| !ends_at(rect, a) && !ends_at(rect, b));
    let Some(rock) = rocks.into_iter().find(|rect| line.iter().any(|p| ends_at(rect, *p))) else { return line };
    let (near, far) = if a.x <= b.x { (rock.x, rock.right()) } else { (rock.right(), rock.x) };
    let (above, below) = (rock.y - 12.0, rock.bottom() + 12.0);
    let around = |lane: f64| (a.y - lane).abs() + (b.y - lane).abs();
    let lane = if around(above) <= around(below) { above } else { below };
    let mut line = swell(a, pt(near, lane));
    line.extend(swell(pt(far, lane), b));
    line
}

/// A curve that leaves and arrives level.
fn swell(a: Point, b: Point) -> Vec<Point> {
    let reach = ((b.x - a.x).abs() * 0.5).max(18.0);
    let (c, d) = if a.x <= b.x {
        (pt(a.x + reach, a.y), pt(b.x - reach, b.y))
    } else {
        (pt(a.x - reach, a.y), pt(b.x + reach, b.y))
    };
    (0..=14)
        .map(|i| {
            let t = f64::from(i) / 14.0;
            let u = 1.0 - t;
            let (p, q, r, s) = (u * u * u, 3.0 * u * u * t, 3.0 * u * t * t, t * t * t);
            pt(p * a.x + q * c.x + r * d.x + s * b.x, p * a.y + q * c.y + r * d.y + s * b.y)
        })
        .collect()
}

fn reversed(mut line: Vec<Point>) -> Vec<Point> {
    line.reverse();
    line
}

fn extend(line: &mut Polyline, points: Vec<Point>) {
    for point in points {
        line.push(point);
    }
}

#[cfg(test)]
mod tests {
    use portolan_core::objects::ObjectRef;

    use super::super::outside::INTERNET;
    use super::super::sample;
    use super::*;

    fn chart(width: f64) -> Chart {
        sample::chart(&sample::cluster(9), width, 0.0)
    }

    fn pod(chart: &Chart, node: &str, i: usize) -> Place {
        let node = chart.nodes.iter().find(|n| n.name == node).expect("in the sample");
        Place::Pod(node.pods[i].pod.clone())
    }

    #[test]
    fn a_node_port_packet_enters_at_its_pin_and_ends_at_the_pod() {
        for width in [366.0, 900.0] {
            let chart = chart(width);
            let internet = Place::External(INTERNET);
            let node = Place::Node("worker-1".into());
            let proxy = Place::Proxy("worker-1".into());
            let a = route(&chart, &internet, &node, None, 31000).expect("both are on the chart");
            let pin = chart.nodes[1].pins.iter().find(|p| p.port == 31000).expect("open").at;
            assert_eq!(a.end(), Some(pin), "at {width}");
            let b = route(&chart, &node, &proxy, a.end(), 31000).expect("same node");
            assert_eq!(b.points().first(), Some(&pin));
            assert_eq!(b.end(), Some(rail(&chart.nodes[1])));
            let target = pod(&chart, "worker-3", 1);
            let there = Place::Node("worker-3".into());
            let c = route(&chart, &proxy, &there, b.end(), 8080).expect("a detour");
            let d = route(&chart, &there, &target, c.end(), 8080).expect("the last leg");
            let rect = rect_of(&chart, &target).expect("drawn");
            let end = d.end().expect("not empty");
            assert!(end.x >= rect.x && end.x <= rect.right() && end.y >= rect.y && end.y <= rect.bottom());
        }
    }

    #[test]
    fn routes_keep_off_the_pods_they_do_not_lead_to() {
        for width in [366.0, 900.0] {
            let chart = chart(width);
            let from = Place::Proxy("worker-1".into());
            for node in &chart.nodes {
                for target in &node.pods {
                    let line = route(&chart, &from, &Place::Pod(target.pod.clone()), None, 8080).expect("drawn");
                    for step in 0..=200 {
                        let p = line.at(f64::from(step) / 200.0);
                        for other in chart.nodes.iter().flat_map(|n| &n.pods).filter(|o| o.pod != target.pod) {
                            let r = other.rect;
                            let inside = p.x > r.x && p.x < r.right() && p.y > r.y && p.y < r.bottom();
                            assert!(!inside, "{} on the way to {} at {width}", other.name, target.name);
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_balancer_that_is_on_nobodys_way_is_gone_around() {
        let chart = chart(900.0);
        let r = chart.balancers.first().expect("the sample has one").rect;
        for node in ["control-plane", "worker-1", "worker-2", "worker-3"] {
            for from in [Place::External(INTERNET), Place::Laptop] {
                let line = route(&chart, &from, &Place::Node(node.into()), None, 31000).expect("drawn");
                for step in 0..=200 {
                    let p = line.at(f64::from(step) / 200.0);
                    let inside = p.x > r.x && p.x < r.right() && p.y > r.y && p.y < r.bottom();
                    assert!(!inside, "{from:?} {node} {p:?}");
                }
            }
        }
    }

    #[test]
    fn every_pair_of_places_has_a_way_on_the_chart() {
        for width in [366.0, 900.0] {
            let chart = chart(width);
            let places = [
                Place::External(INTERNET),
                Place::Laptop,
                Place::LoadBalancer(ObjectRef::new("default", "web")),
                Place::Node("worker-1".into()),
                Place::Proxy("worker-2".into()),
                Place::Kubelet("worker-3".into()),
                Place::ApiServer,
                Place::Dns,
                Place::ExternalHost("api.acmecorp.com".into()),
                pod(&chart, "worker-2", 0),
                pod(&chart, "worker-2", 1),
            ];
            for a in &places {
                for b in &places {
                    let line = route(&chart, a, b, None, 31000).expect("a way");
                    for p in line.points() {
                        assert!(p.x.is_finite() && p.y.is_finite());
                        assert!(p.x >= -1.0 && p.x <= chart.width + 1.0, "{a:?} {b:?} {p:?}");
                        assert!(p.y >= -1.0 && p.y <= chart.height + 1.0, "{a:?} {b:?} {p:?} {}", chart.height);
                    }
                }
            }
            assert!(route(&chart, &Place::Node("gone".into()), &places[0], None, 1).is_none());
        }
    }
}
