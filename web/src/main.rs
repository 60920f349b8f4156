//! The playground page, and the widget for the pages of others.

mod app;
mod browser;
mod chart;
mod editor;
mod engine;
mod list;
mod panels;
mod state;
mod widget;

fn main() {
    browser::on_panic();
    // Without its element this is somebody else's page, whose widgets come by themselves.
    if let Some(host) = browser::host() {
        yew::Renderer::<app::App>::with_root(host).render();
    }
}
