//! Help while typing: what could stand at the cursor, and what a field does.
//!
//! Works in documents that are half typed: [`outline`] reads them by indentation and brackets alone. Fields and
//! enumerations come from the tables of [`crate::objects::schema`], names and numbers from the text itself and the
//! [`World`] that was last made of it. The words about fields ([`Texts`]) are handed in by whoever asks, so that
//! those who never ask do not carry them.
//!
//! [`World`]: crate::world::World

mod complete;
mod hover;
mod manifest;
mod outline;
mod place;
mod texts;
mod values;

pub use complete::{Completion, Item, ItemKind, complete};
pub use hover::{Hover, hover};
pub use texts::{FieldText, Skeleton, Texts};

#[cfg(test)]
mod tests;
