//! The project's commands: `cargo xtask help` lists them.

use std::process::ExitCode;

mod bench;
mod build;
mod docs;
mod fuzz;
mod guide;
mod lint;
mod npm;
mod offline;
mod order;
mod page;
mod project;
mod serve;
mod setup;
mod sh;
mod size;
mod test;
mod tidy;
mod widget;

const HELP: &str = "\
Usage: cargo xtask COMMAND [OPTIONS]

  setup              install what the commands below need, into the cache folder
  serve [--port N]   build the site and serve it on this machine (port 8080)
  serve --dev        the same, rebuilt and reloaded at each change
  serve --offline    the same, kept by the browser for when there is no network, as on a web host
  build              the static site, into dist/
  npm                the npm package, into target/npm/
  test               every test; or only --native, --wasm, --packages, --docs, --browser, --kernel
  lint               formatting, clippy, licences, tidiness
  size [--check]     the sizes against their budgets; --check fails when one is over
  bench [NAME]       figures and budgets: native, wasm, package, peer, page
  fuzz [--minutes N] [store|trace]
                     texts that nobody wrote, five minutes each

Each command installs what it needs itself. Tools go to $PORTOLAN_CACHE, or `portolan` in the user's cache folder.

  PORTOLAN_CACHE=DIR         where the tools are kept
  PORTOLAN_TOOLCHAIN=debian  build wasm with Debian's packages, as where rustup cannot download
  CHROME, CHROMEDRIVER       the browser and its driver, when they are not on PATH
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &[&str]) -> sh::Result<()> {
    let (command, options) = args.split_first().unwrap_or((&"help", &[]));
    let mut project = project::Project::open()?;
    match (*command, options) {
        ("setup", []) => setup::everything(&mut project),
        ("serve", options) => serve::run(&mut project, options),
        ("build", []) => build::run(&mut project),
        ("npm", []) => npm::run(&mut project).map(|folder| println!("{}", folder.display())),
        ("test", options) => test::run(&mut project, options),
        ("lint", []) => lint::run(&mut project),
        ("size", []) => size::run(&mut project, false),
        ("size", ["--check"]) => size::run(&mut project, true),
        ("fuzz", options) => fuzz::run(&mut project, options),
        ("bench", options) => bench::run(&mut project, options),
        ("help" | "--help" | "-h", _) => {
            print!("{HELP}");
            Ok(())
        }
        _ => Err(format!("no such command: {}\n\n{HELP}", args.join(" ")).into()),
    }
}
