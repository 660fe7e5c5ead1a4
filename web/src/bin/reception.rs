//! The reception page: draws into the shell of `index.html`, whose header stays.

use web::reception::Reception;

fn main() {
    web::part::taps::watch();
    wasm_bindgen_futures::spawn_local(async {
        // The shell already says what page this is; it stays until there is more to show.
        web::api::first_answer().await;
        if let Some(root) = web::part::shell::root() {
            yew::Renderer::<Reception>::with_root(root).render();
        }
    });
}
