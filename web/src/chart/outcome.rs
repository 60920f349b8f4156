//! How a request ends, as the chart tells it: by shape, colour and a word.

use portolan_core::packet::{Action, Trace, Verdict};

/// An end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// A process took it and answered.
    #[default]
    Delivered,
    /// The proxy said no.
    Reject,
    /// Nobody listens there: RST.
    Reset,
    /// Thrown away by a rule.
    Drop,
    /// Nothing ever answers.
    Timeout,
    /// No such name, no way there.
    Nowhere,
}

impl Outcome {
    /// A trace's end.
    pub(crate) fn of(trace: &Trace) -> Self {
        // curl's 28: it waited in vain.
        let silent = trace.symptom.curl == 28;
        match trace.verdict {
            Verdict::Delivered if silent => Outcome::Timeout,
            Verdict::Delivered => Outcome::Delivered,
            Verdict::Rejected => Outcome::Reject,
            Verdict::Refused => Outcome::Reset,
            Verdict::Dropped if trace.hops.last().is_some_and(|hop| hop.action == Action::Lose) => Outcome::Timeout,
            Verdict::Dropped => Outcome::Drop,
            Verdict::Passed if silent => Outcome::Timeout,
            Verdict::Passed => Outcome::Reset,
            Verdict::Unroutable if silent => Outcome::Timeout,
            Verdict::Unroutable | Verdict::Unresolved => Outcome::Nowhere,
        }
    }

    /// The word that stands beside it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Outcome::Delivered => "",
            Outcome::Reject => "reject",
            Outcome::Reset => "RST",
            Outcome::Drop => "drop",
            Outcome::Timeout => "timeout",
            Outcome::Nowhere => "no way",
        }
    }

    /// The style's word.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Outcome::Delivered => "ok",
            Outcome::Reject => "reject",
            Outcome::Reset => "reset",
            Outcome::Drop => "drop",
            Outcome::Timeout => "timeout",
            Outcome::Nowhere => "nowhere",
        }
    }

    /// Its shape, around the origin: an octagon with a bar, a diamond with a cross, a bare cross, an hourglass, a ring cut
    /// through.
    pub(crate) const fn shape(self) -> &'static str {
        match self {
            Outcome::Delivered => "",
            Outcome::Reject => "M-3.1 -7.5H3.1L7.5 -3.1V3.1L3.1 7.5H-3.1L-7.5 3.1V-3.1ZM-3.8 0H3.8",
            Outcome::Reset => "M0 -8.6L8.6 0L0 8.6L-8.6 0ZM-2.6 -2.6L2.6 2.6M2.6 -2.6L-2.6 2.6",
            Outcome::Drop => "M-6 -6L6 6M6 -6L-6 6",
            Outcome::Timeout => "M-5.8 -7.5H5.8L-5.8 7.5H5.8Z",
            Outcome::Nowhere => "M-7 0A7 7 0 1 0 7 0A7 7 0 1 0 -7 0M-5 5L5 -5",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_has_a_word_and_a_shape_of_its_own() {
        let all = [Outcome::Reject, Outcome::Reset, Outcome::Drop, Outcome::Timeout, Outcome::Nowhere];
        for (i, one) in all.iter().enumerate() {
            assert!(!one.word().is_empty() && !one.shape().is_empty());
            for other in &all[i + 1..] {
                assert!(one.word() != other.word() && one.shape() != other.shape());
            }
        }
    }
}
