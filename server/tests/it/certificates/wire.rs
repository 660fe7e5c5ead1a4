//! Over TLS, with the clients that people have: connections that stay open, and openssl.

use std::sync::Arc;

use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use server::accept::Limits;
use server::authority::{Authority, Subject};
use server::random::Random;
use server::serve::{Running, run};
use server::store::certificate::{self as store, CertificateRecord, NewCertificateRow};
use server::tls;
use shared::api::Endpoint as _;
use shared::api::certificate::CertificateInUse;
use shared::api::office::Me;
use shared::domain::certificate::CertificateMode;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::door::Terminal;
use super::{NOW, bare, far, keep, keeper, made, openssl, revoked, set};
use crate::world::{OFFICE, PASSWORD, STATION, World};

/// Both doors on sockets with TLS.
struct Served {
    world: World,
    first: Running,
    office: Running,
    folder: tempfile::TempDir,
}

impl Served {
    async fn new() -> Self {
        let world = World::with_office().await;
        let folder = tempfile::tempdir().unwrap();
        let certificate = tls::self_made(folder.path(), "localhost").unwrap();
        let (keeper, random, now) = (keeper(), Random::machine(), world.clock.now());
        Authority::current(&world.store.0, &keeper, &random, now).await.unwrap();
        let name = |der: &Vec<u8>| {
            use x509_cert::der::{Decode as _, Encode as _};
            x509_cert::Certificate::from_der(der).unwrap().tbs_certificate().subject().to_der().unwrap()
        };
        let names = world.store.0.read(store::authorities).await.unwrap().iter().map(name).collect();
        let listen = async || TcpListener::bind("127.0.0.1:0").await.unwrap();
        let limits = Limits::default();
        let first = run(listen().await, Some(certificate.acceptor().unwrap()), world.router.clone(), limits).unwrap();
        let asking = certificate.asking_acceptor(names).unwrap();
        let office = run(listen().await, Some(asking), world.office.clone().unwrap(), limits).unwrap();
        Self { world, first, office, folder }
    }

    /// A certificate of this server's CA in the list, and its two files.
    async fn terminal(&self, label: &str) -> (CertificateRecord, Vec<u8>, Vec<u8>) {
        let (keeper, random, now) = (keeper(), Random::machine(), self.world.clock.now());
        let authority = Authority::current(&self.world.store.0, &keeper, &random, now).await.unwrap();
        let ends_on = now.jst_date().plus_days(400);
        let made = authority.issue(Subject { label, institution: "ひなた", starts_at: now, ends_on }, &random).unwrap();
        let like = bare(1, label, now, ends_on);
        let record = CertificateRecord { fingerprint: made.fingerprint, serial: made.serial, ..like.record };
        let new = NewCertificateRow { record, certificate: made.certificate.clone(), key_sealed: None };
        (keep(&self.world, STATION, &new).await, made.certificate, made.key.to_vec())
    }

    async fn stop(self) {
        self.first.stop().await;
        self.office.stop().await;
    }
}

/// A TLS client that shows a certificate, or none.
async fn tls_to(served: &Served, shows: Option<(&[u8], &[u8])>) -> tokio_rustls::client::TlsStream<TcpStream> {
    let mut roots = rustls::RootCertStore::empty();
    let file = std::fs::read(served.folder.path().join("tls-localhost.pem")).unwrap();
    roots.add(CertificateDer::from_pem_slice(&file).unwrap()).unwrap();
    let builder = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    let config = match shows {
        None => builder.with_no_client_auth(),
        Some((certificate, key)) => {
            let key = PrivateKeyDer::try_from(key.to_vec()).unwrap();
            builder.with_client_auth_cert(vec![CertificateDer::from(certificate.to_vec())], key).unwrap()
        }
    };
    let stream = TcpStream::connect(served.office.address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    tokio_rustls::TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap()
}

/// One exchange on a connection that stays open: everything up to the end of the JSON.
async fn exchange(stream: &mut tokio_rustls::client::TlsStream<TcpStream>, path: &str, more: &str) -> String {
    let host = OFFICE.strip_prefix("https://").unwrap();
    stream.write_all(format!("GET {path} HTTP/1.1\r\nhost: {host}\r\n{more}\r\n").as_bytes()).await.unwrap();
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let read = tokio::time::timeout(std::time::Duration::from_secs(20), stream.read(&mut buffer)).await.unwrap().unwrap();
        bytes.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let length = text.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse::<usize>().ok());
        let body = text.split_once("\r\n\r\n").map(|(_, body)| body.len());
        if read == 0 || length.is_some_and(|length| body.is_some_and(|body| body >= length)) {
            return text;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kept_connection_is_refused_as_soon_as_its_certificate_is_ended() {
    let served = Served::new().await;
    let (record, certificate, key) = served.terminal("受付のパソコン").await;
    let mut stream = tls_to(&served, Some((&certificate, &key))).await;
    let told = exchange(&mut stream, CertificateInUse::PATH, "").await;
    assert!(told.starts_with("HTTP/1.1 200") && told.contains("受付のパソコン"), "{told}");
    let world = &served.world;
    set(&world.store, CertificateMode::Required, world.clock.now().jst_date(), world.clock.now()).await;
    let inside = Terminal::with(&certificate).login(world, "kanri1", PASSWORD).await.unwrap();
    let cookie = format!("cookie: {}\r\n", inside.cookie.unwrap());
    let told = exchange(&mut stream, Me::PATH, &cookie).await;
    assert!(told.starts_with("HTTP/1.1 200"), "{told}");
    // The session alone opens nothing.
    let mut bare = tls_to(&served, None).await;
    let told = exchange(&mut bare, Me::PATH, &cookie).await;
    assert!(told.contains("U-X43") && told.contains("missing"), "{told}");
    revoked(&world.store, STATION, &record.id, world.clock.now()).await.unwrap();
    let told = exchange(&mut stream, Me::PATH, &cookie).await;
    assert!(told.contains("U-X43") && told.contains("revoked"), "on the same connection: {told}");
    // A certificate whose key the peer has not got is no certificate.
    let (_, stranger) = made(STATION, "x", NOW, far()).await;
    let config = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty());
    let key = PrivateKeyDer::try_from(stranger).unwrap();
    assert!(config.with_client_auth_cert(vec![CertificateDer::from(certificate)], key).is_err(), "a client does not even try");
    served.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn openssl_is_asked_for_a_certificate_at_the_office_alone() {
    let served = Served::new().await;
    let (_, certificate, key) = served.terminal("受付のパソコン").await;
    let file = |name: &str, bytes: &[u8]| {
        let path = served.folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (certificate, key) = (file("c.der", &certificate), file("k.der", &key));
    let (first, office) = (served.first.address.to_string(), served.office.address.to_string());
    let host = OFFICE.strip_prefix("https://").unwrap();
    let ask = |path: &str, host: &str| format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    let client = |address: &str, more: &[&str], input: String| {
        let args = [&["s_client", "-connect", address, "-servername", "localhost", "-ign_eof"], more].concat();
        let args: Vec<String> = args.into_iter().map(str::to_owned).collect();
        let run = move || openssl(&args.iter().map(String::as_str).collect::<Vec<_>>(), input.as_bytes());
        tokio::task::spawn_blocking(run)
    };
    let asked = client(&office, &[], ask(CertificateInUse::PATH, host)).await.unwrap();
    assert!(asked.contains("Acceptable client certificate CA names") && asked.contains("uketsuke office"), "{asked}");
    assert!(asked.contains("\"is_shown\":false"), "none is needed: {asked}");
    let shown = ["-cert", &certificate, "-certform", "DER", "-key", &key, "-keyform", "DER"];
    let asked = client(&office, &shown, ask(CertificateInUse::PATH, host)).await.unwrap();
    assert!(asked.contains("受付のパソコン") && asked.contains("\"state\":\"valid\""), "{asked}");
    // The control: reception's door never asks, whatever the client has.
    let asked = client(&first, &shown, ask("/nothing", "uketsuke.example")).await.unwrap();
    assert!(asked.contains("No client certificate CA names sent") && asked.contains("U-NOT-FOUND"), "{asked}");
    assert!(!asked.contains("Acceptable client certificate CA names"), "{asked}");
    served.stop().await;
}
