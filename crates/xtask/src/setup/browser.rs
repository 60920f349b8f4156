//! A real browser, and the driver through which wasm-bindgen's tests run in it.

use std::path::PathBuf;

use super::{Step, apt_install};
use crate::project::Project;
use crate::sh;

const BROWSERS: [&str; 5] = ["chromium", "google-chrome", "google-chrome-stable", "chromium-browser", "chrome"];
const MAC: &str = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";

pub(super) fn missing(project: &mut Project) -> Option<Step> {
    let path = project.path();
    let given = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let installed = || BROWSERS.iter().find_map(|name| sh::which(&path, name));
    let mac = || Some(PathBuf::from(MAC)).filter(|file| file.exists());
    project.chrome = given("CHROME").or_else(installed).or_else(mac);
    project.chromedriver = given("CHROMEDRIVER").or_else(|| sh::which(&path, "chromedriver"));
    (project.chrome.is_none() || project.chromedriver.is_none()).then(|| Step {
        name: "Chromium and its driver".into(),
        takes: "a minute",
        install: |project| {
            let what = "Chromium or Chrome with chromedriver (if you have them elsewhere, set CHROME and CHROMEDRIVER)";
            apt_install(project, &["chromium", "chromium-driver"], what)
        },
    })
}
