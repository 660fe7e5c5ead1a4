//! The check at the device with the card (DA-5…DA-11, N124–N129, N140): opened with the person's answers or for eligibility alone, proved
//! by card and PIN, by the phone, or by the eye of the staff, kept at once, and filed by a press.
//!
//! What the card signs is the statement of a visit, as at reception. A check without consent (資格確認限定型, X63) signs one in which nothing
//! was asked. 目視 has no signature: the press of the account stands for it, and nothing else is claimed.

use serde::{Deserialize, Serialize};

use super::reception::PROOF_MAX;
use super::reception::{CertificateChecks, Challenge, Maintenance, Replacement};
use super::{Again, Answer, Audit, Body, Permission, SMALL, VisitPart};
use crate::bytes::Base64;
use crate::domain::account::UserId;
use crate::domain::calendar::{CivilDate, UnixMs};
use crate::domain::check::{CheckWay, Medium};
use crate::domain::consent::{Choices, ConsentGroup, ConsentItem, ItemState, expires_at};
use crate::domain::coverage::{Eligibility, Validity};
use crate::domain::institution::VisitKind;
use crate::domain::visit::{Assist, Place};
use crate::right::Act;

/// A result that nobody filed stays in the device's list for so long, milliseconds (P-KEEP); the office has it either way.
pub const UNFILED_MS: i64 = 72 * 3_600_000;
/// Rows of the list of results that nobody filed.
pub const UNFILED_ROWS: u32 = 50;

super::endpoints! {
    /// What a check at the device asks and takes today (DA-5).
    SeeBedside {
        name: "device.bedside",
        call: Get "/api/device/desk",
        right: Permission::Account(Act::UseDevice),
        asks: Body::None => (),
        answers: Answer::Json => BedsideDesk,
        audit: Audit::None,
        again: Again::Harmless,
    }

    /// Opens a check (DA-7), or gives the one that the same key opened, with a fresh challenge. Nothing counts before the proof. Other
    /// questions than the institution asks: X23; a day that cannot be booked: X24; a use that is not switched on:
    /// [`super::Code::Forbidden`]; a maintenance window: X35.
    OpenBedside {
        name: "device.open_check",
        call: Post "/api/device/checks",
        right: Permission::Account(Act::UseDevice),
        asks: Body::Json(SMALL) => NewBedside,
        answers: Answer::Json => BedsideOpened,
        audit: Audit::None,
        again: Again::Harmless,
    }

    /// A fresh challenge in the place of the former. X21 once the check is over.
    FreshBedside(visit: VisitPart) {
        name: "device.fresh_challenge",
        call: Post "/api/device/checks/{visit}/challenge",
        right: Permission::Account(Act::UseDevice),
        asks: Body::None => (),
        answers: Answer::Json => Challenge,
        audit: Audit::None,
        again: Again::Harmless,
    }

    /// The proof (DA-8A, DA-8B, DA-8C). Refused: X09, X10, X11, X24 (the booked day is over), X34, X55 (what was shown is not
    /// taken), X56, X61; nothing is kept then.
    ProveBedside(visit: VisitPart) {
        name: "device.prove",
        call: Post "/api/device/checks/{visit}/proof",
        right: Permission::Account(Act::UseDevice),
        asks: Body::Json(PROOF_MAX) => BedsideProof,
        answers: Answer::Json => BedsideAnswer,
        audit: Audit::Row,
        again: Again::Keyed,
    }

    /// 一致しない (X27): the check ends, nothing of the person is kept but that it was so.
    NotMatched(visit: VisitPart) {
        name: "device.not_matched",
        call: Post "/api/device/checks/{visit}/not-matched",
        right: Permission::Account(Act::SwitchVisualCheck),
        asks: Body::None => (),
        answers: Answer::Json => (),
        audit: Audit::Row,
        again: Again::Keyed,
    }

    /// A result once more (DA-10), to the account that made the check.
    SeeBedsideResult(visit: VisitPart) {
        name: "device.see_result",
        call: Get "/api/device/checks/{visit}",
        right: Permission::Account(Act::UseDevice),
        asks: Body::None => (),
        answers: Answer::Json => BedsideResult,
        audit: Audit::Row,
        again: Again::Harmless,
    }

    /// The account's results of the last [`UNFILED_MS`] that nobody filed (X49), newest first, at most [`UNFILED_ROWS`].
    UnfiledBedside {
        name: "device.unfiled",
        call: Get "/api/device/unfiled",
        right: Permission::Account(Act::UseDevice),
        asks: Body::None => (),
        answers: Answer::Json => Vec<UnfiledRow>,
        audit: Audit::Row,
        again: Again::Harmless,
    }

    /// 保存して閉じる (DA-11): a person has looked at the result and is done with it. Once more changes nothing.
    FileBedside(visit: VisitPart) {
        name: "device.file_result",
        call: Post "/api/device/checks/{visit}/filed",
        right: Permission::Account(Act::UseDevice),
        asks: Body::None => (),
        answers: Answer::Json => (),
        audit: Audit::Row,
        again: Again::Keyed,
    }
}

/// What a check at the device asks and takes: in home visits, unless [`Self::visit_kind`] says otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BedsideDesk {
    /// For which use this is.
    #[serde(default = "home_visit")]
    pub visit_kind: VisitKind,
    /// The institution asks for consents; 資格確認限定型 does not (LA-7).
    pub asks_consent: bool,
    /// The questions in the order of the screen.
    pub questions: Vec<ConsentGroup>,
    /// 医療費助成の受給者証 is asked as well (N048).
    pub asks_subsidy: bool,
    /// 目視 is allowed by the institution, and this account may (Q11, N124).
    pub allows_visual: bool,
    /// 「目視確認で本人認証」 stands on this device (N124); never where it is not allowed.
    pub is_visual: bool,
    /// What may be held to the reader, the card first (P-MEDIUM).
    pub media: Vec<Medium>,
    /// Version of the notice text that is shown.
    pub notice_version: String,
    /// Until when a consent given now would count.
    pub consent_until: UnixMs,
    /// Whom to ask: the institution's own words, may be empty.
    pub contact: String,
    /// Results of this account that nobody filed (X49).
    pub unfiled: u32,
    /// Results of the institution that have left for the レセコン by no way an hour after their check (X48, X49); 0 where none are to leave or none
    /// ever did.
    #[serde(default)]
    pub unsent: u32,
    /// The next maintenance window, from 7 days before it until its end (X35).
    pub maintenance: Option<Maintenance>,
    /// 外来診療等(通常とは異なる動線), where the institution has it switched on (N042); 資格確認限定型 never has.
    #[serde(default)]
    pub off_route: Option<OffRouteDesk>,
}

/// What differs on the odd route.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OffRouteDesk {
    /// The questions in the order of the screen.
    pub questions: Vec<ConsentGroup>,
    /// 医療費助成の受給者証 is asked as well (N048).
    pub asks_subsidy: bool,
    /// What may be held to the reader, the card first (P-MEDIUM).
    pub media: Vec<Medium>,
    /// The server's day in Japan: the first that can be booked (RW-11).
    pub today: CivilDate,
}

impl BedsideDesk {
    /// The desk of the odd route; `None` where it is not switched on.
    #[must_use]
    pub fn for_off_route(&self) -> Option<Self> {
        let OffRouteDesk { questions, asks_subsidy, media, today } = self.off_route.clone()?;
        let now = today.at_jst(0, 0);
        let consent_until = expires_at(VisitKind::OffRoute, now, Some(today));
        Some(Self { visit_kind: VisitKind::OffRoute, asks_consent: true, questions, asks_subsidy, media, consent_until, ..self.clone() })
    }
}

const fn home_visit() -> VisitKind {
    VisitKind::HomeVisit
}

/// A check to open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewBedside {
    /// 16 to 32 random bytes made by the device when the answers were confirmed.
    pub key: Base64,
    /// The answers; `None`: the eligibility alone (資格確認限定型, X63), no consent is made.
    pub choices: Option<Choices>,
    /// What for: a home visit, or the odd route where it is switched on.
    #[serde(default = "home_visit")]
    pub visit_kind: VisitKind,
    /// Who helps the person to operate (P-PROXY).
    pub assist: Option<Assist>,
    /// 予約した診療日 (RW-11), on the odd route; `None`: today.
    #[serde(default)]
    pub booked_on: Option<CivilDate>,
    /// Where the person is (RW-13), on the odd route.
    #[serde(default)]
    pub place: Option<Place>,
    /// The notice text that was shown.
    pub notice_version: String,
}

/// A check that waits for its proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BedsideOpened {
    /// Names it: URL-safe text, no meaning.
    pub visit: String,
    /// What the card is asked to sign.
    pub challenge: Challenge,
    /// The check ends here (X21).
    pub expires_at: UnixMs,
}

/// What the reader gave, or the staff attests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BedsideProof {
    /// The nonce of the current challenge.
    pub nonce: Base64,
    /// 利用者証明用電子証明書, DER, at most 8,192 bytes.
    pub certificate: Base64,
    /// Signature over `shared::evidence::signed_bytes`; `None` of 目視 alone.
    pub signature: Option<Base64>,
    /// [`CheckWay::Pin`], [`CheckWay::PhoneUnlock`] (an iPhone that asked for no PIN) or [`CheckWay::Visual`] (一致した was pressed).
    pub way: CheckWay,
    /// What lay on the reader, as the helper says.
    pub medium: Medium,
    /// The yes to a [`Replacement`]: its `former`.
    pub replaces: Option<String>,
}

/// What a proof leads to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BedsideAnswer {
    /// It is kept.
    Done(Box<BedsideResult>),
    /// Nothing is kept yet: the person has a living consent here (X25, X26).
    ConfirmNeeded(Box<Replacement>),
}

/// What became of the consent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BedsideConsent {
    /// Names it in the office.
    pub id: String,
    /// What for.
    pub visit_kind: VisitKind,
    /// Number of the receipt.
    pub receipt: String,
    /// How each kind of information is stored.
    pub items: Vec<(ConsentItem, ItemState)>,
    /// The last minute in which it counts.
    pub expires_at: UnixMs,
}

/// 資格確認結果 (DA-10).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BedsideResult {
    /// Names the check.
    pub visit: String,
    /// The consent; `None`: the eligibility alone.
    pub consent: Option<BedsideConsent>,
    /// Names the check in the office, where no consent was made.
    pub check: Option<String>,
    /// When.
    pub done_at: UnixMs,
    /// Whose press.
    pub done_by: UserId,
    /// 確認の方法.
    pub check_way: CheckWay,
    /// What the person showed.
    pub medium: Medium,
    /// The answer of the register, without what the person did not agree to give.
    pub eligibility: Eligibility,
    /// How far the certificate was checked; its signature was not where 目視 was pressed.
    pub checks: CertificateChecks,
    /// Last day of a certificate that ends soon (X07) or has ended (X08).
    pub certificate_ends_on: Option<CivilDate>,
    /// The certificate has ended within the grace (X08): the eligibility alone, whatever was answered.
    pub is_grace: bool,
    /// 照会番号 of the person.
    pub reference_number: Option<String>,
    /// Somebody pressed 保存して閉じる.
    pub is_filed: bool,
}

/// A result that nobody filed, with no more of the person than tells the rows apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnfiledRow {
    /// Opens it.
    pub visit: String,
    /// When.
    pub done_at: UnixMs,
    /// First characters of the two names, in kana where they are known; empty: the register knows nobody.
    pub initials: String,
    /// 確認の方法.
    pub check_way: CheckWay,
    /// The verdict.
    pub validity: Validity,
}
