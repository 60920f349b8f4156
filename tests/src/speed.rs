//! How long the engine takes, measured by whoever has a clock: natively by the bench, in wasm by a test.
//!
//! Each figure stands beside its budget. Nothing fails here: machines differ, and a busy one says nothing.

use std::fmt::Write;
use std::hint::black_box;

use portolan_core::diagnose;
use portolan_core::diagnostic::Diagnostic;
use portolan_core::net::{Addr, Protocol};
use portolan_core::objects::ObjectRef;
use portolan_core::packet;
use portolan_core::proxy::{Arrival, Fleet, Memory, NodeProxy, Packet};
use portolan_core::query;
use portolan_core::world::{LoadOptions, World};

use crate::promises::load;

/// Milliseconds since whenever.
pub type Clock = fn() -> f64;

/// A figure and what it may be.
pub struct Figure {
    /// What was measured.
    pub what: &'static str,
    /// How much, in `unit`.
    pub value: f64,
    /// The unit.
    pub unit: &'static str,
    /// The most it may be; none where there is no budget.
    pub budget: Option<f64>,
}

/// One line of the table.
pub fn line(figure: &Figure) -> String {
    let Figure { what, value, unit, budget } = figure;
    let verdict = match budget {
        Some(budget) if value <= budget => format!("of {budget:>6} {unit:<3} within"),
        Some(budget) => format!("of {budget:>6} {unit:<3} OVER"),
        None => String::new(),
    };
    format!("{what:<58} {value:>9.2} {unit:<3} {verdict}")
}

/// `count` documents: Deployments with three replicas, and a Service for each.
pub fn documents(count: usize) -> String {
    let mut text = String::new();
    for at in 0..count / 2 {
        let name = format!("app-{at}");
        write!(
            text,
            "---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\nspec:\n  replicas: 3\n  selector:\n    matchLabels:\n      app: {name}\n  \
             template:\n    metadata:\n      labels:\n        app: {name}\n    spec:\n      containers:\n      - name: web\n        image: nginx\n        \
             ports:\n        - name: http\n          containerPort: 8080\n---\napiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\nspec:\n  type: NodePort\n  \
             selector:\n    app: {name}\n  ports:\n  - port: 80\n    targetPort: http\n"
        )
        .expect("a String takes everything");
    }
    text
}

/// Services without selectors, and a slice of ten endpoints for each.
fn services(count: usize) -> String {
    let mut text = String::new();
    for at in 0..count {
        let (high, low) = (at / 250, at % 250);
        let endpoints: Vec<String> =
            (0..10).map(|pod| format!("{{addresses: [10.{pod}.{high}.{low}], nodeName: worker-1}}")).collect();
        write!(
            text,
            "---\napiVersion: v1\nkind: Service\nmetadata: {{name: s{at}}}\nspec: {{ports: [{{port: 80}}]}}\n---\napiVersion: discovery.k8s.io/v1\n\
             kind: EndpointSlice\nmetadata: {{name: s{at}, labels: {{kubernetes.io/service-name: s{at}}}}}\naddressType: IPv4\n\
             ports: [{{name: \"\", port: 8080}}]\nendpoints: [{}]\n",
            endpoints.join(", ")
        )
        .expect("a String takes everything");
    }
    text
}

/// Times of `runs` keystrokes, each a digit typed somewhere else, in milliseconds, sorted.
fn keystrokes(text: &str, runs: usize, clock: Clock, say: fn(&World) -> Vec<Diagnostic>) -> Vec<f64> {
    let places: Vec<usize> = text.match_indices("name: app-").map(|(at, _)| at + "name: app-".len()).collect();
    let mut times: Vec<f64> = (0..runs)
        .map(|run| {
            let at = places[run * 7 % places.len()];
            let typed = format!("{}{}{}", &text[..at], run % 10, &text[at..]);
            let start = clock();
            let world = load(&typed, &LoadOptions::default());
            black_box(say(&world));
            clock() - start
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times
}

/// The value below which this share of the sorted times lies.
pub fn quantile(sorted: &[f64], share: f64) -> f64 {
    let at = (sorted.len() as f64 * share) as usize;
    sorted.get(at.min(sorted.len().saturating_sub(1))).copied().unwrap_or_default()
}

/// Time of one of `runs` calls, in milliseconds.
fn each(runs: u32, clock: Clock, mut call: impl FnMut(u32)) -> f64 {
    let start = clock();
    (0..runs).for_each(&mut call);
    (clock() - start) / f64::from(runs)
}

/// All figures, given to `say` as they come.
pub fn measure(clock: Clock, wasm: bool, memory: &dyn Fn() -> f64, say: &mut dyn FnMut(&Figure)) {
    let mut figure = |what, value, unit, budget| say(&Figure { what, value, unit, budget });
    let fifty = documents(50);
    // The first few find the compiler and the allocator cold.
    keystrokes(&fifty, 30, clock, diagnose::told);
    let times = keystrokes(&fifty, 300, clock, diagnose::told);
    figure("50 documents, keystroke to diagnostics, median", quantile(&times, 0.5), "ms", Some(8.0));
    figure("50 documents, keystroke to diagnostics, p99", quantile(&times, 0.99), "ms", Some(16.0));
    let wrong = fifty.replacen("type: NodePort", "type: Nodeport", 1).replacen("port: 80\n", "port: 0\n", 2);
    let times = keystrokes(&wrong, 100, clock, diagnose::told);
    figure("50 documents with three errors, median", quantile(&times, 0.5), "ms", Some(8.0));
    let times = keystrokes(&wrong, 50, clock, diagnose::diagnose);
    figure("... and their fixes tried, median", quantile(&times, 0.5), "ms", None);
    let large = documents(330);
    let lines = large.lines().count();
    assert!((4_900..5_500).contains(&lines), "{lines} lines");
    let times = keystrokes(&large, 30, clock, diagnose::told);
    figure("5,000 lines, keystroke to diagnostics, median", quantile(&times, 0.5), "ms", Some(50.0));

    let world = load(&fifty, &LoadOptions::default());
    let cluster = world.cluster();
    let proxy = NodeProxy::new(cluster, "worker-1");
    let targets: Vec<Addr> =
        cluster.services.iter().filter_map(|service| Some(Addr::new(service.cluster_ip()?, 80))).collect();
    let source = "10.244.1.9".parse().expect("an address");
    let decision = each(1_000_000, clock, |run| {
        let destination = targets[run as usize % targets.len()];
        let packet = Packet { source, destination, protocol: Protocol::Tcp, arrival: Arrival::Pod };
        black_box(proxy.route(black_box(&packet), u64::from(run).wrapping_mul(0x9e37_79b9_7f4a_7c15), Memory::None));
    });
    figure("one routing decision", decision * 1e6, "ns", Some(if wasm { 120.0 } else { 50.0 }));
    let mut fleet = Fleet::default();
    let request = packet::Request::new(
        portolan_core::cluster::Client::External(None),
        packet::Target::parse("svc/app-7:80").expect("a target"),
        Protocol::Tcp,
        1,
    );
    let trace = each(20_000, clock, |run| {
        let request = packet::Request { seed: run.into(), ..request.clone() };
        black_box(packet::trace_among(cluster, &mut fleet, &request));
    });
    figure("one trace among many", trace * 1e3, "us", None);
    let question = each(1_000, clock, |run| {
        let trace = query::trace(&world, "external", "svc/app-7:80", "TCP", run.into()).expect("a trace");
        black_box(query::trace_report(&world, &trace));
    });
    figure("one question: text to trace and report", question * 1e3, "us", None);

    let text = services(10_000);
    let before = memory();
    let start = clock();
    let world = load(&text, &LoadOptions::default());
    let mut proxy = NodeProxy::new(world.cluster(), "worker-1");
    let took = clock() - start;
    figure("10,000 Services, 100,000 endpoints: text to tables", took, "ms", Some(if wasm { 3000.0 } else { 1500.0 }));
    figure("... and the memory they take at most", memory() - before, "MB", Some(200.0));
    let changed = each(200, clock, |run| {
        proxy.update_service(world.cluster(), &ObjectRef::new("default", format!("s{}", run * 37)));
    });
    figure("... and one Service changed", changed, "ms", Some(1.0));
}
