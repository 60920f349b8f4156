//! Network namespaces: made by `ip`, entered by the thread that needs one.

use std::fs::File;
use std::io::Write;
use std::os::fd::AsFd;
use std::process::{Command, Stdio};

use rustix::net::{AddressFamily, SendFlags, SocketFlags, SocketType, netlink, send, socket_with};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

/// A namespace; gone when dropped.
pub(crate) struct Space {
    pub(crate) name: String,
    file: File,
}

impl Space {
    /// Makes one namespace for each name, in one go.
    pub(crate) fn make(names: Vec<String>) -> Result<Vec<Space>, String> {
        let batch: String = names.iter().map(|name| format!("netns add {name}\n")).collect();
        run("ip", &["-batch", "-"], &batch)?;
        let open = |name: String| match File::open(format!("/run/netns/{name}")) {
            Ok(file) => Ok(Space { name, file }),
            Err(error) => Err(format!("{name}: {error}")),
        };
        names.into_iter().map(open).collect()
    }

    /// Moves the calling thread there: its new sockets, the programs that it starts and `/proc/sys/net` are the space's.
    pub(crate) fn enter(&self) -> Result<(), String> {
        move_into_link_name_space(self.file.as_fd(), Some(LinkNameSpaceType::Network))
            .map_err(|error| format!("{}: {error}", self.name))
    }

    /// Enters and runs a batch of `ip`.
    pub(crate) fn ip(&self, batch: &str) -> Result<(), String> {
        self.enter()?;
        run("ip", &["-batch", "-"], batch).map(drop).map_err(|error| format!("{}: {error}", self.name))
    }
}

impl Drop for Space {
    fn drop(&mut self) {
        // What is left behind is swept by the next run.
        let _ = run("ip", &["netns", "delete", &self.name], "");
    }
}

/// The beginning of the names of all namespaces of one process.
pub(crate) fn prefix(process: u32) -> String {
    format!("portolan-{process}-")
}

/// Deletes what runs that did not end well left behind.
pub(crate) fn sweep() {
    let Ok(entries) = std::fs::read_dir("/run/netns") else { return };
    for name in entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()) {
        let process = name.strip_prefix("portolan-").and_then(|rest| rest.split('-').next());
        let gone = |id: &str| id.parse::<u32>().is_ok() && !std::path::Path::new("/proc").join(id).exists();
        if process.is_some_and(gone) {
            let _ = run("ip", &["netns", "delete", &name], "");
        }
    }
}

/// Runs a program in the calling thread's namespace with this input; the error is what it says.
pub(crate) fn run(program: &str, arguments: &[&str], input: &str) -> Result<String, String> {
    let mut child = Command::new(program)
        .args(arguments)
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{program}: {error}"))?;
    let mut pipe = child.stdin.take().ok_or("no input")?;
    // A program that gives up early closes its input; what it says then tells why.
    let _ = pipe.write_all(input.as_bytes());
    drop(pipe);
    let output = child.wait_with_output().map_err(|error| format!("{program}: {error}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(format!("{program}: {}", String::from_utf8_lossy(&output.stderr).trim()))
    }
}

/// Sets one of the kernel's switches in the calling thread's namespace. One that this kernel lacks is left alone.
pub(crate) fn switch(name: &str, value: u32) -> Result<(), String> {
    let path = format!("/proc/sys/net/{name}");
    if !std::path::Path::new(&path).exists() {
        return Ok(());
    }
    std::fs::write(&path, value.to_string()).map_err(|error| format!("{path}: {error}"))
}

/// Forgets every tracked connection of the calling thread's namespace.
pub(crate) fn forget_connections() -> Result<(), String> {
    // nlmsghdr (length, type, flags, sequence, sender), then nfgenmsg (family, version, resource).
    const DELETE: u16 = (1 << 8) | 2;
    const REQUEST: u16 = 1;
    let mut message = Vec::with_capacity(20);
    message.extend(20_u32.to_ne_bytes());
    message.extend(DELETE.to_ne_bytes());
    message.extend(REQUEST.to_ne_bytes());
    message.extend([0; 12]);
    let socket = socket_with(AddressFamily::NETLINK, SocketType::RAW, SocketFlags::CLOEXEC, Some(netlink::NETFILTER))
        .map_err(|error| format!("netlink: {error}"))?;
    send(&socket, &message, SendFlags::empty()).map(drop).map_err(|error| format!("netlink: {error}"))
}
