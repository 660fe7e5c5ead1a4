//! Measurements: they print figures and never fail by speed.

use crate::step::{Failure, cargo, run};

/// Runs the measurement named, or says which there are.
pub(crate) fn bench(args: &[&str]) -> Result<(), Failure> {
    match args {
        ["visits"] => run(
            "visits per second beside bare SQLite commits",
            cargo().args(["run", "--locked", "--release", "--package", "server", "--example", "visits_bench"]),
            "look at the messages above",
        ),
        _ => Err(Failure::usage("which measurement?", "cargo xtask bench visits")),
    }
}
