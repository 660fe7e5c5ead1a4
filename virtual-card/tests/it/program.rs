//! The `virtual-card` command.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    process::{Command, Output, Stdio},
};

use crate::world::{self, NOW};

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_virtual-card"))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[track_caller]
fn refused(output: &Output, code: i32, parts: &[&str]) {
    let errors = text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{errors}");
    for part in parts {
        assert!(errors.contains(part), "{part} is missing in: {errors}");
    }
}

#[test]
fn list_names_people_and_scenarios() {
    let output = program().arg("list").output().unwrap();
    let listed = text(&output.stdout);
    assert!(output.status.success());
    for name in ["ichiro", "nanako", "normal", "locked", "slow"] {
        assert!(listed.contains(&format!("  {name} ")), "{name}: {listed}");
    }
}

#[test]
fn make_fills_a_folder_by_the_test_clock() {
    // The shared folder is up to date at this moment, so nothing new is made.
    let output = program().arg("make").arg(world::cards()).env("UKETSUKE_TEST_CLOCK", NOW).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    let output = program().arg("make").arg(world::cards()).env("UKETSUKE_TEST_CLOCK", "1795168800").output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
}

#[test]
fn errors_say_what_to_do_next() {
    refused(&program().args(["make", "/proc/nowhere"]).output().unwrap(), 3, &["error: cannot make cards", "\nnext: "]);
    let empty = tempfile::tempdir().unwrap();
    let serve = |card: &str| program().args(["serve", "--card", card, "--cards"]).arg(empty.path()).output().unwrap();
    refused(&serve("ichiro"), 3, &["error: no cards in", "next: virtual-card make "]);
    refused(&serve("nobody"), 2, &["no person `nobody`", "ichiro, hanako"]);
    let plan = empty.path().join("card.toml");
    std::fs::write(&plan, "person = \"ichiro\"\nauth_tries = 4\n").unwrap();
    refused(&serve(plan.to_str().unwrap()), 3, &["card.toml: line 2, `auth_tries`: 0 to 3 is allowed", "\nnext: mend that line"]);
    refused(&program().arg("make").output().unwrap(), 2, &["<DIR>"]);
    refused(&program().args(["make", "x"]).env("UKETSUKE_TEST_CLOCK", "noon").output().unwrap(), 2, &["noon"]);
}

#[test]
fn serve_follows_its_orders() {
    let folder = tempfile::tempdir().unwrap();
    let plan = folder.path().join("card.toml");
    std::fs::write(&plan, "person = \"goro\"\nscenario = \"short-read\"\n").unwrap();
    let reader = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut child = program()
        .args(["serve", "--card", "ichiro", "--connect", &reader.local_addr().unwrap().to_string(), "--cards"])
        .arg(world::cards())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut orders = child.stdin.take().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert_eq!(lines.next().unwrap(), "inserted ichiro:normal");
    for (order, answer) in [
        ("remove", "removed ichiro:normal"),
        ("insert", "inserted ichiro:normal"),
        ("card hanako:locked", "inserted hanako:locked"),
        (&format!("card {}", plan.display()), "inserted goro:short-read"),
        ("nonsense\ncard nobody\ncard nowhere.toml\nremove", "removed goro:short-read"),
    ] {
        writeln!(orders, "{order}").unwrap();
        assert_eq!(lines.next().unwrap(), answer);
    }
    writeln!(orders, "quit").unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let errors = text(&output.stderr);
    assert!(errors.contains("error: `nonsense` is no order\nnext: ") && errors.contains("error: no person `nobody`"), "{errors}");
    assert!(errors.contains("error: nowhere.toml: cannot be read: "), "{errors}");
}
