//! The files with which one talks to the folders `req` and `res` of the official 連携アプリ: their names, what is written into them, and
//! what is understood of the answers.
//!
//! Bytes and values in, bytes and values out: nothing here opens a file, knows the time, or keeps anything.

pub mod answer;
mod layout;
pub mod medical;
pub mod name;
pub mod request;
pub mod zip;
