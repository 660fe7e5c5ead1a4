//! The pages: Trunk, then a compressed twin beside each file; and the weight of what each page loads.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::icon::{self, Ground};
use crate::prepare;
use crate::step::{Failure, cargo, command, root, run, say, target};

/// One page.
struct Page {
    /// Trunk's target.
    html: &'static str,
    /// Its folder below `target/dist`, which is also its folder below `/assets`.
    name: &'static str,
    /// What all that it loads may weigh, brotli, bytes. Raising it is a decision.
    budget: u64,
}

const PAGES: [Page; 3] = [
    Page { html: "index.html", name: "reception", budget: 222_000 },
    Page { html: "web/device.html", name: "device", budget: 536_000 },
    Page { html: "web/office.html", name: "office", budget: 896_000 },
];

/// Folder that the server gets as `--pages`.
pub(crate) fn pages_dir() -> PathBuf {
    target().join("dist")
}

/// Builds the pages unless nothing they are made of has changed. Their weight is looked at by [`weigh`] alone: a page over its budget
/// still runs.
pub(crate) fn build() -> Result<(), Failure> {
    let made_of = fingerprint()?;
    let stamp = pages_dir().join("made-of");
    if std::fs::read_to_string(&stamp).is_ok_and(|before| before == made_of) {
        return Ok(());
    }
    prepare::wasm_target()?;
    prepare::crates()?;
    prepare::page_tools()?;
    for Page { html, name, .. } in PAGES {
        let dist = pages_dir().join(name);
        let mut trunk = command("trunk");
        trunk.args(["build", "--offline=true", "--release", "--public-url", &format!("/assets/{name}/"), "--dist"]).arg(&dist).arg(html);
        // Trunk reads NO_COLOR as a boolean and stops at anything else.
        trunk.env_remove("NO_COLOR");
        run(&format!("{name} page"), &mut trunk, "look at the messages above")?;
        slim(&dist)?;
        // The office stands on no home screen.
        if name != "office" {
            write_icons(&dist)?;
        }
        if name == "device" {
            write_worker(&dist)?;
        }
        write_demo(&dist)?;
        compress(&dist)?;
    }
    Ok(std::fs::write(stamp, made_of)?)
}

/// Takes out of the page's inline styles and scripts what no browser needs: comments but for licences, indentation, and the
/// design tokens that nothing names. The page is not cached, so each visit carries it.
fn slim(dist: &Path) -> Result<(), Failure> {
    let file = dist.join("index.html");
    let page = std::fs::read_to_string(&file)?;
    let uses = |line: &str| match line.split_once(':') {
        Some((name, _)) if name.starts_with("--color-") || name.starts_with("--font-") => page.contains(&format!("var({name})")),
        _ => true,
    };
    let mut slimmer = String::with_capacity(page.len());
    let (mut in_comment, mut in_licence) = (false, false);
    for line in page.lines() {
        let line = line.trim();
        in_licence |= line.starts_with("/*!");
        in_comment |= line.starts_with("/*") && !in_licence;
        if !in_comment && !line.is_empty() && !line.starts_with("// ") && (in_licence || uses(line)) {
            slimmer.push_str(line);
            slimmer.push('\n');
        }
        if line.ends_with("*/") {
            (in_comment, in_licence) = (false, false);
        }
    }
    Ok(std::fs::write(file, slimmer)?)
}

/// Icons for home screens.
fn write_icons(dist: &Path) -> Result<(), Failure> {
    for (name, size, ground) in
        [("icon-192.png", 192, Ground::Rounded), ("icon-512.png", 512, Ground::Rounded), ("icon-maskable-512.png", 512, Ground::Full)]
    {
        icon::write(&dist.join(name), size, ground)?;
    }
    Ok(())
}

/// Where build and files stand in `web/worker.js`, and the build in the page.
const WORKER_FACTS: &str = r#"BUILD = "", FILES = []"#;
const PAGE_BUILD: &str = r#"name="uketsuke-build" content="""#;

/// Writes the service worker with the files of this build, and the build's name into the page and a file of its own.
fn write_worker(dist: &Path) -> Result<(), Failure> {
    let page = std::fs::read_to_string(dist.join("index.html"))?;
    let worker = std::fs::read_to_string(root().join("web/worker.js"))?;
    let mut hasher = DefaultHasher::new();
    let mut names = Vec::new();
    for file in files(dist)? {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let kind = name.rsplit('.').next().unwrap_or_default();
        // What the page loads: Trunk puts a hash into these names.
        if name.starts_with("worker.") || !["js", "wasm", "css", "svg"].contains(&kind) {
            continue;
        }
        // The hash in a name is of the program before it was made ready for browsers.
        std::fs::read(&file)?.hash(&mut hasher);
        names.push(format!("\"/assets/device/{name}\""));
    }
    (&page, &worker, &names).hash(&mut hasher);
    let build = format!("{:016x}", hasher.finish());
    let facts = format!(r#"BUILD = "{build}", FILES = [{}]"#, names.join(", "));
    for (text, place) in [(&worker, WORKER_FACTS), (&page, PAGE_BUILD)] {
        if !text.contains(place) {
            return Err(Failure::ours(format!("no place for the build: {place}"), "look at web/worker.js and web/device.html"));
        }
    }
    let lines = worker.lines().filter(|line| !line.trim_start().starts_with("// ")).collect::<Vec<_>>().join("\n");
    std::fs::write(dist.join("worker.js"), lines.replace(WORKER_FACTS, &facts))?;
    std::fs::write(dist.join("build.txt"), &build)?;
    Ok(std::fs::write(dist.join("index.html"), page.replace(PAGE_BUILD, &format!(r#"name="uketsuke-build" content="{build}""#)))?)
}

/// The note of the demo in a page's HTML, as a production server sends it and as a demo server does.
const DEMO_HIDDEN: &str = r#"class="site__demo" hidden"#;
const DEMO_SHOWN: &str = r#"class="site__demo""#;

/// Writes the page's second form: the note of the demo must be there before anyone is known, and compressed like the rest.
fn write_demo(dist: &Path) -> Result<(), Failure> {
    let page = std::fs::read_to_string(dist.join("index.html"))?;
    if !page.contains(DEMO_HIDDEN) {
        return Err(Failure::ours("the page holds no note of a demo", format!("give it the paragraph {DEMO_HIDDEN}")));
    }
    Ok(std::fs::write(dist.join("demo.html"), page.replace(DEMO_HIDDEN, DEMO_SHOWN))?)
}

/// Prints what each page loads and holds it against its budget.
pub(crate) fn weigh() -> Result<(), Failure> {
    let mut over = Vec::new();
    for page in &PAGES {
        let (name, budget) = (page.name, page.budget);
        let parts = weights(&pages_dir().join(name))?;
        let total: u64 = parts.values().sum();
        let list: Vec<String> = parts.iter().map(|(kind, size)| format!("{kind} {:.1}", thousands(*size))).collect();
        say(&format!("{name} page: {:.1} kB brotli ({}), budget {:.0}", thousands(total), list.join(", "), thousands(budget)));
        if is_over(total, budget) {
            over.push(format!("the {name} page weighs {:.1} kB brotli, its budget is {:.0}", thousands(total), thousands(budget)));
        }
    }
    if over.is_empty() {
        return Ok(());
    }
    Err(Failure::ours(over.join("; "), "find what grew: cargo tree -p web, and the part that was added last"))
}

/// Nothing at all is no light page.
fn is_over(total: u64, budget: u64) -> bool {
    total == 0 || total > budget
}

/// What a visit loads of a page, by kind of file, bytes of brotli.
fn weights(dist: &Path) -> Result<BTreeMap<String, u64>, Failure> {
    let mut parts = BTreeMap::new();
    for file in files(dist)? {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let Some(plain) = name.strip_suffix(".br") else { continue };
        // Icons and the manifest are fetched by the system, not by the visit; a visit loads one of the two forms of the page.
        if plain == "demo.html" {
            continue;
        }
        let kind = plain.rsplit('.').next().unwrap_or_default();
        if ["html", "wasm", "js", "css"].contains(&kind) {
            *parts.entry(kind.to_owned()).or_default() += file.metadata()?.len();
        }
    }
    Ok(parts)
}

#[expect(clippy::cast_precision_loss, reason = "sizes of files, shown with one digit")]
fn thousands(bytes: u64) -> f64 {
    bytes as f64 / 1000.0
}

/// Writes `.br` and `.gz` beside every file that shrinks by it.
fn compress(dist: &Path) -> Result<(), Failure> {
    for file in files(dist)? {
        let kind = file.extension().and_then(|kind| kind.to_str()).unwrap_or_default();
        if !["html", "wasm", "js", "css", "svg", "webmanifest", "txt"].contains(&kind) {
            continue;
        }
        let plain = std::fs::read(&file)?;
        let beside = |suffix: &str| PathBuf::from(format!("{}.{suffix}", file.display()));
        let mut brotli = Vec::new();
        let settings = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 22, ..Default::default() };
        brotli::BrotliCompress(&mut plain.as_slice(), &mut brotli, &settings)?;
        std::fs::write(beside("br"), brotli)?;
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        gzip.write_all(&plain)?;
        std::fs::write(beside("gz"), gzip.finish()?)?;
    }
    Ok(())
}

/// Every file below a folder, sorted.
pub(crate) fn files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    Ok(found)
}

/// What the pages are made of, as one number in text.
fn fingerprint() -> Result<String, Failure> {
    let mut sources = vec![
        root().join("index.html"),
        root().join("xtask/src/page.rs"),
        root().join("xtask/src/bin/bindgen.rs"),
        root().join("Trunk.toml"),
        root().join("Cargo.toml"),
        root().join("Cargo.lock"),
    ];
    sources.extend(files(&root().join("web"))?);
    sources.extend(files(&root().join("shared"))?);
    let mut hasher = DefaultHasher::new();
    for source in sources {
        source.hash(&mut hasher);
        std::fs::read(&source)?.hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

/// Release builds of everything that is shipped.
pub(crate) fn dist() -> Result<(), Failure> {
    prepare::packages(prepare::Needs::Build)?;
    build()?;
    weigh()?;
    run("server", cargo().args(["build", "--locked", "--release", "--package", "server"]), "look at the messages above")?;
    run(
        "helper",
        cargo().args(["build", "--locked", "--profile", "small", "--package", "helper", "--no-default-features"]),
        "look at the messages above",
    )?;
    for (name, file) in [("server", "release/uketsuke-server"), ("helper", "small/uketsuke-helper")] {
        let file = target().join(file);
        say(&format!("{name}: {:.2} MB {}", thousands(file.metadata()?.len()) / 1000.0, file.display()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_over_its_budget_or_not_there_is_found() {
        let dist = std::env::temp_dir().join(format!("uketsuke-weights-{}", std::process::id()));
        std::fs::create_dir_all(&dist).unwrap();
        for (name, size) in [("index.html.br", 3), ("demo.html.br", 5), ("a_bg.wasm.br", 100), ("a_bg.wasm", 900), ("icon.svg.br", 7)] {
            std::fs::write(dist.join(name), vec![0; size]).unwrap();
        }
        let parts = weights(&dist);
        std::fs::remove_dir_all(&dist).unwrap();
        let total: u64 = parts.unwrap_or_default().values().sum();
        assert_eq!(total, 103, "the page and its program, no icon, one form of the page");
        assert_eq!([is_over(total, 103), is_over(total, 102), is_over(0, 103)], [false, true, true]);
    }
}
