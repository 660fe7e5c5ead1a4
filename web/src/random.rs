//! Random bytes of the browser.

use shared::bytes::Base64;

/// So many bytes that nobody can guess; `None` in a browser without a source of them.
pub(crate) fn bytes<const N: usize>() -> Option<Base64> {
    let mut bytes = [0_u8; N];
    web_sys::window()?.crypto().ok()?.get_random_values_with_u8_array(&mut bytes).ok()?;
    Some(Base64(bytes.to_vec()))
}
