//! What keeps the program from going on, as its operator reads it.

/// A start that did not work: what happened, what to do, and the exit code.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct Trouble {
    /// What happened.
    pub error: String,
    /// What to do.
    pub next: String,
    /// 1 our fault, 2 wrong usage, 3 the machine needs something.
    pub exit: u8,
    /// The cause, for `-v`.
    #[source]
    pub inner: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Trouble {
    /// Wrong usage.
    #[must_use]
    pub fn usage(error: impl Into<String>, next: impl Into<String>) -> Self {
        Self { error: error.into(), next: next.into(), exit: 2, inner: None }
    }

    /// The machine needs something.
    #[must_use]
    pub fn machine(error: impl Into<String>, next: impl Into<String>) -> Self {
        Self { error: error.into(), next: next.into(), exit: 3, inner: None }
    }

    /// Adds the cause.
    #[must_use]
    pub fn because(mut self, inner: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.inner = Some(Box::new(inner));
        self
    }
}
