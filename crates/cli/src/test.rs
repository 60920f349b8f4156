//! `portolan test`: tries the expectations of every cluster, and prints how it went.

use std::fmt::Write;
use std::io::IsTerminal;

use portolan_core::objects::Value;
use portolan_core::query;
use portolan_core::report;
use portolan_core::verify::{self, Checked};
use portolan_core::world::{Placed, World};

use crate::args::{Format, Test, TestFormat};
use crate::commands::{load_world, proxy_mode, warn};
use crate::input;
use crate::output::{machine, print};

/// One expectation as it is printed.
struct Line {
    name: String,
    /// The file that it stands in, and the whole place.
    file: String,
    place: String,
    /// What is otherwise; nothing where it holds.
    why: Vec<String>,
    /// It is about other modes than the one that was asked for.
    skipped: bool,
}

/// Tries them all. True where each holds.
pub(crate) fn run(arguments: &Test) -> Result<bool, String> {
    let tried = attempt(arguments);
    if let Err(message) = &tried {
        // Whoever reads the report learns of it, too.
        let report = match arguments.format {
            TestFormat::Plain => String::new(),
            TestFormat::Tap => format!("TAP version 14\nBail out! {}\n", message.lines().next().unwrap_or_default()),
            TestFormat::Junit => unreadable(message),
            TestFormat::Json => machine(&Value::object([("error", Value::from(message.as_str()))]), Format::Json),
        };
        print(&report)?;
    }
    tried
}

fn attempt(arguments: &Test) -> Result<bool, String> {
    let mut lines = Vec::new();
    let mut results = Vec::new();
    for files in clusters(arguments)? {
        let inputs = input::read(&files)?;
        let world = load_world(&inputs, &arguments.load);
        let errors = query::test_errors_text(&world);
        if !errors.is_empty() {
            if world.expectations().is_empty() && !inputs.iter().any(|input| input.text.contains("Expectation")) {
                // It claims nothing: a chart's template, say.
                eprintln!("portolan: passed over, as it cannot be read and claims nothing: {}", files.join(", "));
                continue;
            }
            return Err(format!("nothing was tried: the input cannot be read\n{}", errors.trim_end()));
        }
        if world.expectations().is_empty() {
            continue;
        }
        warn_unless_expected(&world);
        if !arguments.together && is_bare(&world) {
            let files = files.join(", ");
            eprintln!(
                "portolan: {files} has claims and no object: they are tried on the default cluster; --together makes one \
                 cluster of all files"
            );
        }
        let wanted = |placed: &Placed| placed.expectation.name.contains(&arguments.filter);
        let mode = arguments.load.mode.map(proxy_mode);
        let checked = verify::verify(&world, mode, &wanted);
        lines.extend(checked.iter().map(|one| {
            let place = report::test_place(&world, one);
            Line {
                name: one.placed.expectation.name.clone(),
                file: place.rsplitn(3, ':').last().unwrap_or_default().to_string(),
                place,
                why: report::test_failure_text(&world, one),
                skipped: false,
            }
        }));
        let other = |placed: &&Placed| {
            let modes = &placed.expectation.modes;
            wanted(placed) && !modes.is_empty() && mode.is_some_and(|mode| !modes.contains(&mode))
        };
        lines.extend(world.expectations().iter().filter(other).map(|placed| {
            let none = Checked { placed, modes: Vec::new(), failures: Vec::new() };
            let place = report::test_place(&world, &none);
            let file = place.rsplitn(3, ':').last().unwrap_or_default().to_string();
            Line { name: placed.expectation.name.clone(), file, place, why: Vec::new(), skipped: true }
        }));
        if arguments.format == TestFormat::Json
            && let Some(Value::Array(all)) = report::test(&world, &checked).get("results")
        {
            results.extend(all.iter().cloned());
        }
    }
    if lines.is_empty() && !arguments.allow_empty {
        let which = if arguments.filter.is_empty() { "" } else { " that --filter takes" };
        return Err(format!("there is no expectation{which} in the input; --allow-empty makes that fine"));
    }
    for line in &mut lines {
        line.name = line.name.replace(['\n', '\r'], " ");
    }
    let text = match arguments.format {
        TestFormat::Plain => plain(&lines),
        TestFormat::Tap => tap(&lines),
        TestFormat::Junit => junit(&lines),
        TestFormat::Json => machine(&json(&lines, results), Format::Json),
    };
    print(&text)?;
    Ok(lines.iter().all(|line| line.why.is_empty()))
}

/// Whether there is nothing but claims and what a run does.
fn is_bare(world: &World) -> bool {
    world.answers().iter().all(|answer| matches!(answer.kind.as_str(), "Expectation" | "Scenario"))
}

/// Refusals that no expectation asks about are worth a word.
fn warn_unless_expected(world: &World) {
    use portolan_core::expect::Claim;
    let asked = |claim: &Claim| matches!(claim, Claim::Object(_) | Claim::Diagnostics(_));
    if !world.expectations().iter().any(|placed| asked(&placed.expectation.claim)) {
        warn(world);
    }
}

/// The files of each cluster.
fn clusters(arguments: &Test) -> Result<Vec<Vec<String>>, String> {
    let (folders, files): (Vec<&String>, Vec<&String>) =
        arguments.files.iter().partition(|file| input::is_directory(file));
    if arguments.together {
        let mut all = folders.iter().map(|folder| input::manifests(folder)).collect::<Result<Vec<_>, _>>()?;
        all.push(files.into_iter().cloned().collect());
        return Ok(all.into_iter().filter(|files| !files.is_empty()).collect());
    }
    let mut all = Vec::new();
    for file in &arguments.files {
        if input::is_directory(file) {
            all.extend(input::manifests(file)?.into_iter().map(|file| vec![file]));
        } else {
            all.push(vec![file.clone()]);
        }
    }
    Ok(all)
}

fn failed(lines: &[Line]) -> usize {
    lines.iter().filter(|line| !line.why.is_empty()).count()
}

fn skipped(lines: &[Line]) -> usize {
    lines.iter().filter(|line| line.skipped).count()
}

fn json(lines: &[Line], results: Vec<Value>) -> Value {
    let (failed, skipped) = (failed(lines), skipped(lines));
    // Far below 2^63.
    let count = |number: usize| Value::Int(number as i64);
    Value::object([
        ("passed", count(lines.len() - failed - skipped)),
        ("failed", count(failed)),
        ("skipped", count(skipped)),
        ("results", Value::Array(results)),
    ])
}

/// For people: a line each under its file, and what is otherwise under that.
fn plain(lines: &[Line]) -> String {
    // https://no-color.org: any value that is not empty.
    let quiet = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let colour =
        std::io::stdout().is_terminal() && !quiet && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
    let paint = |code: &str, text: &str| if colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_string() };
    let mut text = String::new();
    let mut file = "";
    // Writing to a String cannot fail.
    for line in lines {
        if line.file != file {
            file = &line.file;
            let _ = writeln!(text, "{file}");
        }
        if line.skipped {
            let _ = writeln!(text, "  skip {} (another mode's)", line.name);
            continue;
        }
        if line.why.is_empty() {
            let _ = writeln!(text, "  {} {}", paint("32", "ok  "), line.name);
            continue;
        }
        let _ = writeln!(text, "  {} {} ({})", paint("1;31", "FAIL"), line.name, line.place);
        for why in &line.why {
            let _ = writeln!(text, "         {why}");
        }
    }
    let (failed, skipped) = (failed(lines), skipped(lines));
    let hold = lines.len() - failed - skipped;
    let mut total = format!("{hold} hold, {failed} {}", if failed == 1 { "does not" } else { "do not" });
    if skipped > 0 {
        let _ = write!(total, ", {skipped} skipped");
    }
    let _ = writeln!(text, "\n{}", paint(if failed == 0 { "32" } else { "1;31" }, &total));
    text
}

/// The Test Anything Protocol, version 14.
fn tap(lines: &[Line]) -> String {
    let mut text = format!("TAP version 14\n1..{}\n", lines.len());
    for (index, line) in lines.iter().enumerate() {
        let word = if line.why.is_empty() { "ok" } else { "not ok" };
        let name = line.name.replace('\\', "\\\\").replace('#', "\\#");
        let skip = if line.skipped { " # SKIP another mode's" } else { "" };
        let _ = writeln!(text, "{word} {} - {name}{skip}", index + 1);
        if !line.why.is_empty() {
            let _ = writeln!(text, "  ---\n  at: {}\n  message: |", Value::from(line.place.as_str()).to_json());
            for why in &line.why {
                let _ = writeln!(text, "    {}", why.replace('\n', "\n    "));
            }
            text.push_str("  ...\n");
        }
    }
    text
}

/// JUnit's XML, a suite for each file.
fn junit(lines: &[Line]) -> String {
    let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_string();
    let _ = writeln!(text, "<testsuites tests=\"{}\" failures=\"{}\">", lines.len(), failed(lines));
    for suite in lines.chunk_by(|a, b| a.file == b.file) {
        let file = suite.first().map(|line| xml(&line.file)).unwrap_or_default();
        let counts = format!("tests=\"{}\" failures=\"{}\" skipped=\"{}\"", suite.len(), failed(suite), skipped(suite));
        let _ = writeln!(text, "  <testsuite name=\"{file}\" {counts}>");
        for line in suite {
            // Those of one name are told apart by their place, or a reader takes them for one.
            let twin = suite.iter().filter(|other| other.name == line.name).count() > 1;
            let name = if twin { format!("{} ({})", line.name, line.place) } else { line.name.clone() };
            let _ = write!(text, "    <testcase classname=\"{file}\" name=\"{}\"", xml(&name));
            if line.skipped {
                text.push_str("><skipped/></testcase>\n");
            } else if line.why.is_empty() {
                text.push_str("/>\n");
            } else {
                let tidy = |one: &String| one.split_whitespace().collect::<Vec<_>>().join(" ");
                let first = line.why.iter().take(2).map(tidy).collect::<Vec<_>>().join(", ");
                let all = xml(&format!("{}\n{}", line.place, line.why.join("\n")));
                let _ =
                    writeln!(text, ">\n      <failure message=\"{}\">{all}</failure>\n    </testcase>", xml(&first));
            }
        }
        text.push_str("  </testsuite>\n");
    }
    text.push_str("</testsuites>\n");
    text
}

/// JUnit's XML of input that could not be tried.
fn unreadable(message: &str) -> String {
    let first = xml(message.lines().next().unwrap_or_default());
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites tests=\"1\" errors=\"1\">\n  <testsuite name=\"portolan\" \
         tests=\"1\" errors=\"1\">\n    <testcase classname=\"portolan\" name=\"the input\"><error \
         message=\"{first}\">{}</error></testcase>\n  </testsuite>\n</testsuites>\n",
        xml(message)
    )
}

/// Text for XML; characters that it cannot have are left out.
fn xml(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(c),
            '\u{fffe}' | '\u{ffff}' => {}
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}
