//! The widget: its script with the names of the files that it loads, its style sheet, and the page for frames.

use std::path::Path;

use crate::page::{guarded, hash};
use crate::project::Project;
use crate::sh::{self, Result};

/// The page's style sheets, from which the widget's is made, and its own.
const STYLES: [&str; 5] = ["tokens.css", "page.css", "chart.css", "panels.css", "widget.css"];
/// The typeface.
const FONT: &str = "source-sans-3.woff2";

/// Makes `portolan-chart.js`, its types, its style sheet and `embed.html` in the built site.
pub(crate) fn finish(project: &Project, dist: &Path, editor: &str) -> Result<()> {
    let web = project.root.join("web");
    let built = web.join("widget/dist");
    std::fs::create_dir_all(&built)?;
    let mut styles = String::new();
    for name in STYLES {
        styles.push_str(&std::fs::read_to_string(web.join("styles").join(name))?);
    }
    std::fs::write(built.join("widget.css"), scoped(&styles))?;
    sh::run(project.command("npm").args(["run", "widget", "--silent"]).current_dir(&web))?;

    let named = |stem: &str, ending: &str, text: &str| -> Result<String> {
        let name = format!("{stem}-{}{ending}", hash(text.as_bytes()));
        std::fs::write(dist.join(&name), text)?;
        Ok(name)
    };
    let read = |name: &str| std::fs::read_to_string(built.join(name));
    let style = named("widget", ".css", &read("widget.css")?)?;
    let files = [
        ("FILE_GLUE", found(dist, "portolan-web-", ".js")?),
        ("FILE_WASM", found(dist, "portolan-web-", "_bg.wasm")?),
        ("FILE_STYLE", style),
        ("FILE_EDITOR", editor.to_owned()),
        ("FILE_FONT", FONT.to_owned()),
    ];
    let script = filled(&read("portolan-chart.js")?, &files)?;
    // The name that never changes, and one that can be cached for ever.
    std::fs::write(dist.join("portolan-chart.js"), &script)?;
    std::fs::copy(web.join("widget/portolan-chart.d.ts"), dist.join("portolan-chart.d.ts"))?;
    let files = [
        ("FILE_ELEMENT", named("portolan-chart", ".js", &script)?),
        ("FILE_FRAME_SCRIPT", named("frame", ".js", &read("frame.js")?)?),
        ("FILE_FRAME_STYLE", named("frame", ".css", &read("frame.css")?)?),
    ];
    let html = filled(&std::fs::read_to_string(web.join("widget/embed.html"))?, &files)?;
    Ok(std::fs::write(dist.join("embed.html"), guarded(&html)?)?)
}

/// Whether a page with the chart alone downloads a file of the site.
pub(crate) fn is_needed_by_chart(name: &str) -> bool {
    let script = name.starts_with("portolan-chart-") && name.ends_with(".js");
    let engine = name.starts_with("portolan-web-") && (name.ends_with(".js") || name.ends_with(".wasm"));
    script || engine || name.starts_with("widget-") || name == FONT || name == "bridge.js"
}

/// Whether a file of the site is the widget's alone.
pub(crate) fn is_own(name: &str) -> bool {
    ["portolan-chart", "widget-", "frame-", "embed.html"].iter().any(|start| name.starts_with(start))
}

/// The name of the engine's file with this ending, which Trunk made from its content.
pub(crate) fn found(dist: &Path, start: &str, ending: &str) -> Result<String> {
    let names = std::fs::read_dir(dist)?.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut names = names.filter(|name| name.starts_with(start) && name.ends_with(ending));
    Ok(names.next().ok_or_else(|| format!("dist has no {start}*{ending}: has Trunk changed?"))?)
}

/// A text with its file names; each of them has to be there.
pub(crate) fn filled(text: &str, files: &[(&str, String)]) -> Result<String> {
    let mut text = text.to_owned();
    for (mark, name) in files {
        // The mark and what ends it, so that no mark is the beginning of another.
        let ends = ['"', '\'', '`'];
        let before = text.len();
        for end in ends {
            text = text.replace(&format!("{mark}{end}"), &format!("{name}{end}"));
        }
        if text.len() == before && !text.contains(name.as_str()) {
            return Err(format!("the widget does not name {mark}").into());
        }
    }
    Ok(text)
}

/// The page's styles for a tree of the widget's own: its root is not the document's, its room is not the window, and a
/// typeface is not declared in it but by the script.
fn scoped(styles: &str) -> String {
    let mut text =
        styles.replace(":root", ".portolan").replace("@media (max-width:", "@container portolan (max-width:");
    while let Some(start) = text.find("@font-face") {
        let end = text[start..].find('}').map_or(text.len(), |end| start + end + 1);
        text.replace_range(start..end, "");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn styles_are_scoped_to_the_widget() {
        let page = "@font-face { src: url(a) }\n:root[data-theme=\"dark\"] { --a: b }\n@media (max-width: 860px) { .c { d: e } }";
        let widget =
            ".portolan[data-theme=\"dark\"] { --a: b }\n@container portolan (max-width: 860px) { .c { d: e } }";
        assert_eq!(scoped(page).trim(), widget);
    }

    #[test]
    fn each_file_is_named_and_a_forgotten_one_is_an_error() {
        let files = [("FILE_A", "a-1.js".to_string())];
        assert_eq!(filled("x=\"./FILE_A\"", &files).unwrap(), "x=\"./a-1.js\"");
        assert!(filled("x", &files).is_err());
    }

    #[test]
    fn the_editor_is_no_part_of_the_chart() {
        assert!(is_needed_by_chart("portolan-web-1_bg.wasm") && is_needed_by_chart("widget-1.css"));
        assert!(
            !["editor-1.js", "index.html", "boot-1.js", "portolan-chart.js"]
                .iter()
                .any(|name| is_needed_by_chart(name))
        );
        assert!(is_own("frame-1.js") && !is_own("page-1.css"));
    }
}
