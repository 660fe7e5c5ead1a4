//! The card seen from outside: tables of literal bytes, certificates judged by the `openssl` command, both doors, the program.

#![expect(
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "all of it is tests: clippy sees that only inside functions marked so"
)]

mod certificates;
mod face;
mod faults;
mod myna_card;
mod pins;
mod plan;
mod program;
mod properties;
mod reading;
mod scenarios;
mod script;
mod selection;
mod signing;
mod text;
mod vpcd;
#[path = "../world/mod.rs"]
mod world;
