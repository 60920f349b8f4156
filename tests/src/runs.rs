//! Random scenarios, by a seed: what they count must be the same natively, under Node and in a browser.

use portolan_core::cluster::{Client, ProxyMode};
use portolan_core::net::Protocol;
use portolan_core::objects::ObjectRef;
use portolan_core::sim::{self, Command, Event, Habits, Load, Report, Scenario, Server};
use portolan_core::world::{Input, LoadOptions, World};

/// The cluster that all run on.
pub const MANIFEST: &str = include_str!("../cases/runs/shop.yaml");
/// What the native engine counted; `cargo test -p portolan-tests` with `UPDATE=1` writes it anew.
pub const EXPECTED: &str = include_str!("../cases/runs/expected.txt");
/// How many scenarios are compared.
pub const SEEDS: u64 = 12;

const SECOND: u64 = 1_000_000;
const NODES: [&str; 4] = ["control-plane", "worker-1", "worker-2", "worker-3"];

/// The world of [`MANIFEST`].
pub fn world() -> World {
    let input = Input { name: "shop.yaml".to_string(), text: MANIFEST.to_string() };
    World::load(&[input], &LoadOptions::default())
}

/// Numbers from a seed (splitmix64).
struct Draw(u64);

impl Draw {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }

    fn of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len() as u64) as usize]
    }

    fn load(&mut self, name: String) -> Load {
        let from = self.of(&["pod/client", "external", "node/worker-3", "node/worker-1"]);
        let (to, protocol) = [
            ("svc/web:80", Protocol::Tcp),
            ("web.default.svc.cluster.local:80", Protocol::Tcp),
            ("node/worker-2:31000", Protocol::Tcp),
            ("svc/db:5432", Protocol::Udp),
            ("svc/nobody:80", Protocol::Tcp),
        ][self.below(5) as usize];
        let users = if self.below(3) == 0 { 1 + self.below(20) as u32 } else { 0 };
        let keep_alive = self.below(2) == 0;
        let habits = Habits {
            users,
            think: if users > 0 { self.below(400) * 1_000 } else { 0 },
            burst: if users == 0 { self.below(4) as u32 } else { 0 },
            pool: if keep_alive { self.below(4) as u32 } else { 0 },
            timeout: self.below(3) * 300_000,
            retries: self.below(3) as u32,
            start: self.below(4) * SECOND,
            stop: 0,
        };
        let rate = if users > 0 { 0.0 } else { 1.0 + self.below(40) as f64 };
        Load { name, from: Client::parse(from).expect("a client"), to: to.into(), protocol, rate, keep_alive, habits }
    }

    fn server(&mut self) -> Server {
        let most = 5_000 + self.below(300_000) as u32;
        Server {
            kind: "Deployment".into(),
            of: ObjectRef::new("default", "web"),
            concurrency: self.below(4) as u32,
            service_time: (most / 2, most),
            queue: self.below(30) as u32,
        }
    }

    fn command(&mut self) -> Command {
        let pod = ObjectRef::new("default", self.of(&["web", "web", "db-0", "db-1", "client", "nobody"]));
        let (kind, workload) = if self.below(3) == 0 { ("StatefulSet", "db") } else { ("Deployment", "web") };
        let workload = ObjectRef::new("default", workload);
        let node = self.of(&NODES).to_string();
        let zone = self.of(&["zone-a", "zone-b", "zone-c"]).to_string();
        let yes = self.below(2) == 0;
        match self.below(18) {
            0 => Command::KillPod(pod),
            1 => Command::Crash(pod, None),
            2 => Command::Crash(pod, Some(SECOND + self.below(4 * SECOND) / 1_000 * 1_000)),
            3 => Command::Hang(pod),
            4 => Command::SetReady(pod, yes),
            5 => Command::SetListen(pod, yes.then_some(9090)),
            6 => Command::Scale(kind.into(), workload, self.below(7) as u32),
            7 => Command::Restart(kind.into(), workload),
            8 => Command::RestartBroken(kind.into(), workload, 3 * SECOND),
            9 | 10 => Command::SetNodeRunning(node, yes),
            11 => Command::Drain(node),
            12 => Command::Uncordon(node),
            13 | 14 => Command::SetZoneJoined(zone, yes),
            15 => Command::SetProxyMode(ProxyMode::ALL[self.below(3) as usize]),
            16 => Command::SetServer(self.server()),
            _ => {
                let name = format!("later-{}", self.below(100));
                Command::StartLoad(self.load(name))
            }
        }
    }
}

/// The scenario of a seed.
pub fn scenario(seed: u64) -> Scenario {
    let mut draw = Draw(seed);
    let load = (0..1 + draw.below(3)).map(|n| draw.load(format!("client-{n}"))).collect();
    let servers = if draw.below(2) == 0 { vec![draw.server()] } else { Vec::new() };
    let events =
        (0..2 + draw.below(12)).map(|_| Event { at: draw.below(60_000) * 1_000, command: draw.command() }).collect();
    Scenario { seed, duration: 80 * SECOND, load, servers, events, load_balancers: None }
}

/// All that a run counted and logged, as a number (FNV-1a).
pub fn digest(report: &Report) -> u64 {
    let text = format!("{report:?}");
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

/// Every seed's run, a line each.
pub fn run() -> String {
    let world = world();
    let line = |seed: u64| {
        let report = sim::run(world.cluster().clone(), world.workloads(), scenario(seed));
        let sum = |of: fn(&sim::Counts) -> u64| report.loads.iter().map(|load| of(&load.counts)).sum::<u64>();
        let (sent, delivered, failed) = (sum(|c| c.sent), sum(|c| c.delivered), sum(sim::Counts::failed));
        format!("{seed}: {sent} sent, {delivered} delivered, {failed} failed, {:016x}\n", digest(&report))
    };
    (0..SEEDS).map(line).collect()
}
