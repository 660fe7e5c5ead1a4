//! Makes a folder of cards.

use std::{path::Path, time::SystemTime};

/// Makes the CA and everyone's keys and certificates in `dir`, or brings a folder made earlier up to date.
///
/// Keys are made once and kept. Certificates are made again when `now` is outside what they are for: a valid one nears its end,
/// "expired yesterday" was made the day before. Calls at the same time, also from other processes, wait for each other.
///
/// Files: `ca.pem` (the three roots of the user authentication CA, generation 1 to 3, all under one name), `people.json` (lower-case hex
/// SHA-256 of each user authentication certificate's DER → person id), `authority.json` and one `<person>.json` per card (private,
/// mode 0600, no stable format).
///
/// # Errors
/// The folder cannot be made, read or written, or holds a file that is not ours.
pub fn make(dir: &Path, now: SystemTime) -> anyhow::Result<()> {
    let _ = (dir, now);
    anyhow::bail!("not built yet")
}
