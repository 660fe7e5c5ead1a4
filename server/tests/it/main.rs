//! The server as its callers meet it: the router without a socket, the store by its contract, the program as a process.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "the helpers of tests fail as loudly as the tests")]

mod crash;
mod export;
mod headers;
mod kept;
mod limits;
mod office;
mod postgres;
mod program;
mod race;
mod refusals;
mod rights;
mod store;
mod visit;
mod world;
