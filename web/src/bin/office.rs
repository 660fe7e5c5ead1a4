//! The office page (`/o`): starts the app inside the HTML shell of `web/office.html`.

/// Takes the place of the loading text; the rest of the shell stays.
fn main() {
    web::part::taps::watch();
    web::office::listen();
    if let Some(root) = web::part::shell::root() {
        yew::Renderer::<web::office::OfficePage>::with_root(root).render();
    }
}
