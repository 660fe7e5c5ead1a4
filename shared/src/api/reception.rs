//! The reception desk (`/r/{token}`): open the page, open a visit, prove it with the card, see the result.

use serde::{Deserialize, Serialize};

use super::{Again, Answer, Audit, Body, HelperAt, Permission, SMALL, TokenPart, VisitPart};
use crate::bytes::Base64;
use crate::domain::calendar::{CivilDate, UnixMs};
use crate::domain::consent::{Choices, ConsentGroup, ConsentItem, ItemState};
use crate::domain::coverage::Eligibility;
use crate::domain::institution::VisitKind;
use crate::domain::maintenance::Span;
use crate::domain::operation::Part;
use crate::domain::visit::Occasion;

/// A visit lives this long from its opening (P-SESS).
pub const VISIT_LIFE_MS: i64 = 30 * 60_000;
/// A challenge lives this long and serves once (P-SESS).
pub const CHALLENGE_LIFE_MS: i64 = 5 * 60_000;
/// The reception page clears itself after this long without a touch or key.
pub const IDLE_CLEAR_MS: i64 = 5 * 60_000;
/// A proof holds a certificate of up to 8 KiB and a signature, as base64.
pub(super) const PROOF_MAX: usize = 16 * 1024;

super::endpoints! {
    /// What the page needs before anything is asked (RW-0, RW-1). Former URL: X18 (HTTP 410); use switched off: X19; unknown: NotFound.
    OpenPage(token: TokenPart) {
        name: "reception.open_page",
        call: Get "/api/reception/{token}",
        right: Permission::ReceptionPage,
        asks: Body::None => (),
        answers: Answer::Json => PageOpened,
        audit: Audit::None,
        again: Again::Harmless,
    }

    /// Opens a visit with the choices that were confirmed (RW-4); no consent counts before the card proof. Refused in a maintenance window
    /// of a part that every visit needs (X35); a visit that is open already goes on.
    ///
    /// Idempotent by [`OpenVisitRequest::key`]: the same key gives the same visit, with a fresh challenge.
    /// The same key with other choices is refused ([`super::Code::Request`]).
    OpenVisit(token: TokenPart) {
        name: "reception.open_visit",
        call: Post "/api/reception/{token}/visits",
        right: Permission::ReceptionPage,
        asks: Body::Json(SMALL) => OpenVisitRequest,
        answers: Answer::Json => VisitOpened,
        audit: Audit::None,
        again: Again::Harmless,
    }

    /// Gives a fresh challenge and kills the former one; choices are kept. X21 once the visit is over.
    FreshChallenge(visit: VisitPart) {
        name: "reception.fresh_challenge",
        call: Post "/api/visits/{visit}/challenge",
        right: Permission::VisitHolder,
        asks: Body::None => (),
        answers: Answer::Json => Challenge,
        audit: Audit::None,
        again: Again::Harmless,
    }

    /// Hands in the card's proof; one durable commit of consent, result and audit row, then the answer.
    ///
    /// Idempotent: once the visit is done, any further proof under the visit's secret gets the stored answer.
    /// Where the person has a living consent here, for this use or another one, nothing is stored before their yes
    /// ([`ProofAnswer::ConfirmNeeded`], X25, X26): the same proof, sent again with [`Proof::replaces`] while its challenge lives,
    /// commits. A review or a withdrawal is answered with the living consent ([`ProofAnswer::Living`]); the same proof with
    /// [`Proof::replaces`], of a review also with [`Proof::changes`], commits it.
    /// Refusals: X09, X10, X11, real card in the demo, used or old challenge, X21; none of them stores anything.
    Prove(visit: VisitPart) {
        name: "reception.prove",
        call: Post "/api/visits/{visit}/proof",
        right: Permission::VisitHolder,
        asks: Body::Json(PROOF_MAX) => Proof,
        answers: Answer::Json => ProofAnswer,
        audit: Audit::Row,
        again: Again::Harmless,
    }

    /// Says where the visit stands: after a reload or a lost answer the page asks this, not its own memory.
    VisitState(visit: VisitPart) {
        name: "reception.visit_state",
        call: Get "/api/visits/{visit}",
        right: Permission::VisitHolder,
        asks: Body::None => (),
        answers: Answer::Json => VisitStanding,
        audit: Audit::None,
        again: Again::Harmless,
    }

    /// Ends the visit for this tablet: finished, idle or left. The result can no longer be fetched with the secret.
    LeaveVisit(visit: VisitPart) {
        name: "reception.leave_visit",
        call: Post "/api/visits/{visit}/leave",
        right: Permission::VisitHolder,
        asks: Body::None => (),
        answers: Answer::Json => (),
        audit: Audit::None,
        again: Again::Harmless,
    }
}

/// The institution and its questions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageOpened {
    /// 機関名.
    pub institution_name: String,
    /// What the page is for.
    pub visit_kind: VisitKind,
    /// The questions in the order of the screen.
    pub questions: Vec<ConsentGroup>,
    /// 医療費助成の受給者証 is asked as well (N048): [`Choices::subsidy`].
    #[serde(default)]
    pub asks_subsidy: bool,
    /// Version of the notice text that the page must show; goes into the statement.
    pub notice_version: String,
    /// Where the helper is.
    pub helper: HelperAt,
    /// Q8: eligibility is shown on the tablet after the visit.
    pub shows_eligibility: bool,
    /// Whom to ask: the institution's own words, may be empty.
    pub contact: String,
    /// The next maintenance window, from 7 days before it until its end (X35).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maintenance: Option<Maintenance>,
    /// The server's clock, so that the page can show deadlines without trusting the tablet's.
    pub now: UnixMs,
    /// The institution is for training: said on every page (OT-36).
    pub is_training: bool,
}

/// A maintenance window, as much of it as a tablet is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Maintenance {
    /// From when to when.
    pub span: Span,
    /// What stands still.
    pub part: Part,
}

/// The confirmed choices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenVisitRequest {
    /// 16 to 32 random bytes made by the tablet when the choices were confirmed; also the proof of having opened the visit.
    pub key: Base64,
    /// The answers.
    pub choices: Choices,
    /// The notice text that was shown; another one than the server's is refused.
    pub notice_version: String,
    /// Language of the screens: `ja`.
    pub language: String,
    /// What for and how it takes place. A review or a withdrawal answers no question: all choices say "not asked".
    #[serde(default)]
    pub occasion: Occasion,
}

/// A visit that waits for the card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitOpened {
    /// Id of the visit: URL-safe text, no meaning.
    pub visit: String,
    /// Secret of the visit, 32 bytes, for [`super::VISIT_SECRET_HEADER`].
    pub secret: Base64,
    /// What the card is asked to sign.
    pub challenge: Challenge,
    /// The visit ends here (X21).
    pub expires_at: UnixMs,
    /// Until when the consent would count if given now (RW-4).
    pub consent_until: UnixMs,
}

/// A nonce that serves once, and the statement it goes with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Challenge {
    /// 32 random bytes of the server.
    pub nonce: Base64,
    /// The statement (`shared::evidence`), built by the server from the stored choices.
    pub statement: Base64,
    /// The nonce ends here.
    pub expires_at: UnixMs,
}

/// The card's proof over the current challenge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// The nonce that was signed.
    pub nonce: Base64,
    /// 利用者証明用電子証明書, DER, at most 8,192 bytes.
    pub certificate: Base64,
    /// Signature of the certificate's key over `shared::evidence::signed_bytes`.
    pub signature: Base64,
    /// The person's yes to a [`Replacement`], or to what a [`Living`] consent would become: its `former` or `id`. A yes to another
    /// consent than the living one is no yes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<String>,
    /// Of a review: what the person answers now. Without a yes it says nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<Choices>,
}

/// What a proof that held leads to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProofAnswer {
    /// Stored, now or before.
    Done {
        /// The stored answer.
        result: Box<VisitResult>,
    },
    /// Nothing is stored and the challenge is not used up: the person has a living consent here, and is asked first (X25, X26).
    ConfirmNeeded {
        /// What would be replaced by what.
        replacement: Box<Replacement>,
    },
    /// Of a review or a withdrawal; nothing is changed and the challenge is not used up: what the person has consented to here.
    Living {
        /// The living consent; `None`: there is none.
        living: Option<Box<Living>>,
    },
}

/// A living consent of the person at the institution, shown to them after card and PIN (RW-9, RW-10).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Living {
    /// Names it, for [`Proof::replaces`].
    pub id: String,
    /// For which use; of any use of the institution.
    pub visit_kind: VisitKind,
    /// When it was given.
    pub consented_at: UnixMs,
    /// The last minute in which it counts.
    pub expires_at: UnixMs,
    /// 予約した診療日; fixed once it is registered.
    pub booked_on: Option<CivilDate>,
    /// How each kind of information is stored now.
    pub items: Vec<(ConsentItem, ItemState)>,
    /// What may be changed: the questions that were answered and apply to the person.
    pub questions: Vec<ConsentGroup>,
    /// A yes counts until here: the end of the challenge that was signed. Later card and PIN are needed once more.
    pub answer_by: UnixMs,
}

/// A living consent of the person, and what would take its place: for the same use (X25), or for another one (X26).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replacement {
    /// Names the earlier consent, for [`Proof::replaces`].
    pub former: String,
    /// For which use the earlier one is.
    pub former_use: VisitKind,
    /// When the earlier one was given.
    pub consented_at: UnixMs,
    /// The last minute in which the earlier one counts.
    pub expires_at: UnixMs,
    /// How each kind of information is stored now.
    pub items: Vec<(ConsentItem, ItemState)>,
    /// How each kind would be stored.
    pub new_items: Vec<(ConsentItem, ItemState)>,
    /// The last minute in which the new one would count.
    pub new_expires_at: UnixMs,
    /// A yes counts until here: the end of the challenge that was signed. Later card and PIN are needed once more.
    pub answer_by: UnixMs,
}

/// What patient and staff see at the end (RW-7), and again after a reload until the visit is left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitResult {
    /// Number of the receipt, six to ten characters, no meaning.
    pub receipt: String,
    /// When the consent was stored.
    pub consented_at: UnixMs,
    /// The last minute in which it counts.
    pub expires_at: UnixMs,
    /// How each kind of information was stored.
    pub items: Vec<(ConsentItem, ItemState)>,
    /// The eligibility; `None` when the institution does not show it on the tablet (Q8).
    pub eligibility: Option<Eligibility>,
    /// A living consent of the same person was replaced by this one, after their yes (X25): its former deadline.
    pub replaced_until: Option<UnixMs>,
    /// The certificate ends within three months: its last day in Japan (X07).
    pub certificate_ends_on: Option<CivilDate>,
    /// How far the certificate was checked.
    pub checks: CertificateChecks,
    /// What for, and how it took place.
    #[serde(default)]
    pub occasion: Occasion,
    /// The consent of another use that ended by this one, after their yes (X26).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_use: Option<VisitKind>,
    /// Of a review or a withdrawal: when it was stored. The receipt and `consented_at` are those of the consent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_at: Option<UnixMs>,
}

/// What the proof showed, each on its own line; what was not checked is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateChecks {
    /// The card's key signed this visit's challenge.
    pub signature: bool,
    /// The certificate goes back to a configured anchor.
    pub chain: bool,
    /// The certificate was within its period.
    pub period: bool,
    /// Revocation: always [`Revocation::NotChecked`] here.
    pub revocation: Revocation,
}

/// State of the revocation check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Revocation {
    /// 失効の確認はしていません: JPKI's lists are open to contracted verifiers only.
    NotChecked,
}

/// Where a visit stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VisitStanding {
    /// No proof yet.
    Open {
        /// The visit ends here.
        expires_at: UnixMs,
        /// The choices as stored.
        choices: Choices,
    },
    /// Proved and stored.
    Done {
        /// The stored answer.
        result: Box<VisitResult>,
    },
    /// Left by the person, or cleared: the consent stands, the answer is no longer shown here.
    Left,
    /// Not proved in time: nothing was stored (X21).
    Expired,
}
