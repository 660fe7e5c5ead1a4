//! What the gate hands a desk: a request whose right is proved, and what the desk answers.

use std::future::Future;
use std::net::IpAddr;
use std::sync::Arc;

use shared::api::{Audit, Code, Endpoint, Permission};
use shared::domain::account::UserId;
use shared::domain::calendar::UnixMs;

use crate::app::App;
use crate::audit::{Trail, actor_of};
use crate::peer::Presented;
use crate::refused::Refused;
use crate::session::SessionId;
use crate::store::code::CodeRecord;
use crate::store::device::DeviceRecord;
use crate::store::factor::LoginStep;
use crate::store::link::TokenRecord;
use crate::store::portal::{ApplicantEntry, ApplicantSession};
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

/// Whoever has given the right password of an account with a second factor.
pub(crate) struct HalfWay {
    /// The login so far.
    pub(crate) step: LoginStep,
    /// Whose account.
    pub(crate) tenant: Tenant,
}

/// A logged-in account; not locked, one that may do what the endpoint asks for, and past its first password, where it asks for that.
pub(crate) struct Staff {
    /// The session with account and institution.
    pub(crate) found: SessionFound,
    /// Whose account.
    pub(crate) tenant: Tenant,
}

/// A browser that showed a public key and signed with it.
pub(crate) struct NewDevice {
    /// The key ([`shared::api::device::PUBLIC_KEY_LEN`] bytes).
    pub(crate) key: Vec<u8>,
}

/// A registered device that has not been ended.
pub(crate) struct Device {
    /// The device.
    pub(crate) record: DeviceRecord,
    /// The code it was registered with.
    pub(crate) code: CodeRecord,
    /// Whose device.
    pub(crate) tenant: Tenant,
}

/// A program with the token of a Web API account.
pub(crate) struct Program {
    /// The token.
    pub(crate) record: TokenRecord,
    /// Whose account.
    pub(crate) tenant: Tenant,
}

/// The registered user of a facility (N142).
pub(crate) struct Applicant {
    /// The session.
    pub(crate) session: ApplicantSession,
    /// Who.
    pub(crate) found: ApplicantEntry,
    /// Its institution, once the application was approved.
    pub(crate) tenant: Option<Tenant>,
}

/// Where a request came from, and when.
pub(crate) struct Sender {
    /// See [`Call::address`].
    pub(crate) address: IpAddr,
    /// See [`Call::browser`].
    pub(crate) browser: Option<SessionId>,
    /// See [`Call::presented`].
    pub(crate) presented: Option<Presented>,
    /// See [`Call::now`].
    pub(crate) now: UnixMs,
}

/// What a request was proved to have.
pub(crate) enum Proved {
    Nobody(Nobody),
    ReceptionPage(ReceptionPage),
    VisitHolder(VisitHolder),
    HalfWay(HalfWay),
    Staff(Staff),
    Applicant(Applicant),
    NewDevice(NewDevice),
    Device(Device),
    Program(Program),
}

impl Proved {
    /// For whom; `None` for nobody's data.
    pub(crate) fn tenant(&self) -> Option<&Tenant> {
        match self {
            Self::Nobody(_) | Self::NewDevice(_) => None,
            Self::Applicant(applicant) => applicant.tenant.as_ref(),
            Self::ReceptionPage(ReceptionPage { tenant, .. })
            | Self::VisitHolder(VisitHolder { tenant, .. })
            | Self::HalfWay(HalfWay { tenant, .. })
            | Self::Device(Device { tenant, .. })
            | Self::Program(Program { tenant, .. })
            | Self::Staff(Staff { tenant, .. }) => Some(tenant),
        }
    }

    /// Which account; `None` for who has none.
    pub(crate) fn user(&self) -> Option<&UserId> {
        match self {
            Self::Staff(staff) => Some(&staff.found.account.user),
            Self::Nobody(_)
            | Self::ReceptionPage(_)
            | Self::VisitHolder(_)
            | Self::HalfWay(_)
            | Self::Applicant(_)
            | Self::NewDevice(_)
            | Self::Device(_)
            | Self::Program(_) => None,
        }
    }

    /// Who, as it stands in an audit row.
    pub(crate) fn actor(&self) -> String {
        match self {
            Self::Nobody(_) | Self::ReceptionPage(_) | Self::NewDevice(_) => "nobody".to_owned(),
            Self::Device(device) => format!("device {}", device.code.id.as_str()),
            Self::Program(program) => format!("{} {}", actor_of(&program.record.user), program.record.id.as_str()),
            Self::VisitHolder(holder) => format!("visit {}", holder.visit.id.as_str()),
            Self::HalfWay(half_way) => actor_of(&half_way.step.user),
            Self::Applicant(applicant) => format!("applicant {}", applicant.found.who.id.as_str()),
            Self::Staff(staff) => actor_of(&staff.found.account.user),
        }
    }
}

/// The rights that a handler may take, one per variant of [`Proved`].
#[derive(Clone, Copy)]
pub(crate) enum RightKind {
    Nobody,
    ReceptionPage,
    VisitHolder,
    HalfWay,
    Staff,
    Applicant,
    NewDevice,
    Device,
    Program,
}

impl RightKind {
    /// The right that a permission asks for.
    pub(crate) const fn of(permission: Permission) -> Self {
        match permission {
            Permission::Anyone | Permission::Login => Self::Nobody,
            Permission::ReceptionPage => Self::ReceptionPage,
            Permission::VisitHolder => Self::VisitHolder,
            Permission::HalfWay => Self::HalfWay,
            Permission::Applicant => Self::Applicant,
            Permission::NewDevice => Self::NewDevice,
            Permission::Device => Self::Device,
            Permission::Link(_) => Self::Program,
            Permission::AnySession | Permission::AnyAccount | Permission::Account(_) => Self::Staff,
        }
    }
}

/// A right that a handler takes.
pub(crate) trait Right: Sized + Send {
    /// Which one.
    const KIND: RightKind;
    /// Takes it out of what was proved.
    fn of(proved: Proved) -> Option<Self>;
}

macro_rules! right {
    ($Right:ident) => {
        impl Right for $Right {
            const KIND: RightKind = RightKind::$Right;

            fn of(proved: Proved) -> Option<Self> {
                match proved {
                    Proved::$Right(right) => Some(right),
                    _ => None,
                }
            }
        }
    };
}
right!(Nobody);
right!(ReceptionPage);
right!(VisitHolder);
right!(HalfWay);
right!(Staff);
right!(Applicant);
right!(NewDevice);
right!(Device);
right!(Program);

/// What takes a desk's handlers: the gate.
pub(crate) trait Serve: Sized {
    /// Serves an endpoint with its handler; which one it is, and what right it takes, says the handler's type.
    fn on<E, R, F, A>(self, handler: F) -> Self
    where
        E: Endpoint + Send + 'static,
        E::Request: Send + 'static,
        R: Right + 'static,
        F: Fn(Arc<App>, Call<E, R>) -> A + Clone + Send + Sync + 'static,
        A: Future<Output = Result<Reply<E::Response>, Refused>> + Send;
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
    /// The client certificate of its connection.
    pub(crate) presented: Option<Presented>,
    /// When.
    pub(crate) now: UnixMs,
    trail: Trail,
    press: Option<Press>,
}

impl<E: Endpoint, R> Call<E, R> {
    /// For the gate.
    pub(crate) fn new(path: E, right: R, body: E::Request, from: Sender, trail: Trail, press: Option<Press>) -> Self {
        let Sender { address, browser, presented, now } = from;
        Self { path, right, body, address, browser, presented, now, trail, press }
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
        const { assert!(E::AGAIN.is_keyed(), "the endpoint is declared without a key") };
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
