//! `portolan`: the engine on the command line.
//!
//! Exit codes: 0 fine, 1 findings or not delivered, 2 usage or unreadable input.

mod args;
mod commands;
mod input;
mod output;
mod test;

use std::path::Path;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};

fn main() -> ExitCode {
    let parsed = command().try_get_matches().and_then(|matches| args::Arguments::from_arg_matches(&matches));
    let arguments = match parsed {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are no errors; clap prints each where it belongs. Nothing is left to do if that fails.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    match commands::run(&arguments) {
        Ok(fine) => ExitCode::from(if fine { 0 } else { 1 }),
        Err(message) => {
            eprintln!("portolan: {message}");
            ExitCode::from(2)
        }
    }
}

/// The commands, by the name that they were called by: kubectl calls a plugin by its file.
pub(crate) fn command() -> clap::Command {
    let called = std::env::args_os().next().unwrap_or_default();
    let plugin = Path::new(&called).file_stem().is_some_and(|name| name == "kubectl-portolan");
    let command = args::Arguments::command();
    if plugin { command.name("kubectl-portolan").bin_name("kubectl portolan") } else { command }
}

/// The manual page, with a section for each command.
pub(crate) fn manual(page: &mut Vec<u8>) -> std::io::Result<()> {
    let mut command = command();
    command.build();
    clap_mangen::Man::new(command.clone()).render(page)?;
    for one in command.get_subcommands().filter(|one| one.get_name() != "help") {
        let man = clap_mangen::Man::new(one.clone());
        man.render_name_section(page)?;
        man.render_synopsis_section(page)?;
        man.render_options_section(page)?;
        man.render_extra_section(page)?;
    }
    Ok(())
}
