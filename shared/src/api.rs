//! Page ⇄ server: every call is declared once ([`endpoints!`]): method, path, who may make it, body, answer, audit row.
//!
//! Router, browser client and the rights walk are made from the declaration; a call without one does not exist.
//!
//! To add one: declare it and its types in the desk's file here; write its handler in the desk of the server and name it in the
//! desk's `serve`; its rule and statement, where it has any; a sample in `server/tests/it/sample.rs`, without which the walk fails.

pub mod account;
pub mod activation;
pub mod aid;
pub mod at_device;
pub mod audit;
pub mod backup;
pub mod bedside;
pub mod bulk_check;
pub mod certificate;
pub mod check;
pub mod claims;
mod code;
pub mod consents;
pub mod day;
pub mod desk;
pub mod device;
pub mod device_settings;
pub mod enquiry;
pub mod expiring;
pub mod factor;
pub mod file;
pub mod grant;
pub mod hand_over;
pub mod home;
pub mod later;
pub mod link;
pub mod lock;
pub mod maintenance;
pub mod medical;
pub mod month;
pub mod notice;
pub mod office;
pub mod opening;
pub mod operation;
pub mod portal;
pub mod posted;
pub mod reception;
pub mod reference;
pub mod requery;
pub mod room;
pub mod settings;
pub mod setup;
pub mod subsidy;
pub mod succession;
pub mod training;
pub mod withdrawal;

pub use code::Code;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::domain::link::LinkScope;
use crate::right::Act;

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

impl Method {
    /// As it stands in a request.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// Who may call, and by that for whom: the tenant follows from what the right is proved with, never from the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// Anyone: nothing of a person or an institution is answered.
    Anyone,
    /// Anyone; the answer sets the session cookie.
    Login,
    /// The page behind a current reception URL: the token in the path.
    ReceptionPage,
    /// The tablet that opened the visit: the visit secret in [`VISIT_SECRET_HEADER`].
    VisitHolder,
    /// Whoever has given the right password of an account with a second factor, and nothing more yet: no session.
    HalfWay,
    /// A session of the office, also one that is locked: what unlocks it, what ends it, and who it is of.
    AnySession,
    /// A logged-in account of the office whose session is not locked, also one that must change its password first.
    AnyAccount,
    /// The same that has changed its first password, of a kind that may do this ([`crate::right::may`]).
    Account(Act),
    /// A browser that shows a public key and signs with it ([`device`]): nobody's device yet.
    NewDevice,
    /// A registered device that has not been ended, by its signature; nobody need be in.
    Device,
    /// A program at the institution: the token of a Web API account, in `Authorization`, that opens this ([`link`]).
    Link(LinkScope),
    /// The registered user of a facility that asks for 資格確認限定型 (N142): outside the kinds of accounts, with a session of its own.
    Applicant,
}

impl Permission {
    /// True when a cookie proves the right, or is set by the answer. A browser sends cookies by itself, so every POST of such a
    /// call must say that a page of ours sends it: `Origin`, and [`SAME_PAGE_HEADER`].
    #[must_use]
    pub const fn is_by_cookie(self) -> bool {
        match self {
            Self::Anyone | Self::ReceptionPage | Self::VisitHolder | Self::NewDevice | Self::Device | Self::Link(_) => false,
            Self::Login | Self::HalfWay | Self::Applicant | Self::AnySession | Self::AnyAccount | Self::Account(_) => true,
        }
    }
}

/// What a request carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body {
    /// Nothing, or `null`.
    None,
    /// JSON of at most so many bytes.
    Json(usize),
}

impl Body {
    /// The longest body in bytes.
    #[must_use]
    pub const fn max(self) -> usize {
        match self {
            Self::None => "null".len(),
            Self::Json(max) => max,
        }
    }
}

/// What an answer carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// JSON.
    Json,
    /// A file to download, not JSON.
    File,
}

/// Whether a call leaves a row in the audit log; its action is the endpoint's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audit {
    /// No row.
    None,
    /// One row.
    Row,
}

/// What the same request, sent again, does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// It does no harm: it changes nothing, finds what was done, or has a key of its own in its body.
    ///
    /// So have login, logout and the change of a password none: their answers set or end a session, and neither that secret nor a
    /// hash of a body with passwords is to be kept. A second login opens another session, a second logout or change finds the session
    /// ended and says so.
    Harmless,
    /// A key in [`KEY_HEADER`] belongs to it: under the same key the first answer is given again for [`ANSWER_KEPT_MS`].
    Keyed,
    /// As [`Self::Keyed`], and the answer holds a secret that is shown once: what is kept for the key is the answer without it, and that
    /// is given again.
    KeyedOnce,
}

impl Again {
    /// True where a key belongs to the call.
    #[must_use]
    pub const fn is_keyed(self) -> bool {
        matches!(self, Self::Keyed | Self::KeyedOnce)
    }
}

/// Most bodies are a few hundred bytes.
pub const SMALL: usize = 4 * 1024;

/// One call between page and server. Its value is its path: the fields are the variable parts.
pub trait Endpoint: Sized {
    /// Name in the table, the rights walk and the audit log.
    const NAME: &'static str;
    /// HTTP method.
    const METHOD: Method;
    /// Path with `{name}` for its variable parts.
    const PATH: &'static str;
    /// Names of the variable parts in their order.
    const PARTS: &'static [&'static str];
    /// Who may call.
    const PERMISSION: Permission;
    /// What the request carries.
    const BODY: Body;
    /// What the answer carries.
    const ANSWER: Answer;
    /// Whether it leaves an audit row.
    const AUDIT: Audit;
    /// What the same request does again.
    const AGAIN: Again;
    /// JSON body of the request; `()` for [`Body::None`].
    type Request: Serialize + DeserializeOwned;
    /// JSON body of the answer (2xx); `()` for [`Answer::File`].
    type Response: Serialize + DeserializeOwned;

    /// The row of this call.
    const ROW: EndpointRow = EndpointRow {
        name: Self::NAME,
        method: Self::METHOD,
        path: Self::PATH,
        parts: Self::PARTS,
        permission: Self::PERMISSION,
        body: Self::BODY,
        answer: Self::ANSWER,
        audit: Self::AUDIT,
        again: Self::AGAIN,
    };

    /// The path with its variable parts filled in.
    fn path(&self) -> String;

    /// Reads the variable parts, asked by their names; `None` when one is missing.
    fn from_parts<'a>(part: impl Fn(&str) -> Option<&'a str>) -> Option<Self>;
}

/// An endpoint as data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndpointRow {
    /// See [`Endpoint::NAME`].
    pub name: &'static str,
    /// See [`Endpoint::METHOD`].
    pub method: Method,
    /// See [`Endpoint::PATH`].
    pub path: &'static str,
    /// See [`Endpoint::PARTS`].
    pub parts: &'static [&'static str],
    /// See [`Endpoint::PERMISSION`].
    pub permission: Permission,
    /// See [`Endpoint::BODY`].
    pub body: Body,
    /// See [`Endpoint::ANSWER`].
    pub answer: Answer,
    /// See [`Endpoint::AUDIT`].
    pub audit: Audit,
    /// See [`Endpoint::AGAIN`].
    pub again: Again,
}

/// Declares the endpoints of a desk: for each its type, and a row of `ROWS`. Nothing else is written down about a call.
///
/// ```text
/// /// What it is for.
/// Name(part: TypeOfThePart) {
///     name: "desk.name",
///     call: Post "/api/…/{part}",
///     right: Permission::…,
///     asks: Body::… => Request,
///     answers: Answer::… => Response,
///     audit: Audit::…,
///     again: Again::…,
/// }
/// ```
macro_rules! endpoints {
    ($(
        $(#[$doc:meta])*
        $Name:ident $(($($part:ident: $Part:ty),+))? {
            name: $name:literal,
            call: $method:ident $path:literal,
            right: $permission:expr,
            asks: $body:expr => $Request:ty,
            answers: $answer:expr => $Response:ty,
            audit: $audit:expr,
            again: $again:expr,
        }
    )+) => {
        /// The endpoints of this desk.
        pub(super) const ROWS: &[super::EndpointRow] = &[$(<$Name as super::Endpoint>::ROW),+];
        $(
            $crate::api::endpoints!(@type $(#[$doc])* $Name $({ $($part: $Part),+ })?);

            impl super::Endpoint for $Name {
                const NAME: &'static str = $name;
                const METHOD: super::Method = super::Method::$method;
                const PATH: &'static str = $path;
                const PARTS: &'static [&'static str] = &[$($(stringify!($part)),+)?];
                const PERMISSION: super::Permission = $permission;
                const BODY: super::Body = $body;
                const ANSWER: super::Answer = $answer;
                const AUDIT: super::Audit = $audit;
                const AGAIN: super::Again = $again;
                type Request = $Request;
                type Response = $Response;

                fn path(&self) -> String {
                    super::filled(Self::PATH, &[$($(self.$part.as_str()),+)?])
                }

                fn from_parts<'a>(_part: impl Fn(&str) -> Option<&'a str>) -> Option<Self> {
                    Some(Self { $($($part: _part(stringify!($part))?.into()),+)? })
                }
            }
        )+
    };
    (@type $(#[$doc:meta])* $Name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $Name;
    };
    (@type $(#[$doc:meta])* $Name:ident { $($part:ident: $Part:ty),+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $Name {
            $(
                #[doc = concat!("`{", stringify!($part), "}` of the path.")]
                pub $part: $Part,
            )+
        }
    };
}
use endpoints;

/// A path with its variable parts filled in, in their order. A part that cannot be one (an address typed by hand may hold anything)
/// becomes one that nothing is named by, so that it never leads to another call.
fn filled(path: &str, parts: &[&str]) -> String {
    let is_part = |text: &&str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    let mut parts = parts.iter().copied().map(|text| Some(text).filter(is_part).unwrap_or("-"));
    let segments = path.split('/').map(|segment| if segment.starts_with('{') { parts.next().unwrap_or("-") } else { segment });
    segments.collect::<Vec<_>>().join("/")
}

/// A part of a path as a page holds it: text of the server, not looked into. The server reads it again and knows better.
macro_rules! path_part {
    ($(#[$doc:meta])* $Type:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq)]
        pub struct $Type(String);

        impl $Type {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $Type {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl From<&String> for $Type {
            fn from(text: &String) -> Self {
                Self(text.clone())
            }
        }

        impl From<String> for $Type {
            fn from(text: String) -> Self {
                Self(text)
            }
        }

        /// Never the text: a token is a secret, and an id of a person's consent says too much in a log.
        impl std::fmt::Debug for $Type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(stringify!($Type))
            }
        }
    };
}

path_part! {
    /// The secret part of a reception URL, as it stands in the address of the page.
    TokenPart
}
path_part! {
    /// Names a visit ([`reception::VisitOpened::visit`]).
    VisitPart
}
path_part! {
    /// Names an account of the own institution: its ユーザID ([`account::AccountRow::user`]).
    AccountPart
}
path_part! {
    /// Names a consent ([`office::ConsentRow::id`]).
    ConsentPart
}
path_part! {
    /// Names a check ([`check::CheckRow::id`]).
    CheckPart
}
path_part! {
    /// Names a run of 資格情報一括照会 ([`bulk_check::BulkRun::id`]).
    RunPart
}
path_part! {
    /// Names a grant to another institution ([`grant::GrantRow::id`]).
    GrantPart
}
path_part! {
    /// Names an activation code ([`activation::CodeRow::id`]).
    CodePart
}
path_part! {
    /// Names a second factor of the own account ([`factor::PasskeyRow::id`], or [`factor::TOTP`]).
    FactorPart
}
path_part! {
    /// Names a certificate of a terminal ([`certificate::CertificateRow::id`]).
    CertificatePart
}
path_part! {
    /// Names an opening (OT-17) ([`opening::OpeningRow::id`]).
    OpeningPart
}
path_part! {
    /// Names a check that is to be made again ([`later::LaterRow::id`]).
    LaterPart
}
path_part! {
    /// Names a use of the institution ([`crate::domain::institution::Use::word`]).
    UsePart
}
path_part! {
    /// Names a support desk ([`desk::DeskRow::id`]).
    DeskPart
}
path_part! {
    /// Names a maintenance window ([`maintenance::WindowRow::id`]).
    WindowPart
}
path_part! {
    /// Names an enquiry ([`enquiry::EnquiryRow::id`]).
    EnquiryPart
}
path_part! {
    /// A day, `YYYY-MM-DD`.
    DayPart
}
path_part! {
    /// Names a notice ([`notice::NoticeRow::id`]).
    NoticePart
}
path_part! {
    /// A month, `2026-11`.
    MonthPart
}
path_part! {
    /// Names a person on the list of a day ([`day::DayRow::id`]).
    DayVisitPart
}
path_part! {
    /// Names a kind of what ends ([`expiring::Kind::word`]).
    EndPart
}
path_part! {
    /// Names a kind of medical information ([`crate::domain::medical::MedicalKind::word`]).
    KindPart
}
path_part! {
    /// Names a token of an account ([`link::TokenRow::id`]).
    LinkTokenPart
}
path_part! {
    /// Name of an encoding: `utf-8` or `shift_jis`.
    EncodingPart
}
path_part! {
    /// A fiscal year, `2026`.
    YearPart
}

/// Every endpoint there is.
pub fn table() -> impl Iterator<Item = &'static EndpointRow> {
    reception::ROWS
        .iter()
        .chain(office::ROWS)
        .chain(consents::ROWS)
        .chain(reference::ROWS)
        .chain(check::ROWS)
        .chain(bulk_check::ROWS)
        .chain(grant::ROWS)
        .chain(account::ROWS)
        .chain(factor::ROWS)
        .chain(device::ROWS)
        .chain(bedside::ROWS)
        .chain(device_settings::ROWS)
        .chain(activation::ROWS)
        .chain(audit::ROWS)
        .chain(withdrawal::ROWS)
        .chain(hand_over::ROWS)
        .chain(home::ROWS)
        .chain(lock::ROWS)
        .chain(notice::ROWS)
        .chain(setup::ROWS)
        .chain(posted::ROWS)
        .chain(certificate::ROWS)
        .chain(settings::ROWS)
        .chain(operation::ROWS)
        .chain(maintenance::ROWS)
        .chain(medical::ROWS)
        .chain(desk::ROWS)
        .chain(enquiry::ROWS)
        .chain(portal::ROWS)
        .chain(backup::ROWS)
        .chain(requery::ROWS)
        .chain(month::ROWS)
        .chain(day::ROWS)
        .chain(room::ROWS)
        .chain(claims::ROWS)
        .chain(expiring::ROWS)
        .chain(succession::ROWS)
        .chain(training::ROWS)
        .chain(opening::ROWS)
        .chain(later::ROWS)
        .chain(aid::ROWS)
        .chain(subsidy::ROWS)
        .chain(link::ROWS)
}

/// Header that carries the visit secret (base64url). Never in a URL.
pub const VISIT_SECRET_HEADER: &str = "x-uketsuke-visit";
/// Header that every POST of a call by cookie carries with the value `1`: a plain cross-site form cannot set it.
pub const SAME_PAGE_HEADER: &str = "x-uketsuke-page";
/// Header with the idempotency key of a call that is [`Again::Keyed`] or [`Again::KeyedOnce`]: 16 to 32 random bytes (base64url), made by the page for each
/// press of a person, and the same when that press is sent again.
pub const KEY_HEADER: &str = "x-uketsuke-key";
/// An answer is kept so long for its key: 24 hours. It may hold personal data, so not longer.
pub const ANSWER_KEPT_MS: i64 = 24 * 60 * 60_000;

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
    /// What the text of the code needs; no value of a person, but the characters that a file's encoding lacks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<Detail>,
}

impl Refusal {
    /// True where the try is not over: nobody knows what became of it, or it was not looked at (the register is away, wait, lock, proof).
    /// The same press goes out again under the same key, and what it did before is answered.
    #[must_use]
    pub fn leaves_open(&self) -> bool {
        let is_unlooked = matches!(
            self.code,
            Code::X34 | Code::X35 | Code::Wait | Code::Nonce | Code::Session | Code::Locked | Code::StepUp | Code::Factor
        );
        self.stored == Stored::Unknown || is_unlooked
    }
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
    /// Why settings are not taken.
    Settings(crate::domain::settings::SettingsFault),
    /// Why an account is not made, changed or let in.
    Account(crate::domain::account::AccountFault),
    /// Why a file cannot be written as it was asked for: the elements and their characters.
    HandOver(crate::domain::hand_over::HandOverFault),
    /// Why nothing was done to a second factor.
    Factor(crate::domain::factor::FactorFault),
    /// Why nothing was done to a 照会番号.
    Reference(crate::domain::reference::ReferenceFault),
    /// When to try again, seconds.
    RetryAfterS(u32),
    /// Why the office does not open (X43).
    Certificate(certificate::CertificateRefusal),
    /// Since which day the institution has another code (X64), never which; and whom to ask.
    CodeChanged {
        /// The day in Japan.
        on: crate::domain::calendar::CivilDate,
        /// As [`Self::Contact`].
        contact: String,
    },
    /// How an item of a consent stands that is not open to be viewed.
    Item(crate::domain::consent::ItemState),
    /// From when to when nothing can be done (X35).
    Maintenance(crate::domain::maintenance::Span),
    /// Why nobody asks again (X46).
    NoRequery(requery::WhyNot),
    /// Why a passcode is not taken.
    Passcode(device::WeakPasscode),
    /// Tries of a passcode that are left.
    TriesLeft(u32),
    /// What this institution and use take instead of what was shown (X55).
    Takes {
        /// What may be held to the reader, the card first.
        media: Vec<crate::domain::check::Medium>,
        /// What was shown was to be checked by the eye, which a phone cannot be.
        was_by_eye: bool,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_stands_once_in_the_table() {
        let rows: Vec<_> = table().collect();
        for (place, row) in rows.iter().enumerate() {
            for other in &rows[..place] {
                assert!(row.name != other.name, "{} twice", row.name);
                assert!((row.path, row.method) != (other.path, other.method), "{} twice", row.path);
            }
            assert!(row.path.starts_with("/api/"), "{}", row.path);
        }
    }

    #[test]
    fn a_declaration_does_not_contradict_itself() {
        for row in table() {
            let in_path: Vec<_> = row.path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}')).collect();
            assert_eq!(in_path, row.parts, "{}", row.name);
            // What the right is proved with comes first.
            match row.permission {
                Permission::ReceptionPage => assert_eq!(row.parts.first(), Some(&"token"), "{}", row.name),
                Permission::VisitHolder => assert_eq!(row.parts.first(), Some(&"visit"), "{}", row.name),
                Permission::Anyone
                | Permission::Login
                | Permission::HalfWay
                | Permission::Applicant
                | Permission::NewDevice
                | Permission::Device
                | Permission::Link(_)
                | Permission::AnySession
                | Permission::AnyAccount
                | Permission::Account(_) => {}
            }
            assert!(row.method == Method::Post || row.body == Body::None, "{}: a GET has no body", row.name);
            let is_by_account = matches!(row.permission, Permission::AnySession | Permission::AnyAccount | Permission::Account(_));
            assert!(!row.again.is_keyed() || row.method == Method::Post && is_by_account, "{}: no key there", row.name);
        }
    }

    #[test]
    fn paths_take_their_parts_by_name() {
        assert_eq!(reception::OpenVisit { token: "TOKEN".into() }.path(), "/api/reception/TOKEN/visits");
        let prove = reception::Prove { visit: "17".into() };
        assert_eq!(prove.path(), "/api/visits/17/proof");
        assert_eq!(reception::Prove::from_parts(|name| (name == "visit").then_some("17")), Some(prove));
        assert_eq!(reception::Prove::from_parts(|name| (name == "token").then_some("17")), None);
        assert_eq!(office::Me.path(), "/api/office/me");
        for stray in ["../me", "a/b", "", "x?y", "..", "%2e", "あ"] {
            assert_eq!(office::ConsentDetail { consent: stray.into() }.path(), "/api/office/consents/-", "{stray}");
        }
    }
}
