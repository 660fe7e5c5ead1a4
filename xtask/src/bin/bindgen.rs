//! The `wasm-bindgen` command, built from this workspace's lock so that it always fits the page.
//!
//! Copied to `target/tools/bin/wasm-bindgen` by `cargo xtask`; Trunk finds it there. Names and producers are cut
//! from the wasm: they are a fifth of its weight.

use std::process::ExitCode;

#[expect(clippy::print_stderr, reason = "a command reports its failure on stderr")]
fn main() -> ExitCode {
    let mut args: Vec<std::ffi::OsString> = std::env::args_os().collect();
    if !args.iter().any(|arg| arg == "--version" || arg == "-V") {
        args.extend(["--remove-name-section".into(), "--remove-producers-section".into()]);
    }
    match wasm_bindgen_cli::wasm_bindgen::run_cli_with_args(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:?}");
            ExitCode::FAILURE
        }
    }
}
