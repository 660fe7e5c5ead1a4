//! The program as it is started: its one line, its stdin, its exit codes.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, Command, Output, Stdio};

use super::world::cards;

fn program(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_uketsuke-helper"));
    // Nothing that a person allowed on this machine counts in a test.
    command
        .args(args)
        .env("XDG_CONFIG_HOME", env!("CARGO_TARGET_TMPDIR"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn output(args: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = program(args).output().unwrap();
    (status.code().unwrap(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

fn simulator(listen: &str, card: &str) -> Child {
    let folder = cards().to_str().unwrap();
    let args = [
        "--allow-origin",
        "http://localhost:8080",
        "--listen",
        listen,
        "--reader",
        "simulator",
        "--simulator-cards",
        folder,
        "--simulator-card",
        card,
    ];
    program(&args).spawn().unwrap()
}

/// A person's digits may be in the memory of a program that breaks down.
#[cfg(target_os = "linux")]
#[test]
fn a_breakdown_leaves_no_dump_with_digits_on_the_disk() {
    let mut child = simulator("127.0.0.1:0", "ichiro");
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut String::new()).unwrap();
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", child.id())).unwrap();
    child.stdin.take().unwrap().write_all(b"quit\n").unwrap();
    assert!(child.wait().unwrap().success());
    let core: Vec<&str> = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap().split_whitespace().collect();
    assert_eq!(core[4..6], ["0", "0"], "{limits}");
}

#[test]
fn it_says_one_line_takes_orders_and_ends_in_order() {
    let mut child = simulator("127.0.0.1:0", "ichiro");
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    let port = line.strip_prefix("ready ws://127.0.0.1:").and_then(|rest| rest.strip_suffix("/v1\n")).expect(&line);
    assert!(port.parse::<u16>().is_ok_and(|port| port != 0));
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"remove\ninsert\ncard hanako:slow\ncard nobody\nnonsense\nquit\n").unwrap();
    assert!(child.wait().unwrap().success());
    let (mut rest, mut errors) = (String::new(), String::new());
    stdout.read_to_string(&mut rest).unwrap();
    child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
    assert_eq!(rest, "", "nothing else on stdout");
    assert_eq!(errors.matches("error: ").count(), 2, "{errors}");
    assert_eq!(errors.matches("next: ").count(), 2, "{errors}");
}

#[test]
fn wrong_usage_ends_with_2_and_says_what_to_do() {
    for args in [
        &["--allow-origin", "https://uketsuke.example/"][..],
        &["--allow-origin", "*"],
        &["--allow-origin", "https://a.example", "--listen", "0.0.0.0:0"],
        &["--allow-origin", "https://a.example", "--reader", "simulator"],
        &["--allow-origin", "https://a.example", "--reader", "simulator", "--simulator-cards", ".", "--simulator-card", "nobody"],
        &["--allow-origin", "https://a.example", "--config", "no/such/file"],
    ] {
        let (code, stdout, stderr) = output(args);
        assert_eq!((code, stdout.as_str()), (2, ""), "{args:?}");
        assert!(stderr.starts_with("error: ") && stderr.contains("\nnext: "), "{args:?}: {stderr}");
    }
    assert_eq!(output(&["--no-such-flag"]).0, 2);
}

#[test]
fn what_the_machine_lacks_ends_with_3() {
    let mut first = simulator("127.0.0.1:0", "ichiro");
    let mut line = String::new();
    BufReader::new(first.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let taken = line.trim().trim_start_matches("ready ws://").trim_end_matches("/v1");
    let (code, stdout, stderr) = output(&["--allow-origin", "https://a.example", "--listen", taken]);
    assert_eq!((code, stdout.as_str()), (3, ""));
    assert!(stderr.contains("in use by another program") && stderr.contains("\nnext: "), "{stderr}");
    #[cfg(target_os = "linux")]
    assert!(stderr.contains(&format!("uketsuke-helper (process {})", first.id())), "its owner is named: {stderr}");
    let doctor = ["doctor", "--allow-origin", "https://a.example", "--listen", taken, "--reader", "simulator", "--lang", "en"];
    let simulated = [&["--simulator-cards", cards().to_str().unwrap()], &doctor[..]].concat();
    let (code, stdout, _) = output(&simulated);
    assert_eq!(code, 0, "our own program is no stranger: {stdout}");
    assert!(stdout.contains("The program runs at") && stdout.contains("No card was touched"), "{stdout}");
    let stranger = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = stranger.local_addr().unwrap().to_string();
    let beside: Vec<&str> = simulated.iter().map(|word| if *word == taken { address.as_str() } else { word }).collect();
    let (code, stdout, _) = output(&[&beside[..], &["--json"]].concat());
    assert_eq!(code, 3, "{stdout}");
    let found: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    let port = found["findings"].as_array().unwrap().iter().find(|finding| finding["id"] == "port").unwrap();
    assert_eq!(port["level"], "problem");
    // The system names the holder of the port: this test.
    assert!(port["text_en"].as_str().unwrap().contains(&format!("process {}", std::process::id())), "{port}");
    first.stdin.take().unwrap().write_all(b"quit\n").unwrap();
    assert!(first.wait().unwrap().success());

    let empty = tempfile::tempdir().unwrap();
    let folder = empty.path().to_str().unwrap();
    let (code, _, stderr) = output(&["--allow-origin", "https://a.example", "--reader", "simulator", "--simulator-cards", folder]);
    assert_eq!(code, 3);
    assert!(stderr.contains("no cards") && stderr.contains("next: make the cards"), "{stderr}");
}

#[test]
fn the_settings_file_is_read_and_its_faults_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("helper.toml");
    std::fs::write(&file, "allow-origin = [\"https://a.example\"]\nlisten = [\"0.0.0.0:0\"]\n").unwrap();
    let path = file.to_str().unwrap();
    assert!(output(&["--config", path]).2.contains("not a loopback address"));
    std::fs::write(&file, "allow-origin = [\"https://a.example\"]\npin = \"1234\"\n").unwrap();
    let (code, _, stderr) = output(&["--config", path]);
    assert_eq!(code, 2);
    assert!(stderr.contains("line 2") && stderr.contains("unknown field"), "{stderr}");
}

#[cfg(feature = "tls")]
#[test]
fn a_certificate_is_made_told_of_and_taken_away() {
    let own = tempfile::tempdir().unwrap();
    let said = |args: &[&str]| {
        let Output { status, stdout, stderr } = program(args).env("XDG_CONFIG_HOME", own.path()).output().unwrap();
        (status.code().unwrap(), String::from_utf8(stdout).unwrap() + &String::from_utf8(stderr).unwrap())
    };
    for args in [&["tls", "status"][..], &["--tls", "--allow-origin", "https://a.example", "--listen", "127.0.0.1:0"]] {
        let (code, text) = said(args);
        assert_eq!(code, 3, "{text}");
        assert!(text.contains("there is no certificate yet\nnext: uketsuke-helper tls install"), "{text}");
    }
    let (code, text) = said(&["tls", "install"]);
    assert_eq!(code, 0, "{text}");
    let ca = own.path().join("uketsuke/tls/ca.pem");
    // What trusting means, the way for each system, and where the file is.
    for part in [
        "changes no trust",
        "about no other name",
        "certutil -d",
        "Firefox",
        "security add-trusted-cert",
        "-addstore Root",
        ca.to_str().unwrap(),
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let (code, text) = said(&["tls", "status"]);
    assert!(code == 0 && text.contains("200 days"), "{text}");
    let (code, text) = said(&["tls", "remove"]);
    assert!(code == 0 && text.contains("End the trust as well") && !ca.exists(), "{text}");
}

#[test]
fn a_browser_policy_is_printed_alone_on_stdout() {
    let (code, stdout, stderr) = output(&["browser-policy", "https://uketsuke.example", "--browser", "chromium"]);
    assert_eq!((code, stdout.as_str()), (0, include_str!("../../packaging/policies/chromium.json")));
    assert!(stderr.contains("/etc/chromium/policies/managed/"), "{stderr}");
    for wrong in [
        &["browser-policy", "https://uketsuke.example/r"][..],
        &["browser-policy", "https://a.example", "--browser", "firefox", "--form", "reg"],
    ] {
        let (code, stdout, stderr) = output(wrong);
        assert_eq!((code, stdout.as_str()), (2, ""));
        assert!(stderr.starts_with("error: ") && stderr.contains("\nnext: "), "{stderr}");
    }
}
