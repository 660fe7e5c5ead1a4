//! What leaves the server as a file.

pub mod qr;
