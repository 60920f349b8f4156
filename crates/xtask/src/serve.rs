//! A static file server for this machine alone: the built site, as any web host would serve it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::build;
use crate::offline::WORKER;
use crate::project::Project;
use crate::setup::ensure;
use crate::sh::{self, Result};

/// `cargo xtask serve`.
pub(crate) fn run(project: &mut Project, options: &[&str]) -> Result<()> {
    let (mut port, mut dev, mut offline) = (8080, false, false);
    let mut options = options.iter();
    while let Some(option) = options.next() {
        match *option {
            "--dev" => dev = true,
            "--offline" => offline = true,
            "--port" => {
                let text = options.next().ok_or("--port wants a number")?;
                port = text.parse().map_err(|_| format!("--port wants a number up to 65535, not {text}"))?;
            }
            other => return Err(format!("serve: no such option: {other}").into()),
        }
    }
    if dev {
        ensure(project, &build::NEEDS)?;
        build::editor(project)?;
        // Trunk refuses to start when a folder that it is told not to watch is missing.
        for folder in ["dist", "target", "web/editor/dist", "web/node_modules"] {
            std::fs::create_dir_all(project.root.join(folder))?;
        }
        return sh::run(project.wasm_command("trunk").args(["serve", "--port", &port.to_string()]));
    }
    build::run(project)?;
    let mut server = Server::bind(&project.dist(), "/", port)?;
    if !offline {
        server.worker = Some(project.root.join("web/offline").join(WORKER));
    }
    println!("Serving it at {} (Ctrl-C stops)", server.url());
    server.run()
}

/// Serves one folder below a prefix.
pub(crate) struct Server {
    listener: TcpListener,
    folder: PathBuf,
    prefix: String,
    /// What is served in place of the site's service worker: whoever builds often wants to see what was built last.
    worker: Option<PathBuf>,
}

impl Server {
    /// Port 0 takes a free one. The prefix begins and ends with a slash.
    pub(crate) fn bind(folder: &Path, prefix: &str, port: u16) -> Result<Self> {
        let listener =
            TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(|error| format!("port {port}: {error}"))?;
        Ok(Self { listener, folder: folder.canonicalize()?, prefix: prefix.to_owned(), worker: None })
    }

    pub(crate) fn url(&self) -> String {
        let port = self.listener.local_addr().map_or(0, |address| address.port());
        format!("http://127.0.0.1:{port}{}", self.prefix)
    }

    /// Serves for ever.
    pub(crate) fn run(self) -> Result<()> {
        for stream in self.listener.incoming().flatten() {
            let (folder, prefix, worker) = (self.folder.clone(), self.prefix.clone(), self.worker.clone());
            std::thread::spawn(move || {
                // A browser that goes away in the middle is no error of ours.
                let _ = answer(stream, &folder, &prefix, worker.as_deref());
            });
        }
        Ok(())
    }
}

fn answer(mut stream: TcpStream, folder: &Path, prefix: &str, worker: Option<&Path>) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    // A request's head is small; more than this is not from a browser.
    let mut reader = BufReader::new(stream.try_clone()?.take(64 * 1024));
    let mut request = String::new();
    reader.read_line(&mut request)?;
    let mut header = String::new();
    while reader.read_line(&mut header)? > 2 {
        header.clear();
    }
    let mut words = request.split_whitespace();
    let (method, target) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
    let (status, kind, body) = if method == "GET" || method == "HEAD" {
        let file = find(folder, prefix, target);
        let file = file.map(|file| worker.filter(|_| file.ends_with(WORKER)).map_or(file.clone(), Path::to_path_buf));
        match file.and_then(|file| Some((mime(&file), std::fs::read(file).ok()?))) {
            Some((kind, body)) => ("200 OK", kind, body),
            None => ("404 Not Found", "text/plain; charset=utf-8", b"Not found\n".to_vec()),
        }
    } else {
        ("405 Method Not Allowed", "text/plain; charset=utf-8", b"Only GET and HEAD\n".to_vec())
    };
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nCache-Control: no-cache\r\n\
         X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n",
        body.len()
    )?;
    if method != "HEAD" {
        stream.write_all(&body)?;
    }
    stream.flush()
}

/// The file that a request's target names, if it lies in the folder.
fn find(folder: &Path, prefix: &str, target: &str) -> Option<PathBuf> {
    let path = target.split(['?', '#']).next()?;
    let path = decode(path.strip_prefix(prefix)?)?;
    let file = folder.join(path);
    let file = if file.is_dir() { file.join("index.html") } else { file };
    // Resolves `..` and links; what leads out of the folder is not found.
    let file = file.canonicalize().ok()?;
    (file.starts_with(folder) && file.is_file()).then_some(file)
}

/// Undoes %XX.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        if first == b'%' {
            let digits = std::str::from_utf8(after.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &after[2..];
        } else {
            bytes.push(first);
            rest = after;
        }
    }
    String::from_utf8(bytes).ok().filter(|path| !path.contains('\0'))
}

fn mime(file: &Path) -> &'static str {
    match file.extension().and_then(|extension| extension.to_str()).unwrap_or("") {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "json" | "map" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" | "md" | "yaml" | "yml" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_outside_the_folder_is_found() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").canonicalize().unwrap();
        assert_eq!(find(&folder, "/", "/main.rs?x"), Some(folder.join("main.rs")));
        assert_eq!(find(&folder, "/sub/", "/sub/setup/mod.rs"), Some(folder.join("setup/mod.rs")));
        assert_eq!(find(&folder, "/sub/", "/main.rs"), None);
        for target in ["/../Cargo.toml", "/%2e%2e/Cargo.toml", "//etc/passwd", "/%00", "/nothing", "/%zz"] {
            assert_eq!(find(&folder, "/", target), None, "{target}");
        }
    }

    #[test]
    fn another_worker_can_stand_in_for_the_sites() {
        let web = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web");
        for worker in [None, Some(web.join("offline/worker.js"))] {
            let mut server = Server::bind(&web.join("offline"), "/", 0).unwrap();
            let address = server.listener.local_addr().unwrap();
            server.worker = worker.clone();
            std::thread::spawn(move || server.run().unwrap());
            let mut stream = TcpStream::connect(address).unwrap();
            write!(stream, "GET /{WORKER} HTTP/1.1\r\n\r\n").unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            let wanted = std::fs::read_to_string(worker.unwrap_or(web.join("offline").join(WORKER))).unwrap();
            assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with(&wanted), "{answer}");
        }
    }

    #[test]
    fn wasm_has_the_type_that_streaming_compilation_wants() {
        assert_eq!(mime(Path::new("a_bg.wasm")), "application/wasm");
    }
}
