//! Refusals that are not about a field: apimachinery's `pkg/api/errors`.

use super::answer::{Status, StatusCause};
use super::field::go_quote;

fn status(code: u16, reason: &str, message: String) -> Status {
    Status { code, reason: reason.to_string(), message, causes: Vec::new() }
}

/// 500 with the reason InternalError (`NewInternalError`).
pub(crate) fn internal_error(problem: &str) -> Status {
    let mut status = status(500, "InternalError", format!("Internal error occurred: {problem}"));
    status.causes.push(StatusCause { reason: String::new(), field: String::new(), message: problem.to_string() });
    status
}

/// 500 for an error of Go that is no API error: the bare words.
pub(crate) fn unknown_error(problem: &str) -> Status {
    status(500, "", problem.to_string())
}

/// 409: it is there already. `resource` carries its group: `deployments.apps`.
pub(crate) fn already_exists(resource: &str, name: &str) -> Status {
    status(409, "AlreadyExists", format!("{resource} {} already exists", go_quote(name)))
}

/// 404.
pub(crate) fn not_found(resource: &str, name: &str) -> Status {
    status(404, "NotFound", format!("{resource} {} not found", go_quote(name)))
}

/// 400.
pub(crate) fn bad_request(problem: &str) -> Status {
    status(400, "BadRequest", problem.to_string())
}

/// 403.
pub(crate) fn forbidden(resource: &str, name: &str, problem: &str) -> Status {
    status(403, "Forbidden", format!("{resource} {} is forbidden: {problem}", go_quote(name)))
}

/// 409: somebody else was quicker.
pub(crate) fn conflict(resource: &str, name: &str, problem: &str) -> Status {
    let name = go_quote(name);
    status(409, "Conflict", format!("Operation cannot be fulfilled on {resource} {name}: {problem}"))
}
