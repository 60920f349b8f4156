//! `portolan apply`: what the server answered to each object, and everything that is stored afterwards.

use crate::apiserver::{Answer, By, Mark, Outcome, Status};
use crate::objects::Value;

/// The JSON document: one result for each object of the stream, in order, and all stored objects. `marks` are those of
/// each answer.
pub fn apply(answers: &[Answer], marks: &[Vec<Mark>], stored: &[&Value]) -> Value {
    let result = |(at, one)| answer(one, marks.get(at).map(Vec::as_slice).unwrap_or_default());
    Value::object([
        ("results", Value::Array(answers.iter().enumerate().map(result).collect())),
        ("objects", Value::Array(stored.iter().copied().cloned().collect())),
    ])
}

fn answer(answer: &Answer, marks: &[Mark]) -> Value {
    let mut object = Value::object([
        ("document", Value::Int(answer.document as i64)),
        ("kind", answer.kind.as_str().into()),
        ("namespace", answer.namespace.as_str().into()),
        ("name", answer.name.as_str().into()),
        ("accepted", matches!(answer.outcome, Outcome::Stored(_)).into()),
    ]);
    match &answer.outcome {
        Outcome::Stored(stored) => {
            object.set("object", Value::clone(stored));
            object.set("added", added(marks));
        }
        Outcome::Refused(refusal) => object.set("status", status(refusal)),
        Outcome::NotModelled => object.set("notModelled", true.into()),
    }
    object.set("warnings", answer.warnings.clone().into());
    object
}

/// The fields that are not as they were typed, and who put them there.
fn added(marks: &[Mark]) -> Value {
    let ours = marks.iter().filter(|mark| mark.leaf && mark.by != By::Typed);
    let one = |mark: &Mark| {
        let mut object = Value::object([("field", Value::from(mark.path.as_str())), ("by", mark.by.as_str().into())]);
        if let Some(typed) = &mark.typed {
            object.set("typed", typed.as_str().into());
        }
        object
    };
    Value::Array(ours.map(one).collect())
}

/// A metav1.Status as the contract has it.
fn status(status: &Status) -> Value {
    let causes = status.causes.iter().map(|cause| {
        Value::object([
            ("reason", Value::from(cause.reason.as_str())),
            ("field", cause.field.as_str().into()),
            ("message", cause.message.as_str().into()),
        ])
    });
    Value::object([
        ("code", Value::Int(status.code.into())),
        ("reason", status.reason.as_str().into()),
        ("message", status.message.as_str().into()),
        ("causes", Value::Array(causes.collect())),
    ])
}
