//! Findings with stable codes, and fixes that were re-run before they are shown.
