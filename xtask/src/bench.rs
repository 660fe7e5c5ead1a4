//! Measurements: they print figures and never fail by speed.

use crate::step::{Failure, cargo, command, run, target};
use crate::{fuzz, journeys, prepare};

/// Runs the measurement named, or says which there are.
pub(crate) fn bench(args: &[&str]) -> Result<(), Failure> {
    match args {
        ["visits", rest @ ..] => visits(rest),
        ["load", rest @ ..] => load(rest),
        ["search", rest @ ..] => search(rest),
        ["bulk", rest @ ..] => run(
            "all results through the Web API, at two scales",
            cargo().args(["run", "--locked", "--release", "--package", "server", "--example", "bulk_bench", "--"]).args(rest),
            "look at the messages above",
        ),
        ["helper"] => helper(),
        ["speed"] => {
            prepare::packages(prepare::Needs::Tests)?;
            journeys::figures("speed")
        }
        ["page"] => {
            prepare::packages(prepare::Needs::Tests)?;
            journeys::figures("page-figures")
        }
        ["page", "lighthouse"] => {
            prepare::packages(prepare::Needs::Tests)?;
            prepare::lighthouse()?;
            journeys::figures("page-figures")
        }
        ["kills"] => kills("200"),
        ["kills", number] => kills(number),
        ["fuzz", rest @ ..] => fuzz::bench(rest),
        ["pin-machine", rest @ ..] => pin_machine(rest),
        _ => Err(Failure::usage(
            "which measurement? visits [--postgres], load [LINE…] [--postgres], search [--consents N] [--institutions N] [--postgres], bulk [FOLDER], \
             kills [NUMBER], helper, speed, page [lighthouse], fuzz RUNS or pin-machine [CASES=n | pcscd=n]",
            "cargo xtask bench visits",
        )),
    }
}

/// The office's lists over many consents.
fn search(args: &[&str]) -> Result<(), Failure> {
    if args.contains(&"--postgres") {
        prepare::packages(prepare::Needs::Tests)?;
    }
    run(
        "lists of the office beside plain SQL",
        cargo().args(["run", "--locked", "--release", "--package", "server", "--example", "search_bench", "--"]).args(args),
        "look at the messages above",
    )
}

/// The store beside bare SQLite, then visits over HTTP by so many clients.
fn visits(args: &[&str]) -> Result<(), Failure> {
    run(
        "visits per second beside bare SQLite commits",
        cargo().args(["run", "--locked", "--release", "--package", "server", "--example", "visits_bench"]),
        "look at the messages above",
    )?;
    load(&[&["closed"], args].concat())
}

/// The server under load, with as many open files as this user may have: each connection is one on both sides.
fn load(args: &[&str]) -> Result<(), Failure> {
    if args.contains(&"--postgres") {
        prepare::packages(prepare::Needs::Tests)?;
    }
    let build = ["build", "--locked", "--release", "--package", "server", "--example", "load_bench"];
    run("load generator", cargo().args(build), "look at the messages above")?;
    let with_files = "ulimit -n \"$(ulimit -H -n)\"; exec \"$@\"";
    run(
        "visits under load",
        command("sh").args(["-c", with_files, "sh"]).arg(target().join("release/examples/load_bench")).args(args),
        "look at the messages above",
    )
}

/// The server killed under load so many times on each database; controls included.
fn kills(number: &str) -> Result<(), Failure> {
    run(
        "kills under load, on SQLite and PostgreSQL",
        cargo()
            .args(["test", "--locked", "--release", "--package", "server", "--test", "it", "kills::", "--", "--nocapture"])
            .env("UKETSUKE_KILLS", number),
        "look at the first fault above",
    )
}

/// Random sequences of presses and accidents, counted against the card's own counter: in-process, or through pcscd.
fn pin_machine(args: &[&str]) -> Result<(), Failure> {
    const CASES: &str = "UKETSUKE_PIN_MACHINE_CASES";
    match *args {
        ["pcscd"] => {
            prepare::packages(prepare::Needs::Tests)?;
            journeys::figures("pin-machine")
        }
        [one] if one.starts_with("pcscd=") => run(
            "random sequences through pcscd",
            command(std::env::current_exe()?).args(["bench", "pin-machine", "pcscd"]).env(CASES, one.trim_start_matches("pcscd=")),
            "look at the messages above",
        ),
        _ => run(
            "random sequences in-process",
            cargo()
                .args([
                    "test",
                    "--locked",
                    "--release",
                    "--package",
                    "helper",
                    "--lib",
                    "machine_of_tries::no_sequence",
                    "--",
                    "--nocapture",
                ])
                .env(CASES, args.first().map_or("1000000", |one| one.trim_start_matches("CASES="))),
            "look at the messages above",
        ),
    }
}

/// The helper as it is shipped, beside a bare PC/SC loop.
fn helper() -> Result<(), Failure> {
    prepare::packages(prepare::Needs::Tests)?;
    run(
        "helper as shipped",
        cargo().args(["build", "--locked", "--profile", "small", "--package", "helper", "--no-default-features", "--features", "tls"]),
        "look at the messages above",
    )?;
    journeys::figures("helper-figures")
}
