//! The office desk, in Japanese.
