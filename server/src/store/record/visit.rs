//! Visits, their challenges and proofs.

use shared::api::reception::{CertificateChecks, VisitResult};
use shared::domain::calendar::{CivilDate, UnixMs};
use shared::domain::check::{CheckWay, Medium};
use shared::domain::consent::{Choices, ConsentItem, ItemState};
use shared::domain::coverage::Eligibility;
use shared::domain::institution::{InstitutionCode, VisitKind};
use shared::domain::visit::Occasion;

use super::AuditEntry;
use crate::Sha256;
use crate::store::id::{ConsentId, VisitId};
use crate::tenant::Tenant;

/// A nonce for the card.
#[derive(Clone, PartialEq, Eq)]
pub struct NewChallenge {
    /// 32 random bytes.
    pub nonce: [u8; 32],
    /// Ends here.
    pub expires_at: UnixMs,
}

/// A visit to open.
#[derive(Clone, PartialEq, Eq)]
pub struct NewVisit {
    /// Its id.
    pub id: VisitId,
    /// Whose.
    pub tenant: Tenant,
    /// What for.
    pub visit_kind: VisitKind,
    /// SHA-256 of the tablet's idempotency key.
    pub key_sha256: Sha256,
    /// What for and how it takes place.
    pub occasion: Occasion,
    /// The confirmed choices.
    pub choices: Choices,
    /// Version of the notice text that was shown.
    pub notice_version: String,
    /// Language of the screens.
    pub language: String,
    /// When; the time inside the statement.
    pub opened_at: UnixMs,
    /// The visit ends here.
    pub expires_at: UnixMs,
    /// The first challenge.
    pub challenge: NewChallenge,
}

/// A visit as it is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct Visit {
    /// Its id.
    pub id: VisitId,
    /// Whose.
    pub institution: InstitutionCode,
    /// What for.
    pub visit_kind: VisitKind,
    /// What for and how it takes place.
    pub occasion: Occasion,
    /// The confirmed choices.
    pub choices: Choices,
    /// Version of the notice text that was shown.
    pub notice_version: String,
    /// Language of the screens.
    pub language: String,
    /// The time inside the statement.
    pub opened_at: UnixMs,
    /// The visit ends here.
    pub expires_at: UnixMs,
    /// When the proof was stored.
    pub done_at: Option<UnixMs>,
    /// When the tablet left.
    pub left_at: Option<UnixMs>,
    /// The stored answer, until the tablet leaves.
    pub result: Option<VisitResult>,
    /// Q8, as the institution has it now.
    pub shows_eligibility: bool,
    /// 医療扶助 is used (OT-6), as the institution has it now.
    pub uses_aid: bool,
    /// Its institution is for training.
    pub is_training: bool,
    /// The current challenge.
    pub challenge: NewChallenge,
    /// The current challenge served already.
    pub is_challenge_used: bool,
    /// Since when its institution has another code (OT-30): nothing of the visit is stored then.
    pub closed_at: Option<UnixMs>,
}

/// What became of opening a visit.
pub enum Opened {
    /// The new visit, or the one that the same key opened before with the same choices; both with the given challenge.
    Visit(Box<Visit>),
    /// The key was used with other choices.
    OtherChoices,
}

/// A proved visit to store: consent, result, proof, challenge use and audit row in one transaction.
#[derive(Clone)]
pub struct Proved {
    /// Which visit.
    pub visit: VisitId,
    /// The challenge that was signed.
    pub nonce: [u8; 32],
    /// When.
    pub at: UnixMs,
    /// Id of the consent.
    pub consent: ConsentId,
    /// Who, in the registry's words (`cert:…` when the registry does not know the certificate).
    pub subject: String,
    /// The consent that the person agreed to replace (X25).
    pub replaces: Option<ConsentId>,
    /// The eligibility as answered, already without what was not consented to.
    pub eligibility: Eligibility,
    /// 確認の方法.
    pub check_way: CheckWay,
    /// What the person showed.
    pub medium: Medium,
    /// What the card signed; `None` where none did (目視, paper).
    pub proof: Option<ProofRecord>,
    /// Last day of the certificate that signed.
    pub certificate_ends_on: Option<CivilDate>,
    /// The answer; `replaced_until` is filled in by the store.
    pub result: VisitResult,
    /// The audit row.
    pub audit: AuditEntry,
}

/// A proved review or withdrawal: what the person sees, and with their yes the change in one transaction with its audit row.
#[derive(Clone)]
pub struct Revised {
    /// Which visit.
    pub visit: VisitId,
    /// The challenge that was signed.
    pub nonce: [u8; 32],
    /// When.
    pub at: UnixMs,
    /// Id of the change.
    pub change: ConsentId,
    /// Who, as [`Proved::subject`].
    pub subject: String,
    /// The person's yes: to which consent.
    pub of: Option<ConsentId>,
    /// What the person answers now, of a review.
    pub changes: Option<Choices>,
    /// Number of the receipt of the change.
    pub receipt: String,
    /// How far the certificate was checked.
    pub checks: CertificateChecks,
    /// Its last day where it is near (X07).
    pub certificate_ends_on: Option<CivilDate>,
    /// What the card signed.
    pub proof: ProofRecord,
    /// The audit row.
    pub audit: AuditEntry,
}

/// What the card signed, kept so that anyone can check it again.
#[derive(Clone)]
pub struct ProofRecord {
    /// DER.
    pub certificate: Vec<u8>,
    /// 256 bytes.
    pub signature: Vec<u8>,
    /// `shared::evidence`.
    pub statement: Vec<u8>,
    /// SHA-256 of the origin.
    pub origin_sha256: Sha256,
}

/// A person's living consent: that a proof would replace, change or end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Former {
    /// Its id.
    pub id: ConsentId,
    /// For which use.
    pub visit_kind: VisitKind,
    /// 予約した診療日.
    pub booked_on: Option<CivilDate>,
    /// As stored.
    pub items: Vec<(ConsentItem, ItemState)>,
    /// 同意年月日.
    pub consented_at: UnixMs,
    /// 同意有効期限.
    pub expires_at: UnixMs,
}

/// What became of storing a proof.
#[derive(Debug)]
pub enum ProofStored {
    /// Stored now.
    New(Box<VisitResult>),
    /// Stored before, the same to the byte: the first answer.
    Before(Box<VisitResult>),
    /// The visit was finished by another proof; nothing of this one is stored.
    DoneOtherwise,
    /// Nothing stored, challenge not used: a living consent other than [`Proved::replaces`] would be replaced.
    Asks(Box<Former>),
    /// Of a review or withdrawal: nothing changed, challenge not used. The living consent, if there is one.
    Shows(Option<Box<Former>>),
    /// The challenge is no longer the current one, was used, or ended.
    ChallengeGone,
    /// The visit was left, or is over.
    Over,
}
