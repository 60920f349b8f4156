//! Files and standard input to texts.

use std::io::Read;

use portolan_core::world::Input;

/// Reads every file; `-` is standard input. Bytes that are no UTF-8 are replaced, so that the engine can say where.
pub(crate) fn read(files: &[String]) -> Result<Vec<Input>, String> {
    files.iter().map(|file| read_one(file)).collect()
}

fn read_one(file: &str) -> Result<Input, String> {
    let mut bytes = Vec::new();
    let read = if file == "-" {
        std::io::stdin().lock().read_to_end(&mut bytes).map(|_| ())
    } else {
        std::fs::read(file).map(|content| bytes = content)
    };
    read.map_err(|error| format!("{file}: {error}"))?;
    Ok(Input { name: file.to_string(), text: String::from_utf8_lossy(&bytes).into_owned() })
}
