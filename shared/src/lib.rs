//! What page, helper and server say to each other, and the rules all of them keep.
//!
//! Never here: I/O, a clock, randomness, threads, anything heavy in wasm. Time comes in as a value
//! ([`domain::calendar::UnixMs`]), chance as bytes. Read [`evidence`] first: it fixes what a card signs,
//! and with it who must agree on what.

pub mod api;
pub mod bytes;
pub mod domain;
pub mod evidence;
pub mod reader;
pub mod right;
