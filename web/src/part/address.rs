//! An address of this server, as a person types it.

/// The whole address of a path, for paper. Where no browser draws, the path alone.
#[must_use]
pub fn address(path: &str) -> String {
    let origin = if cfg!(target_arch = "wasm32") { web_sys::window().and_then(|window| window.location().origin().ok()) } else { None };
    format!("{}{path}", origin.unwrap_or_default())
}
