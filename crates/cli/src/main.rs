//! `portolan`: the engine on the command line.
//!
//! Exit codes: 0 fine, 1 findings or not delivered, 2 usage or unreadable input.

mod args;
mod commands;
mod input;
mod output;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let arguments = match args::Arguments::try_parse() {
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
