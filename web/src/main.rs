//! The playground page.

mod app;
mod browser;
mod chart;
mod editor;
mod engine;
mod list;
mod panels;
mod state;

fn main() {
    browser::on_panic();
    match browser::host() {
        Some(host) => yew::Renderer::<app::App>::with_root(host).render(),
        None => yew::Renderer::<app::App>::new().render(),
    };
}
