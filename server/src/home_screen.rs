//! Under which path the device page finds the manifest that names its institution. The path carries a tag of this server's own key: who
//! only knows or guesses the code of an institution learns nothing by it, not even whether there is one.

use ring::hmac;
use shared::bytes::Base64;
use shared::domain::institution::InstitutionCode;

/// So many bytes of the tag stand in the path.
const TAG: usize = 16;

fn tag(key: &hmac::Key, code: &InstitutionCode) -> Base64 {
    let whole = hmac::sign(key, format!("uketsuke home screen\n{}", code.as_str()).as_bytes());
    Base64(whole.as_ref().iter().take(TAG).copied().collect())
}

/// `/d/app/CODE.TAG/manifest.webmanifest`: the same for every device of an institution, and at every start of the server.
#[must_use]
pub fn manifest_path(key: &hmac::Key, code: &InstitutionCode) -> String {
    format!("/d/app/{}.{}/manifest.webmanifest", code.as_str(), tag(key, code).to_text())
}

/// Whose manifest `CODE.TAG` asks for; `None` for what this server did not make.
#[must_use]
pub fn read(key: &hmac::Key, text: &str) -> Option<InstitutionCode> {
    let (code, said) = text.split_once('.')?;
    let (code, said) = (InstitutionCode::try_from(code).ok()?, Base64::parse(said).ok()?);
    // The tag is no secret to whoever has logged in once, and opens nothing but a name: how long a comparison takes tells nobody more.
    (tag(key, &code) == said).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_path_of_ours_names_an_institution() {
        let key = |byte| hmac::Key::new(hmac::HMAC_SHA256, &[byte; 32]);
        let code = |text: &str| InstitutionCode::try_from(text).unwrap();
        let path = manifest_path(&key(1), &code("9969900001"));
        let part = path.strip_prefix("/d/app/").unwrap().strip_suffix("/manifest.webmanifest").unwrap();
        assert_eq!(read(&key(1), part), Some(code("9969900001")));
        let tag = part.split_once('.').unwrap().1;
        for other in ["9969900001", "9969900001.", "x", "", &format!("9969900002.{tag}"), part.strip_suffix(|_: char| true).unwrap()] {
            assert_eq!(read(&key(1), other), None, "{other}");
        }
        assert_eq!(read(&key(2), part), None, "another server's");
    }
}
