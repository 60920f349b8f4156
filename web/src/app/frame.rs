//! The parts of the page's frame: header, panes, caption, drawer.

use yew::prelude::*;

use super::{App, Msg};
use crate::browser;
use crate::editor::Known;
use crate::list::list;
use crate::panels;
use crate::panels::rules::Same;
use crate::state::action::{Action, Pane, Tab};

/// How many Services without pods are named.
const OFFERED: usize = 4;

impl App {
    /// The header: name and actions.
    pub(super) fn header(&self, ctx: &Context<Self>, act: &Callback<Action>) -> Html {
        let model = &self.model;
        let fire = |action: Action| {
            let act = act.clone();
            Callback::from(move |_: MouseEvent| act.emit(action.clone()))
        };
        let theme = match self.theme {
            None => ("auto", "Theme: the system's"),
            Some("light") => ("light", "Theme: light"),
            Some(_) => ("dark", "Theme: dark"),
        };
        let share = ctx.link().callback(|_: MouseEvent| Msg::Share);
        if self.embed {
            let both = self.shows().editor && self.shows().chart;
            return if both {
                html! { <div class="header">{ self.panes(act) }</div> }
            } else {
                Html::default()
            };
        }
        html! {
            <header class="header">
                <h1 class="brand">{ rose() }<span>{ "Portolan" }</span></h1>
                <p class="tagline">{ "a chart of Kubernetes Services" }</p>
                <nav class="actions" aria-label="Page">
                    <a class="guide" href="guide/index.html">{ "Guide" }</a>
                    <button type="button" class="text strong" id="examples-button" aria-expanded={model.examples.to_string()} onclick={fire(Action::Examples(!model.examples))}>
                        { "Examples" }<span class="caret" aria-hidden="true">{ "\u{25be}" }</span>
                    </button>
                    <button type="button" class="text" id="share" onclick={share}>{ "Share" }</button>
                    <button type="button" class="text" id="embed" aria-haspopup="dialog" onclick={ctx.link().callback(|_: MouseEvent| Msg::Embedding(true))}>{ "Embed" }</button>
                    <button type="button" class="icon" id="theme" aria-label={theme.1} title={theme.1} data-theme-is={theme.0} onclick={ctx.link().callback(|_: MouseEvent| Msg::Theme)}>
                        { theme_glyph(self.theme) }
                    </button>
                    <button type="button" class="icon" id="help-button" aria-label="Help" title="Help (?)" aria-expanded={model.help.to_string()} onclick={fire(Action::Help(!model.help))}>{ "?" }</button>
                </nav>
                { self.panes(act) }
            </header>
        }
    }

    /// The panes of a narrow screen.
    fn panes(&self, act: &Callback<Action>) -> Html {
        html! {
            <div class="panes" role="tablist" aria-label="View">
                { list(Pane::ALL.iter().filter(|p| !self.embed || **p != Pane::Details).map(|pane| {
                    let (act, pane) = (act.clone(), *pane);
                    let on = self.model.pane == pane;
                    let onclick = Callback::from(move |_: MouseEvent| act.emit(Action::Pane(pane)));
                    html! { <button type="button" role="tab" aria-selected={on.to_string()} {onclick}>{ pane.name() }
                        if pane == Pane::Yaml && self.errors() > 0 { <span class="badge">{ self.errors() }</span> }
                    </button> }
                })) }
            </div>
        }
    }

    /// The story of the request in focus, and the chart's bar.
    pub(super) fn caption(&self, ctx: &Context<Self>) -> Html {
        let model = &self.model;
        let shown = model.shown();
        let (class, text) = match &shown {
            Some(trace) => (panels::trace::verdict_class(trace), panels::trace::sentence(model, trace)),
            None if self.errors() > 0 => ("bad", self.fault()),
            None => ("", "Nothing to send to yet: write a Service, or take an example.".to_string()),
        };
        html! {
            <div class="caption">
                <p class={classes!("story", class)} role="status" aria-live={if model.playing && model.pinned.is_none() { "off" } else { "polite" }}>
                    <span class="mark" aria-hidden="true"></span>{ text }
                </p>
                if self.shows().bar { { self.chart_bar(ctx) } }
            </div>
        }
    }

    /// The Rules view.
    fn rules(&self, act: &Callback<Action>) -> Html {
        let model = &self.model;
        html! {
            <>
                { panels::rules::compare::view(model) }
                <panels::rules::Rules cluster={Same(model.session.cluster.clone())} world={Known(model.session.world())} node={model.rules_node()}
                    trace={model.shown().map(Same)} held={model.pinned.is_some()} hop={model.hop} service={model.focused()}
                    at={self.service_at_cursor()} act={act.clone()} />
            </>
        }
    }

    /// The drawer and its tabs.
    pub(super) fn drawer(&self, ctx: &Context<Self>, act: &Callback<Action>) -> Html {
        let model = &self.model;
        let content = match model.tab {
            Tab::Trace => panels::trace::view(model, act),
            Tab::Rules => self.rules(act),
            Tab::Endpoints => panels::endpoints::view(model, act),
            Tab::Dns => panels::dns::view(model, act),
            Tab::Traffic => panels::traffic::view(model, act),
            Tab::Objects => html! {
                <panels::objects::Objects world={Known(model.session.world())} at={self.object_at_cursor()} act={act.clone()} />
            },
            Tab::Events => panels::events::view(model),
            Tab::Expectations => {
                panels::expectations::view(model, self.tried(), act, ctx.link().callback(|_| Msg::Try(true)))
            }
        };
        let onkeydown = {
            let (act, tab) = (act.clone(), model.tab);
            Callback::from(move |event: KeyboardEvent| {
                let step = match event.key().as_str() {
                    "ArrowRight" => 1,
                    "ArrowLeft" => Tab::ALL.len() - 1,
                    _ => return,
                };
                event.prevent_default();
                event.stop_propagation();
                let at = Tab::ALL.iter().position(|t| *t == tab).unwrap_or(0);
                let next = Tab::ALL[(at + step) % Tab::ALL.len()];
                act.emit(Action::Tab(next));
                browser::focus_from(&event, &format!("tab-{}", next.name()));
            })
        };
        html! {
            <section class="drawer" aria-label="Details">
                <div class="tabs" role="tablist" aria-label="Details" {onkeydown}>
                    { list(Tab::ALL.iter().map(|tab| {
                        let (act, tab) = (act.clone(), *tab);
                        let on = model.tab == tab;
                        let onclick = Callback::from(move |_: MouseEvent| act.emit(Action::Tab(tab)));
                        html! { <button type="button" role="tab" id={format!("tab-{}", tab.name())} aria-selected={on.to_string()} aria-controls="drawer-panel"
                            tabindex={if on { "0" } else { "-1" }} {onclick}>{ tab.name() }if tab == Tab::Expectations { { self.count() } }</button> }
                    })) }
                </div>
                <div class="panel" role="tabpanel" id="drawer-panel" aria-labelledby={format!("tab-{}", model.tab.name())} tabindex="0">{ content }</div>
            </section>
        }
    }

    pub(super) fn notice(&self, notice: &str, act: &Callback<Action>) -> Html {
        let act = act.clone();
        let onclick = Callback::from(move |_: MouseEvent| act.emit(Action::Dismiss));
        html! {
            <div class="notice" role="status"><p>{ notice.to_string() }</p>
                <button type="button" class="icon" aria-label="Dismiss" {onclick}>{ "\u{d7}" }</button></div>
        }
    }

    /// A Service alone: pods for it are offered, and said to be there.
    pub(super) fn offer(&self, act: &Callback<Action>) -> Html {
        let session = &self.model.session;
        let lacking = session.demo_candidates();
        let mut names = lacking.iter().take(OFFERED).map(ToString::to_string).collect::<Vec<_>>().join(", ");
        if lacking.len() > OFFERED {
            names.push_str(&format!(" and {} more", lacking.len() - OFFERED));
        }
        let set = |on: bool| {
            let act = act.clone();
            Callback::from(move |_: MouseEvent| act.emit(Action::DemoPods(on)))
        };
        if session.demo_pods {
            html! { <div class="offer on"><p>{ "Demo pods are in: they are not in your YAML." }</p>
            <button type="button" class="text" id="no-demo-pods" onclick={set(false)}>{ "Take them out" }</button></div> }
        } else if !names.is_empty() {
            let (why, what) = if session.only_aliases_lack_pods() {
                ("There is no pod that could send.".to_string(), "Add a demo client")
            } else {
                (format!("No pod matches {names}."), "Add demo pods")
            };
            html! { <div class="offer"><p>{ why }</p>
            <button type="button" class="text strong" id="demo-pods" onclick={set(true)}>{ what }</button></div> }
        } else {
            Html::default()
        }
    }

    pub(super) fn divider(&self, ctx: &Context<Self>) -> Html {
        let link = ctx.link().clone();
        let onpointermove = Callback::from(move |event: PointerEvent| {
            if event.buttons() & 1 == 1 {
                let Some(body) = event.target_dyn_into::<web_sys::Element>().and_then(|d| d.parent_element()) else {
                    return;
                };
                let all = body.get_bounding_client_rect();
                let share = (f64::from(event.client_x()) - all.left()) / all.width().max(1.0);
                link.send_message(Msg::Split(body, share));
            }
        });
        let onpointerdown = Callback::from(|event: PointerEvent| {
            if let Some(target) = event.target_dyn_into::<web_sys::Element>() {
                let _ = target.set_pointer_capture(event.pointer_id());
                event.prevent_default();
            }
        });
        html! { <div class="divider" aria-hidden="true" {onpointerdown} {onpointermove}></div> }
    }

    pub(super) fn errors(&self) -> usize {
        use portolan_core::diagnostic::Severity::Error;
        self.model.session.diagnostics.iter().filter(|d| d.severity == Error).count()
    }
}

/// The mark: a wind rose of eight.
pub(super) fn rose() -> Html {
    html! {
        <svg class="rose" width="30" height="30" viewBox="-16 -16 32 32" aria-hidden="true">
            <circle r="14.4" class="rim" />
            <path class="minor" d="M0 0L9.2 -9.2L0 -4.6L-9.2 -9.2ZM0 0L9.2 9.2L0 4.6L-9.2 9.2Z" />
            <path class="major" d="M0 -15L3 -3L15 0L3 3L0 15L-3 3L-15 0L-3 -3Z" />
            <path class="north" d="M0 -15L3 -3L0 0Z" />
        </svg>
    }
}

fn theme_glyph(theme: Option<&str>) -> Html {
    let d = match theme {
        None => "M8 1.5A6.5 6.5 0 1 0 8 14.5A6.5 6.5 0 1 0 8 1.5M8 1.5V14.5",
        Some("light") => {
            "M8 5A3 3 0 1 0 8 11A3 3 0 1 0 8 5M8 .8V2.8M8 13.2V15.2M.8 8H2.8M13.2 8H15.2M2.9 2.9L4.3 4.3M11.7 11.7L13.1 13.1M2.9 13.1L4.3 11.7M11.7 4.3L13.1 2.9"
        }
        Some(_) => "M13.5 9.8A6 6 0 0 1 6.2 2.5A6 6 0 1 0 13.5 9.8Z",
    };
    html! { <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true"><path class="stroke" {d} /></svg> }
}
