//! The site without a network: the service worker with the list of the site's files, and the script that registers it.

use std::path::Path;

use crate::page::hash;
use crate::project::Project;
use crate::sh::{self, Result};

/// The service worker: its name never changes, and it lies at the top because it governs its folder.
pub(crate) const WORKER: &str = "offline-worker.js";
/// The page for frames belongs to the page around it, which decides for itself what it keeps.
const FRAME: &str = "embed.html";
/// Where a page names the script: behind the policy, and behind what the page itself needs.
const END: &str = "</head>";

/// Makes the service worker in the built site. Everything else has to be there already.
pub(crate) fn finish(project: &Project, dist: &Path) -> Result<()> {
    let web = project.root.join("web");
    sh::run(project.command("npm").args(["run", "offline", "--silent"]).current_dir(&web))?;
    let built = web.join("offline/dist");
    let script = std::fs::read(built.join("offline.js"))?;
    let name = format!("offline-{}.js", hash(&script));
    std::fs::write(dist.join(&name), script)?;
    for page in files(dist)?.iter().filter(|path| path.ends_with(".html") && *path != FRAME) {
        let file = dist.join(page);
        let mut html = std::fs::read_to_string(&file)?;
        let up = "../".repeat(page.matches('/').count());
        let place = if up.is_empty() { "./" } else { &up };
        let end = html.find(END).ok_or_else(|| format!("{page} has no {END}"))?;
        html.insert_str(end, &format!("<script type=\"module\" src=\"{place}{name}\"></script>"));
        std::fs::write(file, html)?;
    }
    let mut list = Vec::new();
    for path in files(dist)?.into_iter().filter(|path| is_kept(path)) {
        let hash = hash(&std::fs::read(dist.join(&path))?);
        list.push((path, hash));
    }
    let worker = std::fs::read_to_string(built.join("worker.js"))?;
    Ok(std::fs::write(dist.join(WORKER), with_list(&list, &worker))?)
}

/// Whether a reader's browser ever asks for a file; the worker itself is looked after by the browser.
fn is_kept(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    path != WORKER && !name.starts_with('.') && !name.ends_with(".d.ts") && !name.ends_with(".map")
}

/// The worker's text behind its list, which is a line of JSON; the version is made from both.
fn with_list(list: &[(String, String)], worker: &str) -> String {
    let files: Vec<_> = list.iter().map(|(path, hash)| format!("\"{path}\":\"{hash}\"")).collect();
    let files = files.join(",");
    let version = hash(format!("{files}{worker}").as_bytes());
    format!("self.portolan={{\"version\":\"{version}\",\"files\":{{{files}}}}};\n{worker}")
}

/// The paths of all files below a folder, with slashes, in order.
fn files(folder: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)?.flatten() {
        let name = entry.file_name().into_string().map_err(|name| format!("{} is no UTF-8", name.display()))?;
        if name.contains(['"', '\\', '%', '?', '#', ' ']) {
            return Err(format!("dist has a file that an address cannot name as it is: {name}").into());
        }
        if entry.path().is_dir() {
            found.extend(files(&entry.path())?.into_iter().map(|path| format!("{name}/{path}")));
        } else {
            found.push(name);
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(hash: &str) -> Vec<(String, String)> {
        vec![("guide/index.html".into(), hash.into()), ("index.html".into(), "2".into())]
    }

    #[test]
    fn the_worker_begins_with_the_list_as_json() {
        let text = with_list(&list("1"), "work();\n");
        let (first, rest) = text.split_once('\n').unwrap();
        assert!(first.starts_with("self.portolan={\"version\":\""), "{first}");
        assert!(first.ends_with("\"files\":{\"guide/index.html\":\"1\",\"index.html\":\"2\"}};"), "{first}");
        assert_eq!(rest, "work();\n");
    }

    #[test]
    fn the_version_follows_files_and_worker() {
        let version = |hash, worker| with_list(&list(hash), worker).split('"').nth(3).map(str::to_owned).unwrap();
        assert_eq!(version("1", "a"), version("1", "a"));
        assert_ne!(version("1", "a"), version("3", "a"));
        assert_ne!(version("1", "a"), version("1", "b"));
    }

    #[test]
    fn what_no_reader_asks_for_is_not_kept() {
        assert!(["index.html", "guide/01-a.html", "source-sans-3.woff2", "a_bg.wasm"].iter().all(|path| is_kept(path)));
        assert!(![WORKER, "portolan-chart.d.ts", ".nojekyll", "guide/.x", "a.js.map"].iter().any(|path| is_kept(path)));
    }

    #[test]
    fn paths_have_slashes_and_an_order() {
        let found = files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap();
        assert!(found.is_sorted() && found.contains(&"main.rs".into()) && found.contains(&"setup/mod.rs".into()));
    }
}
