//! The whole pipeline, from text to cluster, for those who embed the engine.

/// One input text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// What it is called: a file's name, or `-`.
    pub name: String,
    /// The text.
    pub text: String,
}

/// How the input is taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoadOptions {
    /// Objects are as already stored (a cluster dump): no validation, no defaulting, given slices win.
    pub stored: bool,
    /// Services whose selector nothing matches get pods that answer.
    pub demo_pods: bool,
    /// The seed of allocations and names.
    pub seed: u64,
}
