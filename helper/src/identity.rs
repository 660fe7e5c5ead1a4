//! Which helper this is: a key of its own, so that a page notices when another program took its place on the port.
//!
//! The key is read, or made, when the program starts: later a page would wait for the disk. It lies in the person's own folder, and signs
//! nothing but the nonce of a hello, bound to the origin of the page (`shared::evidence::identity_bytes`). Source: `reader-helper.md` T8.

use std::io;
use std::path::Path;

use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use shared::bytes::Base64;
use shared::evidence::{NONCE_LEN, identity_bytes};
use shared::reader::Identity as Proof;
use tracing::warn;

use crate::gate::Origin;
use crate::user_files;

/// The key of this helper; `None` when there is none, and the log says why.
pub struct Identity(Option<EcdsaKeyPair>);

impl Identity {
    /// The key in a folder, which is made there when missing; without a folder none at all.
    #[must_use]
    pub fn new(folder: Option<&Path>) -> Self {
        let kept = folder.map(|folder| key(&folder.join("identity.p8")));
        Self(kept.and_then(|kept| kept.inspect_err(|error| warn!(%error, "this helper has no identity")).ok()))
    }

    /// Signs the nonce of a page's hello; `None` when this helper has no key.
    pub(crate) fn sign(&self, origin: &Origin, nonce: &[u8; NONCE_LEN]) -> Option<Proof> {
        let key = self.0.as_ref()?;
        let origin_sha256 = digest(&SHA256, origin.as_str().as_bytes());
        let message = identity_bytes(origin_sha256.as_ref().try_into().ok()?, nonce);
        let signature = key.sign(&SystemRandom::new(), &message).ok()?;
        Some(Proof { key: Base64::from(key.public_key().as_ref()), signature: Base64::from(signature.as_ref()) })
    }
}

/// Reads the key, or makes it. Whoever makes it at the same time wins or loses as a whole: the key that lies there counts.
fn key(file: &Path) -> io::Result<EcdsaKeyPair> {
    let random = SystemRandom::new();
    if !file.exists() {
        let made =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).map_err(|_| io::Error::other("no key was made"))?;
        user_files::write(file, made.as_ref())?;
    }
    let kept = zeroize::Zeroizing::new(std::fs::read(file)?);
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &kept, &random).map_err(|why| io::Error::other(why.to_string()))
}

#[cfg(test)]
mod tests {
    use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

    use super::*;

    #[test]
    fn the_key_stays_and_signs_for_one_page_and_one_nonce() {
        let folder = tempfile::tempdir().unwrap();
        let [page, other] = ["https://a.example", "https://b.example"].map(|text| Origin::parse(text).unwrap());
        let sign = |nonce| Identity::new(Some(folder.path())).sign(&page, nonce).unwrap();
        let (first, second) = (sign(&[1; 32]), sign(&[1; 32]));
        assert_eq!(first.key, second.key, "read again, not made again");

        let fits = |origin: &Origin, nonce: &[u8; 32]| {
            let origin_sha256 = digest(&SHA256, origin.as_str().as_bytes());
            let message = identity_bytes(origin_sha256.as_ref().try_into().unwrap(), nonce);
            UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &first.key.0).verify(&message, &first.signature.0).is_ok()
        };
        assert!(fits(&page, &[1; 32]));
        assert!(!fits(&page, &[2; 32]) && !fits(&other, &[1; 32]));
    }

    #[test]
    fn without_a_folder_or_with_a_broken_key_there_is_no_proof() {
        let page = Origin::parse("https://a.example").unwrap();
        assert!(Identity::new(None).sign(&page, &[1; 32]).is_none());
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("identity.p8"), "not a key").unwrap();
        assert!(Identity::new(Some(folder.path())).sign(&page, &[1; 32]).is_none());
        assert_eq!(std::fs::read(folder.path().join("identity.p8")).unwrap(), b"not a key", "nothing is overwritten");
    }
}
