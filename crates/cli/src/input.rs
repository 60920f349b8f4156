//! Files, directories and standard input to texts.

use std::io::Read;
use std::path::Path;

use portolan_core::world::Input;

/// Reads every file; `-` is standard input, a directory all *.yaml and *.yml in it and below. Bytes that are no UTF-8
/// are replaced, so that the engine can say where.
pub(crate) fn read(files: &[String]) -> Result<Vec<Input>, String> {
    let mut all = Vec::new();
    for file in files {
        if is_directory(file) {
            all.extend(manifests(file)?.iter().map(|file| read_one(file)).collect::<Result<Vec<_>, _>>()?);
        } else {
            all.push(read_one(file)?);
        }
    }
    Ok(all)
}

/// Whether this names a directory.
pub(crate) fn is_directory(file: &str) -> bool {
    file != "-" && Path::new(file).is_dir()
}

/// The manifests of a directory and of those in it, in the order of their names. Hidden ones and links to directories
/// are left out: a link may lead back; so is what kustomize is told.
pub(crate) fn manifests(folder: &str) -> Result<Vec<String>, String> {
    let wrong = |error: std::io::Error| format!("{folder}: {error}");
    let mut entries = std::fs::read_dir(folder).map_err(wrong)?.collect::<Result<Vec<_>, _>>().map_err(wrong)?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    let mut found = Vec::new();
    for entry in entries.iter().filter(|entry| !entry.file_name().to_string_lossy().starts_with('.')) {
        let path = entry.path();
        let text = path.to_str().ok_or_else(|| format!("{}: the name is no UTF-8", path.display()))?;
        let kind = entry.file_type().map_err(wrong)?;
        let yaml = path.extension().is_some_and(|end| end == "yaml" || end == "yml");
        if kind.is_dir() {
            found.extend(manifests(text)?);
        } else if yaml && !is_recipe(&entry.file_name()) && path.is_file() {
            found.push(text.to_string());
        }
    }
    Ok(found)
}

/// Whether a file is what makes manifests, and none itself: no API server is ever sent it.
fn is_recipe(name: &std::ffi::OsStr) -> bool {
    ["kustomization.yaml", "kustomization.yml"].iter().any(|recipe| name == *recipe)
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
