//! The `wasm-bindgen` command, built from this workspace's lock so that it always fits the page.
//!
//! Copied to `target/tools/bin/wasm-bindgen` by `cargo xtask`; Trunk finds it there. Names and producers are cut
//! from the wasm: they are a fifth of its weight. The imports get short names on both sides, since each long one ends in
//! sixteen digits that no compression shortens, and the glue loses its comments.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[expect(clippy::print_stderr, reason = "a command reports its failure on stderr")]
fn main() -> ExitCode {
    let mut args: Vec<OsString> = std::env::args_os().collect();
    let out = out_dir(&args);
    if !args.iter().any(|arg| arg == "--version" || arg == "-V") {
        args.extend(["--remove-name-section".into(), "--remove-producers-section".into()]);
    }
    let done = wasm_bindgen_cli::wasm_bindgen::run_cli_with_args(args).map_err(|error| format!("{error:?}"));
    match done.and_then(|()| out.map_or(Ok(()), |out| shorten(&out))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The folder of `--out-dir DIR` or `--out-dir=DIR`.
fn out_dir(args: &[OsString]) -> Option<PathBuf> {
    let place = args.iter().position(|arg| arg.to_string_lossy().starts_with("--out-dir"))?;
    match args.get(place)?.to_string_lossy().split_once('=') {
        Some((_, folder)) => Some(PathBuf::from(folder)),
        None => args.get(place + 1).map(PathBuf::from),
    }
}

/// Shortens every pair of `NAME_bg.wasm` and `NAME.js` in a folder.
fn shorten(folder: &Path) -> Result<(), String> {
    let failed = |error: std::io::Error| error.to_string();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let wasm_file = entry.map_err(failed)?.path();
        let name = wasm_file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let Some(stem) = name.strip_suffix("_bg.wasm") else { continue };
        let glue_file = folder.join(format!("{stem}.js"));
        let glue = std::fs::read_to_string(&glue_file).map_err(failed)?;
        let (wasm, names) = with_short_imports(&std::fs::read(&wasm_file).map_err(failed)?).ok_or("the wasm cannot be read")?;
        std::fs::write(glue_file, slim(&glue, &names)?).map_err(failed)?;
        std::fs::write(wasm_file, wasm).map_err(failed)?;
    }
    Ok(())
}

/// The glue with the short names in its table of imports, without comments and indentation.
fn slim(glue: &str, names: &HashMap<String, String>) -> Result<String, String> {
    let (mut slim, mut named, mut in_comment) = (String::with_capacity(glue.len()), 0, false);
    for line in glue.lines().map(str::trim) {
        in_comment |= line.starts_with("/*");
        if !in_comment && !line.is_empty() && !line.starts_with("//") {
            match line.split_once(": function(").and_then(|(name, rest)| Some((names.get(name)?, rest))) {
                Some((short, rest)) => {
                    named += 1;
                    slim.push_str(&format!("{short}: function({rest}"));
                }
                None => slim.push_str(line),
            }
            slim.push('\n');
        }
        in_comment &= !line.ends_with("*/");
    }
    if named == names.len() { Ok(slim) } else { Err(format!("{named} of {} imports are in the glue", names.len())) }
}

/// A wasm file whose functions are imported by short names, and which short name stands for which long one.
fn with_short_imports(wasm: &[u8]) -> Option<(Vec<u8>, HashMap<String, String>)> {
    const IMPORTS: u8 = 2;
    let mut names = HashMap::new();
    let mut out = wasm.get(..8)?.to_vec();
    let mut rest = wasm.get(8..)?;
    while let Some((&id, after)) = rest.split_first() {
        let (length, after) = number(after)?;
        let (section, after) = after.split_at_checked(length)?;
        rest = after;
        let section = if id == IMPORTS { short_imports(section, &mut names)? } else { section.to_vec() };
        out.push(id);
        put_number(&mut out, section.len());
        out.extend(section);
    }
    Some((out, names))
}

fn short_imports(section: &[u8], names: &mut HashMap<String, String>) -> Option<Vec<u8>> {
    const FUNCTION: u8 = 0;
    let (count, mut rest) = number(section)?;
    let mut out = Vec::with_capacity(section.len());
    put_number(&mut out, count);
    for place in 0..count {
        let (module, after) = text(rest)?;
        let (name, after) = text(after)?;
        let (&kind, after) = after.split_first()?;
        // Anything else than a function is the glue's own business, and comes last if at all.
        if kind != FUNCTION {
            return None;
        }
        let (type_index, after) = number(after)?;
        rest = after;
        let short = format!("f{place}");
        for text in [module.as_bytes(), short.as_bytes()] {
            put_number(&mut out, text.len());
            out.extend(text);
        }
        out.push(kind);
        put_number(&mut out, type_index);
        names.insert(name.to_owned(), short);
    }
    Some(out)
}

fn text(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let (length, rest) = number(bytes)?;
    let (text, rest) = rest.split_at_checked(length)?;
    Some((std::str::from_utf8(text).ok()?, rest))
}

/// A number as wasm writes it (LEB128, without sign).
fn number(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut value = 0_usize;
    for (place, byte) in bytes.iter().enumerate().take(5) {
        value |= usize::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Some((value, bytes.get(place + 1..)?));
        }
    }
    None
}

fn put_number(out: &mut Vec<u8>, mut value: usize) {
    loop {
        let low = u8::try_from(value & 0x7f).unwrap_or(0);
        value >>= 7;
        out.push(if value == 0 { low } else { low | 0x80 });
        if value == 0 {
            return;
        }
    }
}
