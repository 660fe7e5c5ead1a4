//! What leaves the server as a file, and what comes back in the same form.

pub mod charset;
pub mod qr;
pub mod xml;
