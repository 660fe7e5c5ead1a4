//! The helper as a page meets it: real sockets, the virtual card, no browser.
//!
//! `cfg(test)` on each module tells clippy that unwrapping is fine there.

#[cfg(test)]
mod allow;
#[cfg(test)]
mod card;
#[cfg(test)]
mod codes;
#[cfg(test)]
mod conformance;
#[cfg(test)]
mod doctor;
#[cfg(test)]
mod every_command;
#[cfg(test)]
mod examples;
#[cfg(test)]
mod face;
#[cfg(test)]
mod gate;
#[cfg(test)]
mod look;
#[cfg(test)]
mod patience;
#[cfg(test)]
mod phone;
#[cfg(test)]
mod program;
#[cfg(test)]
mod protocol;
#[cfg(test)]
mod protocol_page;
#[cfg(test)]
mod scenario_table;
#[cfg(test)]
mod simulator;
#[cfg(test)]
#[cfg(feature = "tls")]
mod tls;
#[cfg(test)]
mod visit;
#[cfg(test)]
mod world;
