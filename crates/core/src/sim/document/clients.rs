//! Who sends, and who serves.

use super::MAX_RATE;
use super::reader::Reader;
use crate::net::Protocol;
use crate::objects::Value;
use crate::packet::Target;
use crate::sim::clients::{MAX_RETRIES, MAX_USERS};
use crate::sim::{Habits, Load, SERVICE_TIME, Server};

/// The longest time that a client waits, and that a request takes to serve: ten minutes.
const LONGEST: u64 = 600_000_000;
/// The most that one pod serves at a time, and that wait for it.
const MAX_QUEUE: u32 = 100_000;
/// How many wait where nothing is said (`net.core.somaxconn`).
const QUEUE: u32 = 4_096;

const CLIENT: [&str; 14] = [
    "name",
    "from",
    "to",
    "protocol",
    "rate",
    "users",
    "think",
    "burst",
    "connections",
    "keepAlive",
    "timeout",
    "retries",
    "start",
    "stop",
];

impl Reader {
    pub(super) fn load(&mut self, value: &Value, path: &str) -> Option<Load> {
        self.known(value, path, &CLIENT);
        let name = self.text(value, path, "name").unwrap_or_default().to_string();
        let from = match self.text(value, path, "from").map(|from| self.client(from)) {
            Some(Ok(client)) => Some(client),
            Some(Err(message)) => {
                self.wrong(format!("{path}.from"), message);
                None
            }
            None => {
                self.wrong(format!("{path}.from"), "required: who sends");
                None
            }
        };
        let to = self.text(value, path, "to").map(|to| self.target(to));
        match to.as_deref().map(Target::parse) {
            None => self.wrong(format!("{path}.to"), "required: where to, such as svc/web:80"),
            Some(Err(message)) => self.wrong(format!("{path}.to"), message),
            Some(Ok(_)) => {}
        }
        let protocol = match self.text(value, path, "protocol") {
            None => Protocol::Tcp,
            Some(text) => Protocol::parse(text).unwrap_or_else(|| {
                self.wrong(format!("{path}.protocol"), "must be TCP, UDP or SCTP");
                Protocol::Tcp
            }),
        };
        let mut habits = self.habits(value, path);
        let rate = match value.get("rate") {
            None | Some(Value::Null) if habits.users > 0 => 0.0,
            None | Some(Value::Null) => 1.0,
            // Rates are small: the conversion is exact.
            Some(Value::Int(rate)) => *rate as f64,
            Some(Value::Float(rate)) => *rate,
            Some(_) => f64::NAN,
        };
        if !(0.0..=MAX_RATE).contains(&rate) {
            self.wrong(format!("{path}.rate"), format!("must be a number of requests a second from 0 to {MAX_RATE}"));
        }
        if habits.users > 0 && rate > 0.0 {
            self.wrong(format!("{path}.users"), "either users or a rate: a user sends when the last request ended");
        }
        let keep_alive = self.connections(value, path, &mut habits.pool);
        Some(Load { name, from: from?, to: to?, protocol, rate, keep_alive, habits })
    }

    fn habits(&mut self, value: &Value, path: &str) -> Habits {
        let mut number = |field, least, most| self.number(value, path, field, least, most).unwrap_or(0);
        let habits = Habits {
            users: number("users", 1, MAX_USERS),
            burst: number("burst", 1, MAX_USERS),
            retries: number("retries", 0, MAX_RETRIES),
            ..Habits::default()
        };
        for (field, with) in [("think", habits.users > 0), ("burst", habits.users == 0)] {
            if !with && value.get(field).is_some_and(|found| !found.is_null()) {
                let other = if habits.users > 0 { "a rate" } else { "users" };
                self.wrong(format!("{path}.{field}"), format!("goes with {other}"));
            }
        }
        Habits {
            think: self.duration(value, path, "think").unwrap_or(0),
            timeout: self.time(value, path, "timeout").unwrap_or(0),
            start: self.duration(value, path, "start").unwrap_or(0),
            stop: self.duration(value, path, "stop").unwrap_or(0),
            ..habits
        }
    }

    /// A duration of some length, but not too much.
    fn time(&mut self, value: &Value, path: &str, field: &str) -> Option<u64> {
        let time = self.duration(value, path, field)?;
        if time == 0 || time > LONGEST {
            self.wrong(format!("{path}.{field}"), "must be more than 0, and at most 10m");
        }
        Some(time.clamp(1, LONGEST))
    }

    /// `connections: new`, `keep-alive` or `{pool: 10}`; or `keepAlive` for short. Whether they are kept.
    fn connections(&mut self, value: &Value, path: &str, pool: &mut u32) -> bool {
        let keep_alive = self.boolean(value, path, "keepAlive");
        let path = format!("{path}.connections");
        let kept = match value.get("connections") {
            None | Some(Value::Null) => return keep_alive.unwrap_or(false),
            Some(Value::Str(text)) if text == "new" => false,
            Some(Value::Str(text)) if text == "keep-alive" => true,
            Some(size @ Value::Object(_)) => {
                self.known(size, &path, &["pool"]);
                match self.number(size, &path, "pool", 1, MAX_USERS) {
                    Some(number) => *pool = number,
                    None if size.get("pool").is_none() => self.wrong(format!("{path}.pool"), "required: how many"),
                    None => {}
                }
                true
            }
            Some(_) => {
                self.wrong(path, "must be new, keep-alive or {pool: NUMBER}");
                return false;
            }
        };
        if keep_alive.is_some_and(|said| said != kept) {
            self.wrong(path, "says otherwise than keepAlive");
        }
        kept
    }

    pub(super) fn server(&mut self, value: &Value, path: &str) -> Option<Server> {
        const FIELDS: [&str; 8] =
            ["deployment", "replicaSet", "statefulSet", "daemonSet", "pod", "concurrency", "serviceTime", "queue"];
        const KINDS: [&str; 5] = ["Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Pod"];
        self.known(value, path, &FIELDS);
        let kinds: Vec<(&str, &'static str)> = FIELDS.into_iter().zip(KINDS).collect();
        let concurrency = self.number(value, path, "concurrency", 1, MAX_QUEUE).unwrap_or(0);
        let queue = self.number(value, path, "queue", 0, MAX_QUEUE).unwrap_or(QUEUE);
        let field = "serviceTime";
        // At most ten minutes, so they fit.
        let service_time = match value.get(field) {
            None | Some(Value::Null) => SERVICE_TIME,
            Some(range @ Value::Object(_)) => {
                let path = format!("{path}.{field}");
                self.known(range, &path, &["least", "most"]);
                let (least, most) = (self.time(range, &path, "least"), self.time(range, &path, "most"));
                match (least, most) {
                    (Some(least), Some(most)) if least <= most => (least as u32, most as u32),
                    _ => {
                        self.wrong(path, "must have least and most, the first not greater");
                        SERVICE_TIME
                    }
                }
            }
            Some(_) => {
                let mean = self.time(value, path, field).unwrap_or(0) as u32;
                (mean - mean / 5, mean + mean / 5)
            }
        };
        let (kind, of) = self.workload(value, path, &kinds)?;
        Some(Server { kind, of, concurrency, service_time, queue })
    }
}
