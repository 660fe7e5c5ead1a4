//! The server as its callers meet it: the router without a socket, the store by its contract, the program as a process.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "the helpers of tests fail as loudly as the tests")]

mod account_states;
mod accounts;
mod answers;
mod applicants;
mod audits;
mod authenticator;
mod backups;
mod bulk_checks;
mod certificates;
mod check_history;
mod checks;
mod clocks;
#[path = "../cluster/mod.rs"]
mod cluster;
mod codes;
mod crash;
mod endings;
mod export;
mod factor_rules;
mod factor_sample;
mod factors;
mod floods;
mod headers;
mod home;
mod jobs;
mod kept;
mod kills;
mod laters;
mod limits;
mod locks;
mod mails;
mod medical;
mod migrations;
mod months;
mod office;
mod openings;
mod operation;
mod overload;
mod portal;
mod postgres;
mod program;
mod race;
mod refusals;
mod rights;
mod sample;
mod settings;
mod store;
mod successions;
mod syncs;
mod trainings;
mod uses;
mod visit;
mod withheld;
mod world;
