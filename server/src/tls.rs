//! TLS 1.3 with rustls and ring: a given certificate, which is read again when its files change, or one made here.

mod client;

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use rustls::DistinguishedName;
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{ClientHello, NoClientAuth, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

/// Says why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum NoTls {
    /// The file holds no certificate or key.
    #[error("no certificate or key in PEM form in the given files")]
    Pem(#[source] rustls_pki_types::pem::Error),
    /// Certificate and key do not fit, or are of a kind that is not supported.
    #[error("certificate and key cannot be used")]
    Rustls(#[source] rustls::Error),
    /// No certificate could be made.
    #[error("no certificate could be made")]
    Made(#[source] rcgen::Error),
    /// A file could not be written.
    #[error("the certificate could not be kept")]
    Kept(#[source] std::io::Error),
}

/// A certificate in two files, as new connections get it.
#[derive(Debug)]
pub struct Certificate {
    chain: PathBuf,
    key: PathBuf,
    now: Arc<Current>,
    /// How the files looked when they were read last, well or not.
    seen: Option<[Stamp; 2]>,
    /// They could not be used when they were read last.
    is_bad: bool,
}

/// What a file looks like from outside: changed when one of them is another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    changed: Option<SystemTime>,
    length: u64,
    /// Another file of the same name, where the system numbers its files.
    number: u64,
}

/// What became of a look at the files.
#[derive(Debug)]
pub enum Looked {
    /// They are as before.
    Same,
    /// New connections get the new certificate.
    Renewed,
    /// They changed and cannot be used: the former certificate stays.
    Unusable(NoTls),
}

/// The certificate that new connections get.
#[derive(Debug)]
struct Current(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

impl Certificate {
    /// Reads certificate chain and key from PEM files.
    ///
    /// # Errors
    /// [`NoTls`].
    pub fn read(chain: &Path, key: &Path) -> Result<Self, NoTls> {
        // Looked at first: a change while they are read is found at the next look.
        let seen = Some([stamp(chain), stamp(key)]);
        let now = Arc::new(Current(RwLock::new(Arc::new(read(chain, key)?))));
        Ok(Self { chain: chain.to_owned(), key: key.to_owned(), now, seen, is_bad: false })
    }

    /// TLS with this certificate, also after it is renewed.
    ///
    /// # Errors
    /// [`NoTls`].
    pub fn acceptor(&self) -> Result<TlsAcceptor, NoTls> {
        self.acceptor_with(None)
    }

    /// The same, and browsers are asked for a certificate of a CA of these names (DER), which they need not show.
    ///
    /// # Errors
    /// [`NoTls`].
    pub fn asking_acceptor(&self, names: Vec<Vec<u8>>) -> Result<TlsAcceptor, NoTls> {
        self.acceptor_with(Some(names))
    }

    fn acceptor_with(&self, names: Option<Vec<Vec<u8>>>) -> Result<TlsAcceptor, NoTls> {
        let verifier: Arc<dyn ClientCertVerifier> = match names {
            None => Arc::new(NoClientAuth),
            Some(names) => {
                let names = names.into_iter().map(DistinguishedName::from).collect();
                Arc::new(client::AnyProved { names, algorithms: provider().signature_verification_algorithms })
            }
        };
        let mut config = rustls::ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(&[&rustls::version::TLS13])
            .map_err(NoTls::Rustls)?
            .with_client_cert_verifier(verifier)
            .with_cert_resolver(Arc::clone(&self.now) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }

    /// Reads the files again if they changed. Certificate and key may come one after the other: until they fit, the former
    /// certificate stays.
    pub fn look(&mut self) -> Looked {
        let seen = Some([stamp(&self.chain), stamp(&self.key)]);
        let is_same = seen == self.seen;
        if is_same && !self.is_bad {
            return Looked::Same;
        }
        self.seen = seen;
        let read = read(&self.chain, &self.key);
        let was_bad = std::mem::replace(&mut self.is_bad, read.is_err());
        match read {
            Ok(certificate) => {
                *self.now.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(certificate);
                Looked::Renewed
            }
            // Tried again at each look, and said once: a renewal may get its rights only after its content.
            Err(_) if is_same && was_bad => Looked::Same,
            Err(why) => Looked::Unusable(why),
        }
    }
}

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn read(chain: &Path, key: &Path) -> Result<CertifiedKey, NoTls> {
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(chain).and_then(Iterator::collect).map_err(NoTls::Pem)?;
    let key = PrivateKeyDer::from_pem_file(key).map_err(NoTls::Pem)?;
    CertifiedKey::from_der(chain, key, &provider()).map_err(NoTls::Rustls)
}

fn stamp(file: &Path) -> Stamp {
    let found = std::fs::metadata(file).ok();
    #[cfg(unix)]
    let number = found.as_ref().map_or(0, std::os::unix::fs::MetadataExt::ino);
    #[cfg(not(unix))]
    let number = 0;
    let changed = found.as_ref().and_then(|found| found.modified().ok());
    Stamp { changed, length: found.as_ref().map_or(0, std::fs::Metadata::len), number }
}

/// A certificate of our own for `host`, made once and kept in `folder` (`tls-HOST.pem`, `tls-HOST.key`, key 0600).
/// Browsers warn about it; it is for trying out and for closed networks that pin it.
///
/// # Errors
/// [`NoTls`].
pub fn self_made(folder: &Path, host: &str) -> Result<Certificate, NoTls> {
    let name: String = host.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' || c == '-' { c } else { '_' }).collect();
    let (chain, key) = (folder.join(format!("tls-{name}.pem")), folder.join(format!("tls-{name}.key")));
    if !chain.is_file() || !key.is_file() {
        let made = rcgen::generate_simple_self_signed([host.to_owned()]).map_err(NoTls::Made)?;
        // A certificate without its key would stay beside another one: it goes first.
        match std::fs::remove_file(&chain) {
            Err(why) if why.kind() != std::io::ErrorKind::NotFound => return Err(NoTls::Kept(why)),
            _ => {}
        }
        crate::files::write_secret(&key, made.signing_key.serialize_pem().as_bytes()).map_err(NoTls::Kept)?;
        crate::files::write_secret(&chain, made.cert.pem().as_bytes()).map_err(NoTls::Kept)?;
    }
    Certificate::read(&chain, &key)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Files(tempfile::TempDir);

    impl Files {
        fn new() -> Self {
            let files = Self(tempfile::tempdir().unwrap());
            files.put("a.example");
            files
        }

        fn chain(&self) -> PathBuf {
            self.0.path().join("chain.pem")
        }

        fn key(&self) -> PathBuf {
            self.0.path().join("key.pem")
        }

        /// As a renewal does: each file is replaced by another one.
        fn put(&self, host: &str) -> Vec<u8> {
            let made = rcgen::generate_simple_self_signed([host.to_owned()]).unwrap();
            self.replace(&self.chain(), &made.cert.pem());
            self.replace(&self.key(), &made.signing_key.serialize_pem());
            made.cert.der().to_vec()
        }

        fn replace(&self, file: &Path, content: &str) {
            let draft = self.0.path().join("draft");
            std::fs::write(&draft, content).unwrap();
            std::fs::rename(draft, file).unwrap();
        }
    }

    fn shown(certificate: &Certificate) -> Vec<u8> {
        certificate.now.0.read().unwrap().cert[0].to_vec()
    }

    #[test]
    fn a_renewed_certificate_is_served_without_a_restart() {
        let files = Files::new();
        let mut certificate = Certificate::read(&files.chain(), &files.key()).unwrap();
        let first = shown(&certificate);
        assert!(matches!(certificate.look(), Looked::Same));
        let second = files.put("b.example");
        assert!(matches!(certificate.look(), Looked::Renewed));
        assert_eq!(shown(&certificate), second);
        assert_ne!(first, second);
        assert!(matches!(certificate.look(), Looked::Same));
    }

    #[test]
    fn half_a_renewal_leaves_the_former_certificate() {
        let files = Files::new();
        let mut certificate = Certificate::read(&files.chain(), &files.key()).unwrap();
        let first = shown(&certificate);
        let next = rcgen::generate_simple_self_signed(["b.example".to_owned()]).unwrap();
        files.replace(&files.chain(), &next.cert.pem());
        assert!(matches!(certificate.look(), Looked::Unusable(NoTls::Rustls(_))), "the key is still the old one");
        assert_eq!(shown(&certificate), first);
        assert!(matches!(certificate.look(), Looked::Same), "said once, not at every look");
        files.replace(&files.key(), &next.signing_key.serialize_pem());
        assert!(matches!(certificate.look(), Looked::Renewed));
        for broken in ["", "-----BEGIN CERTIFICATE-----"] {
            files.replace(&files.chain(), broken);
            assert!(matches!(certificate.look(), Looked::Unusable(NoTls::Pem(_) | NoTls::Rustls(_))));
            assert_eq!(shown(&certificate), next.cert.der().to_vec());
        }
        std::fs::remove_file(files.key()).unwrap();
        assert!(matches!(certificate.look(), Looked::Unusable(_)));
        assert_eq!(shown(&certificate), next.cert.der().to_vec());
    }

    #[test]
    fn a_certificate_of_our_own_whose_key_is_lost_is_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let first = shown(&self_made(folder.path(), "a.example").unwrap());
        assert_eq!(shown(&self_made(folder.path(), "a.example").unwrap()), first, "made once");
        std::fs::remove_file(folder.path().join("tls-a.example.key")).unwrap();
        assert_ne!(shown(&self_made(folder.path(), "a.example").unwrap()), first);
    }
}
