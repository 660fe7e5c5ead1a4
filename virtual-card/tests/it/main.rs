//! The card seen from outside: tables of literal bytes, certificates judged by the `openssl` command, both doors, the program.

mod certificates;
mod faults;
mod pins;
mod program;
mod properties;
mod reading;
mod scenarios;
mod script;
mod selection;
mod signing;
mod vpcd;
#[path = "../world/mod.rs"]
mod world;
