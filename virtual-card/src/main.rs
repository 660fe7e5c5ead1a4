//! `virtual-card`: makes cards and plays them.

fn main() {}
