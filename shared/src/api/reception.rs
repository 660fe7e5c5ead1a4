//! The reception desk (`/r/{token}`): open the page, open a visit, prove it with the card, see the result.

use serde::{Deserialize, Serialize};

use super::{Endpoint, HelperAt, Method, Permission, Tenant};
use crate::bytes::Base64;
use crate::domain::calendar::{CivilDate, UnixMs};
use crate::domain::consent::{Choices, ConsentGroup, ConsentItem, ItemState};
use crate::domain::coverage::Eligibility;
use crate::domain::institution::VisitKind;

/// A visit lives this long from its opening (P-SESS).
pub const VISIT_LIFE_MS: i64 = 30 * 60_000;
/// A challenge lives this long and serves once (P-SESS).
pub const CHALLENGE_LIFE_MS: i64 = 5 * 60_000;
/// The reception page clears itself after this long without a touch or key.
pub const IDLE_CLEAR_MS: i64 = 5 * 60_000;

/// What the page needs before anything is asked (RW-0, RW-1). Former URL: X18 (HTTP 410); use switched off: X19; unknown: NotFound.
pub struct OpenPage;

/// The institution and its questions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageOpened {
    /// 機関名.
    pub institution_name: String,
    /// What the page is for.
    pub visit_kind: VisitKind,
    /// The questions in the order of the screen.
    pub questions: Vec<ConsentGroup>,
    /// Version of the notice text that the page must show; goes into the statement.
    pub notice_version: String,
    /// Where the helper is.
    pub helper: HelperAt,
    /// Q8: eligibility is shown on the tablet after the visit.
    pub shows_eligibility: bool,
    /// Whom to ask: the institution's own words, may be empty.
    pub contact: String,
    /// The server's clock, so that the page can show deadlines without trusting the tablet's.
    pub now: UnixMs,
}

impl Endpoint for OpenPage {
    const NAME: &'static str = "reception.open_page";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/api/reception/{token}";
    const PERMISSION: Permission = Permission::ReceptionPage;
    const TENANT: Tenant = Tenant::ByReceptionToken;
    type Request = ();
    type Response = PageOpened;
}

/// Opens a visit with the choices that were confirmed (RW-4); no consent counts before the card proof.
///
/// Idempotent by [`NewVisit::key`]: the same key gives the same visit, with a fresh challenge.
/// The same key with other choices is refused ([`super::Code::Request`]).
pub struct OpenVisit;

/// The confirmed choices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewVisit {
    /// 16 to 32 random bytes made by the tablet when the choices were confirmed; also the proof of having opened the visit.
    pub key: Base64,
    /// The answers.
    pub choices: Choices,
    /// The notice text that was shown; another one than the server's is refused.
    pub notice_version: String,
    /// Language of the screens: `ja`.
    pub language: String,
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

impl Endpoint for OpenVisit {
    const NAME: &'static str = "reception.open_visit";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/api/reception/{token}/visits";
    const PERMISSION: Permission = Permission::ReceptionPage;
    const TENANT: Tenant = Tenant::ByReceptionToken;
    type Request = NewVisit;
    type Response = VisitOpened;
}

/// Gives a fresh challenge and kills the former one; choices are kept. X21 once the visit is over.
pub struct FreshChallenge;

impl Endpoint for FreshChallenge {
    const NAME: &'static str = "reception.fresh_challenge";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/api/visits/{visit}/challenge";
    const PERMISSION: Permission = Permission::VisitHolder;
    const TENANT: Tenant = Tenant::ByVisit;
    type Request = ();
    type Response = Challenge;
}

/// Hands in the card's proof; one durable commit of consent, result and audit row, then the answer.
///
/// Idempotent: once the visit is done, any further proof under the visit's secret gets the stored answer.
/// Where the person has a living consent here, nothing is stored before their yes ([`ProofAnswer::ConfirmNeeded`], X25): the
/// same proof, sent again with [`Proof::replaces`] while its challenge lives, commits.
/// Refusals: X09, X10, X11, real card in the demo, used or old challenge, X21; none of them stores anything.
pub struct Prove;

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
    /// The person's yes to a [`Replacement`]: its `former`. A yes to another consent than the living one is no yes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<String>,
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
    /// Nothing is stored and the challenge is not used up: the person has a living consent here, and is asked first (X25).
    ConfirmNeeded {
        /// What would be replaced by what.
        replacement: Box<Replacement>,
    },
}

/// A living consent of the person for the same use, and what would take its place (X25).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replacement {
    /// Names the earlier consent, for [`Proof::replaces`].
    pub former: String,
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

impl Endpoint for Prove {
    const NAME: &'static str = "reception.prove";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/api/visits/{visit}/proof";
    const PERMISSION: Permission = Permission::VisitHolder;
    const TENANT: Tenant = Tenant::ByVisit;
    type Request = Proof;
    type Response = ProofAnswer;
}

/// Says where the visit stands: after a reload or a lost answer the page asks this, not its own memory.
pub struct VisitState;

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

impl Endpoint for VisitState {
    const NAME: &'static str = "reception.visit_state";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/api/visits/{visit}";
    const PERMISSION: Permission = Permission::VisitHolder;
    const TENANT: Tenant = Tenant::ByVisit;
    type Request = ();
    type Response = VisitStanding;
}

/// Ends the visit for this tablet: finished, idle or left. The result can no longer be fetched with the secret.
pub struct LeaveVisit;

impl Endpoint for LeaveVisit {
    const NAME: &'static str = "reception.leave_visit";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/api/visits/{visit}/leave";
    const PERMISSION: Permission = Permission::VisitHolder;
    const TENANT: Tenant = Tenant::ByVisit;
    type Request = ();
    type Response = ();
}
