//! The desks: HTTP in, one rule, HTTP out. No SQL and no rule of its own.

pub(crate) mod bedside;
pub(crate) mod device;
pub(crate) mod link;
pub(crate) mod office;
pub(crate) mod portal;
pub(crate) mod provisional;
pub(crate) mod reception;
