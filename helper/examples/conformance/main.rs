//! Tries the rules of `helper/PROTOCOL.md` on a running helper, from outside, and prints a numbered table.
//!
//! It needs no browser, presses no 確定, and spends no try of a card. Run it when nobody uses the reader.

#![expect(clippy::indexing_slicing, reason = "a JSON value gives null where a key is missing, and slices are taken by get")]

mod line;
mod suite;

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;

/// Tries the rules of PROTOCOL.md on a running helper. Ends with 0 when nothing failed, 1 when something did, 2 on wrong usage.
#[derive(Parser)]
#[command(name = "conformance")]
struct Args {
    /// WebSocket of the helper.
    #[arg(long, default_value = "ws://127.0.0.1:35970/v1")]
    url: String,
    /// Origin of a page that the helper allows.
    #[arg(long, default_value = "http://localhost:8080")]
    origin: String,
    /// Origin of a page that it does not allow.
    #[arg(long, default_value = "https://evil.example")]
    foreign_origin: String,
    /// The table as JSON.
    #[arg(long)]
    json: bool,
    /// Names the cases and tries none.
    #[arg(long)]
    list: bool,
}

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "the table is for people")]
fn main() -> ExitCode {
    let args = Args::parse();
    if args.list {
        for case in suite::cases() {
            println!("{}  §{:<4} {}", case.id, case.rule, case.title);
        }
        return ExitCode::SUCCESS;
    }
    let Some((address, path)) = address(&args.url) else {
        eprintln!("error: not the URL of a helper: {}\nnext: --url ws://127.0.0.1:35970/v1", args.url);
        return ExitCode::from(2);
    };
    // Longer than the helper's pause between two pings.
    let patience = Duration::from_secs(30);
    let reports = suite::run(&line::Target { address, path, origin: args.origin, foreign: args.foreign_origin, patience });
    if args.json {
        println!("{:#}", suite::as_json(&reports))
    } else {
        print!("{}", suite::table(&reports))
    }
    ExitCode::from(suite::exit(&reports))
}

fn address(url: &str) -> Option<(SocketAddr, String)> {
    let (host, path) = url.strip_prefix("ws://")?.split_once('/')?;
    Some((host.parse().ok()?, format!("/{path}")))
}
