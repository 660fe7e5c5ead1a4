//! Journeys: programs of `e2e`, each in its own mount, network and process namespaces, at most two at once.
//!
//! The namespaces give each journey its own pcscd and its own ports, and end everything it started; only loopback
//! exists inside. vpcd listens on all interfaces, which is a second reason.

use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::Instant;

use crate::step::{Failure, cargo, command, output, root, run, say, target};
use crate::{page, prepare, run as demo};

/// At most this many at once: two browsers fill two cores.
const AT_ONCE: usize = 2;

/// Inside the namespaces: loopback up, a private folder for pcscd, then the journey.
const INSIDE: &str = "ip link set lo up && mkdir -p /run/pcscd && mount -t tmpfs tmpfs /run/pcscd && exec \"$@\"";

/// Completes an `unshare` call: as another user than root it needs a user namespace as well.
pub(crate) fn alone(mut unshare: Command, what: &[&str]) -> Command {
    if output(command("id").arg("-u")).as_deref() != Some("0") {
        unshare.args(["--user", "--map-root-user"]);
    }
    unshare.args(what);
    unshare
}

fn program() -> std::path::PathBuf {
    target().join("debug/journey")
}

fn build() -> Result<Vec<String>, Failure> {
    page::build()?;
    demo::build_programs()?;
    run("journeys", cargo().args(["build", "--locked", "--package", "e2e"]), "look at the messages above")?;
    let cards = target().join("e2e-cards");
    run("cards of the journeys", command(demo::program("virtual-card")).arg("make").arg(cards), "look at the message above")?;
    let names = output(Command::new(program()).arg("list"))
        .ok_or_else(|| Failure::ours("`journey list` failed", "run it by hand: target/debug/journey list"))?;
    Ok(names.lines().map(str::to_owned).collect())
}

/// Runs all journeys, or those named.
pub(crate) fn journeys(args: &[&str]) -> Result<(), Failure> {
    let all = build()?;
    if let Some(unknown) = args.iter().find(|arg| !all.iter().any(|name| name == **arg)) {
        return Err(Failure::usage(format!("no journey `{unknown}`; there are: {}", all.join(", ")), "cargo xtask test journeys NAME"));
    }
    let wanted: Vec<String> =
        all.into_iter().filter(|name| !NO_CHECKS.contains(&name.as_str()) && (args.is_empty() || args.contains(&name.as_str()))).collect();
    if wanted.iter().any(|name| name.ends_with("-firefox")) {
        prepare::geckodriver()?;
    }
    together(&wanted)
}

/// Makes the pictures; `--accept` copies those that the README and the pages of `docs` show.
pub(crate) fn pictures(args: &[&str]) -> Result<(), Failure> {
    build()?;
    run("gallery of parts", cargo().args(["test", "--locked", "--package", "web", "--lib", "gallery"]), "look at the test above")?;
    together(&["pictures".to_owned()])?;
    if args.contains(&"--accept") {
        let docs = root().join("docs/pictures");
        std::fs::create_dir_all(&docs)?;
        let mut shown = std::fs::read_to_string(root().join("README.md"))?;
        for page in page::files(&root().join("docs"))?.iter().filter(|file| file.extension().is_some_and(|kind| kind == "md")) {
            shown.push_str(&std::fs::read_to_string(page)?);
        }
        for picture in page::files(&target().join("pictures"))? {
            let name = picture.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if shown.contains(&format!("pictures/{name}")) {
                std::fs::copy(&picture, docs.join(&name))?;
                say(&format!("accepted {name}"));
            }
        }
    }
    Ok(())
}

/// Runs a program of `e2e` that measures, and prints its figures.
#[expect(clippy::print_stdout, reason = "figures")]
pub(crate) fn figures(name: &str) -> Result<(), Failure> {
    build()?;
    together(&[name.to_owned()])?;
    print!("{}", std::fs::read_to_string(target().join("e2e").join(name).join("log.txt"))?);
    Ok(())
}

/// Programs of `e2e` that are no checks.
const NO_CHECKS: [&str; 4] = ["pictures", "speed", "helper-figures", "page-figures"];

fn together(names: &[String]) -> Result<(), Failure> {
    let waiting = Mutex::new(names.iter().rev().collect::<Vec<_>>());
    let failed = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE.min(names.len()) {
            scope.spawn(|| {
                while let Some(name) = waiting.lock().ok().and_then(|mut names| names.pop()) {
                    if let Err(failure) = one(name)
                        && let Ok(mut failed) = failed.lock()
                    {
                        failed.push(failure);
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap_or_default();
    if failed.is_empty() {
        say(&format!("{} journeys passed", names.len()));
        return Ok(());
    }
    let what: Vec<String> = failed.iter().map(|failure| failure.what.clone()).collect();
    Err(Failure::ours(
        format!("{} of {} journeys failed:\n  {}", failed.len(), names.len(), what.join("\n  ")),
        "look into target/e2e/NAME: log, page, pictures; run one alone: cargo xtask test journeys NAME",
    ))
}

fn one(name: &str) -> Result<(), Failure> {
    let folder = target().join("e2e").join(name);
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder)?;
    let log = std::fs::File::create(folder.join("log.txt"))?;
    let start = Instant::now();
    let status = alone(command("unshare"), &["--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"])
        .args(["sh", "-c", INSIDE, "sh"])
        .arg(program())
        .arg(name)
        .arg(&folder)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .status()?;
    let took = start.elapsed().as_secs_f64();
    if status.success() {
        say(&format!("journey {name}: passed ({took:.1} s)"));
        return Ok(());
    }
    let log = std::fs::read_to_string(folder.join("log.txt")).unwrap_or_default();
    let tail: Vec<&str> = log.lines().rev().take(25).collect();
    let tail = tail.into_iter().rev().collect::<Vec<_>>().join("\n    ");
    say(&format!("journey {name}: FAILED ({status}, {took:.1} s)\n    {tail}"));
    Err(Failure::ours(name.to_owned(), String::new()))
}
