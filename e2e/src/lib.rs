//! The stack as a person meets it: browser → helper → pcscd → vpcd → virtual card → server → office.
//!
//! A journey runs in namespaces of its own (`xtask/src/journeys.rs`), so ports are fixed and nothing outlives it.
//! Read `stack.rs` for what is started, `browser.rs` for what a person does; the journeys stand in `e2e/journeys`.

pub mod browser;
#[path = "../../server/tests/cluster/mod.rs"]
mod cluster;
pub mod page;
pub mod proxy;
pub mod stack;
pub mod wait;
