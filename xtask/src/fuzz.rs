//! Fuzzing of the helper by cargo-fuzz (libFuzzer): briefly for CI, long for a figure.
//!
//! The stable toolchain is enough: no sanitizer is asked for, since the helper holds no unsafe code, and its assertions are what is tested.

use std::path::PathBuf;
use std::process::Command;

use crate::step::{Failure, cargo, command, output, run, say, target, tools_bin};

/// Release of cargo-fuzz.
const CARGO_FUZZ: &str = "0.13.1";
/// The targets, and the longest input of each, bytes.
const TARGETS: [(&str, u32); 6] =
    [("frames", 4096), ("apdu_answers", 8192), ("tlv", 4096), ("der_length", 64), ("visual_file", 8192), ("photo", 8192)];
/// Runs of each target in CI.
const BRIEF: u64 = 20_000;
/// What decodes pictures takes a hundred times longer.
const BRIEF_PHOTO: u64 = 1_000;

/// Each target for a fixed number of runs, or those named.
pub(crate) fn test(names: &[&str]) -> Result<(), Failure> {
    fuzz(names, |name| if name == "photo" { BRIEF_PHOTO } else { BRIEF })
}

/// Each target, or those named, for so many runs.
pub(crate) fn bench(args: &[&str]) -> Result<(), Failure> {
    let usage = || Failure::usage("how many runs of each target?", "cargo xtask bench fuzz 10000000 [TARGET…]");
    let [runs, names @ ..] = args else { return Err(usage()) };
    let runs: u64 = runs.parse().map_err(|_| usage())?;
    fuzz(names, |_| runs)
}

fn fuzz(names: &[&str], runs: impl Fn(&str) -> u64) -> Result<(), Failure> {
    if let Some(name) = names.iter().find(|name| !TARGETS.iter().any(|(known, _)| known == *name)) {
        let known = TARGETS.map(|(name, _)| name).join(", ");
        return Err(Failure::usage(format!("no fuzz target `{name}`"), format!("one of: {known}")));
    }
    tool()?;
    let corpus = folder().join("corpus");
    run(
        "inputs to start from",
        cargo().args(["run", "--locked", "--package", "helper", "--example", "fuzz_seeds"]).arg(folder().join("cards")).arg(&corpus),
        "look at the messages above",
    )?;
    for (name, length) in TARGETS.iter().filter(|(name, _)| names.is_empty() || names.contains(name)) {
        let artifacts = folder().join("found").join(name);
        std::fs::create_dir_all(&artifacts)?;
        run(
            &format!("{name}, {} runs", runs(name)),
            cargo_fuzz("run")
                .arg(name)
                .arg(corpus.join(name))
                .arg("--")
                .arg(format!("-runs={}", runs(name)))
                .arg(format!("-max_len={length}"))
                .arg(format!("-artifact_prefix={}/", artifacts.display()))
                .args(["-print_final_stats=1", "-verbosity=0"]),
            &format!("an input that shows the fault lies in {}; cargo-fuzz says above how to run it again", artifacts.display()),
        )?;
    }
    Ok(())
}

/// Where the instrumented build, the corpus and what was found lie.
fn folder() -> PathBuf {
    target().join("fuzz")
}

fn cargo_fuzz(task: &str) -> Command {
    let mut fuzz = command("cargo");
    fuzz.args(["fuzz", task, "--fuzz-dir", "helper/fuzz", "--sanitizer", "none", "--codegen-units", "16", "--target-dir"]).arg(folder());
    fuzz
}

/// cargo-fuzz in `target/tools`.
fn tool() -> Result<(), Failure> {
    if output(Command::new(tools_bin().join("cargo-fuzz")).arg("--version")).as_deref() == Some(&format!("cargo-fuzz {CARGO_FUZZ}")) {
        return Ok(());
    }
    say("cargo-fuzz is not there yet");
    run(
        "cargo-fuzz (a minute or two, once)",
        cargo()
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            .args(["install", "--debug", "--locked", "--version", CARGO_FUZZ, "--force", "--root"])
            .arg(target().join("tools"))
            .arg("cargo-fuzz"),
        "check the network, then run it again",
    )
}
