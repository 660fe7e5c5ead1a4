//! The second listener: the office at an address of its own, which asks browsers for a certificate.

use std::path::Path;

use ring::hmac;
use server::authority::{Authority, Keeper, NoCertificate};
use server::config::{OfficeAt, TlsChoice};
use server::origin::Origin;
use server::random::Random;
use server::store::certificate::authorities;
use server::store::db::Db;
use server::tls;
use server::trouble::Trouble;
use shared::domain::calendar::UnixMs;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use x509_cert::Certificate;
use x509_cert::der::{Decode as _, Encode as _};

/// What the second listener is made of.
pub(crate) struct Office {
    pub(crate) listener: TcpListener,
    pub(crate) origin: Origin,
    pub(crate) tls: Option<TlsAcceptor>,
    pub(crate) certificate: Option<tls::Certificate>,
}

impl Office {
    /// Listens, and makes the CA of this server where there is none yet: browsers are told its name.
    pub(crate) async fn bind(
        at: &OfficeAt,
        data: &Path,
        db: &Db,
        visit_key: &[u8; 32],
        random: &Random,
        now: UnixMs,
    ) -> Result<Self, Trouble> {
        let listener = TcpListener::bind(at.listen).await.map_err(|why| {
            let next = "stop the program that uses it, or choose another with --office-listen ADDR:PORT";
            Trouble::machine(format!("{} cannot be listened on", at.listen), next).because(why)
        })?;
        let certificate = match &at.tls {
            TlsChoice::None => None,
            TlsChoice::Files(chain, key) => Some(tls::Certificate::read(chain, key)),
            TlsChoice::SelfMade => Some(tls::self_made(data, &at.origin.host())),
        };
        let no_tls = |why: tls::NoTls| Trouble::machine(why.to_string(), "check --office-tls-cert and --office-tls-key").because(why);
        let certificate = certificate.transpose().map_err(no_tls)?;
        let tls = match &certificate {
            Some(certificate) => Some(certificate.asking_acceptor(names(db, visit_key, random, now).await?).map_err(no_tls)?),
            None => {
                tracing::warn!("the office is served without TLS: nobody is asked for a certificate");
                None
            }
        };
        Ok(Self { listener, origin: at.origin.clone(), tls, certificate })
    }
}

/// The names of all CAs, DER.
async fn names(db: &Db, visit_key: &[u8; 32], random: &Random, now: UnixMs) -> Result<Vec<Vec<u8>>, Trouble> {
    let trouble = |why: NoCertificate| {
        Trouble::machine("the CA for the certificates of terminals cannot be made", "check rights and space of --data").because(why)
    };
    let keeper = Keeper::new(&hmac::Key::new(hmac::HMAC_SHA256, visit_key)).map_err(trouble)?;
    Authority::current(db, &keeper, random, now).await.map_err(trouble)?;
    let all = db.read(authorities).await.map_err(|why| trouble(why.into()))?;
    let name = |der: &Vec<u8>| Certificate::from_der(der).ok()?.tbs_certificate().subject().to_der().ok();
    Ok(all.iter().filter_map(name).collect())
}
