//! What CI runs, the cheap checks first; each part by name as well.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;
use std::time::Instant;

use crate::prepare::{self, Needs};
use crate::step::{Failure, cargo, command, root, run, say, target};
use crate::{fuzz, journeys, package, page, run as demo, tidy};

/// One part of the checks.
struct Part {
    name: &'static str,
    what: &'static str,
    check: fn(&[&str]) -> Result<(), Failure>,
}

const PARTS: &[Part] = &[
    Part { name: "tidy", what: "rules of the house that no compiler knows", check: |_| tidy::tidy() },
    Part { name: "fmt", what: "formatting", check: |_| run("formatting", cargo().args(["fmt", "--all", "--check"]), "cargo fmt --all") },
    Part { name: "clippy", what: "lints, warnings are errors", check: |_| clippy() },
    Part { name: "unit", what: "rules, store, desks, protocol, virtual card (with OpenSC)", check: |_| unit() },
    Part { name: "independent", what: "what programs are given, judged by others", check: |_| independent() },
    Part { name: "web", what: "screens without a browser", check: |_| web() },
    Part { name: "page", what: "the pages are built, each within its budget", check: |_| page::build().and_then(|()| page::weigh()) },
    Part { name: "fuzz", what: "frames, answers, records and files that nobody would write, for a short while", check: fuzz::test },
    Part { name: "run", what: "`cargo xtask run`, started twice", check: |_| second_start() },
    Part { name: "cross", what: "the helper's types for Windows and macOS", check: |_| package::cross() },
    Part { name: "package", what: "the helper's .deb, installed in a clean root and purged", check: |_| package::package() },
    Part { name: "journeys", what: "browsers, helper, pcscd and the virtual card", check: journeys::journeys },
    Part { name: "pictures", what: "every screen at three widths, to target/pictures", check: journeys::pictures },
];

/// Runs everything, or the part named.
#[expect(clippy::print_stdout, reason = "the list and the closing line")]
pub(crate) fn test(args: &[&str]) -> Result<(), Failure> {
    let (parts, rest): (Vec<&Part>, &[&str]) = match args {
        [] => (PARTS.iter().collect(), &[]),
        ["list"] => {
            for part in PARTS {
                println!("{:<12} {}", part.name, part.what);
            }
            return Ok(());
        }
        [name, rest @ ..] => (PARTS.iter().filter(|part| part.name == *name).collect(), rest),
    };
    if parts.is_empty() {
        return Err(Failure::usage("no such part", "cargo xtask test list"));
    }
    prepare::packages(Needs::Tests)?;
    prepare::wasm_target()?;
    prepare::crates()?;
    let start = Instant::now();
    for part in &parts {
        say(&format!("── {}: {}", part.name, part.what));
        (part.check)(rest)?;
    }
    say(&format!("{} parts passed in {:.1} min", parts.len(), start.elapsed().as_secs_f64() / 60.0));
    println!("{} passed, 0 failed", parts.len());
    Ok(())
}

fn clippy() -> Result<(), Failure> {
    let next = "look at the lints above";
    let native = ["clippy", "--locked", "--workspace", "--exclude", "web", "--all-targets", "--", "-D", "warnings"];
    run("lints", cargo().args(native), next)?;
    let page = ["clippy", "--locked", "--package", "web", "--target", "wasm32-unknown-unknown", "--", "-D", "warnings"];
    run("lints of the pages", cargo().args(page), next)
}

fn unit() -> Result<(), Failure> {
    let args = ["test", "--locked", "--workspace", "--exclude", "web", "--exclude", "e2e", "--no-fail-fast"];
    run("tests", cargo().args(args), "look at the first test that failed")
}

/// Samples of what programs are given, judged by programs of others.
fn independent() -> Result<(), Failure> {
    let (judges, samples) = (prepare::judges()?, target().join("link-samples"));
    if samples.exists() {
        std::fs::remove_dir_all(&samples)?;
    }
    // As the tests were built: nothing is compiled anew for it.
    let build = ["build", "--locked", "--workspace", "--exclude", "web", "--exclude", "e2e", "--example", "link_samples"];
    run("maker of samples", cargo().args(build), "look at the messages above")?;
    run("samples", command(target().join("debug/examples/link_samples")).arg(&samples), "look at the messages above")?;
    let judge = root().join("xtask/independent.mjs");
    run("judges", command("node").arg(judge).arg(judges).arg(samples), "look at what is not as it should be")
}

fn web() -> Result<(), Failure> {
    run("tests of the pages", cargo().args(["test", "--locked", "--package", "web"]), "look at the first test that failed")
}

/// Starts the demo twice in a network of its own; the second start must find everything built.
fn second_start() -> Result<(), Failure> {
    page::build()?;
    demo::build_programs()?;
    let data = target().join("demo-test");
    if data.exists() {
        std::fs::remove_dir_all(&data)?;
    }
    one_start(&data)?;
    let made = || -> Result<Vec<std::time::SystemTime>, Failure> {
        let programs = ["uketsuke-server", "uketsuke-helper", "virtual-card"].map(demo::program);
        let made_of = [page::pages_dir().join("made-of"), data.join("cards/people.json")];
        programs.iter().chain(&made_of).map(|file| Ok(file.metadata()?.modified()?)).collect()
    };
    let before = made()?;
    let begun = Instant::now();
    one_start(&data)?;
    say(&format!("second start, card orders and stop: {:.1} s", begun.elapsed().as_secs_f64()));
    if made()? == before {
        Ok(())
    } else {
        Err(Failure::ours("the second start built something again", "compare the environment of the two builds"))
    }
}

fn one_start(data: &std::path::Path) -> Result<(), Failure> {
    let broken = |what: String| Failure::ours(format!("`cargo xtask run`: {what}"), "run it by hand and look");
    let mut child = journeys::alone(command("unshare"), &["-n"])
        .args(["sh", "-c", "ip link set lo up && exec \"$@\"", "sh"])
        .arg(target().join("debug/xtask"))
        .arg("run")
        .arg("--data")
        .arg(data)
        .current_dir(root())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut orders = child.stdin.take().ok_or_else(|| broken("no stdin".to_owned()))?;
    let out = child.stdout.take().ok_or_else(|| broken("no stdout".to_owned()))?;
    let mut ready = None;
    let mut logins = 0;
    for line in BufReader::new(out).lines().map_while(Result::ok) {
        if line.starts_with("ready ") {
            ready = Some(line);
        } else if line.contains(" / ") && line.starts_with("  ") {
            logins += 1;
        } else if line.starts_with("Open the reception") {
            for order in ["card hanako", "remove", "insert", "quit"] {
                writeln!(orders, "{order}")?;
            }
            orders.flush()?;
        }
    }
    let status = child.wait()?;
    let ready = ready.ok_or_else(|| broken(format!("no ready line ({status})")))?;
    let fits = ["reception=http://localhost:8080/r/", "office=http://localhost:8080/o", "helper=ws://127.0.0.1:35970"]
        .iter()
        .all(|part| ready.contains(part));
    match (status.success(), fits, logins) {
        (true, true, 2..) => Ok(()),
        _ => Err(broken(format!("ended with {status}, {logins} logins, the line `{ready}`"))),
    }
}
