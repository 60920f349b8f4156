//! What somebody copies to have a chart in a page of their own: an element, a frame, or a picture with a link.

/// The ways to have a chart in a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Way {
    /// `<portolan-chart>` and its script.
    #[default]
    Element,
    /// `<iframe>`.
    Frame,
    /// A picture that leads to the chart, in Markdown.
    Markdown,
}

impl Way {
    /// All, in order.
    pub(crate) const ALL: [Way; 3] = [Way::Element, Way::Frame, Way::Markdown];

    /// Its name on screen.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Way::Element => "Element",
            Way::Frame => "iframe",
            Way::Markdown => "Markdown",
        }
    }

    /// What it asks of the page.
    pub(crate) fn about(self) -> &'static str {
        match self {
            Way::Element => {
                "One script and one element. The YAML stays in the page, and is read as code where scripts are off."
            }
            Way::Frame => "For pages that take no script. Everything is in the address.",
            Way::Markdown => {
                "For places that take neither: a picture, which leads to the chart. Put the picture beside the text."
            }
        }
    }
}

/// What is chosen.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Choice {
    pub(crate) way: Way,
    /// chart, yaml, both or trace.
    pub(crate) view: String,
    /// light, dark, or empty to follow the page.
    pub(crate) theme: String,
    /// In pixels; empty fits the content.
    pub(crate) height: String,
    pub(crate) autoplay: bool,
    pub(crate) read_only: bool,
}

/// What is shown: the site's addresses, the text, and who sends to what where that was chosen.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Shown {
    /// The address of the element's script.
    pub(crate) script: String,
    /// The address of the page for frames, without query and hash.
    pub(crate) frame: String,
    /// The link to all of it.
    pub(crate) link: String,
    /// What follows `#` in it.
    pub(crate) hash: String,
    pub(crate) yaml: String,
    pub(crate) packet: Option<(String, String)>,
}

/// Without a height of its own a frame is so high, in pixels.
const FRAME_HEIGHT: &str = "560";

/// The attributes that differ from what they are by themselves.
fn attributes(choice: &Choice) -> Vec<(&'static str, &str)> {
    let mut all = Vec::new();
    if choice.view != "chart" {
        all.push(("view", choice.view.as_str()));
    }
    if !choice.theme.is_empty() {
        all.push(("theme", choice.theme.as_str()));
    }
    if choice.autoplay {
        all.push(("autoplay", ""));
    }
    if choice.read_only {
        all.push(("readonly", ""));
    }
    all
}

/// The address of the frame.
pub(crate) fn frame(choice: &Choice, shown: &Shown) -> String {
    let query: Vec<_> = attributes(choice)
        .iter()
        .map(|(name, value)| if value.is_empty() { (*name).to_string() } else { format!("{name}={value}") })
        .collect();
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{}{mark}{}#{}", shown.frame, query.join("&"), shown.hash)
}

/// The text to copy.
pub(crate) fn snippet(choice: &Choice, shown: &Shown) -> String {
    match choice.way {
        Way::Element => {
            let mut attributes = attributes(choice);
            if !choice.height.is_empty() {
                attributes.push(("height", &choice.height));
            }
            if let Some((from, to)) = &shown.packet {
                attributes.push(("from", from));
                attributes.push(("to", to));
            }
            let mut tag = String::from("<portolan-chart");
            for (name, value) in attributes {
                tag.push_str(&if value.is_empty() {
                    format!(" {name}")
                } else {
                    format!(" {name}=\"{}\"", escaped(value))
                });
            }
            // For Markdown: some kinds know `div` alone as the beginning of a page's own markup, and for the others what follows
            // an empty line is a block of its own, in which empty lines are text.
            format!(
                "<script src=\"{}\" defer></script>\n\n<div>\n\n{tag}>\n\n<pre><code class=\"language-yaml\">{}</code></pre>\n\n</portolan-chart>\n\n</div>\n",
                escaped(&shown.script),
                escaped(&shown.yaml)
            )
        }
        Way::Frame => {
            let height = if choice.height.is_empty() { FRAME_HEIGHT } else { &choice.height };
            format!(
                "<iframe src=\"{}\" title=\"Kubernetes Services, live\" width=\"100%\" height=\"{}\" loading=\"lazy\" allow=\"clipboard-write\"></iframe>\n",
                escaped(&frame(choice, shown)),
                escaped(height)
            )
        }
        Way::Markdown => format!("[![Kubernetes Services: open the live chart](portolan.svg)]({})\n", shown.link),
    }
}

/// A text as text of a page, also within quotes.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown() -> Shown {
        Shown {
            script: "https://a.example/portolan-chart.js".into(),
            frame: "https://a.example/embed.html".into(),
            link: "https://a.example/#1.abc".into(),
            hash: "1.abc".into(),
            yaml: "a: \"<b> & c\"\n\nd: e\n".into(),
            packet: Some(("external".into(), "web:80".into())),
        }
    }

    #[test]
    fn an_element_holds_the_yaml_as_text() {
        let choice = Choice { view: "both".into(), height: "400".into(), read_only: true, ..Choice::default() };
        let text = snippet(&choice, &shown());
        assert!(
            text.contains(
                "<portolan-chart view=\"both\" readonly height=\"400\" from=\"external\" to=\"web:80\">\n\n<pre>"
            ),
            "{text}"
        );
        assert!(text.contains("a: &quot;&lt;b&gt; &amp; c&quot;\n\nd: e\n</code>"), "{text}");
    }

    #[test]
    fn a_frame_says_in_its_address_what_differs() {
        let mut choice = Choice { way: Way::Frame, view: "chart".into(), ..Choice::default() };
        assert_eq!(frame(&choice, &shown()), "https://a.example/embed.html#1.abc");
        choice.view = "trace".into();
        choice.autoplay = true;
        assert_eq!(frame(&choice, &shown()), "https://a.example/embed.html?view=trace&autoplay#1.abc");
        assert!(snippet(&choice, &shown()).contains("?view=trace&amp;autoplay#1.abc\" title="));
    }

    #[test]
    fn markdown_is_a_picture_that_leads_to_the_chart() {
        let choice = Choice { way: Way::Markdown, ..Choice::default() };
        assert!(snippet(&choice, &shown()).ends_with("(portolan.svg)](https://a.example/#1.abc)\n"));
    }
}
