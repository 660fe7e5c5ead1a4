//! Measurements: they print figures and never fail by speed.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::step::{Failure, cargo, run, say, target};
use crate::{journeys, prepare};

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
            journeys::speed()
        }
        _ => Err(Failure::usage("which measurement? visits, helper or speed", "cargo xtask bench visits")),
    }
}

/// Size, cold start and memory of the helper as it is shipped.
fn helper() -> Result<(), Failure> {
    run(
        "helper as shipped",
        cargo().args(["build", "--locked", "--profile", "small", "--package", "helper", "--no-default-features"]),
        "look at the messages above",
    )?;
    let program = target().join("small/uketsuke-helper");
    let mut starts = Vec::new();
    let mut memory = String::new();
    for _ in 0..20 {
        let begun = Instant::now();
        let mut child = Command::new(&program)
            .args(["--listen", "127.0.0.1:35999", "--allow-origin", "http://localhost:8080", "--reader", "pcsc"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().into_iter().next().ok_or_else(|| Failure::ours("no stdout", "run it by hand"))?)
            .read_line(&mut line)?;
        starts.push(begun.elapsed());
        let ready = line.starts_with("ready ");
        memory =
            std::fs::read_to_string(format!("/proc/{}/status", child.id()))?.lines().filter(|line| line.starts_with("VmRSS")).collect();
        child.kill()?;
        child.wait()?;
        if !ready {
            return Err(Failure::ours(format!("the helper said `{}`", line.trim()), "run it by hand"));
        }
    }
    starts.sort();
    let at = |share: usize| starts.get(starts.len() * share / 100).copied().unwrap_or(Duration::ZERO).as_secs_f64() * 1000.0;
    say(&format!(
        "size {} bytes; start to ready: median {:.1} ms, p95 {:.1} ms; {}",
        program.metadata()?.len(),
        at(50),
        at(95),
        memory.trim()
    ));
    Ok(())
}
