//! The state as a link, and back: what is not as it is for everybody, and the text.

use portolan_core::decimal;
use portolan_core::sim::Habits;

use super::action::Tab;
use super::examples::EXAMPLES;
use super::hash::{self, Shared};
use super::model::Model;
use super::modes::MODES;

/// Nothing is shown faster than this.
pub(super) const FASTEST: f64 = 0.02;

impl Model {
    /// The hash for the state.
    pub(crate) fn hash(&self) -> String {
        let mut options = Vec::new();
        let mut put = |key: &str, value: String| options.push((key.to_string(), value));
        if self.chosen {
            put("from", self.client.clone());
            put("to", self.target.clone());
        }
        if self.rate != 2.0 {
            put("rate", self.rate.to_string());
        }
        if self.slow != 1.0 {
            put("slow", self.slow.to_string());
        }
        if self.keep_alive {
            put("keep", "1".into());
        }
        if self.habits != Habits::default() {
            put("habits", habits_text(&self.habits));
        }
        if self.session.demo_pods {
            put("demo", "1".into());
        }
        if self.session.seed != 0 {
            put("seed", self.session.seed.to_string());
        }
        if self.tab != Tab::Trace {
            put("tab", self.tab.name().into());
        }
        if let Some(mode) = self.rules_mode {
            put("mode", mode.as_str().into());
        }
        // A short name for what everybody has: links stay short.
        let text = match self.example {
            Some(number) if EXAMPLES[number].text == &*self.session.text => {
                put("example", EXAMPLES[number].id.into());
                String::new()
            }
            _ => self.session.text.to_string(),
        };
        hash::encode(&Shared { options, text })
    }

    pub(super) fn open_hash(&mut self, text: &str) {
        // A bare example's name makes a link that people can read.
        let shared = match EXAMPLES.iter().find(|e| e.id == text) {
            Some(example) => Ok(Shared { options: Vec::new(), text: example.text.into() }),
            None => hash::decode(text),
        };
        let shared = match shared {
            Ok(shared) => shared,
            Err(message) => {
                let instead = if self.session.text.is_empty() {
                    self.example = Some(0);
                    self.load(EXAMPLES[0].text, false);
                    "The first example is shown instead."
                } else {
                    "What was there stays."
                };
                self.notice = Some(format!("{message} {instead}"));
                return;
            }
        };
        self.take_shared(&shared);
    }

    pub(super) fn take_shared(&mut self, shared: &Shared) {
        let number = |key: &str| shared.option(key).and_then(decimal::parse).filter(|n| n.is_finite());
        self.rate = number("rate").unwrap_or(2.0).clamp(0.0, 1000.0);
        self.slow = number("slow").unwrap_or(1.0).clamp(FASTEST, 10_000.0);
        self.keep_alive = shared.option("keep").is_some();
        self.habits = shared.option("habits").map(habits_of).unwrap_or_default();
        self.session.seed = shared.option("seed").and_then(|v| v.parse().ok()).unwrap_or(0);
        let tab = shared.option("tab").unwrap_or_default();
        self.tab = Tab::ALL.into_iter().find(|t| t.name() == tab).unwrap_or_default();
        let example = shared.option("example").and_then(|id| EXAMPLES.iter().position(|e| e.id == id));
        let text = example.filter(|_| shared.text.is_empty()).map_or(shared.text.as_str(), |e| EXAMPLES[e].text);
        self.example = EXAMPLES.iter().position(|e| e.text == text);
        self.chosen = false;
        if let (Some(from), Some(to)) = (shared.option("from"), shared.option("to")) {
            self.client = from.to_string();
            self.target = to.to_string();
            self.chosen = true;
        }
        let demo = shared.option("demo").is_some();
        self.rules_mode = None;
        self.load(text, demo);
        let mode = shared.option("mode").unwrap_or_default();
        if let Some(mode) = MODES.into_iter().find(|known| known.as_str() == mode) {
            self.switch_mode(mode);
            self.pinned = None;
        }
    }
}

/// What a run takes of habits that somebody typed.
pub(super) fn within_limits(habits: Habits) -> Habits {
    const LONGEST: u64 = 600_000_000;
    Habits {
        users: habits.users.min(1_000),
        think: habits.think.min(LONGEST),
        burst: if habits.users > 0 { 0 } else { habits.burst.min(1_000) },
        pool: habits.pool.min(1_000),
        timeout: habits.timeout.min(LONGEST),
        retries: habits.retries.min(10),
        ..habits
    }
}

/// Habits for a hash.
fn habits_text(habits: &Habits) -> String {
    let numbers = [
        habits.users.into(),
        habits.think,
        habits.burst.into(),
        habits.pool.into(),
        habits.timeout,
        habits.retries.into(),
    ];
    numbers.map(|number: u64| number.to_string()).join(",")
}

/// Habits of a hash; what is no number is 0.
fn habits_of(text: &str) -> Habits {
    let mut numbers = text.split(',').map(|number| number.parse::<u64>().unwrap_or(0));
    let mut next = || numbers.next().unwrap_or(0);
    let small = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    let (users, think, burst) = (small(next()), next(), small(next()));
    let (pool, timeout, retries) = (small(next()), next(), small(next()));
    within_limits(Habits { users, think, burst, pool, timeout, retries, ..Habits::default() })
}
