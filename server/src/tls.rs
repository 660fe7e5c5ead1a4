//! TLS 1.3 with rustls and ring: a given certificate, or one made here.

use std::path::Path;
use std::sync::Arc;

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

/// TLS with certificate chain and key from PEM files.
///
/// # Errors
/// [`NoTls`].
pub fn from_files(chain: &Path, key: &Path) -> Result<TlsAcceptor, NoTls> {
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(chain).and_then(Iterator::collect).map_err(NoTls::Pem)?;
    let key = PrivateKeyDer::from_pem_file(key).map_err(NoTls::Pem)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(NoTls::Rustls)?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(NoTls::Rustls)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// TLS with a certificate of our own for `host`, made once and kept in `folder` (`tls-HOST.pem`, `tls-HOST.key`, key 0600).
/// Browsers warn about it; it is for trying out and for closed networks that pin it.
///
/// # Errors
/// [`NoTls`].
pub fn self_made(folder: &Path, host: &str) -> Result<TlsAcceptor, NoTls> {
    let name: String = host.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' || c == '-' { c } else { '_' }).collect();
    let (chain, key) = (folder.join(format!("tls-{name}.pem")), folder.join(format!("tls-{name}.key")));
    if !chain.is_file() || !key.is_file() {
        let made = rcgen::generate_simple_self_signed([host.to_owned()]).map_err(NoTls::Made)?;
        crate::config::write_secret(&key, made.signing_key.serialize_pem().as_bytes()).map_err(NoTls::Kept)?;
        std::fs::write(&chain, made.cert.pem()).map_err(NoTls::Kept)?;
    }
    from_files(&chain, &key)
}
