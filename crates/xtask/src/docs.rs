//! The widget in documentation: sites built by real tools, for the tests to open.

use std::path::Path;
use std::process::Command;

use crate::project::Project;
use crate::sh::{self, Result};

/// One tool and how its site is made: the folder of its sources, and where the site goes.
type Tool = (&'static str, fn(&Project, &Path, &Path) -> Result<()>);

const TOOLS: [Tool; 4] = [("html", html), ("mdbook", mdbook), ("mkdocs", mkdocs), ("docusaurus", docusaurus)];

/// Builds each site below `out`, with the widget's files in `portolan/`. A tool that cannot be had leaves a file that says
/// why; in CI that is an error.
pub(crate) fn build(project: &Project, out: &Path) -> Result<()> {
    if out.exists() {
        std::fs::remove_dir_all(out)?;
    }
    std::fs::create_dir_all(out)?;
    for (name, make) in TOOLS {
        let (sources, site) = (project.root.join("tests/docs").join(name), out.join(name));
        match make(project, &sources, &site) {
            Ok(()) => copy(&project.dist(), &site.join("portolan"))?,
            Err(error) if std::env::var_os("CI").is_some() => return Err(format!("{name}: {error}").into()),
            Err(error) => {
                eprintln!("skipped: {name}: {error}");
                std::fs::write(out.join(format!("{name}.skipped")), format!("{name} cannot be had here: {error}\n"))?;
            }
        }
    }
    Ok(())
}

fn html(_: &Project, sources: &Path, site: &Path) -> Result<()> {
    copy(sources, site)
}

fn mdbook(project: &Project, sources: &Path, site: &Path) -> Result<()> {
    let bin = python(project)?;
    sh::run(Command::new(bin.join("mdbook")).arg("build").arg(sources).arg("-d").arg(site))
}

fn mkdocs(project: &Project, sources: &Path, site: &Path) -> Result<()> {
    let bin = python(project)?;
    let mut mkdocs = Command::new(bin.join("mkdocs"));
    mkdocs.args(["build", "--quiet", "--strict", "-f"]).arg(sources.join("mkdocs.yml")).arg("-d").arg(site);
    sh::run(mkdocs.env("NO_MKDOCS_2_WARNING", "1"))
}

fn docusaurus(project: &Project, sources: &Path, site: &Path) -> Result<()> {
    let (lock, copy) = (sources.join("package-lock.json"), sources.join("node_modules/.portolan-lock"));
    let wanted = std::fs::read(&lock)?;
    if std::fs::read(&copy).ok().as_ref() != Some(&wanted) {
        eprintln!("[set-up] the npm packages of tests/docs/docusaurus/ (about 1 minute)");
        let quiet = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
        sh::run(project.command("npm").args(quiet).current_dir(sources))?;
        std::fs::copy(&lock, &copy)?;
    }
    let mut npm = project.command("npm");
    npm.args(["run", "build", "--silent", "--", "--out-dir"]).arg(site).current_dir(sources);
    // It asks nobody, and nobody is told.
    sh::run(
        npm.env("DOCUSAURUS_IGNORE_SSG_WARNINGS", "true")
            .env("NO_UPDATE_NOTIFIER", "1")
            .env("BROWSERSLIST_IGNORE_OLD_DATA", "1"),
    )
}

/// The folder of the programs that Python's registry has, in an environment of the versions that are written down.
fn python(project: &Project) -> Result<std::path::PathBuf> {
    let list = project.root.join("tests/docs/requirements.txt");
    let versions = crate::page::hash(&std::fs::read(&list)?);
    let place = project.cache.join(format!("docs-{versions}"));
    let done = place.join("done");
    if !done.exists() {
        eprintln!("[set-up] mdBook and MkDocs Material");
        std::fs::create_dir_all(&project.cache)?;
        sh::run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&place))?;
        let quiet = ["install", "--quiet", "--disable-pip-version-check", "--no-deps", "-r"];
        sh::run(Command::new(place.join("bin/pip")).args(quiet).arg(list))?;
        std::fs::write(&done, "")?;
    }
    Ok(place.join("bin"))
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)?.flatten() {
        let place = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &place)?;
        } else {
            std::fs::copy(entry.path(), place)?;
        }
    }
    Ok(())
}
