//! One step: a command with a heading, its time, and a humane failure.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// What failed and what to do about it; ends the program.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) what: String,
    pub(crate) next: String,
    /// 1 our fault, 2 wrong usage, 3 the machine needs something.
    pub(crate) exit: u8,
}

impl Failure {
    pub(crate) fn ours(what: impl Into<String>, next: impl Into<String>) -> Self {
        Self { what: what.into(), next: next.into(), exit: 1 }
    }

    pub(crate) fn usage(what: impl Into<String>, next: impl Into<String>) -> Self {
        Self { what: what.into(), next: next.into(), exit: 2 }
    }

    pub(crate) fn machine(what: impl Into<String>, next: impl Into<String>) -> Self {
        Self { what: what.into(), next: next.into(), exit: 3 }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::machine(format!("a file or program could not be used: {error}"), "check free disk space and permissions, then run it again")
    }
}

/// The project's root folder.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// Folder of the build: `target`.
pub(crate) fn target() -> PathBuf {
    root().join("target")
}

/// Our own tools: first on the path of every step.
pub(crate) fn tools_bin() -> PathBuf {
    target().join("tools/bin")
}

/// A command in the root folder with our tools first on its path.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let with_tools = std::env::join_paths(std::iter::once(tools_bin()).chain(std::env::split_paths(&path))).unwrap_or(path);
    let mut command = Command::new(program);
    command.current_dir(root()).env("PATH", with_tools).stdin(Stdio::null());
    // What cargo tells us about our own package must not reach the next cargo: some build scripts watch these
    // variables, and everything behind them would be built again.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        let ours = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_"];
        if ours.iter().any(|start| text.starts_with(start)) {
            command.env_remove(&name);
        }
    }
    command
}

/// Cargo, as the one that runs us.
pub(crate) fn cargo() -> Command {
    command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Says what happens now.
#[expect(clippy::print_stderr, reason = "progress for people")]
pub(crate) fn say(text: &str) {
    eprintln!("· {text}");
}

/// Runs a command that shows its own progress; says how long it took.
pub(crate) fn run(name: &str, command: &mut Command, next: &str) -> Result<(), Failure> {
    say(&format!("{name} …"));
    let start = Instant::now();
    let status = command.status().map_err(|error| Failure::machine(format!("{name}: cannot start it: {error}"), next.to_owned()))?;
    let took = start.elapsed().as_secs_f64();
    if status.success() {
        say(&format!("{name}: done ({took:.1} s)"));
        Ok(())
    } else {
        Err(Failure::ours(format!("{name} failed ({status}, after {took:.1} s)"), next.to_owned()))
    }
}

/// Output of a short command, `None` when it fails or is not there.
pub(crate) fn output(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
