//! The office desk (`/o`).
