//! Connections: many at a time, each from the namespace of its client, and what became of each.

use std::net::{IpAddr, SocketAddr};
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use portolan_core::net::{Addr, Protocol};
use rustix::event::epoll;
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, bind, connect, recv, send, socket_with, sockopt,
};
use rustix::time::Timespec;

use crate::lab::Lab;
use crate::servers;

/// How long nothing may happen before those who wait are told that nothing will. A lost SYN would be sent again only
/// after a second, but nothing is lost between namespaces.
pub(crate) const SILENCE: Duration = Duration::from_millis(300);
/// The same where an answer is expected of everyone.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// What a client sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outcome {
    /// An answer: by whom, and the source that it saw.
    Answered(Addr, IpAddr),
    /// RST, or an ICMP error about the port.
    Refused,
    /// An ICMP error about the host or the network.
    NoRoute,
    /// Nothing.
    Silent,
}

/// One connection to be opened.
#[derive(Clone, Debug)]
pub(crate) struct Opening {
    /// The client's namespace.
    pub(crate) space: String,
    /// The client's address, where it has several.
    pub(crate) source: Option<IpAddr>,
    pub(crate) to: Addr,
    pub(crate) protocol: Protocol,
    /// Whether the engine says that an answer, or an error, must come.
    pub(crate) answers: bool,
}

/// Opens all of them at once.
pub(crate) fn open_all(lab: &Lab, openings: &[Opening]) -> Result<Vec<Outcome>, String> {
    let epoll = epoll::create(epoll::CreateFlags::CLOEXEC).map_err(|error| error.to_string())?;
    let mut results: Vec<Option<Outcome>> = vec![None; openings.len()];
    let mut sockets: Vec<Option<OwnedFd>> = Vec::with_capacity(openings.len());
    let mut space = "";
    for (id, (opening, result)) in openings.iter().zip(&mut results).enumerate() {
        if space != opening.space {
            lab.space(&opening.space)?.enter()?;
            space = &opening.space;
        }
        let socket = start(opening).map_err(|error| format!("{opening:?}: {error}"))?;
        if let Some(error) = socket.1 {
            *result = Some(outcome_of(error, opening)?);
        }
        let flags = epoll::EventFlags::IN | epoll::EventFlags::OUT | epoll::EventFlags::ET;
        epoll::add(&epoll, &socket.0, epoll::EventData::new_u64(id as u64), flags)
            .map_err(|error| error.to_string())?;
        sockets.push(Some(socket.0).filter(|_| result.is_none()));
    }
    wait(&epoll, openings, &mut results, &mut sockets)?;
    Ok(results.into_iter().map(|result| result.unwrap_or(Outcome::Silent)).collect())
}

fn wait(
    epoll: &OwnedFd,
    openings: &[Opening],
    results: &mut [Option<Outcome>],
    sockets: &mut [Option<OwnedFd>],
) -> Result<(), String> {
    let start = Instant::now();
    let (mut last, mut events) = (start, Vec::<epoll::Event>::with_capacity(256));
    let pause = Timespec::try_from(Duration::from_millis(20)).expect("a short time");
    while results.iter().any(Option::is_none) {
        let owed = openings.iter().zip(&*results).any(|(opening, result)| opening.answers && result.is_none());
        if last.elapsed() > if owed { PATIENCE } else { SILENCE } {
            return Ok(());
        }
        events.clear();
        match epoll::wait(epoll, rustix::buffer::spare_capacity(&mut events), Some(&pause)) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.to_string()),
        }
        for event in &events {
            let Ok(id) = usize::try_from(event.data.u64()) else { continue };
            let (Some(opening), Some(result), Some(slot)) =
                (openings.get(id), results.get_mut(id), sockets.get_mut(id))
            else {
                continue;
            };
            let Some(socket) = slot else { continue };
            if let Some(outcome) = look(socket, opening)? {
                *result = Some(outcome);
                *slot = None;
                last = Instant::now();
            }
        }
    }
    Ok(())
}

/// A flow of datagrams that is kept: one socket, asked again and again.
pub(crate) struct Held<'a>(OwnedFd, &'a Opening);

impl<'a> Held<'a> {
    pub(crate) fn open(lab: &Lab, opening: &'a Opening) -> Result<Held<'a>, String> {
        lab.space(&opening.space)?.enter()?;
        let (socket, _) = start(opening).map_err(|error| format!("{opening:?}: {error}"))?;
        let held = Held(socket, opening);
        // The first datagram's answer.
        held.hear()?;
        Ok(held)
    }

    /// Sends a datagram and waits for what comes back.
    pub(crate) fn ask(&self) -> Result<Outcome, String> {
        send(&self.0, b"?\n", SendFlags::empty()).map_err(|error| error.to_string())?;
        self.hear()
    }

    fn hear(&self) -> Result<Outcome, String> {
        let start = Instant::now();
        while start.elapsed() < SILENCE {
            if let Some(outcome) = look(&self.0, self.1)? {
                return Ok(outcome);
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(Outcome::Silent)
    }
}

/// Begins a connection; gives the error of one that failed at once.
fn start(opening: &Opening) -> Result<(OwnedFd, Option<Errno>), Errno> {
    let family = if opening.to.ip.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let udp = opening.protocol == Protocol::Udp;
    let kind = if udp { SocketType::DGRAM } else { SocketType::STREAM };
    let socket = socket_with(family, kind, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK, None)?;
    if !udp {
        // The end is a RST, so that nobody keeps the pair of addresses busy.
        sockopt::set_socket_linger(&socket, Some(Duration::ZERO))?;
    }
    if let Some(source) = opening.source {
        bind(&socket, &SocketAddr::new(source, 0))?;
    }
    let mut begun = connect(&socket, &SocketAddr::new(opening.to.ip, opening.to.port));
    if udp && begun.is_ok() {
        begun = send(&socket, b"?\n", SendFlags::empty()).map(drop);
    }
    // A datagram of the node itself that its own rules drop or reject is not permitted; only an error that comes
    // afterwards tells which of the two it was.
    let waits = |error: &Errno| *error == Errno::INPROGRESS || (udp && *error == Errno::PERM);
    let failed = begun.err().filter(|error| !waits(error));
    Ok((socket, failed))
}

/// Looks whether a connection has come to something.
fn look(socket: &OwnedFd, opening: &Opening) -> Result<Option<Outcome>, String> {
    if let Ok(Err(error)) = sockopt::socket_error(socket) {
        return outcome_of(error, opening).map(Some);
    }
    let mut buffer = [0; 128];
    match recv(socket, &mut buffer[..], RecvFlags::empty()) {
        Ok((length, _)) => {
            let (at, from) = servers::read(buffer.get(..length).unwrap_or_default())
                .ok_or_else(|| format!("{opening:?}: a broken answer"))?;
            Ok(Some(Outcome::Answered(at, from)))
        }
        Err(Errno::AGAIN | Errno::NOTCONN) => Ok(None),
        Err(error) => outcome_of(error, opening).map(Some),
    }
}

fn outcome_of(error: Errno, opening: &Opening) -> Result<Outcome, String> {
    match error {
        Errno::CONNREFUSED | Errno::CONNRESET => Ok(Outcome::Refused),
        Errno::HOSTUNREACH | Errno::NETUNREACH => Ok(Outcome::NoRoute),
        _ => Err(format!("{opening:?}: {error}")),
    }
}
