//! portolan.dev/v1alpha1: the Expectation, our own kind. Its reader, `expect`, says what goes with what.

use super::meta::META;
use super::{BOOL, INT32, STR, Struct, Type, f};

/// The fields of a claim, behind others.
macro_rules! claim {
    ($($other:expr,)*) => {
        &[
            $($other,)*
            f("name", STR),
            f("mode", Type::Any).ptr(),
            f("from", STR).ptr(),
            f("to", STR).ptr(),
            f("protocol", Type::Enum("v1alpha1.Protocol", &["TCP", "UDP", "SCTP"])),
            f("verdict", Type::Any).ptr(),
            f("cause", STR),
            f("endpoints", Type::Any).ptr(),
            f("shares", Type::Any).ptr(),
            f("tolerance", Type::Any).ptr(),
            f("source", STR),
            f("entry", Type::Any).ptr(),
            f("lookup", STR).ptr(),
            f("type", STR),
            f("answers", Type::Any).ptr(),
            f("object", STR).ptr(),
            f("accepted", BOOL).ptr(),
            f("field", STR),
            f("reason", STR),
            f("message", STR),
            f("diagnostics", Type::Any).ptr(),
            f("run", Type::Struct(&RUN)).ptr(),
        ]
    };
}

static RUN: Struct = Struct {
    name: "Run",
    package: "v1alpha1",
    fields: &[
        f("client", STR),
        f("sent", Type::Any).ptr(),
        f("delivered", Type::Any).ptr(),
        f("failures", INT32).ptr(),
        f("p50Below", Type::Any).ptr(),
        f("p90Below", Type::Any).ptr(),
        f("p99Below", Type::Any).ptr(),
        f("service", STR),
        f("shares", Type::Any).ptr(),
        f("tolerance", Type::Any).ptr(),
    ],
};

static CASE: Struct = Struct { name: "Case", package: "v1alpha1", fields: claim![] };

static SPEC: Struct = Struct {
    name: "ExpectationSpec",
    package: "v1alpha1",
    fields: claim![f("cases", Type::List(&Type::Struct(&CASE))),],
};

/// The Expectation.
pub(super) static EXPECTATION: Struct = Struct {
    name: "Expectation",
    package: "v1alpha1",
    fields: &[f("kind", STR), f("apiVersion", STR), f("metadata", META).ptr(), f("spec", Type::Struct(&SPEC)).ptr()],
};
