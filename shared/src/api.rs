//! Page ⇄ server: every call is a type that names its method, path, body, answer, and who may make it for whom.
//!
//! Router, browser client and the rights walk are made from [`TABLE`]; a call that is not in it does not exist.

pub mod office;
pub mod reception;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Where the page finds the helper: on 127.0.0.1 of the machine it is shown on, as the server's settings say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct HelperAt {
    /// Port.
    pub port: u16,
    /// By wss and https, because the institution's browsers let no page speak plain ws to loopback.
    pub is_tls: bool,
}

impl HelperAt {
    /// Scheme, host and port of its WebSocket.
    #[must_use]
    pub fn socket(self) -> String {
        format!("{}://127.0.0.1:{}", if self.is_tls { "wss" } else { "ws" }, self.port)
    }

    /// Origin of its frame and its photo.
    #[must_use]
    pub fn http(self) -> String {
        format!("{}://127.0.0.1:{}", if self.is_tls { "https" } else { "http" }, self.port)
    }
}

/// HTTP method of an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads; changes nothing but the audit log.
    Get,
    /// Everything else.
    Post,
}

/// Who may call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// Anyone: nothing of a person or an institution is answered.
    Anyone,
    /// The page behind a current reception URL: the token in the path.
    ReceptionPage,
    /// The tablet that opened the visit: the visit secret in [`VISIT_SECRET_HEADER`].
    VisitHolder,
    /// A logged-in account of the office, also one that must change its password first.
    AnyAccount,
    /// A logged-in account that has changed its first password: the kinds listed.
    Office(&'static [crate::domain::account::AccountKind]),
}

/// Whose data: decided by path, secret or session, never by the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tenant {
    /// Nobody's.
    None,
    /// The institution behind the reception token.
    ByReceptionToken,
    /// The institution of the visit.
    ByVisit,
    /// The institution of the session.
    BySession,
}

/// One call between page and server.
pub trait Endpoint {
    /// Name in the table, the rights walk and the audit log.
    const NAME: &'static str;
    /// HTTP method.
    const METHOD: Method;
    /// Path with `{name}` for its variable parts.
    const PATH: &'static str;
    /// Who may call.
    const PERMISSION: Permission;
    /// Whose data.
    const TENANT: Tenant;
    /// JSON body of a POST; `()` for a GET.
    type Request: Serialize + DeserializeOwned;
    /// JSON body of the answer (2xx).
    type Response: Serialize + DeserializeOwned;

    /// The row of this call.
    const ROW: Row = Row { name: Self::NAME, method: Self::METHOD, path: Self::PATH, permission: Self::PERMISSION, tenant: Self::TENANT };

    /// The path with its variable parts filled in, in their order. Parts are ids or tokens: URL-safe text only.
    #[must_use]
    fn path(parts: &[&str]) -> String {
        let mut parts = parts.iter();
        let segments = Self::PATH.split('/').map(|segment| {
            let variable = segment.starts_with('{');
            if variable { parts.next().copied().unwrap_or_default() } else { segment }
        });
        segments.collect::<Vec<_>>().join("/")
    }
}

/// An endpoint as data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// See [`Endpoint::NAME`].
    pub name: &'static str,
    /// See [`Endpoint::METHOD`].
    pub method: Method,
    /// See [`Endpoint::PATH`].
    pub path: &'static str,
    /// See [`Endpoint::PERMISSION`].
    pub permission: Permission,
    /// See [`Endpoint::TENANT`].
    pub tenant: Tenant,
}

/// Every endpoint there is.
pub const TABLE: &[Row] = &[
    reception::OpenPage::ROW,
    reception::OpenVisit::ROW,
    reception::FreshChallenge::ROW,
    reception::Prove::ROW,
    reception::VisitState::ROW,
    reception::LeaveVisit::ROW,
    office::Login::ROW,
    office::Logout::ROW,
    office::Me::ROW,
    office::ChangePassword::ROW,
    office::ReceptionUrl::ROW,
    office::ReceptionQrSvg::ROW,
    office::ReceptionQrPng::ROW,
    office::ChangeReceptionUrl::ROW,
    office::SearchConsents::ROW,
    office::ConsentDetail::ROW,
    office::ChooseCoverage::ROW,
];

/// Header that carries the visit secret (base64url). Never in a URL.
pub const VISIT_SECRET_HEADER: &str = "x-uketsuke-visit";
/// Header that every POST of the office carries with the value `1`: a plain cross-site form cannot set it.
pub const SAME_PAGE_HEADER: &str = "x-uketsuke-page";

/// The kind of a failure: one row of the error table (X-numbers) or a general one. The texts are the page's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Code {
    /// No or bad network (made by the page).
    #[serde(rename = "U-X01")]
    X01,
    /// Certificate expired or not usable.
    #[serde(rename = "U-X09")]
    X09,
    /// Not registered for insurance use.
    #[serde(rename = "U-X10")]
    X10,
    /// Certificate, chain or signature not trusted.
    #[serde(rename = "U-X11")]
    X11,
    /// Former URL.
    #[serde(rename = "U-X18")]
    X18,
    /// Use switched off.
    #[serde(rename = "U-X19")]
    X19,
    /// Session too old.
    #[serde(rename = "U-X21")]
    X21,
    /// Below 40, or an item that this use does not ask for.
    #[serde(rename = "U-X23")]
    X23,
    /// First password must be changed.
    #[serde(rename = "U-X39")]
    X39,
    /// Account outside its period.
    #[serde(rename = "U-X44")]
    X44,
    /// A real card shown to the demo.
    #[serde(rename = "U-REAL-CARD")]
    RealCardInDemo,
    /// The challenge was used or is too old: ask for a fresh one, choices are kept.
    #[serde(rename = "U-CHALLENGE")]
    Challenge,
    /// The visit was finished by another proof: another card, or one that cannot be read. Nothing of this one is stored: open a new visit.
    #[serde(rename = "U-DONE")]
    DoneOtherwise,
    /// User id or password wrong; says no more.
    #[serde(rename = "U-LOGIN")]
    Login,
    /// Too many tries or too much load: wait.
    #[serde(rename = "U-WAIT")]
    Wait,
    /// Not logged in, or logged out meanwhile.
    #[serde(rename = "U-SESSION")]
    Session,
    /// Not there, or not yours.
    #[serde(rename = "U-NOT-FOUND")]
    NotFound,
    /// The account may not do this.
    #[serde(rename = "U-FORBIDDEN")]
    Forbidden,
    /// The chosen password is refused.
    #[serde(rename = "U-PASSWORD")]
    Password,
    /// The request cannot be understood.
    #[serde(rename = "U-REQUEST")]
    Request,
    /// A fault of the server.
    #[serde(rename = "U-INTERNAL")]
    Internal,
}

impl Code {
    /// Every code, for tables and tests.
    pub const ALL: [Self; 21] = [
        Self::X01,
        Self::X09,
        Self::X10,
        Self::X11,
        Self::X18,
        Self::X19,
        Self::X21,
        Self::X23,
        Self::X39,
        Self::X44,
        Self::RealCardInDemo,
        Self::Challenge,
        Self::DoneOtherwise,
        Self::Login,
        Self::Wait,
        Self::Session,
        Self::NotFound,
        Self::Forbidden,
        Self::Password,
        Self::Request,
        Self::Internal,
    ];
}

/// What became of the request: the person asks that first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stored {
    /// Nothing was stored.
    Nothing,
    /// What was given is kept; only the next step failed.
    Kept,
    /// Cannot be said.
    Unknown,
}

/// The outer part of a failure: JSON body of every 4xx and 5xx.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Which failure.
    pub code: Code,
    /// What became of the request.
    pub stored: Stored,
    /// What the text of the code needs; no value of a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<Detail>,
}

/// Values that a failure text needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Detail {
    /// Whom to ask (X18, X19): the institution's own words; empty where it gave none.
    Contact(String),
    /// A certificate's last day in Japan (X09).
    ExpiredOn(crate::domain::calendar::CivilDate),
    /// Why a password is refused.
    Password(crate::domain::account::WeakPassword),
    /// When to try again, seconds.
    RetryAfterS(u32),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_stands_once_in_the_table() {
        for (place, row) in TABLE.iter().enumerate() {
            for other in &TABLE[..place] {
                assert!(row.name != other.name, "{} twice", row.name);
                assert!((row.path, row.method) != (other.path, other.method), "{} twice", row.path);
            }
            assert!(row.path.starts_with("/api/"), "{}", row.path);
        }
    }

    #[test]
    fn the_tenant_follows_from_the_permission() {
        for row in TABLE {
            let fits = match row.permission {
                Permission::Anyone => row.tenant == Tenant::None,
                Permission::ReceptionPage => row.tenant == Tenant::ByReceptionToken,
                Permission::VisitHolder => row.tenant == Tenant::ByVisit,
                Permission::AnyAccount | Permission::Office(_) => row.tenant == Tenant::BySession,
            };
            assert!(fits, "{}", row.name);
        }
    }

    #[test]
    fn paths_take_their_parts_in_order() {
        assert_eq!(reception::OpenVisit::path(&["TOKEN"]), "/api/reception/TOKEN/visits");
        assert_eq!(reception::Prove::path(&["17"]), "/api/visits/17/proof");
    }
}
