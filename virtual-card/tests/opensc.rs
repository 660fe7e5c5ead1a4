//! OpenSC.
fn main() {}
