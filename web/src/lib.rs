//! The pages in the browser: reception for patient and staff, office for the institution.
//!
//! Only [`api`] builds a request to the server, only [`reader`] talks to the helper. Every text a person reads
//! comes from [`text`]; every shared piece of screen from [`part`].

pub mod api;
pub mod json;
pub mod office;
pub mod part;
pub mod reader;
pub mod reception;
pub mod text;
