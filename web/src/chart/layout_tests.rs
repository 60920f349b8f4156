//! What holds of every layout: nothing overlaps, everything is inside, nothing moves that need not.

use portolan_core::cluster::Cluster;
use portolan_core::objects::{ObjectRef, ServiceType};

use super::geometry::{Point, Rect};
use super::labels::{BOLD, MONO};
use super::layout::layout;
use super::memory::Memory;
use super::model::{Chart, NodeBox};
use super::sample;

const WIDTHS: [f64; 8] = [320.0, 366.0, 599.0, 600.0, 700.0, 860.0, 960.0, 1400.0];

/// The boxes inside of a node, in its own measures.
fn boxes(node: &NodeBox) -> Vec<Rect> {
    let mut all: Vec<Rect> = node.pods.iter().map(|p| p.rect).collect();
    all.extend(node.chips.iter().map(|c| c.rect));
    all.extend(node.parts.iter().map(|p| p.rect));
    all.push(node.proxy);
    all
}

/// The boxes on the chart.
fn outer(chart: &Chart) -> Vec<Rect> {
    let mut all: Vec<Rect> = chart.hosts.iter().map(|h| h.rect).collect();
    all.extend(chart.balancers.iter().map(|b| b.rect));
    all.extend(chart.tabs.iter().map(|t| t.rect));
    all.extend(chart.more_services.map(|m| m.1));
    all.extend(chart.nodes.iter().map(|n| n.card()));
    all
}

fn check(chart: &Chart, what: &str) {
    let whole = Rect::new(0.0, 0.0, chart.width, chart.height);
    for node in &chart.nodes {
        let inner = boxes(node);
        for (i, one) in inner.iter().enumerate() {
            assert!(node.rect.contains(one), "{one:?} in {} {:?}, {what}", node.name, node.rect);
            for other in &inner[i + 1..] {
                assert!(!one.overlaps(other), "{one:?} on {other:?} in {}, {what}", node.name);
            }
        }
        for pair in node.pins.windows(2) {
            assert!(pair[1].at.y - pair[0].at.y >= 12.0);
        }
        for pod in &node.pods {
            let size = if chart.narrow && !chart.many { 10.5 } else { 12.5 };
            let name = pod.name.chars().count() as f64 * size * BOLD;
            assert!(
                name <= pod.rect.w - 16.0 || pod.name.chars().count() < 3,
                "{} is {name} wide in {:?}, {what}",
                pod.name,
                pod.rect
            );
            let mono = if chart.narrow && !chart.many { 8.5 } else { 10.0 };
            assert!(pod.address.chars().count() as f64 * mono * MONO <= pod.rect.w - 4.0, "{} {what}", pod.address);
        }
    }
    let outer = outer(chart);
    for (i, rect) in outer.iter().enumerate() {
        assert!(whole.contains(rect), "{rect:?} outside of {whole:?}, {what}");
        for other in &outer[i + 1..] {
            assert!(!rect.overlaps(other), "{rect:?} on {other:?}, {what}");
        }
    }
    for (i, zone) in chart.zones.iter().enumerate() {
        assert!(whole.contains(&zone.rect), "zone {} of {whole:?}, {what}", zone.name);
        for other in &chart.zones[i + 1..] {
            assert!(!zone.rect.overlaps(&other.rect), "zones, {what}");
        }
    }
}

fn places(chart: &Chart) -> Vec<(ObjectRef, Point)> {
    let place = |n: &NodeBox, r: Rect| n.area(r).center();
    chart.nodes.iter().flat_map(|n| n.pods.iter().map(|p| (p.pod.clone(), place(n, p.rect)))).collect()
}

fn with_services(mut cluster: Cluster, count: usize) -> Cluster {
    let model = cluster.services[1].clone();
    for i in 0..count {
        let mut service = model.clone();
        service.meta.name = format!("service-number-{i}");
        service.service_type = if i % 5 == 0 { ServiceType::NodePort } else { ServiceType::ClusterIp };
        cluster.services.push(service);
    }
    cluster
}

#[test]
fn the_same_cluster_gives_the_same_chart() {
    let cluster = sample::cluster(9);
    assert_eq!(sample::chart(&cluster, 900.0, 500.0), sample::chart(&cluster, 900.0, 500.0));
}

#[test]
fn nothing_overlaps_and_everything_fits_at_every_width() {
    for pods in [0, 1, 9, 60, 400] {
        let cluster = sample::cluster(pods);
        for width in WIDTHS {
            check(&sample::chart(&cluster, width, 0.0), &format!("{pods} pods at {width}"));
        }
    }
}

#[test]
fn clusters_of_every_size_have_room_for_all() {
    for (nodes, zones, pods, services) in [
        (1, 1, 1, 0),
        (6, 2, 30, 3),
        (12, 3, 60, 9),
        (30, 1, 500, 0),
        (50, 5, 120, 20),
        (99, 4, 500, 20),
        (100, 1, 500, 60),
    ] {
        let cluster = with_services(sample::large(nodes, zones, pods), services);
        for (width, height) in [(340.0, 560.0), (390.0, 500.0), (680.0, 600.0), (960.0, 520.0), (1700.0, 900.0)] {
            let chart = sample::chart(&cluster, width, height);
            check(
                &chart,
                &format!("{nodes} nodes, {zones} zones, {pods} pods, {services} services at {width} x {height}"),
            );
            assert_eq!(chart.nodes.len(), nodes + 1);
            let drawn: usize = chart.nodes.iter().map(|n| n.states.total()).sum();
            let seated = chart
                .nodes
                .iter()
                .flat_map(|n| n.workloads.iter().flat_map(|w| &w.pods).filter(|p| n.seat(p).is_some()));
            assert_eq!((drawn, seated.count()), (pods, pods));
        }
    }
}

#[test]
fn a_pod_that_comes_or_goes_moves_no_other() {
    for (cluster, width, height) in [
        (sample::cluster(2), 960.0, 500.0),
        (sample::cluster(9), 366.0, 600.0),
        (sample::cluster(13), 960.0, 500.0),
        (sample::large(12, 3, 40), 960.0, 500.0),
        (sample::large(99, 4, 450), 960.0, 500.0),
    ] {
        let mut memory = Memory::default();
        let request = sample::request(width, height);
        let before = layout(&cluster, &request, &mut memory);
        let mut more = cluster.clone();
        let mut extra = more.pods[0].clone();
        extra.meta.name = "aaa-new".into();
        more.pods.insert(0, extra);
        let during = layout(&more, &request, &mut memory);
        let known = places(&before);
        assert_eq!(
            places(&during).into_iter().filter(|p| p.0.name != "aaa-new").collect::<Vec<_>>().len(),
            known.len()
        );
        for one in places(&during).iter().filter(|p| p.0.name != "aaa-new") {
            assert!(known.contains(one), "{one:?} moved");
        }
        // The first one goes, and another comes in its place.
        more.pods.retain(|p| p.meta.name != cluster.pods[0].meta.name);
        let after = layout(&more, &request, &mut memory);
        for one in places(&after).iter().filter(|p| p.0.name != "aaa-new") {
            assert!(known.contains(one), "{one:?} moved");
        }
        assert_eq!((before.width, before.height), (after.width, after.height));
    }
}

#[test]
fn a_low_room_gets_a_wider_chart_and_a_high_one_a_narrower() {
    let cluster = sample::cluster(9);
    let first = sample::chart(&cluster, 1000.0, 0.0);
    assert!(sample::chart(&cluster, 1000.0, first.height * 0.8).width > 1200.0);
    assert!(sample::chart(&cluster, 1400.0, first.height * 1.5).width < 1250.0);
    assert_eq!(sample::chart(&cluster, 1000.0, 100.0).width, 1000.0);
}

#[test]
fn too_many_pods_are_counted_by_workload_until_somebody_asks() {
    let cluster = sample::large(3, 1, 400);
    let mut request = sample::request(900.0, 500.0);
    let chart = layout(&cluster, &request, &mut Memory::default());
    for node in chart.nodes.iter().filter(|n| !n.control_plane) {
        assert!(node.pods.is_empty());
        assert_eq!(node.chips.iter().map(|c| c.states.total()).sum::<usize>(), node.states.total());
        let pod = &node.workloads[0].pods[5];
        assert_eq!(node.seat(pod).map(|s| s.0), node.chips.first().map(|c| c.rect));
    }
    request.unfolded = vec!["node-001".into()];
    let chart = layout(&cluster, &request, &mut Memory::default());
    check(&chart, "unfolded");
    let node = chart.nodes.iter().find(|n| n.name == "node-001").expect("there");
    assert_eq!(node.pods.len(), 133);
    assert!(node.chips.is_empty());
}

#[test]
fn ports_on_localhost_have_no_pin() {
    let chart = sample::chart(&sample::cluster(3), 900.0, 0.0);
    let node = chart.nodes.iter().find(|n| n.control_plane).expect("the sample has a control plane");
    assert!(node.parts.iter().any(|p| p.local && p.listens.ends_with("10259")));
    assert!(node.pins.iter().all(|p| p.port != 10259 && p.port != 10257));
    assert!(node.pins.iter().any(|p| p.port == 6443) && node.pins.iter().any(|p| p.port == 10250));
}
