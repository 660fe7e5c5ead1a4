//! The staff page (`/o`, `/d`): starts the app inside the HTML shell of `web/staff.html`.

/// Takes the place of the loading text; the rest of the shell stays.
fn main() {
    web::part::taps::watch();
    let root = web_sys::window().and_then(|window| window.document()).and_then(|document| document.get_element_by_id("app"));
    if let Some(root) = root {
        yew::Renderer::<web::office::StaffPage>::with_root(root).render();
    }
}
