//! What leaves the server as a file, and what comes back in the same form.

pub mod aid;
pub mod audit;
pub mod bulk;
pub(crate) mod checks;
pub mod command;
pub mod ending;
pub mod face;
pub mod fhir;
pub mod layout;
pub mod medical;
pub mod message;
pub mod monthly;
pub mod openapi;
pub mod opening;
pub mod outbox;
pub mod qr;
pub mod state;
pub mod xml;
