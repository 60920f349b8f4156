//! What takes time: session affinity that runs out, and a UDP flow that outlives its endpoint.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use portolan_core::cluster::{Client, ProxyMode};
use portolan_core::net::{Addr, Protocol};
use portolan_core::objects::ObjectRef;
use portolan_core::packet::trace_with;
use portolan_core::proxy::Fleet;

use crate::fixed;
use crate::flows::{Held, Outcome, open_all};
use crate::lab::Lab;
use crate::load;
use crate::oracle::outcome;
use crate::trial::opening;
use portolan_tests::kernel::traffic::Flow;

/// Seconds of affinity, and how long clients then wait to be forgotten.
const SECONDS: u32 = 1;
const FORGOTTEN: Duration = Duration::from_millis(1_400);
const ROUNDS: usize = 4;
const SEEDS: u64 = 400;

/// Each client gets its endpoint again at once, and any endpoint once it is forgotten.
pub(crate) fn affinity(lab: &Lab, mode: ProxyMode) -> Result<(), String> {
    let cluster = fixed::remembering(SECONDS).cluster(mode);
    load::load(lab, &cluster)?;
    let to = Addr::new("10.96.0.100".parse().expect("an address"), 80);
    let pods = cluster.pods.iter().filter(|pod| !pod.host_network).map(|pod| Client::Pod(pod.meta.reference()));
    let nodes = cluster.nodes.iter().map(|node| Client::Node(node.meta.name.clone()));
    let flows: Vec<Flow> = pods.chain(nodes).map(|from| Flow { from, to, protocol: Protocol::Tcp }).collect();
    let mut fleet = Fleet::default();
    let (start, mut changed) = (Instant::now(), 0);
    let mut last: BTreeMap<usize, Addr> = BTreeMap::new();
    for _ in 0..ROUNDS {
        // The first connection chooses, the second must get the same.
        for again in [false, true] {
            let openings: Result<Vec<_>, String> = flows.iter().map(|flow| opening(&cluster, flow, true)).collect();
            let outcomes = open_all(lab, &openings?)?;
            let now = u64::try_from(start.elapsed().as_micros()).map_err(|error| error.to_string())?;
            for (number, (flow, seen)) in flows.iter().zip(outcomes).enumerate() {
                let could =
                    |seed: &u64| outcome(&trace_with(&cluster, &mut fleet.clone(), &flow.request(*seed), now)) == seen;
                let seed = (0..SEEDS).find(could).ok_or(format!("{}: the engine has no way to {seen:?}", flow.from))?;
                trace_with(&cluster, &mut fleet, &flow.request(seed), now);
                let Outcome::Answered(at, _) = seen else { return Err(format!("{}: {seen:?}", flow.from)) };
                let before = last.insert(number, at);
                if again && before != Some(at) {
                    return Err(format!("{}: got {at} after {before:?}, at once", flow.from));
                }
                changed += usize::from(!again && before.is_some_and(|before| before != at));
            }
        }
        std::thread::sleep(FORGOTTEN);
    }
    // That none of 45 changes, where each does two times of three, would be a wonder.
    if changed == 0 { Err("nobody was forgotten".into()) } else { Ok(()) }
}

/// A flow of datagrams stays with its endpoint when that goes away, until kube-proxy has the kernel forget it.
pub(crate) fn datagrams(lab: &Lab, mode: ProxyMode) -> Result<(), String> {
    let [before, after] = fixed::moving().map(|situation| situation.cluster(mode));
    load::load(lab, &before)?;
    let flow = Flow {
        from: Client::Pod(ObjectRef::new("default", "pc1")),
        to: Addr::new("10.96.0.100".parse().expect("an address"), 53),
        protocol: Protocol::Udp,
    };
    let opening = opening(&before, &flow, true)?;
    let held = Held::open(lab, &opening)?;
    let says = |cluster| outcome(&trace_with(cluster, &mut Fleet::default(), &flow.request(0), 0));
    let expect = |what: &str, expected: Outcome| match held.ask()? {
        seen if seen == expected => Ok(()),
        seen => Err(format!("{what}: {seen:?}, not {expected:?}")),
    };
    expect("at first", says(&before))?;
    load::rules_only(lab, &after)?;
    expect("after its endpoint went away", says(&before))?;
    load::forget(lab)?;
    expect("once it is forgotten", says(&after))
}
