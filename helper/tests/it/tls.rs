//! wss: the certificate as others read it, and the running helper as a client meets it that trusts only this CA.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use futures_util::{SinkExt as _, StreamExt as _};
use helper::{allow, tls};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use shared::reader::{Answer, Frame};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use super::world::{LIMIT, ORIGIN, Page, World};

/// A world that speaks TLS too, and the folder of its certificate.
async fn world() -> (World, tempfile::TempDir) {
    let own = tempfile::tempdir().unwrap();
    tls::install(Some(own.path()), allow::now()).unwrap();
    let config = tls::server(Some(own.path()), allow::now()).unwrap();
    (World::with("ichiro", |settings| settings.tls = Some(config)).await, own)
}

/// A client that trusts one CA and nothing else.
fn client(ca: &Path) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(ca).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    TlsConnector::from(Arc::new(config.with_root_certificates(roots).with_no_client_auth()))
}

async fn connect(client: &TlsConnector, port: u16, name: &str) -> std::io::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    timeout(LIMIT, client.connect(ServerName::try_from(name.to_owned()).unwrap(), stream)).await.expect("an answer in time")
}

fn openssl(args: &[&str], file: &Path) -> String {
    let said = Command::new("openssl").args(args).arg(file).output().expect("openssl");
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    String::from_utf8(said.stdout).unwrap()
}

#[tokio::test]
async fn a_client_that_trusts_only_this_ca_greets_over_wss() {
    let (world, own) = world().await;
    let client = client(&own.path().join("tls/ca.pem"));
    for name in tls::NAMES {
        let stream = connect(&client, world.port(), name).await.expect(name);
        let mut request = format!("wss://127.0.0.1:{}/v1", world.port()).into_client_request().unwrap();
        request.headers_mut().insert("origin", ORIGIN.parse().unwrap());
        let (mut socket, _) = client_async(request, stream).await.unwrap();
        socket.send(Message::text(r#"{"v":1,"id":1,"op":"hello","versions":[1],"lang":"ja"}"#)).await.unwrap();
        let answer = timeout(LIMIT, socket.next()).await.unwrap().unwrap().unwrap();
        let frame: Frame = serde_json::from_str(answer.to_text().unwrap()).unwrap();
        assert!(matches!(frame, Frame::Ok { id: 1, ok: Answer::Hello { .. } }), "{frame:?}");
    }
    world.end().await;
}

#[tokio::test]
async fn another_name_or_another_ca_is_refused_by_the_client() {
    let (world, own) = world().await;
    let here = client(&own.path().join("tls/ca.pem"));
    for name in ["uketsuke.example", "127.0.0.2", "localhost.example"] {
        assert!(connect(&here, world.port(), name).await.is_err(), "{name}");
    }
    let other = tempfile::tempdir().unwrap();
    let stranger = client(&tls::install(Some(other.path()), allow::now()).unwrap());
    assert!(connect(&stranger, world.port(), "127.0.0.1").await.is_err());
    world.end().await;
}

/// The control is every other test: there no TLS runs at all.
#[tokio::test]
async fn plain_ws_stays_beside_it() {
    let (world, _own) = world().await;
    let page = world.page().await;
    page.leave().await;
    assert!(Page::connect(world.port(), "https://stranger.example").await.is_err_and(|status| status == 403));
    world.end().await;
}

#[tokio::test]
async fn without_it_a_tls_greeting_is_no_request() {
    let own = tempfile::tempdir().unwrap();
    let client = client(&tls::install(Some(own.path()), allow::now()).unwrap());
    let world = World::new("ichiro").await;
    assert!(connect(&client, world.port(), "127.0.0.1").await.is_err());
    world.end().await;
}

/// The frame's origin has the scheme of its connection; the other scheme's is a stranger's. 410: let in, but there is no such ticket.
#[tokio::test]
async fn the_frame_s_origin_has_the_scheme_of_its_connection() {
    let (world, own) = world().await;
    let client = client(&own.path().join("tls/ca.pem"));
    let host = format!("127.0.0.1:{}", world.port());
    let request = |origin: &str| {
        format!(
            "POST /pin/none HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}\r\nContent-Type: application/json\r\nContent-Length: 14\r\n\
             Connection: close\r\n\r\n{{\"pin\":\"0000\"}}"
        )
    };
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).split(' ').nth(1).map(str::to_owned).unwrap_or_default();
    for (origin, over_tls, plain) in [(format!("https://{host}"), "410", "403"), (format!("http://{host}"), "403", "410")] {
        let mut answer = Vec::new();
        let mut stream = connect(&client, world.port(), "127.0.0.1").await.unwrap();
        stream.write_all(request(&origin).as_bytes()).await.unwrap();
        let _ = timeout(LIMIT, stream.read_to_end(&mut answer)).await.unwrap();
        assert_eq!(said(&answer), over_tls, "{origin} over TLS");
        let mut answer = Vec::new();
        let mut stream = TcpStream::connect(("127.0.0.1", world.port())).await.unwrap();
        stream.write_all(request(&origin).as_bytes()).await.unwrap();
        let _ = timeout(LIMIT, stream.read_to_end(&mut answer)).await.unwrap();
        assert_eq!(said(&answer), plain, "{origin} plain");
    }
    world.end().await;
}

/// A peer that says nothing, or begins TLS and stops, is let go as one that begins a request and stops.
#[tokio::test]
async fn half_a_greeting_is_let_go() {
    let own = tempfile::tempdir().unwrap();
    tls::install(Some(own.path()), allow::now()).unwrap();
    let config = tls::server(Some(own.path()), allow::now()).unwrap();
    let soon = std::time::Duration::from_millis(200);
    let world = World::with("ichiro", |settings| (settings.tls, settings.handshake) = (Some(config), soon)).await;
    for begin in [&[][..], &[0x16], &[0x16, 3, 1, 2, 0, 1]] {
        let mut stream = TcpStream::connect(("127.0.0.1", world.port())).await.unwrap();
        stream.write_all(begin).await.unwrap();
        let mut rest = Vec::new();
        // The end may come as a reset, since something was never read.
        let _ = timeout(LIMIT, stream.read_to_end(&mut rest)).await.expect("let go");
        assert!(rest.is_empty(), "{begin:?}: {rest:?}");
    }
    world.end().await;
}

#[test]
fn openssl_reads_the_limits_in_the_certificates() {
    let own = tempfile::tempdir().unwrap();
    let ca = tls::install(Some(own.path()), allow::now()).unwrap();
    let server = own.path().join("tls/server.pem");
    let text = openssl(&["x509", "-noout", "-text", "-in"], &ca);
    for part in [
        "CA:TRUE, pathlen:0",
        "X509v3 Name Constraints: critical",
        "Permitted:",
        "IP:127.0.0.1/255.255.255.255",
        "IP:0:0:0:0:0:0:0:1/FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF",
        "DNS:localhost",
        "prime256v1",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("Excluded"), "{text}");
    let text = openssl(&["x509", "-noout", "-text", "-in"], &server);
    for part in ["IP Address:127.0.0.1", "IP Address:0:0:0:0:0:0:0:1", "DNS:localhost", "TLS Web Server Authentication", "prime256v1"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("CA:TRUE"));
    let chain = openssl(&["verify", "-x509_strict", "-verify_ip", "127.0.0.1", "-CAfile", ca.to_str().unwrap()], &server);
    assert!(chain.ends_with(": OK\n"), "{chain}");
    // 200 days and the rest of today, but not a week more.
    let lives = |days: u32| {
        let seconds = (days * 24 * 60 * 60).to_string();
        Command::new("openssl").args(["x509", "-noout", "-checkend", &seconds, "-in"]).arg(&server).output().unwrap().status.success()
    };
    assert!(lives(198) && !lives(202));
}

/// The constraint is the CA's, not ours: a certificate for another name, signed by a CA with the same limits, is believed by nobody.
#[test]
fn the_ca_could_not_vouch_for_another_name() {
    use rcgen::{BasicConstraints, CertificateParams, CidrSubnet, DnType, GeneralSubtree, IsCa, Issuer, KeyPair, NameConstraints};
    let folder = tempfile::tempdir().unwrap();
    let verdict = |subtrees: Vec<GeneralSubtree>| {
        let key = KeyPair::generate().unwrap();
        let mut ca = CertificateParams::default();
        ca.distinguished_name.push(DnType::CommonName, "CA");
        ca.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        ca.name_constraints =
            (!subtrees.is_empty()).then(|| NameConstraints { permitted_subtrees: subtrees, excluded_subtrees: Vec::new() });
        let anchor = folder.path().join("ca.pem");
        std::fs::write(&anchor, ca.self_signed(&key).unwrap().pem()).unwrap();
        let bank = CertificateParams::new(["bank.example".to_owned()]).unwrap();
        let signed = bank.signed_by(&KeyPair::generate().unwrap(), &Issuer::new(ca, key)).unwrap();
        let file = folder.path().join("bank.pem");
        std::fs::write(&file, signed.pem()).unwrap();
        Command::new("openssl").args(["verify", "-CAfile"]).arg(&anchor).arg(&file).output().unwrap().status.success()
    };
    let ours =
        || vec![GeneralSubtree::IpAddress(CidrSubnet::V4([127, 0, 0, 1], [255; 4])), GeneralSubtree::DnsName("localhost".to_owned())];
    assert!(!verdict(ours()));
    assert!(verdict(Vec::new()), "the control: without limits it would be believed");
}
