//! The server under load: visits over HTTP at a given rate, in overload, beside searches, in a crowd, beside wrong logins.
//!
//! `cargo xtask bench load` and `cargo xtask bench visits` start it; docs/benches.md says how to read its figures. It starts
//! itself again as the server under test (`served.rs`), so that time of the processor and memory of the two can be told apart.
//!
//! Card and network are left out: visits are opened and signed before the clock starts, and while it runs each visit offered is
//! one visit opened and one proof of a visit opened before. That is a server's whole work for a visit; in the office the two
//! are a patient's thoughts apart. Times count from the instant at which a visit was due, not from the one at which a busy
//! generator came to send it; beside them stand those from sending, which are the server's alone.

#[path = "../card/mod.rs"]
mod card;
#[path = "../../tests/cluster/mod.rs"]
mod cluster;

mod client;
mod figures;
mod fill;
mod lines;
mod offered;
mod served;
mod stage;
mod tablet;

use std::path::PathBuf;

use clap::Parser;

/// What is measured, and with which numbers.
#[derive(Parser, Clone)]
#[command(about = "The server under load; docs/benches.md says how to read it")]
struct Options {
    /// closed, nation, overload, search, crowd, logins; none = all but closed
    lines: Vec<String>,
    /// Visits per second of `nation`
    #[arg(long, default_value_t = 1100)]
    rate: u32,
    /// How long `nation` lasts; the other lines take parts of it
    #[arg(long, default_value_t = 60)]
    seconds: u32,
    /// Visits per second of `overload`
    #[arg(long, default_value_t = 6000)]
    overload_rate: u32,
    /// Visits per second of the lines that compare with a quiet server
    #[arg(long, default_value_t = 200)]
    quiet_rate: u32,
    /// Consents in the database of `search`
    #[arg(long, default_value_t = 1_000_000)]
    rows: u32,
    /// Connections of `crowd`, from 40 addresses
    #[arg(long, default_value_t = 10_000)]
    crowd: u32,
    /// Visits of `closed` at each number of clients, at most
    #[arg(long, default_value_t = 6000)]
    visits: usize,
    /// On PostgreSQL as well; `closed` with one and two servers
    #[arg(long)]
    postgres: bool,
    /// Folder that decides the disk of SQLite
    #[arg(long, default_value_os_t = std::env::temp_dir())]
    folder: PathBuf,
    /// Plays the server instead
    #[command(flatten)]
    served: served::Served,
}

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let runtime = tokio::runtime::Runtime::new()?;
    match options.served.serve.clone() {
        Some(folder) => runtime.block_on(served::run(&folder, &options.served)),
        None => runtime.block_on(lines::run(&options)),
    }
}
