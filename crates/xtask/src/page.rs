//! What is done to the page after Trunk: no inline script, a content security policy.

use std::path::Path;

use crate::sh::Result;

/// Scripts come from the site alone and nothing is sent anywhere; `wasm-unsafe-eval` allows compiling wasm, not `eval`.
/// The nonce is for the style sheet that the editor makes for itself; it is fixed because the site is static, and it opens styles only.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'nonce-portolan'; \
                      img-src 'self' data:; font-src 'self'; frame-src 'self'; connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'";

/// Finishes `dist/index.html`.
pub(crate) fn finish(dist: &Path, editor: Option<&str>) -> Result<()> {
    let mut html = std::fs::read_to_string(dist.join("index.html"))?;
    let script = take_inline_script(&mut html)?;
    let boot = format!("boot-{}.js", hash(script.as_bytes()));
    std::fs::write(dist.join(&boot), script)?;
    if let Some(editor) = editor {
        name_editor(&mut html, editor)?;
    }
    // Last, so that it comes first: a policy governs what follows it.
    insert_after(&mut html, CHARSET, &format!("\n    <script type=\"module\" src=\"./{boot}\"></script>"))?;
    Ok(std::fs::write(dist.join("index.html"), guarded(&html)?)?)
}

/// What each page of the site begins with.
const CHARSET: &str = "<meta charset=\"utf-8\">";

/// A page under the content security policy, and without its comments.
pub(crate) fn guarded(html: &str) -> Result<String> {
    Ok(tidy(&with_policy(html)?))
}

/// A page under the content security policy.
pub(crate) fn with_policy(html: &str) -> Result<String> {
    let mut html = html.to_owned();
    insert_after(
        &mut html,
        CHARSET,
        &format!("\n    <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">"),
    )?;
    Ok(html)
}

/// Tells the page where the editor's bundle is, in the tag that it reads when it wants the editor.
fn name_editor(html: &mut String, editor: &str) -> Result<()> {
    if html.contains("./editor.js") {
        *html = html.replace("./editor.js", &format!("./{editor}"));
        return Ok(());
    }
    let tag = format!("\n    <meta name=\"portolan-editor\" content=\"./{editor}\">");
    insert_after(html, CHARSET, &tag)
}

/// Cuts out the one inline script, the start-up code that Trunk writes.
fn take_inline_script(html: &mut String) -> Result<String> {
    const OPEN: &str = "<script type=\"module\">";
    let start = html.find(OPEN).ok_or("index.html has no start-up script: has Trunk changed?")?;
    let end = html[start..].find("</script>").ok_or("index.html: a script without an end")? + start;
    let script = html[start + OPEN.len()..end].trim().to_owned() + "\n";
    html.replace_range(start..end + "</script>".len(), "");
    if html.match_indices("<script").any(|(at, _)| !html[at..].split('>').next().unwrap_or("").contains("src=")) {
        return Err(
            "index.html has an inline script, which the content security policy forbids: put it in a file".into()
        );
    }
    Ok(script)
}

fn insert_after(html: &mut String, mark: &str, text: &str) -> Result<()> {
    let at = html.find(mark).ok_or_else(|| format!("index.html has no {mark}"))? + mark.len();
    html.insert_str(at, text);
    Ok(())
}

/// Without the comments and the empty lines.
fn tidy(html: &str) -> String {
    let mut rest = html;
    let mut kept = String::new();
    while let Some(start) = rest.find("<!--") {
        kept.push_str(&rest[..start]);
        rest = rest[start..].split_once("-->").map_or("", |(_, after)| after);
    }
    kept.push_str(rest);
    let lines = kept.lines().map(str::trim_end).filter(|line| !line.is_empty());
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// A short name for a file's content (FNV-1a): a new content gets a new name, so that the file can be cached for ever.
pub(crate) fn hash(bytes: &[u8]) -> String {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    format!("{:016x}", bytes.iter().fold(0xcbf2_9ce4_8422_2325, step))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<!-- a\nnote -->\n<script type=\"module\">\nstart();\n</script>\n</head></html>";

    #[test]
    fn the_start_up_script_is_cut_out() {
        let mut html = PAGE.to_owned();
        assert_eq!(take_inline_script(&mut html).unwrap(), "start();\n");
        assert!(!html.contains("<script"));
    }

    #[test]
    fn another_inline_script_is_refused() {
        let mut html = PAGE.replace("</head>", "<script>more()</script></head>");
        assert!(take_inline_script(&mut html).is_err());
        let mut html = PAGE.replace("</head>", "<script src=\"./a.js\"></script></head>");
        assert!(take_inline_script(&mut html).is_ok());
    }

    #[test]
    fn the_editor_is_named_once_whether_or_not_the_page_names_it() {
        const TAG: &str = "<meta name=\"portolan-editor\" content=\"./editor-1.js\">";
        let (mut without, mut with) = (PAGE.to_owned(), PAGE.replace("</head>", &TAG.replace("-1.js", ".js")));
        for html in [&mut without, &mut with] {
            name_editor(html, "editor-1.js").unwrap();
            assert_eq!(html.matches(TAG).count(), 1);
        }
    }

    #[test]
    fn comments_and_empty_lines_go() {
        assert_eq!(tidy("a\n<!-- x\ny -->\n\nb"), "a\nb\n");
    }
}
