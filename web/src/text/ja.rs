//! The Japanese texts.

pub mod away;
pub mod beside;
pub mod errors;
pub mod office;
pub mod reader;
pub mod reception;
