//! What the gate hands a desk: a request whose right is proved, and what the desk answers.

use std::net::IpAddr;

use shared::api::{Again, Audit, Code, Endpoint};
use shared::domain::calendar::UnixMs;

use crate::audit::Trail;
use crate::refused::Refused;
use crate::session::SessionId;
use crate::store::{PageFound, Press, SessionFound, Visit};
use crate::tenant::Tenant;

/// No right: anyone.
pub(crate) struct Nobody;

/// The page behind a current reception URL whose use is switched on.
pub(crate) struct ReceptionPage {
    /// The page.
    pub(crate) page: PageFound,
    /// Whose page.
    pub(crate) tenant: Tenant,
}

/// The tablet that opened the visit.
pub(crate) struct VisitHolder {
    /// The visit.
    pub(crate) visit: Visit,
    /// Whose visit.
    pub(crate) tenant: Tenant,
}

/// A logged-in account; one that may do what the endpoint asks for, and past its first password, where it asks for an act.
pub(crate) struct Staff {
    /// The session with account and institution.
    pub(crate) found: SessionFound,
    /// Whose account.
    pub(crate) tenant: Tenant,
}

/// Where a request came from, and when.
pub(crate) struct Sender {
    /// See [`Call::address`].
    pub(crate) address: IpAddr,
    /// See [`Call::browser`].
    pub(crate) browser: Option<SessionId>,
    /// See [`Call::now`].
    pub(crate) now: UnixMs,
}

/// A request that passed the gate: `E` names what is called, `R` what was proved.
pub(crate) struct Call<E: Endpoint, R> {
    /// The variable parts of the path.
    pub(crate) path: E,
    /// Who, and for whom.
    pub(crate) right: R,
    /// The body.
    pub(crate) body: E::Request,
    /// Where it came from.
    pub(crate) address: IpAddr,
    /// The browser's id, where it brought one; anyone may invent one.
    pub(crate) browser: Option<SessionId>,
    /// When.
    pub(crate) now: UnixMs,
    trail: Trail,
    press: Option<Press>,
}

impl<E: Endpoint, R> Call<E, R> {
    /// For the gate.
    pub(crate) fn new(path: E, right: R, body: E::Request, from: Sender, trail: Trail, press: Option<Press>) -> Self {
        let Sender { address, browser, now } = from;
        Self { path, right, body, address, browser, now, trail, press }
    }

    /// Makes the audit rows of this call; only where its declaration says that it leaves one.
    pub(crate) fn trail(&self) -> Trail {
        const { assert!(matches!(E::AUDIT, Audit::Row), "the endpoint is declared without an audit row") };
        self.trail.clone()
    }

    /// The press that this call belongs to, for the rule `answer::once`; only where its declaration says that it has a key.
    ///
    /// # Errors
    /// [`Code::Request`]; the gate lets no such call through without one.
    pub(crate) fn press(&self) -> Result<Press, Refused> {
        const { assert!(matches!(E::AGAIN, Again::Keyed), "the endpoint is declared without a key") };
        self.press.clone().ok_or_else(|| Refused::new(Code::Request))
    }
}

/// What a handler answers.
pub(crate) enum Reply<T> {
    /// JSON.
    Json(T),
    /// JSON, and a `Set-Cookie`.
    WithCookie(T, String),
    /// JSON, and several of them.
    WithCookies(T, Vec<String>),
    /// A file to download.
    File {
        /// Media type.
        media_type: &'static str,
        /// Name for the download; ASCII.
        name: String,
        /// Content.
        bytes: Vec<u8>,
    },
}
