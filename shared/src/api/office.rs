//! The office desk (`/o`): login, reception URL, consented list and its rows.

use serde::{Deserialize, Serialize};

use super::{Again, Answer, Audit, Body, ConsentPart, HelperAt, Permission, SMALL, UsePart};
use crate::domain::account::{AccountKind, UserId};
use crate::domain::calendar::{CivilDate, UnixMs};
use crate::domain::check::{CheckWay, Medium};
use crate::domain::consent::{ConsentItem, ItemState};
use crate::domain::coverage::{Eligibility, Validity};
use crate::domain::facility::Edition;
use crate::domain::hand_over::HandOverState;
use crate::domain::institution::{InstitutionCode, VisitKind};
use crate::domain::person::Person;
use crate::domain::visit::Occasion;
use crate::right::Act;

/// Longest password that is even looked at, in bytes.
pub const PASSWORD_INPUT_MAX: usize = 512;
/// Rows of a page of the consented list.
pub const PAGE_ROWS: u32 = 50;
/// The consented list is counted up to here.
pub const TOTAL_MAX: u32 = 10_000;
/// Longest cursor that is even looked at, in bytes.
pub const CURSOR_MAX: usize = 80;

super::endpoints! {
    /// Opens a session, or asks for the second factor (OT-3). One text for every failure; the work is the same for unknown users.
    Login {
        name: "office.login",
        call: Post "/api/office/login",
        right: Permission::Login,
        asks: Body::Json(SMALL) => LoginRequest,
        answers: Answer::Json => LoggedIn,
        audit: Audit::Row,
        again: Again::Harmless,
    }

    /// Ends the session.
    Logout {
        name: "office.logout",
        call: Post "/api/office/logout",
        right: Permission::AnySession,
        asks: Body::None => (),
        answers: Answer::Json => (),
        audit: Audit::Row,
        again: Again::Harmless,
    }

    /// Who am I: after a reload.
    Me {
        name: "office.me",
        call: Get "/api/office/me",
        right: Permission::AnySession,
        asks: Body::None => (),
        answers: Answer::Json => Session,
        audit: Audit::None,
        again: Again::Harmless,
    }

    /// Changes the own password (OT-4); ends every other session of the account and renews this one.
    ChangePassword {
        name: "office.change_password",
        call: Post "/api/office/password",
        right: Permission::AnyAccount,
        asks: Body::Json(SMALL) => PasswordChange,
        answers: Answer::Json => Session,
        audit: Audit::Row,
        again: Again::Harmless,
    }

    /// The institution's present reception URL for a use (OT-9, N070–N072): the word of a [`crate::domain::institution::Use`]. A use
    /// that is switched off is X19, here and below; one without a reception page has none.
    ReceptionUrl(of: UsePart) {
        name: "office.reception_url",
        call: Get "/api/office/reception-url/of/{of}",
        right: Permission::Account(Act::SeeReceptionUrl),
        asks: Body::None => (),
        answers: Answer::Json => ReceptionUrlInfo,
        audit: Audit::None,
        again: Again::Harmless,
    }

    /// The institution's former reception URLs: when each one counted. What they were is kept by nobody.
    FormerReceptionUrls {
        name: "office.former_reception_urls",
        call: Get "/api/office/reception-url/former",
        right: Permission::Account(Act::SeeReceptionUrl),
        asks: Body::None => (),
        answers: Answer::Json => FormerUrls,
        audit: Audit::None,
        again: Again::Harmless,
    }

    /// The QR code as a file to download: `image/svg+xml`, not JSON.
    ReceptionQrSvg(of: UsePart) {
        name: "office.reception_qr_svg",
        call: Get "/api/office/reception-url/of/{of}/qr.svg",
        right: Permission::Account(Act::SeeReceptionUrl),
        asks: Body::None => (),
        answers: Answer::File => (),
        audit: Audit::None,
        again: Again::Harmless,
    }

    /// The QR code as a file to download: `image/png`, not JSON.
    ReceptionQrPng(of: UsePart) {
        name: "office.reception_qr_png",
        call: Get "/api/office/reception-url/of/{of}/qr.png",
        right: Permission::Account(Act::SeeReceptionUrl),
        asks: Body::None => (),
        answers: Answer::File => (),
        audit: Audit::None,
        again: Again::Harmless,
    }

    /// Makes a new URL; the former one stops at once and says where to ask (X18).
    ChangeReceptionUrl(of: UsePart) {
        name: "office.change_reception_url",
        call: Post "/api/office/reception-url/of/{of}/change",
        right: Permission::Account(Act::ChangeReceptionUrl),
        asks: Body::Json(SMALL) => UrlChange,
        answers: Answer::Json => ReceptionUrlInfo,
        audit: Audit::Row,
        again: Again::Keyed,
    }

    /// 同意済資格情報取得 (OT-10, N105–N107). A POST because the conditions hold names, which never stand in a URL.
    SearchConsents {
        name: "office.search_consents",
        call: Post "/api/office/consents/search",
        right: Permission::Account(Act::SeeConsents),
        asks: Body::Json(SMALL) => ConsentSearch,
        answers: Answer::Json => ConsentPage,
        audit: Audit::Row,
        again: Again::Harmless,
    }

    /// 明細 (OT-11): one consent with its eligibility. Every view leaves an audit row.
    ConsentDetail(consent: ConsentPart) {
        name: "office.consent_detail",
        call: Get "/api/office/consents/{consent}",
        right: Permission::Account(Act::SeeConsents),
        asks: Body::None => (),
        answers: Answer::Json => ConsentDetails,
        audit: Audit::Row,
        again: Again::Harmless,
    }

    /// Chooses one of several coverages (複数該当, X31): the machine never does. The last choice counts; each leaves an audit row.
    ChooseCoverage(consent: ConsentPart) {
        name: "office.choose_coverage",
        call: Post "/api/office/consents/{consent}/coverage",
        right: Permission::Account(Act::ChooseCoverage),
        asks: Body::Json(SMALL) => CoverageChoice,
        answers: Answer::Json => ConsentDetails,
        audit: Audit::Row,
        again: Again::Keyed,
    }
}

/// Who wants in.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoginRequest {
    /// 機関コード.
    pub institution: InstitutionCode,
    /// ユーザID.
    pub user: UserId,
    /// パスワード. This type has no `Debug`.
    pub password: String,
}

/// What a login came to. No `Debug`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LoggedIn {
    /// The session.
    In(Box<Session>),
    /// The password was right; the second step is asked for within ten minutes.
    HalfWay(ProofWays),
}

/// How a proof can be given, with the question of a passkey. No `Debug`: the question is the server's alone to show.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProofWays {
    /// `PublicKeyCredentialRequestOptionsJSON` (WebAuthn Level 3) below `publicKey`, as JSON text; it counts for five minutes and once.
    /// `None`: the account has no passkey.
    pub passkey: Option<String>,
    /// The account has an authenticator app.
    pub totp: bool,
    /// The account has recovery codes left. At a login only.
    pub recovery: bool,
    /// The account has no second factor: its password proves it. In a session only.
    pub password: bool,
}

/// Who is in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// 機関コード.
    pub institution: InstitutionCode,
    /// 機関名.
    pub institution_name: String,
    /// ユーザID.
    pub user: UserId,
    /// ユーザ名.
    pub user_name: String,
    /// 権限区分.
    pub kind: AccountKind,
    /// What the institution was let in for.
    #[serde(default)]
    pub edition: Edition,
    /// OT-4 blocks all else until done.
    pub must_change_password: bool,
    /// A second factor must be registered: blocks all else until done.
    pub must_add_factor: bool,
    /// The account has a second factor.
    pub has_second_factor: bool,
    /// From when the institution asks for one.
    pub second_factor_from: CivilDate,
    /// The session locks itself after so long without use, milliseconds; so does the page (OT-18).
    pub idle_ms: i64,
    /// The session is locked: it answers nothing until it is unlocked ([`super::lock::Unlock`]).
    pub is_locked: bool,
    /// The session ends here whatever happens.
    pub ends_at: UnixMs,
    /// The server's clock.
    pub now: UnixMs,
    /// Where the helper is on the machine of whoever is in.
    pub helper: HelperAt,
    /// The institution is for training: said on every page (OT-36).
    pub is_training: bool,
    /// The institution has another code by now (OT-30): until this day it can be read, and nothing else.
    pub readable_until: Option<CivilDate>,
    /// Path of the manifest under which the device page stands on a home screen with the institution's name.
    #[serde(default)]
    pub manifest: String,
}

/// Old and new password. No `Debug`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    /// The present password.
    pub old: String,
    /// The chosen one (`shared::domain::account::check_password`).
    pub new: String,
}

/// A reception URL and its history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceptionUrlInfo {
    /// What the page is for.
    pub visit_kind: VisitKind,
    /// The whole URL.
    pub url: String,
    /// 機関名, for the printed sheet.
    pub institution_name: String,
    /// Whom to ask, for the printed sheet.
    pub contact: String,
    /// Since when this URL counts.
    pub issued_at: UnixMs,
    /// How often the URL was changed before.
    pub former_urls: u32,
    /// This account may change it.
    pub may_change: bool,
    /// The QR code of the URL as inline SVG, quiet zone included.
    pub qr_svg: String,
}

/// At most so many former URLs are listed.
pub const FORMER_URLS_MAX: u32 = 200;

/// Former reception URLs, the last one first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormerUrls {
    /// At most [`FORMER_URLS_MAX`].
    pub rows: Vec<FormerUrl>,
}

/// A reception URL that stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormerUrl {
    /// What its page was for.
    pub visit_kind: VisitKind,
    /// Since when it counted.
    pub issued_at: UnixMs,
    /// When it stopped.
    pub retired_at: UnixMs,
}

/// The change, confirmed by typing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UrlChange {
    /// The institution code as typed by the admin: anything else is refused.
    pub typed_institution: String,
    /// The URL that the page showed: a change by someone else meanwhile is refused, not doubled.
    pub present_url: String,
}

/// The conditions; only the two days are required.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsentSearch {
    /// Which day the two are about.
    #[serde(default)]
    pub days: DaysOf,
    /// 同意年月日 from, or 受診(予約)年月日.
    pub consented_from: CivilDate,
    /// 同意年月日 to, included.
    pub consented_to: CivilDate,
    /// 診療区分; `None` = all.
    #[serde(default)]
    pub visit_kind: Option<VisitKind>,
    /// Beginning of 氏名, 氏名(カナ) or 氏名(その他) in any writing; empty = all.
    pub name_prefix: String,
    /// 照会番号, whole; empty = all. Width, spaces and hyphens make no difference.
    pub reference_number: String,
    /// 受付番号 of the receipt, whole; empty = all. Width, case, spaces and hyphens make no difference.
    #[serde(default)]
    pub receipt: String,
    /// Living, expired, replaced, or all.
    pub state: StateFilter,
    /// Order of the rows.
    pub order: ListOrder,
    /// Where the page of [`PAGE_ROWS`] begins, as [`ConsentPage`] gave it; `None` is the first one. Holds nothing of a person.
    #[serde(default)]
    pub cursor: Option<String>,
}

/// Which day of a consent a search is about (OT-10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DaysOf {
    /// 同意年月日.
    #[default]
    Consented,
    /// 受診(予約)年月日: of online and off-route consents only.
    Booked,
}

/// Which consents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StateFilter {
    /// すべて.
    All,
    /// 有効期間内.
    Living,
    /// 期限切れ: ended by its deadline.
    Expired,
    /// 置換: ended by a later consent of the same person, for the same use or another one.
    Replaced,
    /// 取消: ended by the institution or by the person.
    Withdrawn,
}

/// Order of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListOrder {
    /// Newest consent first.
    NewestFirst,
    /// Soonest deadline first.
    ExpiryFirst,
}

/// One page of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentPage {
    /// 検索結果: how many in all, up to [`TOTAL_MAX`].
    pub total: u32,
    /// There are more than [`TOTAL_MAX`].
    pub is_total_more: bool,
    /// How many stand before the first row of this page.
    pub ahead: u32,
    /// Leads to the page before; `None` on the first one.
    pub previous: Option<String>,
    /// Leads to the next page; `None` on the last one.
    pub next: Option<String>,
    /// Further rows of this page that could not be read back: told, so that nobody takes the list for whole.
    pub damaged: u32,
    /// Its rows.
    pub rows: Vec<ConsentRow>,
    /// The server's clock.
    pub now: UnixMs,
}

/// One row: the thirteen columns of N107, and what opens it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentRow {
    /// How far it is on its way into the レセコン; `None` where the institution hands nothing on, and outside of the list.
    #[serde(default)]
    pub hand_over: Option<HandOverState>,
    /// Opens the row.
    pub id: String,
    /// 氏名, 氏名(カナ), 生年月日, 性別; `None` when the register had no row (X30).
    pub person: Option<Person>,
    /// 照会番号.
    pub reference_number: Option<String>,
    /// 手術 … 特疾, in the order of the columns, as they read now.
    pub items: Vec<(ConsentItem, ItemState)>,
    /// 受診(予約)年月日, where the use has one.
    #[serde(default)]
    pub booked_on: Option<CivilDate>,
    /// 同意年月日.
    pub consented_at: UnixMs,
    /// 同意有効期限.
    pub expires_at: UnixMs,
    /// When a later consent of the same person took its place.
    pub replaced_at: Option<UnixMs>,
    /// The verdict of the eligibility check.
    pub validity: Validity,
    /// 複数該当, and a person has chosen a coverage (X31).
    pub is_chosen: bool,
}

/// Everything about one row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentDetails {
    /// The row.
    pub row: ConsentRow,
    /// Number of the receipt that the patient saw.
    pub receipt: String,
    /// What the consent is for.
    pub visit_kind: VisitKind,
    /// The eligibility as it was answered.
    pub eligibility: Eligibility,
    /// 確認の方法: how the person was checked.
    pub check_way: CheckWay,
    /// What the person showed.
    pub medium: Medium,
    /// How far the certificate was checked; `None` where no card signed (目視, paper).
    pub checks: Option<super::reception::CertificateChecks>,
    /// Which of several coverages a person chose (X31).
    pub chosen: Option<ChosenCoverage>,
    /// How the visit took place: booked date, place, who helped.
    pub occasion: Occasion,
}

/// A person's choice among several coverages (複数該当): what the register answered stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChosenCoverage {
    /// Place in the answer's coverages, from 0.
    pub coverage: u32,
    /// When.
    pub at: UnixMs,
    /// Who: ユーザID.
    pub by: UserId,
}

/// The choice. Sent again it changes nothing more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CoverageChoice {
    /// Place in the answer's coverages, from 0.
    pub coverage: u32,
    /// The choice that the page showed: another one made meanwhile is not overwritten unseen.
    pub shown: Option<u32>,
}
