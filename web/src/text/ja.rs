//! The Japanese texts.

pub mod errors;
pub mod office;
pub mod reader;
pub mod reception;
