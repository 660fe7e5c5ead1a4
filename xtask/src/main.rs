//! Everything that is done to the project: `cargo xtask run | test | dist | bench`.
//!
//! Starts the other crates as programs and depends on none of them, so that it builds on a machine that has nothing
//! but git, gcc and Rust. Read `prepare.rs` for what it installs and builds, `run.rs` for the demo, `test.rs` for what CI runs.

mod bench;
mod fuzz;
mod icon;
mod journeys;
mod package;
mod page;
mod prepare;
mod run;
mod step;
mod test;
mod tidy;

use std::process::ExitCode;

use step::Failure;

const HELP: &str = "\
Everything that is done to uketsuke.

Usage: cargo xtask <COMMAND>

Commands:
  run            installs what is missing, builds, starts server and helper with a demo institution
                 and a simulated card, prints `ready …` and the demo logins
      --reader simulator|pcsc   simulated card (default) or the card readers of this machine
      --listen ADDR             server, default 127.0.0.1:8080
      --helper-listen ADDR      helper, default 127.0.0.1:35970 (and [::1])
      --data DIR                where the demo keeps its data, default target/demo
  test [PART]    every check that CI runs, or one part of it; `test list` names the parts
      test pictures --accept    also copies the README's pictures to docs/pictures
      test journeys [NAME]      all journeys, or one
      test fuzz [TARGET…]       all fuzz targets, or those named
  dist           release builds: pages (with .br and .gz), server, helper; prints their sizes
  bench [NAME]   measurements: helper, speed, page; fuzz RUNS [TARGET…] ends at a finding
      bench visits [--postgres]       the store beside bare SQLite; visits by 1, 16, 64, 256 clients
      bench load [LINE…] [--postgres] visits at a rate: nation, overload, search, crowd, logins
      bench kills [NUMBER]            the server and its database killed under load (docs/benches.md)

While `run` runs, type:  card PERSON[:SCENARIO]   put another card on the simulated reader
                         remove | insert          take the card away, put it back
                         quit                     stop everything

Tools are kept in target/tools: `cargo clean` removes them too (Trunk takes minutes to build).
";

#[expect(clippy::print_stdout, reason = "it was asked for")]
fn help() -> Result<(), Failure> {
    print!("{HELP}");
    Ok(())
}

#[expect(clippy::print_stderr, reason = "a command for people")]
fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let result = match args.as_slice() {
        // Wherever it stands: whoever asks how it goes wants nothing started.
        [] | ["help", ..] => help(),
        asked if asked.iter().any(|arg| matches!(*arg, "--help" | "-h")) => help(),
        ["run", rest @ ..] => run::run(rest),
        ["test", rest @ ..] => test::test(rest),
        ["dist"] => page::dist(),
        ["bench", rest @ ..] => bench::bench(rest),
        _ => Err(Failure::usage(format!("`cargo xtask {}` is no command", args.join(" ")), "cargo xtask help")),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("\nerror: {}\nnext:  {}", failure.what, failure.next);
            ExitCode::from(failure.exit)
        }
    }
}
