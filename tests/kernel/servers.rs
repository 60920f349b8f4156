//! Servers in pods: one thread answers for all of them, whatever namespace their sockets are of.
//!
//! Each answers with the address at which it was reached and the source that it saw: `10.244.1.5:8080 10.244.2.6`.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use portolan_core::net::{Addr, Protocol};
use rustix::event::epoll;
use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, listen, socket_with, sockopt};
use rustix::time::Timespec;

/// A listening socket: the space's name, the protocol and the address.
pub(crate) type Place = (String, Protocol, Addr);

enum Socket {
    Tcp(TcpListener),
    Udp(UdpSocket),
}

#[derive(Default)]
struct Open {
    sockets: BTreeMap<u64, (Place, Socket)>,
    /// Connections are kept until all is settled, so that the client is the one who ends them.
    taken: Vec<TcpStream>,
    next: u64,
}

struct Shared {
    epoll: OwnedFd,
    open: Mutex<Open>,
    stop: AtomicBool,
}

/// The servers of one lab.
pub(crate) struct Servers(Arc<Shared>);

impl Servers {
    pub(crate) fn new() -> Result<Servers, String> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC).map_err(|error| error.to_string())?;
        let shared = Arc::new(Shared { epoll, open: Mutex::default(), stop: AtomicBool::new(false) });
        let servers = Servers(Arc::clone(&shared));
        std::thread::spawn(move || serve(&shared));
        Ok(servers)
    }

    /// What listens now.
    pub(crate) fn listening(&self) -> Vec<Place> {
        self.open().sockets.values().map(|(place, _)| place.clone()).collect()
    }

    /// Closes what is not kept, and ends connections.
    pub(crate) fn keep(&self, keep: impl Fn(&Place) -> bool) {
        let mut open = self.open();
        open.sockets.retain(|_, (place, _)| keep(place));
        open.taken.clear();
    }

    /// Listens at an address of the namespace that the calling thread is in.
    pub(crate) fn listen(&self, place: Place) -> Result<(), String> {
        let socket = open(place.1, place.2).map_err(|error| format!("{place:?}: {error}"))?;
        let mut open = self.open();
        let id = open.next;
        open.next += 1;
        let fd = match &socket {
            Socket::Tcp(listener) => listener.as_fd(),
            Socket::Udp(socket) => socket.as_fd(),
        };
        epoll::add(&self.0.epoll, fd, epoll::EventData::new_u64(id), epoll::EventFlags::IN)
            .map_err(|error| error.to_string())?;
        open.sockets.insert(id, (place, socket));
        Ok(())
    }

    fn open(&self) -> std::sync::MutexGuard<'_, Open> {
        self.0.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        self.0.stop.store(true, Ordering::Relaxed);
    }
}

/// A socket bound to one address.
fn open(protocol: Protocol, at: Addr) -> Result<Socket, rustix::io::Errno> {
    let family = if at.ip.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let kind = if protocol == Protocol::Udp { SocketType::DGRAM } else { SocketType::STREAM };
    let fd = socket_with(family, kind, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK, None)?;
    sockopt::set_socket_reuseaddr(&fd, true)?;
    bind(&fd, &SocketAddr::new(at.ip, at.port))?;
    if protocol == Protocol::Udp {
        // Room for every datagram of a burst.
        sockopt::set_socket_recv_buffer_size_force(&fd, 8 << 20)?;
        return Ok(Socket::Udp(fd.into()));
    }
    listen(&fd, 4096)?;
    Ok(Socket::Tcp(fd.into()))
}

fn serve(shared: &Shared) {
    let mut events: Vec<epoll::Event> = Vec::with_capacity(64);
    let pause = Timespec::try_from(Duration::from_millis(50)).expect("a short time");
    while !shared.stop.load(Ordering::Relaxed) {
        events.clear();
        if epoll::wait(&shared.epoll, rustix::buffer::spare_capacity(&mut events), Some(&pause)).is_err() {
            continue;
        }
        let mut open = shared.open.lock().unwrap_or_else(PoisonError::into_inner);
        for event in &events {
            let Open { sockets, taken, .. } = &mut *open;
            match sockets.get(&event.data.u64()) {
                Some(((_, _, at), Socket::Tcp(listener))) => accept(listener, *at, taken),
                Some(((_, _, at), Socket::Udp(socket))) => answer(socket, *at),
                None => {}
            }
        }
    }
}

fn line(at: Addr, from: IpAddr) -> String {
    format!("{at} {from}\n")
}

fn accept(listener: &TcpListener, at: Addr, taken: &mut Vec<TcpStream>) {
    loop {
        match listener.accept() {
            Ok((mut stream, from)) => {
                // A client that is gone already is none that waits for an answer.
                let _ = stream.write_all(line(at, from.ip()).as_bytes());
                taken.push(stream);
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}

fn answer(socket: &UdpSocket, at: Addr) {
    let mut buffer = [0; 64];
    loop {
        match socket.recv_from(&mut buffer) {
            Ok((_, from)) => {
                let _ = socket.send_to(line(at, from.ip()).as_bytes(), from);
            }
            // Errors about earlier answers come up here too.
            Err(error) if error.kind() != ErrorKind::WouldBlock => {}
            Err(_) => return,
        }
    }
}

/// Reads what a server says of itself: where it was reached, and by whom.
pub(crate) fn read(answer: &[u8]) -> Option<(Addr, IpAddr)> {
    let text = std::str::from_utf8(answer).ok()?.strip_suffix('\n')?;
    let (at, from) = text.split_once(' ')?;
    let at: SocketAddr = at.parse().ok()?;
    Some((Addr::new(at.ip(), at.port()), from.parse().ok()?))
}
