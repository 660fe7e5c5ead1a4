//! The helper's Debian package, tried in a clean root; and the helper's types, checked for the systems we do not have.
//!
//! The root is made once by debootstrap (kept in `target/package-root/base`, with the archives of what the package
//! depends on), copied for each run, and entered with network and processes of its own: a run needs no network.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::step::{Failure, cargo, command, output, run, say, target};
use crate::{journeys, prepare};

const NEXT: &str = "look at the messages above";
/// Where the package's own files lie after the installation.
const INSTALLED: [&str; 12] = [
    "/usr/bin/uketsuke-helper",
    "/usr/lib/systemd/user/uketsuke-helper.service",
    "/etc/systemd/user/graphical-session.target.wants/uketsuke-helper.service",
    "/etc/xdg/autostart/uketsuke-helper.desktop",
    "/etc/uketsuke/helper.toml",
    "/usr/lib/sysctl.d/10-uketsuke-helper.conf",
    "/usr/share/uketsuke-helper/policies/chromium.json",
    "/usr/share/uketsuke-helper/policies/firefox.json",
    "/usr/share/uketsuke-helper/policies/chrome.reg",
    "/usr/share/uketsuke-helper/policies/edge.reg",
    "/usr/share/doc/uketsuke-helper/README.md",
    "/usr/share/doc/uketsuke-helper/PROTOCOL.md",
];
/// What is put into the clean root besides debootstrap's minimum: the desktop's systemd, which checks the unit.
const IN_BASE: &str = "systemd";
/// The helper started by an ordinary user, asked for its status page, and ended; prints the answer's head and `ended 0`.
const RUN_IT: &str = r#"
set -u
exec 5< <(exec uketsuke-helper --allow-origin https://uketsuke.example 2>"$HOME/log")
helper=$!
read -r -t 20 -u 5 line || { cat "$HOME/log"; exit 1; }
echo "$line"
exec 6<>/dev/tcp/127.0.0.1/35970 || exit 1
printf 'GET / HTTP/1.1\r\nHost: 127.0.0.1:35970\r\nConnection: close\r\n\r\n' >&6
timeout 20 cat <&6
kill -TERM "$helper"
wait "$helper"
echo "ended $?"
"#;

/// Builds the package, installs it in a clean root, looks at everything, purges it, and looks for what stayed.
pub(crate) fn package() -> Result<(), Failure> {
    if output(command("id").arg("-u")).as_deref() != Some("0") {
        return Err(Failure::machine("a clean root can be made by root only", "sudo cargo xtask test package"));
    }
    let package = build()?;
    let base = base()?;
    let root = Root(target().join("package-root/now"));
    root.remove()?;
    run("copy of the clean root", command("cp").args(["-a", "--reflink=auto"]).arg(&base).arg(&root.0), NEXT)?;
    std::fs::copy(&package, root.0.join("root/it.deb"))?;
    let tried = try_it(&root);
    root.remove()?;
    tried
}

/// The package of this source.
pub(crate) fn build() -> Result<PathBuf, Failure> {
    prepare::cargo_deb()?;
    let package = target().join("package/uketsuke-helper.deb");
    run("package", command("cargo-deb").args(["deb", "--package", "helper", "--locked", "--quiet", "--output"]).arg(&package), NEXT)?;
    Ok(package)
}

fn try_it(root: &Root) -> Result<(), Failure> {
    let plan = root.inside("apt-get install --simulate /root/it.deb")?;
    for wanted in ["Inst libpcsclite1 ", "Inst pcscd ", "Inst uketsuke-helper "] {
        expect(plan.contains(wanted), "apt does not plan the dependencies", &plan)?;
    }
    root.inside("apt-get install --yes libpcsclite1 pcscd && useradd --create-home person")?;
    let before = root.files()?;
    // Each line runs in a network of its own: reserved are the ports that were, and this one.
    let reserved = root.inside(
        "cd /proc/sys/net/ipv4 && echo 8080,9000-9001 >ip_local_reserved_ports && apt-get install --yes /root/it.deb >/dev/null && \
         cat ip_local_reserved_ports && runuser -u person -- env HOME=/home/person uketsuke-helper doctor --lang en | grep -c 'is not reserved'; \
         echo 8080 >ip_local_reserved_ports; runuser -u person -- env HOME=/home/person uketsuke-helper doctor --lang en | grep 'is not reserved'",
    )?;
    let note = "note    port      Port 35970 is not reserved: the system may give it to a connection of any program.";
    expect(reserved == format!("8080,9000-9001,35970\n0\n{note}\n"), "the port is not reserved, or others no more", &reserved)?;
    let with = root.files()?;
    for file in INSTALLED {
        expect(with.contains(file), "a file of the package is missing", file)?;
    }
    let more: Vec<&str> = with.difference(&before).map(String::as_str).collect();
    let harmful = more.iter().find(|file| file.contains("udev") || file.contains("/systemd/system/"));
    expect(harmful.is_none(), "no udev rule and no service of root", &more.join("\n"))?;
    // It wants a folder of the session, which it does not use.
    let verified = root.as_person("XDG_RUNTIME_DIR=/tmp systemd-analyze verify --user --man=no uketsuke-helper.service 2>&1")?;
    expect(verified.trim().is_empty(), "systemd has something to say about the unit", &verified)?;
    let enabled = root.inside("systemctl --global is-enabled uketsuke-helper.service")?;
    expect(enabled.trim() == "enabled", "the unit is not enabled for all accounts", &enabled)?;
    let version = root.as_person("uketsuke-helper --version")?;
    expect(version.starts_with("uketsuke-helper 0."), "--version", &version)?;
    // Nobody started pcscd in there: the doctor says so and ends with 3.
    let findings = root.as_person("uketsuke-helper doctor --allow-origin https://uketsuke.example --json; test $? = 3")?;
    let json: Result<serde_json::Value, _> = serde_json::from_str(&findings);
    let level = |json: &serde_json::Value, id: &str| {
        let list = json.get("findings").and_then(|list| list.as_array()).cloned().unwrap_or_default();
        list.iter().find(|finding| finding["id"] == id).map(|finding| finding["level"].clone())
    };
    let service = json.ok().and_then(|json| level(&json, "service"));
    expect(service == Some("problem".into()), "doctor --json", &findings)?;
    let answer = root.as_person(RUN_IT)?;
    for part in ["ready ws://127.0.0.1:35970/v1", "HTTP/1.1 200 OK", "カード読み取りプログラムは動いています", "ended 0"]
    {
        expect(answer.contains(part), "the helper does not run as an ordinary user", &answer)?;
    }
    // What it keeps for a person stands in one folder, which no package may delete.
    let at_home =
        root.inside("cd /home/person && rm log && rm -rf .config/uketsuke && find . -newer /root/it.deb ! -name . ! -name .config")?;
    expect(at_home.trim().is_empty(), "the helper left files at its user's home", &at_home)?;
    root.inside("rmdir /home/person/.config 2>/dev/null || true")?;
    root.inside("apt-get purge --yes uketsuke-helper")?;
    let after = root.files()?;
    expect(!more.is_empty(), "the installation brought nothing: the comparison is blind", "")?;
    let left: Vec<&str> = after.symmetric_difference(&before).map(String::as_str).collect();
    expect(left.is_empty(), "purging left or took files", &left.join("\n"))?;
    say(&format!("installed {} files and folders, purged all of them", more.len()));
    Ok(())
}

fn expect(is_good: bool, what: &str, seen: &str) -> Result<(), Failure> {
    if is_good { Ok(()) } else { Err(Failure::ours(format!("{what}:\n{seen}"), "helper/packaging/README.md says what is expected")) }
}

/// The clean root, made when missing: the release and the mirror are those of this machine.
fn base() -> Result<PathBuf, Failure> {
    let folder = target().join("package-root/base");
    let stamp = folder.with_extension("done");
    let release = std::fs::read_to_string("/etc/os-release")?;
    let release = release.lines().find_map(|line| line.strip_prefix("VERSION_CODENAME=")).unwrap_or_default().to_owned();
    if std::fs::read_to_string(&stamp).is_ok_and(|before| before == release) {
        return Ok(folder);
    }
    Root(folder.clone()).remove()?;
    std::fs::create_dir_all(&folder)?;
    let mut targets = command("apt-get");
    targets.args(["indextargets", "--format", "$(CODENAME) $(COMPONENT) $(REPO_URI)", "Created-By: Packages"]);
    let targets = output(&mut targets).unwrap_or_default();
    let mirror = targets
        .lines()
        .find_map(|line| line.strip_prefix(&format!("{release} main ")))
        .ok_or_else(|| Failure::machine("no package source of Debian on this machine", "check /etc/apt, run apt-get update"))?;
    let next = "check the network and the package sources, then run it again";
    let mut debootstrap = command("debootstrap");
    debootstrap.args(["--variant=minbase", &format!("--include={IN_BASE}"), &release]).arg(&folder).arg(mirror);
    // Its list of packages is long, and stands in the root's debootstrap.log when it fails.
    run("clean root (a minute, once)", debootstrap.stdout(std::process::Stdio::null()), next)?;
    let mut archives = command("chroot");
    archives.arg(&folder).args(["sh", "-c", "apt-get update -qq && apt-get install -qq --yes --download-only libpcsclite1 pcscd"]);
    run("archives of the dependencies", &mut archives, next)?;
    std::fs::write(stamp, release)?;
    Ok(folder)
}

/// A root file system of our own.
struct Root(PathBuf);

impl Root {
    fn remove(&self) -> Result<(), Failure> {
        if self.0.exists() { Ok(std::fs::remove_dir_all(&self.0)?) } else { Ok(()) }
    }

    /// A shell command as root, alone in there; what it printed.
    fn inside(&self, line: &str) -> Result<String, Failure> {
        self.shell(&["bash", "-c", line])
    }

    /// The same as an ordinary user.
    fn as_person(&self, line: &str) -> Result<String, Failure> {
        self.shell(&["runuser", "-u", "person", "--", "env", "HOME=/home/person", "LANG=C.UTF-8", "bash", "-c", line])
    }

    fn shell(&self, words: &[&str]) -> Result<String, Failure> {
        let enter = "ip link set lo up && mount -t proc proc \"$0/proc\" && mount --rbind /dev \"$0/dev\" && \
                     mount -t tmpfs -o mode=1777 tmpfs \"$0/tmp\" && exec chroot \"$0\" \"$@\"";
        let done = journeys::alone(command("unshare"), &["--mount", "--net", "--pid", "--fork", "--kill-child"])
            .args(["sh", "-c", enter])
            .arg(&self.0)
            .args(words)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .env("LC_ALL", "C.UTF-8")
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .output()?;
        let out = String::from_utf8_lossy(&done.stdout).into_owned();
        if done.status.success() {
            return Ok(out);
        }
        let line = words.last().copied().unwrap_or_default();
        let errors = String::from_utf8_lossy(&done.stderr);
        Err(Failure::ours(format!("in the clean root, {}: {line}\n{out}{errors}", done.status), NEXT))
    }

    /// Every path, but for what the system writes about itself.
    fn files(&self) -> Result<BTreeSet<String>, Failure> {
        const OWN: [&str; 7] = ["/proc/", "/dev/", "/tmp/", "/root/", "/var/log/", "/var/cache/", "/var/lib/apt/"];
        let mut found = BTreeSet::new();
        let mut folders = vec![self.0.clone()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder)? {
                let entry = entry?;
                let path = entry.path();
                let Ok(name) = path.strip_prefix(&self.0) else { continue };
                let name = Path::new("/").join(name).to_string_lossy().into_owned();
                if OWN.iter().any(|own| format!("{name}/").starts_with(own)) {
                    continue;
                }
                // Links are not followed: in here they would point outside.
                if entry.file_type()?.is_dir() {
                    folders.push(path);
                }
                found.insert(name);
            }
        }
        Ok(found)
    }
}

/// Systems that we build for but do not have.
const SYSTEMS: [(&str, &str); 2] = [("Windows", "x86_64-pc-windows-gnu"), ("macOS", "aarch64-apple-darwin")];

/// Types and lints of the helper for Windows and macOS. Nothing is linked and nothing runs.
pub(crate) fn cross() -> Result<(), Failure> {
    // ring's C wants Apple's headers, which are not ours to pass on. Nothing is linked, so freestanding ones do.
    let headers = target().join("package/headers");
    std::fs::create_dir_all(&headers)?;
    let system = "#define TARGET_OS_MAC 1\n#define TARGET_OS_OSX 1\n#define TARGET_OS_IPHONE 0\n";
    std::fs::write(headers.join("TargetConditionals.h"), system)?;
    let flags = format!("-ffreestanding -nostdlibinc -DRING_CORE_NOSTDLIBINC=1 -I{}", headers.display());
    for (name, triple) in SYSTEMS {
        prepare::rust_target(triple)?;
        for features in ["", "tls"] {
            let mut check = cargo();
            check.env("CC_aarch64_apple_darwin", "clang").env("CFLAGS_aarch64_apple_darwin", &flags);
            check.args(["clippy", "--locked", "--package", "helper", "--no-default-features", "--features", features, "--target", triple]);
            // The compiler's own warnings; what clippy says of a type may hold on one system and not on another.
            check.args(["--", "-D", "warnings", "-A", "clippy::all"]);
            run(&format!("the helper's types for {name}, features: {features}"), &mut check, NEXT)?;
        }
    }
    Ok(())
}
