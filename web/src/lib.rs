//! The pages in the browser: reception for patient and staff, device for the card check, office for the institution.
//!
//! Only [`api`] builds a request to the server, only [`reader`] talks to the helper. Every text a person reads
//! comes from [`text`]; every shared piece of screen from [`part`].

mod account;
pub mod api;
pub mod device;
#[cfg(test)]
mod drawn;
mod edition;
pub mod json;
mod line;
mod news;
pub mod office;
pub mod part;
mod random;
pub mod reader;
pub mod reception;
mod remote;
mod session;
pub mod text;
pub mod trouble;
mod use_call;
pub mod use_form;
