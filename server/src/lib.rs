//! The server of uketsuke: the desks' API, the rules that need a store, and the pages.
//!
//! Never here: a card command, a PIN, SQL outside [`store`], HTTP inside a rule. Read [`visit`] first: it is what
//! everything else is for. Requests run down: `accept`, `router`, [`gate`], `desk`, [`rule`], [`store`]; a lower one never names an
//! upper one. The [`gate`] makes sure that no endpoint of `shared::api` can be reached without its right, and hands a desk a [`call`].

pub mod accept;
pub mod account;
pub mod app;
pub mod audit;
pub mod authority;
pub mod backup;
mod bedside;
pub mod call;
pub mod charset;
pub mod clock;
pub mod code;
pub mod command_line;
pub mod compare;
pub mod config;
pub mod consent;
pub mod day_file;
pub mod demo;
mod desk;
pub mod device;
pub mod door;
mod dressed;
pub mod eligibility;
mod elsewhere;
pub mod export;
pub mod factor;
pub mod files;
pub mod gate;
pub mod headers;
pub mod home_screen;
pub mod identity;
pub mod import;
pub mod jobs;
pub mod letter;
pub mod medical;
mod occasion;
mod operation;
pub mod origin;
pub mod own_authority;
pub mod pages;
pub mod peer;
pub mod portal;
pub mod post;
pub mod random;
pub mod rate;
pub mod refused;
pub mod renkei;
pub mod roster;
mod router;
pub mod rule;
pub mod serve;
pub mod session;
pub mod sheet;
#[cfg(test)]
mod sources;
pub mod store;
pub mod tenant;
pub mod terms;
pub mod tls;
pub mod training;
pub mod trouble;
pub mod urls;
pub mod visit;
pub mod watch;

/// What SHA-256 gives.
pub type Sha256 = [u8; 32];

/// SHA-256 of some bytes.
#[must_use]
pub fn sha256(bytes: &[u8]) -> Sha256 {
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
