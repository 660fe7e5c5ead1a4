//! Puts the parts together and runs them: the one way that `main` and the tests start a server.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use ring::hmac;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use shared::api::HelperAt;

use crate::accept::{self, Limits};
use crate::account::Passwords;
use crate::app::App;
use crate::clock::{Clock, Jumps};
use crate::door::{Desks, Door};
use crate::eligibility::Registry;
use crate::eligibility::registers::Registers;
use crate::factor::FactorTools;
use crate::identity::Anchors;
use crate::medical::{MedicalSource, Sources};
use crate::origin::Origin;
use crate::pages::Pages;
use crate::random::Random;
use crate::rate::{Quotas, Rates};
use crate::store::db::Db;
use crate::terms::TermsBook;
use crate::watch::Watch;

/// What a server is made of. Everything outside it comes in here.
pub struct Parts {
    /// What is kept.
    pub db: Arc<Db>,
    /// The time.
    pub clock: Clock,
    /// Random bytes.
    pub random: Random,
    /// The address of the server; of reception and devices, where the office has one of its own.
    pub origin: Origin,
    /// The CAs of cards.
    pub anchors: Anchors,
    /// Whom to ask about eligibility.
    pub registry: Arc<dyn Registry>,
    /// Whom to ask about medical information.
    pub medical: Arc<dyn MedicalSource>,
    /// Password work.
    pub passwords: Passwords,
    /// 32 secret bytes from which visit secrets are derived; the same at every start.
    pub visit_key: [u8; 32],
    /// Where the helper is on the tablet.
    pub helper: HelperAt,
    /// Said on every page. Otherwise an institution for training asks invented sources of its own.
    pub is_demo: bool,
    /// Folder with `reception/`, `device/` and `office/`; none: only the API.
    pub pages: Option<PathBuf>,
    /// Folder for the files of former builds of the pages, which are served for a day more; none: they end with their build.
    pub former_pages: Option<PathBuf>,
    /// What a peer may take.
    pub limits: Limits,
    /// File of the font that papers are drawn with.
    pub font: PathBuf,
    /// How often visitors may do what.
    pub quotas: Quotas,
    /// Jumps of the clock, watched by whoever starts the server.
    pub jumps: Arc<Jumps>,
    /// What 稼働状況 looks at besides the database.
    pub watch: Watch,
}

impl Parts {
    /// The router, to be called without a socket or served by [`run`].
    ///
    /// # Errors
    /// When a page is missing.
    pub fn into_router(self) -> Result<axum::Router, crate::pages::NoPage> {
        let (pages, app) = self.into_app()?;
        Ok(crate::router::router(app, pages))
    }

    /// Two routers over the same parts: of everything but the office, and of the office at an origin of its own. `asks` says that its
    /// listener asks browsers for a certificate.
    ///
    /// # Errors
    /// When a page is missing.
    pub fn into_routers(self, office: Origin, asks: bool) -> Result<(axum::Router, axum::Router), crate::pages::NoPage> {
        let factors = Arc::new(FactorTools::new(&office, &self.visit_key));
        let (pages, app) = self.into_app()?;
        let first = Door { origin: app.origin.clone(), desks: Desks::WithoutOffice(office.clone()), asks: false };
        let second = App { door: Door { origin: office, desks: Desks::Office, asks }, factors, ..app.clone() };
        Ok((crate::router::router(App { door: first, ..app }, pages.clone()), crate::router::router(second, pages)))
    }

    fn into_app(self) -> Result<(Pages, App), crate::pages::NoPage> {
        let pages = match &self.pages {
            Some(folder) => Pages::read(folder, self.helper, self.is_demo)?,
            None => Pages::default(),
        };
        let pages = match &self.former_pages {
            Some(folder) => pages.with_former(folder, &self.clock),
            None => pages,
        };
        let app = App {
            db: self.db,
            clock: self.clock,
            random: self.random,
            factors: Arc::new(FactorTools::new(&self.origin, &self.visit_key)),
            door: Door::of_all(self.origin.clone()),
            origin: self.origin,
            anchors: self.anchors,
            registers: Registers::new(self.registry, self.is_demo),
            medical: Sources::new(self.medical, self.is_demo),
            passwords: Arc::new(self.passwords),
            visit_key: hmac::Key::new(hmac::HMAC_SHA256, &self.visit_key),
            helper: self.helper,
            jumps: self.jumps,
            watch: Arc::new(self.watch),
            rates: Arc::new(Rates::new(self.quotas)),
            font: self.font,
            terms: TermsBook::built_in(),
            body_limit: self.limits.body,
        };
        Ok((pages, app))
    }
}

/// A server that runs until it is stopped.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    stop: tokio::sync::oneshot::Sender<()>,
    task: tokio::task::JoinHandle<()>,
}

impl Running {
    /// Stops accepting, lets requests at work finish, and returns then.
    pub async fn stop(self) {
        let _ = self.stop.send(());
        // The task's own panic was logged when it happened.
        let _ = self.task.await;
    }
}

/// Serves `router` on `listener` in the background.
///
/// # Errors
/// When the listener has no address.
pub fn run(listener: TcpListener, tls: Option<TlsAcceptor>, router: axum::Router, limits: Limits) -> std::io::Result<Running> {
    let address = listener.local_addr()?;
    let (stop, stopped) = tokio::sync::oneshot::channel();
    let task = tokio::spawn(accept::serve(listener, tls, router, limits, async {
        // A dropped sender stops the server as well.
        let _ = stopped.await;
    }));
    Ok(Running { address, stop, task })
}
