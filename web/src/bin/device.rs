//! The device page (`/d`): starts the app inside the HTML shell of `web/device.html`.

/// Takes the place of the loading text; the rest of the shell stays.
fn main() {
    web::device::drop_fragment();
    web::part::taps::watch();
    if let Some(root) = web::part::shell::root() {
        yew::Renderer::<web::device::DevicePage>::with_root(root).render();
    }
}
