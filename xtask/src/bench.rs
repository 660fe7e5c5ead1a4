//! Measurements: they print figures and never fail by speed.

use crate::step::{Failure, cargo, run};
use crate::{fuzz, journeys, prepare};

/// Runs the measurement named, or says which there are.
pub(crate) fn bench(args: &[&str]) -> Result<(), Failure> {
    match args {
        ["visits"] => run(
            "visits per second beside bare SQLite commits",
            cargo().args(["run", "--locked", "--release", "--package", "server", "--example", "visits_bench"]),
            "look at the messages above",
        ),
        ["helper"] => helper(),
        ["speed"] => {
            prepare::packages(prepare::Needs::Tests)?;
            journeys::figures("speed")
        }
        ["fuzz", rest @ ..] => fuzz::bench(rest),
        _ => Err(Failure::usage("which measurement? visits, helper, speed or fuzz RUNS", "cargo xtask bench visits")),
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
