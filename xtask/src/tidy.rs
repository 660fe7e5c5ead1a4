//! Rules of the house that no compiler knows.

mod modules;

use std::path::Path;

use crate::prepare::{self, locked_version};
use crate::step::{Failure, command, output, root};

/// Which of our crates each of our crates may use. Arrows only point down.
const ARROWS: &[(&str, &[&str])] = &[
    ("shared", &[]),
    ("virtual-card", &[]),
    ("helper", &["shared", "virtual-card"]),
    ("server", &["shared", "virtual-card"]),
    ("web", &["shared"]),
    ("e2e", &["shared", "virtual-card"]),
    ("xtask", &[]),
];

/// Words that may not stand in a file, by the file's ending. Written in two halves so that this table may stand here.
const FORBIDDEN: &[(&str, &str, &str)] = &[
    ("rs", concat!("#[igno", "re"), "a test that does not run proves nothing"),
    ("rs", concat!("todo", "!("), "finish it or name the gap"),
    ("rs", concat!("unimple", "mented!("), "finish it or name the gap"),
    ("rs", concat!("FIX", "ME"), "finish it or name the gap"),
    ("html", concat!("https", "://"), "pages load nothing from elsewhere"),
    ("css", concat!("url(htt", "p"), "pages load nothing from elsewhere"),
];

/// Runs every rule; names all that is wrong.
pub(crate) fn tidy() -> Result<(), Failure> {
    let listed = output(command("git").args(["ls-files", "--cached", "--others", "--exclude-standard"]))
        .ok_or_else(|| Failure::machine("git does not answer here", "run it in a checkout"))?;
    let mut wrong = Vec::new();
    for name in listed.lines() {
        let path = root().join(name);
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        file(name, &text, &mut wrong);
    }
    arrows(&mut wrong);
    for (name, _) in ARROWS {
        let circles = modules::Modules::read(&root().join(name).join("src"))?.circles();
        wrong.extend(circles.into_iter().map(|circle| format!("{name}: {circle}")));
    }
    lock(&mut wrong);
    links(&mut wrong);
    if wrong.is_empty() {
        return Ok(());
    }
    Err(Failure::ours(
        format!("{} untidy places:\n  {}", wrong.len(), wrong.join("\n  ")),
        "mend each; the rules stand in xtask/src/tidy.rs",
    ))
}

fn file(name: &str, text: &str, wrong: &mut Vec<String>) {
    let ending = Path::new(name).extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    let vendored = name.contains("vendor/") || name.ends_with("style/tokens.css") || ending == "lock" || ending == "svg";
    if vendored {
        return;
    }
    if !text.is_empty() && !text.ends_with('\n') {
        wrong.push(format!("{name}: no newline at the end"));
    }
    for (number, line) in (1..).zip(text.lines()) {
        if line.ends_with([' ', '\t']) {
            wrong.push(format!("{name}:{number}: space at the end of the line"));
        }
        if ending == "rs" && line.chars().count() > 160 {
            wrong.push(format!("{name}:{number}: longer than 160 columns"));
        }
        for (kind, word, why) in FORBIDDEN {
            if ending == *kind && line.contains(word) && !line.contains("xmlns") {
                wrong.push(format!("{name}:{number}: `{word}`: {why}"));
            }
        }
        // Sequences of 12 digits whose last one is the check digit of an individual number have no place here.
        for run in line.split(|c: char| !c.is_ascii_digit()).filter(|run| run.len() == 12) {
            if looks_like_individual_number(run) {
                wrong.push(format!("{name}:{number}: 12 digits that could be an individual number"));
            }
        }
    }
    // Only the root, and the fuzz targets, which cargo-fuzz wants in a workspace of their own.
    let is_workspace = text.contains("\n[workspace]\n") || text.starts_with("[workspace]\n");
    if name.ends_with("Cargo.toml") && !is_workspace && !text.contains("[lints]\nworkspace = true") {
        wrong.push(format!("{name}: does not inherit the workspace's lints"));
    }
    if name.ends_with("Cargo.toml") && (text.contains("git = \"") || text.contains("git=\"")) {
        wrong.push(format!("{name}: a dependency from git"));
    }
}

/// The check digit rule of the 12-digit number: weights 2 to 7, twice, from the right; 11 minus the rest, above 9 is 0.
fn looks_like_individual_number(digits: &str) -> bool {
    let values: Vec<u32> = digits.chars().filter_map(|c| c.to_digit(10)).collect();
    let Some((check, body)) = values.split_last() else { return false };
    let sum: u32 = body.iter().rev().zip((2..=7).cycle()).map(|(digit, weight)| digit * weight).sum();
    let expected = match 11 - sum % 11 {
        10 | 11 => 0,
        digit => digit,
    };
    expected == *check && body.iter().any(|digit| *digit != 0)
}

fn arrows(wrong: &mut Vec<String>) {
    for (name, allowed) in ARROWS {
        let manifest = std::fs::read_to_string(root().join(name).join("Cargo.toml")).unwrap_or_default();
        // The server's tests sign with the virtual card; its program must not.
        let normal = manifest.split("[dev-dependencies]").next().unwrap_or_default();
        for (other, _) in ARROWS {
            let used =
                |text: &str| text.lines().any(|line| line.starts_with(&format!("{other}.")) || line.starts_with(&format!("{other} =")));
            let forbidden_here = *name == "server" && *other == "virtual-card" && used(normal);
            if used(&manifest) && (!allowed.contains(other) || forbidden_here) {
                wrong.push(format!("{name}/Cargo.toml: {name} must not use {other}"));
            }
        }
    }
}

fn lock(wrong: &mut Vec<String>) {
    let lock = std::fs::read_to_string(root().join("Cargo.lock")).unwrap_or_default();
    for name in ["aws-lc-rs", "aws-lc-sys", "openssl-sys", "native-tls"] {
        if lock.contains(&format!("name = \"{name}\"\n")) {
            wrong.push(format!("Cargo.lock: {name}: ring is the only crypto provider"));
        }
    }
    for name in ["gloo-net", "gloo-storage", "gloo-timers", "wasm-bindgen", "rustls", "libsqlite3-sys"] {
        if lock.matches(&format!("name = \"{name}\"\n")).count() != 1 {
            wrong.push(format!("Cargo.lock: {name} must stand there once"));
        }
    }
    if locked_version("wasm-bindgen") != locked_version("wasm-bindgen-cli") {
        wrong.push("Cargo.lock: wasm-bindgen and its command differ".to_owned());
    }
    let trunk = std::fs::read_to_string(root().join("Trunk.toml")).unwrap_or_default();
    if !trunk.contains(&format!("trunk-version = \"={}\"", prepare::TRUNK)) {
        wrong.push("Trunk.toml: another version than xtask installs".to_owned());
    }
}

/// Every relative link of the papers leads somewhere.
fn links(wrong: &mut Vec<String>) {
    let papers = output(command("git").args(["ls-files", "--cached", "--others", "--exclude-standard", "*.md"])).unwrap_or_default();
    for paper in papers.lines() {
        let text = std::fs::read_to_string(root().join(paper)).unwrap_or_default();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = target.split('#').next().unwrap_or_default();
            if file.is_empty() || file.contains("://") {
                continue;
            }
            let from = root().join(paper).parent().map(|folder| folder.join(file)).unwrap_or_default();
            if !from.exists() {
                wrong.push(format!("{paper}: `{target}` leads nowhere"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planted_faults_are_all_found() {
        let mut wrong = Vec::new();
        let text = format!("fn a() {{ {}) }} \n{}\n{}", concat!("todo", "!("), concat!("#[igno", "re]"), "x".repeat(161));
        file("a.rs", &text, &mut wrong);
        assert_eq!(wrong.len(), 5, "{wrong:?}");
        file("web/Cargo.toml", "[package]\nx = { git = \"y\" }\n", &mut wrong);
        assert_eq!(wrong.len(), 7, "{wrong:?}");
    }

    #[test]
    fn an_individual_number_is_told_from_other_digits() {
        // 11 - (sum mod 11) over the weights; made up from the rule, belongs to nobody.
        let body = "98765432109";
        let good = (0..10).map(|check| format!("{body}{check}")).filter(|text| looks_like_individual_number(text)).count();
        assert_eq!(good, 1);
        assert!(!looks_like_individual_number("000000000000"));
    }
}
