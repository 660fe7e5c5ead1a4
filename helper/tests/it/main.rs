//! The helper as a page meets it: real sockets, the virtual card, no browser.

mod card;
mod codes;
mod gate;
mod protocol;
mod visit;
mod world;
