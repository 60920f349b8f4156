//! The guide's pages in the built site: made by web/guide/site, with the names that the site gives its files.

use std::path::Path;

use crate::page::{hash, with_policy};
use crate::project::Project;
use crate::sh::{self, Result};
use crate::widget::{filled, found};

/// Makes `dist/guide`. The widget's script has to be there already.
pub(crate) fn finish(project: &Project, dist: &Path) -> Result<()> {
    let web = project.root.join("web");
    sh::run(project.command("npm").args(["run", "guide", "--silent"]).current_dir(&web))?;
    let built = web.join("guide/dist");
    let out = dist.join("guide");
    // A chapter that is there no more.
    if out.exists() {
        std::fs::remove_dir_all(&out)?;
    }
    std::fs::create_dir_all(&out)?;
    let named = |stem: &str, ending: &str| -> Result<String> {
        let text = std::fs::read_to_string(built.join(format!("{stem}{ending}")))?;
        // The typeface is the site's, a folder further up.
        let text = text.replace("./source-sans-3.woff2", "../source-sans-3.woff2");
        let name = format!("{stem}-{}{ending}", hash(text.as_bytes()));
        std::fs::write(out.join(&name), text)?;
        Ok(name)
    };
    let files = [
        ("FILE_GUIDE_STYLE", named("guide", ".css")?),
        ("FILE_GUIDE_SCRIPT", named("guide", ".js")?),
        ("FILE_ELEMENT", found(dist, "portolan-chart-", ".js")?),
    ];
    for entry in std::fs::read_dir(&built)?.flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|ending| ending == "html") {
            let html = filled(&std::fs::read_to_string(&path)?, &files)?;
            std::fs::write(out.join(entry.file_name()), with_policy(&html)?)?;
        }
    }
    Ok(())
}
