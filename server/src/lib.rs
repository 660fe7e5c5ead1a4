//! The server of uketsuke: the desks' API, the rules that need a store, and the pages.
//!
//! Never here: a card command, a PIN, SQL outside [`store`], HTTP inside a rule. Read [`visit`] first: it is what
//! everything else is for. A desk (`desk`) parses, checks the right, calls one rule and answers; [`route`] makes sure that
//! no endpoint of `shared::api::TABLE` can be reached without its right.

pub mod accept;
pub mod account;
pub mod app;
pub mod clock;
pub mod config;
pub mod consent;
pub mod demo;
mod desk;
pub mod eligibility;
pub mod export;
pub mod headers;
pub mod identity;
pub mod jobs;
pub mod pages;
pub mod rate;
pub mod refused;
pub mod route;
pub mod rule;
pub mod serve;
pub mod session;
pub mod store;
pub mod tls;
pub mod visit;

/// SHA-256 of some bytes.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
    let mut hash = [0; 32];
    hash.copy_from_slice(digest.as_ref());
    hash
}

/// Bytes as lower-case hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
