//! wss for browsers that let no page speak plain ws to loopback (Safari): a certificate made on this machine, for this machine.
//!
//! `tls install` makes a CA of its own, lets it sign one certificate for 127.0.0.1, ::1 and localhost, and forgets the CA's key before
//! anything is written: nobody, this program included, can ever sign with it again. The CA may name nothing but loopback besides, so
//! trusting it gives nothing away. The price: when the certificate ends, a new CA has to be trusted. Source: `reader-helper.md` T17.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DnType, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, NameConstraints,
};
use rustls::ServerConfig;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use shared::domain::calendar::{CivilDate, UnixMs};
use zeroize::Zeroizing;

use crate::config::{Flags, TLS_SOON};
use crate::user_files;

/// How long a certificate lives, days.
pub const DAYS: i64 = 200;
/// The names that it is good for.
pub const NAMES: [&str; 3] = ["127.0.0.1", "::1", "localhost"];
const CA_FILE: &str = "ca.pem";
/// Certificate and key in one file: no moment in which they do not fit.
const SERVER_FILE: &str = "server.pem";
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// What `tls` is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::Subcommand)]
pub enum Action {
    /// Makes a certificate for this machine and says how to trust it; again: makes a new one.
    Install,
    /// Deletes it and says how to end the trust.
    Remove,
    /// Says whether there is one and for how long it is good.
    Status,
}

/// Says why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum NoTls {
    /// The system names no folder for the person's settings.
    #[error("this user has no folder for settings")]
    NoFolder,
    /// None was made.
    #[error("there is no certificate yet")]
    None,
    /// The files cannot be read or do not fit.
    #[error("the certificate in {} cannot be used: {why}", path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// It is over.
    #[error("the certificate ended on {0}")]
    Ended(String),
    /// The disk refuses.
    #[error("{}", path.display())]
    Disk {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        #[source]
        inner: io::Error,
    },
    /// It cannot be made.
    #[error("the certificate could not be made")]
    Made(#[source] rcgen::Error),
}

/// The folder of the certificate, in the person's own folder.
fn folder(own: Option<&Path>) -> Result<PathBuf, NoTls> {
    own.map(|own| own.join("tls")).ok_or(NoTls::NoFolder)
}

/// A CA and what it signed, as PEM.
struct Made {
    ca: String,
    server: Zeroizing<String>,
}

fn make(now: UnixMs) -> Result<Made, rcgen::Error> {
    let today = now.jst_date();
    // A day back: a clock that is a little behind must not refuse it.
    let (from, until) = (today.plus_days(-1), today.plus_days(DAYS));
    let ca_key = KeyPair::generate()?;
    let mut ca = dated(CertificateParams::default(), from, until);
    ca.distinguished_name.push(DnType::CommonName, format!("uketsuke-helper, this machine only ({})", today.packed()));
    ca.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    ca.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let permitted_subtrees = vec![
        GeneralSubtree::IpAddress(CidrSubnet::V4([127, 0, 0, 1], [255; 4])),
        GeneralSubtree::IpAddress(CidrSubnet::V6(std::net::Ipv6Addr::LOCALHOST.octets(), [255; 16])),
        GeneralSubtree::DnsName("localhost".to_owned()),
    ];
    ca.name_constraints = Some(NameConstraints { permitted_subtrees, excluded_subtrees: Vec::new() });
    let ca_text = ca.self_signed(&ca_key)?.pem();
    let mut server = dated(CertificateParams::new(NAMES.map(str::to_owned))?, from, until);
    server.distinguished_name.push(DnType::CommonName, "localhost");
    server.use_authority_key_identifier_extension = true;
    server.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let key = KeyPair::generate()?;
    let signed = server.signed_by(&key, &Issuer::new(ca, ca_key))?.pem();
    Ok(Made { ca: ca_text, server: Zeroizing::new(format!("{signed}{}", key.serialize_pem())) })
}

fn dated(mut params: CertificateParams, from: CivilDate, until: CivilDate) -> CertificateParams {
    let at = |date: CivilDate| rcgen::date_time_ymd(date.year().into(), date.month(), date.day());
    params.distinguished_name = rcgen::DistinguishedName::new();
    // Midnight in Greenwich is nine in the morning here: the last day is good to its end, and a little beyond.
    (params.not_before, params.not_after) = (at(from), at(until.plus_days(1)));
    params
}

/// Makes a certificate in place of the present one; gives the file of the CA.
///
/// # Errors
/// [`NoTls`]; the present one stays.
pub fn install(own: Option<&Path>, now: UnixMs) -> Result<PathBuf, NoTls> {
    let folder = folder(own)?;
    let made = make(now).map_err(NoTls::Made)?;
    let disk = |path: &Path| {
        let path = path.to_owned();
        move |inner| NoTls::Disk { path, inner }
    };
    let (ca, server) = (folder.join(CA_FILE), folder.join(SERVER_FILE));
    user_files::write(&server, made.server.as_bytes()).map_err(disk(&server))?;
    user_files::write(&ca, made.ca.as_bytes()).map_err(disk(&ca))?;
    Ok(ca)
}

/// Deletes the certificate and its key; true when there was one.
///
/// # Errors
/// [`NoTls::Disk`], [`NoTls::NoFolder`].
pub fn remove(own: Option<&Path>) -> Result<bool, NoTls> {
    let folder = folder(own)?;
    let mut was_there = false;
    for name in [SERVER_FILE, CA_FILE] {
        let path = folder.join(name);
        match fs::remove_file(&path) {
            Ok(()) => was_there = true,
            Err(inner) if inner.kind() == io::ErrorKind::NotFound => {}
            Err(inner) => return Err(NoTls::Disk { path, inner }),
        }
    }
    match fs::remove_dir(&folder) {
        Err(inner) if inner.kind() != io::ErrorKind::NotFound => Err(NoTls::Disk { path: folder, inner }),
        _ => Ok(was_there),
    }
}

/// What stands in the server's file, and its last day.
fn read(path: &Path) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>, CivilDate), NoTls> {
    let broken = |why: &dyn std::fmt::Display| NoTls::Broken { path: path.to_owned(), why: why.to_string() };
    let text = match fs::read(path) {
        Ok(text) => Zeroizing::new(text),
        Err(inner) if inner.kind() == io::ErrorKind::NotFound => return Err(NoTls::None),
        Err(inner) => return Err(NoTls::Disk { path: path.to_owned(), inner }),
    };
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    let chain = chain.map_err(|why| broken(&why))?;
    let key = PrivateKeyDer::from_pem_slice(&text).map_err(|why| broken(&why))?;
    let until = chain.first().and_then(|certificate| last_day(certificate)).ok_or_else(|| broken(&"it does not say until when"))?;
    Ok((chain, key, until))
}

/// The last day of a certificate that [`make`] made: the second of two UTCTimes in a sequence, YYMMDDhhmmssZ.
fn last_day(certificate: &[u8]) -> Option<CivilDate> {
    const VALIDITY: [u8; 4] = [0x30, 30, 0x17, 13];
    let at = certificate.windows(VALIDITY.len()).position(|window| window == VALIDITY)?;
    let digits = certificate.get(at + VALIDITY.len() + 13 + 2..)?.get(..6)?;
    let number = |at: usize| std::str::from_utf8(digits.get(at..at + 2)?).ok()?.parse::<u8>().ok();
    Some(CivilDate::new(2000 + u16::from(number(0)?), number(2)?, number(4)?).ok()?.plus_days(-1))
}

fn days_left(until: CivilDate, now: UnixMs) -> i64 {
    (until.at_jst(0, 0).0 - now.jst_date().at_jst(0, 0).0) / DAY_MS
}

/// Days until the certificate ends; below 0 when it has ended.
///
/// # Errors
/// [`NoTls`]: none was made, or it cannot be read.
pub fn remaining_days(own: Option<&Path>, now: UnixMs) -> Result<i64, NoTls> {
    read(&folder(own)?.join(SERVER_FILE)).map(|(.., until)| days_left(until, now))
}

/// What the running program needs to speak TLS.
///
/// # Errors
/// [`NoTls`]: none was made, it is over, or it cannot be read.
pub fn server(own: Option<&Path>, now: UnixMs) -> Result<Arc<ServerConfig>, NoTls> {
    let path = folder(own)?.join(SERVER_FILE);
    let (chain, key, until) = read(&path)?;
    if days_left(until, now) < 0 {
        return Err(NoTls::Ended(until.slashed()));
    }
    let broken = |why: rustls::Error| NoTls::Broken { path: path.clone(), why: why.to_string() };
    let builder = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().map_err(broken)?;
    let mut config = builder.with_no_client_auth().with_single_cert(chain, key).map_err(broken)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// Carries out the command. Exit code 0 done, 3 the machine is in the way (`status`: no certificate, or one that ends soon).
#[must_use]
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "for the person who typed the command")]
pub fn run(flags: Flags, action: Action) -> ExitCode {
    let checked = match flags.file().and_then(|file| flags.check(file)) {
        Ok(checked) => checked,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::from(2);
        }
    };
    let own = checked.settings.lists.own.as_deref();
    let now = (checked.settings.clock)();
    let done = match action {
        Action::Install => install(own, now).map(|ca| (installed(&ca), true)),
        Action::Remove => remove(own).map(|was_there| (removed(was_there).to_owned(), true)),
        Action::Status => folder(own).and_then(|folder| {
            let (.., until) = read(&folder.join(SERVER_FILE))?;
            let days = days_left(until, now);
            let next = if days < TLS_SOON { "\nnext: uketsuke-helper tls install, then trust the new CA" } else { "" };
            let ca = folder.join(CA_FILE);
            Ok((format!("good until {} ({days} days), CA in {}{next}", until.slashed(), ca.display()), days >= TLS_SOON))
        }),
    };
    match done {
        Ok((text, is_good)) => {
            println!("{text}");
            if is_good { ExitCode::SUCCESS } else { ExitCode::from(3) }
        }
        Err(error) => {
            let cause = std::error::Error::source(&error).map(|inner| format!(": {inner}")).unwrap_or_default();
            eprintln!("error: {error}{cause}\nnext: {}", next(&error));
            ExitCode::from(3)
        }
    }
}

/// What to do when there is no TLS.
#[must_use]
pub fn next(error: &NoTls) -> &'static str {
    match error {
        NoTls::NoFolder => "set HOME",
        NoTls::None | NoTls::Broken { .. } | NoTls::Ended(_) => "uketsuke-helper tls install (most browsers need none: leave --tls out)",
        NoTls::Disk { .. } => "make the folder writable for yourself",
        NoTls::Made(_) => "report this",
    }
}

fn installed(ca: &Path) -> String {
    let ca = ca.display();
    format!(
        "\
A certificate for this machine was made, good for {DAYS} days. Nothing trusts it yet, and this command changes no trust of the system.

Do you need it? Only where the browser refuses plain ws:// to 127.0.0.1 (Safari). It takes away no question of the browser: Chromium
still asks once whether the page may reach this program.

What trusting means: your browser believes this CA about 127.0.0.1, ::1 and localhost, and about no other name. Its key exists no more.
After {DAYS} days, or another install, the new CA has to be trusted instead.

Trust it, for yourself:
  Linux, Chromium and Chrome (certutil is in the package libnss3-tools; first mkdir -p ~/.pki/nssdb if the folder is missing):
      certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n uketsuke-helper -i '{ca}'
  Firefox: Settings, Certificates, View Certificates, Authorities, Import: the file below, for websites.
  macOS (Safari, Chrome):
      security add-trusted-cert -r trustRoot -p ssl -k ~/Library/Keychains/login.keychain-db '{ca}'
  Windows (Edge, Chrome):
      certutil -user -addstore Root \"{ca}\"

Then: start the program with --tls, the server with --helper-tls.
{ca}"
    )
}

fn removed(was_there: bool) -> &'static str {
    if was_there {
        "\
Certificate and key are deleted. A running program keeps them until it ends. End the trust as well:
  Linux:    certutil -d sql:$HOME/.pki/nssdb -D -n uketsuke-helper
  Firefox:  Settings, Certificates, View Certificates, Authorities: delete uketsuke-helper
  macOS:    Keychain Access, login, certificates: delete the one named uketsuke-helper
  Windows:  certmgr.msc, Trusted Root Certification Authorities: delete uketsuke-helper"
    } else {
        "There was no certificate."
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-26 in Japan.
    const NOW: UnixMs = UnixMs(1_795_617_600_000);

    #[test]
    fn the_last_day_is_read_back_and_warned_of_early() {
        let own = tempfile::tempdir().unwrap();
        assert!(matches!(remaining_days(Some(own.path()), NOW), Err(NoTls::None)));
        install(Some(own.path()), NOW).unwrap();
        for (days, expected) in [(0, 200), (180, 20), (200, 0), (201, -1)] {
            assert_eq!(remaining_days(Some(own.path()), NOW.plus_ms(days * DAY_MS)).unwrap(), expected, "{days}");
        }
        assert!(matches!(server(Some(own.path()), NOW.plus_ms(201 * DAY_MS)), Err(NoTls::Ended(_))));
        assert!(server(Some(own.path()), NOW).is_ok());
        fs::write(own.path().join("tls/server.pem"), "nothing").unwrap();
        assert!(matches!(remaining_days(Some(own.path()), NOW), Err(NoTls::Broken { .. })));
    }

    #[test]
    fn a_second_install_makes_another_ca_and_removing_leaves_nothing() {
        let own = tempfile::tempdir().unwrap();
        let first = fs::read(install(Some(own.path()), NOW).unwrap()).unwrap();
        let second = fs::read(install(Some(own.path()), NOW).unwrap()).unwrap();
        assert_ne!(first, second);
        assert!(remove(Some(own.path())).unwrap());
        assert_eq!(fs::read_dir(own.path()).unwrap().count(), 0);
        assert!(!remove(Some(own.path())).unwrap());
    }

    #[test]
    fn the_key_of_the_ca_is_nowhere_and_the_server_s_is_for_its_owner_alone() {
        let own = tempfile::tempdir().unwrap();
        install(Some(own.path()), NOW).unwrap();
        let folder = own.path().join("tls");
        let mut files: Vec<String> =
            fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        files.sort();
        assert_eq!(files, ["ca.pem", "server.pem"]);
        let keys = |name: &str| fs::read_to_string(folder.join(name)).unwrap().matches("PRIVATE KEY").count();
        assert_eq!((keys("ca.pem"), keys("server.pem")), (0, 2), "begin and end of one key");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!((mode(&folder), mode(&folder.join("server.pem"))), (0o700, 0o600));
        }
    }
}
