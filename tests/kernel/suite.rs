//! The tests, and how they are counted.

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use portolan_core::cluster::ProxyMode;
use rustix::net::{AddressFamily, SocketFlags, SocketType, ipproto, socket_with};

use crate::lab::Lab;
use crate::trial::{Many, Report, hold};
use crate::{chance, fixed, later, space, wrong};
use portolan_tests::kernel::dice::Dice;
use portolan_tests::kernel::generator::Generated;
use portolan_tests::kernel::{base, traffic};

/// Labs that work at a time: while one waits for silence, others go on.
const LABS: usize = 6;
/// Random clusters of each mode, unless more are asked for.
const CLUSTERS: usize = 60;
/// Random flows of each cluster.
const FLOWS: usize = 20;
/// Differences that are told in full.
const TOLD: usize = 4;

/// What is asked for on the command line or in the environment.
struct Options {
    clusters: usize,
    seed: u64,
    filter: Option<String>,
}

impl Options {
    fn read() -> Result<Options, String> {
        let number = |text: &str| text.parse::<usize>().map_err(|_| format!("{text} is no number"));
        let mut options = Options { clusters: CLUSTERS, seed: 1, filter: None };
        if let Ok(text) = std::env::var("PORTOLAN_CLUSTERS") {
            options.clusters = number(&text)?;
        }
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or(format!("{argument} what?"));
            match argument.as_str() {
                "--clusters" => options.clusters = number(&value()?)?,
                "--seed" => options.seed = number(&value()?)? as u64,
                // What cargo's own runner takes.
                flag if flag.starts_with("--") => {}
                filter => options.filter = Some(filter.to_string()),
            }
        }
        Ok(options)
    }
}

/// How a test went.
enum Done {
    Passed(String),
    Skipped(String),
}

struct Suite {
    options: Options,
    labs: Vec<Mutex<Lab>>,
}

const MODES: [ProxyMode; 2] = [ProxyMode::Iptables, ProxyMode::Nftables];

type Test = fn(&Suite) -> Result<Done, String>;

const TESTS: [(&str, Test); 10] = [
    ("the arithmetic of chance", |_| chance::check().map(|()| Done::Passed(String::new()))),
    ("fixed clusters, iptables", |suite| suite.fixed(ProxyMode::Iptables)),
    ("fixed clusters, nftables", |suite| suite.fixed(ProxyMode::Nftables)),
    ("random clusters, iptables", |suite| suite.random(ProxyMode::Iptables)),
    ("random clusters, nftables", |suite| suite.random(ProxyMode::Nftables)),
    ("wrong engines are noticed", |suite| {
        let noticed =
            suite.each(wrong::MISTAKES.len() * 2, |lab, number| wrong::mistake(lab, number / 2, MODES[number % 2]))?;
        Ok(Done::Passed(format!("{} noticed", noticed.len())))
    }),
    ("wrong rules are noticed", |suite| suite.each(2, |lab, number| wrong::rules(lab, MODES[number])).map(passed)),
    ("session affinity runs out", |suite| suite.each(2, |lab, number| later::affinity(lab, MODES[number])).map(passed)),
    ("a flow of datagrams outlives its endpoint", |suite| {
        suite.each(2, |lab, number| later::datagrams(lab, MODES[number])).map(passed)
    }),
    ("connections by SCTP", |_| Ok(Done::Skipped(sctp()))),
];

fn passed<T>(_: Vec<T>) -> Done {
    Done::Passed(String::new())
}

/// Its rules are loaded with the others, and held against the recordings; connections are not tried.
fn sctp() -> String {
    match socket_with(AddressFamily::INET, SocketType::STREAM, SocketFlags::CLOEXEC, Some(ipproto::SCTP)) {
        Ok(_) => "SCTP's several addresses a side are not modelled".to_string(),
        Err(error) => format!("this kernel has no SCTP ({error})"),
    }
}

/// Runs what was asked for.
pub(crate) fn run() -> ExitCode {
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    let ready = Options::read().and_then(|options| {
        if std::env::var_os("PORTOLAN_KERNEL").is_none() {
            return Ok(None);
        }
        space::sweep();
        let cluster = &base::cluster(&base::yaml(ProxyMode::Iptables, "", |_| None));
        let labs: Result<_, String> = std::thread::scope(|scope| {
            let build = |number| scope.spawn(move || Lab::new(number, cluster).map(Mutex::new));
            let threads: Vec<_> = (0..LABS).map(build).collect();
            threads.into_iter().map(|thread| thread.join().map_err(|_| "a lab broke".to_string())?).collect()
        });
        Ok(Some(Suite { options, labs: labs? }))
    });
    match ready {
        Ok(Some(suite)) => {
            let asked = |name: &str| suite.options.filter.as_deref().is_none_or(|filter| name.contains(filter));
            for (name, test) in TESTS.iter().filter(|(name, _)| asked(name)) {
                let start = Instant::now();
                let result = test(&suite);
                let seconds = start.elapsed().as_secs_f32();
                match result {
                    Ok(Done::Passed(what)) => {
                        passed += 1;
                        println!("test {name} ... ok ({seconds:.1} s) {what}");
                    }
                    Ok(Done::Skipped(why)) => {
                        skipped += 1;
                        println!("test {name} ... skipped: {why}");
                    }
                    Err(error) => {
                        failed += 1;
                        println!("test {name} ... FAILED ({seconds:.1} s)\n{error}");
                    }
                }
            }
        }
        Ok(None) => {
            skipped += TESTS.len();
            println!("skipped: this needs root; `cargo xtask test --kernel` runs it");
        }
        Err(error) => {
            failed += 1;
            println!("error: {error}");
        }
    }
    let word = if failed == 0 { "ok" } else { "FAILED" };
    println!("\ntest result: {word}. {passed} passed; {failed} failed; {skipped} ignored");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

impl Suite {
    /// Does the numbers below `count` in all labs at once; what comes out is in no order.
    fn each<T: Send>(
        &self,
        count: usize,
        one: impl Fn(&Lab, usize) -> Result<T, String> + Sync,
    ) -> Result<Vec<T>, String> {
        let next = AtomicUsize::new(0);
        let work = |lab: &Mutex<Lab>| -> Result<Vec<T>, String> {
            let lab = lab.lock().map_err(|_| "a lab broke".to_string())?;
            let numbers = std::iter::repeat_with(|| next.fetch_add(1, Ordering::Relaxed));
            numbers.take_while(|number| *number < count).map(|number| one(&lab, number)).collect()
        };
        std::thread::scope(|scope| {
            let threads: Vec<_> = self.labs.iter().map(|lab| scope.spawn(|| work(lab))).collect();
            let mut all = Vec::new();
            for thread in threads {
                all.extend(thread.join().map_err(|_| "a thread failed".to_string())??);
            }
            Ok(all)
        })
    }

    fn fixed(&self, mode: ProxyMode) -> Result<Done, String> {
        let situations = fixed::situations();
        let reports = self.each(situations.len(), |lab, number| {
            let situation = &situations[number];
            let cluster = situation.cluster(mode);
            let mut report =
                hold(lab, &cluster, &fixed::flows(&cluster)).map_err(|error| format!("{}: {error}", situation.name))?;
            report.differences.iter_mut().for_each(|text| *text = format!("[{}] {text}", situation.name));
            Ok(report)
        })?;
        finish(reports)
    }

    fn random(&self, mode: ProxyMode) -> Result<Done, String> {
        let reports = self.each(self.options.clusters, |lab, number| {
            let seed = self.options.seed + number as u64;
            random(lab, seed, mode).map_err(|error| format!("seed {seed}: {error}"))
        })?;
        finish(reports)
    }
}

fn random(lab: &Lab, seed: u64, mode: ProxyMode) -> Result<Report, String> {
    let generated = Generated::new(seed, mode);
    let cluster = generated.cluster();
    let flows = traffic::random(&mut Dice::new(!seed), &cluster, FLOWS);
    let mut report = hold(lab, &cluster, &flows)?;
    if !report.differences.is_empty() {
        // The smallest part that shows it: one Service, if one is enough.
        let text = generated.services.iter().find_map(|(name, _)| {
            let text = generated.text(Some(name));
            let alone = base::cluster(&text);
            let its = traffic::targets(&alone);
            let flows: Vec<Many> =
                flows.iter().filter(|(flow, _)| its.iter().any(|one| one.to == flow.to)).cloned().collect();
            let again = hold(lab, &alone, &flows).ok()?;
            (!again.differences.is_empty()).then_some(text)
        });
        let text = text.unwrap_or_else(|| generated.text(None));
        let objects =
            text.split("---\n").filter(|one| one.contains("kind: Service") || one.contains("kind: EndpointSlice"));
        let settings = text.lines().skip_while(|line| !line.starts_with("mode:")).take_while(|line| *line != "---");
        let told =
            format!("{}\n---\n{}", settings.collect::<Vec<_>>().join("\n"), objects.collect::<Vec<_>>().join("---\n"));
        report.differences.iter_mut().for_each(|one| *one = format!("[seed {seed}] {one}\n{told}"));
    }
    Ok(report)
}

fn finish(reports: Vec<Report>) -> Result<Done, String> {
    let mut report = Report::default();
    reports.into_iter().for_each(|one| report.merge(one));
    let Report { clusters, flows, connections, ends: [answered, refused, no_route, silent], places, differences } =
        report;
    let strange = places.strange();
    let sum = format!(
        "{clusters} clusters, {flows} flows ({answered} answered, {refused} refused, {no_route} without a route, {silent} \
         silent), {connections} connections; places of sets: {}",
        places.summary()
    );
    if differences.is_empty() && strange.is_empty() {
        return Ok(Done::Passed(sum));
    }
    let told: Vec<String> = differences.iter().take(TOLD).cloned().chain(strange).collect();
    Err(format!("{} differences; {sum}\n\n{}", differences.len(), told.join("\n")))
}
