//! Values to standard output.

use std::io::Write;

use portolan_core::objects::Value;

use crate::args::Format;

/// The text of `value` in a machine's format.
pub(crate) fn machine(value: &Value, format: Format) -> String {
    match format {
        Format::Yaml => value.to_yaml(),
        _ => {
            let mut text = value.to_json_pretty();
            text.push('\n');
            text
        }
    }
}

/// Writes; a reader that has gone away (`| head`) is no error.
pub(crate) fn print(text: &str) -> Result<(), String> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(format!("standard output: {error}")),
        _ => Ok(()),
    }
}
