//! What on the chart can be focused and acted on, in reading order, and the arrow keys between them.

use portolan_core::cluster::Place;
use portolan_core::objects::ObjectRef;

use super::geometry::Rect;
use super::model::{Chart, NodeBox};

/// Something on the chart that a person can pick.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Subject {
    /// A host outside.
    Host(Place),
    /// A cloud load balancer.
    Balancer(ObjectRef),
    /// A Service.
    Service(ObjectRef),
    /// A node.
    Node(String),
    /// A pod.
    Pod(ObjectRef),
    /// The pods of a workload on a node that has too many to show each: the node, and the workload's place in it.
    Workload(String, usize),
}

impl Subject {
    /// An id for the element, unique on the chart.
    pub(crate) fn id(&self) -> String {
        match self {
            Subject::Host(place) => match place {
                Place::External(ip) => format!("host-{ip}"),
                Place::Laptop => "host-laptop".into(),
                Place::ExternalHost(name) => format!("host-{name}"),
                Place::Endpoint(ip) => format!("endpoint-{ip}"),
                _ => "host".into(),
            },
            Subject::Balancer(reference) => format!("lb-{reference}"),
            Subject::Service(reference) => format!("svc-{reference}"),
            Subject::Node(name) => format!("node-{name}"),
            Subject::Pod(reference) => format!("pod-{reference}"),
            Subject::Workload(node, at) => format!("pods-{node}-{at}"),
        }
    }
}

/// Everything that can be picked, with its box, in reading order; `full` says of which nodes what they hold can be, too.
pub(crate) fn subjects(chart: &Chart, full: impl Fn(&NodeBox) -> bool) -> Vec<(Subject, Rect)> {
    let mut all = Vec::new();
    all.extend(chart.hosts.iter().map(|h| (Subject::Host(h.place.clone()), h.rect)));
    all.extend(chart.balancers.iter().map(|b| (Subject::Balancer(b.service.clone()), b.rect)));
    all.extend(chart.tabs.iter().map(|t| (Subject::Service(t.service.clone()), t.rect)));
    for node in &chart.nodes {
        if !full(node) {
            all.push((Subject::Node(node.name.clone()), node.card()));
            continue;
        }
        let header = Rect::new(node.rect.x, node.rect.y, node.rect.w, node.header);
        all.push((Subject::Node(node.name.clone()), node.area(header)));
        all.extend(node.pods.iter().map(|p| (Subject::Pod(p.pod.clone()), node.area(p.rect))));
        let chip = |c: &super::model::Chip| (Subject::Workload(node.name.clone(), c.from), node.area(c.rect));
        all.extend(node.chips.iter().map(chip));
    }
    all
}

/// A direction of the arrow keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// Left.
    Left,
    /// Right.
    Right,
    /// Up.
    Up,
    /// Down.
    Down,
}

impl Direction {
    /// One step that way: to the right and down.
    pub(crate) fn step(self) -> (f64, f64) {
        match self {
            Direction::Left => (-1.0, 0.0),
            Direction::Right => (1.0, 0.0),
            Direction::Up => (0.0, -1.0),
            Direction::Down => (0.0, 1.0),
        }
    }
}

/// The nearest in a direction: what lies straight ahead wins over what is near but aside.
pub(crate) fn neighbour(all: &[(Subject, Rect)], from: usize, direction: Direction) -> usize {
    let Some((_, here)) = all.get(from) else { return 0 };
    let a = here.center();
    let mut best = (f64::INFINITY, from);
    for (i, (_, rect)) in all.iter().enumerate() {
        let b = rect.center();
        let (ahead, aside) = match direction {
            Direction::Left => (a.x - b.x, b.y - a.y),
            Direction::Right => (b.x - a.x, b.y - a.y),
            Direction::Up => (a.y - b.y, b.x - a.x),
            Direction::Down => (b.y - a.y, b.x - a.x),
        };
        let cost = ahead + aside.abs() * 2.5;
        if i != from && ahead > 2.0 && cost < best.0 {
            best = (cost, i);
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn arrows_reach_everything() {
        let chart = sample::chart(&sample::cluster(9), 900.0, 0.0);
        let all = subjects(&chart, |_| true);
        let mut seen = vec![false; all.len()];
        let mut queue = vec![0];
        while let Some(i) = queue.pop() {
            if std::mem::replace(&mut seen[i], true) {
                continue;
            }
            for d in [Direction::Left, Direction::Right, Direction::Up, Direction::Down] {
                queue.push(neighbour(&all, i, d));
            }
        }
        assert!(
            seen.iter().all(|s| *s),
            "{:?}",
            all.iter().zip(&seen).filter(|x| !x.1).map(|x| &x.0.0).collect::<Vec<_>>()
        );
    }

    #[test]
    fn ids_are_unique() {
        let chart = sample::chart(&sample::cluster(9), 900.0, 0.0);
        let mut ids: Vec<String> = subjects(&chart, |_| true).iter().map(|s| s.0.id()).collect();
        let count = ids.len();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), count);
    }
}
