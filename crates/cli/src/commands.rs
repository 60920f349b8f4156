//! The commands: read, ask the engine, print. True means fine, false findings or not delivered.

use std::fmt::Write;
use std::path::Path;

use portolan_core::apiserver::Outcome as Reply;
use portolan_core::cluster::ProxyMode;
use portolan_core::diagnostic::Severity;
use portolan_core::dns::{Outcome, QType};
use portolan_core::objects::Value;
use portolan_core::packet::Verdict;
use portolan_core::query::{self, Simulation};
use portolan_core::report::{self, Scope};
use portolan_core::world::{Input, LoadOptions, World};

use crate::args::{Apply, Arguments, Check, Command, Dns, Format, Get, Load, Mode, Rules, Simulate, Trace};
use crate::input;
use crate::output::{machine, print};

/// Runs what was typed.
pub(crate) fn run(arguments: &Arguments) -> Result<bool, String> {
    match &arguments.command {
        Command::Check(arguments) => check(arguments),
        Command::Apply(arguments) => apply(arguments),
        Command::Trace(arguments) => trace(arguments),
        Command::Rules(arguments) => rules(arguments),
        Command::Dns(arguments) => dns(arguments),
        Command::Simulate(arguments) => simulate(arguments),
        Command::Get(arguments) => get(arguments),
        Command::Test(arguments) => crate::test::run(arguments),
        Command::Completions(arguments) => {
            let mut script = Vec::new();
            let mut command = crate::command();
            let name = command.get_name().to_string();
            clap_complete::generate(arguments.shell, &mut command, name, &mut script);
            print(&String::from_utf8_lossy(&script)).map(|()| true)
        }
        Command::Man => {
            let mut page = Vec::new();
            crate::manual(&mut page).map_err(|error| error.to_string())?;
            print(&String::from_utf8_lossy(&page)).map(|()| true)
        }
    }
}

fn world(files: &[String], load: &Load) -> Result<World, String> {
    Ok(load_world(&input::read(files)?, load))
}

/// The world of these texts.
pub(crate) fn load_world(inputs: &[Input], load: &Load) -> World {
    let options = LoadOptions {
        stored: load.stored,
        demo_pods: load.demo_pods,
        load_balancers: !load.no_load_balancers,
        seed: load.seed,
    };
    let mut world = World::load(inputs, &options);
    if let Some(mode) = load.mode {
        world.set_proxy_mode(proxy_mode(mode));
    }
    world
}

pub(crate) fn proxy_mode(mode: Mode) -> ProxyMode {
    match mode {
        Mode::Iptables => ProxyMode::Iptables,
        Mode::Nftables => ProxyMode::Nftables,
        Mode::Ipvs => ProxyMode::Ipvs,
    }
}

/// Tells of errors in the input where the answer itself does not, on standard error.
pub(crate) fn warn(world: &World) {
    let errors = world.diagnostics().iter().filter(|one| one.severity == Severity::Error).count();
    if errors > 0 {
        let errors = if errors == 1 { "an error".to_string() } else { format!("{errors} errors") };
        eprintln!("portolan: {errors} in the input; `portolan check` tells more");
    }
    let mut unknown: Vec<&str> = Vec::new();
    for answer in world.answers().iter().filter(|answer| answer.outcome == Reply::NotModelled) {
        if !unknown.contains(&answer.kind.as_str()) {
            unknown.push(&answer.kind);
        }
    }
    if !unknown.is_empty() {
        eprintln!("portolan: not modelled, so traffic does not see it: {}", unknown.join(", "));
    }
}

fn check(arguments: &Check) -> Result<bool, String> {
    let world = world(&arguments.files, &arguments.common.load)?;
    if world.answers().is_empty() && world.diagnostics().is_empty() {
        eprintln!("portolan: there is no object in the input");
    }
    let text = match arguments.common.output {
        Format::Text | Format::Wide => query::check_text(&world),
        format => machine(&query::check(&world), format),
    };
    print(&text)?;
    Ok(!world.diagnostics().iter().any(|one| one.severity == Severity::Error))
}

fn apply(arguments: &Apply) -> Result<bool, String> {
    let world = world(&arguments.files, &arguments.common.load)?;
    let refused = world.answers().iter().any(|answer| matches!(answer.outcome, Reply::Refused(_)));
    let text = match arguments.common.output {
        Format::Text | Format::Wide => apply_text(&world, arguments.marks),
        format => machine(&query::apply(&world), format),
    };
    print(&text)?;
    Ok(!refused && !world.diagnostics().iter().any(|one| one.severity == Severity::Error))
}

/// A line for each answer, as comments, then the stored objects as one YAML stream. What every cluster has of its own
/// is left out unless the input wrote it; the machine's formats have it all.
fn apply_text(world: &World, marks: bool) -> String {
    let mut text = String::new();
    for answer in world.answers() {
        let name = format!("{} {}", answer.kind, answer.name);
        // Writing to a String cannot fail.
        let _ = match &answer.outcome {
            Reply::Stored(_) => writeln!(text, "# {name}: stored"),
            Reply::NotModelled => writeln!(text, "# {name}: not modelled"),
            Reply::Refused(status) => writeln!(text, "# {name}: {}", status.message.replace('\n', "\n# ")),
        };
        for warning in &answer.warnings {
            let _ = writeln!(text, "#   Warning: {warning}");
        }
    }
    let written = |object: &Value| {
        let at = |path| object.at(path).and_then(Value::as_str).unwrap_or_default();
        let is = |kind: &str, namespace: &str, name: &str| {
            (kind, namespace, name) == (at("kind"), at("metadata.namespace"), at("metadata.name"))
        };
        let system = matches!(at("kind"), "Node" | "Namespace")
            || at("metadata.namespace") == "kube-system"
            || (at("metadata.namespace") == "default" && at("metadata.name") == "kubernetes");
        !system || world.answers().iter().any(|answer| is(&answer.kind, &answer.namespace, &answer.name))
    };
    for object in world.stored().into_iter().filter(|object| written(object)) {
        let found = if marks { world.provenance_of(object) } else { None };
        let yaml = found.map_or_else(|| object.to_yaml(), |marks| report::marked_yaml(object, &marks));
        let _ = write!(text, "---\n{yaml}");
    }
    text
}

fn trace(arguments: &Trace) -> Result<bool, String> {
    let world = world(&arguments.files, &arguments.common.load)?;
    warn(&world);
    if let Some(file) = &arguments.flows {
        let flows = input::read(std::slice::from_ref(file))?.remove(0).text;
        let flows = query::read_flows(&flows).map_err(|error| format!("{file}: {error}"))?;
        let traces = query::flows(&world, &flows, arguments.common.load.seed)?;
        let text = match arguments.common.output {
            Format::Text | Format::Wide => traces.iter().fold(String::new(), |mut text, trace| {
                let _ = writeln!(text, "{}", query::trace_text(&world, trace));
                text
            }),
            format => machine(&query::flows_report(&world, &traces), format),
        };
        print(&text)?;
        return Ok(traces.iter().all(|trace| trace.verdict == Verdict::Delivered));
    }
    // Without --flows, clap has made sure of both.
    let (from, to) = (arguments.from.as_deref().unwrap_or_default(), arguments.to.as_deref().unwrap_or_default());
    let trace = query::trace(&world, from, to, &arguments.protocol, arguments.common.load.seed)?;
    let text = match arguments.common.output {
        Format::Text | Format::Wide => query::trace_text(&world, &trace),
        format => machine(&query::trace_report(&world, &trace), format),
    };
    print(&text)?;
    Ok(trace.verdict == Verdict::Delivered)
}

fn rules(arguments: &Rules) -> Result<bool, String> {
    let world = world(&arguments.files, &arguments.common.load)?;
    warn(&world);
    let text = match arguments.common.output {
        Format::Text | Format::Wide => query::rules_text(&world, &arguments.node)?,
        format => machine(&query::rules(&world, &arguments.node)?, format),
    };
    print(&text)?;
    Ok(true)
}

fn dns(arguments: &Dns) -> Result<bool, String> {
    let mut words = arguments.words.clone();
    let record_type = words.pop_if(|last| arguments.words.len() > 2 && QType::parse(last).is_some());
    let name = words.pop().unwrap_or_default();
    if words.is_empty() {
        return Err("a file or a name is missing: FILE... QNAME [TYPE]".to_string());
    }
    // A name before a type that nobody knows would be read as a file.
    if let [_, .., last] = words.as_slice()
        && record_type.is_none()
        && last != "-"
        && !Path::new(last).exists()
    {
        return Err(format!("{last}: no such file; or, as a name, {}", query::unknown_type(&name)));
    }
    let world = world(&words, &arguments.common.load)?;
    warn(&world);
    let resolution = query::resolve(&world, &arguments.from, &name, record_type.as_deref())?;
    let text = match arguments.common.output {
        Format::Text | Format::Wide => report::dns_text(&resolution),
        format => machine(&report::dns(&resolution), format),
    };
    print(&text)?;
    Ok(!matches!(resolution.outcome, Outcome::NotFound | Outcome::NoData))
}

fn simulate(arguments: &Simulate) -> Result<bool, String> {
    let world = world(&arguments.files, &arguments.common.load)?;
    warn(&world);
    let question = Simulation {
        duration: arguments.duration.clone(),
        from: arguments.from.clone(),
        to: arguments.to.clone(),
        rate: arguments.rate,
        seed: arguments.common.load.seed,
    };
    let run = query::run(&world, &question)?;
    let text = match arguments.common.output {
        Format::Text | Format::Wide => report::simulate_text(&run),
        format => machine(&report::simulate(&run), format),
    };
    print(&text)?;
    Ok(run.loads.iter().all(|load| load.counts.failed() == 0 && load.counts.unsent == 0))
}

fn get(arguments: &Get) -> Result<bool, String> {
    let mut files = arguments.words.clone();
    let kind = files.pop().unwrap_or_default();
    if files.is_empty() {
        return Err("a file or a kind is missing: FILE... KIND".to_string());
    }
    let world = world(&files, &arguments.common.load)?;
    warn(&world);
    let scope = if arguments.all_namespaces { Scope::All } else { Scope::Namespace(arguments.namespace.clone()) };
    let stored = world.stored();
    let answer = match arguments.common.output {
        Format::Text | Format::Wide => report::get(&stored, &kind, &scope, arguments.common.output == Format::Wide),
        format => report::get_objects(&stored, &kind, &scope).map(|chosen| {
            let list = Value::object([
                ("apiVersion", "v1".into()),
                ("kind", "List".into()),
                ("items", Value::Array(chosen.into_iter().cloned().collect())),
            ]);
            machine(&list, format)
        }),
    };
    match answer {
        Ok(text) => print(&text).map(|()| true),
        Err(report::GetError::Nothing(text)) => {
            eprintln!("{text}");
            Ok(true)
        }
        Err(error) => Err(query::get_error(error)),
    }
}
