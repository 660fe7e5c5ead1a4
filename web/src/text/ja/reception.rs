//! The reception desk, in Japanese.
