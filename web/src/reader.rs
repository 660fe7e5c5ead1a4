//! The client of the helper on loopback.
